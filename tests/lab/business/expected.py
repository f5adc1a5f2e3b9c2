"""The numbers that the business panels must show, computed by the servers' own SQL and never by Sightline's code.

`lab.py truth` prints them under `business`. The window is `from <= at < to`; what stands at an instant (active accounts, adoption,
risks, reviews) is as of `now`, at the latest `to`. `--filter region=eu-west` narrows every table that has the column.
ClickHouse and SQLite count and sum; Python only divides, and asks scipy for Kaplan-Meier.
"""

from __future__ import annotations

from .asking import Window
from .expected_executive import adoption, compliance, returns, revenue, risk, time_to_value
from .expected_goals import strategic_goals
from .expected_product import (customers, engagement, feedback, funnel, outcomes, planned_by_days, retention, segments, utilisation,
                               ways)


def compute(start: int, end: int, now: int, filters: dict[str, str] | None = None) -> dict:
    """All of it, by the panels' kinds."""
    window = Window(start, end, now, filters or {})
    return {
        "business-impact": {"outcomes": outcomes(window), "engagement": engagement(window), "retention": retention(window),
                            "funnel": funnel(window)},
        "utilization": utilisation(window), "user-feedback": feedback(window),
        "revenue-impact": {**revenue(window), "customers": customers(window), "plannedByDays": planned_by_days(window)},
        "time-to-value": {**time_to_value(window), **ways(window)},
        "segments": segments(window),
        "roi": returns(window), "strategic-goals": strategic_goals(window), "market-adoption": adoption(window), "risk": risk(window),
        "compliance": compliance(window)}
