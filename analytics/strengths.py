"""Where a rep lies clearly above or below the department, beyond what chance explains.

Each figure has a 90 % interval of its own; it stands out when the department's figure lies
outside. Of ten comparisons one stands out by chance alone.

Intervals: won deals drawn again (`bootstrap`) for attainment, deal size and margin; the
adjusted rate (`shrinkage`) for wins; order statistics for the median cycle, Garwood's for
counts a week, Jeffreys' for reports in time and steps of the funnel (`intervals`).
"""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl

from analytics import conversion, facts, intervals, measures, redrawn, scores
from analytics.bootstrap import LEVEL
from analytics.query import Query
from analytics.rank_uncertainty import FEWEST_DEALS
from analytics.redrawn import Figures, floats, ratio
from analytics.report import Frames, Report
from analytics.reps import department, scored
from analytics.schemas import KEY

_LESS_IS_BETTER = ("cycle_days",)
STEP = "step"  # the measure of which there is one per stage
_DAY = timedelta(days=1)
_STAGE = {"stage": pl.String(), "stage_zh": pl.String(), "stage_en": pl.String()}
_WEEK = 7

REP_COMPARISON = pl.Schema(
    {
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "measure": pl.String(),
        **_STAGE,  # of the measure `step`: the stage that is reached; else null
        "cases": pl.Int64(),  # deals, visits or reports behind the figure
        "value": pl.Float64(),  # shares 0..1, days, or a number; null: unknown
        "low": pl.Float64(),  # 90 % interval; null: unknown, or fewer than five cases
        "high": pl.Float64(),
        "department": pl.Float64(),
        "standing": pl.String(),  # stronger, weaker, alike; null: cannot be said
    }
)
_LONG = pl.Schema({name: REP_COMPARISON[name] for name in REP_COMPARISON.names()[:-1]})


