"""What accounts do: one row per account, day and feature."""

from __future__ import annotations

import numpy as np

from . import plan, season, users as accounts
from .plan import DAY_MS
from .table import Coded, Table

DAILY = 0.12  # the chance that an average account without the model is active on an average day
ASSISTED_FACTOR = 1.25


def make(seed: int, people: accounts.Users) -> Table:
    random = plan.rng(seed, "activity")
    start, end = plan.window(people.anchor)
    days = np.arange(start, end, DAY_MS)
    level = DAILY * people.activity * np.where(people.assisted == 1, ASSISTED_FACTOR, 1.0)
    rhythm = season.week(days) * season.year(days)
    alive = (days[None, :] + DAY_MS > people.signed_up[:, None]) & (days[None, :] < people.until()[:, None])
    first_day = days[None, :] <= people.signed_up[:, None]  # on the day of signing up everybody is there
    chance = np.where(first_day, 1.0, np.minimum(level[:, None] * rhythm[None, :], 0.95))
    who, day = np.nonzero(alive & (random.random(alive.shape, np.float32) < chance))
    # One feature a day, and sometimes the next one too; accounts keep to a favourite.
    n = len(who)
    favourite = random.choice(len(plan.FEATURES), len(people), p=list(plan.FEATURES.values()))
    feature = np.where(random.random(n) < 0.75, favourite[who], random.integers(0, len(plan.FEATURES), n))
    second = np.flatnonzero(random.random(n) < 0.12)
    rows = np.concatenate([np.arange(n), second])
    feature = np.concatenate([feature, (feature[second] + 1) % len(plan.FEATURES)])
    who, day = who[rows], day[rows]
    return Table("activity", {
        "at": days[day], "user_id": people.id_column(who), "signed_up": people.signed_up[who], **people.place(who),
        "feature": Coded(list(plan.FEATURES), feature), "assisted": people.assisted[who], "model": people.model[who],
        "sessions": random.geometric(0.62, len(who)).astype(np.int64)}).sorted_by("at", "user_id", "feature")


def truth(anchor: int) -> dict:
    """The planted survival: the chance that an account is still there so many days after signing up."""
    def survival(monthly: float) -> dict:
        return {str(days): (1 - monthly) ** ((days - 14) / 30) for days in (30, 60, 90, 180)}

    start, end = plan.bad_cohort(anchor)
    return {
        "monthlyChurn": {"without": plan.MONTHLY_CHURN[0], "with": plan.MONTHLY_CHURN[1]},
        "survivalByDay": {"without": survival(plan.MONTHLY_CHURN[0]), "with": survival(plan.MONTHLY_CHURN[1])},
        "activeDaysFactor": ASSISTED_FACTOR,
        "badCohort": {"month": plan.month_name(start), "from": start, "to": end, "churnFactor": plan.BAD_COHORT_FACTOR},
    }
