"""Days and moments as people write them; several formats may occur in one column."""

import re
from collections.abc import Mapping, Sequence
from types import MappingProxyType

import polars as pl

from data.records import EARLIEST, LATEST

TOKENS: Mapping[str, str] = MappingProxyType(
    {
        "YYYY": "%Y",
        "YY": "%y",
        "MMMM": "%B",
        "MMM": "%b",
        "MM": "%m",
        "M": "%m",
        "DD": "%d",
        "D": "%d",
        "HH": "%H",
        "H": "%H",
        "hh": "%I",
        "h": "%I",
        "mm": "%M",
        "ss": "%S",
        "A": "%p",
    }
)
_TOKEN = re.compile("|".join(sorted(TOKENS, key=len, reverse=True)))
# Year first is never ambiguous, so these need not be said.
_YEAR_FIRST = r"^(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})日?"
_ALWAYS = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")
_OFFSET = r"^(.*\d)\s*(Z|[+-]\d{2}:?\d{2})$"


def days(texts: pl.Series, formats: Sequence[str], zone: str) -> pl.Series:
    """The business day of each text; null where it fits no format.

    A text with its own offset (`2026-01-08T23:30:00Z`) is the day it was in `zone`.
    """
    local, moment = _local(texts, formats)
    in_zone = moment.dt.convert_time_zone(zone).dt.replace_time_zone(None)
    return _or(local, in_zone).dt.date()


def moments(texts: pl.Series, formats: Sequence[str], zone: str) -> pl.Series:
    """The moment of each text in UTC; null where it fits no format.

    A text without an offset is local time in `zone`. In the hour that occurs twice in
    autumn the first is meant; in the hour that spring skips, the one after.
    """
    local, moment = _local(texts, formats)
    utc = _or(_to_utc(local, zone), _to_utc(local.dt.offset_by("1h"), zone))
    return _or(utc, moment.dt.replace_time_zone(None))


def strftime(written: str) -> str:
    """`DD/MM/YYYY` as `%d/%m/%Y`; what is no token stands for itself."""
    if "%" in written:
        return written
    return _TOKEN.sub(lambda found: TOKENS[found[0]], written)


def _to_utc(local: pl.Series, zone: str) -> pl.Series:
    aware = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return aware.dt.convert_time_zone("UTC").dt.replace_time_zone(None)


def _local(texts: pl.Series, formats: Sequence[str]) -> tuple[pl.Series, pl.Series]:
    """Local times, and the UTC moments of texts that carry an offset."""
    local = pl.Series(texts.name, [None], pl.Datetime("us")).new_from_index(0, texts.len())
    for written in formats:
        local = _fill(local, texts, strftime(written))
    if local.null_count() == texts.null_count():
        usual = texts
    else:
        usual = texts.str.replace(_YEAR_FIRST, "$1-$2-$3").str.replace(r"^([\d-]{8,10})T", "$1 ")
        for fits in _ALWAYS:
            local = _fill(local, usual, fits)
    years = local.dt.year()  # `%Y` takes 17 for the year 17
    local = local.set(~years.is_between(EARLIEST.year, LATEST.year), None)
    return local, _with_offset(usual.set(local.is_not_null(), None))


def _fill(local: pl.Series, texts: pl.Series, fits: str) -> pl.Series:
    """`local` with its gaps filled from the texts that fit; a month is its first day."""
    gaps = local.is_null() & texts.is_not_null()
    if not gaps.any():
        return local
    if "%d" not in fits:
        texts, fits = texts + "-01", fits + "-%d"
    return _or(local, texts.str.to_datetime(fits, time_unit="us", strict=False))


def _with_offset(texts: pl.Series) -> pl.Series:
    if texts.null_count() == texts.len():
        return pl.Series(texts.name, [None], pl.Datetime("us", "UTC")).new_from_index(
            0, texts.len()
        )
    parts = texts.str.extract_groups(_OFFSET).struct
    written = parts.field("1") + parts.field("2").str.replace("Z", "+0000").str.replace(":", "")
    return written.str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us", strict=False)


def _or(first: pl.Series, second: pl.Series) -> pl.Series:
    """`first`, or `second` where it is null."""
    return first.zip_with(first.is_not_null(), second)