def comparison(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every rep's figures of the period beside the department's.

    The measures: attainment; deals opened and visits a week of those the person was there;
    adjusted win rate; deal size, the mean won amount as a share of the department's; margin;
    median cycle; reports in time; and the conversion of each step of the funnel. A figure is
    `stronger` or `weaker` when the department's lies outside its interval, and `alike` when
    it lies inside. Counts a week are unknown where the period has no beginning.

    Returns:
        REP_COMPARISON, one row per person and measure, steps last in the order of the
        ladder; by name, then id. Filters by rep and team choose rows.
    """
    whole = department(replace(query, rank_by="won_amount"))
    deals = facts.deals(frames, whole).cache()  # the figures, draws and steps read them
    rows = of_people(frames, deals, scored(frames, deals, whole), whole)
    return rows.filter(facts.shows(query))


def of_people(
    frames: Frames, deals: pl.LazyFrame, people: pl.LazyFrame, query: Query
) -> pl.LazyFrame:
    """REP_COMPARISON of `people`, as `reps.scored` makes them of `deals`."""
    figures = people.with_columns(weeks=_weeks(query)).join(
        redrawn.won_deals(frames, deals, query), on="rep_id", how="left"
    )
    rows = pl.concat(
        [
            figures.map_batches(_compared, schema=_LONG),
            _steps(frames, deals, people, query).map_batches(_converted, schema=_LONG),
        ]
    )
    names = pl.col("rep", "rep_id").cast(pl.String)
    return rows.with_columns(standing=_standing()).sort(names, maintain_order=True)


def _weeks(query: Query) -> pl.Expr:
    """How many weeks of the period so far the person was there; null without a beginning."""
    if query.since is None:
        return pl.lit(None, pl.Float64)
    assert query.until is not None
    since = pl.max_horizontal(pl.lit(query.since), "hired_on")
    last = pl.min_horizontal(pl.lit(min(query.until - _DAY, query.as_of)), "left_on")
    return ((last - since).dt.total_days() + 1).clip(0) / _WEEK


def _compared(rows: pl.DataFrame) -> pl.DataFrame:
    """_LONG of the measures that are not steps."""
    if rows.is_empty():
        return pl.DataFrame(schema=_LONG)
    found = {
        **redrawn.drawn_again(rows),
        "opened_weekly": _weekly(rows, "opened"),
        "adjusted_rate": _wins(rows),
        "cycle_days": _cycle(rows),
        "visits_weekly": _weekly(rows, "visits"),
        "on_time_rate": _in_time(rows),
    }
    order = (
        *("attainment_rate", "opened_weekly", "adjusted_rate", "deal_size", "margin_rate"),
        *("cycle_days", "visits_weekly", "on_time_rate"),
    )
    return pl.concat(_long(rows, name, found[name]) for name in order)


def _long(rows: pl.DataFrame, measure: str, figures: Figures) -> pl.DataFrame:
    """_LONG of one measure; an interval needs enough cases."""
    enough = figures.cases >= FEWEST_DEALS
    low, high = (np.where(enough, end, np.nan) for end in (figures.low, figures.high))
    numbers = pl.col("value", "low", "high", "department").fill_nan(None)
    stage = [pl.lit(None, kind).alias(name) for name, kind in _STAGE.items()]
    named = rows.select("rep_id", "rep", "team", *stage, measure=pl.lit(measure))
    return named.with_columns(
        cases=pl.Series(figures.cases).fill_nan(None).cast(pl.Int64),
        value=pl.Series(figures.value),
        low=pl.Series(low),
        high=pl.Series(high),
        department=pl.lit(figures.department),
    ).select(*_LONG.names()[:-4], numbers)


def _weekly(rows: pl.DataFrame, name: str) -> Figures:
    count, weeks = floats(rows, name), floats(rows, "weeks")
    value = np.divide(count, weeks, out=np.full_like(count, np.nan), where=weeks > 0)
    whole = ratio(np.nansum(count), np.nansum(weeks)) if np.nansum(count) else float("nan")
    return Figures(count, value, *intervals.garwood(count, weeks, LEVEL), whole)


def _wins(rows: pl.DataFrame) -> Figures:
    decided, won = floats(rows, "decided"), floats(rows, "decided_won")
    columns = ("adjusted_rate", "adjusted_low_rate", "adjusted_high_rate")
    rate, low, high = (floats(rows, name) for name in columns)
    return Figures(decided, rate, low, high, ratio(won.sum(), decided.sum()))


def _in_time(rows: pl.DataFrame) -> Figures:
    due, done = floats(rows, "reports_due"), floats(rows, "reports_on_time")
    whole = ratio(np.nansum(done), np.nansum(due))
    rate = floats(rows, "on_time_rate")
    return Figures(due, rate, *intervals.jeffreys(done, due, LEVEL), whole)


def _cycle(rows: pl.DataFrame) -> Figures:
    days = [np.array(found or [], dtype=np.float64) for found in rows["days"].to_list()]
    low, high = np.array([intervals.of_median(found, LEVEL) for found in days]).T
    every = np.concatenate(days)
    whole = float(np.median(every)) if len(every) else float("nan")
    cases = np.array([len(found) for found in days], dtype=np.float64)
    return Figures(cases, floats(rows, "median_cycle_days"), low, high, whole)


def _steps(frames: Frames, deals: pl.LazyFrame, people: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """Every person times every step of the funnel; `stopped`: deals that came just so far."""
    opened = deals.filter(measures.within("opened_on", query.since, query.until))
    furthest = conversion.furthest(frames, query)
    stopped = (
        opened.select("deal_id", "rep_id")
        .join(furthest, on="deal_id", how="left")
        .group_by("rep_id", position=pl.col("reached_position").fill_null(0))
        .agg(stopped=pl.len().cast(pl.Int64))
    )
    names = {"stage_zh": "name_zh", "stage_en": "name_en", "department": "step_rate"}
    ladder = conversion.funnel(frames, query).select("position", "stage", **names)
    return (
        people.select("rep_id", "rep", "team")
        .join(ladder, how="cross")
        .join(stopped, on=["rep_id", "position"], how="left")
    )


def _converted(rows: pl.DataFrame) -> pl.DataFrame:
    """_LONG of the steps, in the order of the ladder."""
    reached = pl.col("stopped").fill_null(0).cum_sum(reverse=True).over("rep_id")
    steps = (
        rows.sort(pl.col("rep_id").cast(pl.String), "position")
        .with_columns(reached=reached)
        .with_columns(cases=pl.col("reached").shift().over("rep_id"))
        .filter(pl.col("position") > 0)
        .with_columns(value=measures.rate(pl.col("reached"), pl.col("cases")))
    )
    low, high = intervals.jeffreys(floats(steps, "reached"), floats(steps, "cases"), LEVEL)
    enough = pl.col("cases") >= FEWEST_DEALS
    return steps.with_columns(
        pl.when(enough).then(pl.Series(low).fill_nan(None)).alias("low"),
        pl.when(enough).then(pl.Series(high).fill_nan(None)).alias("high"),
        measure=pl.lit(STEP),
    ).select(_LONG.names())


def _standing() -> pl.Expr:
    """Whether the department's figure lies outside the interval, and on which side."""
    whole, is_less_better = pl.col("department"), pl.col("measure").is_in(list(_LESS_IS_BETTER))
    is_above, is_below = whole < pl.col("low"), whole > pl.col("high")
    return (
        pl.when(is_above | is_below)
        .then(
            pl.when(is_above != is_less_better).then(pl.lit("stronger")).otherwise(pl.lit("weaker"))
        )
        .when(is_above.is_not_null() & is_below.is_not_null())
        .then(pl.lit("alike"))
    )


REPORTS = (Report("rep-comparison", scores.TABLES, REP_COMPARISON, comparison),)
