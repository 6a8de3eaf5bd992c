"""Tables of report rows: units in the header, scaled right-aligned numbers, words for codes."""

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2s
from typing import Literal

import polars as pl
import streamlit as st
from streamlit.column_config import (
    BarChartColumn,
    DateColumn,
    DatetimeColumn,
    NumberColumn,
    ProgressColumn,
    TextColumn,
)
from streamlit.elements.lib.column_types import ColumnConfig

from analytics.schemas import unit
from pages.ui import cache, export, filing, i18n, layout, opening, readable, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.readable import Reader
from pages.ui.session import t

_WIDTHS = {"money": 104, "rate": 78, "days": 78, "day": 92, "month": 84}
_PROFIT_WIDTHS = {"before_gross_profit": 148, "after_gross_profit": 140, "change_gross_profit": 160}
_PLAIN_WIDTHS = {
    "rank": 40,
    "rank_change": 52,
    "customer": 190,
    "deal": 190,
    "trend": 84,
    **_PROFIT_WIDTHS,
}
_BAR_WIDTH = 128
_LAST_NARROW = 0x2E7F  # Chinese characters and their punctuation follow
_RIGHT = ("won_closed", "brier", "corrected_p_value")  # texts that are read as numbers
_MUTED = "#87919C"
_DAY_PATTERNS = {"day": "YYYY-MM-DD", "month": "YYYY-MM"}
_TABLE_UNITS = {"zh": (1e4, "万"), "en": (1e3, "k")}
_SCALED_FROM = 10_000  # a table whose largest amount is below shows plain currency units
_SMALL = 10  # a column of less than this many 万 or k has two decimals

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # its media type

Scale = tuple[float, str]  # currency units in one unit of the table, and its name


def table(
    rows: pl.DataFrame,
    columns: Sequence[str],
    look: Look,
    *,
    key: str,
    alt: str,
    bar: str | None = None,
    widths: Mapping[str, int] | None = None,
    selects: bool = False,
    opens: Sequence[str] = (),
    height: int | Literal["content"] = "content",
) -> int | None:
    """Draw `columns` of report rows; with `selects` return the index of the ticked row.

    With `opens`, some of `opening.SUBJECTS`, the ticked row links to these. `bar` is the one
    column drawn as bars (the one that ranks). Exact values stay in the downloads; here money
    is scaled to one unit per column, named in its header.
    """
    shown = readable.rows(rows, _reader(look)).select(columns)
    config: dict[str, ColumnConfig] = {}
    scale = _scale(shown, look)
    for name in columns:
        width = (widths or {}).get(name)
        shown, config[name] = _column(shown, name, look, scale, is_bar=name == bar, width=width)
    selects = selects or bool(opens)
    mode: Literal["rerun", "ignore"] = "rerun" if selects else "ignore"
    event = st.dataframe(
        shown,
        hide_index=True,
        column_config=config,
        key=f"{key}-{session.mode()}-{identity(rows)}" if selects else f"{key}-{session.mode()}",
        height=height,
        placeholder=fmt.UNKNOWN,
        alt=alt,
        on_select=mode,
        selection_mode="single-row",
    )
    ticked = event["selection"]["rows"] if selects else []  # type: ignore[index]
    if opens:
        opening.links(rows.row(ticked[0], named=True) if ticked else None, opens)
        if ticked:
            layout.hold()
    return ticked[0] if ticked else None


def identity(rows: pl.DataFrame) -> str:
    """A short text that changes with which rows these are and their order.

    Part of the key of a table that selects: a browser keeps the tick at its position, so
    after a filter it would stand beside another row. Rows are told apart by their id
    columns, so a new figure keeps the tick; without any by all they hold.
    """
    ids = [name for name in rows.columns if name == "id" or name.endswith("_id")]
    return blake2s(
        rows.select(ids or rows.columns).write_json().encode(), digest_size=6
    ).hexdigest()


def name_width(names: pl.Series, most: int = 150) -> int:
    """Pixels that show the longest of these names whole, `most` at the most."""
    texts = names.cast(pl.String).drop_nulls()
    wide = [sum(14 if ord(c) > _LAST_NARROW else 7 for c in text) for text in texts]
    return min(max([72, *(size + 20 for size in wide)]), most)


def _scale(rows: pl.DataFrame, look: Look) -> Scale:
    """万 or k for all money of a table, so that its columns compare; none when all is small."""
    money = [rows[name].abs().max() for name in rows.columns if unit(name) == "money"]
    top = max([0, *(v for v in money if isinstance(v, int))]) / fmt.SCALE
    return _TABLE_UNITS[look.language] if top >= _SCALED_FROM else (1, "")


def _column(
    rows: pl.DataFrame, name: str, look: Look, scale: Scale, *, is_bar: bool, width: int | None
) -> tuple[pl.DataFrame, ColumnConfig]:
    """The rows with one column scaled for show, and how to draw it."""
    kind = unit(name)
    width = width or _PLAIN_WIDTHS.get(name) or _WIDTHS.get(kind)
    if kind == "money":
        return _money_column(rows, name, look, scale, is_bar=is_bar, width=width)
    shown = rows.with_columns(_scaled(name, kind, rows.schema[name]))
    label = i18n.column(look.language, name)
    if is_bar:
        return shown, _bar(shown[name], label, _pattern(kind, shown.schema[name]), width)
    return shown, _drawing(name, label, kind, shown.schema[name], width)


