"""Back-fills 65 days into Prometheus by promtool, and the last 15 into VictoriaMetrics' import format.

    history.py ANCHOR END OUT_FOLDER CONFUSION_JSON

Writes `history.0.om` and `history.1.om` (two halves, since promtool uses one core each), `recent.prom` and
`history_end.json` (last values, where the exporter goes on).
Series that live servers expose too carry the same labels, `job` and `instance` included.
Volumes are simulated; confusion rates are those that the real servers showed in the prediction tables.
Runs in the environment of `requirements-mlflow.txt`.
"""

from __future__ import annotations

import json
import math
import sys
from collections import defaultdict
from pathlib import Path
from typing import Iterator

import numpy as np
from scipy.stats import norm

import settings
from settings import (
    ENVIRONMENT, EXPERIMENTS, EXPERIMENT_MODELS, EXPORTER_INSTANCE, HISTORY_DAYS, REGIONS, SEGMENTS, SERVINGS,
)
from simulation import DAY, Series, Simulation, latency_p95, request_rate

STEP = settings.HISTORY_STEP_SECONDS
RECENT_DAYS = 15
BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0]
SPREAD = 0.5  # sigma of the log-normal latency
REGION_WEIGHTS = [0.5, 0.3, 0.2]
SEGMENT_WEIGHTS = [0.5, 0.3, 0.2]


def counter(increments: np.ndarray) -> np.ndarray:
    return np.cumsum(increments)


