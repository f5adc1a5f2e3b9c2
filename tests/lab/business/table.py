"""One generated table: columns of equal length, missing cells as `None`.

A column of text with few values is a `Coded` one, since making a hundred thousand Python strings is what takes time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import schema

MISSING = np.iinfo(np.int64).min  # in an integer array; NaN in one of floats, -1 in codes


@dataclass
class Coded:
    """Text as codes into a list of distinct values; -1 is missing."""

    values: list[str]
    codes: np.ndarray

    def __len__(self) -> int:
        return len(self.codes)

    def __getitem__(self, rows) -> "Coded":
        return Coded(self.values, self.codes[rows])


def coded(values: list[str]) -> Coded:
    """Codes of a list of texts and `None`s."""
    distinct = {value: code for code, value in enumerate(dict.fromkeys(one for one in values if one is not None))}
    return Coded(list(distinct), np.array([-1 if one is None else distinct[one] for one in values], np.int64))


def constant(value: str, n: int) -> Coded:
    return Coded([value], np.zeros(n, np.int64))


@dataclass
class Table:
    """A table of the schema; its columns come in the schema's order."""

    name: str
    columns: dict[str, np.ndarray | Coded]

    def __post_init__(self):
        wanted = list(schema.columns(self.name))
        if set(self.columns) != set(wanted):
            raise ValueError(f"{self.name} has {sorted(self.columns)}, the schema says {sorted(wanted)}")
        self.columns = {name: self.columns[name] for name in wanted}
        if len({len(column) for column in self.columns.values()}) > 1:
            raise ValueError(f"{self.name} has columns of different lengths")

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, rows) -> "Table":
        return Table(self.name, {name: column[rows] for name, column in self.columns.items()})

    def sorted_by(self, *names: str) -> "Table":
        """Rows in the order of these columns; coded ones by their text."""
        keys = []
        for name in reversed(names):
            column = self.columns[name]
            keys.append(np.argsort(np.argsort(column.values))[column.codes] if isinstance(column, Coded) else column)
        return self[np.lexsort(keys)]

    def cells(self, name: str) -> list:
        """A column as Python values, `None` for what is missing."""
        column = self.columns[name]
        if isinstance(column, Coded):
            values = [*column.values, None]  # code -1 is the last
            return [values[code] for code in column.codes.tolist()]
        if column.dtype.kind == "f":
            return [None if cell != cell else cell for cell in column.tolist()]
        if schema.columns(self.name)[name].endswith("?"):
            return [None if cell == MISSING else cell for cell in column.tolist()]
        return column.tolist()

    def rows(self) -> list[tuple]:
        """All rows as tuples in the order of the schema."""
        return list(zip(*(self.cells(name) for name in self.columns)))

    def records(self) -> list[dict]:
        names = list(self.columns)
        return [dict(zip(names, row)) for row in self.rows()]


def from_rows(name: str, rows: list[dict]) -> Table:
    """A table from dictionaries, for what is written rather than drawn."""
    columns: dict[str, np.ndarray | Coded] = {}
    for column, kind in schema.columns(name).items():
        cells = [row.get(column) for row in rows]
        if kind.startswith("text"):
            columns[column] = coded(cells)
        elif kind.startswith("float"):
            columns[column] = np.array([np.nan if cell is None else cell for cell in cells], float)
        else:
            columns[column] = np.array([MISSING if cell is None else cell for cell in cells], np.int64)
    return Table(name, columns)
