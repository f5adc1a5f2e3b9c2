"""Expected numbers of the executive's panels and of revenue: money, time to value, adoption, risk, compliance."""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import datetime, timedelta, timezone

import numpy as np
from scipy import stats

from .asking import DAY_MS, Window, desk, ratio, records, tree, warehouse
from .expected_product import wilson
from .milestones import STAGES

# -- 16, 19: money ------------------------------------------------------------------------------


def revenue(window: Window) -> dict:
    rows = window.rows("orders")
    sums = lambda *by: tree(warehouse(f"SELECT {', '.join(by)}, sum(amount) {rows} GROUP BY {', '.join(by)} "
                                      f"ORDER BY {', '.join(by)}"), depth=len(by))
    month = "formatDateTime(at, '%Y-%m')"
    plan = tree(desk("SELECT strftime('%Y-%m', at / 1000, 'unixepoch') AS month, sum(amount) "
                     f"{window.rows('plan')} GROUP BY month ORDER BY month"))
    return {
        "total": warehouse(f"SELECT sum(amount) {rows}")[0][0], "orders": warehouse(f"SELECT count() {rows}")[0][0],
        "kind": sums("kind"), "component": sums("component"), "kindComponent": sums("kind", "component"),
        "month": sums(month), "monthKind": sums(month, "kind"), "model": sums("model"), "region": sums("region"),
        "segment": sums("segment"), "regionSegment": sums("region", "segment"), "plan": plan,
        "planned": sum(plan.values())}


def returns(window: Window) -> dict:
    """Benefit is the revenue that the model brought and the savings; ROI is benefit less cost, by cost."""
    brought = tree(warehouse(f"SELECT formatDateTime(at, '%Y-%m') AS month, sum(amount) {window.rows('orders')} "
                             "AND kind = 'model' GROUP BY month"))
    month = "strftime('%Y-%m', at / 1000, 'unixepoch')"
    by_month = lambda table: tree(desk(f"SELECT {month} AS month, sum(amount) {window.rows(table)} GROUP BY month"))
    saved, spent = by_month("savings"), by_month("costs")
    months, total, payback = {}, 0.0, None
    for name in sorted({*brought, *saved, *spent}):
        benefit, cost = brought.get(name, 0) + saved.get(name, 0), spent.get(name, 0)
        total += benefit - cost
        payback = payback or (name if total >= 0 else None)
        months[name] = {"benefit": benefit, "cost": cost, "cumulative": total}
    benefit, cost = (sum(one[what] for one in months.values()) for what in ("benefit", "cost"))
    model_orders = f"{window.rows('orders')} AND kind = 'model'"
    brought_by_part = {by: tree(warehouse(f"SELECT {by}, sum(amount) {model_orders} GROUP BY {by}")) for by in ("segment", "region", "model")}
    of_models = brought_by_part["model"]
    saved_by, spent_by = (tree(desk(f"SELECT model, sum(amount) {window.rows(table)} GROUP BY model")) for table in ("savings", "costs"))
    models = {}
    for name in sorted({*of_models, *saved_by, *spent_by}):
        brought_by, spent_on = of_models.get(name, 0) + saved_by.get(name, 0), spent_by.get(name, 0)
        models[name] = {"benefit": brought_by, "cost": spent_on, "roi": ratio(brought_by - spent_on, spent_on)}
    counts = {"customers": warehouse(f"SELECT uniqExact(user_id) {model_orders}")[0][0],
              **{table: desk(f"SELECT count(*) {window.rows(table)}")[0][0] for table in ("savings", "costs")}}
    category = lambda table: tree(desk(f"SELECT category, sum(amount) {window.rows(table)} GROUP BY category"))
    return {"benefit": benefit, "cost": cost, "roi": ratio(benefit - cost, cost), "modelRevenue": sum(brought.values()),
            "savings": sum(saved.values()), "savingsByCategory": category("savings"), "costsByCategory": category("costs"),
            "models": models, "broughtBy": brought_by_part, "n": counts, "months": months, "firstMonthOfPayback": payback}


# -- 17: time to value --------------------------------------------------------------------------


def kaplan_meier_median(durations: list[float], unfinished: list[float]) -> float:
    """The first time at which half are through, infinity if there is none (Kaplan and Meier 1958, by `scipy.stats.ecdf`)."""
    if not durations:
        return math.nan if not unfinished else math.inf
    survival = stats.ecdf(stats.CensoredData.right_censored(
        np.array(durations + unfinished), np.array([False] * len(durations) + [True] * len(unfinished)))).sf
    through = np.flatnonzero(survival.probabilities <= 0.5)
    return float(survival.quantiles[through[0]]) if len(through) else math.inf


def time_to_value(window: Window) -> dict:
    """Days that each stage takes from the one before; who has not reached it counts as unfinished at `now`."""
    reached: dict[str, dict[str, int]] = defaultdict(dict)
    model_of = {}
    rows = desk(f"SELECT initiative, model, stage, at FROM milestones WHERE 1 = 1{window.conditions('milestones')}")
    for initiative, model, stage, at in rows:
        model_of[initiative] = model
        if at is not None and at <= window.at:
            reached[initiative][stage] = at
    found: dict = {"initiatives": len(model_of), "stages": {}, "waiting": {}}
    for before, stage in zip(STAGES, STAGES[1:]):
        done = [(one[stage] - one[before]) / DAY_MS for one in reached.values() if stage in one]
        waiting = {name: (window.at - one[before]) / DAY_MS for name, one in reached.items() if before in one and stage not in one}
        found["stages"][stage] = {"finished": len(done), "unfinished": len(waiting),
                                  "medianDays": kaplan_meier_median(done, list(waiting.values()))}
        found["waiting"][stage] = waiting
    return found


