"""Money besides revenue: what the models save and what they cost, by day."""

from __future__ import annotations

import numpy as np

from . import plan
from .plan import DAY_MS
from .table import Coded, Table

SAVED_PER_REQUEST = {"hours": 0.34, "errors avoided": 0.12}  # EUR
COST_PER_REQUEST = {"compute": 0.05, "labelling": 0.03}
MONTHLY = {"licences": {"breast-cancer": 2_400, "digits": 1_500, "diabetes": 700},
           "people": {"breast-cancer": 14_800, "digits": 10_100, "diabetes": 7_400}}
REGION_SHARE = {"eu-west": 0.5, "us-east": 0.32, "ap-south": 0.18}
CATEGORIES = ["compute", "licences", "people", "labelling"]


def make(seed: int, anchor: int, usage: Table) -> dict[str, Table]:
    """`savings` and `costs`. Daily ones follow the requests, people and licences are booked on the first of a month."""
    random = plan.rng(seed, "ledger")
    models, regions = list(plan.MODELS), list(plan.REGIONS)
    keys = np.stack([usage.columns["at"], usage.columns["model"].codes, usage.columns["region"].codes])
    groups, group = np.unique(keys, axis=1, return_inverse=True)
    requests = np.bincount(group.ravel(), usage.columns["requests"])
    at, model, region = groups

    def daily(rates: dict[str, float], categories: list[str]) -> list[tuple]:
        return [(at, model, region, categories.index(name), np.round(requests * rate * random.lognormal(0, 0.05, len(at))))
                for name, rate in rates.items()]

    months = np.array([plan.month_start(anchor, ago) for ago in range(plan.MONTHS - 1, -1, -1)])
    booked = []
    for category, amounts in MONTHLY.items():
        for m, name in enumerate(models):
            for r, where in enumerate(regions):
                # Contracts grow by 8 % a year; rounded to ten euros.
                amount = np.round(amounts[name] * REGION_SHARE[where]
                                  * 1.08 ** ((months - months[0]) / (365 * DAY_MS)), -1)
                booked.append((months, np.full(len(months), m), np.full(len(months), r), CATEGORIES.index(category), amount))

    def table(name: str, parts: list[tuple], categories: list[str]) -> Table:
        column = lambda at: np.concatenate([np.broadcast_to(one[at], len(one[0])) for one in parts])
        found = Table(name, {
            "at": column(0), "model": Coded(models, column(1)), "region": Coded(regions, column(2)),
            "category": Coded(categories, column(3)), "amount": column(4).astype(float)})
        return found[np.flatnonzero(found.columns["amount"] > 0)].sorted_by("at", "model", "region", "category")

    return {"savings": table("savings", daily(SAVED_PER_REQUEST, list(SAVED_PER_REQUEST)), list(SAVED_PER_REQUEST)),
            "costs": table("costs", daily(COST_PER_REQUEST, CATEGORIES) + booked, CATEGORIES)}


def truth() -> dict:
    return {"savedPerRequest": SAVED_PER_REQUEST, "costPerRequest": COST_PER_REQUEST, "monthly": MONTHLY}
