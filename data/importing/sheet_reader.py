"""The process that opens one spreadsheet or Parquet file for `sheets.read`.

It is told what to read as JSON on its standard input, writes the cells as an Arrow file, and
answers with JSON. Where the file is damaged it just ends, one way or another.
"""

import json
import sys
from pathlib import Path
from typing import TypedDict

import fastexcel
import polars as pl

_WHOLE = 2**53  # below this a float holds every whole number


class Order(TypedDict):
    """What to read, into which file, and the most it may hold."""

    path: str
    sheet: str | None
    target: str
    memory: int
    rows: int
    columns: int
    cells: int


def main() -> None:
    """Carry out the order on the standard input."""
    order: Order = json.load(sys.stdin)
    _limit_memory(order["memory"])
    path = Path(order["path"])
    answer = _parquet(path, order) if path.suffix.lower() == ".parquet" else _excel(path, order)
    sys.stdout.write(json.dumps(answer))


def _limit_memory(most: int) -> None:
    try:
        import resource  # noqa: PLC0415 - Windows has none, and no such limit
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (most, most))


def _excel(path: Path, order: Order) -> dict[str, object]:
    book = fastexcel.read_excel(path)
    if order["sheet"] and order["sheet"] not in book.sheet_names:
        return {"sheets": book.sheet_names}
    sheet = book.load_sheet(order["sheet"] or 0, header_row=None, skip_rows=0, dtypes="string")
    rows, columns = sheet.total_height, sheet.width
    if _fits(rows, columns, order):
        _write(sheet.to_polars(), order)
    return {"rows": rows, "columns": columns}


def _parquet(path: Path, order: Order) -> dict[str, object]:
    lazy = pl.scan_parquet(path, glob=False)
    flat = [name for name, kind in lazy.collect_schema().items() if not kind.is_nested()]
    rows, columns = lazy.select(pl.len()).collect().item(), len(flat)
    if _fits(rows, columns, order):
        frame = lazy.select(flat).collect()
        _write(pl.DataFrame([_as_text(frame[name]) for name in flat]), order)
    return {"rows": rows, "columns": columns, "header": flat}


def _fits(rows: int, columns: int, order: Order) -> bool:
    """Whether it is taken out of the file at all; who asked says what is wrong if not."""
    within = rows <= order["rows"] and columns <= order["columns"]
    return within and rows * columns <= order["cells"]


def _as_text(series: pl.Series) -> pl.Series:
    """Values as a text file would hold them: 5.0 is 5 (an id column with gaps is float)."""
    text = series.cast(pl.String)
    if not series.dtype.is_float():
        return text
    whole = (series == series.round(0)) & (series.abs() < _WHOLE)
    return (
        series.cast(pl.Int64, strict=False).cast(pl.String).zip_with(whole.fill_null(False), text)
    )


def _write(cells: pl.DataFrame, order: Order) -> None:
    cells.columns = [str(number) for number in range(cells.width)]
    cells.write_ipc(order["target"])


if __name__ == "__main__":
    main()
