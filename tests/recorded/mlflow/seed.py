#!/usr/bin/env python3
"""Fills an empty MLflow server (2.x or 3.x) with what the recorded answers show: `seed.py http://127.0.0.1:25000`.

The models are really trained (scikit-learn on its bundled data); the odd values are there because servers hold such values.
"""

import json
import os
import sys
import warnings

os.environ.update(OMP_NUM_THREADS="1", MLFLOW_DISABLE_TELEMETRY="true", DO_NOT_TRACK="true")
warnings.filterwarnings("ignore")

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, ViewType  # noqa: F401
from sklearn import metrics
from sklearn.datasets import load_breast_cancer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import SGDClassifier
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import StandardScaler

URI = sys.argv[1]
mlflow.set_tracking_uri(URI)
client = MlflowClient()

N_FEATURES, N_EPOCHS = 5, 12
HOUR = 3_600_000
FIRST_HOUR = 1_795_305_600_000  # 2026-11-22T00:00:00Z
CLOCK = FIRST_HOUR - 48 * HOUR

raw = load_breast_cancer()
features = [str(name) for name in raw.feature_names[:N_FEATURES]]
x_train, x_test, y_train, y_test = train_test_split(raw.data[:, :N_FEATURES], raw.target, test_size=0.3, random_state=0)
scaler = StandardScaler().fit(x_train)
x_train, x_test_raw, x_test = scaler.transform(x_train), x_test, scaler.transform(x_test)


def history(run_id, key, values, start=CLOCK):
    rows = [Metric(key, float(value), start + step * 1000, step) for step, value in enumerate(values)]
    for first in range(0, len(rows), 900):
        client.log_batch(run_id, metrics=rows[first:first + 900])


def log(run_id, path, value):
    text = value if isinstance(value, str) else json.dumps(value, allow_nan=True)
    client.log_text(run_id, text, path)


def finite(values):
    return [float(v) if np.isfinite(v) else None for v in values]


