"""Draws the business tables from a seed, and writes them as files.

    python -m business.generate [--seed N] [--users N] [--anchor MS] [--only TABLE ...] [--out FOLDER] [--rows N] [--summary]

Run it in `tests/lab` with the Python of the lab's mlflow environment. Without `--out` the tables go to standard output as CSV.
`--only exposures --summary` prints, for coverage over many seeds, one line of JSON a seed and experiment: by variant and segment
`n`, `converted`, `revenue` and `squares` (of the revenue). `--seed` may then be a range such as `0:100`.
The same seed, anchor and number of users give the same tables; a table alone is the same as among all others.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from . import activity, exposures, feedback, ledger, milestones, operations, orders, plan, registers, schema, usage, users
from .table import Table


def make(seed: int = plan.DEFAULT_SEED, anchor: int | None = None, n_users: int = plan.DEFAULT_USERS,
         predictions: Sequence[dict] = (), only: set[str] | None = None) -> dict[str, Table]:
    """All tables by name, or those that `only` names. `anchor` is the instant at which they end, in milliseconds."""
    anchor = default_anchor() if anchor is None else anchor
    wants = lambda *names: only is None or bool(only & set(names))
    people = users.make(seed, anchor, n_users)
    found = {"users": users.table(people)}
    if wants("exposures", "funnel", "orders", "plan"):
        found |= exposures.make(seed, people)
    if wants("orders", "plan"):
        found["orders"] = orders.make(seed, people, found["exposures"])
        found["plan"] = orders.planned(found["orders"], anchor)
    if wants("activity"):
        found["activity"] = activity.make(seed, people)
    if wants("usage", "eligible", "savings", "costs"):
        found |= usage.make(seed, anchor)
        found |= ledger.make(seed, anchor, found["usage"])
    if wants("feedback"):
        found["feedback"] = feedback.make(seed, people, predictions)
    found |= {"incidents": operations.incidents(seed, anchor), "tickets": operations.tickets(seed, anchor),
              "milestones": milestones.make(seed, anchor), **registers.make(anchor)}
    return {name: found[name] for name in schema.TABLES if name in found and (only is None or name in only)}


def default_anchor() -> int:
    """The full hour at or before now, as the lab's anchor."""
    return int(time.time()) // 3600 * 3_600_000


def truth(seed: int, anchor: int, n_users: int) -> dict:
    """What is planted, for `truth.json`."""
    start, end = plan.window(anchor)
    return {
        "simulated": True, "seed": seed, "users": n_users, "from": start, "to": end,
        "experiments": exposures.truth(), "retention": activity.truth(anchor), "dip": orders.truth(anchor),
        "usage": usage.truth(anchor), "feedback": feedback.truth(anchor), "timeToValue": milestones.truth(anchor),
        "ledger": ledger.truth(), "registers": registers.truth(),
    }


def write_csv(table: Table, output, n_rows: int | None = None) -> None:
    """RFC 4180 with a head; a missing cell is empty."""
    writer = csv.writer(output)
    writer.writerow(table.columns)
    writer.writerows((table if n_rows is None else table[np.arange(min(n_rows, len(table)))]).rows())


def summary(table: Table) -> list[dict]:
    """Counts and sums of `exposures` by experiment, variant and segment: all that intervals need."""
    found = []
    columns = table.columns
    for e, experiment in enumerate(columns["experiment"].values):
        groups = {}
        for v, variant in enumerate(columns["variant"].values):
            for s, segment in enumerate(columns["segment"].values):
                mine = ((columns["experiment"].codes == e) & (columns["variant"].codes == v)
                        & (columns["segment"].codes == s))
                revenue = columns["revenue"][mine]
                groups.setdefault(variant, {})[segment] = {
                    "n": int(mine.sum()), "converted": int(columns["converted"][mine].sum()),
                    "revenue": float(revenue.sum()), "squares": float((revenue**2).sum())}
        found.append({"experiment": experiment, **groups})
    return found


def seeds(text: str) -> range:
    """`7` or, half open, `0:100`."""
    first, _, end = text.partition(":")
    return range(int(first), int(end) if end else int(first) + 1)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=seeds, default=seeds(str(plan.DEFAULT_SEED)))
    parser.add_argument("--users", type=int, default=plan.DEFAULT_USERS)
    parser.add_argument("--anchor", type=int, default=default_anchor(), help="epoch milliseconds; default is this hour")
    parser.add_argument("--only", nargs="+", choices=list(schema.TABLES), metavar="TABLE")
    parser.add_argument("--out", type=Path, help="a folder for one CSV file a table")
    parser.add_argument("--rows", type=int, help="only so many rows of each table")
    parser.add_argument("--summary", action="store_true")
    options = parser.parse_args()
    for seed in options.seed:
        tables = make(seed, options.anchor, options.users, only=set(options.only) if options.only else None)
        if options.summary:
            for one in summary(tables["exposures"]):
                print(json.dumps({"seed": seed, **one}))
            continue
        for name, table in tables.items():
            if options.out is None:
                write_csv(table, sys.stdout, options.rows)
            else:
                options.out.mkdir(parents=True, exist_ok=True)
                with (options.out / f"{name}.csv").open("w", newline="") as output:
                    write_csv(table, output, options.rows)
    return 0


if __name__ == "__main__":
    sys.exit(main())
