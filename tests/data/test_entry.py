from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from data import entry
from data.changes import Insert, Update
from data.errors import NotFoundError, RefusedError
from data.forms import Form
from data.records import (
    Contact,
    Customer,
    Deal,
    DealLine,
    Membership,
    Rep,
    Stage,
    StageEvent,
    Target,
    Visit,
    WorkReport,
)
from tests.actors import by

DAY = date(2026, 3, 2)
REPORT = {"summary": "a", "problems": "b", "plan": "c", "visits_planned": 3}
WEEKLY = "weekly/R1/2026-03-02"


def _id():
    return entry.new_form_id()


def _row(store, record, id):
    return store.rows(record, ids=[id]).row(0, named=True)


def _codes(call, *args, **kwargs):
    """The problems of a refused form as (field, code)."""
    with pytest.raises(RefusedError) as raised:
        call(*args, **kwargs)
    return raised.value.problems.select("field", "code").rows()


@pytest.fixture
def deal(department):
    values = {"id": "D1", "rep_id": "R1", "opened_on": DAY, "amount": Decimal(100)}
    entry.add_deal(department, values, by("gm"), _id())
    return department


@pytest.fixture
def report(department):
    entry.save_report(department, "R1", DAY, REPORT, by("R1"), _id(), submit=True)
    return department


def test_a_form_id_is_a_uuid_of_its_own():
    assert UUID(entry.new_form_id()) != UUID(entry.new_form_id())


# ---- adding


def test_an_added_record_has_the_form_s_id_and_declared_defaults(department):
    receipt = entry.add(
        department, Customer, {"name": " Heng Yuan ", "address": " "}, by("gm"), "f1"
    )
    assert receipt == ("f1", ("f1",), True)
    row = _row(department, Customer, "f1")
    assert (row["name"], row["address"], row["tracking"]) == ("Heng Yuan", None, "potential")
    assert (row["origin"], row["created_at"]) == ("entry", row["updated_at"])


def test_a_record_of_several_keys_has_its_id_from_them(department):
    target = {"subject": "R1", "month": date(2026, 3, 1), "amount": 5}
    assert entry.add(department, Target, target, by("gm"), "f1").ids == ("rep/R1/2026-03-01",)
    assert _codes(entry.add, department, Target, target, by("gm"), "f2") == [
        ("month", "duplicate_key")
    ]


def test_a_form_sent_again_changes_nothing(department):
    versions = department.versions()
    first = entry.add(department, Customer, {"name": "x"}, by("gm"), "f1")
    again = entry.add(department, Customer, {"name": "x"}, by("gm"), "f1")
    assert (first.is_new, again.is_new, first.ids) == (True, False, again.ids)
    assert department.versions()["customers"] == versions["customers"] + 1


def test_an_id_that_is_taken_is_refused(department):
    values = {"id": "C1", "name": "x"}
    assert _codes(entry.add, department, Customer, values, by("gm"), _id()) == [
        ("id", "duplicate_key")
    ]


def test_a_refused_form_names_every_problem_and_stores_nothing(department):
    before = department.versions()
    visit = {
        "rep_id": "R9",
        "customer_id": "C9",
        "minutes": 2000,
        "visited_at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    assert _codes(entry.add, department, Visit, visit, by("gm"), "f1") == [
        ("minutes", "too_large"),
        ("topic", "visit_needs_topic"),
        ("customer_id", "unknown_reference"),
        ("rep_id", "unknown_reference"),
    ]
    assert department.versions() == before
    visit |= {"rep_id": "R1", "customer_id": "C1", "minutes": 20, "topic": "x"}
    assert entry.add(department, Visit, visit, by("gm"), "f1").is_new  # the corrected form


def test_changes_of_one_form_may_refer_to_each_other(department):
    changes = (
        Insert(Customer, {"id": "C9", "name": "x"}),
        Insert(Contact, {"id": "P9", "customer_id": "C9", "name": "y"}),
    )
    assert department.submit(Form("f1", by("gm"), changes)).ids == ("C9", "P9")