def train(experiment_id, alpha, eta0, seed, with_artifacts):
    run = client.create_run(experiment_id, run_name=f"sgd-{alpha}-{eta0}", start_time=CLOCK + seed * 60_000)
    run_id = run.info.run_id
    model = SGDClassifier(loss="log_loss", alpha=alpha, eta0=eta0, learning_rate="constant", random_state=seed)
    train_loss, val_loss = [], []
    for _ in range(N_EPOCHS):
        model.partial_fit(x_train, y_train, classes=[0, 1])
        train_loss.append(metrics.log_loss(y_train, model.predict_proba(x_train)))
        val_loss.append(metrics.log_loss(y_test, model.predict_proba(x_test)))
    history(run_id, "train_loss", train_loss)
    history(run_id, "val_loss", val_loss)
    scores, predicted = model.predict_proba(x_test)[:, 1], model.predict(x_test)
    client.log_metric(run_id, "test_accuracy", metrics.accuracy_score(y_test, predicted), CLOCK, 0)
    client.log_metric(run_id, "test_roc_auc", metrics.roc_auc_score(y_test, scores), CLOCK, 0)
    for key, value in {"alpha": alpha, "eta0": eta0, "seed": seed, "quoted": 'a "b" <i>\\'}.items():
        client.log_param(run_id, key, value)
    client.set_tag(run_id, "dataset", "breast-cancer")
    if with_artifacts:
        log(run_id, "eval/confusion_matrix.json", {"labels": ["0", "1"], "names": ["malignant", "benign"], "matrix": metrics.confusion_matrix(y_test, predicted).tolist()})
        fpr, tpr, thresholds = metrics.roc_curve(y_test, scores)
        log(run_id, "eval/roc_curve.json", {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": finite(thresholds), "auc": metrics.roc_auc_score(y_test, scores)})
        log(run_id, "eval/roc_curve_infinite.json", {"fpr": fpr.tolist(), "tpr": tpr.tolist(), "thresholds": thresholds.tolist(), "auc": float("nan")})
        precision, recall, thresholds = metrics.precision_recall_curve(y_test, scores)
        log(run_id, "eval/pr_curve.json", {"precision": precision.tolist(), "recall": recall.tolist(), "thresholds": thresholds.tolist(), "average_precision": metrics.average_precision_score(y_test, scores)})
        parts = np.array_split(np.argsort(scores, kind="stable"), 5)
        log(run_id, "eval/calibration.json", {"mean_predicted": [float(scores[p].mean()) for p in parts], "fraction_positive": [float(y_test[p].mean()) for p in parts], "count": [len(p) for p in parts]})
        importance = permutation_importance(model, x_test, y_test, n_repeats=3, random_state=0)
        log(run_id, "eval/feature_importance.json", {"method": "permutation", "scoring": "accuracy", "features": features, "importances_mean": importance.importances_mean.tolist(), "importances_std": importance.importances_std.tolist()})
        rows = [{"id": f"bc-{i:04}", "contributions": (x_test[i] * model.coef_[0]).tolist(), "values": x_test_raw[i].tolist()} for i in range(3)]
        log(run_id, "eval/contributions.json", {"features": features, "base_value": float(model.intercept_[0]), "unit": "log odds", "rows": rows})
        table = [[f"bc-{i:04}", int(y_test[i]), float(scores[i]), int(predicted[i]), *x_test_raw[i].tolist()] for i in range(10)]
        log(run_id, "eval/predictions.json", {"columns": ["id", "label", "score", "prediction", *features], "data": table})
        log(run_id, "eval/not_json.json", "this is not JSON\n")
        log(run_id, "eval/broken_matrix.json", {"labels": ["0", "1"], "matrix": [[1, 2, 3], [4]]})
    client.set_terminated(run_id, "FINISHED", CLOCK + seed * 60_000 + 30_000)
    return run_id, model


sweep = client.create_experiment("breast-cancer-sgd")
trained = [train(sweep, alpha, eta0, seed, seed == 0) for seed, (alpha, eta0) in enumerate((a, e) for a in (1e-4, 1e-2) for e in (0.01, 0.1, 1.0))]
best_id, best = trained[0]

odd = client.create_experiment("diabetes \"o'brien\" / 100%")
diverging = client.create_run(odd, run_name="sgd-diverges", start_time=CLOCK).info.run_id
for step, value in enumerate([float("nan"), 1.0, float("nan"), float("-inf"), float("inf"), 1.6e188]):
    client.log_metric(diverging, "train_loss", value, CLOCK + step * 1000, step)
for stamp, value in [(0, 3.0), (1, 2.0), (2, 2.5)]:
    client.log_metric(diverging, "relogged", value, CLOCK + stamp, 7)
client.log_metric(diverging, "relogged", 1.0, CLOCK + 9, 8)
client.log_metric(diverging, "last_nan", float("nan"), CLOCK, 0)
client.set_terminated(diverging, "FINISHED", CLOCK + 5000)
failed = client.create_run(odd, run_name="bad-params", start_time=CLOCK + 1).info.run_id
client.set_terminated(failed, "FAILED", CLOCK + 2)
client.create_run(odd, run_name="still-running", start_time=CLOCK + 2)

long = client.create_experiment("long-history")
for name, spike in [("spike", 703), ("smooth", None)]:
    run_id = client.create_run(long, run_name=name, start_time=CLOCK).info.run_id
    values = 2.0 * np.exp(-np.arange(1000) / 200) + 0.1
    if spike:
        values[spike] = 25.0
    history(run_id, "val_loss", values)
    client.set_terminated(run_id, "FINISHED", CLOCK + 1_000_000)

tables = client.create_experiment("breast-cancer-predictions")
n = 0
for day in range(2):
    label = ["2026-11-22", "2026-11-23"][day]
    run_id = client.create_run(tables, run_name=label, start_time=FIRST_HOUR + day * 24 * HOUR, tags={"day": label, "model": "breast-cancer"}).info.run_id
    for hour in range(3):
        rows = []
        for i in range(6):
            row = n % len(y_test)
            at = FIRST_HOUR + (day * 24 + hour) * HOUR + i * 600_000
            score = float(best.predict_proba(x_test[row:row + 1])[0, 1])
            version = "2" if i % 2 else "3"
            region = ["eu-west", "us-east", "ap-south"][i % 3]
            rows.append([at, f"req-{n:05}", f"bc-{row:04}", "breast-cancer", version, region, int(y_test[row]), score, int(score > 0.5), *x_test_raw[row].tolist()])
            n += 1
        if day == 1 and hour == 2:
            rows += [[FIRST_HOUR, "short"], ["not a time", *rows[0][1:]]]
            rows[0][7] = float("nan")
        columns = ["time", "id", "row", "model", "version", "region", "label", "score", "prediction", *features]
        log(run_id, f"predictions/{label}T{hour:02}.json", {"columns": columns, "data": rows})
    client.set_terminated(run_id, "FINISHED")
table_run = client.create_run(client.create_experiment("one-table"), run_name="one-table", start_time=FIRST_HOUR).info.run_id
log(table_run, "eval/predictions.json", {"columns": ["time", "id", "score"], "data": [[FIRST_HOUR + i * 1000, str(i), i / 10] for i in range(5)]})
client.set_terminated(table_run, "FINISHED", FIRST_HOUR + 10_000)

for name in ("breast-cancer", "digits"):
    client.create_registered_model(name, tags={"owner": "lab", "task": "binary"}, description=f"{name}: a <b>real</b> model")
    for version, (run_id, _) in enumerate(trained[:3], start=1):
        client.create_model_version(name, f"mlflow-artifacts:/{sweep}/{run_id}/artifacts/model", run_id, tags={"val_score": f"0.9{version}"}, description=f"rank {4 - version} of the sweep")
    client.set_registered_model_alias(name, "champion", 2)
    client.set_registered_model_alias(name, "best", 2)
    client.set_registered_model_alias(name, "challenger", 3)

mlflow.set_experiment("breast-cancer-sgd")


@mlflow.trace
def predict(i):
    if i == 2:
        raise ValueError("bad input")
    return float(best.predict_proba(x_test[i:i + 1])[0, 1])


for i in range(4):
    try:
        predict(i)
    except ValueError:
        pass
try:
    mlflow.flush_trace_async_logging()
except Exception:  # 2.x logs at once
    pass
