from datetime import UTC, date, datetime
from decimal import Decimal

import polars as pl
import pytest

from analytics.schemas import TABLES
from data import entry
from data.errors import NotADemoError, RefusedError
from data.records import (
    Contact,
    Customer,
    Deal,
    DealLine,
    Membership,
    Rep,
    StageEvent,
    Target,
    Visit,
    WorkReport,
)
from data.store import Scope, utc_now
from tests.actors import by

DAY = date(2026, 3, 2)
SCOPES = (Scope(), Scope(team="East"), Scope(rep_id="R1"), Scope(team="East", rep_id="R1"))
SUBMITTED = {"summary": "a", "problems": "b", "plan": "c", "visits_planned": 3}


@pytest.fixture
def filled(department, file_record):
    """One row of everything for each of R1 (East) and R2 (West)."""
    for n in ("1", "2"):
        file_record(Contact, id=f"P{n}", customer_id=f"C{n}", name="Someone")
        values = {"id": f"D{n}", "rep_id": f"R{n}", "customer_id": f"C{n}", "opened_on": DAY}
        entry.add_deal(department, values, by("gm"), entry.new_form_id())
        file_record(DealLine, deal_id=f"D{n}", line=1, amount=Decimal(100))
        visit = {"minutes": 30, "topic": "talk", "visited_at": datetime(2026, 3, 1, 17)}
        file_record(Visit, id=f"V{n}", rep_id=f"R{n}", customer_id=f"C{n}", **visit)
        file_record(Target, subject=f"R{n}", month=date(2026, 3, 1), amount=Decimal(1000))
        entry.save_report(department, f"R{n}", DAY, SUBMITTED, by("gm"), entry.new_form_id(), True)
    for team in ("East", "West"):
        target = {"subject": team, "month": date(2026, 3, 1), "amount": Decimal(5000)}
        file_record(Target, subject_kind="team", **target)
    return department


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("table", TABLES)
def test_a_frame_of_an_empty_store_keeps_its_contract(store, table, scope):
    rows = store.frame(table, scope)
    assert rows.schema == TABLES[table]
    assert rows.is_empty() == (table != "settings")


def test_every_frame_keeps_its_contract(filled):
    for table, schema in TABLES.items():
        for scope in SCOPES:
            rows = filled.frame(table, scope)
            assert rows.schema == schema, table
            assert not rows.is_empty(), table


def test_a_frame_of_no_table_is_an_error(store):
    with pytest.raises(KeyError):
        store.frame("invoices")


def test_money_leaves_as_whole_ten_thousandths(department, file_record):
    amounts = ["0.0001", "1234.5678", "99999999999999.9999"]
    for i, amount in enumerate(amounts):
        deal = {"id": f"D{i}", "amount": Decimal(amount), "opened_on": DAY}
        file_record(Deal, rep_id="R1", **deal)
    deals = department.frame("deals").sort("deal_id")
    assert deals["amount"].to_list() == [1, 12345678, 999999999999999999]
    assert deals["cost"].to_list() == [None] * 3
    stored = department.rows(Deal).sort("id")["amount"]
    assert stored.to_list() == [Decimal(a) for a in amounts]


@pytest.mark.parametrize(
    ("timezone", "day"),
    [("Asia/Shanghai", date(2026, 3, 2)), ("UTC", date(2026, 3, 1)), ("Europe/Berlin", DAY)],
)
def test_a_business_day_is_that_of_the_department_s_time_zone(filled, timezone, day):
    visit = {"visited_at": datetime(2026, 3, 1, 23, 30, tzinfo=UTC)}
    if timezone != "Europe/Berlin":
        visit = {"visited_at": datetime(2026, 3, 1, 17, 0, tzinfo=UTC)}
    entry.edit(filled, Visit, "V1", visit, by("gm"), entry.new_form_id())
    filled.save_settings({"timezone": timezone}, by("gm"))
    visits = filled.frame("visits", Scope(rep_id="R1"))
    assert visits["visited_on"].to_list() == [day]


@pytest.mark.parametrize(
    ("timezone", "hours"), [("Asia/Shanghai", [22, None, 0]), ("UTC", [14, 16, 16])]
)
def test_an_hour_is_that_of_the_department_and_midnight_sharp_is_none(
    department, file_record, timezone, hours
):
    for moment in ((14, 45), (16, 0), (16, 1)):
        visit = {"minutes": 5, "topic": "x", "visited_at": datetime(2026, 3, 1, *moment)}
        file_record(Visit, rep_id="R1", customer_id="C1", **visit)
    department.save_settings({"timezone": timezone}, by("gm"))
    assert department.frame("visits").sort("visited_at")["hour"].to_list() == hours


def test_a_visit_tells_whether_its_outcome_was_written_down(department, file_record):
    for minutes, outcome in ((1, None), (2, " "), (3, "They ordered")):
        visit = {"topic": "x", "visited_at": datetime(2026, 3, 1, 8), "outcome": outcome}
        file_record(Visit, rep_id="R1", customer_id="C1", minutes=minutes, **visit)
    told = department.frame("visits").sort("minutes")["has_outcome"].to_list()
    assert told == [False, False, True]


