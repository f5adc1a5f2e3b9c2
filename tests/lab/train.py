"""Fills an MLflow server with real training runs, registered models and traces.

    train.py URI [--small] [--long]

`--small` is the fill of the MLflow 2 server; `--long` adds the histories for the curve benchmark.
Runs in the environment of `requirements-mlflow.txt` (with `--small`, of `requirements-mlflow2.txt`).
"""

from __future__ import annotations

import argparse
import itertools
import logging
import os
import time
import warnings

os.environ.update(OMP_NUM_THREADS="1", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true",
                  MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR="false", GIT_PYTHON_REFRESH="quiet")
warnings.filterwarnings("ignore")

import mlflow
import numpy as np
from mlflow.entities import Metric
from sklearn import metrics
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import Ridge, SGDClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import evaluation
import held_out
from settings import CURVE_SPIKE_STEP, CURVE_SPIKE_VALUE, VARIANT_VERSIONS

logging.getLogger("mlflow").setLevel(logging.ERROR)


class Trained:
    """A finished run with its model, a candidate for the registry."""

    def __init__(self, run_id: str, model, score: float, setting: dict):
        self.run_id, self.model, self.score, self.setting = run_id, model, score, setting


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


def digits_sweep() -> list[Trained]:
    """A perceptron sweep: 12 settings, two seeds each."""
    mlflow.set_experiment("digits-mlp")
    split, trained = held_out.digits(), []
    grid = itertools.product([1e-3, 3e-3, 1e-2], [(32,), (64,)], [1e-4, 1e-2], [1, 2])
    for rate, hidden, alpha, seed in grid:
        setting = {"model": "MLPClassifier", "learning_rate_init": rate,
                   "hidden": "x".join(map(str, hidden)), "alpha": alpha,
                   "batch_size": 64, "epochs": 25, "seed": seed}
        tags = {"model": "digits", "dataset": "digits", "team": "vision", "seed": str(seed), "sweep": "digits-1"}
        with mlflow.start_run(run_name=f"mlp-{setting['hidden']}-lr{rate}-a{alpha}-s{seed}", tags=tags) as run:
            mlflow.log_params(setting)
            network = MLPClassifier(hidden, learning_rate_init=rate, alpha=alpha, batch_size=64, random_state=seed)
            model, curves = train_by_epochs(network, split, 25, seed)
            log_curves(run.info.run_id, curves)
            evaluation.log_classifier(model, split)
            trained.append(Trained(run.info.run_id, model, curves["val_accuracy"][-1], setting))
    return trained


def breast_cancer_sweep(small: bool = False) -> list[Trained]:
    """A logistic regression by SGD: 18 settings (6 in the small fill)."""
    mlflow.set_experiment("breast-cancer-sgd")
    split, trained = held_out.breast_cancer(), []
    alphas = [1e-4, 1e-2] if small else [1e-4, 1e-3, 1e-2]
    rates = [0.01] if small else [0.01, 0.1]
    for alpha, penalty, rate in itertools.product(alphas, ["l1", "l2", "elasticnet"], rates):
        setting = {"model": "SGDClassifier", "loss": "log_loss", "alpha": alpha, "penalty": penalty,
                   "eta0": rate, "epochs": 30, "seed": 0}
        tags = {"model": "breast-cancer", "dataset": "breast_cancer", "team": "health", "seed": "0",
                "sweep": "breast-cancer-1"}
        with mlflow.start_run(run_name=f"sgd-{penalty}-a{alpha}-eta{rate}", tags=tags) as run:
            mlflow.log_params(setting)
            linear = SGDClassifier(loss="log_loss", alpha=alpha, penalty=penalty, eta0=rate,
                                   learning_rate="constant", random_state=0)
            model, curves = train_by_epochs(linear, split, 30, 0)
            log_curves(run.info.run_id, curves)
            evaluation.log_classifier(model, split)
            evaluation.log_linear_contributions(model, split)
            trained.append(Trained(run.info.run_id, model, curves["val_accuracy"][-1], setting))
    return trained


def wine_forest() -> None:
    """Forests of growing size; the curve is over the number of trees."""
    mlflow.set_experiment("wine-forest")
    split = held_out.wine()
    for trees, depth in [(10, 1), (20, 2), (40, 3), (60, 5), (80, None)]:
        tags = {"dataset": "wine", "team": "quality", "seed": "0", "sweep": "wine-1"}
        with mlflow.start_run(run_name=f"forest-{trees}-{depth}", tags=tags) as run:
            mlflow.log_params({"model": "RandomForestClassifier", "n_estimators": trees,
                               "max_depth": depth, "seed": 0})
            forest = RandomForestClassifier(1, max_depth=depth, random_state=0, warm_start=True)
            curves: dict[str, list[float]] = {"train_accuracy": [], "val_accuracy": []}
            for size in range(1, trees + 1):
                forest.set_params(n_estimators=size).fit(*split.train)
                curves["train_accuracy"].append(forest.score(*split.train))
                curves["val_accuracy"].append(forest.score(*split.validation))
            log_curves(run.info.run_id, curves)
            evaluation.log_classifier(forest, split)
            evaluation.log_gain(forest, split)


