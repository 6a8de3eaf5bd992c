"""Downloads, without Streamlit: CSV and XLSX of any report, the same for screen and terminal."""

import io

import polars as pl
from xlsxwriter import Workbook

from analytics.schemas import unit
from pages.ui import format as fmt
from pages.ui.codes import worded
from pages.ui.i18n import column

# Spreadsheets run a cell that starts so, with full-width signs too (OWASP: CSV injection).
_FORMULA = r"^\s*[=+\-@＝＋－＠]|^[\t\r\n]"
_MONEY_FORMAT = "#,##0.00##"
_FORMATS = {"money": _MONEY_FORMAT, "rate": "0.0%", "day": "yyyy-mm-dd", "month": "yyyy-mm"}


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


def _money_text(name: str) -> pl.Expr:
    """14903260.00: all decimals the store holds, at least two."""
    size = pl.col(name).abs()
    decimals = (size % fmt.SCALE).cast(pl.String).str.zfill(4).str.replace("00$", "")
    sign = pl.when(pl.col(name) < 0).then(pl.lit("-")).otherwise(pl.lit(""))
    return pl.concat_str(sign, size // fmt.SCALE, pl.lit("."), decimals).alias(name)


def _plain(frame: pl.DataFrame) -> pl.DataFrame:
    """Money as text with all its decimals; trends, which are pictures, are left out."""
    pictures = [n for n, kind in frame.schema.items() if isinstance(kind, pl.List)]
    money = [n for n in frame.columns if unit(n) == "money"]
    return frame.drop(pictures).with_columns(_money_text(n) for n in money)


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
    formats = {column(language, n): _FORMATS[unit(n)] for n in table.columns if unit(n) in _FORMATS}
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
