"""The accounts: who signed up when, where, and when they left.

Segment, region, model and assistance are drawn independently of each other and of time, so that an effect by segment has one true
value over the whole population.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import plan, season
from .plan import DAY_MS
from .table import MISSING, Coded, Table


@dataclass
class Users:
    """Accounts as arrays; codes point into the lists of `plan`."""

    anchor: int
    ids: list[str]
    signed_up: np.ndarray
    churned_at: np.ndarray  # MISSING while they stay
    assisted: np.ndarray
    region: Coded
    country: Coded
    segment: Coded
    model: Coded
    activity: np.ndarray  # own level of activity, around 1

    def __len__(self) -> int:
        return len(self.ids)

    def id_column(self, who: np.ndarray) -> Coded:
        return Coded(self.ids, who)

    def place(self, who: np.ndarray) -> dict[str, Coded]:
        return {"region": self.region[who], "country": self.country[who], "segment": self.segment[who]}

    def until(self) -> np.ndarray:
        """The last instant of each account: when it left, or the anchor."""
        return np.where(self.churned_at == MISSING, self.anchor, self.churned_at)


def choice(random: np.random.Generator, shares: dict[str, float], n: int) -> Coded:
    """Draws values with these probabilities."""
    return Coded(list(shares), random.choice(len(shares), n, p=np.array(list(shares.values())) / sum(shares.values())))


def monthly_hazard(anchor: int, signed_up: np.ndarray, assisted: np.ndarray) -> np.ndarray:
    """The probability to leave within 30 days."""
    start, end = plan.bad_cohort(anchor)
    base = np.where(assisted == 1, plan.MONTHLY_CHURN[1], plan.MONTHLY_CHURN[0])
    return base * np.where((signed_up >= start) & (signed_up < end), plan.BAD_COHORT_FACTOR, 1.0)


def make(seed: int, anchor: int, n: int = plan.DEFAULT_USERS) -> Users:
    """Draws the accounts, in the order in which they signed up."""
    random = plan.rng(seed, "users")
    start, end = plan.window(anchor)
    days = np.arange(start, end, DAY_MS)
    weight = season.week(days) * season.year(days) * season.growth(days, end, 1.9)
    weight[-1] *= (end - days[-1]) / DAY_MS
    day = np.sort(random.choice(len(days), n, p=weight / weight.sum()))
    signed_up = days[day] + season.hour_of_day(random, n)
    signed_up = np.sort(np.minimum(signed_up, end - plan.MINUTE_MS))
    assisted = (random.random(n) < plan.ASSISTED_SHARE).astype(np.int64)
    region, segment = choice(random, plan.REGIONS, n), choice(random, plan.SEGMENTS, n)
    countries = [(name, code) for name, shares in plan.COUNTRIES.items() for code in shares]
    position = random.random(n)
    code = np.zeros(n, np.int64)
    for index, name in enumerate(plan.REGIONS):
        mine = region.codes == index
        shares = np.array(list(plan.COUNTRIES[name].values()))
        first = next(at for at, one in enumerate(countries) if one[0] == name)
        code[mine] = first + np.searchsorted(np.cumsum(shares / shares.sum()), position[mine])
    hazard = monthly_hazard(anchor, signed_up, assisted)
    # A constant hazard after a first fortnight: survival of s days is (1 - hazard) ** ((s - 14) / 30).
    stays = 14 + 30 * np.log(1 - random.random(n)) / np.log(1 - hazard)
    left = signed_up + (stays * 1440).astype(np.int64) * plan.MINUTE_MS
    return Users(
        anchor, [f"u{index:05d}" for index in range(1, n + 1)], signed_up, np.where(left < end, left, MISSING), assisted,
        region, Coded([name for _, name in countries], code), segment, choice(random, plan.MODELS, n),
        random.gamma(4.0, 0.25, n),
    )


def table(users: Users) -> Table:
    everyone = np.arange(len(users))
    return Table("users", {"at": users.signed_up, "user_id": users.id_column(everyone), **users.place(everyone),
                           "model": users.model, "assisted": users.assisted, "churned_at": users.churned_at})
