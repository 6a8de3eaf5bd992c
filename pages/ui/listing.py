"""Rows of a record as a table, made from its declaration: words for codes, names for ids."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import polars as pl
import streamlit as st
from streamlit.column_config import DateColumn, DatetimeColumn, NumberColumn, TextColumn
from streamlit.elements.lib.column_types import ColumnConfig

from data.records import Field, Record
from pages.ui import cache, fields, session, tables
from pages.ui import format as fmt
from pages.ui.session import t

MOST = 500  # rows drawn; a search finds the others
_LOW, _HEIGHT = 14, 520  # rows drawn in full; pixels of a longer list, which scrolls
_WIDTHS = {
    "kind": 84,
    "minutes": 76,
    "name": 190,
    "customer_id": 190,
    "deal_id": 170,
    "topic": 260,
    "outcome": 220,
}


def table(
    record: type[Record],
    rows: pl.DataFrame,
    names: tuple[str, ...],
    *,
    key: str,
    count: int,
    widths: Mapping[str, int] | None = None,
) -> str | None:
    """Draw the fields `names` of stored rows; the id of the row that was ticked, if any.

    `count` is how many there are in all, told above the table when not all are drawn.
    """
    if rows.is_empty():
        st.caption(t("forms.none_found"))
        return None
    is_cut = count > rows.height
    words = t("forms.first_of", shown=rows.height, count=count) if is_cut else ""
    st.caption(words or t("forms.count", count=rows.height))
    declared = [fields.named(record, name) for name in names]
    event = st.dataframe(
        worded(record, rows, names),
        hide_index=True,
        height="content" if rows.height <= _LOW else _HEIGHT,
        column_config={field.name: _column(field, widths or {}) for field in declared},
        key=f"{key}-{tables.identity(rows.select('id'))}",
        on_select="rerun",
        selection_mode="single-row",
        placeholder=fmt.UNKNOWN,
        alt=record.WORDS(session.language()),
    )
    ticked = event["selection"]["rows"]
    return str(rows["id"][ticked[0]]) if ticked else None


def show(
    record: type[Record], rows: pl.DataFrame, names: tuple[str, ...], *, widths: Mapping[str, int]
) -> None:
    """Draw the fields `names` of stored rows, to read only."""
    st.dataframe(
        worded(record, rows, names),
        hide_index=True,
        column_config={name: _column(fields.named(record, name), widths) for name in names},
        placeholder=fmt.UNKNOWN,
        alt=record.WORDS(session.language()),
    )


def worded(record: type[Record], rows: pl.DataFrame, names: tuple[str, ...]) -> pl.DataFrame:
    """The fields as a person reads them: local moments, money as numbers, words and names."""
    masked = cache.masked(record)
    return rows.select(
        pl.lit(t("common.masked")).alias(name)
        if name in masked
        else _worded(fields.named(record, name), rows)
        for name in names
    )


def _worded(field: Field, rows: pl.DataFrame) -> pl.Series:
    column, language = rows[field.name], session.language()
    if field.about.refers:
        known = cache.names(field.about.refers, language)
        asked = pl.DataFrame({"id": column})
        return asked.join(known, on="id", how="left", maintain_order="left")["name"].alias(
            field.name
        )
    if field.about.choices:
        words = {code: names(language) for code, names in field.about.choices.items()}
        return column.replace(words)
    if field.type is Decimal:
        return column.cast(pl.Float64)
    if column.dtype == pl.Datetime:
        zone = cache.settings().timezone
        return (
            column.dt.replace_time_zone("UTC").dt.convert_time_zone(zone).dt.replace_time_zone(None)
        )
    if field.about.offers:
        offered = {value: names(language) for value, names in field.about.offers.items()}
        return column.replace(offered)
    return column


def _column(field: Field, widths: Mapping[str, int]) -> ColumnConfig:
    label, width = field.about.words(session.language()), {**_WIDTHS, **widths}.get(field.name)
    if field.type is Decimal:
        return NumberColumn(f"{label} ({fields.money_unit()})", format="%,.2f", width=width or 130)
    if field.type is int:
        return NumberColumn(label, format="%,d", width=width or 80)
    if field.type is date:
        return DateColumn(label, format="YYYY-MM-DD", width=width or 96)
    if field.type is datetime:
        return DatetimeColumn(label, format="YYYY-MM-DD HH:mm", width=width or 130)
    return TextColumn(label, width=width or 110)


def search(key: str, hint: str) -> str | None:
    """Draw a search box and return what is typed."""
    return st.text_input(
        t("forms.search"),
        key=key,
        placeholder=hint,
        icon=":material/search:",
        label_visibility="collapsed",
        live=True,
        width=280,
    )


def searched(rows: pl.DataFrame, asked: str | None, names: Sequence[str]) -> pl.DataFrame:
    """The rows with every word of `asked` in one of the texts `names`, whatever the case."""
    for word in (asked or "").lower().split():
        hits = [
            pl.col(name).cast(pl.String).str.to_lowercase().str.contains(word, literal=True)
            for name in names
        ]
        rows = rows.filter(pl.any_horizontal(*hits).fill_null(False))
    return rows
