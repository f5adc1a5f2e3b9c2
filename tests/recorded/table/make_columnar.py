"""Writes the small columnar files of these tests: ten days of hourly orders, ten groups of rows, made with a fixed seed.

Run with pyarrow; the files in the repository were written by pyarrow 26.0.1. `orders.json` has what they hold, computed here, for comparison.
"""

import datetime
import json
import pathlib
import random

import pyarrow as pa
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
truth = {
    "rows": N,
    "sum": sum(a for a in table["amount"].to_pylist() if a is not None),
    "day3": sum(a or 0 for a in table["amount"].to_pylist()[72:96]),
    "regions": {r: table["region"].to_pylist().count(r) for r in ["eu-west", "us-east", "ap-south"]},
    "paid": sum(table["paid"].to_pylist()),
}
(HERE / "orders.json").write_text(json.dumps(truth, indent=1) + "\n")
