"""Requests by model, team, feature and caller, and the decisions that a model could have made."""

from __future__ import annotations

import numpy as np

from . import plan, season
from .plan import DAY_MS
from .table import Coded, Table

MISSING_SHARE = 0.015  # rows that never arrived
OUTAGE = {"caller": "scan-gateway", "region": "ap-south", "fromDaysAgo": 150, "days": 6}
REGION_SHARE = {"eu-west": 1.0, "us-east": 0.7, "ap-south": 0.4}


def version_at(model: str, days: np.ndarray, anchor: int) -> np.ndarray:
    """The version in use on each day, as its number."""
    version = np.ones(len(days), np.int64)
    for days_ago, name in plan.VERSIONS[model]:
        version[days >= anchor - days_ago * DAY_MS] = int(name)
    return version


def make(seed: int, anchor: int) -> dict[str, Table]:
    random = plan.rng(seed, "usage")
    start, end = plan.window(anchor)
    days = np.arange(start, end, DAY_MS)
    models, regions, segments = list(plan.MODELS), list(plan.REGIONS), list(plan.SEGMENTS)
    found: list[tuple] = []  # day, caller, region, version, requests
    shape = season.week(days) * season.year(days) * season.growth(days, end, 1.8)
    shape[-1] *= (end - days[-1]) / DAY_MS
    for index, (model, _, _, caller, where, _, now) in enumerate(plan.CALLERS):
        version = version_at(model, days, anchor)
        for region in where:
            rate = now * REGION_SHARE[region] * shape * random.lognormal(0, 0.06, len(days))
            requests = random.poisson(rate)
            kept = (requests > 0) & (random.random(len(days)) >= MISSING_SHARE)
            if (caller, region) == (OUTAGE["caller"], OUTAGE["region"]):
                first = anchor - OUTAGE["fromDaysAgo"] * DAY_MS
                kept &= (days < first) | (days >= first + OUTAGE["days"] * DAY_MS)
            trial, share = np.zeros(len(days), np.int64), 0.0
            if model in plan.CHALLENGERS:
                days_ago, name, share = plan.CHALLENGERS[model]
                trial = np.where(days >= anchor - days_ago * DAY_MS, random.binomial(requests, share), 0)
                found.append((days, index, regions.index(region), int(name), trial, kept & (trial > 0)))
            rest = requests - trial
            found.append((days, index, regions.index(region), version, rest, kept & (rest > 0)))
    part = lambda at: np.concatenate([np.broadcast_to(one[at], len(days))[one[5]] for one in found])
    day, caller, region, version, requests = (part(at) for at in range(5))
    callers = plan.CALLERS
    by_caller = lambda at, values: Coded(values, np.array([values.index(one[at]) for one in callers])[caller])
    names = lambda at: list(dict.fromkeys(one[at] for one in callers))
    usage = Table("usage", {
        "at": day, "model": by_caller(0, models), "version": Coded(["1", "2", "3"], version - 1),
        "team": by_caller(1, names(1)), "feature": by_caller(2, names(2)), "caller": by_caller(3, names(3)),
        "region": Coded(regions, region), "segment": by_caller(5, segments),
        "environment": Coded([plan.ENVIRONMENT], np.zeros(len(day), np.int64)), "requests": requests,
    }).sorted_by("at", "model", "version", "caller", "region")
    return {"usage": usage, "eligible": eligible(random, usage, end)}


def eligible(random: np.random.Generator, usage: Table, end: int) -> Table:
    """All decisions of a kind, asked or not: the share that asks grows to that of `plan.ELIGIBLE_SHARE`."""
    models, regions, segments = list(plan.MODELS), list(plan.REGIONS), list(plan.SEGMENTS)
    at, model, region, segment = (usage.columns[name] for name in ("at", "model", "region", "segment"))
    keys = np.stack([at, model.codes, region.codes, segment.codes])
    groups, group = np.unique(keys, axis=1, return_inverse=True)
    requests = np.bincount(group.ravel(), usage.columns["requests"]).astype(np.int64)
    now = np.array([plan.ELIGIBLE_SHARE[name] for name in models])[groups[1]]
    share = now * season.growth(groups[0], end, 1.25)
    return Table("eligible", {
        "at": groups[0], "model": Coded(models, groups[1]), "region": Coded(regions, groups[2]),
        "segment": Coded(segments, groups[3]),
        "environment": Coded([plan.ENVIRONMENT], np.zeros(groups.shape[1], np.int64)),
        "decisions": requests + random.poisson(requests * (1 / share - 1))})


def truth(anchor: int) -> dict:
    first = anchor - OUTAGE["fromDaysAgo"] * DAY_MS
    start = -(-first // DAY_MS) * DAY_MS
    return {"eligibleShareNow": plan.ELIGIBLE_SHARE, "missingRows": MISSING_SHARE,
            "missingCaller": {"caller": OUTAGE["caller"], "region": OUTAGE["region"], "from": start,
                              "to": start + OUTAGE["days"] * DAY_MS}}
