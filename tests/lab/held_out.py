"""The bundled data sets, always split in the same way.

Training sees `train` and `validation`; the load script replays `test` as requests with known labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn import datasets
from sklearn.model_selection import train_test_split

SEED = 20


@dataclass(frozen=True)
class Split:
    """A data set in three parts; rows of `test` are named `<prefix>-<index>`."""

    name: str
    prefix: str
    features: list[str]
    class_names: list[str] | None
    train: tuple[np.ndarray, np.ndarray]
    validation: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]

    def test_ids(self) -> list[str]:
        return [f"{self.prefix}-{index}" for index in range(len(self.test[1]))]


def _split(name, prefix, features, class_names, x, y, stratify=True) -> Split:
    rest_x, test_x, rest_y, test_y = train_test_split(
        x, y, test_size=0.3, random_state=SEED, stratify=y if stratify else None)
    train_x, validation_x, train_y, validation_y = train_test_split(
        rest_x, rest_y, test_size=0.25, random_state=SEED, stratify=rest_y if stratify else None)
    return Split(name, prefix, features, class_names,
                 (train_x, train_y), (validation_x, validation_y), (test_x, test_y))


def breast_cancer() -> Split:
    """Ten mean features; class 1 is malignant."""
    data = datasets.load_breast_cancer()
    features = [str(name) for name in data.feature_names[:10]]
    return _split("breast-cancer", "bc", features, ["benign", "malignant"],
                  data.data[:, :10], 1 - data.target)


def digits() -> Split:
    """64 pixels of 0 to 16."""
    data = datasets.load_digits()
    features = [f"pixel_{row}_{column}" for row in range(8) for column in range(8)]
    return _split("digits", "dg", features, [str(digit) for digit in range(10)], data.data, data.target)


def wine() -> Split:
    data = datasets.load_wine()
    return _split("wine", "wn", list(data.feature_names), [str(name) for name in data.target_names],
                  data.data, data.target)


def diabetes() -> Split:
    data = datasets.load_diabetes()
    return _split("diabetes", "db", list(data.feature_names), None, data.data, data.target, stratify=False)


def logged_features(name: str, x: np.ndarray) -> tuple[list[str], np.ndarray]:
    """The features as prediction tables show them: digits as ten aggregates of their pixels."""
    if name != "digits":
        return {"breast-cancer": breast_cancer, "diabetes": diabetes}[name]().features, x
    rows = x.reshape(-1, 8, 8).mean(axis=2)
    columns = [f"row_{row}" for row in range(8)] + ["ink_mean", "ink_std"]
    return columns, np.column_stack([rows, x.mean(axis=1), x.std(axis=1)])
