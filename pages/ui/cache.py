"""Every cached call of the app, and the only place in pages that reaches the store.

A key holds the versions of the tables it was made from, so a saved row makes new keys and
nothing is cleared. Versions are read before the tables: a write in between costs one
recomputation, never a stale figure. Polars frames and figures are shared, never changed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from analytics import catalogue, listing, pipeline_rows
from analytics.query import Query
from data import entry
from data.actor import Actor
from data.forms import Receipt
from data.location import store_path
from data.records import Contact, Record
from data.settings import Settings
from data.store import DEPARTMENT, Scope, Store
from pages.ui import names as named
from pages.ui import session
from pages.ui.charts.figure import Look

Versions = tuple[tuple[str, int], ...]
Asked = tuple[str, Query]
Values = Mapping[str, object]

_ROW_REPORTS = {  # up to a row per deal or visit
    *(report.name for module in (listing, pipeline_rows) for report in module.REPORTS),
    *("customer-rfm", "customer-care", "customer-timeline"),
    *("customers-at-risk", "customers-dormant", "customers-stale"),
    "forecast-deals",
    *(name for name in catalogue.REPORTS if name.endswith("-rows")),
}


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The one Store of this process, named by YEJI_DB."""
    return Store(store_path())


def settings() -> Settings:
    """The department's settings."""
    return store().settings()


def scope() -> Scope:
    """Which rows the person may see: everything until roles exist."""
    return DEPARTMENT


def as_of() -> date:
    """The day of knowledge: today in the department's time zone, or where its history ends."""
    return settings().as_of or now().date()


def now() -> datetime:
    """This moment in the department's time zone."""
    return datetime.now(UTC).astimezone(ZoneInfo(settings().timezone))


def local(moment: datetime | None) -> datetime | None:
    """A UTC moment of the store in the department's time zone."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(settings().timezone))


def look(language: str) -> Look:
    """Language and currency, as charts and tables need them."""
    return Look(language, settings().currency)


def versions(*tables: str) -> Versions:
    """The present versions of `tables`, or of all when none is named."""
    known = store().versions()
    return tuple((name, known.get(name, 0)) for name in (tables or sorted(known)))


def frame(table: str) -> pl.DataFrame:
    """One table as `analytics.schemas.TABLES` declares it."""
    return _frame(table, scope(), versions(table, "settings"))


def values(table: str, column: str) -> list[str]:
    """The distinct known values of a dimension column, sorted."""
    return _values(table, column, scope(), versions(table, "settings"))


def names(table: str, language: str) -> pl.DataFrame:
    """What to call each row of a table (`names.NAMES`), by name."""
    return _names(table, language, scope(), versions(table, "settings"))


def rows(
    record: type[Record],
    *,
    ids: Sequence[str] | None = None,
    limit: int | None = None,
    match: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """Records as they were entered, the last changed first; see `Store.rows`. Not cached."""
    return store().rows(record, scope(), ids=ids, limit=limit, match=match)


def saved_filters() -> pl.DataFrame:
    """The filters that the person may use; see `Store.saved_filters`. Not cached."""
    return store().saved_filters(session.current_person().id)


# ---- writing: each waits for its commit and raises errors of `data.errors`


def add(record: type[Record], values: Values, form_id: str) -> Receipt:
    """Add a record; see `data.entry.add`."""
    return entry.add(store(), record, values, session.actor(), form_id)


def put(record: type[Record], rows: Sequence[Values], form_id: str) -> Receipt:
    """Add or change several records, all or none."""
    return entry.put(store(), record, rows, session.actor(), form_id)


def edit(
    record: type[Record], key: str, changes: Values, form_id: str, expected: datetime
) -> Receipt:
    """Change fields of the record `key` that was last changed at `expected`."""
    return entry.edit(store(), record, key, changes, session.actor(), form_id, expected)


def add_deal(values: Values, form_id: str) -> Receipt:
    """Add a deal and its first stage."""
    return entry.add_deal(store(), values, session.actor(), form_id)


def move_deal(
    deal_id: str, stage: str, on: date, values: Mapping[str, Any], form_id: str
) -> Receipt:
    """Move a deal into a stage on a business day; `values` as `data.entry.move_deal` takes them."""
    return entry.move_deal(store(), deal_id, stage, on, session.actor(), form_id, **values)


def save_report(
    rep_id: str,
    week: date,
    values: Values,
    form_id: str,
    *,
    submit: bool,
    actor: Actor | None = None,
) -> Receipt:
    """Save a weekly report as a draft, or submit it; `actor` is for callbacks."""
    actor = actor or session.actor()
    return entry.save_report(store(), rep_id, week, values, actor, form_id, submit)


def withdraw_report(report_id: str, form_id: str) -> Receipt:
    """Make a submitted report a draft again."""
    return entry.withdraw_report(store(), report_id, session.actor(), form_id)


def read_report(report_id: str, form_id: str) -> Receipt:
    """Note that a leader has opened a report."""
    return entry.read_report(store(), report_id, session.actor(), form_id)


def review_report(report_id: str, comment: str | None, form_id: str) -> Receipt:
    """Review a submitted report."""
    return entry.review_report(store(), report_id, session.actor(), form_id, comment)


def save_filter(name: str, query: str, form_id: str, *, is_shared: bool) -> Receipt:
    """Keep a filter row's address under a name of the person's."""
    return entry.save_filter(store(), name, query, session.actor(), form_id, is_shared=is_shared)


def remove_filter(name: str, form_id: str) -> Receipt:
    """Remove a saved filter of the person's own."""
    return entry.remove_filter(store(), name, session.actor(), form_id)


