"""The numbers that the dashboards must show, computed without any of Sightline's code.

    lab.py truth --from MS --to MS [--now MS] [--reference-from MS --reference-to MS] [--filter COLUMN=VALUE] [--business]

`--business` prints the business panels' numbers only; `--filter`, which may repeat, narrows these (`business/expected.py`).

Prints one JSON object. Times are epoch milliseconds; the window is `from <= time < to` for rows.
Without a reference the window of the same length just before is taken.

Counters are *raw differences*: the value at `to` minus the value at `from` (each the last sample within
five minutes before), with drops counted as resets to zero; a series born inside the window counts from
its first sample on. So nothing is extrapolated.
"""

from __future__ import annotations

import argparse
import json
import math
import time
from collections import defaultdict

import numpy as np
from scipy import stats
from scipy.spatial import distance
from sklearn import metrics

import backends
import services
import settings
from business import expected
from settings import LAB, SERVED_MODELS, read_json

LOOKBACK_MS = 300_000
NOT_FEATURES = {"time", "id", "row", "model", "version", "variant", "region", "segment", "label", "prediction",
                "latency_ms"}


def finite(value):
    """NaN and infinities as strings, since JSON has none."""
    if isinstance(value, dict):
        return {str(key): finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(one) for one in value]
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else str(float(value))
    return int(value) if isinstance(value, np.integer) else value


# -- rows ---------------------------------------------------------------------------------------


def classification(rows: list[dict]) -> dict:
    """Counts and scores of rows with labels; what needs both classes or scores of class 1 only where it can."""
    labels = np.array([row["label"] for row in rows])
    predicted = np.array([row["prediction"] for row in rows])
    scores = np.array([row["score"] for row in rows])
    classes = sorted({*labels.tolist(), *predicted.tolist()})
    result = {
        "n": len(rows),
        "accuracy": metrics.accuracy_score(labels, predicted),
        "precision_macro": metrics.precision_score(labels, predicted, average="macro", zero_division=0),
        "recall_macro": metrics.recall_score(labels, predicted, average="macro", zero_division=0),
        "f1_macro": metrics.f1_score(labels, predicted, average="macro", zero_division=0),
        "classes": classes,
        "confusion": metrics.confusion_matrix(labels, predicted, labels=classes).tolist(),
    }
    if rows[0]["model"] == "breast-cancer" and len(set(labels.tolist())) == 2:
        result |= {
            "precision": metrics.precision_score(labels, predicted, zero_division=0),
            "recall": metrics.recall_score(labels, predicted),
            "f1": metrics.f1_score(labels, predicted),
            "roc_auc": metrics.roc_auc_score(labels, scores),
            "pr_auc": metrics.average_precision_score(labels, scores),
            "log_loss": metrics.log_loss(labels, np.clip(scores, 1e-15, 1 - 1e-15)),
            "brier": metrics.brier_score_loss(labels, scores),
        }
    return result


def by_version(rows: list[dict]) -> dict:
    groups = defaultdict(list)
    for row in rows:
        groups[row["version"]].append(row)
    return {version: classification(group) for version, group in sorted(groups.items())}


def threshold_costs(rows: list[dict], costs: list[list[float]]) -> dict:
    """By version: what a decision costs more at each threshold than at a half, and the threshold that saves most."""
    groups = defaultdict(list)
    for row in rows:
        groups[row["version"]].append(row)

    def of(group: list[dict]) -> dict:
        labels, scores = (np.array([row[name] for row in group]) for name in ("label", "score"))
        table = np.array(costs, float)
        at = lambda threshold: table[labels, (scores >= threshold).astype(int)].mean()
        changes = [{"threshold": threshold, "change_per_decision": at(threshold) - at(0.5)}
                   for threshold in (0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.9)]
        return {"n": len(group), "changes": changes, "best": min(changes, key=lambda one: one["change_per_decision"])}

    return {version: of(group) for version, group in sorted(groups.items())}


# -- drift --------------------------------------------------------------------------------------


def binned(reference: np.ndarray, current: np.ndarray, fill_zeros: bool) -> tuple[np.ndarray, np.ndarray]:
    """Shares in common bins as Evidently 0.7 makes them: Sturges' edges over both windows together,
    categories where the reference has at most 20 distinct values."""
    if len(np.unique(reference)) > 20:
        edges = np.histogram_bin_edges(np.concatenate([reference, current]), bins="sturges")
        shares = [np.histogram(part, edges)[0] / len(part) for part in (reference, current)]
    else:
        keys = np.unique(np.concatenate([reference, current]))
        shares = [np.array([(part == key).mean() for key in keys]) for part in (reference, current)]
    if fill_zeros:
        for share in shares:
            smallest = share[share > 0].min()
            share[share == 0] = smallest / 1e6 if smallest <= 1e-4 else 1e-4
    return shares[0], shares[1]


