"""Whatever is entered is stored and read back as it was entered, or refused with its reasons."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import checks, entry
from data.actor import MACHINE, Actor
from data.columns import frame
from data.errors import NotFoundError, RefusedError, YejiError
from data.records import RECORDS, Customer, Deal, Rep, Stage
from data.settings import Settings
from data.store import Store
from pages.ui import i18n
from tests.hostile import crafted

FAR_EAST = timezone(timedelta(hours=14))
WORDS = ("summary", "problems", "plan", "projects")
KNOWN = {"reps": "R1", "customers": "C1", "stages": "lead", "deals": "D1", "contacts": "P1"}


any_text = st.one_of(crafted.texts, st.text(st.characters(), max_size=20))
anything = st.one_of(
    any_text,
    st.integers(),
    st.floats(),
    st.dates(),
    st.none(),
    st.lists(any_text, max_size=2),
)
moments = st.one_of(
    st.datetimes(),
    st.datetimes(timezones=st.sampled_from([UTC, FAR_EAST])),
    st.sampled_from([datetime.min, datetime.max, datetime.min.replace(tzinfo=FAR_EAST)]),
)
numbers = st.one_of(
    st.decimals(),
    st.integers(-(10**30), 10**30),
    st.sampled_from([Decimal("1e400"), Decimal("-0"), Decimal("sNaN"), Decimal("1e-400"), 2**63]),
)
OF_TYPE = {
    str: any_text,
    int: st.integers(-(2**70), 2**70),
    Decimal: numbers,
    date: st.one_of(st.dates(), st.sampled_from([date.min, date.max])),
    datetime: moments,
}


def value(field):
    """Any value of the field's type; often one that is allowed."""
    good = [st.none()] if not field.required else []
    if field.about.choices:
        good.append(st.sampled_from(list(field.about.choices)))
    if field.about.refers in KNOWN:
        good.append(st.just(KNOWN[field.about.refers]))
    return st.one_of(*good, OF_TYPE[field.type])


def values(record):
    """A form of the record; most of the time an id of its own."""
    own = {"id", "merged_into_id"}  # ids are made, and merging has a form of its own
    asked = {f.name: value(f) for f in record.fields() if f.name not in own}
    needed = {f.name for f in record.fields() if f.required}
    return st.fixed_dictionaries(
        {name: asked[name] for name in asked if name in needed},
        optional={name: asked[name] for name in asked if name not in needed},
    )


forms = st.sampled_from(list(RECORDS.values())).flatmap(
    lambda record: st.tuples(st.just(record), values(record))
)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """A store with a little of everything that may be referred to."""
    opened = Store(tmp_path_factory.mktemp("entry") / "yeji.duckdb")
    for record, row in (
        (Stage, {"id": "lead", "name_zh": "线索", "name_en": "Lead", "position": 1}),
        (Rep, {"id": "R1", "name": "Li"}),
        (Customer, {"id": "C1", "name": "恒远"}),
    ):
        entry.add(opened, record, row, MACHINE, entry.new_form_id())
    deal = {"id": "D1", "rep_id": "R1", "opened_on": date(2026, 1, 8)}
    entry.add_deal(opened, deal, MACHINE, entry.new_form_id())
    yield opened
    opened.close()


def receipt(write):
    """What became of a form; None where it was refused, in words of both languages."""
    try:
        return write()
    except YejiError as error:
        for language in i18n.LANGUAGES:
            assert i18n.sentence(language, error)
        if isinstance(error, RefusedError):
            assert error.problems.height
            assert all(i18n.has(f"errors.{code}") for code in error.problems["code"])
        return None


def kept(given):
    """A value as the store gives it back."""
    if isinstance(given, str):
        return given.strip() or None
    if isinstance(given, Decimal):
        with localcontext(prec=60):
            return given.quantize(Decimal("0.0001"))
    if isinstance(given, datetime) and given.tzinfo:
        return given.astimezone(UTC).replace(tzinfo=None)
    return given


def assert_kept(store, record, id, given):
    [row] = store.rows(record, ids=[id]).to_dicts()
    for field in record.fields():
        if field.name in given and (expected := kept(given[field.name])) is not None:
            assert row[field.name] == expected


