import random
import threading
from datetime import date, datetime
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from data import audit, columns, entry, forms
from data.changes import Insert
from data.compare import CHOICES, CONFLICTS
from data.errors import RefusedError, StoreInUseError
from data.known import Known
from data.load import Counts
from data.records import (
    RECORDS,
    Contact,
    Customer,
    Deal,
    DealLine,
    Membership,
    Rep,
    StageEvent,
    Visit,
)
from data.settings_table import read
from data.store import Store
from tests.actors import by

DAY = date(2026, 3, 2)


def _frame(record, *rows):
    types = columns.schema(record)
    return pl.DataFrame(rows, schema={name: types[name] for name in rows[0]}, orient="row")


def _load(store, frames, **options):
    options = {"actor": by("gm"), "origin": "import", "source": "crm", **options}
    return store.load({record.__name__: rows for record, rows in frames.items()}, **options)


def _export():
    """What a CRM exported: two reps, three customers, deals, lines, visits."""
    return {
        Rep: _frame(
            Rep,
            {"id": "R1", "name": "Chen", "team": "East", "hired_on": date(2024, 5, 1)},
            {"id": "R2", "name": "Wang", "team": "West", "hired_on": None},
        ),
        Customer: _frame(
            Customer,
            *(
                {"id": f"C{i}", "name": f"Customer {i}", "region": "East", "owner_rep_id": "R1"}
                for i in range(3)
            ),
        ),
        Deal: _frame(
            Deal,
            {"id": "D1", "rep_id": "R1", "customer_id": "C1", "amount": Decimal("10.5")},
            {"id": "D2", "rep_id": "R2", "customer_id": "C2", "amount": None},
        ),
        Visit: _frame(
            Visit,
            {"id": "V1", "rep_id": "R1", "visited_at": datetime(2026, 2, 1, 3, 0, 0, 5)},
            {"id": "V2", "rep_id": "R2", "visited_at": datetime(2026, 2, 2)},
        ),
    }


def _rows(store, record):
    """Everything but the moments, in the order of ids."""
    return store.rows(record).drop("created_at", "updated_at").sort("id").to_dicts()


def _all(store):
    return {record: _rows(store, record) for record in RECORDS.values()}


def _customer(store, id="C1"):
    return store.rows(Customer, ids=[id]).row(0, named=True)


@pytest.fixture
def imported(store):
    _load(store, _export())
    return store


def _edit(store, id="C1", **values):
    entry.edit(store, Customer, id, values, by("Chen"), entry.new_form_id())


def _customers(*ids, **values):
    return {Customer: _frame(Customer, *({"id": id, **values} for id in ids))}


def _cells(result):
    assert result.conflicts.schema == CONFLICTS
    return result.conflicts.select("id", "field", "mine", "theirs").rows()


def _choice(choice, field="region", id="C1"):
    return pl.DataFrame([("Customer", id, field, choice)], schema=CHOICES, orient="row")


# ---- new, changed, unchanged


def test_new_rows_get_declared_defaults_for_what_the_source_lacks(imported):
    deal = imported.rows(Deal, ids=["D1"]).row(0, named=True)
    assert (deal["status"], deal["cost"], deal["amount"]) == ("open", None, Decimal("10.5"))
    assert (deal["origin"], deal["created_at"]) == ("import", deal["updated_at"])
    visit = imported.rows(Visit, ids=["V1"]).row(0, named=True)
    assert (visit["kind"], visit["visited_at"]) == ("visit", datetime(2026, 2, 1, 3, 0, 0, 5))


def test_an_empty_cell_of_a_field_with_a_default_gets_it(store):
    rows = [{"id": "R1", "name": "x", "role": None}, {"id": "R2", "name": "y", "role": "gm"}]
    for _ in range(2):
        result = _load(store, {Rep: _frame(Rep, *rows)})
        assert store.rows(Rep).sort("id")["role"].to_list() == ["rep", "gm"]
    assert result.counts == {"Rep": Counts(0, 0, 2)}


def test_a_load_counts_what_it_did(store):
    result = _load(store, _export())
    assert result.counts == {
        "Rep": Counts(2, 0, 0),
        "Customer": Counts(3, 0, 0),
        "Deal": Counts(2, 0, 0),
        "Visit": Counts(2, 0, 0),
    }
    assert result.conflicts.is_empty()
    assert store.audit_rows()["action"].to_list() == ["load"]
    assert audit.verify(store) is None


