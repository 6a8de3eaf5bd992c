"""Downloads, without Streamlit: CSV and XLSX of any report, the same for screen and terminal."""

import io
from collections.abc import Iterable, Iterator, Mapping

import polars as pl
from xlsxwriter import Workbook

from analytics.schemas import unit
from data import formulas
from pages.ui import format as fmt
from pages.ui import readable
from pages.ui.i18n import column
from pages.ui.readable import Reader

_MONEY_FORMAT = "#,##0.00##"
_TEXTS_STAY_TEXTS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,  # nor a link, which may open a file of the reader's
    "strings_to_numbers": False,
}
_MOMENT = "%Y-%m-%d %H:%M"
_FORMATS = {"money": _MONEY_FORMAT, "rate": "0.0%", "day": "yyyy-mm-dd", "month": "yyyy-mm"}


def inert(frame: pl.DataFrame) -> pl.DataFrame:
    """Texts that a spreadsheet would run as a formula get a leading apostrophe."""
    texts = [n for n, t in frame.schema.items() if t in (pl.String, pl.Categorical)]
    return frame.with_columns(
        formulas.inert(pl.col(name).cast(pl.String)).alias(name) for name in texts
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


def csv_bytes(frame: pl.DataFrame, reader: Reader) -> bytes:
    """UTF-8 with BOM and CRLF, header words for the reader, formula-safe, exact numbers.

    Money is in currency units with at least two decimals, rates are shares 0..1, days and
    the department's local moments ISO.
    """
    return "".join(csv_parts([frame], reader)).encode()


def csv_parts(frames: Iterable[pl.DataFrame], reader: Reader) -> Iterator[str]:
    """The text of `csv_bytes` of frames with the same columns, one after the other."""
    for number, frame in enumerate(frames):
        table = _plain(inert(readable.rows(frame, reader)))
        table = table.rename({n: column(reader.language, n) for n in table.columns})
        is_first = number == 0
        text = table.write_csv(
            include_header=is_first, line_terminator="\r\n", datetime_format=_MOMENT
        )
        yield "\ufeff" + text if is_first else text


def xlsx_bytes(frame: pl.DataFrame, reader: Reader, title: str) -> bytes:
    """One sheet with typed cells, header words for the reader, frozen header and filter."""
    return workbook_bytes({title: frame}, reader)


def workbook_bytes(sheets: Mapping[str, pl.DataFrame], reader: Reader) -> bytes:
    """A sheet like that of `xlsx_bytes` for each title, in their order."""
    buffer = io.BytesIO()
    with Workbook(buffer, _TEXTS_STAY_TEXTS) as book:
        for title, frame in sheets.items():
            _sheet(book, title, frame, reader)
    return buffer.getvalue()


def _sheet(book: Workbook, title: str, frame: pl.DataFrame, reader: Reader) -> None:
    table, language = inert(readable.rows(frame, reader)), reader.language
    money = [n for n in table.columns if unit(n) == "money" and table.schema[n] == pl.Int64]
    lists = [n for n, t in table.schema.items() if isinstance(t, pl.List)]
    table = table.drop(lists).with_columns(pl.col(n) / fmt.SCALE for n in money)
    words = {n: column(language, n) for n in table.columns}
    table.rename(words).write_excel(
        book,
        worksheet=title[:31],
        column_formats={words[n]: _FORMATS[unit(n)] for n in words if unit(n) in _FORMATS},
        dtype_formats={pl.Datetime: "yyyy-mm-dd hh:mm"},
        freeze_panes=(1, 0),
        autofit=True,
    )
