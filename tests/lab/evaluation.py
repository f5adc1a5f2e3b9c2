"""Final metrics and JSON artifacts of a trained model, under `eval/` of its run."""

from __future__ import annotations

import mlflow
import numpy as np
from sklearn import metrics
from sklearn.inspection import permutation_importance

from held_out import Split, logged_features


def _finite(values) -> list[float | None]:
    """JSON has no infinity: scikit-learn's first ROC threshold becomes null."""
    return [float(value) if np.isfinite(value) else None for value in values]


def _log(path: str, value) -> None:
    mlflow.log_dict(value, f"eval/{path}.json")


def _importance(path: str, method: str, scoring: str, features, mean, std) -> None:
    order = np.argsort(-np.asarray(mean))
    _log(path, {
        "method": method,
        "scoring": scoring,
        "features": [features[index] for index in order],
        "importances_mean": np.asarray(mean)[order].tolist(),
        "importances_std": np.asarray(std)[order].tolist(),
    })


def _permutation(model, split: Split, scoring: str) -> None:
    result = permutation_importance(model, *split.test, n_repeats=3, random_state=0, scoring=scoring)
    _importance("feature_importance", "permutation", scoring, split.features,
                result.importances_mean, result.importances_std)


def log_gain(forest, split: Split) -> None:
    """Impurity importance of an ensemble of trees, with its spread over the trees."""
    trees = np.ravel(forest.estimators_)
    spread = np.std([tree.feature_importances_ for tree in trees], axis=0)
    _importance("feature_importance_gain", "gain", "impurity", split.features,
                forest.feature_importances_, spread)


def calibration_bins(labels, scores, n_bins=10) -> dict:
    """Bins of equal mass: mean score, share of positives and count of each."""
    order = np.argsort(scores, kind="stable")
    parts = [part for part in np.array_split(order, n_bins) if len(part)]
    return {
        "mean_predicted": [float(scores[part].mean()) for part in parts],
        "fraction_positive": [float(labels[part].mean()) for part in parts],
        "count": [len(part) for part in parts],
    }


def log_classifier(model, split: Split, with_importance: bool = True) -> dict[str, float]:
    """Logs metrics and artifacts of a classifier on the test part; returns the metrics."""
    x, labels = split.test
    predicted, probabilities = model.predict(x), model.predict_proba(x)
    classes = [str(label) for label in model.classes_]
    values = {
        "test_accuracy": metrics.accuracy_score(labels, predicted),
        "test_f1_macro": metrics.f1_score(labels, predicted, average="macro"),
        "test_log_loss": metrics.log_loss(labels, probabilities),
    }
    _log("confusion_matrix", {
        "labels": classes,
        "names": split.class_names,
        "matrix": metrics.confusion_matrix(labels, predicted).tolist(),
    })
    _log("classification_report",
         metrics.classification_report(labels, predicted, output_dict=True, zero_division=0))
    if len(classes) == 2:
        scores = probabilities[:, 1]
        fpr, tpr, thresholds = metrics.roc_curve(labels, scores)
        values["test_roc_auc"] = metrics.roc_auc_score(labels, scores)
        _log("roc_curve", {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": _finite(thresholds),
                           "auc": values["test_roc_auc"]})
        precision, recall, thresholds = metrics.precision_recall_curve(labels, scores)
        values["test_pr_auc"] = metrics.average_precision_score(labels, scores)
        _log("pr_curve", {"precision": precision.tolist(), "recall": recall.tolist(),
                          "thresholds": _finite(thresholds), "average_precision": values["test_pr_auc"]})
        values["test_brier"] = metrics.brier_score_loss(labels, scores)
        _log("calibration", calibration_bins(labels, scores))
    if with_importance:
        _permutation(model, split, "accuracy")
    mlflow.log_metrics({name: float(value) for name, value in values.items()})
    return values


def log_regressor(model, split: Split) -> dict[str, float]:
    """Logs metrics and importance of a regressor on the test part; returns the metrics."""
    x, labels = split.test
    predicted = model.predict(x)
    values = {
        "test_rmse": metrics.root_mean_squared_error(labels, predicted),
        "test_mae": metrics.mean_absolute_error(labels, predicted),
        "test_r2": metrics.r2_score(labels, predicted),
        "test_mape": metrics.mean_absolute_percentage_error(labels, predicted),
    }
    mlflow.log_metrics({name: float(value) for name, value in values.items()})
    _permutation(model, split, "neg_root_mean_squared_error")
    return values


def log_linear_contributions(pipeline, split: Split, n_rows: int = 100) -> None:
    """Exact additive contributions to the log odds: each coefficient times its scaled feature."""
    x = split.test[0][:n_rows]
    scaled = pipeline[0].transform(x)
    linear = pipeline[-1]
    contributions = scaled * linear.coef_[0]
    _log("contributions", {
        "features": split.features,
        "base_value": float(linear.intercept_[0]),
        "unit": "log odds",
        "rows": [
            {"id": name, "contributions": [float(f"{v:.6g}") for v in parts],
             "values": [float(f"{v:.6g}") for v in values]}
            for name, parts, values in zip(split.test_ids(), contributions, x)
        ],
    })


def log_predictions(model, split: Split) -> None:
    """The test rows with label, score and prediction, as `mlflow.log_table` lays a table out."""
    x, labels = split.test
    predicted = model.predict(x)
    names, features = logged_features(split.name, x)
    columns = ["id", "label", "prediction", *names]
    rows = [list(row) for row in zip(split.test_ids(), labels.tolist(), predicted.tolist())]
    if hasattr(model, "predict_proba"):
        probabilities = model.predict_proba(x)
        scores = probabilities[:, 1] if probabilities.shape[1] == 2 else probabilities.max(axis=1)
        columns.insert(2, "score")
        for row, score in zip(rows, scores.tolist()):
            row.insert(2, score)
    for row, values in zip(rows, features.tolist()):
        row.extend(float(f"{value:.6g}") for value in values)
    _log("predictions", {"columns": columns, "data": rows})
