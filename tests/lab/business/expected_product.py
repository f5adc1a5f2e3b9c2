"""Expected numbers of the product manager's panels: conversion, engagement, retention, funnel, usage, feedback, uplift by segment."""

from __future__ import annotations

import math

from settings import REGISTERED_MODELS

from .asking import DAY_MS, Window, desk, ratio, tree, warehouse

MODELS = [*REGISTERED_MODELS, "wine"]

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
