from datetime import date, datetime
from decimal import Decimal

import polars as pl
import pytest

from data import columns
from data.checks import PROBLEMS, problems
from data.records import RECORDS, Customer, Deal, Rep, Stage, Target, Visit, WorkReport

DAY = date(2026, 3, 2)
WON = {"id": "D1", "rep_id": "R1", "status": "won", "amount": Decimal(1), "closed_on": DAY}
VISIT = {"id": "V1", "rep_id": "R1", "kind": "visit", "visited_at": datetime(2026, 3, 2)}
REPORT = {"id": "x", "kind": "weekly", "rep_id": "R1", "period_on": date(2026, 3, 2)} | {
    "status": "submitted",
    "submitted_at": datetime(2026, 3, 6, 9),
}


def _found(record, *rows, entry=False):
    """Problems as (row, field, code)."""
    found = problems(record, columns.frame(record, rows), entry=entry)
    assert found.schema == PROBLEMS
    return found.select("row", "field", "code").rows()


def _deal(**values):
    return {**WON, **values}


def test_a_row_that_keeps_every_demand_has_no_problem():
    assert _found(Deal, WON) == []


@pytest.mark.parametrize("record", RECORDS.values(), ids=list(RECORDS))
def test_no_rows_have_no_problems(record):
    assert _found(record, entry=True) == []


@pytest.mark.parametrize("empty", [None, "", "  ", "\n\t"])
def test_a_required_field_must_say_something(empty):
    assert _found(Customer, {"id": "C1", "name": empty, "tracking": "potential"}) == [
        (0, "name", "required")
    ]


def test_an_absent_required_column_is_missing_in_every_row():
    rows = pl.DataFrame({"id": ["C1", "C2"]})
    found = problems(Customer, rows, entry=False)
    assert found.select("row", "field", "code").rows() == [
        (0, "name", "required"),
        (1, "name", "required"),
    ]


def test_an_absent_column_counts_as_its_default():
    rows = pl.DataFrame({"id": ["D1"], "rep_id": ["R1"], "closed_on": [DAY]})
    found = problems(Deal, rows, entry=False)  # the default status is open
    assert found["code"].to_list() == ["open_has_no_close"]


def test_length_is_counted_in_characters_not_bytes():
    fits, long = "业" * 120, "业" * 121
    found = problems(
        Customer,
        columns.frame(
            Customer,
            [{"id": n, "name": n, "tracking": "potential"} for n in (fits, long)],
        ),
        entry=False,
    )
    assert found.rows() == [(1, "name", "too_long", long, "120")]


@pytest.mark.parametrize(("minutes", "codes"), [(-1, ["too_small"]), (0, []), (1440, [])])
def test_limits_are_inclusive(minutes, codes):
    found = _found(Visit, {**VISIT, "minutes": minutes})
    assert [code for _, _, code in found] == codes


def test_what_is_out_of_bounds_is_told_with_its_bound():
    visits = columns.frame(Visit, [{**VISIT, "minutes": 1441}])
    assert problems(Visit, visits, entry=False).rows() == [
        (0, "minutes", "too_large", "1441", "1440")
    ]
    deals = columns.frame(Deal, [_deal(amount=Decimal("-0.0001"))])
    assert problems(Deal, deals, entry=False).rows() == [(0, "amount", "too_small", "-0.0001", "0")]


def test_a_choice_is_one_of_the_declared():
    rows = columns.frame(Rep, [{"id": "R1", "name": "x", "role": "boss", "status": "regular"}])
    [problem] = problems(Rep, rows, entry=False).to_dicts()
    assert (problem["field"], problem["code"]) == ("role", "not_a_choice")
    assert problem["value"] == "boss"
    assert "gm_office" in problem["limit"]


def test_the_second_of_two_equal_ids_is_named():
    rows = [{**VISIT, "id": i} for i in ("a", "b", "a", "a", None, None)]
    assert _found(Visit, *rows) == [
        (2, "id", "duplicate_key"),
        (3, "id", "duplicate_key"),
        (4, "id", "required"),
        (5, "id", "required"),
    ]


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"closed_on": None}, "closed_needs_day"),
        ({"status": "open"}, "open_has_no_close"),
        ({"opened_on": date(2026, 3, 3)}, "closed_before_opened"),
        ({"amount": None}, "won_needs_amount"),
    ],
)
def test_a_broken_rule_is_named_at_its_field(values, code):
    [(row, field, found)] = _found(Deal, _deal(**values))
    assert (row, found) == (0, code)
    assert field == next(rule.field for rule in Deal.RULES if rule.code == code)


def test_rules_for_people_do_not_bind_exports():
    lost = _deal(status="lost", opened_on=None)
    assert _found(Deal, lost) == []
    assert _found(Deal, lost, entry=True) == [
        (0, "loss_reason", "lost_needs_reason"),
        (0, "opened_on", "needs_opened_on"),
    ]
    assert _found(Visit, VISIT) == []
    assert [code for _, _, code in _found(Visit, VISIT, entry=True)] == [
        "visit_needs_customer",
        "visit_needs_minutes",
        "visit_needs_topic",
    ]


def test_a_draft_may_be_incomplete_and_a_submitted_report_may_not():
    assert _found(WorkReport, {**REPORT, "status": "draft"}, entry=True) == []
    submitted = {**REPORT, "summary": "x", "visits_planned": 0}
    assert [field for _, field, _ in _found(WorkReport, submitted, entry=True)] == [
        "problems",
        "plan",
    ]


def test_a_report_is_of_a_week_and_tells_when_it_was_submitted():
    assert _found(WorkReport, REPORT) == []
    assert _found(WorkReport, {**REPORT, "period_on": date(2026, 3, 3)}) == [
        (0, "period_on", "week_is_monday")
    ]
    for status in ("submitted", "reviewed"):
        unsaid = {**REPORT, "status": status, "submitted_at": None}
        assert _found(WorkReport, unsaid) == [(0, "submitted_at", "submitted_needs_moment")]
    assert _found(WorkReport, {**REPORT, "status": "draft", "submitted_at": None}) == []


def test_a_target_is_for_a_month():
    target = {"id": "x", "subject_kind": "rep", "subject": "R1", "amount": Decimal(1)}
    assert _found(Target, {**target, "month": DAY}) == [(0, "month", "month_is_first_day")]
    assert _found(Target, {**target, "month": date(2026, 3, 1)}) == []


def test_problems_come_by_row_then_in_the_order_of_fields():
    stage = {"id": "s", "name_zh": "x", "name_en": "x", "kind": "open", "position": 1}
    rows = [
        {**stage, "id": "a", "position": 0, "kind": "x"},
        {**stage, "id": "b"},
        {**stage, "id": "c", "name_en": None, "name_zh": None},
    ]
    assert _found(Stage, *rows) == [
        (0, "kind", "not_a_choice"),
        (0, "position", "too_small"),
        (2, "name_zh", "required"),
        (2, "name_en", "required"),
    ]


def test_rows_are_checked_alone():
    """What is wrong with a row does not depend on the rows around it."""
    rows = [_deal(id="a"), _deal(id="b", closed_on=None), _deal(id="c", status="x")]
    together = {(rows[i]["id"], f, c) for i, f, c in _found(Deal, *rows)}
    alone = {(row["id"], f, c) for row in rows for _, f, c in _found(Deal, row)}
    assert together == alone != set()


def test_a_typed_frame_has_declared_fields_only():
    with pytest.raises(KeyError):
        columns.frame(Deal, [{"colour": "red"}])
