"""Checks that a running lab holds what README.md promises, planted truths included.

    lab.py check

Prints one line a claim and fails if one does not hold. Waits for the live load to end first.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from datetime import datetime

import numpy as np
from scipy import optimize, stats

import backends
import truth as expected
from recorded_series import GROUPS
from settings import LAB, SERVED_MODELS, read_json

DAY_MS = 86_400_000
TRUTH = read_json(LAB / "truth.json")
# Series of these metrics come and go with what is observed, live as in the history.
OBSERVED = {"predictions_total", "experiment_exposures_total", "experiment_conversions_total"}
CLAIMS: list[Callable] = []


def claim(check: Callable) -> Callable:
    CLAIMS.append(check)
    return check


def series_at(metric: str, at_ms: float) -> set[frozenset]:
    selector = metric + '{instance="gpu-node-1"}' if metric.startswith("node_") else metric
    return {frozenset(labels.items()) for labels, _ in backends.instant(selector, at_ms)}


@claim
def live_series_carry_the_labels_of_the_history():
    for names in GROUPS.values():
        for metric in names:
            before, now = series_at(metric, TRUTH["historyEnd"]), series_at(metric, time.time() * 1000)
            assert before and now, f"{metric} has {len(before)} series before and {len(now)} now"
            keys = [{frozenset(dict(one)) for one in part} for part in (before, now)]
            assert keys[0] == keys[1], f"{metric} has other label names live: {keys}"
            if metric not in OBSERVED and not metric.startswith("rest_server"):
                assert before == now, f"{metric}: {set(map(tuple, before ^ now))}"


@claim
def no_gap_at_five_minutes_anywhere_in_65_days():
    for days in range(0, 65, 4):
        at = TRUTH["historyEnd"] - days * DAY_MS - 100_000
        assert backends.instant("count(DCGM_FI_DEV_GPU_UTIL)", at) == [({}, 2.0)], f"{days} days ago"


@claim
def alerts_that_should_fire_fire_and_no_other():
    firing = {labels["alertname"] for labels, _ in backends.instant('ALERTS{alertstate="firing"}', time.time() * 1000)}
    assert firing == set(TRUTH["alertsFiring"]), firing


@claim
def alerts_began_when_their_cause_did():
    alerts = backends.get(f"{backends.PROMETHEUS}/api/v1/alerts")["data"]["alerts"]
    since = {one["labels"]["alertname"]: datetime.fromisoformat(one["activeAt"][:19] + "+00:00").timestamp() * 1000
             for one in alerts}
    # The accuracy is that of the last hour, and the rule about replicas looks six minutes back.
    for name, cause, most in (("ReplicasMissing", TRUTH["missingReplica"]["from"], 15 * 60_000),
                              ("ChallengerAccuracyLow", TRUTH["degradedVersion"]["from"], 3_600_000)):
        assert 0 <= since[name] - cause <= most, f"{name} began {(since[name] - cause) / 60_000:.1f} minutes after"


@claim
def forty_runs_of_real_training():
    runs = [run for one in backends.experiments() if not one["name"].endswith("-predictions")
            for run in backends.runs(one["experiment_id"])]
    assert len(runs) >= 50, len(runs)
    assert {run["info"]["status"] for run in runs} == {"FINISHED", "FAILED", "RUNNING"}
    values = [float(value) for run in runs for value in backends.metrics(run).values()]
    assert any(math.isnan(value) for value in values)


@claim
def champion_and_challenger_have_their_artifacts():
    wanted = {"breast-cancer": {"confusion_matrix", "classification_report", "roc_curve", "pr_curve", "calibration",
                                "feature_importance", "contributions", "predictions"},
              "digits": {"confusion_matrix", "classification_report", "feature_importance", "predictions"},
              "diabetes": {"feature_importance", "feature_importance_gain", "predictions"}}
    for model, names in wanted.items():
        for alias in ("champion", "challenger"):
            found = backends.get(f"{backends.MLFLOW}{backends.MLFLOW_API}/registered-models/alias",
                                 name=model, alias=alias)["model_version"]
            paths = set(backends.artifact_paths(found["run_id"], "eval"))
            missing = {f"eval/{name}.json" for name in names} - paths
            assert not missing, (model, alias, missing)


@claim
def curve_spike_is_in_the_history():
    spike = TRUTH["curveSpike"]
    run = next(run for run in backends.runs(backends.experiment_id(spike["experiment"]))
               if run["info"]["run_name"] == spike["run"])
    points = backends.metric_history(run["info"]["run_id"], spike["metric"])
    assert len(points) == 10_000
    top = sorted(points, key=lambda point: -point["value"])[:2]
    assert (int(top[0]["step"]), top[0]["value"]) == (spike["step"], spike["value"]) and top[1]["value"] < 5, top


@claim
def gauge_spike_is_one_sample():
    spike = TRUTH["gaugeSpike"]
    selector = f'inference_queue_depth{{model="{spike["model"]}",version="{spike["version"]}"}}'
    (_, samples), = backends.raw_samples(selector, spike["time"] - DAY_MS, spike["time"] + DAY_MS)
    assert [one for one in samples if one[1] > 100] == [(spike["time"], spike["value"])]


def rows(model: str, start: float, end: float) -> list[dict]:
    return list(backends.prediction_rows(model, start, end))


@claim
def only_the_shifted_feature_drifts():
    shift = TRUTH["shiftedFeature"]
    before = rows(shift["model"], shift["from"] - 5 * DAY_MS, shift["from"])
    after = rows(shift["model"], shift["from"], TRUTH["anchor"])
    found = expected.feature_drift(before, after)
    strong = {name for name, one in found.items() if one["psi"] > 0.2 and name != "score"}
    assert strong == {shift["feature"]}, strong


@claim
def the_degraded_version_is_worse_from_its_hour_on():
    planted = TRUTH["degradedVersion"]
    before = expected.by_version(rows("digits", planted["from"] - 3 * DAY_MS, planted["from"]))
    after = expected.by_version(rows("digits", planted["from"], TRUTH["anchor"]))
    assert before["3"]["accuracy"] > 0.93 and after["2"]["accuracy"] > 0.93
    assert after["3"]["accuracy"] < before["3"]["accuracy"] - 0.1


@claim
def every_hour_has_its_rows():
    for model in SERVED_MODELS:
        hours = {row["time"] // 3_600_000 for row in rows(model, 0, TRUTH["anchor"])}
        assert len(hours) == 336, (model, len(hours))


@claim
def the_breaking_point_can_be_fitted():
    end = TRUTH["historyEnd"]
    load, p95 = [], []
    selector = 'rest_server_request_duration_seconds_{}{{model="digits",status_code="200"}}'
    for hours in range(1, 14 * 24):
        at = end - hours * 3_600_000
        (_, rate), = backends.instant(f"sum(rate({selector.format('count')}[16m]))", at)
        (_, value), = backends.instant(
            f"histogram_quantile(0.95, sum by (le) (rate({selector.format('bucket')}[16m])))", at)
        load.append(rate)
        p95.append(value)
    law = lambda x, base, capacity: base / (1 - x / capacity)
    (base, capacity), _ = optimize.curve_fit(law, np.array(load), np.array(p95), p0=(0.05, 60))
    found = capacity * (1 - base / TRUTH["breakingPoint"]["objectiveSeconds"])
    wanted = TRUTH["breakingPoint"]["requestsPerSecond"]
    assert abs(found / wanted - 1) < 0.05, f"fitted {found:.1f}, planted {wanted}, highest load {max(load):.1f}"


@claim
def experiments_show_their_effect_and_their_split():
    for plan in TRUTH["experiments"]:
        name, end = plan["experiment"], TRUTH["historyEnd"]
        exposed, converted = (
            expected.increases(f'experiment_{what}_total{{experiment="{name}"}}', ["variant"], plan["from"], end)
            for what in ("exposures", "conversions"))
        n = np.array([exposed["control",], exposed["treatment",]])
        p = np.array([converted["control",], converted["treatment",]]) / n
        split_p = stats.chisquare(n, n.sum() * np.array([1 - plan["planned"], plan["planned"]])).pvalue
        assert (split_p < 0.001) == (plan["share"] != plan["planned"]), (name, n, split_p)
        deviation = ((p[1] - p[0]) - plan["effect"]) / math.sqrt((p * (1 - p) / n).sum())
        assert abs(deviation) < 4, (name, p, deviation)


@claim
def the_rollback_lasts_three_hours():
    planted = TRUTH["rollback"]
    for at, version in ((planted["from"] - 600_000, "2"), (planted["from"] + 600_000, "3"), (planted["to"] + 600_000, "2")):
        found = backends.instant('model_version_info{model="diabetes"} == 1', at)
        assert [labels["version"] for labels, _ in found] == [version], (at, found)


def main() -> int:
    deadline = time.monotonic() + 120
    while read_json(LAB / "live_load.json") is None and time.monotonic() < deadline:
        time.sleep(2)
    failures = 0
    for check in CLAIMS:
        try:
            check()
            print(f"ok      {check.__name__.replace('_', ' ')}", flush=True)
        except AssertionError as error:
            failures += 1
            print(f"FAILED  {check.__name__.replace('_', ' ')}: {str(error)[:600]}", flush=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
