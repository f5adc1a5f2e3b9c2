"""Recording what MLflow holds: runs, histories, versions, artifacts, prediction tables and traces."""

from __future__ import annotations

from collections import defaultdict

import backends
from business.columns import packed
from recorded import HOUR_MS, Recording
from settings import MLFLOW, REGISTERED_MODELS
from thinning import compact, rounded, six_digits

RECENT_PREDICTIONS_MS = 96 * HOUR_MS


def record_runs(recording: Recording) -> list[dict]:
    """Experiments, runs and their histories, without the runs that only hold prediction tables."""
    experiments = [one for one in backends.experiments()
                   if not one["name"].endswith("-predictions") and one["name"] != "Default"]
    recording.table("experiments", {"rows": [
        {"experiment_id": one["experiment_id"], "name": one["name"], "created": int(one["creation_time"])}
        for one in experiments]})
    all_runs, rows = [], []
    for experiment in experiments:
        found = backends.runs(experiment["experiment_id"])
        all_runs += found
        history = []
        for run in found:
            info = run["info"]
            rows.append({
                "run_id": info["run_id"], "name": info["run_name"], "experiment": experiment["name"],
                "status": info["status"], "start": info["start_time"], "end": info.get("end_time"),
                "params": backends.params(run),
                "tags": {key: value for key, value in backends.tags(run).items() if not key.startswith("mlflow.")},
                "metrics": {key: six_digits(float(value)) for key, value in backends.metrics(run).items()},
            })
            for key in backends.metrics(run):
                points = backends.metric_history(info["run_id"], key)
                if len(points) > 1:
                    points.sort(key=lambda point: (int(point.get("step", 0)), int(point["timestamp"])))
                    history.append({
                        "run_id": info["run_id"], "key": key,
                        "step": [int(point.get("step", 0)) for point in points],
                        "time": [int(point["timestamp"]) for point in points],
                        "value": [six_digits(float(point["value"])) for point in points],
                    })
        recording.table("history", {"rows": history}, f"history-{experiment['name']}", key=experiment["name"])
    recording.table("runs", {"rows": rows})
    return all_runs


def record_versions(recording: Recording) -> set[str]:
    """The registry; returns the runs behind its versions."""
    rows, models, run_ids = [], [], set()
    for name in REGISTERED_MODELS:
        model = backends.get(f"{MLFLOW}{backends.MLFLOW_API}/registered-models/get", name=name)["registered_model"]
        aliases = defaultdict(list)
        for alias in model.get("aliases", []):
            aliases[alias["version"]].append(alias["alias"])
        models.append({"name": name, "description": model.get("description", ""),
                       "tags": {tag["key"]: tag["value"] for tag in model.get("tags", [])},
                       "created": int(model["creation_timestamp"])})
        found = backends.get(f"{MLFLOW}{backends.MLFLOW_API}/model-versions/search", filter=f"name='{name}'")
        for one in sorted(found["model_versions"], key=lambda one: int(one["version"])):
            run_ids.add(one["run_id"])
            rows.append({
                "name": name, "version": one["version"], "run_id": one["run_id"], "status": one["status"],
                "created": int(one["creation_timestamp"]), "updated": int(one["last_updated_timestamp"]),
                "description": one.get("description", ""), "aliases": sorted(aliases[one["version"]]),
                "tags": {tag["key"]: tag["value"] for tag in one.get("tags", [])},
            })
    recording.table("versions", {"rows": rows, "models": models})
    return run_ids


def record_artifacts(recording: Recording, runs: list[dict], registered: set[str]) -> None:
    """Evaluation artifacts of the registered runs and of the best three of each experiment."""
    by_experiment = defaultdict(list)
    for run in runs:
        metrics = backends.metrics(run)
        score = metrics.get("test_accuracy", -metrics["test_rmse"] if "test_rmse" in metrics else None)
        if score is not None:
            by_experiment[run["info"]["experiment_id"]].append((score, run))
    chosen = [run for run in runs if run["info"]["run_id"] in registered]
    for found in by_experiment.values():
        best = sorted(found, key=lambda one: -one[0])[:3]
        chosen += [run for _, run in best if run["info"]["run_id"] not in registered]
    small, large = [], []
    for run in chosen:
        for path in backends.artifact_paths(run["info"]["run_id"], "eval"):
            row = {"run_id": run["info"]["run_id"], "path": path,
                   "json": rounded(backends.artifact(run, path))}
            (large if path.endswith(("predictions.json", "contributions.json")) else small).append(row)
    recording.table("artifacts", {"rows": small})
    recording.table("artifacts", {"rows": large}, "artifacts-rows")


def record_predictions(recording: Recording, model: str) -> None:
    border = recording.now_ms // HOUR_MS * HOUR_MS - RECENT_PREDICTIONS_MS
    rows = list(backends.prediction_rows(model, 0, recording.now_ms))
    for part, start, end in (("recent", border, recording.now_ms), ("older", rows[0]["time"], border)):
        found = [row for row in rows if start <= row["time"] < end]
        columns = {name: [compact(row[name]) for row in found] for name in found[0]}
        about = {"key": model, "from": start, "to": end}
        recording.table("predictions", {"columns": packed(columns, "row")}, f"predictions-{model}-{part}", **about)


def record_traces(recording: Recording) -> None:
    experiment = backends.experiment_id("digits-mlp")
    answer = backends.post(f"{MLFLOW}/api/3.0/mlflow/traces/search", {
        "locations": [{"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}],
        "max_results": 200})
    rows = []
    for trace in answer["traces"]:
        content = backends.get(f"{MLFLOW}/ajax-api/3.0/mlflow/get-trace-artifact", request_id=trace["trace_id"])
        rows.append({
            "trace_id": trace["trace_id"], "experiment": "digits-mlp", "state": trace["state"],
            "time": trace["request_time"], "duration": trace.get("execution_duration"),
            "request": trace.get("request_preview", "")[:200], "response": trace.get("response_preview", "")[:200],
            "tags": {key: value for key, value in trace.get("tags", {}).items() if not key.startswith("mlflow.")},
            "spans": [{"name": span["name"], "status": span["status"]["code"],
                       "message": span["status"].get("message", "")[:300]}
                      for span in (content or {}).get("spans", [])],
        })
    recording.table("traces", {"rows": rows})
