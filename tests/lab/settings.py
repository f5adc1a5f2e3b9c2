"""Names, ports and planted truths of the lab: the one place that every script reads.

Standard library only, so that it can be imported from each of the environments.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
LAB = Path(os.environ.get("SIGHTLINE_LAB", REPOSITORY / ".lab")).resolve()
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "sightline"
HERE = Path(__file__).resolve().parent

HOST = "127.0.0.1"
PORT_SHIFT = int(os.environ.get("SIGHTLINE_PORT_SHIFT", "0"))  # so that a second lab can run beside the first


def _here(port: int) -> str:
    return f"http://{HOST}:{port + PORT_SHIFT}"


PROMETHEUS = _here(19090)
NODE_EXPORTER = _here(19100)
VICTORIA_METRICS = _here(18428)
MLFLOW = _here(15000)
MLFLOW2 = _here(15001)
MLFLOW2_GATEWAY = _here(15002)  # MLflow 2 sends no CORS headers of its own
EXPORTER_PORT = 18300 + PORT_SHIFT
EXPORTER_INSTANCE = f"{HOST}:18300"  # the label, wherever the exporter listens

# Origins that the app may be served from in tests.
APP_PORTS = [8080, *range(8090, 8100)]
APP_ORIGINS = [f"http://{host}:{port}" for port in APP_PORTS for host in ("localhost", HOST)]
PROMETHEUS_ORIGIN_REGEX = r"https?://(localhost|127\.0\.0\.1)(:[0-9]+)?"

ENVIRONMENT = "production"
REGIONS = ["eu-west", "us-east", "ap-south"]
SEGMENTS = ["consumer", "business", "partner"]
VARIANT_VERSIONS = {"champion": "2", "challenger": "3"}
VARIANT_REGIONS = {"champion": "eu-west", "challenger": "us-east"}
SERVED_MODELS = ["breast-cancer", "digits"]
REGISTERED_MODELS = ["breast-cancer", "digits", "diabetes"]


class Serving:
    """One model server: a version of a model under its own port."""

    def __init__(self, index: int, model: str, variant: str):
        self.model, self.variant = model, variant
        self.version = VARIANT_VERSIONS[variant]
        self.region = VARIANT_REGIONS[variant]
        self.http_port, self.grpc_port, self.metrics_port = (
            first + index + PORT_SHIFT for first in (18180, 18380, 18280))

    @property
    def name(self) -> str:
        return f"mlserver-{self.model}-{self.version}"

    @property
    def instance(self) -> str:
        """The label, wherever the server listens."""
        return f"{HOST}:{self.metrics_port - PORT_SHIFT}"

    @property
    def target(self) -> str:
        """Where Prometheus finds its metrics."""
        return f"{HOST}:{self.metrics_port}"

    def labels(self) -> dict[str, str]:
        """The labels that the scrape configuration puts on every metric of this server."""
        return {
            "model": self.model,
            "version": self.version,
            "variant": self.variant,
            "region": self.region,
            "environment": ENVIRONMENT,
        }


SERVINGS = [
    Serving(index, model, variant)
    for index, (model, variant) in enumerate(
        (model, variant) for model in SERVED_MODELS for variant in VARIANT_VERSIONS
    )
]

# History.
SCRAPE_SECONDS = 5
HISTORY_DAYS = 65
HISTORY_STEP_SECONDS = 240  # under the look-back of 300 s, or queries would show gaps
PREDICTION_HOURS = 336

# Planted truths, hours and days before the anchor.
SHIFTED_FEATURE = "mean texture"
SHIFT_AMOUNT = 4.0
SHIFT_HOURS_AGO = 72
DEGRADED_NOISE = 1.0  # standard deviation on pixels of 0 to 16 ...
DEGRADED_PIXELS = 0.25  # ... of this share of the pixels
QUEUE_SPIKE_HOURS_AGO = 26
QUEUE_SPIKE_VALUE = 480
CURVE_SPIKE_STEP = 7303
CURVE_SPIKE_VALUE = 25.0
MISSING_REPLICA_HOURS_AGO = 6
ROLLBACK_DAYS_AGO, ROLLBACK_HOURS = 9, 3
ROLLOUT_DAYS_AGO = [(30, 0.1), (29, 0.5), (28, 1.0)]
AB_DAYS_AGO = 14
LATENCY_OBJECTIVE_SECONDS = 0.250
# p95 = base / (1 - load / capacity), load in requests a second of the whole model
LATENCY_LAW = {"digits": (0.060, 40.0), "breast-cancer": (0.030, 60.0)}


def breaking_point(model: str) -> float:
    """Requests a second at which the latency objective breaks."""
    base, capacity = LATENCY_LAW[model]
    return capacity * (1 - base / LATENCY_OBJECTIVE_SECONDS)


# Per experiment: days it has run, planned and true share of treatment, conversion of control, effect.
EXPERIMENTS = {
    "checkout-ranker": {"days": 21, "planned": 0.5, "share": 0.5, "rate": 0.10, "effect": 0.012},
    "banner-copy": {"days": 14, "planned": 0.5, "share": 0.47, "rate": 0.05, "effect": 0.0},
    "search-boost": {"days": 28, "planned": 0.5, "share": 0.5, "rate": 0.08, "effect": 0.0},
}
EXPERIMENT_MODELS = {
    "checkout-ranker": "digits",
    "banner-copy": "breast-cancer",
    "search-boost": "digits",
}


def read_json(path: Path, default=None):
    """Reads a JSON file of the working folder; `default` when it is not there."""
    try:
        return json.loads(path.read_text())
    except FileNotFoundError:
        return default


def write_json(path: Path, value) -> None:
    """Writes a JSON file whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(path.suffix + ".draft")
    draft.write_text(json.dumps(value, indent=1))
    draft.replace(path)


def update_truth(**values) -> None:
    """Adds planted values to `truth.json`."""
    path = LAB / "truth.json"
    write_json(path, {**read_json(path, {}), **values})