def test_a_form_is_stored_as_a_whole_or_not_at_all(department):
    changes = (Insert(Customer, {"id": "C9", "name": "x"}), Update(Customer, "C8", {"name": "y"}))
    with pytest.raises(NotFoundError):
        department.submit(Form("f1", by("gm"), changes))
    assert department.rows(Customer, ids=["C9"]).is_empty()
    changes = (Insert(Customer, {"id": "C9", "name": "x"}), Insert(Customer, {"id": "C8"}))
    with pytest.raises(RefusedError) as raised:
        department.submit(Form("f1", by("gm"), changes))
    assert raised.value.problems.select("row", "field").rows() == [(1, "name")]
    assert department.rows(Customer, ids=["C9"]).is_empty()


def test_money_is_kept_to_four_decimals_and_refused_beyond_the_column(department):
    customer = {"id": "C9", "name": "x", "registered_capital": Decimal("0.12345")}
    entry.add(department, Customer, customer, by("gm"), _id())
    assert _row(department, Customer, "C9")["registered_capital"] == Decimal("0.1234")
    for wrong in (Decimal(10) ** 14, Decimal("NaN"), Decimal("Infinity")):
        customer |= {"id": "C8", "registered_capital": wrong}
        refused = _codes(entry.add, department, Customer, customer, by("gm"), _id())
        assert refused == [("registered_capital", "too_large")]


@pytest.mark.parametrize(
    "values",
    [{"minutes": 1.5}, {"minutes": True}, {"next_on": datetime(2026, 3, 2)}, {"topic": 5}],
)
def test_a_value_of_another_type_is_a_bug(department, values):
    with pytest.raises(TypeError):
        entry.add(department, Visit, {"rep_id": "R1", **values}, by("gm"), _id())
    with pytest.raises(KeyError):
        entry.add(department, Visit, {"colour": "red"}, by("gm"), _id())


def test_moments_with_a_zone_are_kept_in_utc(department):
    visit = {"rep_id": "R1", "customer_id": "C1", "minutes": 20, "topic": "x"}
    local = datetime(2026, 3, 2, 9, tzinfo=department.settings().zone)
    entry.add(department, Visit, {**visit, "visited_at": local}, by("gm"), "V1")
    assert _row(department, Visit, "V1")["visited_at"] == datetime(2026, 3, 2, 1)


# ---- editing


def test_an_edit_changes_the_named_fields_only(department):
    before = _row(department, Customer, "C1")
    entry.edit(department, Customer, "C1", {"region": "East"}, by("gm"), _id())
    after = _row(department, Customer, "C1")
    assert after == {**before, "region": "East", "updated_at": after["updated_at"]}
    assert after["updated_at"] > before["updated_at"]


def test_an_edit_that_changes_nothing_writes_nothing(department):
    before = department.versions(), department.audit_rows()["seq"][-1]
    entry.edit(department, Customer, "C1", {"name": "Customer 1 "}, by("gm"), _id())
    assert (department.versions(), department.audit_rows()["seq"][-1]) == before


def test_an_edit_of_a_record_that_is_not_there_is_refused(department):
    with pytest.raises(NotFoundError):
        entry.edit(department, Customer, "C9", {"region": "East"}, by("gm"), _id())


def test_an_emptied_field_with_a_default_gets_it(department):
    entry.edit(department, Customer, "C1", {"tracking": "trackable"}, by("gm"), _id())
    entry.edit(department, Customer, "C1", {"tracking": None}, by("gm"), _id())
    assert _row(department, Customer, "C1")["tracking"] == "potential"


def test_the_fields_that_make_an_id_stay(department):
    with pytest.raises(ValueError, match="make its id"):
        entry.edit(department, Membership, "R1/1900-01-01", {"rep_id": "R2"}, by("gm"), _id())