def test_the_same_export_again_changes_nothing(imported, clock):
    before = imported.versions(), _all(imported), imported.audit_rows()["seq"][-1]
    clock.pass_days(1)
    result = _load(imported, _export())
    assert {(c.new, c.changed) for c in result.counts.values()} == {(0, 0)}
    assert (imported.versions(), _all(imported), imported.audit_rows()["seq"][-1]) == before


def test_a_later_export_changes_only_what_differs(imported, clock):
    clock.pass_days(1)
    before = imported.versions(), imported.rows(Customer)
    export = _export()
    export[Customer] = export[Customer].with_columns(
        region=pl.when(pl.col("id") == "C1").then(pl.lit("West")).otherwise("region")
    )
    assert _load(imported, export).counts["Customer"] == Counts(0, 1, 2)
    touched = {t for t, v in imported.versions().items() if v != before[0][t]}
    assert touched == {"customers"}
    changed = imported.rows(Customer).join(before[1], on=["id", "updated_at"], how="anti")
    assert changed.select("id", "region", "name").rows() == [("C1", "West", "Customer 1")]


def test_a_value_can_become_empty_and_come_back(imported):
    _load(imported, _customers("C1", region=None))
    assert _customer(imported)["region"] is None
    result = _load(imported, _customers("C1", region="East"))
    assert result.counts["Customer"] == Counts(0, 1, 0)
    assert _customer(imported)["region"] == "East"


def test_columns_the_source_lacks_are_left_alone(imported):
    _edit(imported, note="by hand")
    _load(imported, _customers("C1", region="West"))
    assert _customer(imported)["note"] == "by hand"
    assert _customer(imported)["name"] == "Customer 1"


def test_the_order_of_rows_and_of_records_means_nothing(store, tmp_path, clock):
    frames = _export()
    shuffled = list(frames.items())
    random.Random(7).shuffle(shuffled)
    _load(store, {r: rows.sample(fraction=1, shuffle=True, seed=7) for r, rows in shuffled})
    mixed = _all(store)
    result = _load(store, frames)
    assert {(c.new, c.changed) for c in result.counts.values()} == {(0, 0)}
    assert _all(store) == mixed


def test_an_export_in_two_parts_is_the_same_as_in_one(imported, tmp_path, clock):
    other = Store(tmp_path / "other.duckdb", clock)
    for start in (0, 1):
        _load(other, {r: rows.gather_every(2, start) for r, rows in _export().items()})
    assert _all(other) == _all(imported)
    other.close()


def test_a_dry_run_tells_and_keeps_nothing(imported):
    before = imported.versions(), _all(imported), imported.audit_rows()["seq"][-1]
    changes = {**_customers("C1", "C9", name="New name"), Rep: _export()[Rep]}
    result = _load(imported, changes, dry_run=True)
    assert result.counts["Customer"] == Counts(1, 1, 0)
    assert (imported.versions(), _all(imported), imported.audit_rows()["seq"][-1]) == before
    assert _load(imported, changes).counts == result.counts


def test_a_load_that_fails_keeps_nothing(imported):
    before = imported.versions(), _all(imported)
    export = {**_customers("C9", name="x"), Visit: _frame(Visit, {"id": "V9", "rep_id": "R1"})}
    with pytest.raises(duckdb.ConstraintException, match="visited_at"):  # checked by no import
        _load(imported, export)
    assert (imported.versions(), _all(imported)) == before
    assert audit.verify(imported) is None


def test_wrong_frames_are_bugs(imported):
    with pytest.raises(ValueError, match="comes twice"):
        _load(imported, _customers("C9", "C9", name="x"))
    with pytest.raises(ValueError, match="no such records"):
        imported.load({"Invoice": pl.DataFrame()}, actor=by("gm"), origin="import", source="crm")
    with pytest.raises(ValueError, match="no such columns"):
        rows = pl.DataFrame({"id": ["C1"], "colour": ["red"]})
        imported.load({"Customer": rows}, actor=by("gm"), origin="import", source="crm")


def test_no_rows_are_no_change(imported):
    before = imported.versions()
    result = _load(imported, {Customer: _export()[Customer].clear()})
    assert result.counts == {"Customer": Counts(0, 0, 0)}
    assert imported.versions() == before