def diabetes_boosting(small: bool = False) -> list[Trained]:
    """Boosted trees with staged curves."""
    mlflow.set_experiment("diabetes-boosting")
    split, trained = held_out.diabetes(), []
    grid = [(0.03, 3), (0.1, 2)] if small else list(itertools.product([0.03, 0.1, 0.3], [2, 3]))
    for rate, depth in grid:
        setting = {"model": "GradientBoostingRegressor", "learning_rate": rate, "n_estimators": 100,
                   "max_depth": depth, "seed": 0}
        tags = {"model": "diabetes", "dataset": "diabetes", "team": "health", "seed": "0", "sweep": "diabetes-1"}
        with mlflow.start_run(run_name=f"boosting-lr{rate}-d{depth}", tags=tags) as run:
            mlflow.log_params(setting)
            model = GradientBoostingRegressor(learning_rate=rate, n_estimators=100, max_depth=depth, random_state=0)
            model.fit(*split.train)
            curves = {
                name: [metrics.root_mean_squared_error(y, stage) for stage in model.staged_predict(x)]
                for name, (x, y) in (("train_rmse", split.train), ("val_rmse", split.validation))
            }
            log_curves(run.info.run_id, curves)
            evaluation.log_regressor(model, split)
            evaluation.log_gain(model, split)
            trained.append(Trained(run.info.run_id, model, -curves["val_rmse"][-1], setting))
    return trained


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


def choose_versions(trained: list[Trained], differs_by: str) -> list[Trained]:
    """Version 1, 2, 3: the weakest, the best, and the best of another kind."""
    ranked = sorted(trained, key=lambda one: -one.score)
    best = ranked[0]
    other = next(one for one in ranked[1:] if one.setting[differs_by] != best.setting[differs_by])
    return [ranked[-1], best, other]


def register(name: str, versions: list[Trained], split, about: str, owner: str, task: str) -> None:
    """Logs three models, registers them as versions and sets aliases, tags and descriptions."""
    client = mlflow.MlflowClient()
    notes = ["first release", "current production model", "candidate in an A/B test"]
    for number, (one, note) in enumerate(zip(versions, notes), start=1):
        mlflow.set_experiment(experiment_id=client.get_run(one.run_id).info.experiment_id)
        with mlflow.start_run(run_id=one.run_id):
            place = {"name": "model", "serialization_format": "pickle"} if mlflow.__version__ >= "3" else {
                "artifact_path": "model"}
            info = mlflow.sklearn.log_model(one.model, registered_model_name=name,
                                            pip_requirements=["scikit-learn"], **place)
            evaluation.log_predictions(one.model, split)
        version = str(info.registered_model_version)
        settings_text = ", ".join(f"{key} {value}" for key, value in one.setting.items())
        assert version == str(number), f"{name} already had versions"
        client.update_model_version(name, version, description=f"{note}: {settings_text}")
        client.set_model_version_tag(name, version, "stage_note", note)
        client.set_model_version_tag(name, version, "val_score", f"{one.score:.4f}")
    for alias, version in VARIANT_VERSIONS.items():
        client.set_registered_model_alias(name, alias, version)
    client.update_registered_model(name, description=about)
    for key, value in (("owner", owner), ("team", owner.split("@")[1].split(".")[0]), ("task", task)):
        client.set_registered_model_tag(name, key, value)


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


def traces(versions: list[Trained], n: int = 24) -> None:
    """Real predictions under MLflow tracing; every sixth request is malformed and fails."""
    mlflow.set_experiment("digits-mlp")
    x, _ = held_out.digits().test

    @mlflow.trace(span_type="PARSER")
    def preprocess(pixels):
        return np.asarray(pixels, dtype=float).reshape(1, -1)

    @mlflow.trace(name="predict", span_type="CHAIN")
    def predict(row_id, pixels, version):
        mlflow.update_current_trace(tags={"model": "digits", "version": version, "row": row_id})
        row = preprocess(pixels)
        with mlflow.start_span("forward", span_type="TOOL") as span:
            span.set_inputs({"shape": list(row.shape)})
            digit = int(versions[int(version) - 1].model.predict(row)[0])
            span.set_outputs({"digit": digit})
        return digit

    for index in range(n):
        pixels = x[index].tolist()
        if index % 6 == 5:
            pixels = pixels[:60]  # four pixels short: the scaler refuses it
        try:
            predict(f"dg-{index}", pixels, "2" if index % 2 else "3")
        except ValueError:
            pass
    mlflow.flush_trace_async_logging()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("uri")
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--long", action="store_true")
    options = parser.parse_args()
    mlflow.set_tracking_uri(options.uri)
    started = time.monotonic()

    cancer = breast_cancer_sweep(options.small)
    diabetes = diabetes_boosting(options.small)
    register("breast-cancer", choose_versions(cancer, "penalty"), held_out.breast_cancer(),
             "Malignant or benign, from ten measurements of cell nuclei.",
             "dana.ito@health.example", "binary classification")
    if not options.small:
        odd_runs()
        digits_versions = choose_versions(digits_sweep(), "hidden")
        register("digits", digits_versions, held_out.digits(), "Handwritten digits of 8 x 8 pixels.",
                 "sam.okafor@vision.example", "multiclass classification")
        register("diabetes", choose_versions(diabetes, "learning_rate"), held_out.diabetes(),
                 "Disease progression after one year.", "dana.ito@health.example", "regression")
        wine_forest()
        long_history(options.long)
        traces(digits_versions)
    print(f"training took {time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