def test_an_edit_is_not_refused_for_what_was_wrong_before(deal, load_import):
    load_import("Visit", {"id": "V1", "rep_id": "R1", "visited_at": datetime(2026, 3, 1)})
    entry.edit(deal, Visit, "V1", {"outcome": "good"}, by("gm"), _id())
    assert _codes(entry.edit, deal, Visit, "V1", {"minutes": -1}, by("gm"), _id()) == [
        ("minutes", "too_small")
    ]
    entry.edit(deal, Visit, "V1", {"topic": "x"}, by("gm"), _id())
    assert _codes(entry.edit, deal, Visit, "V1", {"topic": None}, by("gm"), _id()) == [
        ("topic", "visit_needs_topic")
    ]


# ---- deals


def test_a_new_deal_begins_in_the_first_open_stage(deal, clock):
    row = _row(deal, Deal, "D1")
    assert (row["stage"], row["status"]) == ("lead", "open")
    [event] = deal.rows(StageEvent).to_dicts()
    assert (event["id"], event["stage"]) == ("D1/1h", "lead")
    assert event["entered_at"] == clock.now.replace(tzinfo=None)


def test_a_new_deal_of_an_earlier_day_entered_its_stage_on_that_day(department):
    values = {"id": "D1", "rep_id": "R1", "opened_on": date(2026, 2, 1), "stage": "quote"}
    entry.add_deal(department, values, by("gm"), _id())
    assert department.frame("stage_events")["entered_on"].to_list() == [date(2026, 2, 1)]


def test_a_deal_filed_after_it_was_won_has_its_status_from_the_stage(department):
    values = {"id": "D1", "rep_id": "R1", "opened_on": date(2026, 1, 1), "stage": "won"}
    assert _codes(entry.add_deal, department, values, by("gm"), _id()) == [
        ("closed_on", "closed_needs_day"),
        ("amount", "won_needs_amount"),
    ]
    values |= {"closed_on": date(2026, 2, 2), "amount": Decimal(5)}
    entry.add_deal(department, values, by("gm"), _id())
    assert _row(department, Deal, "D1")["status"] == "won"
    assert department.frame("stage_events")["entered_on"].to_list() == [date(2026, 2, 2)]


def test_a_deal_needs_no_stage_where_none_is_set_up(store, file_record):
    file_record(Rep, id="R1", name="x")
    entry.add_deal(store, {"id": "D1", "rep_id": "R1", "opened_on": DAY}, by("gm"), _id())
    assert _row(store, Deal, "D1")["stage"] is None
    assert store.rows(StageEvent).is_empty()


def test_a_won_deal_is_closed_on_the_day_with_its_money(deal):
    entry.move_deal(deal, "D1", "won", DAY, by("gm"), _id(), amount=Decimal(90), cost=Decimal(60))
    row = _row(deal, Deal, "D1")
    assert (row["stage"], row["status"], row["closed_on"]) == ("won", "won", DAY)
    assert (row["amount"], row["cost"]) == (90, 60)
    assert deal.rows(StageEvent).sort("seq")["stage"].to_list() == ["lead", "won"]


def test_a_lost_deal_needs_its_reason(deal):
    refused = _codes(entry.move_deal, deal, "D1", "lost", DAY, by("gm"), _id())
    assert refused == [("loss_reason", "lost_needs_reason")]
    entry.move_deal(deal, "D1", "lost", DAY, by("gm"), _id(), loss_reason="price")
    assert _row(deal, Deal, "D1")["loss_reason"] == "price"


def test_a_reopened_deal_has_neither_closing_day_nor_reason(deal):
    entry.move_deal(deal, "D1", "lost", DAY, by("gm"), _id(), loss_reason="price")
    entry.move_deal(deal, "D1", "quote", DAY, by("gm"), _id(), expected_on=date(2026, 5, 1))
    row = _row(deal, Deal, "D1")
    assert (row["status"], row["closed_on"], row["loss_reason"]) == ("open", None, None)
    assert row["expected_on"] == date(2026, 5, 1)
    assert deal.rows(StageEvent).sort("seq")["stage"].to_list() == ["lead", "lost", "quote"]


def test_a_move_into_the_same_stage_changes_values_only(deal):
    entry.move_deal(deal, "D1", "lead", DAY, by("gm"), _id(), amount=Decimal(7))
    assert _row(deal, Deal, "D1")["amount"] == 7
    assert deal.rows(StageEvent).height == 1


