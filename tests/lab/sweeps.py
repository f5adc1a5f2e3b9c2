"""The sweeps: real training on scikit-learn's bundled data sets, one run a setting."""

from __future__ import annotations

import itertools

import mlflow
from sklearn import metrics
from sklearn.ensemble import GradientBoostingRegressor, RandomForestClassifier
from sklearn.linear_model import SGDClassifier
from sklearn.neural_network import MLPClassifier

import evaluation
import held_out
from curves import log_curves, train_by_epochs


class Trained:
    """A finished run with its model, a candidate for the registry."""

    def __init__(self, run_id: str, model, score: float, setting: dict):
        self.run_id, self.model, self.score, self.setting = run_id, model, score, setting


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