# -- 22: adoption -------------------------------------------------------------------------------


def adoption(window: Window) -> dict:
    """Accounts that stay at the instant, and their share of those that could be."""
    at = f"toDateTime({window.at // 1000})"
    rows = f"FROM users WHERE at < {at} AND (churned_at IS NULL OR churned_at >= {at}){window.conditions('users')}"
    market = [one for one in records("market.csv")
              if all(one[name] == value for name, value in window.filters.items() if name in one)]
    found: dict = {"accounts": warehouse(f"SELECT count() {rows}")[0][0], "could": sum(int(one["accounts"]) for one in market)}
    found |= shared(found["accounts"], found["could"])
    for key in ("region", "segment", "country"):
        could = defaultdict(int)
        for one in market:
            could[one[key]] += int(one["accounts"])
        there = tree(warehouse(f"SELECT {key}, count() {rows} GROUP BY {key} ORDER BY {key}"))
        found[key] = {name: {"accounts": there.get(name, 0), "could": n, **shared(there.get(name, 0), n)}
                      for name, n in sorted(could.items())}
    found["signedUp"] = warehouse(f"SELECT count() FROM users WHERE at < {at}{window.conditions('users')}")[0][0]
    found["newInWindow"] = warehouse(f"SELECT count() {window.rows('users')}")[0][0]
    found["byMonth"] = accounts_by_month(window)
    found["growth"] = growth(found["byMonth"])
    found["signedUpByMonth"] = tree(warehouse(
        f"SELECT formatDateTime(at, '%Y-%m') AS month, count() {window.rows('users')} GROUP BY month ORDER BY month"))
    return found


def shared(accounts: int, could: int) -> dict:
    low, high = wilson(accounts, could) if 0 < could >= accounts else (math.nan, math.nan)
    return {"penetration": ratio(accounts, could), "low": low, "high": high}


def accounts_by_month(window: Window) -> dict:
    """By calendar month: its first instant, how many signed up in it, and how many stay at its end (at the latest the window's)."""
    counted = {}
    for what, column in (("new", "at"), ("gone", "churned_at")):
        rows = window.rows("users", 0, window.at, column)
        counted[what] = tree(warehouse(f"SELECT toUInt32(toStartOfMonth({column})) AS month, count() {rows} "
                                       f"AND {column} IS NOT NULL GROUP BY month"))
    found, stay, start = {}, 0, datetime.fromtimestamp(int(min(counted["new"])) * 86_400, timezone.utc)
    while (ms := int(start.timestamp() * 1000)) < window.at:
        day = str(ms // DAY_MS)
        new, gone = (counted[what].get(day, 0) for what in ("new", "gone"))
        stay += new - gone
        start = (start + timedelta(days=32)).replace(day=1)
        found[datetime.fromtimestamp(ms / 1000, timezone.utc).strftime("%Y-%m")] = {
            "from": ms, "to": min(int(start.timestamp() * 1000), window.at), "new": new, "inUse": stay,
            "isWhole": int(start.timestamp() * 1000) <= window.at}
    return found


def growth(months: dict) -> float:
    """New accounts a day in the last three whole months over those in the three before, less one."""
    whole = [one for one in months.values() if one["isWhole"]][-6:]
    if len(whole) < 6:
        return math.nan
    earlier, later = (sum(one["new"] for one in part) / (part[-1]["to"] - part[0]["from"]) for part in (whole[:3], whole[3:]))
    return ratio(later, earlier) - 1


# -- 23, 24: risk and compliance ----------------------------------------------------------------


def risk(window: Window) -> dict:
    rows = [one for one in records("risks.json") if one["model"] == window.filters.get("model", one["model"])]
    standing = [one for one in rows if one["status"] == "open"]
    cells = defaultdict(int)
    for one in standing:
        cells[f"{one['likelihood']}x{one['impact']}"] += 1
    count = lambda key: {value: sum(one[key] == value for one in rows) for value in sorted({one[key] for one in rows})}
    incidents = window.rows("incidents")
    return {"risks": len(rows), "open": len(standing), "status": count("status"), "openCells": dict(sorted(cells.items())),
            "overdue": sorted(one["risk"] for one in standing if one["due"] is not None and one["due"] < window.at),
            "incidents": desk(f"SELECT count(*) {incidents}")[0][0],
            "incidentsBySeverity": tree(desk(f"SELECT severity, count(*) {incidents} GROUP BY severity")),
            "incidentsOpen": desk(f"SELECT count(*) {incidents} AND ended IS NULL")[0][0],
            "tickets": desk(f"SELECT count(*) {window.rows('tickets')}")[0][0]}


def compliance(window: Window) -> dict:
    rows = [one for one in records("governance.json") if one["model"] == window.filters.get("model", one["model"])]
    models = {}
    for one in rows:
        models.setdefault(one["model"], {
            "status": one["status"], "rating": one["rating"], "owner": one["owner"], "nextReview": one["next_review"],
            "reviewOverdue": one["next_review"] is not None and one["next_review"] < window.at, "controls": defaultdict(int),
            "pastDue": [], "withoutEvidence": 0})
        model = models[one["model"]]
        model["controls"][one["control_status"]] += 1
        model["withoutEvidence"] += one["evidence"] is None
        if one["control_status"] != "met" and one["due"] is not None and one["due"] < window.at:
            model["pastDue"].append(one["control"])
    return {"models": models, "overdueControls": sum(one["control_status"] == "overdue" for one in rows),
            "pastDueControls": sum(len(model["pastDue"]) for model in models.values()),
            "overdueReviews": sorted(name for name, model in models.items() if model["reviewOverdue"])}