def save_settings(changes: Values) -> None:
    """Change settings of the department."""
    store().save_settings(changes, session.actor())


def empty_demo() -> None:
    """Remove the demo's records, so that a department can start its own."""
    store().empty_demo(session.actor())


# ---- reports and their pictures


def report(name: str, query: Query) -> pl.DataFrame:
    """The rows of a report of the catalogue."""
    tables = catalogue.REPORTS[name].tables
    kept = _row_report if name in _ROW_REPORTS else _report
    return kept(name, query, scope(), versions(*tables, "settings"))


def chart(
    make: Callable[..., go.Figure], look: Look, *asked: Asked, **options: object
) -> go.Figure:
    """The figure `make(frame, ..., look, **options)` of one or more reports."""
    tables = {t for name, _ in asked for t in catalogue.REPORTS[name].tables}
    key = (make.__module__, make.__qualname__, look, asked, tuple(sorted(options.items())))
    return _chart(make, asked, options, (*key, scope(), versions(*sorted(tables), "settings")))


@st.cache_resource(max_entries=40, show_spinner=False)
def _frame(table: str, scope: Scope, versions: Versions) -> pl.DataFrame:
    return store().frame(table, scope)


@st.cache_resource(max_entries=60, show_spinner=False)
def _values(table: str, column: str, scope: Scope, versions: Versions) -> list[str]:
    known = _frame(table, scope, versions)[column].unique().drop_nulls()
    return sorted(known.cast(pl.String).to_list())


@st.cache_resource(max_entries=24, show_spinner=False)
def _names(table: str, language: str, scope: Scope, versions: Versions) -> pl.DataFrame:
    is_entered_only = table == "contacts"  # no report reads them
    known = rows(Contact) if is_entered_only else _frame(table, scope, versions)
    return named.of(table, known, language)


@st.cache_resource(max_entries=400, show_spinner=False)
def _report(name: str, query: Query, scope: Scope, versions: Versions) -> pl.DataFrame:
    return _made(name, query, scope, versions)


@st.cache_resource(max_entries=16, show_spinner=False)
def _row_report(name: str, query: Query, scope: Scope, versions: Versions) -> pl.DataFrame:
    return _made(name, query, scope, versions)


def _made(name: str, query: Query, scope: Scope, versions: Versions) -> pl.DataFrame:
    known = dict(versions)

    def read(table: str) -> pl.DataFrame:
        return _frame(table, scope, ((table, known[table]), ("settings", known["settings"])))

    return catalogue.run(name, read, query)


@st.cache_resource(max_entries=200, show_spinner=False)
def _chart(
    _make: Callable[..., go.Figure],
    _asked: tuple[Asked, ...],
    _options: dict[str, object],
    key: tuple[object, ...],
) -> go.Figure:
    look = next(part for part in key if isinstance(part, Look))
    return _make(*(report(*asked) for asked in _asked), look, **_options)
