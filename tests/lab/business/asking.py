"""How the expected numbers ask: ClickHouse and Datasette by SQL over HTTP, the registers as files, within one window and its filters."""

from __future__ import annotations

import csv
import io
import json
import math
import urllib.error
import urllib.parse
import urllib.request

from settings import CLICKHOUSE, DATASETTE, RECORDS

from . import schema

DAY_MS = 86_400_000


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
