"""What a report is: its tables, its output schema and the pure function that makes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import polars as pl

from analytics.query import Query

Frames = Mapping[str, pl.LazyFrame]
Read = Callable[[str], pl.DataFrame]


@dataclass(frozen=True)
class Report:
    """One entry of the catalogue. `make` turns the frames of `tables` into `schema`.

    `by` names what it can be grouped by, nothing for a report that has no groups.
    """

    name: str
    tables: tuple[str, ...]
    schema: pl.Schema
    make: Callable[[Frames, Query], pl.LazyFrame]
    by: tuple[str, ...] = ()
