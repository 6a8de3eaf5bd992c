"""What the usual figures say of the same deals, beside the honest ones.

Three habits of other products: the win rate of closed deals only, the snapshot funnel (open
deals by present stage) and the survivors' funnel (the stage log of all deals but the lost,
each row counted).
"""

from dataclasses import replace

import polars as pl

from analytics import conversion, facts, intervals, measures, win_curves
from analytics.measures import LOST, OPEN, WON
from analytics.query import Query
from analytics.report import Frames, Report

METHODS = ("closed_only", "snapshot", "survivors")
# an honest figure -> where the curve holds it
_CURVE = {"honest_rate": "won_by_rate", "low_rate": "low_rate", "high_rate": "high_rate"}

NAIVE = pl.Schema(
    {
        "method": pl.String,  # one of METHODS
        "position": pl.Int64,  # of the stage, as in the report `funnel`; 0: winning as such
        "stage": pl.String,  # null at position 0
        "name_zh": pl.String,
        "name_en": pl.String,
        "count": pl.Int64,  # what the method counts at this stage
        "whole": pl.Int64,  # the deals it counts at all
        "naive_rate": pl.Float64,  # count / whole; above 1 where deals are counted twice
        "deals": pl.Int64,  # all that were opened
        "honest_rate": pl.Float64,  # of these; null: not known
        "low_rate": pl.Float64,  # 95 % interval of honest_rate
        "high_rate": pl.Float64,
        "bias_rate": pl.Float64,  # naive_rate - honest_rate
    }
)


def naive(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals opened in the period as three naive methods count them, and the truth.

    The honest figure of an open stage is the share of the opened deals that reached it or a
    later one; that of winning is the end of the win curve.

    Returns:
        NAIVE, the rows of each method by position; the last one is what it is known for. A
        snapshot has no row for winning: won deals are absent from it.
    """
    opened = measures.within("opened_on", query.since, query.until)
    cohort = facts.bare_deals(frames, query).filter(opened)
    alive = cohort.filter(~LOST)
    rows = (
        _closed_only(cohort),
        _counted(cohort.filter(OPEN), cohort.filter(OPEN), frames, "snapshot", ("open",)),
        _counted(_log(alive, frames, query), alive, frames, "survivors", ("open", "won")),
    )
    naive_rate = measures.rate(pl.col("count"), pl.col("whole"))
    return (
        pl.concat(rows, how="diagonal")
        .join(_truth(frames, query), on="stage", how="left", nulls_equal=True)
        .with_columns(naive_rate=naive_rate, bias_rate=naive_rate - pl.col("honest_rate"))
        .sort("method", "position")  # METHODS are in the order of the alphabet
        .select(NAIVE.names())
    )


def _closed_only(cohort: pl.LazyFrame) -> pl.LazyFrame:
    """One row: the won among the won and lost."""
    return cohort.select(
        method=pl.lit("closed_only"),
        stage=pl.lit(None, pl.String),
        count=WON.sum().cast(pl.Int64),
        whole=(WON | LOST).sum().cast(pl.Int64),
    )


def _log(alive: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """A row per entry into a stage; the present one counts even if the history does not tell."""
    history = (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .join(alive, on="deal_id", how="semi")
        .select("deal_id", "stage")
    )
    present = alive.select("deal_id", "stage")
    return pl.concat([history, present.join(history, on=["deal_id", "stage"], how="anti")])


def _counted(
    entries: pl.LazyFrame, deals: pl.LazyFrame, frames: Frames, method: str, kinds: tuple[str, ...]
) -> pl.LazyFrame:
    """A row per stage of these kinds: how many `entries` name it, beside all `deals`."""
    counts = entries.group_by("stage").agg(count=pl.len().cast(pl.Int64))
    return (
        frames["stages"]
        .filter(pl.col("kind").is_in(kinds))
        .select("stage")
        .join(counts, on="stage", how="left")
        .join(deals.select(whole=pl.len().cast(pl.Int64)), how="cross")
        .select(
            "whole",
            method=pl.lit(method),
            stage=pl.col("stage").cast(pl.String),
            count=pl.col("count").fill_null(0),
        )
    )


def _truth(frames: Frames, query: Query) -> pl.LazyFrame:
    """Stages by name with their honest figure and its interval; stage null is winning as such."""
    reached = pl.col("reached")
    low, high = intervals.wilson(reached, reached.first())
    kinds = frames["stages"].select(pl.col("stage").cast(pl.String), "kind")
    curve = win_curves.win_curves(frames, replace(query, by=win_curves.WHOLE))
    known = curve.drop_nulls("won_by_rate")
    end = known.select(pl.col(*_CURVE.values()).last().name.prefix("end_"))
    is_winning = pl.col("kind").fill_null("won") == "won"
    return (
        conversion.funnel(frames, query)
        .with_columns(
            deals=reached.first(), low_rate=low, high_rate=high, honest_rate="reached_rate"
        )
        .join(kinds, on="stage", how="left")
        .join(end, how="cross")
        .with_columns(
            pl.when(is_winning).then(f"end_{there}").otherwise(here).alias(here)
            for here, there in _CURVE.items()
        )
        .select("position", "stage", "name_zh", "name_en", "deals", *_CURVE)
    )


REPORTS = (Report("naive", facts.FACT_TABLES, NAIVE, naive),)
