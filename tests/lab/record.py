"""Records the lab into `public/demo/`, the data of the demo workspace.

    lab.py record [--out FOLDER]

What is written are series and rows with all their labels, never answers to queries:

- `manifest.json`: `{"version":1, "recordedAt", "simulatedUntil", "note", "series":[...], "tables":[...]}`;
  an entry of series is `{"file","names","from","to","bucketMs"}`, of tables `{"file","table","key"?,"from"?,"to"?}`.
  Times are epoch milliseconds; `key` is the experiment of a `history` table and the model of a `predictions` table.
  A table may lie in several files (`artifacts`, `predictions`).
- series files: `{"series":[{"name","type":"counter|gauge|bucket","labels","t","v"}]}`; `t` is the first time and then
  differences, in milliseconds. Each group of metrics has a `-recent` file (the last 48 hours) and an `-older` one;
  the older one ends with the sample that the recent one starts with.
- table files: `{"table","key"?,"rows":[...]}`, but `predictions` is `{"table","key","columns":{"<name>":[...]}}`.
  A row of `history` is one run and metric: `run_id, key, step[], time[], value[]`.
  `"NaN"`, `"Infinity"` and `"-Infinity"` are strings.

Thinning: a bucket of 12 minutes in the last 48 hours, of 2 hours before (`bucketMs`). Gauges keep the minimum and the maximum of
each bucket, so spikes stay; counters keep the last sample of each bucket and both samples around a reset.
Numbers have 6 significant digits; counters are integers where the source's are. Predictions are not thinned.
Fails if the whole exceeds 2 MB in brotli, or what either engineering role needs first exceeds 300 KB.
"""

from __future__ import annotations

import argparse
import json
import math
import shutil
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path

import backends
from settings import LAB, MLFLOW, PROMETHEUS, REGISTERED_MODELS, REPOSITORY, SERVED_MODELS, read_json

HOUR_MS = 3_600_000
RECENT_MS = 48 * HOUR_MS
RECENT_BUCKET_MS, OLDER_BUCKET_MS = HOUR_MS // 5, 2 * HOUR_MS  # whole multiples of the history's step
RECENT_PREDICTIONS_MS = 96 * HOUR_MS
HISTORY_MS = 66 * 24 * HOUR_MS
LARGEST_TOTAL, LARGEST_FIRST_SCREEN = 2_000_000, 300_000

# Which metrics share a file: those that one dashboard's panels need together.
GROUPS = {
    "latency": ["rest_server_request_duration_seconds_bucket", "rest_server_request_duration_seconds_count",
                "rest_server_request_duration_seconds_sum"],
    "deployment": ["model_version_info", "kube_deployment_spec_replicas", "kube_deployment_status_replicas_ready",
                   "kube_horizontalpodautoscaler_spec_min_replicas", "kube_horizontalpodautoscaler_spec_max_replicas",
                   "kube_pod_container_status_restarts_total", "inference_queue_depth"],
    "resources": ["container_cpu_usage_seconds_total", "container_memory_working_set_bytes",
                  "kube_pod_container_resource_limits", "kube_pod_container_resource_requests",
                  "DCGM_FI_DEV_GPU_UTIL", "DCGM_FI_DEV_FB_USED", "DCGM_FI_DEV_FB_FREE", "node_cpu_seconds_total",
                  "node_disk_read_bytes_total", "node_disk_written_bytes_total", "node_network_receive_bytes_total",
                  "node_network_transmit_bytes_total", "node_filesystem_size_bytes", "node_filesystem_avail_bytes",
                  "node_memory_MemTotal_bytes", "node_memory_MemAvailable_bytes"],
    "outcomes": ["predictions_total"],
    "errors": ["prediction_errors_total"],
    "experiments": ["experiment_exposures_total", "experiment_conversions_total"],
}
# What must be there before the first screen of a role is drawn, by the name of the file.
FIRST_SCREEN = {
    "data-scientist": ["manifest", "experiments", "runs", "versions", "artifacts", "history-digits-mlp",
                       "history-breast-cancer-sgd"],
    "ml-engineer": ["manifest", "versions", "latency-recent", "deployment-recent", "resources-recent",
                    "errors-recent", "experiments-recent", "alerts"],
}

