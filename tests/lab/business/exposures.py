"""Two randomised experiments and their funnels: one row per account and experiment, half of them with the model.

Whether an account is eligible does not depend on its segment, region or assistance, so the shares of the segments are those of the
population and the overall effect is the shares' mean of the segments' effects.
"""

from __future__ import annotations

import numpy as np

from . import plan, users as accounts
from .plan import DAY_MS, MINUTE_MS
from .season import hour_of_day
from .table import MISSING, Coded, Table, constant


def make(seed: int, people: accounts.Users) -> dict[str, Table]:
    """`exposures` and, of the same accounts, `funnel`."""
    exposed, funnels = [], []
    for name, experiment in plan.EXPERIMENTS.items():
        one, steps = of(plan.rng(seed, f"exposures {name}"), people, name, experiment)
        exposed.append(one)
        funnels.append(steps)
    return {"exposures": joined("exposures", exposed).sorted_by("at"),
            "funnel": joined("funnel", funnels).sorted_by("at")}


def of(random: np.random.Generator, people: accounts.Users, name: str, experiment: dict) -> tuple[Table, Table]:
    end = people.anchor - plan.CONVERSION_DAYS * DAY_MS
    start = people.anchor - experiment["days"] * DAY_MS
    # Drawn for all accounts and then chosen, so that the draws do not depend on who is eligible.
    n = len(people)
    first = np.maximum(start, people.signed_up)
    at = (first + random.random(n) * (end - first)).astype(np.int64) // DAY_MS * DAY_MS + hour_of_day(random, n)
    variant = random.integers(0, 2, n)
    control = np.array([experiment["control"][segment] for segment in people.segment.values])[people.segment.codes]
    effect = np.array([experiment["effect"][segment] for segment in people.segment.values])[people.segment.codes]
    converts = random.random(n) < control + effect * variant
    waits = (np.minimum(random.exponential(1.4, n), plan.CONVERSION_DAYS - 0.1) * 1440).astype(np.int64) * MINUTE_MS
    revenue = np.maximum(np.round(experiment["orderValue"] * random.lognormal(-0.18, 0.6, n) / 5) * 5, 5)
    # How far those get who do not pay: 0 visited, 1 started, 2 completed.
    depth = np.where(converts, 3, random.choice(3, n, p=[0.45, 0.33, 0.22]))
    minutes = random.geometric(0.08, (n, 2)) * MINUTE_MS

    who = np.flatnonzero((at >= first) & (at < end))
    at, depth, converts, minutes = at[who], depth[who], converts[who], minutes[who]
    converted_at = np.maximum(at + waits[who], at + minutes.sum(axis=1) + MINUTE_MS)
    variants = Coded(plan.VARIANTS, variant[who])
    shared = {"user_id": people.id_column(who), "variant": variants,
              "model": constant(experiment["model"], len(who)), **people.place(who)}
    exposed = Table("exposures", {
        "at": at, **shared, "experiment": constant(name, len(who)), "version": constant(experiment["version"], len(who)),
        "environment": constant(plan.ENVIRONMENT, len(who)), "converted": converts.astype(np.int64),
        "converted_at": np.where(converts, converted_at, MISSING), "revenue": np.where(converts, revenue[who], 0.0)})
    reached = [at, at + minutes[:, 0], at + minutes.sum(axis=1), converted_at]
    steps = []
    for index, when in enumerate(reached):
        rows = np.flatnonzero(depth >= index)
        steps.append(Table("funnel", {
            "at": when[rows], "step": Coded(plan.FUNNEL_STEPS, np.full(len(rows), index)),
            **{key: column[rows] for key, column in shared.items()}}))
    return exposed, joined("funnel", steps)


def joined(name: str, tables: list[Table]) -> Table:
    """The rows of several tables."""
    columns = {}
    for key in tables[0].columns:
        parts = [table.columns[key] for table in tables]
        if isinstance(parts[0], Coded):
            values = list(dict.fromkeys(value for part in parts for value in part.values))
            place = {value: code for code, value in enumerate(values)}
            codes = [np.array([*(place[value] for value in part.values), -1])[part.codes] for part in parts]
            columns[key] = Coded(values, np.concatenate(codes))
        else:
            columns[key] = np.concatenate(parts)
    return Table(name, columns)


def truth() -> dict:
    """The planted probabilities and differences."""
    found = {}
    for name, experiment in plan.EXPERIMENTS.items():
        shares = plan.SEGMENTS
        mean = lambda values: sum(shares[segment] * values[segment] for segment in shares)
        effect, control = mean(experiment["effect"]), mean(experiment["control"])
        found[name] = {
            "model": experiment["model"], "version": experiment["version"], "control": control, "effect": effect,
            "relative": effect / control,
            "segments": {segment: {"control": experiment["control"][segment], "effect": experiment["effect"][segment]}
                         for segment in shares},
            "days": experiment["days"], "conversionDays": plan.CONVERSION_DAYS}
    return found
