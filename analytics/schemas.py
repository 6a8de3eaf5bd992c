"""Column contracts of every frame that crosses a module border.

Money (`amount`, `cost`, `gross_profit` and names that end so) is Int64 ten-thousandths of
the department's currency, tax excluded; null is unknown. `_rate` is a share 0..1, `_days` a
duration in days, `_on` a business day in the department's time zone, `_at` a UTC moment.
"""

from typing import Any

import polars as pl

# Dimensions that repeat. Any: type checkers merge dtype classes and instances to `object`.
KEY: Any = pl.Categorical()

# ---- what the store hands over (data/sql/frames/<table>.sql), one row per record

REPS = pl.Schema(
    {
        "rep_id": KEY,
        "rep": KEY,  # name
        "team": KEY,
        "manager_id": KEY,
        "role": KEY,
        "status": KEY,
        "hired_on": pl.Date,
        "left_on": pl.Date,
    }
)
REP_TEAMS = pl.Schema(
    {
        "rep_id": KEY,
        "team": KEY,
        "manager_id": KEY,
        "from_on": pl.Date,
        "until_on": pl.Date,  # exclusive; null: still there
    }
)
STAGES = pl.Schema(
    {
        "stage": KEY,  # id
        "name_zh": pl.String,
        "name_en": pl.String,
        "kind": KEY,  # open, won, lost
        "position": pl.Int64,
    }
)
CUSTOMERS = pl.Schema(
    {
        "customer_id": pl.String,
        "customer": pl.String,  # name
        "region": KEY,
        "industry": KEY,
        "size": KEY,
        "owner_rep_id": KEY,
        "tracking": KEY,
        "created_on": pl.Date,
    }
)
DEALS = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,  # name
        "customer_id": pl.String,
        "rep_id": KEY,
        "product": KEY,
        "source": KEY,
        "kind": KEY,
        "stage": KEY,
        "status": KEY,  # open, won, lost
        "opened_on": pl.Date,  # null: an order list has none
        "expected_on": pl.Date,
        "closed_on": pl.Date,  # null while open
        "amount": pl.Int64,
        "cost": pl.Int64,  # null: unknown
        "loss_reason": KEY,
    }
)
DEAL_LINES = pl.Schema(
    {
        "deal_id": pl.String,
        "line": pl.Int64,
        "product": KEY,
        "category": KEY,
        "quantity": pl.Float64,
        "amount": pl.Int64,
        "cost": pl.Int64,
    }
)
STAGE_EVENTS = pl.Schema(
    {
        "deal_id": pl.String,
        "seq": pl.Int64,
        "stage": KEY,
        "entered_on": pl.Date,
        "entered_at": pl.Datetime("us"),
    }
)
VISITS = pl.Schema(
    {
        "visit_id": pl.String,
        "customer_id": pl.String,
        "rep_id": KEY,
        "deal_id": pl.String,
        "kind": KEY,
        "is_visit": pl.Boolean,  # False for tasks and e-mails
        "visited_on": pl.Date,
        "visited_at": pl.Datetime("us"),
        "hour": pl.Int8,  # of the department's clocks; null: only the day is known
        "minutes": pl.Int64,
        "has_outcome": pl.Boolean,  # what came of it was written down
        "next_on": pl.Date,
    }
)
TARGETS = pl.Schema(
    {
        "subject_kind": KEY,  # rep, team
        "subject": KEY,  # rep_id or team
        "month": pl.Date,  # its first day
        "amount": pl.Int64,
    }
)
WORK_REPORTS = pl.Schema(
    {
        "report_id": pl.String,
        "rep_id": KEY,
        "period_on": pl.Date,  # Monday of the ISO week
        "status": KEY,  # draft, submitted, reviewed
        "summary": pl.String,
        "projects": pl.String,  # JSON list of {"deal_id", "note"}
        "plan": pl.String,
        "submitted_on": pl.Date,
        "submitted_at": pl.Datetime("us"),
        "read_at": pl.Datetime("us"),
        "reviewed_at": pl.Datetime("us"),
        "reviewed_by": pl.String,
        "comment": pl.String,
    }
)
SETTINGS = pl.Schema({"name": pl.String, "value": pl.String})  # value is JSON

TABLES: dict[str, pl.Schema] = {
    "reps": REPS,
    "rep_teams": REP_TEAMS,
    "stages": STAGES,
    "customers": CUSTOMERS,
    "deals": DEALS,
    "deal_lines": DEAL_LINES,
    "stage_events": STAGE_EVENTS,
    "visits": VISITS,
    "targets": TARGETS,
    "work_reports": WORK_REPORTS,
    "settings": SETTINGS,
}


class SchemaError(TypeError):
    """A frame reached a function without the columns it needs."""


def require(frame: pl.LazyFrame, schema: pl.Schema) -> pl.LazyFrame:
    """The frame cut to `schema`; reads no rows.

    Raises:
        SchemaError: a column is missing or has another type; all are named.
    """
    actual = frame.collect_schema()
    wrong = {n: (t, actual.get(n)) for n, t in schema.items() if actual.get(n) != t}
    if wrong:
        raise SchemaError("; ".join(f"{n}: want {w}, got {g}" for n, (w, g) in wrong.items()))
    return frame.select(schema.names())


def unit(column: str) -> str:
    """The unit a column's name declares: money, rate, days, day, month or plain."""
    for suffix, name in _UNITS.items():
        if column == suffix or column.endswith(f"_{suffix}"):
            return name
    return "plain"


_UNITS = {
    "amount": "money",
    "cost": "money",
    "gross_profit": "money",
    "rate": "rate",
    "days": "days",
    "on": "day",
    "month": "month",
}