def test_progress_is_told_in_the_caller_s_thread(store):
    told = []
    _load(store, _export(), progress=lambda *event: told.append((threading.get_ident(), *event)))
    assert {thread for thread, *_ in told} == {threading.get_ident()}
    assert [event for _, *event in told if event[0] == "Customer"] == [
        ["Customer", 0, 3],
        ["Customer", 3, 3],
    ]


# ---- values set by hand


def test_a_value_set_by_hand_outlives_the_same_export(imported):
    _edit(imported, region="South", note="n")
    result = _load(imported, _export())
    assert result.conflicts.is_empty()
    assert result.counts["Customer"] == Counts(0, 0, 3)
    assert _customer(imported)["region"] == "South"


def test_other_fields_of_the_row_are_still_updated(imported):
    _edit(imported, region="South")
    result = _load(imported, _customers("C1", name="Renamed", region="East"))
    assert result.counts["Customer"] == Counts(0, 1, 0)
    assert result.conflicts.is_empty()
    row = _customer(imported)
    assert (row["name"], row["region"]) == ("Renamed", "South")


def test_a_source_that_caught_up_with_the_hand_is_no_conflict(imported):
    _edit(imported, region="South")
    assert _load(imported, _customers("C1", region="South")).conflicts.is_empty()


def test_a_source_that_moved_on_too_is_listed_and_the_hand_stays(imported):
    _edit(imported, region="South")
    for _ in range(2):  # until somebody chooses
        result = _load(imported, _customers("C1", "C2", region="North"))
        assert _cells(result) == [("C1", "region", "South", "North")]
        assert _customer(imported)["region"] == "South"
        assert _customer(imported, "C2")["region"] == "North"


def test_kept_the_conflict_is_settled(imported):
    _edit(imported, region="South")
    north = _customers("C1", region="North")
    assert _load(imported, north, conflicts=_choice("keep")).conflicts.is_empty()
    assert _load(imported, north).conflicts.is_empty()
    assert _customer(imported)["region"] == "South"
    later = _load(imported, _customers("C1", region="Centre"))
    assert _cells(later) == [("C1", "region", "South", "Centre")]


def test_taken_the_source_has_its_say_again(imported):
    _edit(imported, region="South")
    north = _customers("C1", region="North")
    result = _load(imported, north, conflicts=_choice("take"))
    assert (result.counts["Customer"], result.conflicts.height) == (Counts(0, 1, 0), 0)
    assert _customer(imported)["region"] == "North"
    _load(imported, _customers("C1", region="Centre"))
    assert _customer(imported)["region"] == "Centre"


def test_a_choice_settles_its_own_cell_only(imported):
    _edit(imported, region="South", name="Mine")
    _edit(imported, "C2", region="South")
    source = _customers("C1", "C2", region="North", name="Theirs")
    result = _load(imported, source, conflicts=_choice("take"))
    assert _cells(result) == [
        ("C1", "name", "Mine", "Theirs"),
        ("C2", "region", "South", "North"),
    ]
    assert _customer(imported)["region"] == "North"


def test_an_edit_taken_back_leaves_the_source_its_say(imported):
    _edit(imported, region="South")
    _edit(imported, region="East")
    assert _load(imported, _customers("C1", region="North")).conflicts.is_empty()
    assert _customer(imported)["region"] == "North"


def test_the_first_imported_value_stays_the_base_over_several_edits(imported):
    _edit(imported, region="South")
    _edit(imported, region="Centre")
    assert _load(imported, _customers("C1", region="East")).conflicts.is_empty()
    assert _customer(imported)["region"] == "Centre"


def test_a_value_emptied_by_hand_stays_empty(imported):
    _edit(imported, region=None)
    assert _load(imported, _export()).conflicts.is_empty()
    assert _customer(imported)["region"] is None
    assert _cells(_load(imported, _customers("C1", region="North"))) == [
        ("C1", "region", None, "North")
    ]


@pytest.mark.parametrize(
    ("field", "imported_value", "by_hand", "later"),
    [
        ("amount", Decimal("10.5"), Decimal("11"), Decimal("12.3456")),
        ("expected_on", date(2026, 4, 1), date(2026, 5, 1), date(2026, 6, 1)),
        ("name", "a", "b", "c"),
        ("cost", None, Decimal("0.0001"), Decimal("7")),
    ],
)
def test_every_kind_of_value_is_compared_exactly(
    imported, load_import, field, imported_value, by_hand, later
):
    load_import("Deal", {"id": "D1", field: imported_value})
    entry.edit(imported, Deal, "D1", {field: by_hand, "opened_on": DAY}, by("Chen"), "form")
    assert load_import("Deal", {"id": "D1", field: imported_value}).conflicts.is_empty()
    result = load_import("Deal", {"id": "D1", field: later})
    assert result.conflicts.select("id", "field").rows() == [("D1", field)]
    assert imported.rows(Deal, ids=["D1"])[field].to_list() == [by_hand]


