"""What people keep by hand: goals, the market, risks, and the models' governance records."""

from __future__ import annotations

from . import plan
from .plan import DAY_MS, month_start
from .table import Table, from_rows

# Region of a country and how many accounts there could be, by segment.
MARKET_PER_SHARE = {"consumer": 9_000, "business": 3_200, "partner": 900}

CONTROLS = [
    ("GDPR", "Record of processing (Art. 30)"), ("GDPR", "Impact assessment (Art. 35)"),
    ("HIPAA", "Access log review (164.308)"), ("EU AI Act", "Risk management system (Art. 9)"),
    ("EU AI Act", "Human oversight (Art. 14)"), ("EU AI Act", "Technical documentation (Art. 11)"),
    ("SR 11-7", "Independent validation"), ("SR 11-7", "Ongoing monitoring"),
]
# Per model: status, rating, owner, days since the last and until the next review; controls that are not met.
RECORDS = {
    "breast-cancer": ("approved", "high", "Dr. L. Brandt", 120, 60,
                      {"Human oversight (Art. 14)": ("overdue", -21), "Ongoing monitoring": ("partly", 45)}),
    "digits": ("review", "medium", "S. Okafor", 400, -14,
               {"Independent validation": ("overdue", -40), "Access log review (164.308)": ("open", 30),
                "Record of processing (Art. 30)": ("partly", 20)}),
    "diabetes": ("draft", "high", None, None, 90,
                 {"Impact assessment (Art. 35)": ("open", 25), "Technical documentation (Art. 11)": ("open", 50),
                  "Risk management system (Art. 9)": ("overdue", -5), "Independent validation": ("open", 80)}),
}

# Model, title, likelihood, impact, owner, status, mitigation, opened and due in days from the anchor.
RISKS = [
    ("breast-cancer", "A shift of the scanners' calibration goes unseen", 3, 5, "Radiology", "open", "Drift alert on image statistics", -210, 40),
    ("breast-cancer", "Second readers lean on the score", 3, 4, "Radiology", "open", "Hide the score until the first reading", -150, 75),
    ("breast-cancer", "Fewer positives found in one region", 2, 5, "Quality", "mitigated", "Threshold by region", -320, -60),
    ("breast-cancer", "Supplier of the archive ends its contract", 1, 4, "IT", "accepted", None, -400, None),
    ("digits", "The challenger misreads low-quality scans", 4, 3, "Intake", "open", "Quality gate before the model", -70, -9),
    ("digits", "Queue grows beyond its limit on Mondays", 3, 3, "Platform", "open", "More replicas by schedule", -95, 21),
    ("digits", "Forms of a new partner are unlike the training data", 4, 4, "Intake", "open", None, -33, 27),
    ("digits", "Training data cannot be deleted per person", 2, 4, None, "open", "Data map by person", -260, -30),
    ("diabetes", "Labels arrive a year late", 5, 2, "Care", "accepted", "Report with the delay", -500, None),
    ("diabetes", "Not explainable enough for the letter", 3, 3, "Care", "open", "Contributions beside the result", -120, 60),
    ("diabetes", "One person knows the pipeline", 4, 4, "Care", "open", "Pair on the next release", -45, 15),
    ("diabetes", "Rollback takes hours", 2, 3, "Platform", "closed", "Tested in October", -300, -40),
]

# Metric, title, baseline, target, unit, start and due in months from the anchor's, owner.
GOALS = [
    ("revenue", "Monthly revenue of 250 thousand euros", 76_000, 250_000, "currencyEUR", -10, 3, "Chief revenue officer"),
    ("adoption", "3,000 accounts in use", 1_174, 3_000, "short", -12, 2, "Head of product"),
    ("feedback", "Mean rating of 4.2", 3.8, 4.2, "short", -8, 2, "Head of product"),
    ("usage", "100 thousand requests a month to digits", 45_000, 100_000, "short", -9, 6, "Head of intake"),
    ("incidents", "Under 3 incidents a month", 7, 3, "short", -12, 1, "Head of platform"),
    ("outcomes", "Conversion of 30 % with the model", 0.2, 0.30, "percentunit", -6, 6, "Head of product"),
    ("costs", "Costs under 48 thousand euros a month", 52_000, 48_000, "currencyEUR", -6, 4, "Chief financial officer"),
]


def day(anchor: int, days: int | None) -> int | None:
    """Midnight so many days from the anchor."""
    return None if days is None else anchor // DAY_MS * DAY_MS + days * DAY_MS


def make(anchor: int) -> dict[str, Table]:
    goals = [{"goal": f"G{index}", "title": title, "metric": metric, "baseline": baseline, "target": target, "unit": unit,
              "start": month_start(anchor, -start), "due": month_start(anchor, -due), "owner": owner}
             for index, (metric, title, baseline, target, unit, start, due, owner) in enumerate(GOALS, 1)]
    market = [{"region": region, "country": country, "segment": segment,
               "accounts": round(accounts * share * plan.REGIONS[region], -1)}
              for region, countries in plan.COUNTRIES.items() for country, share in countries.items()
              for segment, accounts in MARKET_PER_SHARE.items()]
    risks = [{"risk": f"R{index:02d}", "model": model, "title": title, "likelihood": likelihood, "impact": impact,
              "owner": owner, "status": status, "mitigation": mitigation, "opened": day(anchor, opened),
              "due": day(anchor, due)}
             for index, (model, title, likelihood, impact, owner, status, mitigation, opened, due) in enumerate(RISKS, 1)]
    governance = []
    for model, (status, rating, owner, since_review, until_review, gaps) in RECORDS.items():
        for index, (framework, control) in enumerate(CONTROLS):
            state, due = gaps.get(control, ("met", 180 + 20 * index))
            slug = f"{framework}-{index}".lower().replace(" ", "-")
            governance.append({
                "model": model, "status": status, "rating": rating, "owner": owner,
                "last_review": day(anchor, None if since_review is None else -since_review),
                "next_review": day(anchor, until_review), "control": control, "framework": framework,
                "control_status": state, "due": day(anchor, due),
                "evidence": f"https://evidence.example/{model}/{slug}" if state in ("met", "partly") else None})
    return {"goals": from_rows("goals", goals), "market": from_rows("market", market), "risks": from_rows("risks", risks),
            "governance": from_rows("governance", governance)}


def truth() -> dict:
    return {"openRisks": sum(one[5] == "open" for one in RISKS),
            "overdueControls": sum(state == "overdue" for record in RECORDS.values() for state, _ in record[5].values())}