def test_tasks_and_emails_are_no_visits(department, file_record):
    for kind in ("visit", "call", "online", "task", "email"):
        visit = {"minutes": 5, "topic": "x", "visited_at": datetime(2026, 3, 1)}
        file_record(Visit, rep_id="R1", customer_id="C1", kind=kind, **visit)
    visits = department.frame("visits")
    counted = visits.filter("is_visit")["kind"].to_list()
    assert sorted(counted) == ["call", "online", "visit"]


def test_a_rep_sees_own_rows_only(filled):
    scope = Scope(rep_id="R1")
    for record in (Customer, Contact, Deal, Visit):
        assert filled.rows(record, scope)["id"].str.slice(1).to_list() == ["1"], record
    for record in (DealLine, StageEvent):
        assert filled.rows(record, scope)["deal_id"].to_list() == ["D1"]
    assert filled.rows(Target, scope)["subject"].to_list() == ["R1"]
    assert filled.rows(WorkReport, scope)["rep_id"].to_list() == ["R1"]


def test_a_rep_sees_customers_of_own_deals_and_visits(filled, file_record):
    for customer in ("C3", "C4", "C5"):
        file_record(Customer, id=customer, name=customer, owner_rep_id="R2")
    file_record(Deal, rep_id="R1", customer_id="C3", opened_on=DAY)
    visit = {"minutes": 5, "topic": "x", "visited_at": datetime(2026, 3, 1)}
    file_record(Visit, rep_id="R1", customer_id="C4", **visit)
    assert sorted(filled.rows(Customer, Scope(rep_id="R1"))["id"]) == ["C1", "C3", "C4"]


def test_everybody_sees_the_names_of_reps_teams_and_stages(filled):
    for table, height in (("reps", 2), ("rep_teams", 2), ("stages", 4)):
        assert filled.frame(table, Scope(rep_id="R1")).height == height


def test_a_team_sees_the_rows_of_its_reps(filled):
    scope = Scope(team="West")
    for record in (Customer, Contact, Deal, Visit):
        assert filled.rows(record, scope)["id"].str.slice(1).to_list() == ["2"], record
    assert sorted(filled.rows(Target, scope)["subject"]) == ["R2", "West"]
    assert filled.rows(WorkReport, scope)["rep_id"].to_list() == ["R2"]


def test_an_unknown_team_or_rep_sees_nothing(filled):
    for scope in (Scope(team="North"), Scope(rep_id="R9"), Scope(team="West", rep_id="R1")):
        for record in (Customer, Contact, Deal, DealLine, StageEvent, Visit, WorkReport):
            assert filled.rows(record, scope).is_empty(), (scope, record)


def test_a_team_keeps_what_a_rep_did_in_it_and_the_next_team_sees_all(filled, clock, file_record):
    entry.move_deal(filled, "D1", "won", DAY, by("gm"), entry.new_form_id(), expected_on=DAY)
    clock.pass_days(10)
    entry.edit(filled, Rep, "R1", {"team": "North"}, by("gm"), entry.new_form_id())
    clock.pass_days(10)
    visit = {"minutes": 5, "topic": "x", "visited_at": datetime(2026, 3, 20)}
    file_record(Visit, id="V3", rep_id="R1", customer_id="C1", **visit)
    file_record(Deal, id="D3", rep_id="R1", opened_on=DAY)
    before, now = Scope(team="East"), Scope(team="North")
    assert filled.rows(Visit, before)["id"].to_list() == ["V1"]
    assert filled.rows(Deal, before)["id"].to_list() == ["D1"]  # an open deal has moved on
    assert filled.rows(WorkReport, before).height == 1
    assert sorted(filled.rows(Visit, now)["id"]) == ["V1", "V3"]
    assert sorted(filled.rows(Deal, now)["id"]) == ["D1", "D3"]


def test_a_team_sees_open_deals_from_the_department_s_day_on(filled, clock, file_record):
    later = date(2026, 6, 1)
    entry.edit(
        filled, Membership, "R1/1900-01-01", {"until_on": later}, by("gm"), entry.new_form_id()
    )
    file_record(Membership, rep_id="R1", team="North", from_on=later)
    assert filled.rows(Deal, Scope(team="North")).is_empty()
    assert filled.frame("deals", Scope(team="North")).is_empty()
    filled.save_settings({"as_of": later}, by("gm"))
    assert filled.rows(Deal, Scope(team="North"))["id"].to_list() == ["D1"]
    filled.save_settings({"as_of": None}, by("gm"))
    clock.now = datetime(2026, 5, 31, 16, 0, tzinfo=UTC)  # midnight in Shanghai
    assert filled.rows(Deal, Scope(team="North"))["id"].to_list() == ["D1"]


