"""Replays held-out rows with known labels against the model servers. Bounded: it stops by itself.

    load.py past ANCHOR           the 336 hours before the anchor, quickly, as hourly tables in MLflow
    load.py live ANCHOR SECONDS   real requests for SECONDS, with a spike and failing ones

`live` also serves /metrics until it is ended: the counters of its own requests, and the simulated
series of `simulation.py`, which go on where the back-filled history ends.
Runs in the environment of `requirements-mlflow.txt`.
"""

from __future__ import annotations

import http.client
import json
import signal
import sys
import threading
import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np

import held_out
import settings
from history import REGION_WEIGHTS, SEGMENT_WEIGHTS, selector
from settings import ENVIRONMENT, EXPERIMENTS, EXPERIMENT_MODELS, HOST, LAB, MLFLOW, REGIONS, SEGMENTS, SERVINGS
from simulation import Simulation

HOUR_MS = 3_600_000


class Server:
    """A kept-alive connection to one model server."""

    def __init__(self, serving: settings.Serving):
        self.serving = serving
        self.connection = http.client.HTTPConnection(HOST, serving.http_port, timeout=10)

    def infer(self, x: np.ndarray, model: str | None = None) -> tuple[np.ndarray, np.ndarray, float]:
        """Sends rows; returns predictions, class probabilities and the latency in milliseconds.

        Raises `ValueError` with the status if the server refuses, `TimeoutError` if it is too slow.
        """
        body = json.dumps({
            "inputs": [{"name": "x", "shape": list(x.shape), "datatype": "FP64", "data": x.ravel().tolist()}],
            "outputs": [{"name": "predict"}, {"name": "predict_proba"}],
        })
        started = time.perf_counter()
        try:
            self.connection.request("POST", f"/v2/models/{model or self.serving.model}/infer", body,
                                    {"content-type": "application/json"})
            response = self.connection.getresponse()
            answer = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            raise
        latency_ms = (time.perf_counter() - started) * 1000
        if response.status != 200:
            raise ValueError(response.status)
        outputs = {output["name"]: output for output in json.loads(answer)["outputs"]}
        probabilities = np.reshape(outputs["predict_proba"]["data"], outputs["predict_proba"]["shape"])
        return np.ravel(outputs["predict"]["data"]).astype(int), probabilities, latency_ms


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


# -- past hours ---------------------------------------------------------------------------------


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


# -- live ---------------------------------------------------------------------------------------


class Exporter:
    """Counters of the live load and the simulated series, in the text format of Prometheus."""

    def __init__(self, anchor: int):
        self.simulation = Simulation(anchor)
        self.lock = threading.Lock()
        self.counters: Counter = Counter()
        self.state_file = LAB / "exporter_state.json"
        state = settings.read_json(self.state_file) or settings.read_json(LAB / "history_end.json")
        self.simulated: dict[str, float] = state["counters"]
        self.simulated_at: float = state["end"]

    def add(self, name: str, labels: dict[str, str], n: float = 1) -> None:
        with self.lock:
            self.counters[name, selector(name, labels)] += n

    def text(self) -> str:
        now = time.time()
        families: dict[tuple[str, str], list[str]] = defaultdict(list)
        with self.lock:
            for (name, series), value in self.counters.items():
                families[name, "counter"].append(f"{series} {value}")
            elapsed, self.simulated_at = now - self.simulated_at, now
            for one in self.simulation.series(np.array([now])):
                if not one.alive[0]:
                    continue
                series, value = selector(one.name, one.labels), float(one.values[0])
                if one.kind == "counter":
                    self.simulated[series] = value = self.simulated.get(series, 0.0) + value * max(elapsed, 0)
                    if "restarts" in one.name:
                        value = int(value)
                families[one.name, one.kind].append(f"{series} {value}")
        return "".join(
            f"# TYPE {name} {kind}\n" + "\n".join(lines) + "\n" for (name, kind), lines in families.items())

    def save(self) -> None:
        """Keeps the simulated counters, so that a later start goes on from them."""
        with self.lock:
            settings.write_json(self.state_file, {"end": self.simulated_at, "counters": self.simulated})


def serve_metrics(exporter: Exporter) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            body = exporter.text().encode()
            self.send_response(200)
            self.send_header("content-type", "text/plain; version=0.0.4")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer((HOST, settings.EXPORTER_PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def live_request(exporter: Exporter, server: Server, split: held_out.Split, random) -> None:
    """One request of one to three rows; about three in a hundred are made to fail."""
    serving, (x, labels) = server.serving, split.test
    rows = random.integers(0, len(labels), int(random.integers(1, 4)))
    region, segment = random.choice(REGIONS, p=REGION_WEIGHTS), random.choice(SEGMENTS, p=SEGMENT_WEIGHTS)
    sent, model, fault = x[rows], None, random.random()
    if fault < 0.015:
        kind, sent = "bad_request", sent[:, :3]
    elif fault < 0.022:
        kind, model = "upstream", f"{serving.model}-missing"
    elif fault < 0.03:
        kind = "timeout"
        server.connection.close()
        server.connection.timeout = 0.0005
    else:
        kind = ""
    try:
        predicted, _, _ = server.infer(sent, model)
    except (ValueError, OSError, http.client.HTTPException) as error:
        kind = "timeout" if isinstance(error, TimeoutError) else kind or "upstream"
        exporter.add("prediction_errors_total", {**serving.labels(), "kind": kind})
        return
    finally:
        server.connection.timeout = 10
        if server.connection.sock:
            server.connection.sock.settimeout(10)
    for row, prediction in zip(rows, predicted):
        exporter.add("predictions_total", {
            **serving.labels(), "region": region, "segment": segment,
            "actual": str(labels[row]), "predicted": str(prediction)})
    for experiment, plan in EXPERIMENTS.items():
        if EXPERIMENT_MODELS[experiment] == serving.model:
            treated = random.random() < plan["share"]
            arm = {"experiment": experiment, "variant": "treatment" if treated else "control", "segment": segment,
                   "model": serving.model, "environment": ENVIRONMENT}
            exporter.add("experiment_exposures_total", arm)
            converts = random.random() < plan["rate"] + plan["effect"] * treated
            exporter.add("experiment_conversions_total", arm, int(converts))


def live(anchor: int, seconds: float) -> None:
    exporter = Exporter(anchor)
    stopping = threading.Event()
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: stopping.set())
    metrics_server = serve_metrics(exporter)
    splits = {"breast-cancer": held_out.breast_cancer(), "digits": held_out.digits()}
    servers = [Server(one) for one in SERVINGS]
    # Every error counter starts at 0, so that its first failure is an increase.
    for one in SERVINGS:
        for kind in ("bad_request", "upstream", "timeout"):
            exporter.add("prediction_errors_total", {**one.labels(), "kind": kind}, 0)
    random = np.random.default_rng()
    started = time.monotonic()
    while not stopping.is_set() and (elapsed := time.monotonic() - started) < seconds:
        server = servers[random.integers(len(servers))]
        live_request(exporter, server, splits[server.serving.model], random)
        spike = 0.4 < elapsed / seconds < 0.5
        stopping.wait(0.004 if spike else 0.05)
    for server in servers:
        server.connection.close()
    settings.write_json(LAB / "live_load.json", {"ended": int(time.time() * 1000)})
    stopping.wait()
    metrics_server.shutdown()
    exporter.save()


if __name__ == "__main__":
    if sys.argv[1] == "past":
        past(int(sys.argv[2]))
    else:
        live(int(sys.argv[2]), float(sys.argv[3]))
