"""Reads of record rows within a scope, as the frames that reports and screens take."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import NamedTuple

import duckdb
import polars as pl

from data import columns
from data.records import BY_TABLE, Record, Rep
from data.settings import Settings

TABLES = (*BY_TABLE, "settings")  # what `Store.frame` hands over

_SQL = Path(__file__).parent / "sql"
_DIMENSIONS = pl.selectors.by_name(  # they repeat: group-bys run faster on categories
    *("rep_id", "rep", "team", "manager_id", "owner_rep_id", "role", "status", "kind", "stage"),
    *("region", "industry", "size", "tracking", "product", "source", "loss_reason", "category"),
    *("subject_kind", "subject"),
    require_all=False,
)


@dataclass(frozen=True)
class Scope:
    """Whose rows a person may read: a team's, a rep's, or with neither the department's.

    Of the tables in `hidden` there are none; with `is_masked` personal fields are empty.
    """

    team: str | None = None
    rep_id: str | None = None
    hidden: frozenset[str] = frozenset()
    is_masked: bool = False

    @property
    def is_limited(self) -> bool:
        """Only the rows of some reps are the person's to read and to change."""
        return self.team is not None or self.rep_id is not None

    @property
    def is_whole(self) -> bool:
        """No row of any table is kept from the person."""
        return not self.is_limited and not self.hidden


DEPARTMENT = Scope()


class View(NamedTuple):
    """Whose rows, and what a day is: the department's time zone and the day it has now."""

    scope: Scope
    timezone: str
    today: date


@cache
def _sql(name: str) -> str:
    return (_SQL / f"{name}.sql").read_text(encoding="utf-8")


def frame(cursor: duckdb.DuckDBPyConnection, table: str, view: View) -> pl.DataFrame:
    """The rows of `sql/frames/<table>.sql` in a scope.

    Money is Int64 ten-thousandths, dimensions are categories, `_on` columns business
    days and `hour` the hour in the department's time zone.
    """
    query = _sql(f"frames/{table}")
    if table in view.scope.hidden:
        query += "\nLIMIT 0"
    rows = _read(cursor, query, view)
    moments = [name for name, kind in rows.schema.items() if kind == pl.Datetime]
    days = [_local(name, view).dt.date() for name in moments if name.endswith("_on")]
    hours = [_hour(_local(name, view)) for name in moments if name == "hour"]
    return rows.with_columns(_DIMENSIONS.cast(pl.Categorical), *days, *hours)


def _local(moment: str, view: View) -> pl.Expr:
    """A UTC moment on the department's clocks."""
    return pl.col(moment).dt.replace_time_zone("UTC").dt.convert_time_zone(view.timezone)


def _hour(local: pl.Expr) -> pl.Expr:
    """Null at midnight sharp: that is how a source that knows only the day writes it."""
    return pl.when(local.dt.time() != time()).then(local.dt.hour())


def settings_frame(settings: Settings) -> pl.DataFrame:
    """Every setting in force, defaults included: its name and its value as JSON."""
    values = settings.as_json()
    return pl.DataFrame(
        {"name": list(values), "value": list(values.values())},
        schema={"name": pl.String, "value": pl.String},
    )


def rows(
    cursor: duckdb.DuckDBPyConnection,
    record: type[Record],
    view: View,
    *,
    ids: Sequence[str] | None = None,
    limit: int | None = None,
    match: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """Rows as they are stored, the last changed first; see `Store.rows`."""
    is_hidden = record.TABLE in view.scope.hidden
    conditions, values = ["false" if is_hidden else "true"], dict[str, object]()
    if ids is not None:
        conditions.append("id IN (SELECT unnest($ids::VARCHAR[]))")
        values["ids"] = list(ids)
    for name, value in (match or {}).items():
        if name not in columns.schema(record):
            raise KeyError(f"{record.__name__} has no field {name}")
        conditions.append(f"{name} IS NOT DISTINCT FROM $match_{name}")
        values[f"match_{name}"] = value
    query = (
        f"SELECT * FROM (SELECT {_columns(record, view.scope)} FROM visible_{record.TABLE}) "
        f"WHERE {' AND '.join(conditions)} ORDER BY updated_at DESC, id"
    )
    if limit is not None:
        query += f" LIMIT {limit:d}"
    return _read(cursor, query, view, values)


def _columns(record: type[Record], scope: Scope) -> str:
    """The record's fields, then where the row comes from; masked ones are empty, to match, too."""
    masked = {field.name for field in record.personal()} if scope.is_masked else set()
    names = (
        f"CASE WHEN false THEN {name} END AS {name}" if name in masked else name
        for name in columns.schema(record)
    )
    return ", ".join((*names, "origin", "created_at", "updated_at"))


def ids(cursor: duckdb.DuckDBPyConnection, table: str, view: View) -> pl.Series:
    """Ids of the rows of a table in a scope; of reps, those whose rows are in it."""
    rows = "reached_reps" if table == Rep.TABLE else f"visible_{BY_TABLE[table].TABLE}"
    is_hidden = table in view.scope.hidden
    return _read(cursor, f"SELECT id FROM {rows} WHERE {not is_hidden}", view)["id"]


def saved_filters(cursor: duckdb.DuckDBPyConnection, person: str) -> pl.DataFrame:
    """The rows of `sql/saved_filters.sql`: there is no read of what others keep to themselves."""
    return cursor.sql(_sql("saved_filters"), params={"person": person}).pl()


def _read(
    cursor: duckdb.DuckDBPyConnection,
    query: str,
    view: View,
    values: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    known = {
        "team": view.scope.team,
        "rep_id": view.scope.rep_id,
        "timezone": view.timezone,
        "today": view.today,
    }
    query = f"{_sql('visible')}\n{query}"
    used = {name: value for name, value in known.items() if f"${name}" in query}
    return cursor.sql(query, params={**used, **(values or {})}).pl()
