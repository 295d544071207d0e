"""Trains the sigmoid MLP on scikit-learn's breast-cancer set, with raw features as its input."""

import pathlib
import sys

import numpy as np
import torch
from sklearn.datasets import load_breast_cancer
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common

TEST_SAMPLES = 169
CALIBRATION_SAMPLES = 200
EPOCHS = 30


class Standardize(nn.Module):
    """`(x - mean) / deviation` per feature: the two first nodes of the graph."""

    def __init__(self, samples):
        super().__init__()
        self.register_buffer("mean", samples.mean(0))
        self.register_buffer("deviation", samples.std(0))

    def forward(self, samples):
        return (samples - self.mean) / self.deviation


def build(samples):
    """The network without its sigmoid, which the loss contains in training."""
    return nn.Sequential(
        Standardize(samples),
        nn.Linear(30, 64),
        nn.ReLU(),
        nn.Linear(64, 64),
        nn.ReLU(),
        nn.Linear(64, 1),
    )


def main():
    folder = common.folder_of(__file__)
    common.seed_everything()
    data = load_breast_cancer()
    features, labels = data.data.astype(np.float32), data.target
    order = common.stratified_order(labels, np.random.default_rng(common.SEED))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]

    inputs = torch.from_numpy(features[train])
    targets = torch.from_numpy(labels[train].astype(np.float32))[:, None]
    loss = nn.BCEWithLogitsLoss()
    network = build(inputs)
    common.fit(
        network, inputs, lambda scores, i: loss(scores, targets[i]), EPOCHS, batch=32, rate=1e-3
    )

    model = nn.Sequential(*network, nn.Sigmoid()).eval()
    sample = torch.zeros(1, 30)
    path = folder / "model.onnx"
    common.export(model, sample, path, ["features"], ["benign"])

    np.save(folder / "test_inputs.npy", features[test])
    np.save(folder / "test_labels.npy", labels[test].astype(np.int64))
    np.save(folder / "calib.npy", features[train[:CALIBRATION_SAMPLES]])
    (scores,) = common.run_onnx(path, features[test])
    print("MACs", common.count_macs(model, sample), "parameters", common.count_parameters(model))
    common.record(folder, float(np.mean((scores[:, 0] > 0.5) == labels[test])))


if __name__ == "__main__":
    main()