def drift(reference: np.ndarray, current: np.ndarray) -> dict:
    """The four distances between two windows of one feature."""
    test = stats.ks_2samp(reference, current)
    a, b = binned(reference, current, fill_zeros=True)
    c, d = binned(reference, current, fill_zeros=False)
    return {
        "n_reference": len(reference),
        "n_current": len(current),
        "ks": test.statistic,
        "ks_p": test.pvalue,
        "psi": float(np.sum((a - b) * np.log(a / b))),
        "jensen_shannon": float(distance.jensenshannon(c, d)),
        "wasserstein_normed": stats.wasserstein_distance(reference, current) / max(np.std(reference), 0.001),
    }


def feature_drift(reference: list[dict], current: list[dict]) -> dict:
    names = [name for name in (current or reference)[0] if name not in NOT_FEATURES]
    return {
        name: drift(np.array([row[name] for row in reference], float), np.array([row[name] for row in current], float))
        for name in names
    }


# -- counters and gauges ------------------------------------------------------------------------


def raw_increase(samples: list[tuple[int, float]], from_ms: float) -> float:
    """The growth of one counter after `from`, with resets."""
    before = [value for time_ms, value in samples if time_ms <= from_ms]
    inside = [value for time_ms, value in samples if time_ms > from_ms]
    values = before[-1:] + inside
    return sum(b - a if b >= a else b for a, b in zip(values, values[1:]))


def increases(selector: str, by: list[str], from_ms: float, to_ms: float) -> dict[tuple, float]:
    """Raw increases summed by labels."""
    totals: dict[tuple, float] = defaultdict(float)
    for labels, samples in backends.raw_samples(selector, from_ms - LOOKBACK_MS, to_ms):
        totals[tuple(labels.get(label, "") for label in by)] += raw_increase(samples, from_ms)
    return dict(totals)


def nested(flat: dict[tuple, float]) -> dict:
    """`{(a, b): v}` as `{a: {b: v}}`."""
    result: dict = {}
    for keys, value in sorted(flat.items()):
        place = result
        for key in keys[:-1]:
            place = place.setdefault(key, {})
        place[keys[-1]] = value
    return result


def latency(from_ms: float, to_ms: float) -> dict:
    """Percentiles in seconds over the whole window, by the server's `histogram_quantile`."""
    seconds = round((to_ms - from_ms) / 1000)
    rate = f'rate(rest_server_request_duration_seconds_bucket{{status_code="200"}}[{seconds}s])'
    result: dict = {}
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99)):
        versions = backends.instant(f"histogram_quantile({share}, sum by (model, version, le) ({rate}))", to_ms)
        models = backends.instant(f"histogram_quantile({share}, sum by (model, le) ({rate}))", to_ms)
        result[name] = nested({(labels["model"], labels["version"]): value for labels, value in versions})
        for labels, value in models:
            result[name].setdefault(labels["model"], {})["all"] = value
    return result


def gauges(metric: str, key: str, at_ms: float) -> dict:
    return {labels[key]: value for labels, value in backends.instant(metric, at_ms)}


def confusion_from_counters(from_ms: float, to_ms: float) -> dict:
    flat = increases("predictions_total", ["model", "version", "actual", "predicted"], from_ms, to_ms)
    cells = nested(flat)
    for versions in cells.values():
        for version, matrix in versions.items():
            total = sum(value for row in matrix.values() for value in row.values())
            hits = sum(row.get(actual, 0) for actual, row in matrix.items())
            versions[version] = {"counts": matrix, "n": total, "accuracy": hits / total if total else math.nan}
    return cells


def derived(business: dict, start: float, at: float, filters: dict[str, str]) -> dict:
    """The derived metrics of workspace.json: SQL over counters, and SQL of one server over that of the other.

    The counter's filters are those labels that orders have too. The variance of a ratio is by the delta method: that of the customers'
    sums, and of a Poisson count.
    """
    chosen = ",".join(f'{name}="{value}"' for name, value in sorted(filters.items()))
    predictions = sum(increases(f"predictions_total{{{chosen}}}", [], start, at).values())
    brought = business["revenue-impact"]["customers"]["kind"].get("model", {})
    revenue, half = brought.get("sum", math.nan), (brought.get("high", math.nan) - brought.get("low", math.nan)) / 2
    by_thousand = revenue / predictions * 1000 if predictions else math.nan
    # 1.96 standard errors, as the ends of `brought` are.
    reach = abs(by_thousand) * math.sqrt((half / revenue) ** 2 + 1.959963984540054**2 / predictions) if predictions else math.nan
    requests = business["utilization"]["requests"]
    return {"predictions": predictions,
            "revenuePerThousandPredictions": {"value": by_thousand, "low": by_thousand - reach, "high": by_thousand + reach},
            "costPerThousandRequests": business["roi"]["cost"] / requests * 1000 if requests else math.nan}


