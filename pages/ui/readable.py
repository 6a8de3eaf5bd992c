"""Report rows as a person reads them: words for codes, stages by name, local moments."""

from dataclasses import dataclass

import polars as pl

from pages.ui import codes

_STAGES = (
    "stage",
    "from_stage",
    "to_stage",
    "lost_stage",
    "stay_stage",
)  # columns, each with two of names


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
    """Each stage by its name, which the department chooses; by its id where it has none."""
    for stage in _STAGES:
        names = [f"{stage}_{other}" for other in ("zh", "en") if f"{stage}_{other}" in frame]
        if names:
            name = pl.coalesce(pl.col(f"{stage}_{language}", stage).cast(pl.String))
            frame = frame.with_columns(name.alias(stage)).drop(names)
    return frame


def _local(name: str, zone: str) -> pl.Expr:
    """A UTC moment of the store as the department's clocks showed it."""
    moment = pl.col(name).dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    return moment.dt.replace_time_zone(None)