def test_a_row_filed_by_hand_is_not_overwritten(imported, file_record):
    file_record(Customer, id="C9", name="Mine", region="South")
    theirs = _customers("C9", name="Theirs", region="South")
    assert _cells(_load(imported, theirs)) == [("C9", "name", "Mine", "Theirs")]
    assert _load(imported, theirs, conflicts=_choice("keep", "name", "C9")).conflicts.is_empty()
    assert _load(imported, theirs).conflicts.is_empty()
    _load(imported, theirs, conflicts=_choice("take", "name", "C9"))
    assert _customer(imported, "C9")["name"] == "Theirs"  # the person thought again


def test_a_stage_moved_by_hand_outlives_an_older_export(imported, load_import, file_record):
    load_import(
        "Stage",
        *(
            {"id": s, "name_zh": s, "name_en": s, "kind": k, "position": i + 1}
            for i, (s, k) in enumerate([("lead", "open"), ("won", "won")])
        ),
    )
    old = {"id": "D1", "stage": "lead", "status": "open", "opened_on": DAY, "closed_on": None}
    load_import("Deal", old)
    event = {"id": "D1/1", "deal_id": "D1", "seq": 1, "stage": "lead"}
    load_import("StageEvent", {**event, "entered_at": datetime(2026, 3, 1, 20)})
    entry.move_deal(imported, "D1", "won", DAY, by("Chen"), "form", amount=Decimal(12))
    assert load_import("Deal", old).conflicts.is_empty()
    assert imported.rows(Deal, ids=["D1"])["status"].to_list() == ["won"]
    assert imported.rows(StageEvent).sort("seq")["stage"].to_list() == ["lead", "won"]


@pytest.fixture
def moved(imported, load_import):
    """D1, imported in the stage lead, moved to quote by hand."""
    kinds = {"lead": "open", "quote": "open", "won": "won", "lost": "lost"}
    load_import(
        "Stage",
        *(
            {"id": stage, "name_zh": stage, "name_en": stage, "kind": kind, "position": at}
            for at, (stage, kind) in enumerate(kinds.items(), start=1)
        ),
    )
    load_import("Deal", {**THEIR_WIN, "stage": "lead", "status": "open", "closed_on": None})
    load_import("StageEvent", _event(1, "lead", 1))
    entry.move_deal(imported, "D1", "quote", DAY, by("Chen"), "form")
    return imported


THEIR_WIN = {"id": "D1", "opened_on": date(2026, 3, 1), "stage": "won", "status": "won"} | {
    "closed_on": DAY,
    "loss_reason": None,
    "expected_on": None,
}


def _event(seq, stage, day):
    at = datetime(2026, 3, day, 1)
    return {"id": f"D1/{seq}", "deal_id": "D1", "seq": seq, "stage": stage, "entered_at": at}


def _where_it_stands(store):
    fields = ("stage", "status", "closed_on", "loss_reason", "expected_on")
    return store.rows(Deal, ids=["D1"]).select(fields).row(0)


def test_where_a_deal_stands_is_kept_as_a_whole_or_not_at_all(moved, load_import):
    expected_on = date(2026, 9, 1)
    for _ in range(2):
        result = load_import("Deal", {**THEIR_WIN, "expected_on": expected_on})
        assert _cells(result) == [
            ("D1", "closed_on", None, "2026-03-02"),
            ("D1", "stage", "quote", "won"),
            ("D1", "status", "open", "won"),
        ]
        assert _where_it_stands(moved) == ("quote", "open", None, None, expected_on)


