"""Fewer samples and shorter numbers, with every extreme kept."""

from __future__ import annotations

import math
import sys
from collections import defaultdict

Samples = list[tuple[int, float]]


def six_digits(value: float) -> float | int | str:
    """Six significant digits; integers without a point, NaN and infinities as strings.

    MLflow stores an infinity as the largest double, which is an infinity again here.
    """
    if math.isnan(value):
        return "NaN"
    if abs(value) >= sys.float_info.max:
        return "Infinity" if value > 0 else "-Infinity"
    rounded = float(f"{value:.6g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def kind_of(name: str) -> str:
    if name.endswith("_bucket"):
        return "bucket"
    return "counter" if name.endswith(("_total", "_count", "_sum")) else "gauge"


def thin(samples: Samples, kind: str, bucket_ms: int) -> Samples:
    """Fewer samples: extremes of a gauge, last values and resets of a counter. The last sample always stays."""
    buckets: dict[int, Samples] = defaultdict(list)
    for sample in samples:
        buckets[-(-sample[0] // bucket_ms)].append(sample)
    kept = set(samples[-1:])
    for bucket in buckets.values():
        if kind == "gauge":
            low, high = min(bucket, key=lambda one: one[1]), max(bucket, key=lambda one: one[1])
            kept |= {low, high} if low[1] != high[1] else {bucket[-1]}
        else:
            kept.add(bucket[-1])
    if kind != "gauge":
        for before, after in zip(samples, samples[1:]):
            if after[1] < before[1]:
                kept |= {before, after}
    return sorted(kept)


def deltas(times: list[int]) -> list[int]:
    """The first time and then differences."""
    return times[:1] + [b - a for a, b in zip(times, times[1:])]


def encode(name: str, labels: dict[str, str], samples: Samples) -> dict:
    times = [time_ms for time_ms, _ in samples]
    whole = kind_of(name) != "gauge" and all(value.is_integer() for _, value in samples)
    return {
        "name": name,
        "type": kind_of(name),
        "labels": {key: value for key, value in labels.items() if key != "__name__"},
        "t": deltas(times),
        "v": [int(value) if whole else six_digits(value) for _, value in samples],
    }


def rounded(value):
    """The same JSON with numbers of six digits."""
    if isinstance(value, dict):
        return {key: rounded(one) for key, one in value.items()}
    if isinstance(value, list):
        return [rounded(one) for one in value]
    return six_digits(value) if isinstance(value, float) else value


def compact(value):
    """A cell of a prediction table: four digits for features, scores and latencies."""
    return float(f"{value:.4g}") if isinstance(value, float) else value