Samples = list[tuple[int, float]]


def six_digits(value: float) -> float | int | str:
    """Six significant digits; integers without a point, NaN and infinities as strings.

    MLflow stores an infinity as the largest double, which is an infinity again here.
    """
    if math.isnan(value):
        return "NaN"
    if abs(value) >= sys.float_info.max:
        return "Infinity" if value > 0 else "-Infinity"
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def kind_of(name: str) -> str:
    if name.endswith("_bucket"):
        return "bucket"
    return "counter" if name.endswith(("_total", "_count", "_sum")) else "gauge"


def thin(samples: Samples, kind: str, bucket_ms: int) -> Samples:
    """Fewer samples: extremes of a gauge, last values and resets of a counter. The last sample always stays."""
    buckets: dict[int, Samples] = defaultdict(list)
    for sample in samples:
        buckets[-(-sample[0] // bucket_ms)].append(sample)
    kept = set(samples[-1:])
    for bucket in buckets.values():
        if kind == "gauge":
            low, high = min(bucket, key=lambda one: one[1]), max(bucket, key=lambda one: one[1])
            kept |= {low, high} if low[1] != high[1] else {bucket[-1]}
        else:
            kept.add(bucket[-1])
    if kind != "gauge":
        for before, after in zip(samples, samples[1:]):
            if after[1] < before[1]:
                kept |= {before, after}
    return sorted(kept)


def encode(name: str, labels: dict[str, str], samples: Samples) -> dict:
    times = [time_ms for time_ms, _ in samples]
    whole = kind_of(name) != "gauge" and all(value.is_integer() for _, value in samples)
    return {
        "name": name,
        "type": kind_of(name),
        "labels": {key: value for key, value in labels.items() if key != "__name__"},
        "t": times[:1] + [b - a for a, b in zip(times, times[1:])],
        "v": [int(value) if whole else six_digits(value) for _, value in samples],
    }


class Recording:
    """The output folder and its manifest."""

    def __init__(self, folder: Path, now_ms: int):
        self.folder, self.now_ms = folder, now_ms
        self.series: list[dict] = []
        self.tables: list[dict] = []

    def write(self, name: str, value) -> str:
        file = f"{name}.json"
        (self.folder / file).write_text(json.dumps(value, separators=(",", ":"), allow_nan=False))
        return file

    def table(self, table: str, value: dict, name: str | None = None, **about) -> None:
        file = self.write(name or table, {"table": table, **about, **value})
        self.tables.append({"file": file, "table": table, **about})

    # -- series ---------------------------------------------------------------------------------

    def record_group(self, group: str, names: list[str]) -> None:
        border = self.now_ms - RECENT_MS
        parts: dict[str, list[dict]] = {"recent": [], "older": []}
        for name in names:
            # Metrics of node_exporter on this machine are none of the demo's business.
            selector = name + '{instance="gpu-node-1"}' if name.startswith("node_") else name
            for labels, samples in backends.raw_samples(selector, self.now_ms - HISTORY_MS, self.now_ms):
                kind = kind_of(name)
                recent = thin([one for one in samples if one[0] > border], kind, RECENT_BUCKET_MS)
                older = thin([one for one in samples if one[0] <= border], kind, OLDER_BUCKET_MS)
                if recent and older:
                    older.append(recent[0])
                for part, kept in (("recent", recent), ("older", older)):
                    if kept:
                        parts[part].append(encode(name, labels, kept))
        for part, series in parts.items():
            if series:
                file = self.write(f"{group}-{part}", {"series": series})
                start, end, bucket = ((border, self.now_ms, RECENT_BUCKET_MS) if part == "recent" else
                                      (self.now_ms - HISTORY_MS, border, OLDER_BUCKET_MS))
                found = sorted({one["name"] for one in series})
                self.series.append({"file": file, "names": found, "from": start, "to": end, "bucketMs": bucket})

    # -- MLflow ---------------------------------------------------------------------------------

    def record_runs(self) -> list[dict]:
        """Experiments, runs and their histories, without the runs that only hold prediction tables."""
        experiments = [one for one in backends.experiments()
                       if not one["name"].endswith("-predictions") and one["name"] != "Default"]
        self.table("experiments", {"rows": [
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
            self.table("history", {"rows": history}, f"history-{experiment['name']}", key=experiment["name"])
        self.table("runs", {"rows": rows})
        return all_runs

    def record_versions(self) -> set[str]:
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
        self.table("versions", {"rows": rows, "models": models})
        return run_ids

    def record_artifacts(self, runs: list[dict], registered: set[str]) -> None:
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
        self.table("artifacts", {"rows": small})
        self.table("artifacts", {"rows": large}, "artifacts-rows")

    def record_predictions(self, model: str) -> None:
        border = self.now_ms // HOUR_MS * HOUR_MS - RECENT_PREDICTIONS_MS
        rows = list(backends.prediction_rows(model, 0, self.now_ms))
        for part, start, end in (("recent", border, self.now_ms), ("older", rows[0]["time"], border)):
            found = [row for row in rows if start <= row["time"] < end]
            columns = {name: [compact(row[name]) for row in found] for name in found[0]}
            about = {"key": model, "from": start, "to": end}
            self.table("predictions", {"columns": columns}, f"predictions-{model}-{part}", **about)

    def record_traces(self) -> None:
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
        self.table("traces", {"rows": rows})

    def record_alerts(self) -> None:
        alerts = backends.get(f"{PROMETHEUS}/api/v1/alerts")["data"]["alerts"]
        rules = backends.get(f"{PROMETHEUS}/api/v1/rules")["data"]["groups"]
        for group in rules:
            # The server names its own file; only the name is anybody's business.
            group["file"] = Path(group["file"]).name
        self.table("alerts", {"rows": alerts, "groups": rules})


def rounded(value):
    """The same JSON with numbers of six digits."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return six_digits(value) if isinstance(value, float) else value


def compact(value):
    """A cell of a prediction table: four digits for features, scores and latencies."""
    return float(f"{value:.4g}") if isinstance(value, float) else value


def brotli_size(file: Path) -> int:
    return len(subprocess.run(["brotli", "-q", "11", "-w", "24", "-c", file], check=True, capture_output=True).stdout)


def check_sizes(folder: Path) -> bool:
    sizes = {file.stem: brotli_size(file) for file in sorted(folder.glob("*.json"))}
    for name, size in sizes.items():
        print(f"{size / 1000:9.1f} KB  {name}.json")
    total = sum(sizes.values())
    print(f"{total / 1000:9.1f} KB  in all (at most {LARGEST_TOTAL / 1000:.0f})")
    good = total <= LARGEST_TOTAL
    for role, names in FIRST_SCREEN.items():
        first = sum(sizes[name] for name in names)
        print(f"{first / 1000:9.1f} KB  first screen of {role} (at most {LARGEST_FIRST_SCREEN / 1000:.0f})")
        good &= first <= LARGEST_FIRST_SCREEN
    return good


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "public" / "demo")
    folder = parser.parse_args().out
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    truth = read_json(LAB / "truth.json")
    recording = Recording(draft, int(time.time() * 1000))
    for group, names in GROUPS.items():
        recording.record_group(group, names)
    runs = recording.record_runs()
    recording.record_artifacts(runs, recording.record_versions())
    for model in SERVED_MODELS:
        recording.record_predictions(model)
    recording.record_traces()
    recording.record_alerts()
    recording.write("manifest", {
        "version": 1,
        "recordedAt": recording.now_ms,
        "simulatedUntil": truth["historyEnd"],
        "note": "Recorded from the lab (tests/lab). Runs, models, traces and predictions are real. Of the series, "
                "all samples before simulatedUntil are simulated, with the confusion rates of the real predictions; "
                "series of Kubernetes, DCGM, gpu-node-1 and the experiments' conversions are simulated throughout.",
        "series": recording.series,
        "tables": recording.tables,
    })
    good = check_sizes(draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    if not good:
        print("the recording is too large")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
