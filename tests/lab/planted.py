"""Writes the planted truths, for those who test whether they are found."""

from __future__ import annotations

import settings


def write_truth(anchor: int) -> None:
    """The planted values, in epoch milliseconds and plain units."""
    def ago(days: float = 0, hours: float = 0) -> int:
        return int((anchor - days * 86400 - hours * 3600) * 1000)

    spike = ago(hours=settings.QUEUE_SPIKE_HOURS_AGO)
    first_sample = -(-spike // (settings.HISTORY_STEP_SECONDS * 1000)) * settings.HISTORY_STEP_SECONDS * 1000
    settings.update_truth(
        anchor=anchor * 1000,
        predictions={"from": ago(hours=settings.PREDICTION_HOURS), "to": anchor * 1000},
        shiftedFeature={"model": "breast-cancer", "feature": settings.SHIFTED_FEATURE,
                        "amount": settings.SHIFT_AMOUNT, "from": ago(hours=settings.SHIFT_HOURS_AGO)},
        degradedVersion={"model": "digits", "version": "3", "variant": "challenger",
                         "from": ago(hours=settings.SHIFT_HOURS_AGO)},
        gaugeSpike={"metric": "inference_queue_depth", "model": "digits", "version": "2",
                    "time": first_sample, "value": settings.QUEUE_SPIKE_VALUE},
        curveSpike={"experiment": "long-history", "run": "spike", "metric": "val_loss",
                    "step": settings.CURVE_SPIKE_STEP, "value": settings.CURVE_SPIKE_VALUE},
        breakingPoint={"model": "digits", "objectiveSeconds": settings.LATENCY_OBJECTIVE_SECONDS,
                       "requestsPerSecond": settings.breaking_point("digits"),
                       "law": dict(zip(("baseSeconds", "capacity"), settings.LATENCY_LAW["digits"]))},
        rollout={"model": "digits", "version": "2",
                 "steps": [{"time": ago(days), "share": share} for days, share in settings.ROLLOUT_DAYS_AGO]},
        rollback={"model": "diabetes", "version": "3", "from": ago(settings.ROLLBACK_DAYS_AGO),
                  "to": ago(settings.ROLLBACK_DAYS_AGO, -settings.ROLLBACK_HOURS)},
        missingReplica={"deployment": "digits-v3", "from": ago(hours=settings.MISSING_REPLICA_HOURS_AGO)},
        incident={"model": "breast-cancer", "version": "2", "kind": "upstream", "from": ago(5),
                  "to": ago(5) + 40 * 60_000},
        experiments=[{"experiment": name, "from": ago(plan["days"]), **plan}
                     for name, plan in settings.EXPERIMENTS.items()],
        alertsFiring=["ReplicasMissing", "ChallengerAccuracyLow"],
    )