def bucket_probabilities(p95: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Shares of requests in each bucket, so that `histogram_quantile(0.95)` gives exactly `p95`.

    A log-normal's 95th percentile and the one interpolated from its buckets differ;
    the median is found by inverting the interpolation on a grid. Also returns the mean latency.
    """
    medians = np.geomspace(0.001, 2.0, 4000)
    edges = np.array(BUCKETS)
    shares = norm.cdf(np.log(edges / medians[:, None]) / SPREAD)
    first = (shares < 0.95).sum(axis=1)  # bucket that holds the percentile
    lower = np.where(first > 0, edges[first - 1], 0.0)
    below = np.where(first > 0, shares[np.arange(len(medians)), first - 1], 0.0)
    inside = shares[np.arange(len(medians)), first] - below
    interpolated = lower + (edges[first] - lower) * (0.95 - below) / inside
    median = np.interp(p95, interpolated, medians)
    cumulative = norm.cdf(np.log(edges / median[:, None]) / SPREAD)
    cumulative = np.column_stack([np.zeros(len(p95)), cumulative, np.ones(len(p95))])
    return np.diff(cumulative, axis=1), median * math.exp(SPREAD**2 / 2)


def serving_series(simulation: Simulation, t: np.ndarray, confusion: dict, random) -> Iterator[Series]:
    """Latency histograms, predictions and errors of each version that ever served."""
    lanes = [(one.model, one.version, one.labels(), one.instance) for one in SERVINGS]
    for one in SERVINGS:
        if one.variant == "champion":  # version 1 was the champion before version 2
            lanes.append((one.model, "1", {**one.labels(), "version": "1"}, one.instance))
    for model, version, labels, instance in lanes:
        share = simulation.share(model, version, t)
        alive = share > 0
        n = random.poisson(request_rate(model, t) * share * STEP)
        yield from latency_series(model, version, labels, instance, t, n, alive, random)
        yield from error_series(simulation, model, version, labels, t, n, alive, random, instance)
        yield from prediction_series(simulation, model, version, labels, t, n, alive, confusion, random)


def latency_series(model, version, labels, instance, t, n, alive, random) -> Iterator[Series]:
    shares, mean = bucket_probabilities(latency_p95(model, version, t))
    buckets = np.cumsum(np.cumsum(random.multinomial(n, shares), axis=1), axis=0)
    labels = {"job": "mlserver", "instance": instance, **labels, "app_name": "mlserver", "method": "POST",
              "path": "/v2/models/{model_name}/infer", "status_code": "200"}
    name = "rest_server_request_duration_seconds"
    for column, edge in enumerate([*map(str, BUCKETS), "+Inf"]):
        yield Series(f"{name}_bucket", "bucket", {**labels, "le": edge}, buckets[:, column], alive)
    yield Series(f"{name}_count", "counter", labels, buckets[:, -1], alive)
    yield Series(f"{name}_sum", "counter", labels, counter(n * mean), alive)


def error_series(simulation, model, version, labels, t, n, alive, random, instance) -> Iterator[Series]:
    slow = np.clip(latency_p95(model, version, t) - 0.12, 0, None)
    rates = {"bad_request": np.full(len(t), 0.003), "timeout": 0.02 * slow, "upstream": np.full(len(t), 0.0008)}
    if (model, version) == ("breast-cancer", "2"):
        rates["upstream"] = np.where(simulation.incident(t), 0.08, rates["upstream"])
    total = np.zeros(len(t))
    for kind, rate in rates.items():
        errors = random.binomial(n, rate)
        total += errors
        yield Series("prediction_errors_total", "counter",
                     {"job": "load", "instance": EXPORTER_INSTANCE, **labels, "kind": kind}, counter(errors), alive)
    failed = {"job": "mlserver", "instance": instance, **labels, "app_name": "mlserver", "method": "POST",
              "path": "/v2/models/{model_name}/infer", "status_code": "500"}
    name = "rest_server_request_duration_seconds"
    yield Series(f"{name}_count", "counter", failed, counter(total).astype(int), alive)
    yield Series(f"{name}_sum", "counter", failed, counter(0.01 * total), alive)


def cell_probabilities(before: np.ndarray, after: np.ndarray, n_off_diagonal: int) -> tuple[list, np.ndarray, np.ndarray]:
    """Cells to simulate with their shares in both periods.

    All of the diagonal and the commonest confusions; these are scaled so that accuracy stays as measured.
    """
    size = len(before)
    off_diagonal = [(row, column) for row in range(size) for column in range(size) if row != column]
    off_diagonal.sort(key=lambda cell: -(after[cell] + before[cell]))
    cells = [(digit, digit) for digit in range(size)] + off_diagonal[:n_off_diagonal]
    result = []
    for matrix in (before, after):
        accuracy = np.trace(matrix) / matrix.sum()
        shares = np.array([matrix[cell] for cell in cells], float)
        shares[:size] *= accuracy / max(shares[:size].sum(), 1)
        shares[size:] = (shares[size:] + 1e-9) * (1 - accuracy) / (shares[size:] + 1e-9).sum()
        result.append(shares / shares.sum())
    return cells, *result


def prediction_series(simulation, model, version, labels, t, n, alive, confusion, random) -> Iterator[Series]:
    measured = confusion[model]["2" if version == "1" else version]
    binary = model == "breast-cancer"
    cells, before, after = cell_probabilities(
        np.array(measured["before"]), np.array(measured["after"]), 2 if binary else 4)
    if binary:
        groups = [(region, segment, a * b) for region, a in zip(REGIONS, REGION_WEIGHTS)
                  for segment, b in zip(SEGMENTS, SEGMENT_WEIGHTS)]
    else:
        groups = list(zip(REGIONS, SEGMENTS, REGION_WEIGHTS))
    weights = np.array([weight for *_, weight in groups])
    degraded = t >= simulation.ago(hours=settings.SHIFT_HOURS_AGO)
    shares = np.where(degraded[:, None], np.outer(weights, after).ravel(), np.outer(weights, before).ravel())
    counts = random.multinomial(n, shares / shares.sum(axis=1, keepdims=True)).cumsum(axis=0)
    for column, ((region, segment, _), (actual, predicted)) in enumerate(
            (group, cell) for group in groups for cell in cells):
        yield Series("predictions_total", "counter",
                     {"job": "load", "instance": EXPORTER_INSTANCE, **labels, "region": region, "segment": segment,
                      "actual": str(actual), "predicted": str(predicted)}, counts[:, column], alive)


def experiment_series(simulation: Simulation, t: np.ndarray, random) -> Iterator[Series]:
    """Exposures and conversions of the three experiments, from their start on."""
    for experiment, plan in EXPERIMENTS.items():
        alive = t >= simulation.ago(plan["days"])
        visitors = 9000 / DAY * STEP * request_rate(EXPERIMENT_MODELS[experiment], t) / 14
        for segment, weight in zip(SEGMENTS, SEGMENT_WEIGHTS):
            for variant, share in (("control", 1 - plan["share"]), ("treatment", plan["share"])):
                exposed = np.where(alive, random.poisson(visitors * weight * share), 0)
                rate = plan["rate"] + (plan["effect"] if variant == "treatment" else 0)
                labels = {"job": "load", "instance": EXPORTER_INSTANCE, "experiment": experiment, "variant": variant,
                          "segment": segment, "model": EXPERIMENT_MODELS[experiment], "environment": ENVIRONMENT}
                yield Series("experiment_exposures_total", "counter", labels, counter(exposed), alive)
                yield Series("experiment_conversions_total", "counter", labels,
                             counter(random.binomial(exposed, rate)), alive)


def all_series(anchor: int, t: np.ndarray, confusion: dict) -> Iterator[Series]:
    simulation, random = Simulation(anchor), np.random.default_rng(7)
    yield from serving_series(simulation, t, confusion, random)
    yield from experiment_series(simulation, t, random)
    for one in simulation.series(t):
        if one.kind == "counter":
            total = counter(np.where(one.alive, one.values, 0) * STEP)
            if "restarts" in one.name:
                total = np.round(total)
            one = Series(one.name, "counter", one.labels, total, one.alive)
        yield one


def selector(name: str, labels: dict[str, str]) -> str:
    return name + "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}"


def family(name: str, kind: str) -> tuple[str, str]:
    """The OpenMetrics family of a series and its type."""
    if name.startswith("rest_server_request_duration_seconds"):
        return "rest_server_request_duration_seconds", "histogram"
    return (name.removesuffix("_total"), kind) if kind == "counter" else (name, kind)


def halves(families: dict[tuple[str, str], list[str]]) -> tuple[list, list]:
    """Families in two groups of about the same size: the largest first, each to the smaller group."""
    groups, sizes = ([], []), [0, 0]
    by_size = {key: sum(map(len, blocks)) for key, blocks in families.items()}
    for key in sorted(by_size, key=lambda key: -by_size[key]):
        smaller = sizes.index(min(sizes))
        groups[smaller].append(key)
        sizes[smaller] += by_size[key]
    return groups


def main() -> None:
    anchor, end = int(sys.argv[1]), int(sys.argv[2])
    folder, confusion = Path(sys.argv[3]), json.loads(Path(sys.argv[4]).read_text())
    end -= end % STEP
    t = np.arange(end - HISTORY_DAYS * DAY, end + 1, STEP)
    stamps = t.tolist()
    recent = end - RECENT_DAYS * DAY
    families: dict[tuple[str, str], list[str]] = defaultdict(list)
    recent_lines, last, n_series, n_samples = [], {}, 0, 0
    for one in all_series(anchor, t, confusion):
        where = np.flatnonzero(one.alive)
        if not len(where):
            continue
        prefix = selector(one.name, one.labels)
        values = one.values[where]
        if not np.issubdtype(values.dtype, np.integer):
            if np.all(values == np.round(values)):
                values = values.astype(np.int64)
            else:
                values = np.round(values, 6)
        values = values.tolist()
        times = [stamps[index] for index in where]
        families[family(one.name, one.kind)].append(
            "".join([f"{prefix} {value} {time}\n" for value, time in zip(values, times)]))
        recent_lines.append(
            "".join([f"{prefix} {value} {time}000\n" for value, time in zip(values, times) if time >= recent]))
        if one.kind == "counter" and one.alive[-1]:
            last[prefix] = values[-1]
        n_series, n_samples = n_series + 1, n_samples + len(values)
    for index, half in enumerate(halves(families)):
        with (folder / f"history.{index}.om").open("w") as output:
            for name, kind in half:
                output.write(f"# HELP {name} See tests/lab/README.md.\n# TYPE {name} {kind}\n")
                output.writelines(families[name, kind])
            output.write("# EOF\n")
    (folder / "recent.prom").write_text("".join(recent_lines))
    (folder / "history_end.json").write_text(json.dumps({"end": end, "counters": last}))
    print(f"{n_series} series, {n_samples} samples")


if __name__ == "__main__":
    main()
