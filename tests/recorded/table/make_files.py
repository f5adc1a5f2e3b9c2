"""Writes the small files of these tests: ten days of hourly orders with a fixed seed, as text and in ten groups of rows.

Run with pyarrow; the files in the repository were written by pyarrow 26.0.1. `truth.json` has what they hold, computed here, for comparison.
The text files have what spoils real ones: a byte order mark, line breaks in quotes, rows and lines that are none.
"""

import collections
import csv
import datetime
import decimal
import json
import pathlib
import random

import pyarrow as pa
import pyarrow.ipc
import pyarrow.feather as feather
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
START = datetime.datetime(2026, 1, 1, tzinfo=datetime.timezone.utc)
N = 240

rng = random.Random(7)
at = [START + datetime.timedelta(hours=i) for i in range(N)]
rows = {
    "at": pa.array(at, pa.timestamp("us", tz="UTC")),
    "at_ms": pa.array([int(t.timestamp() * 1000) for t in at], pa.int64()),
    "day": pa.array([t.date() for t in at], pa.date32()),
    "order_id": pa.array([2**53 + 1 + i for i in range(N)], pa.int64()),
    "user_id": pa.array([rng.randint(1, 30) for _ in range(N)], pa.int32()),
    "region": pa.array([rng.choice(["eu-west", "us-east", "ap-south"]) for _ in range(N)]).dictionary_encode(),
    "amount": pa.array([None if i % 17 == 0 else round(rng.uniform(1, 100), 2) for i in range(N)], pa.float64()),
    "paid": pa.array([rng.random() < 0.8 for _ in range(N)], pa.bool_()),
    "note": pa.array([None if i % 3 else f"row {i}" for i in range(N)], pa.string()),
    "tags": pa.array([["a", "b"] for _ in range(N)], pa.list_(pa.string())),
}
table = pa.table(rows)
for codec in ["snappy", "zstd", "gzip"]:
    pq.write_table(table, HERE / f"orders-{codec}.parquet", row_group_size=24, compression=codec, store_schema=False)
feather.write_feather(table, HERE / "orders.arrow", compression="uncompressed")
feather.write_feather(table, HERE / "orders-lz4.feather", compression="lz4")
feather.write_feather(table, HERE / "orders-zstd.feather", compression="zstd")

TEXT = ["at", "order_id", "user_id", "region", "amount", "paid", "note"]
cells = table.select(TEXT).to_pylist()
for cell in cells:
    cell["at"] = cell["at"].strftime("%Y-%m-%dT%H:%M:%SZ")
    cell["note"] = cell["note"] and f'{cell["note"]}, "quoted"\nand broken; =1+1 <b>'
with (HERE / "orders.csv").open("w", encoding="utf-8-sig", newline="") as out:
    writer = csv.writer(out)
    writer.writerow(TEXT)
    for i, cell in enumerate(cells):
        if i in (1, 100):
            writer.writerow(["cut", "off"])
        writer.writerow(["" if cell[name] is None else cell[name] for name in TEXT])
with (HERE / "orders.ndjson").open("w", newline="\n") as out:
    for i, cell in enumerate(cells):
        out.write("not json\n" if i == 5 else "")
        out.write(json.dumps(cell) + "\n")
split = {"columns": TEXT, "index": list(range(N)), "data": [list(cell.values()) for cell in cells]}
(HERE / "orders.json").write_text(json.dumps(split) + "\n")
(HERE / "empty.csv").write_text("")
(HERE / "page.csv").write_text("<!doctype html><title>Log in</title>\n")

regions = collections.defaultdict(lambda: {"rows": 0, "sum": 0.0, "users": collections.defaultdict(float)})
for cell in cells:
    region = regions[cell["region"]]
    region["rows"] += 1
    region["sum"] += cell["amount"] or 0
    region["users"][cell["user_id"]] += cell["amount"] or 0
for region in regions.values():
    users = region.pop("users")
    region["units"] = len(users)
    region["squares"] = sum(v * v for v in users.values())
amounts = [a or 0 for a in table["amount"].to_pylist()]
noon = datetime.datetime(2026, 1, 1, 12, 0, 0, 123000)
types = {
    "seconds": pa.array([noon.replace(microsecond=0), None], pa.timestamp("s")),
    **{unit: pa.array([noon, None], pa.timestamp(unit)) for unit in ["ms", "us", "ns"]},
    "day": pa.array([noon.date(), None], pa.date32()),
    "day64": pa.array([noon.date(), None], pa.date64()),
    "decimal": pa.array([decimal.Decimal("-12.34"), None], pa.decimal128(10, 2)),
    "text": pa.array(["x", None], pa.large_string()),
    "unsigned": pa.array([2**64 - 1, None], pa.uint64()),
    "float": pa.array([1.5, float("nan")], pa.float32()),
    "nested": pa.array([{"a": 1}, None]),
}
types = pa.table(types)
pq.write_table(types, HERE / "types.parquet")
with pa.ipc.new_stream(HERE / "types.arrows", types.schema) as out:
    out.write_table(types, max_chunksize=1)

truth = {
    "rows": N,
    "missing": table["amount"].null_count,
    "sum": sum(amounts),
    "days": [sum(amounts[day * 24 : day * 24 + 24]) for day in range(10)],
    "regions": regions,
    "paid": sum(table["paid"].to_pylist()),
}
(HERE / "truth.json").write_text(json.dumps(truth, indent=1) + "\n")
