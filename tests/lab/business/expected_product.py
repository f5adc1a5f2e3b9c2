"""Expected numbers of the product manager's panels: conversion, engagement, retention, funnel, usage, feedback, uplift by segment."""

from __future__ import annotations

import math
import re
import warnings

import numpy as np
from scipy import stats

from settings import REGISTERED_MODELS

from .asking import DAY_MS, Window, desk, ratio, tree, warehouse
from .milestones import STAGES

MODELS = [*REGISTERED_MODELS, "wine"]
Z = float(stats.norm.ppf(0.975))


def wilson(count: int, n: int) -> tuple[float, float]:
    found = stats.binomtest(count, n).proportion_ci(method="wilson")
    return found.low, found.high


def mean_interval(n: int, total: float, squares: float) -> dict:
    """Mean of independent units from their sums, with Student's t interval."""
    if n < 2:
        return {"n": n, "mean": ratio(total or 0, n), "low": math.nan, "high": math.nan}
    variance = (squares - total * total / n) / (n - 1)
    low, high = stats.t.interval(0.95, n - 1, total / n, math.sqrt(variance / n)) if variance > 0 else (math.nan, math.nan)
    return {"n": n, "mean": total / n, "low": low, "high": high}

# -- 13, 18: experiments ------------------------------------------------------------------------


