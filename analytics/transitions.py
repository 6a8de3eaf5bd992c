"""Moves from stage to stage: on, over a stage, back, to the end and out of it again."""

import polars as pl

from analytics import facts, measures, stages
from analytics.query import Query
from analytics.report import Frames, Report

_ENDS = ("from", "to")

TRANSITIONS = pl.Schema(
    {
        "from_position": pl.Int64,  # step of the ladder as in the report `funnel`; null: lost
        "from_stage": pl.String,
        "from_stage_zh": pl.String,
        "from_stage_en": pl.String,
        "to_position": pl.Int64,
        "to_stage": pl.String,
        "to_stage_zh": pl.String,
        "to_stage_en": pl.String,
        "move": pl.String,  # forward, skip, backward, won, lost, reopened
        "moves": pl.Int64,
        "deals": pl.Int64,  # that made the move, once or several times
        "leaving_rate": pl.Float64,  # of all moves out of the first stage
    }
)


def transitions(frames: Frames, query: Query) -> pl.LazyFrame:
    """How often deals moved from one stage to the next in the period.

    A move is from a stay to the deal's next stay, on the day that began; consecutive events
    of one stage are one stay. Where a move leads decides what it is: to a won or a lost
    stage, back into an open one after that (re-opened), else on the ladder one step forward,
    over a step or more (skip), or backward.

    Returns:
        TRANSITIONS, one row per pair of stages between which deals moved, in the order of
        the ladder, lost stages last. The moves of one first stage are all its leavings.
        No moves give no rows.
    """
    pairs = moves(frames, query).group_by("from_stage", "to_stage")
    counted = pairs.agg(moves=pl.len().cast(pl.Int64), deals=pl.col("deal").n_unique())
    leavings = pl.col("moves").sum().over("from_stage")
    order = [pl.col(f"{end}_{part}") for end in _ENDS for part in ("position", "stage")]
    return (
        _with_places(counted, frames)
        .with_columns(
            *(pl.col(f"{end}_stage").cast(pl.String) for end in _ENDS),
            pl.col("deals").cast(pl.Int64),
            leaving_rate=pl.col("moves") / leavings,
        )
        .sort(order, nulls_last=True)
        .select(TRANSITIONS.names())
    )


def moves(frames: Frames, query: Query) -> pl.LazyFrame:
    """The moves of the period: `deal_id` and `deal`, `from_stage`, `to_stage`, and when.

    One row per move, on the day `moved_on`, after `stay_days` in the stage it left.
    """
    stay_days = (pl.col("next_on") - pl.col("entered_on")).dt.total_days()
    return (
        stages.stays(frames, query)
        .filter(measures.within("next_on", query.since, query.until))
        .select(
            "deal_id",
            "deal",
            from_stage="stage",
            to_stage="next_stage",
            moved_on="next_on",
            stay_days=stay_days.clip(0),
        )
    )


def _with_places(pairs: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Pairs of stages with the names and places of both, and what such a move is."""
    for end in _ENDS:
        place = stages.placed(frames).select(
            pl.col("stage").alias(f"{end}_stage"),
            pl.col("kind").alias(f"{end}_kind"),
            pl.col("position").alias(f"{end}_position"),
            pl.col("name_zh").alias(f"{end}_stage_zh"),
            pl.col("name_en").alias(f"{end}_stage_en"),
        )
        pairs = pairs.join(place, on=f"{end}_stage")
    return pairs.with_columns(move=_move())


def _move() -> pl.Expr:
    to_kind = pl.col("to_kind").cast(pl.String)
    steps = pl.col("to_position") - pl.col("from_position")
    return (
        pl.when(to_kind != "open")
        .then(to_kind)
        .when(pl.col("from_kind") != "open")
        .then(pl.lit("reopened"))
        .when(steps < 0)
        .then(pl.lit("backward"))
        .when(steps == 1)
        .then(pl.lit("forward"))
        .otherwise(pl.lit("skip"))
    )


REPORTS = (Report("transitions", facts.FACT_TABLES, TRANSITIONS, transitions),)
