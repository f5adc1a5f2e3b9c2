"""The lab's real predictions, read from where MLflow keeps its artifacts, and as Parquet."""

from __future__ import annotations

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet

from settings import LAB

ROWS_PER_GROUP = 2_048


def rows() -> list[dict]:
    """Every row of the prediction tables, in the order of time; none where the lab has none."""
    found = []
    for file in (LAB / "mlflow" / "artifacts").glob("*/*/artifacts/predictions/*.json"):
        table = json.loads(file.read_text())
        found += [dict(zip(table["columns"], values)) for values in table["data"]]
    return sorted(found, key=lambda row: (row["time"], str(row["id"])))


def write_parquet(folder: Path, found: list[dict]) -> None:
    """`predictions-<model>.parquet`, sorted by time, so that a row group is a span of time."""
    for model in sorted({row["model"] for row in found}):
        table = pa.Table.from_pylist([row for row in found if row["model"] == model])
        time = table.schema.get_field_index("time")
        table = table.set_column(time, "time", table["time"].cast(pa.timestamp("ms", "UTC")))
        pa.parquet.write_table(table, folder / f"predictions-{model}.parquet", row_group_size=ROWS_PER_GROUP)