def test_a_move_is_neither_in_the_future_nor_before_the_last(deal, clock):
    tomorrow, yesterday = DAY + timedelta(days=1), DAY - timedelta(days=1)
    for day, code in ((tomorrow, "in_future"), (yesterday, "before_last_move")):
        refused = _codes(entry.move_deal, deal, "D1", "quote", day, by("gm"), _id())
        assert refused == [("closed_on", code)]
    clock.pass_days(5)
    entry.move_deal(deal, "D1", "quote", tomorrow, by("gm"), _id())
    events = deal.frame("stage_events").sort("seq")
    assert events["entered_on"].to_list() == [DAY, tomorrow]


def test_moves_of_one_earlier_day_keep_their_order(deal, clock):
    clock.now = datetime(2026, 3, 2, 9, tzinfo=UTC)  # five in the afternoon
    entry.move_deal(deal, "D1", "quote", DAY, by("gm"), _id())
    clock.pass_days(3)
    entry.move_deal(deal, "D1", "won", DAY, by("gm"), _id())  # noon would be before the quote
    events = deal.rows(StageEvent).sort("seq")
    assert events["entered_at"].is_sorted()
    assert deal.frame("stage_events")["entered_on"].unique().to_list() == [DAY]


def test_what_has_happened_is_not_in_the_future(department):
    tomorrow = DAY + timedelta(days=1)
    new = {"rep_id": "R1", "opened_on": tomorrow}
    assert _codes(entry.add_deal, department, new, by("gm"), _id()) == [("opened_on", "in_future")]
    won = {"rep_id": "R1", "opened_on": DAY, "stage": "won", "amount": Decimal(1)}
    refused = _codes(entry.add_deal, department, won | {"closed_on": tomorrow}, by("gm"), _id())
    assert refused == [("closed_on", "in_future")]
    visit = {"rep_id": "R1", "customer_id": "C1", "minutes": 30, "topic": "x"}
    this_evening = datetime(2026, 3, 2, 15, 59)  # in UTC: the day ends at 16:00
    entry.add(department, Visit, visit | {"visited_at": this_evening}, by("R1"), _id())
    later = visit | {"visited_at": this_evening + timedelta(minutes=1)}
    assert _codes(entry.add, department, Visit, later, by("R1"), _id()) == [
        ("visited_at", "in_future")
    ]


def _event_days(store):
    return store.frame("stage_events").sort("seq")["entered_on"].to_list()


def test_a_deal_opened_on_another_day_entered_its_first_stage_on_that_day(deal, clock):
    clock.pass_days(5)
    for day in (DAY - timedelta(days=9), DAY + timedelta(days=4)):
        entry.edit(deal, Deal, "D1", {"opened_on": day}, by("gm"), _id())
        assert _event_days(deal) == [day]
    entry.move_deal(deal, "D1", "quote", DAY + timedelta(days=4), by("gm"), _id())
    assert _row(deal, Deal, "D1")["stage"] == "quote"


def test_a_deal_is_not_opened_after_it_moved_on(deal, clock):
    clock.pass_days(5)
    moved_on = DAY + timedelta(days=2)
    entry.move_deal(deal, "D1", "quote", moved_on, by("gm"), _id())
    late = {"opened_on": moved_on + timedelta(days=1)}
    refused = _codes(entry.edit, deal, Deal, "D1", late, by("gm"), _id())
    assert refused == [("opened_on", "opened_after_move")]
    entry.edit(deal, Deal, "D1", {"opened_on": moved_on}, by("gm"), _id())
    assert _event_days(deal) == [moved_on, moved_on]


def test_the_day_a_deal_was_won_stays_when_its_opening_is_corrected(department):
    values = {"id": "D1", "rep_id": "R1", "opened_on": DAY, "stage": "won", "closed_on": DAY}
    entry.add_deal(department, values | {"amount": Decimal(1)}, by("gm"), _id())
    entry.edit(department, Deal, "D1", {"opened_on": DAY - timedelta(days=9)}, by("gm"), _id())
    assert _event_days(department) == [DAY]


