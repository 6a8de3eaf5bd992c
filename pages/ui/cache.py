"""Every cached call of the app, and the only place in pages that reaches the store.

A key holds the versions of the tables it was made from, so a saved row makes new keys and
nothing is cleared. Versions are read before the tables: a write in between costs one
recomputation, never a stale figure. Polars frames and figures are shared, never changed.
"""

import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import polars as pl
import streamlit as st
from data.store import DEPARTMENT, Scope, Store

from analytics import catalogue
from analytics.query import Query
from data.settings import Settings
from pages.ui.charts.figure import Look

Versions = tuple[tuple[str, int], ...]
Asked = tuple[str, Query]
DEFAULT_STORE = "data/local/yeji.duckdb"


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The one Store of this process, named by YEJI_DB."""
    return Store(Path(os.environ.get("YEJI_DB", DEFAULT_STORE)))


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


def report(name: str, query: Query) -> pl.DataFrame:
    """The rows of a report of the catalogue."""
    tables = catalogue.REPORTS[name].tables
    return _report(name, query, scope(), versions(*tables, "settings"))


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


@st.cache_resource(max_entries=400, show_spinner=False)
def _report(name: str, query: Query, scope: Scope, versions: Versions) -> pl.DataFrame:
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