def test_rows_come_newest_change_first_and_can_be_chosen(filled, file_record):
    file_record(Customer, id="C3", name="Third", region="East")
    entry.edit(filled, Customer, "C1", {"region": "East"}, by("gm"), entry.new_form_id())
    assert filled.rows(Customer)["id"].to_list() == ["C1", "C3", "C2"]
    assert filled.rows(Customer, limit=1)["id"].to_list() == ["C1"]
    assert filled.rows(Customer, ids=["C2", "C9"])["id"].to_list() == ["C2"]
    assert filled.rows(Customer, ids=[]).is_empty()
    chosen = filled.rows(Customer, match={"region": "East", "owner_rep_id": None})
    assert chosen["id"].to_list() == ["C3"]
    assert filled.rows(Customer, Scope(rep_id="R1"), ids=["C2"]).is_empty()
    with pytest.raises(KeyError):
        filled.rows(Customer, match={"1 = 1 --": "x"})


def test_rows_carry_origin_and_moments_in_utc(filled, clock):
    row = filled.rows(Rep, ids=["R1"]).row(0, named=True)
    assert row["origin"] == "entry"
    moved = row["updated_at"] - clock.now.replace(tzinfo=None)
    assert 0 <= moved.total_seconds() < 1


def test_unknown_references_are_named_once(department):
    values = pl.Series(["C1", "C7", None, "C7", "C2"])
    assert department.unknown_references(Deal, "customer_id", values).to_list() == ["C7"]
    empty = pl.Series([], dtype=pl.String)
    assert department.unknown_references(Deal, "customer_id", empty).is_empty()
    with pytest.raises(ValueError, match="refers to nothing"):
        department.unknown_references(Deal, "name", values)


def test_settings_have_defaults_until_changed(store):
    assert store.settings().timezone == "Asia/Shanghai"
    store.save_settings({"currency": "EUR", "holidays": ["2026-10-01"]}, by("gm"))
    assert store.settings().currency == "EUR"
    assert store.settings().holidays == (date(2026, 10, 1),)
    shown = dict(store.frame("settings").rows())
    assert shown["currency"] == '"EUR"'
    assert shown["fiscal_month"] == "1"


def test_a_wrong_setting_changes_nothing(store):
    before = store.versions()
    with pytest.raises(RefusedError) as raised:
        store.save_settings({"currency": "EUR", "timezone": "Mars", "fiscal_month": 13}, by("gm"))
    assert sorted(raised.value.problems["field"]) == ["fiscal_month", "timezone"]
    assert store.settings().currency == "CNY"
    with pytest.raises(KeyError):
        store.save_settings({"colour": "red"}, by("gm"))
    assert store.versions() == before


def test_weights_of_the_scorecard_are_kept_in_their_order(store):
    assert store.settings().scorecard_weights == ()
    store.save_settings({"scorecard_weights": [["visits", 30], ["won_amount", 0]]}, by("gm"))
    assert store.settings().scorecard_weights == (("visits", 30), ("won_amount", 0))
    assert store.audit_rows().height == 1


@pytest.mark.parametrize("weights", [[["a", 101]], [["a", -1]], [["a", 0]], [["a", 1], ["a", 2]]])
def test_weights_that_weigh_nothing_or_twice_are_refused(store, weights):
    with pytest.raises(RefusedError):
        store.save_settings({"scorecard_weights": weights}, by("gm"))
    assert store.settings().scorecard_weights == ()


def test_settings_saved_as_they_are_change_nothing(store):
    before = store.versions()
    store.save_settings({"currency": "CNY"}, by("gm"))
    assert store.versions() == before
    assert store.audit_rows().is_empty()


def test_a_new_time_zone_makes_business_days_stale(filled):
    before = filled.versions()
    filled.save_settings({"timezone": "UTC"}, by("gm"))
    changed = {t for t, version in filled.versions().items() if version != before[t]}
    assert changed == {"settings", "visits", "stage_events", "work_reports"}


def test_today_is_the_business_day(store, clock):
    assert store.today() == date(2026, 3, 2)
    clock.now = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
    assert store.today() == date(2026, 3, 3)
    store.save_settings({"timezone": "America/New_York"}, by("gm"))
    assert store.today() == date(2026, 3, 2)


def test_versions_move_for_touched_tables_only(department, file_record):
    before = department.versions()
    file_record(Customer, name="Another")
    after = department.versions()
    assert after.pop("customers") == before.pop("customers") + 1
    assert after == before


def test_a_store_is_empty_until_a_record_comes(store, file_record):
    store.save_settings({"currency": "EUR"}, by("gm"))
    assert store.is_empty()
    file_record(Customer, name="First")
    assert not store.is_empty()


def test_only_a_demo_can_be_emptied(department):
    with pytest.raises(NotADemoError):
        department.empty_demo(by("gm"))
    assert not department.is_empty()


def test_a_rep_s_team_history_begins_with_the_rep(filled):
    rows = filled.rows(Membership).sort("rep_id")
    assert rows["id"].to_list() == ["R1/1900-01-01", "R2/1900-01-01"]


def test_the_clock_says_utc():
    assert utc_now().tzinfo is UTC