def test_a_move_into_no_stage_is_refused(deal):
    refused = _codes(entry.move_deal, deal, "D1", "heaven", DAY, by("gm"), _id())
    assert refused == [("stage", "unknown_reference")]


@pytest.mark.parametrize("field", ["stage", "status"])
def test_stage_and_status_move_only_by_a_move(deal, field):
    value = {"stage": "quote", "status": "lost"}[field]
    refused = _codes(entry.edit, deal, Deal, "D1", {field: value}, by("gm"), _id())
    assert refused == [(field, "moves_by_stage")]
    entry.edit(deal, Deal, "D1", {"stage": "lead", "status": "open", "name": "x"}, by("gm"), _id())


def test_a_deal_has_the_sums_of_its_lines(deal, file_record):
    file_record(DealLine, deal_id="D1", line=1, amount=Decimal("1.1"), cost=Decimal("0.4"))
    file_record(DealLine, deal_id="D1", line=2, amount=Decimal("2.2"), cost=Decimal("0.5"))
    row = _row(deal, Deal, "D1")
    assert (row["amount"], row["cost"]) == (Decimal("3.3"), Decimal("0.9"))
    entry.edit(deal, DealLine, "D1/2", {"cost": None}, by("gm"), _id())
    row = _row(deal, Deal, "D1")
    assert (row["amount"], row["cost"]) == (Decimal("3.3"), None)


def test_money_that_lines_decide_is_not_typed_in(deal, file_record):
    file_record(DealLine, deal_id="D1", line=1, amount=Decimal(5), cost=Decimal(4))
    refused = _codes(entry.edit, deal, Deal, "D1", {"amount": Decimal(9)}, by("gm"), _id())
    assert refused == [("amount", "sum_of_lines")]
    refused = _codes(entry.move_deal, deal, "D1", "won", DAY, by("gm"), _id(), cost=Decimal(1))
    assert refused == [("cost", "sum_of_lines")]
    entry.move_deal(deal, "D1", "won", DAY, by("gm"), _id(), amount=Decimal(5))
    assert _row(deal, Deal, "D1")["status"] == "won"


# ---- reps and their teams


def _history(store, rep="R1"):
    rows = store.rows(Membership, match={"rep_id": rep}).sort("from_on")
    return rows.select("team", "manager_id", "from_on", "until_on").rows()


def test_a_new_rep_s_history_begins_with_the_hiring(department, file_record):
    file_record(Rep, id="R3", name="x", team="East", manager_id="R1", hired_on=date(2025, 5, 1))
    assert _history(department, "R3") == [("East", "R1", date(2025, 5, 1), None)]


def test_a_rep_who_changes_team_has_a_new_row_from_today(department, clock):
    clock.pass_days(1)
    entry.edit(department, Rep, "R1", {"team": "North", "manager_id": "R2"}, by("gm"), _id())
    entry.edit(department, Rep, "R1", {"name": "Renamed"}, by("gm"), _id())
    clock.pass_days(1)
    entry.edit(department, Rep, "R1", {"team": "South"}, by("gm"), _id())
    assert _history(department) == [
        ("East", None, date(1900, 1, 1), date(2026, 3, 3)),
        ("North", "R2", date(2026, 3, 3), date(2026, 3, 4)),
        ("South", "R2", date(2026, 3, 4), None),
    ]


def test_a_team_corrected_on_the_same_day_leaves_no_empty_stay(department):
    entry.edit(department, Rep, "R1", {"team": "North"}, by("gm"), _id())
    entry.edit(department, Rep, "R1", {"team": "South"}, by("gm"), _id())
    assert _history(department) == [
        ("East", None, date(1900, 1, 1), DAY),
        ("South", None, DAY, None),
    ]


def test_a_membership_filed_by_hand_moves_the_rep(department, file_record):
    entry.edit(department, Membership, "R1/1900-01-01", {"until_on": DAY}, by("gm"), _id())
    file_record(Membership, rep_id="R1", team="North", manager_id="R2", from_on=DAY)
    row = _row(department, Rep, "R1")
    assert (row["team"], row["manager_id"]) == ("North", "R2")


