"""Downloads, without Streamlit: CSV and XLSX of any report, the same for screen and terminal."""

import io
from collections.abc import Callable

import polars as pl
from xlsxwriter import Workbook

from analytics.schemas import unit
from pages.ui import format as fmt
from pages.ui.i18n import column, has, text

# Spreadsheets run a cell that starts so, with full-width signs too (OWASP: CSV injection).
_FORMULA = r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]"
_MONEY_FORMAT = "#,##0.00##"
_FORMATS = {"money": _MONEY_FORMAT, "rate": "0.0%", "day": "yyyy-mm-dd", "month": "yyyy-mm"}

# Codes that are shown as words, column -> locale section.
CODED = {"tier": "tier", "status": "status", "kind": "kind", "size": "size", "report_status": "report_status"}


def worded(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """The frame with codes (tier, status, kind, size) replaced by the language's words."""
    words = []
    for name, section in CODED.items():
        if name in frame.columns:
            codes = frame[name].cast(pl.String).unique().drop_nulls().to_list()
            known = {c: text(language, f"{section}.{c}") for c in codes if has(f"{section}.{c}")}
            words.append(pl.col(name).cast(pl.String).replace(known))
    return frame.with_columns(words)


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that a spreadsheet would run as a formula get a leading apostrophe."""
    texts = [n for n, t in frame.schema.items() if t in (pl.String, pl.Categorical)]
    return frame.with_columns(
        pl.when(pl.col(n).cast(pl.String).str.contains(_FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(n).cast(pl.String)))
        .otherwise(pl.col(n).cast(pl.String))
        .alias(n)
        for n in texts
    )


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists joined by spaces; money as text with all its decimals."""
    changes = []
    for name, kind in frame.schema.items():
        if isinstance(kind, pl.List):
            changes.append(_joined(frame[name], unit(name) == "money" or name == "trend"))
        elif unit(name) == "money":
            changes.append(frame[name].map_elements(fmt.plain_money, return_dtype=pl.String))
    return frame.with_columns(changes)


def _joined(lists: pl.Series, is_money: bool) -> pl.Series:
    shown: Callable[[int], str] = fmt.plain_money if is_money else str
    return lists.map_elements(lambda v: " ".join(map(shown, v)), return_dtype=pl.String)


def csv_bytes(frame: pl.DataFrame, language: str) -> bytes:
    """UTF-8 with BOM and CRLF, header words in `language`, formula-safe, exact numbers.

    Money is in currency units with at least two decimals, rates are shares 0..1, days ISO.
    """
    table = _plain(inert(worded(frame, language)))
    table = table.rename({n: column(language, n) for n in table.columns})
    return ("\ufeff" + table.write_csv(line_terminator="\r\n")).encode()


def xlsx_bytes(frame: pl.DataFrame, language: str, title: str) -> bytes:
    """One sheet with typed cells, header words in `language`, frozen header and filter."""
    table = inert(worded(frame, language))
    money = [n for n in table.columns if unit(n) == "money" and table.schema[n] == pl.Int64]
    lists = [n for n, t in table.schema.items() if isinstance(t, pl.List)]
    table = table.drop(lists).with_columns(pl.col(n) / fmt.SCALE for n in money)
    formats = {
        column(language, n): _FORMATS[unit(n)] for n in table.columns if unit(n) in _FORMATS
    }
    table = table.rename({n: column(language, n) for n in table.columns})
    buffer = io.BytesIO()
    with Workbook(buffer, {"in_memory": True, "strings_to_formulas": False}) as book:
        table.write_excel(
            book,
            worksheet=title[:31],
            column_formats=formats,
            freeze_panes=(1, 0),
            autofit=True,
        )
    return buffer.getvalue()
