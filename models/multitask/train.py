"""Trains a network with two heads on scikit-learn's 8x8 digits: the digit and its parity."""

import pathlib
import sys

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import nn

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import common

TEST_SAMPLES = 500
CALIBRATION_SAMPLES = 128
EPOCHS = 25
LEVELS = 16


class TwoHeads(nn.Module):
    """One convolutional trunk; a softmax head over ten digits and a sigmoid head for odd."""

    def __init__(self):
        super().__init__()
        self.trunk = nn.Sequential(
            nn.Conv2d(1, 12, 3, padding=1, bias=False),
            nn.BatchNorm2d(12),
            nn.ReLU6(),
            nn.Conv2d(12, 24, 3, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(24),
            nn.ReLU6(),
            nn.AvgPool2d(2),
            nn.Flatten(),
        )
        self.digit = nn.Linear(24 * 2 * 2, 10)
        self.parity = nn.Sequential(nn.Linear(24 * 2 * 2, 16), nn.Tanh(), nn.Linear(16, 1))

    def logits(self, samples):
        """Both heads without their last functions, which the losses contain."""
        features = self.trunk(samples)
        return self.digit(features), self.parity(features)

    def forward(self, samples):
        digit, parity = self.logits(samples)
        if self.training:
            return digit, parity
        return torch.softmax(digit, 1), torch.sigmoid(parity)


def main():
    folder = common.folder_of(__file__)
    common.seed_everything()
    data = load_digits()
    images, labels = data.images.astype(np.uint8)[:, None], data.target
    parities = labels % 2
    order = common.stratified_order(labels, np.random.default_rng(common.SEED))
    test, train = order[:TEST_SAMPLES], order[TEST_SAMPLES:]

    inputs = torch.from_numpy(images[train].astype(np.float32) / LEVELS)
    digits = torch.from_numpy(labels[train])
    odd = torch.from_numpy(parities[train].astype(np.float32))[:, None]
    classify, decide = nn.CrossEntropyLoss(), nn.BCEWithLogitsLoss()

    def loss_of(outputs, indices):
        return classify(outputs[0], digits[indices]) + decide(outputs[1], odd[indices])

    model = common.fit(TwoHeads(), inputs, loss_of, EPOCHS)
    sample = torch.zeros(1, 1, 8, 8)
    path = folder / "model.onnx"
    common.export(model, sample, path, ["image"], ["class", "parity"])

    np.save(folder / "test_inputs.npy", images[test])
    np.save(folder / "test_class.npy", labels[test].astype(np.int64))
    np.save(folder / "test_parity.npy", parities[test].astype(np.int64))
    np.save(folder / "calib.npy", images[train[:CALIBRATION_SAMPLES]])
    scores, chances = common.run_onnx(path, images[test].astype(np.float32) / LEVELS)
    print("MACs", common.count_macs(model, sample), "parameters", common.count_parameters(model))
    odd_found = float(np.mean((chances[:, 0] > 0.5) == parities[test]))
    common.record(folder, {"class": common.accuracy(scores, labels[test]), "parity": odd_found})


if __name__ == "__main__":
    main()