# ---- weekly reports


def test_a_draft_is_one_report_of_the_week(department):
    for day in (DAY, DAY + timedelta(days=6)):
        entry.save_report(department, "R1", day, {"summary": str(day)}, by("R1"), _id(), False)
    [row] = department.rows(WorkReport).to_dicts()
    assert (row["id"], row["period_on"], row["status"]) == (WEEKLY, DAY, "draft")
    assert (row["summary"], row["submitted_at"]) == ("2026-03-08", None)


def test_two_who_write_one_report_keep_what_the_other_wrote(department):
    for values in ({"summary": "a", "plan": "p"}, {"problems": "b"}, {"plan": None}):
        entry.save_report(department, "R1", DAY, values, by("R1"), _id(), False)
    row = _row(department, WorkReport, WEEKLY)
    assert (row["summary"], row["problems"], row["plan"]) == ("a", "b", None)


def test_a_report_is_submitted_complete(department):
    values = {**REPORT, "plan": ""}
    assert _codes(entry.save_report, department, "R1", DAY, values, by("R1"), _id(), True) == [
        ("plan", "submitted_needs")
    ]
    assert department.rows(WorkReport).is_empty()


def test_a_submitted_report_keeps_its_first_moment_while_it_is_edited(report, clock):
    first = clock.now.replace(tzinfo=None)
    clock.pass_days(1)
    for submit in (True, False):
        entry.save_report(report, "R1", DAY, {"summary": f"{submit}"}, by("R1"), _id(), submit)
        row = _row(report, WorkReport, WEEKLY)
        assert (row["status"], row["submitted_at"]) == ("submitted", first)
        assert row["summary"] == f"{submit}"
    assert _codes(entry.save_report, report, "R1", DAY, {"plan": None}, by("R1"), _id(), False) == [
        ("plan", "submitted_needs")
    ]


def test_a_withdrawn_report_is_a_draft_again(report):
    entry.withdraw_report(report, WEEKLY, by("R1"), _id())
    assert _row(report, WorkReport, WEEKLY)["status"] == "draft"
    entry.save_report(report, "R1", DAY, {"plan": None}, by("R1"), _id(), submit=False)
    assert _codes(entry.review_report, report, WEEKLY, by("gm"), _id(), "x") == [
        ("status", "report_is_draft")
    ]


def test_the_first_reading_counts(report, clock):
    first = clock.now.replace(tzinfo=None)
    entry.read_report(report, WEEKLY, by("gm"), _id())
    clock.pass_days(1)
    before = report.versions()
    entry.read_report(report, WEEKLY, by("gm"), _id())
    assert _row(report, WorkReport, WEEKLY)["read_at"] == first
    assert report.versions() == before


def test_a_reviewed_report_is_closed_to_its_rep(report, clock):
    entry.review_report(report, WEEKLY, by("gm"), _id(), " good ")
    row = _row(report, WorkReport, WEEKLY)
    moment = clock.now.replace(tzinfo=None)
    assert (row["status"], row["comment"], row["reviewed_by"]) == ("reviewed", "good", "gm")
    assert (row["read_at"], row["reviewed_at"]) == (moment, moment)
    closed = [("status", "report_reviewed")]
    assert _codes(entry.save_report, report, "R1", DAY, REPORT, by("R1"), _id(), True) == closed
    assert _codes(entry.withdraw_report, report, WEEKLY, by("R1"), _id()) == closed


def test_a_second_review_replaces_the_comment(report):
    for comment in ("good", None):
        entry.review_report(report, WEEKLY, by("gm"), _id(), comment)
        assert _row(report, WorkReport, WEEKLY)["comment"] == comment


def test_a_report_of_nobody_is_refused(department):
    assert _codes(entry.save_report, department, "R9", DAY, {}, by("R9"), _id(), False) == [
        ("rep_id", "unknown_reference")
    ]


def test_stages_are_records_like_others(department):
    entry.edit(department, Stage, "lead", {"name_en": "New lead"}, by("gm"), _id())
    assert department.frame("stages").row(0, named=True)["name_en"] == "New lead"
