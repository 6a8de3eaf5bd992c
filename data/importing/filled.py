"""What one feed gives: rows of a record, where each stands, and the cells that cannot be used."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from data.importing.files import FILE, LINE
from data.importing.values import Fault
from data.records import Record

AT = "__at__"  # number of a record row within its feed, later within its record
FIELD = "__field__"
HEADER = "__header__"  # the column a cell came from before it was unpivoted
REJECTS = pl.Schema(
    {
        "record": pl.String,  # name of the declaration
        "file": pl.String,
        "line": pl.Int64,  # line of a text, row of a spreadsheet
        "column": pl.String,  # header words of the file
        "value": pl.String,
        "code": pl.String,  # key of the sentence in errors.toml
        "limit": pl.String,  # fills the sentence
    }
)


@dataclass(frozen=True)
class Filled:
    """What one feed gives. A reject names the record row it spoils by AT."""

    rows: pl.DataFrame  # the filled fields, one row per record
    places: pl.DataFrame  # FILE, LINE (and HEADER) of each row
    labels: Mapping[str, pl.Expr]  # field -> header words, on `places`
    rejects: pl.DataFrame  # REJECTS, FIELD, AT
    read: int  # rows of the file
    left_out: int  # rows that `where` does not want


def rejects(
    record: type[Record],
    places: pl.DataFrame,
    field: str,
    label: pl.Expr,
    texts: pl.Series,
    fault: Fault,
) -> pl.DataFrame:
    """The rows of one fault (REJECTS, FIELD and AT)."""
    at = fault.rows.arg_true()
    limit = fault.limit
    return places[at].select(
        pl.lit(record.__name__).alias("record"),
        pl.col(FILE).alias("file"),
        pl.col(LINE).alias("line"),
        label.cast(pl.String).alias("column"),
        texts.gather(at).alias("value"),
        pl.lit(fault.code).alias("code"),
        (limit[at] if isinstance(limit, pl.Series) else pl.lit(limit, pl.String)).alias("limit"),
        pl.lit(field).alias(FIELD),
        at.cast(pl.UInt32).alias(AT),
    )
