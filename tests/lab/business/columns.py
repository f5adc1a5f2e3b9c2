"""Columns of a recorded table in few bytes. `docs/decisions/the-recording.md` describes the forms; `decoded` is their definition.

A column is a list of cells, or one of three objects, whose inner lists may again be any of these:
`{"runs": values, "counts": [...]}`, `{"deltas": differences, "unit": n}`, `{"dictionary": [...], "codes": indices}`.
A column that another one of text determines is `{"by": "<that column>", "values": {"<text>": cell}}`, and nothing within it.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable

Column = list | dict


def decoded(column: Column) -> list:
    """The cells of a column."""
    if isinstance(column, list):
        return column
    if "runs" in column:
        return [value for value, n in zip(decoded(column["runs"]), column["counts"]) for _ in range(n)]
    if "codes" in column:
        return [None if code is None else column["dictionary"][code] for code in decoded(column["codes"])]
    total, cells = 0, []
    for step in decoded(column["deltas"]):
        total += 0 if step is None else step * column["unit"]
        cells.append(None if step is None else total)
    return cells


def runs(cells: list, inner: Callable[[list], Column] = list) -> dict:
    """Equal neighbours once."""
    values, counts = [], []
    for cell in cells:
        if values and values[-1] == cell and type(values[-1]) is type(cell):
            counts[-1] += 1
        else:
            values.append(cell)
            counts.append(1)
    return {"runs": inner(values), "counts": counts}


def deltas(cells: list) -> dict:
    """Whole numbers as differences to the one before, in the largest unit of time that divides them all."""
    there = [cell for cell in cells if cell is not None]
    unit = next(unit for unit in (86_400_000, 3_600_000, 60_000, 1_000, 1) if all(cell % unit == 0 for cell in there))
    steps = iter([b - a for a, b in zip([0, *there], there)])
    return {"deltas": [None if cell is None else next(steps) // unit for cell in cells], "unit": unit}


def coded(cells: list, inner: Callable[[list], Column] = list) -> dict:
    """Repeated text as indices, the most frequent first."""
    counts: dict = {}
    for cell in cells:
        if cell is not None:
            counts[cell] = counts.get(cell, 0) + 1
    dictionary = sorted(counts, key=lambda cell: (-counts[cell], str(cell)))
    place = {cell: index for index, cell in enumerate(dictionary)}
    return {"dictionary": dictionary, "codes": inner([None if cell is None else place[cell] for cell in cells])}


def size(column: Column) -> int:
    """About what it weighs on the wire."""
    return len(zlib.compress(json.dumps(column, ensure_ascii=False, separators=(",", ":")).encode(), 6))


def encoded(cells: list) -> Column:
    """The smallest form of a column."""
    whole = [round(cell) if isinstance(cell, float) and cell.is_integer() else cell for cell in cells]
    forms: list[Column] = [whole]
    n_runs = len(runs(whole)["counts"])
    is_whole = all(cell is None or isinstance(cell, int) for cell in whole)
    if n_runs < len(whole) / 2:
        forms += [runs(whole), runs(whole, coded)] + ([runs(whole, deltas)] if is_whole else [])
    elif is_whole:
        forms.append(deltas(whole))
    if not is_whole:
        forms.append(coded(whole))
    return min(forms, key=size)


def told(by: str, keys: list[str], cells: list) -> dict | None:
    """The column as what another one tells, if it does."""
    values: dict = {}
    if all(values.setdefault(key, cell) == cell for key, cell in zip(keys, cells)):
        return {"by": by, "values": values}
    return None


def packed(table: dict[str, list], by: str) -> dict[str, Column]:
    """A table's columns, each in its smallest form; `by` names the column that determines others."""
    keys = table[by]
    columns = {name: encoded(cells) for name, cells in table.items()}
    for name, cells in table.items():
        form = told(by, keys, cells) if name != by else None
        if form is not None and size(form) < size(columns[name]):
            columns[name] = form
    return columns


def is_faithful(column: Column, cells: list) -> bool:
    """Whether the cells come back; numbers by value."""
    return decoded(column) == cells
