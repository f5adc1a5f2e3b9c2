"""Writes the business tables of the demo: files of `rows`, with the seed, the users and the truths of the lab.

    python -m business.record FOLDER [ANCHOR_MS]      only these files, to look at their sizes

Nothing is thinned. The order of rows is the one that packs best, and says nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from . import columns, generate, plan, schema
from .table import Table

NAME = "business-{}"
# What accounts did is the largest table; who asks for the last days needs the newer part only.
RECENT_DAYS = 100
SPLIT = ("activity",)
ORDER = {
    "users": ("at",), "exposures": ("experiment", "at"), "activity": ("user_id", "at", "feature"),
    "funnel": ("model", "user_id", "at"), "usage": ("caller", "region", "version", "at"),
    "eligible": ("model", "region", "segment", "at"), "orders": ("user_id", "at"),
    "plan": ("model", "region", "at"), "savings": ("category", "model", "region", "at"),
    "costs": ("category", "model", "region", "at"), "feedback": ("at",), "incidents": ("at",), "tickets": ("at",),
}


def content(table: Table) -> dict:
    """The file of a table: its columns, and which of them are instants."""
    table = table.sorted_by(*ORDER[table.name]) if table.name in ORDER else table
    found = {}
    for name in table.columns:
        cells = table.cells(name)
        found[name] = columns.encoded(cells)
        if not columns.is_faithful(found[name], cells):
            raise ValueError(f"{table.name}.{name} does not come back")
    return {"times": schema.time_columns(table.name), "columns": found}


def record(recording, predictions: list[dict], anchor_ms: int) -> None:
    """Adds all tables to a recording (`recorded.Recording`)."""
    tables = generate.make(anchor=anchor_ms, predictions=predictions)
    border = anchor_ms // plan.DAY_MS * plan.DAY_MS - RECENT_DAYS * plan.DAY_MS
    start, end = plan.window(anchor_ms)
    for name, table in tables.items():
        if name in SPLIT:
            at = table.columns["at"]
            write(recording, table[np.flatnonzero(at < border)], f"{name}-older", start, border - 1)
            write(recording, table[np.flatnonzero(at >= border)], f"{name}-recent", border, end)
        else:
            write(recording, table, name)


def write(recording, table: Table, name: str, *span: int) -> None:
    about = {"key": table.name, **dict(zip(("from", "to"), span))}
    recording.table("rows", content(table), NAME.format(name), **about)


def main() -> int:
    from recorded import Recording
    from recording_size import brotli_size

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    anchor = int(sys.argv[2]) if len(sys.argv) > 2 else generate.default_anchor()
    recording = Recording(folder, anchor)
    record(recording, [], anchor)
    sizes = {table["file"]: brotli_size(folder / table["file"]) for table in recording.tables}
    for file, size in sizes.items():
        print(f"{size / 1000:9.1f} KB  {(folder / file).stat().st_size / 1000:9.1f} KB plain  {file}")
    print(f"{sum(sizes.values()) / 1000:9.1f} KB  in all")
    return 0


if __name__ == "__main__":
    sys.exit(main())
