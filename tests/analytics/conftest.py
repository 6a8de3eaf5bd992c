"""Frames made by hand: a row has sensible values, a test names only those it is about.

Money is written as it is in frames (ten-thousandths), days as ISO text.
"""

import random
from datetime import date, datetime, timedelta

import polars as pl
import pytest

from analytics.query import FILTERS, Query
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
    "visits": {"rep_id": "R1", "kind": "visit", "is_visit": True, "has_outcome": False},
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
    return deal(deal_id, status="won", closed_on=closed_on, **({"stage": "won"} | values))


def lost(deal_id, closed_on, **values):
    return deal(deal_id, status="lost", closed_on=closed_on, **({"stage": "lost"} | values))


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
    moment = {"visited_at": f"{visited_on} 02:00:00", "hour": 10}
    return Row("visits", visit_id=visit_id, visited_on=visited_on, **(moment | values))


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
        k: (v,) if isinstance(v, str) and k in FILTERS else v
        for k, v in values.items()
        if k not in days
    }
    return Query(as_of=_typed(as_of, pl.Date), **days, **filters)


# ---- a random department: rows that agree with each other, different for each seed

FIRST = date(2025, 1, 1)
DAYS = (AS_OF - FIRST).days
REGIONS, INDUSTRIES, SIZES = (None, "Jiangsu", "Anhui"), (None, "Auto", "Food"), ("large", "small")
PRODUCTS, SOURCES, REASONS = (None, "Lathe", "Press"), ("Fair", "Referral"), (None, "Price", "Time")
REPS = ("R1", "R2", "R3", "R4")


def _on(rng, first=FIRST):
    return first + timedelta(days=rng.randint(0, max((AS_OF - first).days, 0)))


def _walk(rng, opened_on):
    """Stage by day: skips, steps back, losses that are re-opened; it may end open."""
    day, moves = opened_on, [(rng.choice(("lead", "lead", "quote")), opened_on)]
    while rng.random() < 0.8:
        day += timedelta(days=rng.randint(0, 60))
        if day > AS_OF:
            break
        moves.append((rng.choice(LADDER), day))
        if moves[-1][0] in ("won", "lost") and rng.random() < 0.7:
            break
    return moves


def _state(moves):
    """Stage, status and closing day after these moves."""
    if not moves:
        return {"stage": None, "status": "open", "closed_on": None}
    stage, since = moves[-1]
    for earlier, day in reversed(moves):
        if earlier != stage:
            break
        since = day
    status = stage if stage in ("won", "lost") else "open"
    return {"stage": stage, "status": status, "closed_on": since if status != "open" else None}


def _random_deal(rng, number):
    deal_id, opened_on = f"D{number:02}", _on(rng)
    is_order = rng.random() < 0.1
    moves = [] if is_order else _walk(rng, opened_on)
    state = _state(moves)
    if is_order:
        state = {"stage": None, "status": "won", "closed_on": opened_on}
    row = deal(
        deal_id,
        rep_id=rng.choice(REPS),
        customer_id=rng.choice((None, "C1", "C2", "C3", "C4")),
        product=rng.choice(PRODUCTS),
        source=rng.choice(SOURCES),
        opened_on=None if is_order else opened_on,
        amount=rng.choice((0, rng.randint(1, 9_000_000))),
        cost=rng.choice((None, rng.randint(0, 9_000_000))),
        loss_reason=rng.choice(REASONS) if state["status"] == "lost" else None,
        **state,
    )
    lines = _random_lines(rng, deal_id) if rng.random() < 0.3 else []
    if lines:
        row.values |= _sums(lines)
    return [row, *lines, *(event(deal_id, seq, *move) for seq, move in enumerate(moves, start=1))]


def _random_lines(rng, deal_id):
    return [
        line(
            deal_id,
            number,
            category=rng.choice(PRODUCTS),
            quantity=number,
            amount=rng.randint(0, 900_000),
            cost=rng.choice((None, rng.randint(0, 900_000))),
        )
        for number in range(1, rng.randint(2, 4))
    ]


def _sums(lines):
    """Amount and cost of a deal with these lines, as the store keeps them."""
    costs = [row.values["cost"] for row in lines]
    amount = sum(row.values["amount"] for row in lines)
    return {"amount": amount, "cost": None if None in costs else sum(costs)}


def random_rows(seed):
    """Rows of a small department whose stored states agree with its history."""
    rng = random.Random(seed)
    rows = [rep(rep_id, team="North", manager_id="M") for rep_id in REPS]
    rows += [rep("M"), member("R1", "North", "2020-01-01", "2025-10-10", manager_id="M")]
    rows += [member("R1", "South", "2025-10-10"), member("R2", "South", until_on="2026-02-01")]
    for number in range(1, 5):
        dimensions = {
            "region": rng.choice(REGIONS),
            "industry": rng.choice(INDUSTRIES),
            "size": rng.choice(SIZES),
        }
        rows.append(customer(f"C{number}", **dimensions))
    count = rng.randint(0, 40)
    rows += [row for number in range(count) for row in _random_deal(rng, number)]
    for number in range(rng.randint(0, 30)):
        on, whose = _on(rng), rng.choice(REPS)
        of_deal = rng.choice((None, f"D{rng.randrange(count):02}")) if count else None
        about = {"rep_id": whose, "customer_id": rng.choice((None, "C1")), "deal_id": of_deal}
        rows.append(visit(f"V{number}", on, is_visit=rng.random() < 0.8, **about))
    for month in (date(2026, m, 1) for m in range(1, 13)):
        goals = [(whose, "rep") for whose in REPS] + [("South", "team")]
        rows += [
            target(subject, month, rng.randint(1, 9_000_000), subject_kind=kind)
            for subject, kind in goals
            if rng.random() < 0.6
        ]
    return rows


def known_at(rows, day):
    """What had been recorded by the end of `day`: later rows dropped, states as they were."""
    moves = {}
    for row in rows:
        if row.table == "stage_events" and row.values["entered_on"] <= day:
            move = (row.values["stage"], row.values["entered_on"])
            moves.setdefault(row.values["deal_id"], []).append(move)
    return [row for row in (_known_row(row, day, moves) for row in rows) if row]


_DAY_OF = {"stage_events": "entered_on", "visits": "visited_on"}


def _known_row(row, day, moves):
    values = row.values
    if row.table in _DAY_OF:
        return row if values[_DAY_OF[row.table]] <= day else None
    if row.table != "deals":
        return row
    if (values["opened_on"] or values["closed_on"]) > day:
        return None
    if values["opened_on"] is None:  # an order has no history
        return row
    state = _state(moves.get(values["deal_id"], []))
    return Row("deals", **(values | state))


_BUILDERS = {
    f.__name__: f
    for f in (
        build,
        customer,
        deal,
        event,
        known_at,
        line,
        lost,
        member,
        query,
        random_rows,
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


@pytest.fixture(params=range(5), ids="seed{}".format)
def rows(request):
    """A random department; one law is tried on many."""
    return random_rows(request.param)
