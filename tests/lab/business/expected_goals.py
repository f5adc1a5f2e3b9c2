"""Expected numbers of the strategic goals: the metric of each by whole month, by SQL, and its forecast by numpy.

The forecast is Holt's linear method with a damped trend, its three parameters those of the least squared one-step misses, found by
narrowing a grid; the interval is Student's t times the root mean square of the misses of earlier forecasts at the same lead.
"""

from __future__ import annotations

import math
from datetime import datetime, timedelta, timezone
from itertools import accumulate

import numpy as np
from scipy import stats

from .asking import DAY_MS, Window, desk, ratio, records, warehouse

MONTHS_BACK = 36
LEVEL = 0.95
# The smallest number of people that shows, by the workspace's default policy.
SMALL = 11
# Of each parameter (weight of a value, weight of a step, damping) what is allowed.
BOUNDS = np.array([[0.0, 1.0], [0.0, 1.0], [0.8, 0.98]])


def month_start(at: datetime) -> datetime:
    return at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(at: datetime) -> datetime:
    return month_start(at + timedelta(days=32))


def present(values: list[float]) -> int:
    return sum(map(math.isfinite, values))


def instant(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1000, timezone.utc)


def by_month(metric: str, until: datetime) -> tuple[list[float], bool]:
    """The metric of each whole month before `until`, the oldest first, and whether it is a level rather than a count."""
    end = int(until.timestamp()) * 1000
    first = month_start(instant(end - MONTHS_BACK * 30 * DAY_MS))
    window = Window(0 if metric == "adoption" else int(first.timestamp()) * 1000, end, end, {})
    in_house = {
        "revenue": ("sum(amount)", "orders", "at"), "usage": ("sum(requests)", "usage", "at"),
        "outcomes": ("sum(converted) / uniqExact(user_id)", "exposures", "at"),
        "exposed": ("uniqExact(user_id)", "exposures", "at"), "converted": ("sum(converted)", "exposures", "at"),
        "adoption": ("uniqExact(user_id)", "users", "at"), "left": ("uniqExact(user_id)", "users", "churned_at")}
    on_desk = {"costs": "sum(amount)", "feedback": "avg(rating)", "incidents": "count(*)"}

    def ask(name: str) -> dict[str, float]:
        if name in on_desk:
            month = "strftime('%Y-%m', at / 1000, 'unixepoch')"
            return dict(desk(f"SELECT {month} AS month, {on_desk[name]} {window.rows(name)} GROUP BY month"))
        what, table, at = in_house[name]
        return dict(warehouse(f"SELECT formatDateTime({at}, '%Y-%m') AS month, {what} {window.rows(table, at=at)} "
                              f"AND {at} IS NOT NULL GROUP BY month"))

    found = ask(metric)
    names, month = [], month_start(datetime.strptime(min(found), "%Y-%m").replace(tzinfo=timezone.utc))
    while month < until:
        names.append(month.strftime("%Y-%m"))
        month = next_month(month)
    is_mean = metric in ("outcomes", "feedback")
    values = [found.get(name, math.nan if is_mean else 0.0) for name in names]
    if metric == "outcomes":  # fewer than eleven who converted, or who did not, do not show, and so neither does their rate
        exposed, converted = ask("exposed"), ask("converted")
        few = [any(0 < n < SMALL for n in (converted.get(name, 0), exposed.get(name, 0) - converted.get(name, 0))) for name in names]
        values = [math.nan if is_few else value for value, is_few in zip(values, few)]
    if metric == "adoption":  # in use: those that came less those that left
        left = ask("left")
        # Fewer than eleven who came or left in a month do not show, and so neither does the level until the last such month.
        few = [place for place, (name, came) in enumerate(zip(names, values)) if any(0 < n < SMALL for n in (came, left.get(name, 0)))]
        values = list(accumulate(value - left.get(name, 0) for name, value in zip(names, values)))
        for place in range(few[0], few[-1]) if few else ():
            values[place] = math.nan
    return [float(value) if value is not None else math.nan for value in values], metric == "adoption"