@given(forms)
def test_any_form_is_kept_or_refused(store, form):
    record, given = form
    write = entry.add_deal if record is Deal else entry.add
    args = (store, given) if record is Deal else (store, record, given)
    done = receipt(lambda: write(*args, MACHINE, entry.new_form_id()))
    if done and record is not Deal:
        assert_kept(store, record, done.ids[0], given)


@pytest.mark.parametrize("record", RECORDS.values())
def test_a_text_of_a_megabyte_is_refused_for_its_length(store, record):
    for field in record.fields():
        if field.type is str and field.name != "id" and not field.about.choices:
            row = frame(record, [{field.name: "x" * 1_000_000}])
            found = checks.problems(record, row, entry=True).filter(field=field.name)
            assert "too_long" in found["code"].to_list()


@pytest.mark.parametrize("day", [date.min, date(1899, 12, 31), date(2200, 1, 1), date.max])
def test_today_is_no_day_that_no_department_sees(store, day):
    with pytest.raises(RefusedError):
        store.save_settings({"as_of": day}, MACHINE)


@given(st.lists(values(Customer), min_size=1, max_size=3), any_text)
def test_any_rows_are_put_all_or_none(store, rows, id):
    named = [{**row, "id": f"{id}{number % 2}"} for number, row in enumerate(rows)]
    done = receipt(lambda: entry.put(store, Customer, named, MACHINE, entry.new_form_id()))
    for row in named if done else ():
        assert_kept(store, Customer, row["id"].strip(), row)


@given(values(Customer))
def test_any_change_is_kept_or_refused(store, given):
    done = receipt(lambda: entry.edit(store, Customer, "C1", given, MACHINE, entry.new_form_id()))
    if done:
        assert_kept(store, Customer, "C1", given)


@given(any_text, st.dates(), numbers, any_text, any_text)
def test_any_move_of_a_deal_is_kept_or_refused(store, stage, on, amount, reason, deal):
    for id in ("D1", deal):
        for to in ("lead", stage):
            receipt(
                lambda id=id, to=to: entry.move_deal(
                    store,
                    id,
                    to,
                    on,
                    MACHINE,
                    entry.new_form_id(),
                    amount=amount,
                    loss_reason=reason,
                )
            )


@given(any_text, st.dates(), st.dictionaries(st.sampled_from(WORDS), any_text), st.booleans())
def test_any_report_is_kept_or_refused(store, rep, week, given, submit):
    for id in ("R1", rep):
        done = receipt(
            lambda id=id: entry.save_report(
                store, id, week, given, MACHINE, entry.new_form_id(), submit
            )
        )
        if done:
            receipt(
                lambda done=done: entry.review_report(
                    store, done.ids[0], MACHINE, entry.new_form_id(), rep
                )
            )


@given(any_text, any_text, st.booleans())
def test_any_filter_is_kept_or_refused(store, name, query, is_shared):
    done = receipt(
        lambda: entry.save_filter(
            store, name, query, MACHINE, entry.new_form_id(), is_shared=is_shared
        )
    )
    if done:
        mine = store.saved_filters(MACHINE.id).filter(is_own=True)
        assert mine["query"].to_list() == ([query.strip()] if query.strip() else [])
        receipt(lambda: entry.remove_filter(store, name, MACHINE, entry.new_form_id()))


def test_nobody_reaches_the_filter_of_another_whose_id_is_spelt_alike(store):
    one, other = Actor("a/b", is_trusted=True), Actor("a", is_trusted=True)
    entry.save_filter(store, "c", "region=x", one, entry.new_form_id(), is_shared=False)
    with pytest.raises(RefusedError):
        entry.save_filter(store, "b/c", "", other, entry.new_form_id(), is_shared=True)
    with pytest.raises(NotFoundError):
        entry.remove_filter(store, "b/c", other, entry.new_form_id())
    assert store.saved_filters("a/b")["query"].to_list() == ["region=x"]


@given(st.dictionaries(st.sampled_from(sorted(Settings.model_fields)), anything))
def test_any_settings_are_kept_or_refused(store, changes):
    before = store.settings()
    try:
        store.save_settings(changes, MACHINE)
    except YejiError:
        assert store.settings() == before
    store.save_settings(before.model_dump(), MACHINE)


def test_the_store_is_whole_after_all_of_it(store):
    assert store.verify().findings == ()
