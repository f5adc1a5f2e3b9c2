"""The past hours: held-out rows answered by the real servers, with the clock set back, as hourly tables in MLflow."""

from __future__ import annotations

import http.client
import json
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from urllib.parse import urlsplit

import numpy as np

import held_out
import settings
from history import REGION_WEIGHTS, SEGMENT_WEIGHTS
from model_server import Server
from settings import LAB, MLFLOW, REGIONS, SEGMENTS, SERVINGS

HOUR_MS = 3_600_000


def mlflow_call(path: str, body: dict, method: str = "POST") -> dict:
    connection = http.client.HTTPConnection(urlsplit(MLFLOW).netloc, timeout=60)
    connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
    response = connection.getresponse()
    answer = response.read()
    connection.close()
    if response.status >= 300:
        raise RuntimeError(f"{method} {path} answered {response.status}: {answer[:300]!r}")
    return json.loads(answer or b"{}")


def experiment_id(name: str) -> str:
    return mlflow_call("/api/2.0/mlflow/experiments/create", {"name": name})["experiment_id"]


class Replay:
    """The past hours of one model: real answers of its two servers, with the clock set back."""

    def __init__(self, split: held_out.Split, anchor: int):
        self.split = split
        self.shifted_from = anchor - settings.SHIFT_HOURS_AGO * 3600
        self.servers = {one.variant: Server(one) for one in SERVINGS if one.model == split.name}
        n_classes = len(split.class_names)
        self.confusion = defaultdict(lambda: {
            "before": np.zeros((n_classes, n_classes), int), "after": np.zeros((n_classes, n_classes), int)})

    def hour(self, hour: int) -> dict:
        """The table of the hour that starts at `hour` (epoch seconds)."""
        name, (x, labels) = self.split.name, self.split.test
        random = np.random.default_rng([hour, len(name)])
        n = int(random.integers(40, 81))
        rows = random.integers(0, len(labels), n)
        times = np.sort(random.integers(0, HOUR_MS, n)) + hour * 1000
        variants = random.choice(list(self.servers), n)
        regions = random.choice(REGIONS, n, p=REGION_WEIGHTS)
        segments = random.choice(SEGMENTS, n, p=SEGMENT_WEIGHTS)
        sent = x[rows].copy()
        shifted = hour >= self.shifted_from
        if shifted and name == "breast-cancer":
            sent[:, self.split.features.index(settings.SHIFTED_FEATURE)] += settings.SHIFT_AMOUNT
        if shifted and name == "digits":
            noise = random.normal(0, settings.DEGRADED_NOISE, sent.shape)
            noise *= random.random(sent.shape) < settings.DEGRADED_PIXELS
            sent = np.where((variants == "challenger")[:, None], np.clip(np.round(sent + noise), 0, 16), sent)
        predicted, scores, latencies = np.zeros(n, int), np.zeros(n), np.zeros(n)
        for variant, server in self.servers.items():
            mine = np.flatnonzero(variants == variant)
            if not len(mine):
                continue
            predicted[mine], probabilities, latencies[mine] = server.infer(sent[mine])
            binary = probabilities.shape[1] == 2
            scores[mine] = probabilities[:, 1] if binary else probabilities.max(axis=1)
            matrix = self.confusion[server.serving.version]["after" if shifted else "before"]
            np.add.at(matrix, (labels[rows[mine]], predicted[mine]), 1)
        names, features = held_out.logged_features(name, sent)
        ids = self.split.test_ids()
        stamp = datetime.fromtimestamp(hour, timezone.utc).strftime("%Y%m%d%H")
        data = [
            [int(times[i]), f"{self.split.prefix}-{stamp}-{i:03d}", ids[rows[i]], name,
             settings.VARIANT_VERSIONS[variants[i]], str(variants[i]), str(regions[i]), str(segments[i]),
             int(labels[rows[i]]), float(f"{scores[i]:.6g}"), int(predicted[i]), round(float(latencies[i]), 3),
             *(float(f"{value:.6g}") for value in features[i])]
            for i in range(n)
        ]
        return {"columns": ["time", "id", "row", "model", "version", "variant", "region", "segment", "label",
                            "score", "prediction", "latency_ms", *names], "data": data}

    def run(self, anchor: int) -> int:
        """Writes all hours; one run a UTC day. Returns the number of rows."""
        experiment = experiment_id(f"{self.split.name}-predictions")
        connection = http.client.HTTPConnection(urlsplit(MLFLOW).netloc, timeout=60)
        runs: dict[str, str] = {}
        n_rows = 0
        for hour in range(anchor - settings.PREDICTION_HOURS * 3600, anchor, 3600):
            moment = datetime.fromtimestamp(hour, timezone.utc)
            day = moment.strftime("%Y-%m-%d")
            if day not in runs:
                runs[day] = mlflow_call("/api/2.0/mlflow/runs/create", {
                    "experiment_id": experiment, "start_time": hour * 1000, "run_name": f"predictions {day}",
                    "tags": [{"key": "day", "value": day}, {"key": "model", "value": self.split.name}],
                })["run"]["info"]["run_id"]
            table = self.hour(hour)
            n_rows += len(table["data"])
            path = (f"/api/2.0/mlflow-artifacts/artifacts/{experiment}/{runs[day]}/artifacts/"
                    f"predictions/{moment.strftime('%Y-%m-%dT%H')}.json")
            connection.request("PUT", path, json.dumps(table), {"content-type": "application/json"})
            response = connection.getresponse()
            if response.read() and response.status >= 300:
                raise RuntimeError(f"PUT {path} answered {response.status}")
        for day, run_id in runs.items():
            end = datetime.fromisoformat(day).replace(tzinfo=timezone.utc).timestamp() + 86400
            mlflow_call("/api/2.0/mlflow/runs/update", {
                "run_id": run_id, "status": "FINISHED", "end_time": int(min(end, anchor) * 1000)})
        return n_rows


def past(anchor: int) -> None:
    replays = [Replay(split, anchor) for split in (held_out.breast_cancer(), held_out.digits())]
    with ThreadPoolExecutor(2) as pool:
        counts = list(pool.map(lambda replay: replay.run(anchor), replays))
    settings.write_json(LAB / "confusion.json", {
        replay.split.name: {
            version: {period: matrix.tolist() for period, matrix in periods.items()}
            for version, periods in replay.confusion.items()
        } for replay in replays
    })
    print(f"{sum(counts)} rows in {2 * settings.PREDICTION_HOURS} tables")
