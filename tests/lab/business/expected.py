"""The numbers that the business panels must show, computed by the servers' own SQL and never by Sightline's code.

`lab.py truth` prints them under `business`. The window is `from <= at < to`; what stands at an instant (active accounts, adoption,
risks, reviews) is as of `now`, at the latest `to`. `--filter region=eu-west` narrows every table that has the column.
ClickHouse and SQLite count and sum; Python only divides, and asks scipy for Kaplan-Meier.
"""

from __future__ import annotations

import csv
import io
import json
import math
import urllib.parse
import urllib.request
from collections import defaultdict

import numpy as np
from scipy import stats

from settings import CLICKHOUSE, DATASETTE, RECORDS, REGISTERED_MODELS

from . import schema
from .milestones import STAGES

DAY_MS = 86_400_000
MODELS = [*REGISTERED_MODELS, "wine"]


class Window:
    """What is asked: half-open instants in milliseconds, and filters by column."""

    def __init__(self, start: int, end: int, now: int, filters: dict[str, str]):
        self.start, self.end, self.now, self.filters = start, end, now, filters
        self.at = min(end, now)

    def conditions(self, table: str) -> str:
        """The filters that a table can take."""
        kinds = schema.columns(table)
        literal = lambda name, value: str(int(value)) if kinds[name] == "int" else f"'{value.translate(ESCAPES)}'"
        return "".join(f" AND {name} = {literal(name, value)}" for name, value in self.filters.items() if name in kinds)

    def rows(self, table: str, start: int | None = None, end: int | None = None, at: str = "at") -> str:
        """`FROM` and `WHERE` of a table's rows in the window, or between other instants."""
        start, end = self.start if start is None else start, self.end if end is None else end
        time = (lambda ms: f"toDateTime({ms // 1000})") if schema.home(table) == schema.WAREHOUSE else str
        return f"FROM {table} WHERE {at} >= {time(start)} AND {at} < {time(end)}{self.conditions(table)}"


ESCAPES = str.maketrans({"'": "''", "\\": "\\\\"})


def warehouse(query: str) -> list[list]:
    """ClickHouse's answer as rows; quoted integers become numbers."""
    address = f"{CLICKHOUSE}/?{urllib.parse.urlencode({'query': query + ' FORMAT JSONCompact'})}"
    try:
        with urllib.request.urlopen(address, timeout=60) as response:
            answer = json.load(response)
    except urllib.error.HTTPError as error:
        raise RuntimeError(f"{query}\n{error.read()[:300]!r}") from error
    whole = [one["type"].replace("Nullable(", "").startswith(("UInt", "Int")) for one in answer["meta"]]
    return [[int(cell) if is_whole and cell is not None else cell for cell, is_whole in zip(row, whole)]
            for row in answer["data"]]


def desk(query: str) -> list[list]:
    """Datasette's answer as rows."""
    address = f"{DATASETTE}/business.json?{urllib.parse.urlencode({'sql': query, '_shape': 'arrays'})}"
    with urllib.request.urlopen(address, timeout=60) as response:
        answer = json.load(response)
    if answer["truncated"]:
        raise RuntimeError(f"more rows than Datasette gives: {query}")
    return answer["rows"]


def records(file: str) -> list[dict]:
    """A file of the registers."""
    with urllib.request.urlopen(f"{RECORDS}/{file}", timeout=60) as response:
        body = response.read().decode()
    return list(csv.DictReader(io.StringIO(body))) if file.endswith(".csv") else json.loads(body)


def tree(rows: list[list], leaf=lambda values: values[0] if len(values) == 1 else values, depth: int = 1) -> dict:
    """Rows of `depth` keys and values as nested dictionaries."""
    found: dict = {}
    for row in rows:
        place = found
        for key in row[:depth - 1]:
            place = place.setdefault(str(key), {})
        place[str(row[depth - 1])] = leaf(row[depth:])
    return found


def ratio(a: float, b: float) -> float:
    return a / b if b else math.nan


# -- 13, 18: experiments ------------------------------------------------------------------------


