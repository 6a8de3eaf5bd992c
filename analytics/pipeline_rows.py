"""The rows behind the figures of the pipeline: stays, moves, lost deals, first visits."""

import polars as pl

from analytics import conversion, facts, first_visits, listing, losses, measures, transitions
from analytics.listing import DEAL_ROWS
from analytics.measures import LOST
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

STAY_ROWS = pl.Schema(
    {
        "stay_stage": KEY,  # id; its names
        "stay_stage_zh": pl.String,
        "stay_stage_en": pl.String,
        "entered_on": pl.Date,
        "left_on": pl.Date,  # null: still there at `as_of`
        "stay_days": pl.Int64,
        **DEAL_ROWS,  # the deal as it stands at `as_of`
    }
)
MOVE_ROWS = pl.Schema(
    {
        "from_stage": KEY,  # id; its names
        "from_stage_zh": pl.String,
        "from_stage_en": pl.String,
        "to_stage": KEY,
        "to_stage_zh": pl.String,
        "to_stage_en": pl.String,
        "moved_on": pl.Date,
        "stay_days": pl.Int64,  # in the stage it left
        **DEAL_ROWS,  # the deal as it stands at `as_of`
    }
)
LOST_ROWS = pl.Schema(
    {
        "lost_stage": KEY,  # the open stage it was in before; null: in none
        "lost_stage_zh": pl.String,
        "lost_stage_en": pl.String,
        **DEAL_ROWS,
    }
)
FIRST_VISIT_ROWS = pl.Schema(
    {
        "customer_id": pl.String,
        "customer": pl.String,
        "visited_on": pl.Date,  # the first visit ever
        "kind": pl.String,
        "since_days": pl.Int64,  # from it to `as_of`
        "is_existing": pl.Boolean,  # had a deal before: not counted in `visit-to-deal`
        "opened_on": pl.Date,  # of the first deal since
        "opened_days": pl.Int64,  # from the first visit to it
        "won_on": pl.Date,  # when the first of the deals opened since was won
        "rep_id": KEY,  # who made the first visit
        "rep": KEY,
        "team": KEY,
        "region": KEY,
        "industry": KEY,
        "size": KEY,
    }
)


def stays(frames: Frames, query: Query) -> pl.LazyFrame:
    """The stays begun in the period that `stage-time` counts, the longest first.

    Returns:
        STAY_ROWS, one row per stay in an open stage; ties by its first day, then by deal id.
    """
    begun = measures.within("entered_on", query.since, query.until)
    found = conversion.open_stays(frames, query).filter(begun)
    found = found.rename({"stage": "stay_stage", "days": "stay_days"})
    deals = listing.described(facts.deals(frames, query), frames)
    return (
        _named(found, frames, "stay_stage")
        .join(deals, on="deal_id")
        .sort(
            *("stay_days", "entered_on", "deal_id", pl.col("stay_stage").cast(pl.String)),
            descending=[True, False, False, False],
        )
        .select(STAY_ROWS.names())
    )


def moves(frames: Frames, query: Query) -> pl.LazyFrame:
    """The moves of the period that `transitions` counts, latest first.

    Returns:
        MOVE_ROWS, one row per move; those of one day by deal id, in the deal's order.
    """
    moved = transitions.moves(frames, query).with_row_index("order")
    deals = listing.described(facts.deals(frames, query), frames)
    named = _named(_named(moved.drop("deal"), frames, "from_stage"), frames, "to_stage")
    return (
        named.join(deals, on="deal_id")
        .sort("moved_on", "deal_id", "order", descending=[True, False, False])
        .select(MOVE_ROWS.names())
    )


def lost(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals lost in the period with the stage they were in before, latest first.

    Returns:
        LOST_ROWS, one row per deal; ties by id.
    """
    closed = measures.within("closed_on", query.since, query.until)
    deals = facts.deals(frames, query).filter(LOST, closed)
    before = losses.stage_before(frames, query, deals)
    return (
        _named(before, frames, "lost_stage")
        .join(listing.described(deals, frames), on="deal_id")
        .sort("closed_on", "deal_id", descending=[True, False])
        .select(LOST_ROWS.names())
    )


def customers(frames: Frames, query: Query) -> pl.LazyFrame:
    """The customers first visited in the period and their first deals, latest visit first.

    Returns:
        FIRST_VISIT_ROWS, one row per customer; ties by id.
    """
    opened, since = pl.col("opened_on") - pl.col("visited_on"), query.as_of - pl.col("visited_on")
    return (
        first_visits.customers(frames, query)
        .with_columns(opened_days=opened.dt.total_days(), since_days=since.dt.total_days())
        .sort("visited_on", "customer_id", descending=[True, False])
        .select(FIRST_VISIT_ROWS.names())
    )


def _named(rows: pl.LazyFrame, frames: Frames, stage: str) -> pl.LazyFrame:
    """Rows with both names of the stage in column `stage` beside it."""
    names = frames["stages"].select(
        pl.col("stage").alias(stage),
        pl.col("name_zh").alias(f"{stage}_zh"),
        pl.col("name_en").alias(f"{stage}_en"),
    )
    return rows.join(names, on=stage, how="left")


REPORTS = (
    Report("stays", facts.FACT_TABLES, STAY_ROWS, stays),
    Report("moves", facts.FACT_TABLES, MOVE_ROWS, moves),
    Report("lost-deals", facts.FACT_TABLES, LOST_ROWS, lost),
    Report("first-visits", first_visits.TABLES, FIRST_VISIT_ROWS, customers),
)
