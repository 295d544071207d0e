"""Fits scikit-learn's scaler and logistic regression on Iris and converts them by skl2onnx."""

import pathlib
import sys

import numpy as np
import onnx
import onnxruntime
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common

TEST_SAMPLES = 50
OPSET = {"": 17, "ai.onnx.ml": 3}


def main():
    folder = common.folder_of(__file__)
    data = load_iris()
    features, labels = data.data.astype(np.float32), data.target
    order = common.stratified_order(labels, np.random.default_rng(common.SEED))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]

    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    pipeline.fit(features[train], labels[train])

    path = folder / "model.onnx"
    onnx.save(to_onnx(pipeline, features[:1], name="iris", target_opset=OPSET), path)

    np.save(folder / "test_inputs.npy", features[test])
    np.save(folder / "test_labels.npy", labels[test].astype(np.int64))
    np.save(folder / "calib.npy", features[train])

    # The first output is the label; the scores leave the graph as a list of maps.
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    predicted = session.run(None, {session.get_inputs()[0].name: features[test]})[0]
    weights = pipeline[-1].coef_.size
    print("MACs", weights, "parameters", weights + len(pipeline[-1].intercept_) + 2 * 4)
    common.record(folder, float(np.mean(predicted == labels[test])))


if __name__ == "__main__":
    main()
