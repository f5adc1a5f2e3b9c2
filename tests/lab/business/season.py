"""How demand moves: growth, the week, the year. All factors are around 1 and take epoch milliseconds."""

from __future__ import annotations

import numpy as np

from .plan import DAY_MS

# Monday to Sunday; clinics are nearly closed at weekends.
WEEK = np.array([1.18, 1.20, 1.16, 1.14, 1.06, 0.42, 0.32])


def week(at_ms: np.ndarray) -> np.ndarray:
    """Factor of the weekday; 1970-01-01 was a Thursday."""
    return WEEK[(np.asarray(at_ms) // DAY_MS + 3) % 7]


def year(at_ms: np.ndarray) -> np.ndarray:
    """Factor of the season: highest in spring and autumn, low in August and around New Year."""
    phase = 2 * np.pi * (np.asarray(at_ms) / DAY_MS % 365.2425) / 365.2425
    return 1 + 0.10 * np.cos(2 * phase - 1.9 * np.pi / 2) - 0.06 * np.cos(phase)


def growth(at_ms: np.ndarray, end_ms: int, yearly: float) -> np.ndarray:
    """Growth towards 1 at `end_ms`, by the factor `yearly` a year."""
    return yearly ** ((np.asarray(at_ms) - end_ms) / (365.2425 * DAY_MS))


def hour_of_day(random: np.random.Generator, n: int) -> np.ndarray:
    """Milliseconds into the day at whole minutes, most of them in office hours."""
    hours = np.clip(random.normal(13.0, 3.4, n), 0, 23.98)
    return (hours * 60).astype(np.int64) * 60_000