def _scaled(name: str, kind: str, dtype: pl.DataType) -> pl.Expr:
    """Rates in percent, trends in currency units."""
    if isinstance(dtype, pl.List):
        return pl.col(name).list.eval(pl.element() / fmt.SCALE)
    return pl.col(name) * 100 if kind == "rate" else pl.col(name)


def _drawing(
    name: str, label: str, kind: str, dtype: pl.DataType, width: int | None
) -> ColumnConfig:
    if isinstance(dtype, pl.List):
        return BarChartColumn(label, y_min=0, color=_MUTED, width=width)
    if isinstance(dtype, pl.Datetime):
        return DatetimeColumn(label, format="MM-DD HH:mm", width=width)
    if kind in _DAY_PATTERNS:
        return DateColumn(label, format=_DAY_PATTERNS[kind], width=width)
    if dtype.is_numeric():
        return NumberColumn(label, format=_pattern(kind, dtype), width=width)
    return TextColumn(label, width=width, alignment="right" if name in _RIGHT else None)


def _pattern(kind: str, dtype: pl.DataType) -> str:
    if kind == "rate":
        return "%.1f%%"
    return "%,d" if dtype.is_integer() else "%,.0f" if kind == "days" else "%,.1f"


def _money_column(
    rows: pl.DataFrame, name: str, look: Look, scale: Scale, *, is_bar: bool, width: int | None
) -> tuple[pl.DataFrame, ColumnConfig]:
    """Money in the table's unit; a column of small values has two decimals instead of one."""
    size, unit_name = scale
    scaled = rows.with_columns(pl.col(name) / (fmt.SCALE * size))
    header = f"{i18n.column(look.language, name)} ({_money_unit(look, unit_name)})"
    is_small = size == 1 or all(abs(v) < _SMALL for v in scaled[name].drop_nulls())
    if is_bar:
        return scaled, _bar(scaled[name], header, "%,.1f" if is_small else "%,.0f", width)
    return scaled, NumberColumn(header, format="%,.2f" if is_small else "%,.1f", width=width)


def _bar(shown: pl.Series, header: str, pattern: str, width: int | None) -> ColumnConfig:
    """Bars from 0; a negative value has its number and no bar."""
    top = max([0.0, *(float(v) for v in shown.drop_nulls())])
    return ProgressColumn(
        header,
        min_value=0,
        max_value=top or 1,
        format=pattern,
        color="blue",
        width=max(width or 0, _BAR_WIDTH),
    )


def _money_unit(look: Look, unit_name: str) -> str:
    if look.language == "en":
        return f"{fmt.symbol(look.currency)}{unit_name}"
    known = i18n.has(f"currency.{look.currency}")
    return unit_name + (look.t(f"currency.{look.currency}") if known else look.currency)


def _reader(look: Look) -> Reader:
    return Reader(look.language, cache.settings().timezone)


def downloads(rows: pl.DataFrame, look: Look, *, name: str, key: str, title: str) -> None:
    """CSV and Excel of exactly these rows, made when asked for."""
    reader = _reader(look)
    with st.container(horizontal=True, gap="small"):
        st.download_button(
            t("common.csv"),
            _noted(lambda: export.csv_bytes(rows, reader), f"{name}.csv", rows.height),
            file_name=f"{name}.csv",
            mime="text/csv",
            key=f"{key}.csv",
            icon=":material/download:",
            on_click="ignore",
        )

        def book() -> bytes:
            return export.xlsx_bytes(rows, reader, title)

        _xlsx(t("common.xlsx"), _noted(book, f"{name}.xlsx", rows.height), name=name, key=key)


def workbook(
    sheets: Callable[[], Mapping[str, pl.DataFrame]], look: Look, *, name: str, key: str, label: str
) -> None:
    """An Excel file of several sheets, made when asked for: title -> its rows.

    `sheets` runs without a session, so it takes its words from `look`.
    """
    reader = _reader(look)
    make = _noted(lambda: export.workbook_bytes(sheets(), reader), f"{name}.xlsx")
    _xlsx(label, make, name=name, key=key)


def _noted(make: Callable[[], bytes], file: str, rows: int | None = None) -> Callable[[], bytes]:
    """`make` for a download button; that the person took the file is logged first.

    It runs without a session when the browser asks, so what a session knows is read here.
    """
    actor, filters = session.actor(), session.of_filters(session.filters())

    def made() -> bytes:
        filing.note_export(actor, file, rows, filters)
        return make()

    return made


def _xlsx(label: str, make: Callable[[], bytes], *, name: str, key: str) -> None:
    st.download_button(
        label,
        make,
        file_name=f"{name}.xlsx",
        mime=XLSX,
        key=f"{key}.xlsx",
        icon=":material/table_view:",
        on_click="ignore",
    )
