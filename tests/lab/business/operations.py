"""Incidents and support tickets."""

from __future__ import annotations

import numpy as np

from . import plan, season, users as accounts
from .plan import DAY_MS, MINUTE_MS
from .table import MISSING, Coded, Table, coded
from .usage import version_at

N_INCIDENTS, N_TICKETS = 130, 3_000
SEVERITIES = {"critical": 0.08, "major": 0.30, "minor": 0.62}
MINUTES = {"critical": 190, "major": 75, "minor": 25}
KINDS = {"outage": 0.3, "slow answers": 0.3, "wrong results": 0.2, "data pipeline": 0.2}
TITLES = {"outage": "No answers", "slow answers": "Answers over the objective", "wrong results": "Results below the bar",
          "data pipeline": "Input late or incomplete"}
TICKET_KINDS = {"how to": 0.4, "wrong result": 0.25, "slow": 0.15, "access": 0.2}
PRIORITIES = {"high": 0.15, "normal": 0.6, "low": 0.25}


def times(random: np.random.Generator, anchor: int, n: int, yearly: float) -> np.ndarray:
    start, end = plan.window(anchor)
    days = np.arange(start, end, DAY_MS)
    weight = season.week(days) * season.growth(days, end, yearly)
    at = days[random.choice(len(days), n, p=weight / weight.sum())] + season.hour_of_day(random, n)
    return np.sort(np.minimum(at, end - 6 * plan.HOUR_MS))


def versions(model: Coded, at: np.ndarray, anchor: int) -> Coded:
    version = np.ones(len(at), np.int64)
    for index, name in enumerate(model.values):
        mine = model.codes == index
        version[mine] = version_at(name, at[mine], anchor)
    return Coded(["1", "2", "3"], version - 1)


def incidents(seed: int, anchor: int) -> Table:
    """Incidents; the newest one is still open, and how many it affects is not known yet."""
    random = plan.rng(seed, "incidents")
    at = times(random, anchor, N_INCIDENTS, 1.2)
    severity, kind = accounts.choice(random, SEVERITIES, N_INCIDENTS), accounts.choice(random, KINDS, N_INCIDENTS)
    mean = np.array([MINUTES[name] for name in severity.values])[severity.codes]
    minutes = np.maximum(2, np.round(random.gamma(2.0, mean / 2))).astype(np.int64)
    ended = np.minimum(at + minutes * MINUTE_MS, anchor - MINUTE_MS)
    minutes = (ended - at) // MINUTE_MS
    affected = random.poisson(minutes * 1.6).astype(np.int64)
    affected[random.random(N_INCIDENTS) < 0.05] = MISSING
    at[-1], ended[-1], minutes[-1], affected[-1] = anchor - 5 * plan.HOUR_MS, MISSING, MISSING, MISSING
    model = accounts.choice(random, plan.MODELS, N_INCIDENTS)
    titles = [TITLES[kind.values[code]] for code in kind.codes]
    return Table("incidents", {
        "at": at, "ended": ended, "incident_id": coded([f"INC-{index:04d}" for index in range(1, N_INCIDENTS + 1)]),
        "model": model, "version": versions(model, at, anchor), "region": accounts.choice(random, plan.REGIONS, N_INCIDENTS),
        "severity": severity, "kind": kind, "title": coded(titles), "minutes": minutes, "users_affected": affected})


def tickets(seed: int, anchor: int) -> Table:
    random = plan.rng(seed, "tickets")
    at = times(random, anchor, N_TICKETS, 1.6)
    closed = at + (random.gamma(1.2, 30, N_TICKETS) * 60).astype(np.int64) * MINUTE_MS
    closed[(closed >= anchor) | (random.random(N_TICKETS) < 0.02)] = MISSING
    draw = lambda shares: accounts.choice(random, shares, N_TICKETS)
    return Table("tickets", {
        "at": at, "closed": closed, "ticket_id": coded([f"T-{index:05d}" for index in range(1, N_TICKETS + 1)]),
        "model": draw(plan.MODELS), "region": draw(plan.REGIONS), "segment": draw(plan.SEGMENTS),
        "kind": draw(TICKET_KINDS), "priority": draw(PRIORITIES)})
