"""Replays held-out rows with known labels against the model servers. Bounded: it stops by itself.

    load.py past ANCHOR           the 336 hours before the anchor, quickly, as hourly tables in MLflow
    load.py live ANCHOR SECONDS   real requests for SECONDS, with a spike and failing ones

`live` also serves /metrics until it is ended: the counters of its own requests, and the simulated
series of `simulation.py`, which go on where the back-filled history ends.
Runs in the environment of `requirements-mlflow.txt`.
"""

from __future__ import annotations

import http.client
import signal
import sys
import threading
import time

import numpy as np

import held_out
import settings
from exporter import Exporter, serve_metrics
from history import REGION_WEIGHTS, SEGMENT_WEIGHTS
from model_server import Server
from replay import past
from settings import ENVIRONMENT, EXPERIMENTS, EXPERIMENT_MODELS, LAB, REGIONS, SEGMENTS, SERVINGS


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
