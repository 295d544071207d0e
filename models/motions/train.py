"""Trains a 1-D CNN on BasicMotions, six channels of a smart watch over 100 steps."""

import pathlib
import sys

import numpy as np
import torch
from aeon.datasets import load_basic_motions
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common

CHANNELS = 6
STEPS = 100
EPOCHS = 60


def block(inputs, outputs):
    """Convolution, batch normalization, ReLU, and half the steps."""
    return nn.Sequential(
        nn.Conv1d(inputs, outputs, 5, padding=2),
        nn.BatchNorm1d(outputs),
        nn.ReLU(),
        nn.MaxPool1d(2),
    )


def build():
    """The network; its outputs are logits."""
    return nn.Sequential(
        nn.BatchNorm1d(CHANNELS),
        block(CHANNELS, 16),
        block(16, 32),
        nn.AdaptiveAvgPool1d(1),
        nn.Flatten(),
        nn.Linear(32, 4),
    )


def load(split):
    """Samples f32 [N, 6, 100] and labels i64 [N], the motions in alphabetical order."""
    samples, names = load_basic_motions(split=split)
    return samples.astype(np.float32), np.unique(names, return_inverse=True)[1]


def main():
    folder = common.folder_of(__file__)
    common.seed_everything()
    samples, labels = load("train")
    test_samples, test_labels = load("test")

    inputs, targets = torch.from_numpy(samples), torch.from_numpy(labels)
    loss = nn.CrossEntropyLoss(label_smoothing=0.05)
    model = build()
    common.fit(model, inputs, lambda scores, i: loss(scores, targets[i]), EPOCHS, batch=10)
    sample = torch.zeros(1, CHANNELS, STEPS)
    path = folder / "model.onnx"
    common.export(model, sample, path, ["window"], ["scores"])

    np.save(folder / "test_inputs.npy", test_samples)
    np.save(folder / "test_labels.npy", test_labels.astype(np.int64))
    np.save(folder / "calib.npy", samples)
    (scores,) = common.run_onnx(path, test_samples)
    print("MACs", common.count_macs(model, sample), "parameters", common.count_parameters(model))
    common.record(folder, common.accuracy(scores, test_labels))


if __name__ == "__main__":
    main()
