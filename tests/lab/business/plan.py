"""What is planted: dimensions, probabilities, effects and where they lie. Nothing is drawn here.

Effects are differences of *probabilities* (or of rates), so that what a sample shows lies around them, and intervals can be tested
over many seeds.
"""

from __future__ import annotations

import zlib
from datetime import datetime, timezone

import numpy as np

DAY_MS, HOUR_MS, MINUTE_MS = 86_400_000, 3_600_000, 60_000
DEFAULT_SEED = 20_261_123
DEFAULT_USERS = 4_000
MONTHS = 26

COUNTRIES = {
    "eu-west": {"DE": 0.30, "FR": 0.22, "GB": 0.20, "ES": 0.12, "IT": 0.10, "NL": 0.06},
    "us-east": {"US": 0.66, "CA": 0.16, "MX": 0.10, "BR": 0.08},
    "ap-south": {"IN": 0.44, "SG": 0.18, "AU": 0.20, "JP": 0.18},
}
REGIONS = {"eu-west": 0.45, "us-east": 0.35, "ap-south": 0.20}
SEGMENTS = {"consumer": 0.55, "business": 0.33, "partner": 0.12}
MODELS = {"breast-cancer": 0.50, "digits": 0.35, "diabetes": 0.15}
ENVIRONMENT = "production"
ASSISTED_SHARE = 0.45

# Experiments: by segment the probability to convert of control, and what the model adds to it.
EXPERIMENTS = {
    "assisted-triage": {
        "model": "breast-cancer", "version": "2", "days": 182,
        "control": {"consumer": 0.18, "business": 0.22, "partner": 0.26},
        "effect": {"consumer": 0.05, "business": 0.13, "partner": 0.0},
        "orderValue": 240.0,
    },
    "form-reader": {
        "model": "digits", "version": "2", "days": 365,
        "control": {"consumer": 0.12, "business": 0.15, "partner": 0.20},
        "effect": {"consumer": 0.02, "business": 0.05, "partner": 0.0},
        "orderValue": 160.0,
    },
}
VARIANTS = ["control", "model"]
CONVERSION_DAYS = 7  # a unit converts within so many days; exposures end that long before the anchor, so none is cut off
REVENUE_DAYS = 28
FUNNEL_STEPS = ["visited", "started", "completed", "paid"]

# Churn, as the probability to leave within 30 days, from the 15th day after signing up on.
MONTHLY_CHURN = {0: 0.060, 1: 0.036}  # without and with the model
BAD_COHORT_MONTHS_AGO, BAD_COHORT_FACTOR = 8, 2.6

DIP = {"region": "us-east", "segment": "business", "monthsAgo": 1, "kept": 0.30}

WORSE_VERSION = {"model": "digits", "version": "3"}
# Mean of a rating from 1 to 5 by version; the worse version stands out.
RATING_MEAN = {"1": 3.7, "2": 4.2, "3": 4.15}
WORSE_RATING_MEAN = 3.1
WORSE_FROM_DAYS_AGO = 90

# Version in use, by days before the anchor: (from, version); of digits 3 takes a part of the traffic from its start on.
VERSIONS = {
    "breast-cancer": [(900, "1"), (400, "2")],
    "digits": [(900, "1"), (330, "2")],
    "diabetes": [(900, "1"), (200, "2")],
}
CHALLENGERS = {"breast-cancer": (60, "3", 0.3), "digits": (90, "3", 0.5)}  # from days ago, version, share

# Callers: model, team, feature, caller, regions, segment, requests a day now.
CALLERS = [
    ("breast-cancer", "radiology", "second reading", "triage-api", ["eu-west", "us-east", "ap-south"], "business", 620),
    ("breast-cancer", "radiology", "second reading", "reading-desk", ["eu-west", "us-east"], "partner", 240),
    ("breast-cancer", "radiology", "worklist order", "worklist", ["eu-west", "us-east", "ap-south"], "consumer", 410),
    ("breast-cancer", "quality", "audit sample", "audit-job", ["eu-west"], "business", 60),
    ("digits", "intake", "form reading", "scan-gateway", ["eu-west", "us-east", "ap-south"], "consumer", 880),
    ("digits", "intake", "form reading", "partner-portal", ["eu-west", "us-east"], "partner", 310),
    ("digits", "billing", "invoice check", "billing-batch", ["eu-west", "us-east"], "business", 190),
    ("diabetes", "care", "risk letter", "letters", ["eu-west", "us-east"], "consumer", 130),
    ("diabetes", "care", "risk letter", "care-app", ["ap-south"], "business", 70),
]
ELIGIBLE_SHARE = {"breast-cancer": 0.62, "digits": 0.78, "diabetes": 0.35}  # of decisions that could, how many ask the model now

FEATURES = {"upload": 0.50, "second reading": 0.22, "reports": 0.18, "audit": 0.10}


def rng(seed: int, concept: str) -> np.random.Generator:
    """The random stream of one concept: each table can be drawn without the others, and none disturbs another."""
    return np.random.default_rng([seed, zlib.crc32(concept.encode())])


def month_start(anchor_ms: int, months_ago: int = 0) -> int:
    """The first instant of a calendar month, UTC, counted back from the anchor's."""
    at = datetime.fromtimestamp(anchor_ms / 1000, timezone.utc)
    index = at.year * 12 + at.month - 1 - months_ago
    return int(datetime(index // 12, index % 12 + 1, 1, tzinfo=timezone.utc).timestamp() * 1000)


def month_name(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, timezone.utc).strftime("%Y-%m")


def window(anchor_ms: int) -> tuple[int, int]:
    """First and last instant of all tables: 26 months, the last one up to the anchor."""
    return month_start(anchor_ms, MONTHS - 1), anchor_ms


def dip_window(anchor_ms: int) -> tuple[int, int]:
    """The month of the planted dip: the last whole one."""
    return month_start(anchor_ms, DIP["monthsAgo"]), month_start(anchor_ms, DIP["monthsAgo"] - 1)


def bad_cohort(anchor_ms: int) -> tuple[int, int]:
    """The month whose new users leave sooner."""
    return month_start(anchor_ms, BAD_COHORT_MONTHS_AGO), month_start(anchor_ms, BAD_COHORT_MONTHS_AGO - 1)
