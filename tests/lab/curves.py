"""Logging whole metric histories, and training that yields them."""

from __future__ import annotations

import time

import mlflow
import numpy as np
from mlflow.entities import Metric
from sklearn import metrics
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def log_curves(run_id: str, curves: dict[str, list[float]]) -> None:
    """Logs whole metric histories, step by step, in batches of the most that a server takes."""
    client = mlflow.MlflowClient()
    now = int(time.time() * 1000)
    points = [
        Metric(name, float(value), now - 1000 * (len(values) - step), step)
        for name, values in curves.items()
        for step, value in enumerate(values)
    ]
    for first in range(0, len(points), 1000):
        client.log_batch(run_id, metrics=points[first:first + 1000])


def train_by_epochs(classifier, split, epochs: int, seed: int):
    """Trains with `partial_fit`; returns the pipeline and its curves."""
    scaler = StandardScaler().fit(split.train[0])
    (x, y), (validation_x, validation_y) = split.train, split.validation
    x, validation_x = scaler.transform(x), scaler.transform(validation_x)
    labels = np.unique(y)
    order = np.random.default_rng(seed)
    curves: dict[str, list[float]] = {
        "train_loss": [], "val_loss": [], "train_accuracy": [], "val_accuracy": []}
    for _ in range(epochs):
        shuffled = order.permutation(len(x))
        classifier.partial_fit(x[shuffled], y[shuffled], classes=labels)
        for part, part_x, part_y in (("train", x, y), ("val", validation_x, validation_y)):
            probabilities = classifier.predict_proba(part_x)
            curves[f"{part}_loss"].append(metrics.log_loss(part_y, probabilities, labels=labels))
            curves[f"{part}_accuracy"].append(metrics.accuracy_score(part_y, labels[probabilities.argmax(1)]))
    return make_pipeline(scaler, classifier), curves
