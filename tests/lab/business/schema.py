"""Every business table with its columns: the one place that generator, servers, recording and README agree on.

Kinds of column: `time` and `day` (epoch milliseconds UTC, whole seconds; a day is its midnight), `text`, `int`, `big` (an unsigned
integer beyond 2^53), `float`. A kind that ends with `?` may be missing.
"""

from __future__ import annotations

# Which server holds a table.
WAREHOUSE, DESK, RECORDS = "warehouse", "desk", "records"

PLACE = {"region": "text", "country": "text", "segment": "text"}

TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "users": (WAREHOUSE, {"at": "time", "user_id": "text", **PLACE, "model": "text", "assisted": "int",
                          "churned_at": "time?"}),
    "exposures": (WAREHOUSE, {"at": "time", "user_id": "text", "experiment": "text", "variant": "text", "model": "text",
                              "version": "text", **PLACE, "environment": "text", "converted": "int",
                              "converted_at": "time?", "revenue": "float"}),
    "activity": (WAREHOUSE, {"at": "day", "user_id": "text", "signed_up": "time", **PLACE, "feature": "text",
                             "assisted": "int", "model": "text", "sessions": "int"}),
    "funnel": (WAREHOUSE, {"at": "time", "user_id": "text", "step": "text", "variant": "text", "model": "text", **PLACE}),
    "usage": (WAREHOUSE, {"at": "day", "model": "text", "version": "text", "team": "text", "feature": "text",
                          "caller": "text", "region": "text", "segment": "text", "environment": "text",
                          "requests": "big"}),
    "eligible": (WAREHOUSE, {"at": "day", "model": "text", "region": "text", "segment": "text", "environment": "text",
                             "decisions": "big"}),
    "orders": (WAREHOUSE, {"at": "time", "order_id": "big", "user_id": "text", "model": "text", **PLACE,
                           "kind": "text", "component": "text", "amount": "float"}),
    "plan": (DESK, {"at": "day", "model": "text", "region": "text", "amount": "float"}),
    "savings": (DESK, {"at": "day", "model": "text", "region": "text", "category": "text", "amount": "float"}),
    "costs": (DESK, {"at": "day", "model": "text", "category": "text", "region": "text", "amount": "float"}),
    "feedback": (DESK, {"at": "time", "feedback_id": "text", "user_id": "text", "prediction_id": "text?",
                        "model": "text", "version": "text", **PLACE, "channel": "text?", "rating": "int?",
                        "thumb": "int?", "csat": "int?", "nps": "int?", "comment": "text?"}),
    "incidents": (DESK, {"at": "time", "ended": "time?", "incident_id": "text", "model": "text", "version": "text",
                         "region": "text", "severity": "text", "kind": "text", "title": "text", "minutes": "int?",
                         "users_affected": "int?"}),
    "tickets": (DESK, {"at": "time", "closed": "time?", "ticket_id": "text", "model": "text", "region": "text",
                       "segment": "text", "kind": "text", "priority": "text"}),
    "milestones": (DESK, {"model": "text", "initiative": "text", "stage": "text", "at": "time?", "owner": "text"}),
    "goals": (RECORDS, {"goal": "text", "title": "text", "metric": "text", "baseline": "float", "target": "float",
                        "unit": "text", "start": "day", "due": "day", "owner": "text"}),
    "market": (RECORDS, {**PLACE, "accounts": "int"}),
    "risks": (RECORDS, {"risk": "text", "model": "text", "title": "text", "likelihood": "int", "impact": "int",
                        "owner": "text?", "status": "text", "mitigation": "text?", "opened": "day", "due": "day?"}),
    "governance": (RECORDS, {"model": "text", "status": "text", "rating": "text", "owner": "text?", "last_review": "day?",
                             "next_review": "day?", "control": "text", "framework": "text", "control_status": "text",
                             "evidence": "text?", "due": "day?"}),
}

# What lies as plain files: the registers in one form each, and some larger tables in several, to compare readers by.
FILES = {"goals": ["json"], "market": ["csv"], "risks": ["json"], "governance": ["json"],
         "orders": ["csv", "json", "ndjson", "parquet", "arrow"], "feedback": ["csv", "ndjson", "parquet"],
         "usage": ["parquet", "arrow"], "activity": ["parquet"]}


def columns(table: str) -> dict[str, str]:
    """Column names and kinds of a table."""
    return TABLES[table][1]


def home(table: str) -> str:
    """The server of a table."""
    return TABLES[table][0]


def tables_of(server: str) -> list[str]:
    return [name for name, (where, _) in TABLES.items() if where == server]


def time_columns(table: str) -> list[str]:
    """The columns that are instants."""
    return [name for name, kind in columns(table).items() if kind.rstrip("?") in ("time", "day")]
