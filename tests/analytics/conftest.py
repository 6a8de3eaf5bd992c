"""Frames made by hand: a row has sensible values, a test names only those it is about.

Money is written as it is in frames (ten-thousandths), days as ISO text.
"""

from datetime import date, datetime

import polars as pl
import pytest

from analytics.query import Query
from analytics.schemas import TABLES

LADDER = ("lead", "visit", "quote", "won", "lost")
AS_OF = date(2026, 6, 30)

DEFAULTS = {
    "reps": {"role": "rep", "status": "regular"},
    "rep_teams": {},
    "stages": {"kind": "open"},
    "customers": {"tracking": "trackable"},
    "deals": {"rep_id": "R1", "status": "open", "opened_on": "2026-01-05", "amount": 1_000_000},
    "deal_lines": {"line": 1, "amount": 1_000_000},
    "stage_events": {},
    "visits": {"rep_id": "R1", "kind": "visit", "is_visit": True, "visited_on": "2026-02-02"},
    "targets": {"subject_kind": "rep", "subject": "R1", "month": "2026-01-01"},
    "work_reports": {"rep_id": "R1", "status": "submitted", "period_on": "2026-01-05"},
    "settings": {},
}


class Row:
    """One row of a table."""

    def __init__(self, table, **values):
        unknown = values.keys() - TABLES[table].keys()
        assert not unknown, f"{table} has no {unknown}"
        self.table = table
        self.values = DEFAULTS[table] | values


def _typed(value, dtype):
    if isinstance(value, str) and dtype == pl.Date:
        return date.fromisoformat(value)
    if isinstance(value, str) and dtype == pl.Datetime:
        return datetime.fromisoformat(value)
    return value


def table(name, rows):
    """The frame of one table; columns that no row names are null."""
    schema = TABLES[name]
    data = {c: [_typed(row.get(c), t) for row in rows] for c, t in schema.items()}
    return pl.DataFrame(data, schema=schema)


def _ladder():
    kinds = {"won": "won", "lost": "lost"}
    return [
        {
            "stage": stage,
            "name_zh": f"{stage} 中",
            "name_en": stage.title(),
            "kind": kinds.get(stage, "open"),
            "position": position,
        }
        for position, stage in enumerate(LADDER, start=1)
    ]


def build(*rows):
    """Every table as a lazy frame; reps that rows name but nobody made are added, and a ladder."""
    by_table = {name: [r.values for r in rows if r.table == name] for name in TABLES}
    named = {r["rep_id"] for name in ("deals", "visits") for r in by_table[name]}
    named |= {r["subject"] for r in by_table["targets"] if r["subject_kind"] == "rep"}
    missing = sorted(named - {r["rep_id"] for r in by_table["reps"]})
    by_table["reps"] += [rep(rep_id).values for rep_id in missing]
    by_table["stages"] = by_table["stages"] or _ladder()
    return {name: table(name, values).lazy() for name, values in by_table.items()}


def deal(deal_id, **values):
    return Row("deals", deal_id=deal_id, **values)


def won(deal_id, closed_on, **values):
    return deal(deal_id, status="won", stage="won", closed_on=closed_on, **values)


def lost(deal_id, closed_on, **values):
    return deal(deal_id, status="lost", stage="lost", closed_on=closed_on, **values)


def line(deal_id, line=1, **values):
    return Row("deal_lines", deal_id=deal_id, line=line, **values)


def event(deal_id, seq, stage, entered_on):
    entered_at = f"{entered_on} 02:00:00"
    return Row(
        "stage_events",
        deal_id=deal_id,
        seq=seq,
        stage=stage,
        entered_on=entered_on,
        entered_at=entered_at,
    )


def visit(visit_id, visited_on="2026-02-02", **values):
    return Row("visits", visit_id=visit_id, visited_on=visited_on, **values)


def customer(customer_id, **values):
    return Row("customers", customer_id=customer_id, **({"customer": customer_id} | values))


def rep(rep_id, **values):
    return Row("reps", rep_id=rep_id, **({"rep": rep_id} | values))


def member(rep_id, team, from_on="1900-01-01", until_on=None, **values):
    return Row("rep_teams", rep_id=rep_id, team=team, from_on=from_on, until_on=until_on, **values)


def target(subject, month, amount, **values):
    return Row("targets", subject=subject, month=month, amount=amount, **values)


def work_report(report_id, rep_id, period_on, **values):
    return Row("work_reports", report_id=report_id, rep_id=rep_id, period_on=period_on, **values)


def setting(name, value):
    return Row("settings", name=name, value=value)


def stage(stage_id, position, **values):
    names = {"name_zh": stage_id, "name_en": stage_id}
    return Row("stages", stage=stage_id, position=position, **(names | values))


def query(as_of=AS_OF, **values):
    """A query; days may be ISO text, a filter a single text."""
    days = {k: _typed(values[k], pl.Date) for k in ("since", "until") if k in values}
    filters = {
        k: (v,) if isinstance(v, str) and k not in ("by", "rank_by", "grain") else v
        for k, v in values.items()
        if k not in days
    }
    return Query(as_of=_typed(as_of, pl.Date), **days, **filters)


_BUILDERS = {
    f.__name__: f
    for f in (
        build,
        customer,
        deal,
        event,
        line,
        lost,
        member,
        query,
        rep,
        setting,
        stage,
        target,
        visit,
        won,
        work_report,
    )
}


@pytest.fixture(scope="session")
def make():
    """All builders: make.build(make.deal("D1"), make.visit("V1")) and so on."""
    return type("Make", (), {name: staticmethod(f) for name, f in _BUILDERS.items()})
