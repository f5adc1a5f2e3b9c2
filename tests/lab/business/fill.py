"""Draws the business data of a lab and writes it to `$SIGHTLINE_LAB/business`, for its servers to read.

    python -m business.fill ANCHOR_SECONDS
"""

from __future__ import annotations

import shutil
import sys

import settings
from settings import LAB

from . import generate, plan, predictions, schema, storage

FOLDER = LAB / "business"
ROWS_PER_GROUP = {"activity": 16_384}


def main() -> int:
    anchor = int(sys.argv[1]) * 1000
    draft = FOLDER.with_suffix(".draft")
    shutil.rmtree(draft, ignore_errors=True)
    for name in ("warehouse", "records"):
        (draft / name).mkdir(parents=True)
    real = predictions.rows()
    tables = generate.make(anchor=anchor, predictions=real)
    for name in schema.tables_of(schema.WAREHOUSE):
        (draft / "warehouse" / f"{name}.tsv").write_bytes(storage.tab_separated(tables[name]))
        storage.write_file(draft / "warehouse", tables[name], "parquet", 100_000)
    storage.write_sqlite(draft / "business.db", [tables[name] for name in schema.tables_of(schema.DESK)])
    for name, forms in schema.FILES.items():
        for form in forms:
            storage.write_file(draft / "records", tables[name], form, ROWS_PER_GROUP.get(name, 4_096))
    predictions.write_parquet(draft / "records", real)
    ddl = {name: storage.clickhouse_ddl(name, storage.NEW_TYPES) for name in schema.tables_of(schema.WAREHOUSE)}
    settings.write_json(draft / "warehouse" / "current.json", ddl)
    shutil.rmtree(FOLDER, ignore_errors=True)
    draft.rename(FOLDER)
    settings.update_truth(business=generate.truth(plan.DEFAULT_SEED, anchor, plan.DEFAULT_USERS))
    return 0


if __name__ == "__main__":
    sys.exit(main())
