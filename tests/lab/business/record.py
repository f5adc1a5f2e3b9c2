"""Writes the business tables of the demo: files of `rows`, with the seed, the users and the truths of the lab.

    python -m business.record FOLDER      into a recording that is there, as of its own end and about its own predictions

Nothing is thinned. The order of rows is the one that packs best, and says nothing.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from recorded import Recording
from recording_size import check_sizes

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


def key(name: str) -> str:
    """The name by which metrics ask: that of the file where the lab has a file, with its database where that is Datasette's."""
    if schema.home(name) == schema.RECORDS:
        return f"{name}.{schema.FILES[name][0]}"
    return f"business.{name}" if schema.home(name) == schema.DESK else name


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


def record(recording: Recording, predictions: list[dict], anchor_ms: int) -> None:
    """Adds all tables to a recording."""
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


def write(recording: Recording, table: Table, name: str, *span: int) -> None:
    about = {"key": key(table.name), **dict(zip(("from", "to"), span))}
    recording.table("rows", content(table), NAME.format(name), **about)


def recorded_predictions(folder: Path, manifest: dict) -> list[dict]:
    """Time, id, model and version of the predictions that a recording already has."""
    found = []
    for table in manifest["tables"]:
        if table["table"] == "predictions":
            content = json.loads((folder / table["file"]).read_text())["columns"]
            names = ("time", "id", "model", "version")
            found += [dict(zip(names, row)) for row in zip(*(content[name] for name in names))]
    return found


def main() -> int:
    folder = Path(sys.argv[1])
    manifest = json.loads((folder / "manifest.json").read_text())
    hour = manifest["recordedAt"] // plan.HOUR_MS * plan.HOUR_MS
    recording = Recording(folder, manifest["recordedAt"])
    for table in manifest["tables"]:
        if table["table"] == "rows":
            (folder / table["file"]).unlink(missing_ok=True)
    record(recording, recorded_predictions(folder, manifest), hour)
    others = [table for table in manifest["tables"] if table["table"] != "rows"]
    recording.write("manifest", {**manifest, "tables": others + recording.tables})
    for table in recording.tables:
        file = folder / table["file"]
        print(f"{file.stat().st_size / 1000:9.1f} KB plain  {file.name}")
    return 0 if check_sizes(folder) else 1


if __name__ == "__main__":
    sys.exit(main())
