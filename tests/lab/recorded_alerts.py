"""Recording alerts: each from its beginning to its end, so that any hour of the recording shows its own."""

from __future__ import annotations

import re
from collections import defaultdict

import backends
from recorded import RECENT_BUCKET_MS, RECENT_MS, Recording
from settings import HISTORY_STEP_SECONDS, PROMETHEUS
from thinning import Samples, deltas, six_digits, thin

# An alert that was last seen this long before the end still goes on: two evaluations of the coarsest kind.
GOES_ON_MS = 2 * HISTORY_STEP_SECONDS * 1000
Key = tuple[tuple[str, str], ...]


def key_of(labels: dict[str, str]) -> Key:
    return tuple(sorted((key, value) for key, value in labels.items() if key != "__name__"))


def rendered(template: str, labels: dict[str, str]) -> str:
    """A summary with its labels filled in, as far as the lab's rules go; fails on any other template."""
    text = re.sub(r"\{\{ *\$labels\.(\w+) *\}\}", lambda found: labels.get(found[1], ""), template)
    assert "{{" not in text, f"cannot render {template!r}"
    return text


def values_of(rule: dict, from_ms: int, to_ms: int) -> dict[Key, Samples]:
    """What the rule's expression gave where it held, by the labels of the alert."""
    answer = backends.get(f"{PROMETHEUS}/api/v1/query_range", query=rule["query"], start=from_ms / 1000,
                          end=to_ms / 1000, step=HISTORY_STEP_SECONDS)
    return {
        key_of({**one["metric"], **rule["labels"], "alertname": rule["name"]}):
            [(round(time * 1000), float(value)) for time, value in one["values"]]
        for one in answer["data"]["result"]
    }


def begun_and_seen(from_ms: int, to_ms: int) -> dict[Key, dict[int, int]]:
    """Per alert: when it became active and when it was last seen so, in milliseconds, for each time that it did."""
    found: dict[Key, dict[int, int]] = defaultdict(dict)
    for labels, samples in backends.raw_samples("ALERTS_FOR_STATE", from_ms, to_ms):
        for time, since in samples:
            found[key_of(labels)][int(since * 1000)] = time
    return found


def record_alerts(recording: Recording) -> None:
    """The alerts of the recent part with beginning, end and values."""
    start, end = recording.now_ms - RECENT_MS, recording.now_ms
    groups = backends.get(f"{PROMETHEUS}/api/v1/rules")["data"]["groups"]
    rules = {rule["name"]: rule for group in groups for rule in group["rules"] if rule["type"] == "alerting"}
    values = {name: values_of(rule, start, end) for name, rule in rules.items()}
    rows = []
    for key, times in begun_and_seen(start, end).items():
        labels = dict(key)
        rule = rules[labels["alertname"]]
        for since, last in sorted(times.items()):
            goes_on = end - last <= GOES_ON_MS
            inside = [one for one in values[rule["name"]].get(key, []) if since <= one[0] <= last]
            kept = thin(inside, "gauge", RECENT_BUCKET_MS)
            rows.append({
                "labels": labels,
                "annotations": {name: rendered(text, labels) for name, text in rule["annotations"].items()},
                "activeAt": since,
                "firingAt": since + int(rule["duration"] * 1000),
                **({} if goes_on else {"endedAt": last}),
                "t": deltas([time for time, _ in kept]),
                "v": [six_digits(value) for _, value in kept],
            })
    check_against_live(rows)
    recording.table("alerts", {"rows": rows})


def check_against_live(rows: list[dict]) -> None:
    """What goes on is what Prometheus itself raises now, in its own words."""
    live = {key_of(one["labels"]): one["annotations"]
            for one in backends.get(f"{PROMETHEUS}/api/v1/alerts")["data"]["alerts"]}
    ours = {key_of(row["labels"]): row["annotations"] for row in rows if "endedAt" not in row}
    assert live == ours, f"Prometheus raises {live}, recorded were {ours}"