@pytest.mark.parametrize("field", ["stage", "status", "closed_on"])
def test_one_choice_to_take_takes_where_the_deal_stands(moved, load_import, field):
    fields = [name for name in ("stage", "status", "closed_on") if name != field]
    keep = [("Deal", "D1", name, "keep") for name in fields]  # as the list is written out
    chosen = pl.DataFrame([("Deal", "D1", field, "take"), *keep], CHOICES, orient="row")
    assert load_import("Deal", THEIR_WIN, conflicts=chosen).conflicts.is_empty()
    assert _where_it_stands(moved) == ("won", "won", DAY, None, None)
    lost = {**THEIR_WIN, "stage": "lost", "status": "lost", "loss_reason": "price"}
    assert load_import("Deal", lost).conflicts.is_empty()
    assert _where_it_stands(moved) == ("lost", "lost", DAY, "price", None)


def test_where_a_deal_stands_once_kept_is_settled(moved, load_import):
    chosen = pl.DataFrame([("Deal", "D1", "stage", "keep")], CHOICES, orient="row")
    assert load_import("Deal", THEIR_WIN, conflicts=chosen).conflicts.is_empty()
    assert load_import("Deal", THEIR_WIN).conflicts.is_empty()
    assert _where_it_stands(moved) == ("quote", "open", None, None, None)


def test_a_move_by_hand_and_the_sources_next_are_both_history(moved, load_import):
    result = load_import("StageEvent", _event(1, "lead", 1), _event(2, "won", 2))
    assert (result.counts["StageEvent"], result.conflicts.height) == (Counts(1, 0, 1), 0)
    events = moved.rows(StageEvent).sort("id").select("id", "stage").rows()
    assert events == [("D1/1", "lead"), ("D1/2", "won"), ("D1/2h", "quote")]
    read = moved.frame("stage_events").sort("seq")
    assert read["stage"].to_list() == ["lead", "won", "quote"]
    assert read["seq"].is_unique().all()


# ---- team history


def _history(store):
    rows = store.rows(Membership).sort("id")
    return rows.select("rep_id", "team", "from_on", "until_on", "origin").rows()


def test_imported_reps_have_a_history_from_their_hiring(imported):
    assert _history(imported) == [
        ("R1", "East", date(2024, 5, 1), None, "import"),
        ("R2", "West", date(1900, 1, 1), None, "import"),
    ]


def test_an_imported_change_of_team_begins_today(imported, clock):
    clock.pass_days(1)
    reps = _export()[Rep].with_columns(team=pl.lit("East"))
    for _ in range(2):
        _load(imported, {Rep: reps})
        assert _history(imported) == [
            ("R1", "East", date(2024, 5, 1), None, "import"),
            ("R2", "West", date(1900, 1, 1), date(2026, 3, 3), "import"),
            ("R2", "East", date(2026, 3, 3), None, "import"),
        ]


def test_a_history_the_source_tells_stands(store):
    stays = [("East", date(2025, 1, 1), date(2026, 1, 1)), ("West", date(2026, 1, 1), None)]
    history = _frame(
        Membership,
        *(
            {"id": f"R1/{since}", "rep_id": "R1", "team": team, "from_on": since, "until_on": until}
            for team, since, until in stays
        ),
    )
    reps = _frame(Rep, {"id": "R1", "name": "x"}, {"id": "R2", "name": "y"})
    for _ in range(2):
        result = _load(store, {Membership: history, Rep: reps})
        assert [row[:4] for row in _history(store)] == [
            ("R1", "East", date(2025, 1, 1), date(2026, 1, 1)),
            ("R1", "West", date(2026, 1, 1), None),
            ("R2", None, date(1900, 1, 1), None),
        ]
        assert store.rows(Rep).sort("id")["team"].to_list() == ["West", None]
    assert {(c.new, c.changed) for c in result.counts.values()} == {(0, 0)}


def test_a_history_alone_moves_the_reps(imported):
    stay = {"id": "R1/2024-05-01", "rep_id": "R1", "team": "East", "from_on": date(2024, 5, 1)}
    rows = [
        {**stay, "until_on": date(2026, 1, 1)},
        {**stay, "id": "R1/2026-01-01", "team": "North", "from_on": date(2026, 1, 1)},
    ]
    for _ in range(2):
        _load(imported, {Membership: _frame(Membership, *rows)})
        assert imported.rows(Rep, ids=["R1"])["team"].to_list() == ["North"]