def uplift(rows: list[list], depth: int) -> dict:
    """Counts by variant and their difference; `rows` are keys, variant, n, converted, revenue, its squares."""
    def leaf(values: list) -> dict:
        n, converted, revenue, squares = values
        return {"n": n, "converted": converted, "rate": ratio(converted, n), "revenue": revenue,
                "revenuePerUser": ratio(revenue, n), "squares": squares}

    def add(place: dict, depth: int) -> None:
        if depth > 0:
            for inner in place.values():
                add(inner, depth - 1)
        elif {"control", "model"} <= set(place):
            control, model = place["control"], place["model"]
            place["uplift"] = model["rate"] - control["rate"]
            place["relative"] = ratio(model["rate"], control["rate"]) - 1
            place["standardError"] = math.sqrt(sum(ratio(one["rate"] * (1 - one["rate"]), one["n"])
                                                   for one in (control, model)))

    found = tree(rows, leaf, depth + 1)
    add(found, depth)
    return found


def outcomes(window: Window, *by: str) -> dict:
    keys = ", ".join(["experiment", *by, "variant"])
    query = (f"SELECT {keys}, count(), sum(converted), sum(revenue), sum(revenue * revenue) "
             f"{window.rows('exposures')} GROUP BY {keys} ORDER BY {keys}")
    return uplift(warehouse(query), 1 + len(by))


def engagement(window: Window) -> dict:
    """Distinct accounts of the days before the instant: of the last whole day, of 7, 28 and 30 days up to its end."""
    end = window.at // DAY_MS * DAY_MS
    found: dict = {"until": end}
    for name, days in (("dau", 1), ("wau", 7), ("mau28", 28), ("mau", 30)):
        rows = window.rows("activity", end - days * DAY_MS, end)
        found[name] = {"all": warehouse(f"SELECT uniqExact(user_id) {rows}")[0][0],
                       **tree(warehouse(f"SELECT assisted, uniqExact(user_id) {rows} GROUP BY assisted ORDER BY assisted"))}
    for days in (28, 30):
        daily = warehouse("SELECT sum(n) FROM (SELECT at, uniqExact(user_id) AS n "
                          f"{window.rows('activity', end - days * DAY_MS, end)} GROUP BY at)")[0][0]
        found[f"stickiness{days}"] = ratio(daily / days, found["mau" if days == 30 else "mau28"]["all"])
    found["days"] = tree(warehouse(f"SELECT toUInt64(toUInt32(at)) * 1000 AS day, uniqExact(user_id) {window.rows('activity')} "
                                   "GROUP BY day ORDER BY day"))
    return found


def cohorts(window: Window, start_of: str, offset: str) -> dict:
    """By cohort: how many signed up, and how many of them were active in each period after that of signing up."""
    where = f"{window.rows('users')}"
    size = tree(warehouse(f"SELECT {start_of}(at) AS cohort, count() {where} GROUP BY cohort ORDER BY cohort"))
    query = (f"SELECT {start_of}(signed_up) AS cohort, {offset} AS age, uniqExact(user_id) "
             f"{window.rows('activity', window.start, window.at)} AND signed_up >= toDateTime({window.start // 1000}) "
             f"AND signed_up < toDateTime({window.end // 1000}) GROUP BY cohort, age ORDER BY cohort, age")
    active = tree(warehouse(query), depth=2)
    return {cohort: {"size": n, "active": active.get(cohort, {})} for cohort, n in size.items()}


def retention(window: Window) -> dict:
    months = "(toYear(at) - toYear(signed_up)) * 12 + toMonth(at) - toMonth(signed_up)"
    whole = cohorts(window, "toStartOfMonth", months)
    split = {}
    for name, assisted in (("without", "0"), ("with", "1")):
        narrowed = Window(window.start, window.end, window.now, {**window.filters, "assisted": assisted})
        split[name] = cohorts(narrowed, "toStartOfMonth", months)
    weeks = cohorts(window, "toMonday", "intDiv(toUInt32(toMonday(at)) - toUInt32(toMonday(signed_up)), 7)")
    return {"months": whole, **split, "weeks": weeks}


def funnel(window: Window) -> dict:
    rows = window.rows("funnel")
    return {
        "all": tree(warehouse(f"SELECT step, uniqExact(user_id) {rows} GROUP BY step")),
        "byVariant": tree(warehouse(f"SELECT variant, step, uniqExact(user_id) {rows} GROUP BY variant, step"), depth=2),
        "byModel": tree(warehouse(f"SELECT model, variant, step, uniqExact(user_id) {rows} GROUP BY model, variant, step"),
                        depth=3)}


# -- 14: utilisation ----------------------------------------------------------------------------


