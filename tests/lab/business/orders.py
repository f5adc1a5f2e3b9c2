"""Revenue as orders, with the dip of one region and segment in one month, and the plan that knows nothing of it."""

from __future__ import annotations

import numpy as np

from . import plan, season, users as accounts
from .plan import DAY_MS
from .table import MISSING, Coded, Table

FIRST_ORDER_ID = 2**53 + 1  # neighbours are one number for whoever reads them as doubles
KINDS, COMPONENTS = ["baseline", "model"], ["new", "expansion", "retention", "churn"]
PRICE = {"consumer": 70.0, "business": 260.0, "partner": 380.0}
RENEWAL_DAYS = 75
MODEL_SHARE = {0: 0.10, 1: 0.60}  # of an account's orders, how many the model brought in


def make(seed: int, people: accounts.Users, exposures: Table) -> Table:
    random = plan.rng(seed, "orders")
    n = len(people)
    price = np.array([PRICE[name] for name in people.segment.values])[people.segment.codes]
    until = people.until()
    parts = []  # who, at, component, size
    paid_from = people.signed_up + random.integers(1, 10, n) * DAY_MS // 2
    started = np.flatnonzero(paid_from < until)
    parts.append((started, paid_from[started], 0, 1.0))
    at = paid_from.copy()
    for _ in range(20):  # more renewals than fit into the window
        at = at + (random.normal(RENEWAL_DAYS, 9, n) * 1440).astype(np.int64) * plan.MINUTE_MS
        who = np.flatnonzero(at < until)
        parts.append((who, at[who], 2, 0.8))
    left = np.flatnonzero((people.churned_at != MISSING) & (random.random(n) < 0.4))
    parts.append((left, people.churned_at[left], 3, -0.5))
    who = np.concatenate([one[0] for one in parts])
    at = np.concatenate([one[1] for one in parts])
    component = np.concatenate([np.full(len(one[0]), one[2]) for one in parts])
    size = np.concatenate([np.full(len(one[0]), one[3]) for one in parts])
    amount = np.round(price[who] * size * random.lognormal(-0.08, 0.4, len(who)) / 5) * 5
    kind = random.random(len(who)) < np.array([MODEL_SHARE[0], MODEL_SHARE[1]])[people.assisted[who]]
    kept = (amount != 0) & ~lost(random, people, who, at)
    who, at, component, amount, kind = (one[kept] for one in (who, at, component, amount, kind))

    # What the experiments brought is an order too, with the same time and amount.
    sold = np.flatnonzero(exposures.columns["converted"] == 1)
    buyer = exposures.columns["user_id"].codes[sold]
    models = list(plan.MODELS)
    in_experiment = np.array([models.index(name) for name in exposures.columns["model"].values])
    model = np.concatenate([people.model.codes[who], in_experiment[exposures.columns["model"].codes[sold]]])
    who = np.concatenate([who, buyer])
    at = np.concatenate([at, exposures.columns["converted_at"][sold]])
    component = np.concatenate([component, np.full(len(sold), 1)])
    amount = np.concatenate([amount, exposures.columns["revenue"][sold]])
    kind = np.concatenate([kind, exposures.columns["variant"].codes[sold] == 1]).astype(np.int64)
    order = np.lexsort([who, at])
    who, at, component, amount, kind, model = (one[order] for one in (who, at, component, amount, kind, model))
    ids = FIRST_ORDER_ID + np.cumsum(random.integers(1, 4, len(who)))
    return Table("orders", {
        "at": at, "order_id": ids, "user_id": people.id_column(who), "model": Coded(models, model), **people.place(who),
        "kind": Coded(KINDS, kind), "component": Coded(COMPONENTS, component), "amount": amount})


def lost(random: np.random.Generator, people: accounts.Users, who: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The orders that the dip took."""
    start, end = plan.dip_window(people.anchor)
    region = list(plan.REGIONS).index(plan.DIP["region"])
    segment = list(plan.SEGMENTS).index(plan.DIP["segment"])
    inside = ((people.region.codes[who] == region) & (people.segment.codes[who] == segment)
              & (at >= start) & (at < end))
    return inside & (random.random(len(who)) >= plan.DIP["kept"])


def planned(orders: Table, anchor: int) -> Table:
    """The plan by month: what was sold in the whole months, spread by a straight line and the season, 3 % more; two months ahead."""
    months = [plan.month_start(anchor, ago) for ago in range(plan.MONTHS - 1, -3, -1)]
    middle = np.array(months) + 15 * DAY_MS
    weight = np.arange(2, len(months) + 2) * season.year(middle)
    weight /= weight[:-3].sum()
    rows = []
    for m, model in enumerate(plan.MODELS):
        for r, region in enumerate(plan.REGIONS):
            mine = (orders.columns["model"].codes == m) & (orders.columns["region"].codes == r)
            before = orders.columns["at"] < months[-3]
            total = orders.columns["amount"][mine & before].sum()
            rows += [(month, m, r, round(total * share * 1.03, -2)) for month, share in zip(months, weight)]
    at, model, region, amount = (np.array(column) for column in zip(*rows))
    return Table("plan", {"at": at, "model": Coded(list(plan.MODELS), model), "region": Coded(list(plan.REGIONS), region),
                          "amount": amount.astype(float)}).sorted_by("at", "model", "region")


def truth(anchor: int) -> dict:
    start, end = plan.dip_window(anchor)
    return {"region": plan.DIP["region"], "segment": plan.DIP["segment"], "month": plan.month_name(start),
            "from": start, "to": end, "keptShare": plan.DIP["kept"],
            "spared": "orders of the experiments (component expansion)"}