def test_a_rep_who_left_gets_no_new_stay_from_a_changed_name(imported, clock):
    clock.pass_days(1)
    left = {"until_on": date(2026, 3, 3)}
    entry.edit(imported, Membership, "R1/2024-05-01", left, by("gm"), entry.new_form_id())
    clock.pass_days(1)
    _load(imported, {Rep: _frame(Rep, {"id": "R1", "name": "Chen Liqun", "team": "East"})})
    assert [row[3] for row in _history(imported) if row[0] == "R1"] == [date(2026, 3, 3)]
    _load(imported, {Rep: _frame(Rep, {"id": "R1", "name": "Chen Liqun", "team": "West"})})
    assert [row[1:4] for row in _history(imported) if row[0] == "R1"] == [
        ("East", date(2024, 5, 1), date(2026, 3, 3)),
        ("West", date(2026, 3, 4), None),
    ]


# ---- line sums


def _lines(*costs):
    rows = (
        {"id": f"D1/{i}", "deal_id": "D1", "line": i, "amount": Decimal("1.25"), "cost": cost}
        for i, cost in enumerate(costs, start=1)
    )
    return {DealLine: _frame(DealLine, *rows)}


def _money(store, id="D1"):
    return store.rows(Deal, ids=[id]).select("amount", "cost").row(0)


def test_a_deal_has_the_sums_of_its_lines(imported):
    _load(imported, _lines(Decimal("1"), Decimal("0.5")))
    assert _money(imported) == (Decimal("2.5"), Decimal("1.5"))
    _load(imported, _lines(Decimal("1"), None))
    assert _money(imported) == (Decimal("2.5"), None)
    assert _money(imported, "D2") == (None, None)


def test_the_source_s_own_total_does_not_fight_the_lines(imported):
    for _ in range(2):
        result = _load(imported, {**_export(), **_lines(Decimal("1"), Decimal("0.5"))})
        assert _money(imported) == (Decimal("2.5"), Decimal("1.5"))
    assert {(c.new, c.changed) for c in result.counts.values()} == {(0, 0)}
    assert _load(imported, _export()).counts["Deal"] == Counts(0, 0, 2)


# ---- demo


def test_demo_data_marks_the_store(store):
    _load(store, _export(), origin="demo")
    assert store.settings().is_demo
    assert set(store.rows(Customer)["origin"]) == {"demo"}


def test_demo_data_goes_into_an_empty_store_only(imported):
    before = imported.versions()
    with pytest.raises(StoreInUseError):
        _load(imported, _export(), origin="demo")
    assert (imported.versions(), imported.settings().is_demo) == (before, False)


def test_the_first_import_replaces_the_demo(store):
    _load(store, _export(), origin="demo")
    _edit(store, region="South")
    result = _load(store, _export(), replace_demo=True)
    assert result.counts["Customer"] == Counts(3, 0, 0)
    assert not store.settings().is_demo
    assert set(store.rows(Customer)["origin"]) == {"import"}
    assert _customer(store)["region"] == "East"
    assert _load(store, _export(), replace_demo=True).counts["Customer"] == Counts(0, 0, 3)


def test_a_failed_import_leaves_the_demo(store):
    _load(store, _export(), origin="demo")
    with pytest.raises(ValueError, match="comes twice"):
        _load(store, _customers("C9", "C9", name="x"), replace_demo=True)
    assert store.settings().is_demo
    assert store.rows(Customer).height == 3


def test_an_emptied_demo_is_a_store_to_start_with(store):
    store.save_settings({"currency": "EUR"}, by("gm"))
    _load(store, _export(), origin="demo")
    _edit(store, region="South")
    store.empty_demo(by("gm"))
    assert store.is_empty()
    assert (store.settings().is_demo, store.settings().currency) == (False, "EUR")
    assert audit.verify(store) is None
    assert _load(store, _export()).conflicts.is_empty()


def test_a_form_checked_against_an_emptied_demo_is_refused(store, file_record):
    """The demo goes between the check of a form and its turn in the writer."""
    _load(store, _export(), origin="demo")
    form = forms.Form(
        "f1", by("gm"), (Insert(Contact, {"id": "P", "customer_id": "C1", "name": "x"}),)
    )
    with store._connection.cursor() as cursor:
        now = datetime(2026, 3, 2)
        checked = forms.check(cursor, form, now, store.settings())
        assert Known(cursor, now, store.settings().zone).has("customers", "C1")
    store.empty_demo(by("gm"))
    with pytest.raises(RefusedError):
        store._writer.submit(lambda work: forms.apply(work, checked, read(work))).result()
    assert store.rows(Contact).is_empty()