# -- the forecast -------------------------------------------------------------------------------


def run(parameters: np.ndarray, values: list[float]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Level, trend and squared one-step misses after the values, for each row of parameters."""
    alpha, beta, phi = parameters.T
    known = [(place + 1, value) for place, value in enumerate(values) if math.isfinite(value)][:10]
    line = stats.linregress(*zip(*known))
    level, trend = np.full(len(alpha), line.intercept), np.full(len(alpha), line.slope)
    squares = np.zeros(len(alpha))
    for value in values:
        expected = level + phi * trend
        miss = value - expected if math.isfinite(value) else np.zeros(len(alpha))
        level, trend = expected + alpha * miss, phi * trend + alpha * beta * miss
        squares += miss ** 2
    return level, trend, squares


def predict(values: list[float], horizon: int) -> np.ndarray:
    low, high = BOUNDS.T
    centre, reach = (low + high) / 2, (high - low) / 2
    for _ in range(14):
        axes = [np.linspace(max(a, c - r), min(b, c + r), 13) for a, b, c, r in zip(low, high, centre, reach)]
        grid = np.stack([axis.ravel() for axis in np.meshgrid(*axes)], axis=1)
        centre = grid[np.argmin(run(grid, values)[2])]
        reach = reach / 2
    level, trend, _ = (one[0] for one in run(centre[None, :], values))
    return level + trend * np.cumsum(centre[2] ** np.arange(1, horizon + 1))


def forecast(values: list[float], horizon: int) -> dict | None:
    if present(values) < 8 or horizon < 1:
        return None
    misses: list[list[float]] = [[] for _ in range(horizon)]
    for origin in range(max(len(values) // 2, len(values) - 60), len(values)):
        if present(values[:origin]) >= 4:
            ahead = min(horizon, len(values) - origin)
            for at_lead, expected, value in zip(misses, predict(values[:origin], ahead), values[origin:]):
                if math.isfinite(value):
                    at_lead.append(value - expected)
    spreads: list[float] = []
    for at_lead in misses:
        if len(at_lead) < 3:
            break
        spread = stats.t.ppf((1 + LEVEL) / 2, len(at_lead)) * math.sqrt(np.mean(np.square(at_lead)))
        spreads.append(max([spread, *spreads]))
    if not spreads:
        return None
    spread = spreads[horizon - 1] if horizon <= len(spreads) else spreads[-1] * math.sqrt(horizon / len(spreads))
    value = float(predict(values, horizon)[-1])
    return {"value": value, "low": value - spread, "high": value + spread}


# -- 20: goals ----------------------------------------------------------------------------------


def standing(goal: dict, progress, now: float, ahead: dict | None, is_due: bool) -> str:
    if is_due:
        return "reached" if progress(now) >= 1 else "missed"
    if ahead is None:
        return "not known"
    ends = sorted(progress(ahead[end]) for end in ("low", "high"))
    return "on track" if ends[0] >= 1 else "missed" if ends[1] < 1 else "at risk"


def strategic_goals(window: Window) -> dict:
    """Each goal as of the last whole month before the window's end; the filters do not reach goals."""
    until = month_start(instant(window.end))
    found = {}
    for goal in records("goals.json"):
        values, is_level = by_month(goal["metric"], until)
        now = next(value for value in reversed(values) if math.isfinite(value))
        judged, month, horizon = month_start(instant(goal["due"] - 1)), until, 0
        while month <= judged:
            month, horizon = next_month(month), horizon + 1
        ahead = forecast(values, horizon)
        progress = lambda value, goal=goal: ratio(value - goal["baseline"], goal["target"] - goal["baseline"])
        found[goal["goal"]] = {
            **{key: goal[key] for key in ("title", "metric", "baseline", "target", "unit", "due", "owner")},
            "now": now, "months": present(values), "isLevel": is_level, "progress": progress(now), "forecast": ahead,
            "status": standing(goal, progress, now, ahead, goal["due"] <= window.end)}
    return found
