"""Runs that are not like the others: one diverges, one fails, one never ends, and some are very long."""

from __future__ import annotations

import mlflow
import numpy as np
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

import held_out
from curves import log_curves
from settings import CURVE_SPIKE_STEP, CURVE_SPIKE_VALUE


def diverging_curves(split, rate: float = 1000.0, epochs: int = 100) -> dict[str, list[float]]:
    """Losses of a gradient descent with far too large a step: they grow, overflow and end as NaN."""
    scaler = StandardScaler().fit(split.train[0])
    parts = {"train_loss": (scaler.transform(split.train[0]), split.train[1]),
             "val_loss": (scaler.transform(split.validation[0]), split.validation[1])}
    x, y = parts["train_loss"]
    weights = np.zeros(x.shape[1])
    curves: dict[str, list[float]] = {name: [] for name in parts}
    for _ in range(epochs):
        for name, (inputs, targets) in parts.items():
            curves[name].append(float(np.mean((inputs @ weights - targets) ** 2)))
        weights = weights - rate * 2 * x.T @ (x @ weights - y) / len(y)
    return curves


def odd_runs() -> None:
    """A run that truly diverges, one that fails and one that never ends."""
    split = held_out.diabetes()
    x, y = split.train
    mlflow.set_experiment("diabetes-boosting")
    with mlflow.start_run(run_name="sgd-diverges", tags={"model": "diabetes", "dataset": "diabetes"}) as run:
        mlflow.log_params({"model": "linear regression by gradient descent", "learning_rate": 1000, "seed": 0})
        log_curves(run.info.run_id, diverging_curves(split))
    try:
        with mlflow.start_run(run_name="bad-params", tags={"model": "diabetes", "dataset": "diabetes"}):
            mlflow.log_params({"model": "Ridge", "alpha": -1})
            Ridge(alpha=-1).fit(x, y)
    except ValueError:
        pass  # the run ends as FAILED, which is what it is here for
    experiment = mlflow.get_experiment_by_name("diabetes-boosting")
    running = mlflow.MlflowClient().create_run(
        experiment.experiment_id, run_name="still-running", tags={"model": "diabetes", "dataset": "diabetes"})
    log_curves(running.info.run_id, {"train_rmse": [70.0, 66.1, 63.4], "val_rmse": [71.2, 67.9, 66.0]})


def long_curves(seed: int, steps: int = 10_000) -> dict[str, list[float]]:
    """Ten curves of a logistic regression trained by plain SGD, one row a step."""
    split = held_out.breast_cancer()
    scaler = StandardScaler().fit(split.train[0])
    x, y = scaler.transform(split.train[0]), split.train[1]
    validation_x, validation_y = scaler.transform(split.validation[0]), split.validation[1]
    random = np.random.default_rng(seed)
    weights, rate = random.normal(0, 0.5, x.shape[1]), 0.002 * (1 + seed)
    names = ["train_loss", "val_loss", "train_accuracy", "val_accuracy", "grad_norm", "update_norm",
             "weight_norm", "margin_mean", "val_brier", "learning_rate"]
    rows = np.empty((steps, len(names)))

    def probability(inputs):
        return np.clip(1 / (1 + np.exp(-inputs @ weights)), 1e-12, 1 - 1e-12)

    for step in range(steps):
        batch = random.integers(0, len(x), 16)
        p, q, current = probability(x[batch]), probability(validation_x), rate / (1 + step / 4000)
        gradient = x[batch].T @ (p - y[batch]) / 16
        rows[step] = (
            -np.mean(np.where(y[batch] == 1, np.log(p), np.log(1 - p))),
            -np.mean(np.where(validation_y == 1, np.log(q), np.log(1 - q))),
            np.mean((p > 0.5) == y[batch]), np.mean((q > 0.5) == validation_y),
            np.linalg.norm(gradient), current * np.linalg.norm(gradient), np.linalg.norm(weights),
            np.mean(np.abs(x[batch] @ weights)), np.mean((q - validation_y) ** 2), current)
        weights = weights - current * gradient
    return {name: rows[:, column].tolist() for column, name in enumerate(names)}


def long_history(whole: bool) -> None:
    """One run with a single spike in 10,000 steps; with `whole` nine more and all ten curves."""
    mlflow.set_experiment("long-history")
    for seed in range(10 if whole else 1):
        curves = long_curves(seed)
        if seed == 0:
            curves["val_loss"][CURVE_SPIKE_STEP] = CURVE_SPIKE_VALUE
        if not whole:
            curves = {name: curves[name] for name in ("train_loss", "val_loss")}
        name = "spike" if seed == 0 else f"long-{seed}"
        with mlflow.start_run(run_name=name, tags={"model": "breast-cancer", "dataset": "breast_cancer"}) as run:
            mlflow.log_params({"model": "logistic regression by SGD", "eta0": 0.002 * (1 + seed)})
            log_curves(run.info.run_id, curves)
