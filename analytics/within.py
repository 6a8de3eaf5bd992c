"""Rows of a report for somebody who may not see them all: figures stay, rows are limited.

A report is made once for the whole department, so its totals, ranks and priors are the same for
everybody. What its rows tell about single records is for those within whose reach these are.
"""

from collections.abc import Callable

import polars as pl

SUBJECTS = {  # column -> table; a row is about the first of these that it names
    "visit_id": "visits",
    "report_id": "work_reports",
    "deal_id": "deals",
    "customer_id": "customers",
}
_NAMED = {"deal": ("deal_id",), "customer": ("customer_id", "deal_id")}  # name -> whose it is


def subjects(schema: pl.Schema) -> list[str]:
    """The id columns that say which record a row is about; none for figures."""
    return [name for name in SUBJECTS if name in schema]


def limited(rows: pl.DataFrame, reached: Callable[[str], pl.Series]) -> pl.DataFrame:
    """The rows about records within reach; `reached(table)` holds their ids.

    A row about none (a week without a report) goes by its rep. Where a row names another
    record besides, one out of reach is left empty: a visit at a colleague's deal stays, and
    the deal is unknown.
    """
    about = subjects(rows.schema)
    if not about:
        return rows
    is_known = {name: pl.col(name).is_in(reached(SUBJECTS[name]).implode()) for name in about}
    tests = [*is_known.values(), pl.lit(False)]
    if "rep_id" in rows.columns:
        tests.insert(-1, pl.col("rep_id").cast(pl.String).is_in(reached("reps").implode()))
    owners = {name: next(i for i in ids if i in about) for name, ids in _NAMED.items()
              if name in rows.columns}  # fmt: skip
    blanked = {**{name: name for name in about}, **owners}
    return rows.filter(pl.coalesce(tests)).with_columns(
        pl.when(is_known[id]).then(name).alias(name) for name, id in blanked.items()
    )
