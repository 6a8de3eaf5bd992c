"""The ranking of the people who sell, the same for everyone who reads it."""

from dataclasses import replace
from datetime import timedelta

import polars as pl

from analytics import facts, scores
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

RANKING = pl.Schema(
    {
        "rank": pl.Int64,  # null: unranked
        "previous_rank": pl.Int64,  # in the period compared with; null: unranked or absent then
        "rank_change": pl.Int64,  # places gained since
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "status": KEY,
        "won_amount": pl.Int64,
        "gross_profit": pl.Int64,  # null: deals were won, no cost is known
        "margin_rate": pl.Float64,
        "won": pl.Int64,
        "lost": pl.Int64,
        "closed": pl.Int64,
        "decided": pl.Int64,  # of these: deals that the win rates count
        "decided_won": pl.Int64,
        "win_rate": pl.Float64,
        "adjusted_rate": pl.Float64,  # null: nothing was decided
        "adjusted_low_rate": pl.Float64,  # 90 % interval
        "adjusted_high_rate": pl.Float64,
        "target_amount": pl.Int64,  # null: no target
        "attainment_rate": pl.Float64,
        "median_cycle_days": pl.Float64,
        "visits": pl.Int64,  # null: the department records none
        "customers_visited": pl.Int64,
        "visits_per_won": pl.Float64,
        "reports_due": pl.Int64,  # null: none fell due in the department
        "reports_on_time": pl.Int64,
        "on_time_rate": pl.Float64,
        "trend": pl.List(pl.Int64),  # won amount of the six months up to that of `as_of`
    }
)
RANK_COLUMNS = (
    "won_amount",
    "gross_profit",
    "margin_rate",
    "won",
    "lost",
    "closed",
    "win_rate",
    "adjusted_rate",
    "attainment_rate",
    "target_amount",
    "median_cycle_days",
    "visits",
    "customers_visited",
    "visits_per_won",
    "on_time_rate",
    "reports_on_time",
    "reports_due",
)
_DAY = timedelta(days=1)


def ranking(frames: Frames, query: Query) -> pl.LazyFrame:
    """Everyone who sells, best first by the column `query.rank_by`, one of RANK_COLUMNS.

    Those are all reps (by role) there in the period, and whoever opened or closed a deal or
    made a visit in it, also if they have left. Filters by rep and team only choose which
    rows are shown: ranks and adjusted rates are the department's. Other filters choose the
    deals and visits that count. Team is that of the period's last day.

    More is better, but for lost deals, cycle days and visits per won deal. The adjusted win
    rate ranks by the lower end of its interval and leaves reps with fewer than five decided
    deals unranked. So is everyone whose figure is unknown; they follow below.

    Returns:
        RANKING, one row per person; ties by name, then id. The previous rank is that of
        `periods.compared`, as it is known today.

    Raises:
        ValueError: `query.rank_by` is not one of RANK_COLUMNS.
    """
    whole = department(query)
    deals = facts.deals(frames, whole).cache()  # three parts read them
    return (
        scored(frames, deals, whole)
        .join(_previous_ranks(frames, deals, whole), on="rep_id", how="left")
        .join(scores.trend(deals, whole, scores.PERSON), on="rep_id", how="left")
        .with_columns(
            rank_change=pl.col("previous_rank") - pl.col("rank"),
            trend=pl.col("trend").fill_null([0] * scores.TREND_MONTHS),
        )
        .sort("place")
        .filter(facts.shows(query))
        .select(RANKING.names())
    )


def department(query: Query) -> Query:
    """The question that ranks: about everyone, with an end to its period.

    Raises:
        ValueError: `query.rank_by` is not one of RANK_COLUMNS.
    """
    if query.rank_by not in RANK_COLUMNS:
        raise ValueError(f"no ranking by {query.rank_by}")
    return replace(query, rep=(), team=(), until=query.until or query.as_of + _DAY)


def scored(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """Everyone who sells with all figures, place and rank, by `department(query)`."""
    figures = scores.adjusted(scores.of_people(frames, deals, query))
    return scores.ranked(figures, query.rank_by, "rep", "rep_id")


def _previous_ranks(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """rep_id and previous_rank; no rows when the period has no beginning."""
    before = query.compared()
    if before is None:
        return pl.LazyFrame(schema={"rep_id": KEY, "previous_rank": pl.Int64})
    figures = scores.of_people(frames, deals, before)
    if query.rank_by == scores.RANKED_BY_LOW_END:
        figures = scores.adjusted(figures)
    ranked = scores.ranked(figures, query.rank_by, "rep", "rep_id")
    return ranked.select("rep_id", previous_rank="rank")


REPORTS = (Report("rep-ranking", scores.TABLES, RANKING, ranking),)
