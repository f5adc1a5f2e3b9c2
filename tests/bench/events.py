"""Writes the long histories of an MLflow store as TensorBoard event files, one folder a run: events.py DATABASE FOLDER."""

from __future__ import annotations

import sqlite3
import sys
from pathlib import Path

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.record_writer import RecordWriter

EXPERIMENT = "long-history"


def main(database: Path, folder: Path) -> None:
    store = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    runs = store.execute("select run_uuid, r.name from runs r join experiments e using (experiment_id) where e.name = ?",
                         (EXPERIMENT,)).fetchall()
    for run, name in runs:
        target = folder / name
        target.mkdir()
        with (target / "events.out.tfevents.1767225600.bench").open("wb") as out:
            writer = RecordWriter(out)
            writer.write(Event(wall_time=1_767_225_600, file_version="brain.Event:2").SerializeToString())
            points = store.execute("select key, value, timestamp, step from metrics where run_uuid = ? order by step", (run,))
            for key, value, timestamp, step in points:
                summary = Summary(value=[Summary.Value(tag=key, simple_value=value)])
                writer.write(Event(wall_time=timestamp / 1000, step=step, summary=summary).SerializeToString())
    print(f"{len(runs)} runs")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
