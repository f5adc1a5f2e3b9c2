"""24 initiatives on their way from a first run to first value; some of them are stuck."""

from __future__ import annotations

import numpy as np

from . import plan
from .plan import DAY_MS, MINUTE_MS
from .table import Table, from_rows

STAGES = ["first run", "registered", "deployed", "first value"]
# Days that a stage takes from the one before, as the median of a log-normal law.
MEDIAN_DAYS = {"registered": 24, "deployed": 38, "first value": 30}
SPREAD = 0.45
PER_MODEL = 8
# Initiative: the last stage that it reached, and how many days ago.
STUCK = {"digits-v7": ("registered", 160), "diabetes-v5": ("first run", 240), "breast-cancer-v7": ("deployed", 130)}
OWNERS = {"breast-cancer": "Radiology", "digits": "Intake", "diabetes": "Care"}


def make(seed: int, anchor: int) -> Table:
    random = plan.rng(seed, "milestones")
    start, _ = plan.window(anchor)
    rows = []
    for model in plan.MODELS:
        # The newest initiatives are still on their way.
        begins = np.linspace(start + 10 * DAY_MS, anchor - 25 * DAY_MS, PER_MODEL) + random.integers(-9, 10, PER_MODEL) * DAY_MS
        for k in range(1, PER_MODEL + 1):
            initiative = f"{model}-v{k}"
            waits = [0.0] + [MEDIAN_DAYS[stage] * float(random.lognormal(0, SPREAD)) for stage in STAGES[1:]]
            reached = begins[k - 1] + np.cumsum(waits) * DAY_MS
            last = len(STAGES) - 1
            if initiative in STUCK:
                stage, days_ago = STUCK[initiative]
                last = STAGES.index(stage)
                reached += anchor - days_ago * DAY_MS - reached[last]
            for index, stage in enumerate(STAGES):
                at = int(reached[index]) // MINUTE_MS * MINUTE_MS
                there = index <= last and at < anchor
                rows.append({"model": model, "initiative": initiative, "stage": stage, "at": at if there else None,
                             "owner": OWNERS[model]})
    return from_rows("milestones", rows)


def truth(anchor: int) -> dict:
    return {"medianDays": MEDIAN_DAYS, "stuck": [
        {"initiative": name, "stage": stage, "since": anchor - days_ago * DAY_MS}
        for name, (stage, days_ago) in STUCK.items()]}
