"""The output folder of a recording and what its manifest will list."""

from __future__ import annotations

import json
from pathlib import Path

HOUR_MS = 3_600_000
RECENT_MS = 48 * HOUR_MS
# Whole multiples of the history's step.
RECENT_BUCKET_MS, OLDER_BUCKET_MS = HOUR_MS // 5, 2 * HOUR_MS


class Recording:
    """Files written so far."""

    def __init__(self, folder: Path, now_ms: int):
        self.folder, self.now_ms = folder, now_ms
        self.series: list[dict] = []
        self.tables: list[dict] = []
        self.labels: dict[str, set[str]] = {}

    def write(self, name: str, value) -> str:
        file = f"{name}.json"
        (self.folder / file).write_text(json.dumps(value, separators=(",", ":"), allow_nan=False))
        return file

    def table(self, table: str, value: dict, name: str | None = None, **about) -> None:
        file = self.write(name or table, {"table": table, **about, **value})
        self.tables.append({"file": file, "table": table, **about})

    def note_labels(self, labels: dict[str, str]) -> None:
        """Remembers the values of a series' labels, for the manifest."""
        for key, value in labels.items():
            if key != "__name__":
                self.labels.setdefault(key, set()).add(value)