def utilisation(window: Window) -> dict:
    rows = window.rows("usage")
    by = {name: tree(warehouse(f"SELECT {name}, sum(requests) {rows} GROUP BY {name} ORDER BY {name}"))
          for name in ("model", "team", "feature", "caller", "version", "region", "segment")}
    eligible = tree(warehouse(f"SELECT model, sum(decisions) {window.rows('eligible')} GROUP BY model"))
    return {
        "requests": warehouse(f"SELECT sum(requests) {rows}")[0][0], **by,
        "activeCallers": warehouse(f"SELECT uniqExact(caller) {rows}")[0][0], "eligible": eligible,
        "share": {model: ratio(by["model"].get(model, 0), n) for model, n in eligible.items()},
        "idle": [model for model in MODELS if model not in by["model"]]}


# -- 15: feedback -------------------------------------------------------------------------------


def feedback(window: Window) -> dict:
    """Per model and version, and over all: ratings, thumbs, CSAT (4 and 5 of those asked) and NPS (9-10 less 0-6)."""
    numbers = ("count(*), count(rating), avg(rating), count(thumb), sum(thumb = 1), count(csat), avg(csat), sum(csat >= 4), "
               "count(nps), sum(nps >= 9), sum(nps <= 6), count(comment)")
    rows = window.rows("feedback")

    def leaf(values: list) -> dict:
        n, n_rating, rating, n_thumb, up, n_csat, csat, content, n_nps, promoters, detractors, n_comment = values
        return {"n": n, "ratings": n_rating, "rating": rating, "thumbs": n_thumb, "thumbsUp": ratio(up or 0, n_thumb),
                "csats": n_csat, "csatMean": csat, "csat": ratio(content or 0, n_csat), "npsAnswers": n_nps,
                "nps": 100 * ratio((promoters or 0) - (detractors or 0), n_nps), "comments": n_comment}

    users = f"SELECT count(*), avg(mean) FROM (SELECT avg(rating) AS mean {rows} AND rating IS NOT NULL GROUP BY user_id)"
    n_users, mean = desk(users)[0]
    return {
        "all": leaf(desk(f"SELECT {numbers} {rows}")[0]),
        "ratingUsers": {"n": n_users, "meanOfMeans": mean},
        "byVersion": tree(desk(f"SELECT model, version, {numbers} {rows} GROUP BY model, version"), leaf, 2),
        "byMonth": tree(desk(f"SELECT strftime('%Y-%m', at / 1000, 'unixepoch') AS month, {numbers} {rows} GROUP BY month"),
                        leaf)}


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
    category = lambda table: tree(desk(f"SELECT category, sum(amount) {window.rows(table)} GROUP BY category"))
    return {"benefit": benefit, "cost": cost, "roi": ratio(benefit - cost, cost), "modelRevenue": sum(brought.values()),
            "savings": sum(saved.values()), "savingsByCategory": category("savings"), "costsByCategory": category("costs"),
            "months": months, "firstMonthOfPayback": payback}


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
    found["penetration"] = ratio(found["accounts"], found["could"])
    for key in ("region", "segment", "country"):
        could = defaultdict(int)
        for one in market:
            could[one[key]] += int(one["accounts"])
        there = tree(warehouse(f"SELECT {key}, count() {rows} GROUP BY {key} ORDER BY {key}"))
        found[key] = {name: {"accounts": there.get(name, 0), "could": n, "penetration": ratio(there.get(name, 0), n)}
                      for name, n in sorted(could.items())}
    found["signedUpByMonth"] = tree(warehouse(
        f"SELECT formatDateTime(at, '%Y-%m') AS month, count() {window.rows('users')} GROUP BY month ORDER BY month"))
    return found


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


def compute(start: int, end: int, now: int, filters: dict[str, str] | None = None) -> dict:
    """All of it, by the panels' kinds."""
    window = Window(start, end, now, filters or {})
    return {
        "business-impact": {"outcomes": outcomes(window), "engagement": engagement(window), "retention": retention(window),
                            "funnel": funnel(window)},
        "utilization": utilisation(window), "user-feedback": feedback(window), "revenue-impact": revenue(window),
        "time-to-value": time_to_value(window),
        "segments": {name: outcomes(window, name) for name in ("segment", "region", "country")},
        "roi": returns(window), "market-adoption": adoption(window), "risk": risk(window),
        "compliance": compliance(window)}
