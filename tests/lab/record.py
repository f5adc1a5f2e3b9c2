"""Records the lab into `public/demo/`, the data of the demo workspace.

    lab.py record [--out FOLDER]

What is written are series and rows with all their labels, never answers to queries:

- `manifest.json`: `{"version":1, "recordedAt", "simulatedUntil", "note", "labels":{"<label>":[...]}, "series":[...],
  "tables":[...]}`; `labels` holds the values of every label that any recorded series carries, so that pickers need no series;
  an entry of series is `{"file","names","from","to","bucketMs"}`, of tables `{"file","table","key"?,"from"?,"to"?}`.
  Times are epoch milliseconds; `key` is the experiment of a `history` table and the model of a `predictions` table.
  A table may lie in several files (`artifacts`, `predictions`).
- series files: `{"series":[{"name","type":"counter|gauge|bucket","labels","t","v"}]}`; `t` is the first time and then
  differences, in milliseconds. Each group of metrics has a `-recent` file (the last 48 hours) and an `-older` one;
  the older one ends with the sample that the recent one starts with.
- table files: `{"table","key"?,"rows":[...]}`, but `predictions` and `rows`, the tables of databases and
  files, are `{"table","key","times":[...],"columns":{...}}` with packed columns (`business/columns.py`).
  A row of `history` is one run and metric: `run_id, key, step[], time[], value[]`.
  A row of `alerts` is one alert from its beginning to its end: `labels, annotations, activeAt, firingAt, endedAt?, t, v`;
  it is pending before `firingAt`, and `t`, `v` are what its expression gave.
  `"NaN"`, `"Infinity"` and `"-Infinity"` are strings.

Thinning: a bucket of 12 minutes in the last 48 hours, of 2 hours before (`bucketMs`). Gauges keep the minimum and the maximum of
each bucket, so spikes stay; counters keep the last sample of each bucket and both samples around a reset.
Numbers have 6 significant digits; counters are integers where the source's are. Predictions are not thinned.
Fails if the whole exceeds 2.5 MB in brotli, or what either engineering role needs first exceeds 300 KB.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import time
from pathlib import Path

import business.predictions
import business.record
from recorded import Recording
from recorded_alerts import record_alerts
from recorded_series import GROUPS, record_group
from recorded_tracking import record_artifacts, record_predictions, record_runs, record_traces, record_versions
from recording_size import check_sizes
from settings import LAB, REPOSITORY, SERVED_MODELS, read_json

FORMAT_VERSION = 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=REPOSITORY / "public" / "demo")
    folder = parser.parse_args().out
    draft = folder.with_name(folder.name + ".draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    truth = read_json(LAB / "truth.json")
    recording = Recording(draft, int(time.time() * 1000))
    for group, names in GROUPS.items():
        record_group(recording, group, names)
    runs = record_runs(recording)
    record_artifacts(recording, runs, record_versions(recording))
    for model in SERVED_MODELS:
        record_predictions(recording, model)
    record_traces(recording)
    record_alerts(recording)
    business.record.record(recording, business.predictions.rows(), truth["anchor"])
    recording.write("manifest", {
        "version": FORMAT_VERSION,
        "recordedAt": recording.now_ms,
        "simulatedUntil": truth["historyEnd"],
        "note": "Recorded from the lab (tests/lab). Runs, models, traces and predictions are real. Of the series, "
                "all samples before simulatedUntil are simulated, with the confusion rates of the real predictions; "
                "series of Kubernetes, DCGM, gpu-node-1 and the experiments' conversions are simulated throughout, "
                "and so are all business tables.",
        "labels": {label: sorted(values) for label, values in sorted(recording.labels.items())},
        "series": recording.series,
        "tables": recording.tables,
    })
    good = check_sizes(draft)
    shutil.rmtree(folder, ignore_errors=True)
    draft.rename(folder)
    if not good:
        print("the recording is too large")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
