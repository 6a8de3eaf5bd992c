"""How long it takes to win a deal, and how many are ever won, by the dimensions of deals."""

import polars as pl

from analytics import facts, incidence, measures
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report

WHOLE = "all"  # as a dimension: no grouping
ALL, OTHERS = "(all)", "(others)"  # in place of a value: every deal, the groups not drawn
READ_AT = (30, 60, 90, 180, 365)  # days after opening
MOST_GROUPS = 8
_MARKS = (0, *READ_AT)
_KEYS = ("group_id", "group")

WIN_CURVE = pl.Schema(
    {
        "group_id": pl.String,  # rep id by rep, else as group
        "group": pl.String,  # null: unknown
        "deals": pl.Int64,  # of the group
        "open": pl.Int64,  # of these, at `as_of`
        "days": pl.Int64,  # since opening
        "at_risk": pl.Int64,  # deals open and watched when that day begins
        "won": pl.Int64,  # up to and including that day
        "lost": pl.Int64,
        "won_by_rate": pl.Float64,  # of all deals, by that day; null: not known
        "low_rate": pl.Float64,  # 95 % interval of won_by_rate; null at 0 and at 1
        "high_rate": pl.Float64,
        "lost_by_rate": pl.Float64,
        "certainty": pl.String,  # of incidence.judged: firm, indicative, young, few
    }
)


def win_curves(frames: Frames, query: Query) -> pl.LazyFrame:
    """The share of the deals opened in the period that is won within so many days.

    Lost deals compete, deals still open are censored at `as_of` (analytics.incidence). Deals
    without opening day are no part. The store does not say when it first saw a deal, so one
    entered long after its opening counts as watched from its opening on.

    Returns:
        WIN_CURVE, one row per group and day on which a deal was won or lost, and for day 0,
        the days of READ_AT and the last day that is known, as far as they are; by the
        group's label, the unknown and the others last. Beyond MOST_GROUPS, the groups with
        the fewest deals are one, OTHERS. A group of which nothing is known has day 0 only.
    """
    curve = _curves(frames, query)
    known = pl.col("won_by_rate").is_not_null()
    so_far = pl.col("won") + pl.col("lost")
    moves = so_far > so_far.shift(fill_value=0).over(_KEYS)
    is_last = pl.col("days") == pl.col("days").filter(known).max().over(_KEYS)
    read = incidence.readings(curve, _KEYS, _MARKS).pipe(incidence.judged)
    between = incidence.judged(curve).filter(moves | is_last, ~pl.col("days").is_in(_MARKS))
    rows = pl.concat([read, between]).filter(known | (pl.col("days") == 0))
    return _ordered(rows)


def win_by_day(frames: Frames, query: Query) -> pl.LazyFrame:
    """The curves of `win_curves` read 30, 60, 90, 180 and 365 days after opening.

    Returns:
        WIN_CURVE, one row per group and reading; groups as in `win_curves`.
    """
    return _ordered(
        incidence.readings(_curves(frames, query), _KEYS, READ_AT).pipe(incidence.judged)
    )


def durations(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals opened in the period: group_id, group, days and status, one row per deal.

    Days run from opening to closing, or to `as_of` while the deal is open.
    """
    opened = measures.within("opened_on", query.since, query.until)
    if query.by == WHOLE:
        deals = facts.bare_deals(frames, query)
        keys = [pl.lit(ALL).alias(key) for key in _KEYS]
    else:
        deals, keys = facts.deals(frames, query), facts.group_keys(query.by)
    last = pl.col("closed_on").fill_null(query.as_of)
    days = (last - pl.col("opened_on")).dt.total_days()
    return deals.filter(opened).select(*keys, "status", days=days)


def _curves(frames: Frames, query: Query) -> pl.LazyFrame:
    """One curve per group, the small groups together as OTHERS."""
    table = incidence.life_table(durations(frames, query), _KEYS)
    texts = table.with_columns(pl.col(_KEYS).cast(pl.String)).cache()
    sizes = texts.group_by(_KEYS).agg(pl.col("seen").sum())
    largest = sizes.sort("seen", *_KEYS, descending=[True, False, False]).head(MOST_GROUPS)
    kept = largest.select(*_KEYS, is_kept=True)
    named = [pl.when("is_kept").then(key).otherwise(pl.lit(OTHERS)).alias(key) for key in _KEYS]
    merged = (
        texts.join(kept, on=_KEYS, how="left", nulls_equal=True)
        .with_columns(named)
        .group_by(*_KEYS, "days")
        .agg(pl.col("seen", "won", "lost").sum())
        .sort(*_KEYS, "days")
    )
    return incidence.curves(merged, _KEYS)


def _ordered(rows: pl.LazyFrame) -> pl.LazyFrame:
    is_others = pl.col("group_id").eq_missing(pl.lit(OTHERS))
    return rows.sort(is_others, "group", "group_id", "days", nulls_last=True)


REPORTS = (
    Report("win-curves", facts.FACT_TABLES, WIN_CURVE, win_curves, by=(WHOLE, *DIMENSIONS)),
    Report("win-by-day", facts.FACT_TABLES, WIN_CURVE, win_by_day, by=(WHOLE, *DIMENSIONS)),
)
