"""The tables in the forms that servers read: tab-separated text, SQLite, CSV, JSON, NDJSON, Parquet, Arrow IPC, and their DDL.

Times are epoch milliseconds in SQLite and text files, and timestamps of milliseconds in UTC in Parquet and Arrow.
"""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from . import schema
from .generate import write_csv
from .table import MISSING, Coded, Table

OLD_TYPES = {"time": "DateTime('UTC')", "day": "DateTime('UTC')", "text": "String", "int": "Int32", "big": "UInt64",
             "float": "Float64"}
NEW_TYPES = {**OLD_TYPES, "time": "DateTime64(3, 'UTC')", "day": "DateTime64(3, 'UTC')",
             "text": "LowCardinality(String)"}
SQLITE_TYPES = {"time": "INTEGER", "day": "INTEGER", "text": "TEXT", "int": "INTEGER", "big": "INTEGER", "float": "REAL"}
ARROW_TYPES = {"time": pa.timestamp("ms", "UTC"), "day": pa.timestamp("ms", "UTC"), "text": pa.string(), "int": pa.int64(),
               "big": pa.uint64(), "float": pa.float64()}


def clickhouse_ddl(name: str, types: dict[str, str]) -> str:
    """`CREATE TABLE` for ClickHouse. Ids are plain strings: as many values as rows."""
    def type_of(column: str, kind: str) -> str:
        found = "String" if column.endswith("_id") and kind.startswith("text") else types[kind.rstrip("?")]
        if not kind.endswith("?"):
            return found
        return f"LowCardinality(Nullable({found[15:-1]}))" if found.startswith("LowCardinality") else f"Nullable({found})"

    columns = ", ".join(f"{column} {type_of(column, kind)}" for column, kind in schema.columns(name).items())
    key = next(iter(schema.columns(name)))
    return f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY {key}"


def escaped(text: str | None) -> str:
    """A cell of ClickHouse's `TabSeparated`."""
    if text is None:
        return "\\N"
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


def tab_separated(table: Table) -> bytes:
    """Rows for an old ClickHouse; instants in whole seconds, since it has nothing finer."""
    columns = []
    for name, kind in schema.columns(table.name).items():
        column = table.columns[name]
        if isinstance(column, Coded):
            values = [*(escaped(value) for value in column.values), "\\N"]
            columns.append([values[code] for code in column.codes.tolist()])
        elif kind.rstrip("?") in ("time", "day"):
            columns.append([str(cell) if cell != MISSING else "\\N"
                            for cell in np.where(column == MISSING, MISSING, column // 1000).tolist()])
        else:
            columns.append(["\\N" if cell is None else str(cell) for cell in table.cells(name)])
    return "".join("\t".join(row) + "\n" for row in zip(*columns)).encode()


def arrow(table: Table) -> pa.Table:
    """Typed columns; repeated text as a dictionary."""
    arrays, fields = [], []
    for name, kind in schema.columns(table.name).items():
        column, wanted = table.columns[name], ARROW_TYPES[kind.rstrip("?")]
        if isinstance(column, Coded):
            codes = pa.array(column.codes.astype(np.int32), mask=column.codes < 0)
            array = pa.DictionaryArray.from_arrays(codes, pa.array(column.values, pa.string()))
            array = array.cast(pa.string()) if name.endswith("_id") else array
        elif column.dtype.kind == "f":
            array = pa.array(column, wanted, mask=np.isnan(column))
        else:
            array = pa.array(np.where(column == MISSING, 0, column), pa.int64(), mask=column == MISSING).cast(wanted)
        arrays.append(array)
        fields.append(pa.field(name, array.type, nullable=kind.endswith("?")))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def write_sqlite(path: Path, tables: list[Table]) -> None:
    path.unlink(missing_ok=True)
    with sqlite3.connect(path) as database:
        for table in tables:
            types = [f'"{name}" {SQLITE_TYPES[kind.rstrip("?")]}' for name, kind in schema.columns(table.name).items()]
            database.execute(f'CREATE TABLE "{table.name}" ({", ".join(types)})')
            marks = ", ".join("?" * len(types))
            database.executemany(f'INSERT INTO "{table.name}" VALUES ({marks})', table.rows())
            database.execute(f'CREATE INDEX "{table.name}_at" ON "{table.name}" (at)')
    database.close()


def write_file(folder: Path, table: Table, form: str, rows_per_group: int = 4_096) -> None:
    """One table as one file, `<table>.<form>`; Parquet and Arrow in several row groups and batches."""
    path = folder / f"{table.name}.{form}"
    if form == "csv":
        with path.open("w", newline="") as output:
            write_csv(table, output)
    elif form == "json":
        path.write_text(json.dumps(table.records(), ensure_ascii=False))
    elif form == "ndjson":
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in table.records()))
    elif form == "parquet":
        pa.parquet.write_table(arrow(table), path, row_group_size=rows_per_group, compression="snappy")
    elif form == "arrow":
        pa.feather.write_feather(arrow(table), path, compression="uncompressed", chunksize=rows_per_group)
    else:
        raise ValueError(f"no such form: {form}")
