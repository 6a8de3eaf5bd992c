"""Report rows as a terminal shows them: an aligned table to read, JSON for programs."""

import json
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial

import polars as pl

from analytics.schemas import unit
from pages.ui import format as fmt
from pages.ui import i18n, readable
from pages.ui.readable import Reader

_FEW_ROWS = 2  # so few are easier to read one value a line
_GAP = "  "


def table_text(rows: pl.DataFrame, reader: Reader, currency: str) -> str:
    """The rows aligned in columns, numbers to the right; ids and pictures are left out.

    One or two rows stand as columns beside their names. No rows say so.
    """
    language = reader.language
    if rows.is_empty():
        return i18n.text(language, "common.no_rows") + "\n"
    shown = readable.rows(_legible(rows, language), reader)
    heads = [i18n.column(language, name) for name in shown.columns]
    cells = [_cells(shown[name], language, currency) for name in shown.columns]
    if shown.height <= _FEW_ROWS:
        right = [False] + [True] * shown.height
        return _aligned([[head, *values] for head, values in zip(heads, cells, strict=True)], right)
    lines = [heads, ["-" * _width(head) for head in heads], *zip(*cells, strict=True)]
    return _aligned(lines, [_is_number(shown.schema[name]) for name in shown.columns])


def json_text(rows: pl.DataFrame) -> str:
    """A JSON list of one object per row.

    Money is a number in currency units with all decimals the store holds, days and moments
    are ISO text, unknown is null.
    """
    names = [json.dumps(name) for name in rows.columns]
    cells = [_tokens(rows[name]) for name in rows.columns]
    objects = (
        "  {" + ", ".join(f"{n}: {v}" for n, v in zip(names, row, strict=True)) + "}"
        for row in zip(*cells, strict=True)
    )
    return "[\n" + ",\n".join(objects) + "\n]\n" if rows.height else "[]\n"


def _legible(rows: pl.DataFrame, language: str) -> pl.DataFrame:
    other = "name_en" if language == "zh" else "name_zh"
    return rows.drop(
        name
        for name, kind in rows.schema.items()
        if isinstance(kind, pl.List) or name.endswith("_id") or name == other
    )


def _is_number(kind: pl.DataType) -> bool:
    return kind.is_numeric() or kind.is_temporal()


def _cells(values: pl.Series, language: str, currency: str) -> list[str]:
    """Every value of one column as text, by the unit that its name declares."""
    by_unit: dict[str, Callable[..., str]] = {
        "money": lambda v: fmt.exact(v, currency),
        "rate": fmt.rate,
        "days": lambda v: fmt.count(v, 0 if isinstance(v, int) else 1),
        "day": lambda v: fmt.UNKNOWN if v is None else v.isoformat(),
        "month": lambda v: fmt.UNKNOWN if v is None else f"{v:%Y-%m}",
    }
    if unit(values.name) in by_unit:
        show = by_unit[unit(values.name)]
    elif values.dtype.is_numeric():
        show = partial(fmt.count, decimals=2 if values.dtype.is_float() else 0)
    elif values.dtype == pl.Datetime:
        show = _moment
    else:
        show = plain
    return [show(value) for value in values.to_list()]


def _moment(value: datetime | None) -> str:
    return fmt.UNKNOWN if value is None else f"{value:%Y-%m-%d %H:%M}"


def plain(value: object) -> str:
    """Text on one line, without characters that would steer the terminal."""
    if value is None:
        return fmt.UNKNOWN
    return " ".join("".join(c if c.isprintable() else " " for c in str(value)).split())


def _width(text: str) -> int:
    """How many terminal cells the text takes: two for a Han character."""
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(unicodedata.combining(c) > 0 for c in text)


def _aligned(lines: Iterable[Sequence[str]], right: Sequence[bool]) -> str:
    rows = list(lines)
    widths = [max(map(_width, column)) for column in zip(*rows, strict=True)]
    padded = (map(_padded, row, widths, right) for row in rows)
    return "".join(_GAP.join(cells).rstrip() + "\n" for cells in padded)


def _padded(text: str, width: int, is_right: bool) -> str:
    space = " " * (width - _width(text))
    return space + text if is_right else text + space


def _tokens(values: pl.Series) -> list[str]:
    """Every value of one column as JSON."""
    if unit(values.name) == "money" and values.dtype == pl.Int64:
        return ["null" if v is None else fmt.plain_money(v) for v in values]
    if values.dtype == pl.List(pl.Int64):  # the only lists are trends of money
        return ["null" if v is None else _money_list(v) for v in values.to_list()]
    if values.dtype.is_temporal():
        return ["null" if v is None else json.dumps(v.isoformat()) for v in values]
    return [json.dumps(v, ensure_ascii=False) for v in values.to_list()]


def _money_list(values: list[int]) -> str:
    return f"[{', '.join(map(fmt.plain_money, values))}]"
