"""The alerts of the back-filled history, as Prometheus' own `ALERTS` and `ALERTS_FOR_STATE` series.

promtool back-fills recording rules only, so the rules' expressions are asked over the history
and turned into the two series here, in the way that Prometheus documents for its alerting rules.
Standard library only.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import backends
from prometheus_config import RULES
from settings import HISTORY_STEP_SECONDS, PROMETHEUS

MOST_STEPS = 10_000  # Prometheus gives 11,000 points a series


@dataclass(frozen=True)
class Episode:
    """One alert from its first to its last evaluation, in epoch seconds."""

    labels: dict[str, str]
    hold_seconds: float  # the rule's `for`
    times: list[int]

    def samples(self) -> Iterator[tuple[str, int]]:
        """State and time of each evaluation."""
        for time in self.times:
            yield ("firing" if time - self.times[0] >= self.hold_seconds else "pending"), time


def seconds(duration: str) -> int:
    """A duration of one unit, as the rules have it."""
    return int(duration[:-1]) * {"s": 1, "m": 60, "h": 3600}[duration[-1]]


def episodes(labels: dict[str, str], hold_seconds: float, times: Iterable[int], step: int) -> list[Episode]:
    """Splits the evaluations that found something wherever one between them found nothing."""
    found: list[list[int]] = []
    for time in sorted(times):
        if found and time - found[-1][-1] <= step:
            found[-1].append(time)
        else:
            found.append([time])
    return [Episode(labels, hold_seconds, part) for part in found]


def evaluated(rule: dict, start: int, end: int) -> list[Episode]:
    """Asks Prometheus at each step of the history where the rule's expression holds."""
    step, times = HISTORY_STEP_SECONDS, {}
    for first in range(start, end + 1, MOST_STEPS * step):
        last = min(end, first + (MOST_STEPS - 1) * step)
        answer = backends.get(f"{PROMETHEUS}/api/v1/query_range", query=rule["expr"], start=first, end=last, step=step)
        for one in answer["data"]["result"]:
            labels = {key: value for key, value in one["metric"].items() if key != "__name__"}
            key = json.dumps({"alertname": rule["alert"], **labels, **rule["labels"]}, sort_keys=True)
            times.setdefault(key, []).extend(int(time) for time, _ in one["values"])
    hold = seconds(rule["for"])
    return [episode for key, found in times.items() for episode in episodes(json.loads(key), hold, found, step)]


def series_text(name: str, labels: dict[str, str]) -> str:
    """A series in the text format."""
    def quoted(value: str) -> str:
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
    return name + "{" + ",".join(f"{key}={quoted(value)}" for key, value in sorted(labels.items())) + "}"


def text_of(found: list[Episode]) -> str:
    """The episodes in OpenMetrics: each family in one piece, each series in one piece and in the order of time."""
    lines: dict[str, dict[str, list[tuple[int, str]]]] = {"ALERTS": {}, "ALERTS_FOR_STATE": {}}
    for episode in found:
        since = series_text("ALERTS_FOR_STATE", episode.labels)
        for state, time in episode.samples():
            raised = series_text("ALERTS", {**episode.labels, "alertstate": state})
            lines["ALERTS"].setdefault(raised, []).append((time, "1"))
            lines["ALERTS_FOR_STATE"].setdefault(since, []).append((time, str(episode.times[0])))
    text = []
    for family, series in lines.items():
        text.append(f"# TYPE {family} gauge\n")
        for prefix, samples in series.items():
            text += [f"{prefix} {value} {time}\n" for time, value in sorted(samples)]
    return "".join([*text, "# EOF\n"])


def open_metrics(start: int, end: int) -> str:
    """What all rules raise from `start` to `end`, epoch seconds on the grid of the history."""
    return text_of([episode for rule in RULES for episode in evaluated(rule, start, end)])