# -- runs ---------------------------------------------------------------------------------------


def best_runs() -> dict:
    """Per experiment and validation metric the best last value, and all runs that reach it."""
    result: dict = {}
    for experiment in backends.experiments():
        found = backends.runs(experiment["experiment_id"])
        for metric, best in (("val_accuracy", max), ("val_loss", min), ("val_rmse", min), ("test_accuracy", max)):
            values = {
                run["info"]["run_name"]: float(backends.metrics(run)[metric])
                for run in found if metric in backends.metrics(run)
                and math.isfinite(float(backends.metrics(run)[metric]))
            }
            if values:
                value = best(values.values())
                result.setdefault(experiment["name"], {})[metric] = {
                    "value": value, "runs": sorted(name for name, one in values.items() if one == value),
                    "n": len(values)}
    return result


def compute(options: argparse.Namespace) -> dict:
    start, end = options.start, options.to
    filters = dict(one.partition("=")[::2] for one in options.filter)
    business = expected.compute(start, end, options.now, filters) if services.answers(f"{settings.CHDB}/ping") else None
    if options.business:
        return {"from": start, "to": end, "now": options.now, "filters": filters, **(business or {}),
                "derived": business and derived(business, start, min(end, options.now), filters),
                "planted": read_json(LAB / "truth.json")["business"]}
    at = min(end, options.now)
    length = end - start
    reference = (options.reference_from or start - length, options.reference_to or start)
    rows = {model: list(backends.prediction_rows(model, start, end)) for model in SERVED_MODELS}
    before = {model: list(backends.prediction_rows(model, *reference)) for model in SERVED_MODELS}
    both = [model for model in SERVED_MODELS if rows[model] and before[model]]
    models = read_json(settings.HERE / "workspace.json")["spec"]["models"]
    costs = {model["id"]: model["costs"] for model in models if model.get("costs")}
    requests = increases("rest_server_request_duration_seconds_count", ["model", "version"], start, at)
    return {
        "from": start, "to": end, "now": options.now, "reference": reference,
        "predictions": {model: by_version(found) for model, found in rows.items()},
        "reference_predictions": {model: by_version(found) for model, found in before.items()},
        "threshold_costs": {model: threshold_costs(found, costs[model]) for model, found in rows.items() if model in costs},
        "drift": {model: feature_drift(before[model], rows[model]) for model in both},
        "drift_by_version": {
            model: {
                version: feature_drift([row for row in before[model] if row["version"] == version],
                                       [row for row in rows[model] if row["version"] == version])
                for version in sorted({row["version"] for row in rows[model]})
            } for model in both
        },
        "latency": latency(start, at),
        "requests": nested(requests),
        "requests_per_second": nested({key: n / ((at - start) / 1000) for key, n in requests.items()}),
        "errors": nested(increases("prediction_errors_total", ["model", "version", "kind"], start, at)),
        "confusion_counters": confusion_from_counters(start, at),
        "experiments": {
            what: nested(increases(f"experiment_{what}_total", ["experiment", "variant"], start, at))
            for what in ("exposures", "conversions")
        },
        "replicas": {
            "desired": gauges("kube_deployment_spec_replicas", "deployment", at),
            "ready": gauges("kube_deployment_status_replicas_ready", "deployment", at),
        },
        "traffic_share": nested({
            (labels["environment"], labels["model"], labels["version"], labels["state"]): value
            for labels, value in backends.instant("model_version_info", at)
        }),
        "alerts_firing": sorted({
            labels["alertname"] for labels, _ in backends.instant('ALERTS{alertstate="firing"}', at)}),
        "best_runs": best_runs(),
        "business": business,
        "planted": read_json(LAB / "truth.json"),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="start", type=int, required=True)
    parser.add_argument("--to", type=int, required=True)
    parser.add_argument("--now", type=int, default=int(time.time() * 1000))
    parser.add_argument("--reference-from", type=int)
    parser.add_argument("--reference-to", type=int)
    parser.add_argument("--filter", action="append", default=[], metavar="COLUMN=VALUE")
    parser.add_argument("--business", action="store_true")
    print(json.dumps(finite(compute(parser.parse_args())), indent=1))


if __name__ == "__main__":
    main()
