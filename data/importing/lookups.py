"""Values found in another file of the export by a key."""

from collections.abc import Sequence
from typing import NamedTuple

import polars as pl

from data.importing.grammar import Lookup


class Found(NamedTuple):
    """What a lookup gave, and the rows it could not answer."""

    texts: pl.Series
    missing: pl.Series  # the value is no key of the file
    several: pl.Series  # its rows say different things


def look_up(texts: pl.Series, table: pl.DataFrame, hop: Lookup, empty: Sequence[str]) -> Found:
    """`take` of the row whose `key` is the text; null where there is no such row, or no text.

    Where several rows have the key and say the same there is no doubt; where they differ,
    `if_several` says which one counts, and without it none does.
    """
    pick = pl.col("take").last() if hop.if_several == "last" else pl.col("take").first()
    answers = (
        table.select(key=_worded(hop.key, empty), take=_worded(hop.take, empty))
        .drop_nulls("key")
        .group_by("key")
        .agg(take=pick, answers=pl.col("take").n_unique())
    )
    asked = texts.rename("key").to_frame()
    got = asked.join(answers, on="key", how="left", maintain_order="left")
    several = (got["answers"] > 1).fill_null(False)
    taken = got["take"] if hop.if_several != "refuse" else got["take"].set(several, None)
    return Found(taken, texts.is_not_null() & got["answers"].is_null(), several)


def _worded(header: str, empty: Sequence[str]) -> pl.Expr:
    texts = pl.col(header)
    return pl.when(~texts.is_in(list(empty))).then(texts)
