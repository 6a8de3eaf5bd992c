"""Report rows as a person reads them: words for codes, stages by name, local moments."""

from dataclasses import dataclass

import polars as pl

from pages.ui import codes


@dataclass(frozen=True)
class Reader:
    """Whom rows are for: their language and the department's time zone.

    `by` is the dimension whose values a column `group` holds, if the rows have one.
    """

    language: str
    zone: str
    by: str = ""


def rows(frame: pl.DataFrame, reader: Reader) -> pl.DataFrame:
    """The frame with codes as words, stages by their names and moments without their zone."""
    named = _stages(frame, reader.language)
    return codes.worded(named, reader.language, by=reader.by).with_columns(
        _local(name, reader.zone) for name, kind in named.schema.items() if kind == pl.Datetime
    )


def _stages(frame: pl.DataFrame, language: str) -> pl.DataFrame:
    """One column `stage` with its name, which the department chooses; the id where it has none."""
    names = [f"stage_{other}" for other in ("zh", "en") if f"stage_{other}" in frame.columns]
    if not names:
        return frame
    name = pl.coalesce(pl.col(f"stage_{language}", "stage").cast(pl.String))
    return frame.with_columns(name.alias("stage")).drop(names)


def _local(name: str, zone: str) -> pl.Expr:
    """A UTC moment of the store as the department's clocks showed it."""
    moment = pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return moment.dt.replace_time_zone(None)