def uplift(rows: list[list], depth: int) -> dict:
    """Counts by variant and their difference; `rows` are keys, variant, n, converted, revenue, its squares.

    Intervals are Wilson's of a rate, Newcombe's of the difference (his method 10), Katz's of the ratio; p is of the pooled score test.
    """
    def leaf(values: list) -> dict:
        n, converted, revenue, squares = values
        low, high = wilson(converted, n)
        return {"n": n, "converted": converted, "rate": ratio(converted, n), "low": low, "high": high, "revenue": revenue,
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
            below = math.hypot(model["rate"] - model["low"], control["high"] - control["rate"])
            above = math.hypot(model["high"] - model["rate"], control["rate"] - control["low"])
            place["low"], place["high"] = place["uplift"] - below, place["uplift"] + above
            if control["converted"] and model["converted"]:
                around = stats.contingency.relative_risk(model["converted"], model["n"], control["converted"], control["n"])
                found = around.confidence_interval(0.95)
                place["relativeLow"], place["relativeHigh"] = found.low - 1, found.high - 1
                counts = [[one["converted"], one["n"] - one["converted"]] for one in (control, model)]
                place["p"] = float(stats.chi2_contingency(counts, correction=False).pvalue)

    found = tree(rows, leaf, depth + 1)
    add(found, depth)
    return found


def outcomes(window: Window, *by: str) -> dict:
    keys = ", ".join(["experiment", *by, "variant"])
    query = (f"SELECT {keys}, count(), sum(converted), sum(revenue), sum(revenue * revenue) "
             f"{window.rows('exposures')} GROUP BY {keys} ORDER BY {keys}")
    return uplift(warehouse(query), 1 + len(by))


def interaction(groups: dict) -> dict:
    """Whether the groups' differences differ: Cochran's Q (1954), each difference weighted by its unpooled variance."""
    known = [one for one in groups.values() if one.get("standardError")]
    if len(known) < 2:
        return {}
    effects, weights = (np.array(values) for values in zip(*[(one["uplift"], one["standardError"] ** -2) for one in known]))
    statistic = float(np.sum(weights * (effects - np.average(effects, weights=weights)) ** 2))
    return {"statistic": statistic, "df": len(known) - 1, "p": float(stats.chi2.sf(statistic, len(known) - 1))}


def segments(window: Window) -> dict:
    by = {name: outcomes(window, name) for name in ("segment", "region", "country")}
    return {**by, "all": outcomes(window),
            "interaction": {name: {experiment: interaction(groups) for experiment, groups in found.items()}
                            for name, found in by.items()}}


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
    month = window.rows("activity", end - 28 * DAY_MS, end)
    for who, extra in (("all", ""), ("0", " AND assisted = 0"), ("1", " AND assisted = 1")):
        users = f"SELECT at, uniqExact(user_id) AS n {month}{extra} GROUP BY at"
        found.setdefault("daily28", {})[who] = ratio(warehouse(f"SELECT sum(n) FROM ({users})")[0][0], 28)
        sums = f"SELECT user_id, sum(sessions) AS s {month}{extra} GROUP BY user_id"
        found.setdefault("sessions28", {})[who] = mean_interval(*warehouse(f"SELECT count(), sum(s), sum(s * s) FROM ({sums})")[0])
    found["weeks"] = tree(warehouse(f"SELECT assisted, toUInt64(toUInt32(toDateTime(toMonday(at), 'UTC'))) * 1000 AS week, "
                                    f"uniqExact(user_id) {window.rows('activity')} GROUP BY assisted, week ORDER BY week"), depth=2)
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
    first, last = -(-window.start // DAY_MS) * DAY_MS, window.at // DAY_MS * DAY_MS
    whole = warehouse(f"SELECT sum(requests) {window.rows('usage', first, last)}")[0][0]
    asked = sum(by["model"].get(model, 0) for model in eligible)
    return {
        "wholeDays": (last - first) // DAY_MS, "requestsADay": ratio(whole, (last - first) // DAY_MS),
        "shareOfEligible": ratio(asked, sum(eligible.values())), "couldHaveAsked": sum(eligible.values()),
        "lastRequest": tree(warehouse(f"SELECT model, toUInt64(toUInt32(max(at))) * 1000 {rows} GROUP BY model")),
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

    month = "strftime('%Y-%m', at / 1000, 'unixepoch')"

    def people(**by: str) -> dict:
        """By score, how many gave it, and of the rating the mean of each one's mean; keys with their expressions."""
        named = "".join(f"{expression} AS {name}, " for name, expression in by.items())
        listed = "".join(f"{name}, " for name in by)
        grouped = f" GROUP BY {', '.join(by)}" if by else ""
        found: dict = {}
        for score in ("rating", "thumb", "csat", "nps"):
            counted = desk(f"SELECT {named}count(DISTINCT user_id) {rows} AND {score} IS NOT NULL{grouped}")
            found[score] = tree(counted, depth=len(by)) if by else counted[0][0]
        means = f"SELECT {named}avg(rating) AS mean {rows} AND rating IS NOT NULL GROUP BY {listed}user_id"
        sums = desk(f"SELECT {listed}count(*), sum(mean), sum(mean * mean) FROM ({means}){grouped}")
        found["mean"] = tree(sums, lambda values: mean_interval(*values), len(by)) if by else mean_interval(*sums[0])
        return found

    said = [row[0] for row in desk(f"SELECT comment {rows} AND comment IS NOT NULL")]
    newest = desk(f"SELECT at, rating, thumb, csat, nps, comment, prediction_id {rows} AND comment IS NOT NULL ORDER BY at DESC LIMIT 500")
    return {
        "all": leaf(desk(f"SELECT {numbers} {rows}")[0]),
        "people": desk(f"SELECT count(DISTINCT user_id) {rows}")[0][0],
        "peopleBy": {"all": people(), "version": people(model="model", version="version"), "month": people(month=month)},
        "addresses": sorted({found for text in said for found in re.findall(r"[\w.+-]+@[\w.-]+\w", text)}),
        "newestComments": [dict(zip(("at", "rating", "thumb", "csat", "nps", "comment", "prediction"), row)) for row in newest],
        "byVersion": tree(desk(f"SELECT model, version, {numbers} {rows} GROUP BY model, version"), leaf, 2),
        "byMonth": tree(desk(f"SELECT {month} AS month, {numbers} {rows} GROUP BY month"), leaf)}


# -- 16: what revenue rests on ------------------------------------------------------------------


def customers(window: Window) -> dict:
    """Revenue by customer: how many, the sum, and the sum of the squares of each one's sum, which is the variance of the total."""
    def totals(*by: str) -> dict:
        keys = "".join(f"{name}, " for name in by)
        sums = f"SELECT {keys}user_id, sum(amount) AS s {window.rows('orders')} GROUP BY {keys}user_id"
        grouped = f" GROUP BY {', '.join(by)}" if by else ""
        leaf = lambda values: dict(zip(("customers", "sum", "squares"), values))
        found = warehouse(f"SELECT {keys}count(), sum(s), sum(s * s) FROM ({sums}){grouped}")
        return tree(found, leaf, len(by)) if by else leaf(found[0])

    found = {"all": totals(), "kind": totals("kind"), "step": totals("kind", "component")}
    for one in (found["all"], *found["kind"].values(), *(step for steps in found["step"].values() for step in steps.values())):
        reach = Z * math.sqrt(one["squares"])
        one["low"], one["high"] = one["sum"] - reach, one["sum"] + reach
    # The models' share, by the delta method over customers: how far each one's money by models is from that share of all of it.
    brought, whole = found["kind"].get("model", {}).get("sum", 0), found["all"]["sum"]
    share = ratio(brought, whole)
    if whole and brought:
        off = f"sumIf(amount, kind = 'model') - {share!r} * sum(amount)"
        squares = warehouse(f"SELECT sum(d * d) FROM (SELECT user_id, {off} AS d {window.rows('orders')} GROUP BY user_id)")[0][0]
        reach = Z * math.sqrt(squares) / whole
        found["share"] = {"value": share, "low": share - reach, "high": share + reach}
    return found


def planned_by_days(window: Window) -> float:
    """The plan of each month that the window touches, a month that it cuts by the share of its time."""
    start = np.datetime64(window.start, "ms").astype("datetime64[M]")
    total = 0.0
    for at, amount in desk(f"SELECT at, sum(amount) {window.rows('plan', int(start.astype('datetime64[ms]').astype(int)))} GROUP BY at"):
        after = (np.datetime64(at, "ms").astype("datetime64[M]") + 1).astype("datetime64[ms]").astype(int)
        total += amount * max(0, min(int(after), window.end) - max(at, window.start)) / (int(after) - at)
    return total


# -- 17: the whole way, and each model's --------------------------------------------------------


def median_wait(done: list[float], waiting: list[float]) -> dict:
    """Kaplan and Meier's median with the interval of Brookmeyer and Crowley, by the log-log interval of the curve; infinity is null."""
    found = {"finished": len(done), "unfinished": len(waiting), "median": math.inf, "low": math.inf, "high": math.inf}
    if not done:
        return found
    curve = stats.ecdf(stats.CensoredData.right_censored(
        np.array(done + waiting), np.array([False] * len(done) + [True] * len(waiting)))).sf
    with warnings.catch_warnings(action="ignore"):  # it has none where nobody is left
        around = curve.confidence_interval(0.95, method="log-log")
    for name, one in (("median", curve), ("low", around.low), ("high", around.high)):
        # Where nobody is left the interval has no width.
        shares = np.where(curve.probabilities == 0, 0.0, one.probabilities)
        through = np.flatnonzero(shares <= 0.5 + 1e-12)
        found[name] = float(one.quantiles[through[0]]) if len(through) else math.inf
    return found


def ways(window: Window) -> dict:
    """Days of each step and of the whole way, over all initiatives and by model, and what nine of ten finished ones took at most."""
    reached: dict[tuple, dict[str, int]] = {}
    for initiative, model, stage, at in desk(f"SELECT initiative, model, stage, at FROM milestones WHERE 1 = 1{window.conditions('milestones')}"):
        stages = reached.setdefault((model, initiative), {})
        if at is not None and at <= window.at:
            stages[stage] = at
    found: dict = {"initiatives": {}, "ways": {}, "limits": {}}
    for model in ["all", *sorted({model for model, _ in reached})]:
        own = [stages for (of, _), stages in reached.items() if model in ("all", of)]
        found["initiatives"][model] = len(own)
        for before, stage in [*zip(STAGES, STAGES[1:]), (STAGES[0], STAGES[-1])]:
            done = [(one[stage] - one[before]) / DAY_MS for one in own if stage in one]
            waiting = [(window.at - one[before]) / DAY_MS for one in own if before in one and stage not in one]
            found["ways"].setdefault(model, {})[f"{before} to {stage}"] = median_wait(done, waiting)
            if model == "all":
                found["limits"][f"{before} to {stage}"] = float(np.quantile(done, 0.9)) if done else math.nan
    return found
