"""What the records already say about one rep's week, so that a report need not ask it."""

from collections.abc import Iterator

import polars as pl

from analytics import facts
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

WEEK = pl.Schema(
    {
        "visits": pl.Int64,
        "customers_visited": pl.Int64,
        "new_deals": pl.Int64,
        "advanced": pl.Int64,  # open deals that are in another stage than before the week
        "won": pl.Int64,
        "won_amount": pl.Int64,
        "lost": pl.Int64,
        "lost_amount": pl.Int64,
        "open_amount": pl.Int64,  # at the week's end
    }
)
WEEK_DEALS = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,
        "customer": pl.String,
        "product": KEY,
        "status": KEY,
        "stage": KEY,
        "stage_before": KEY,  # at the week's beginning; null: none then
        "is_new": pl.Boolean,
        "is_closed": pl.Boolean,  # won or lost in the week, not before
        "is_due": pl.Boolean,  # open, expected before the week's end
        "visits": pl.Int64,
        "visited_on": pl.Date,  # the last visit of the week
        "expected_on": pl.Date,
        "amount": pl.Int64,
    }
)


def week(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: what happened in the period of `query`, counted.

    The rep is the query's filter, the week its period. Visits leave out tasks and e-mails.
    Sums of no deals are 0; amounts that are unknown are left out of them.
    """
    deals, visits = _standing(frames, query), _visits(frames, query)
    opened, closed = _inside("opened_on", query), _inside("closed_on", query)
    won, lost = ((pl.col("status") == status) & closed for status in ("won", "lost"))
    is_open = pl.col("status") == "open"
    counted = deals.select(
        new_deals=opened.sum(),
        advanced=(is_open & _moved()).sum(),
        won=won.sum(),
        won_amount=pl.col("amount").filter(won).sum(),
        lost=lost.sum(),
        lost_amount=pl.col("amount").filter(lost).sum(),
        open_amount=pl.col("amount").filter(is_open).sum(),
    )
    seen = visits.select(
        visits=pl.len(), customers_visited=pl.col("customer_id").drop_nulls().n_unique()
    )
    return pl.concat([seen, counted], how="horizontal").cast(WEEK).select(WEEK.names())


def week_deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals a week's report has to speak of: touched in the week, or open and due.

    Returns:
        WEEK_DEALS, one row per deal: won first, then lost, then open ones that were
        touched, then those only due; larger amounts first, ties by deal_id.
    """
    deals = _standing(frames, query).join(_seen(frames, query), on="deal_id", how="left")
    is_new, is_closed = _inside("opened_on", query), _inside("closed_on", query)
    is_open = pl.col("status") == "open"
    is_due = is_open & (pl.col("expected_on") < query.until if query.until else pl.lit(True))
    touched = is_new | is_closed | _moved() | pl.col("visits").is_not_null()
    order = pl.col("status").cast(pl.String).replace_strict({"won": 0, "lost": 1}, default=2)
    return (
        deals.with_columns(
            is_new=is_new, is_closed=is_closed, is_due=is_due.fill_null(False), _touched=touched
        )
        .filter(pl.col("_touched") | pl.col("is_due"))
        .with_columns(visits=pl.col("visits").fill_null(0))
        .sort(
            order,
            ~pl.col("_touched"),
            pl.col("amount"),
            "deal_id",
            descending=[False, False, True, False],
            nulls_last=True,
        )
        .cast({"visits": pl.Int64})
        .select(WEEK_DEALS.names())
    )


def _standing(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals as of the query's day with the stage they were in before its period."""
    events = frames["stage_events"]
    before = (
        events.filter(pl.col("entered_on") < query.since if query.since else pl.lit(False))
        .sort("deal_id", "seq")
        .group_by("deal_id")
        .agg(stage_before=pl.col("stage").last())
    )
    moves = events.filter(_inside("entered_on", query)).group_by("deal_id").agg(_moves=pl.len())
    standing = facts.deals(frames, query)
    return standing.join(before, on="deal_id", how="left").join(moves, on="deal_id", how="left")


def _moved() -> pl.Expr:
    """Whether a deal known before the week is in another stage since."""
    return pl.col("_moves").is_not_null() & (pl.col("stage") != pl.col("stage_before")).fill_null(
        False
    )


def _visits(frames: Frames, query: Query) -> pl.LazyFrame:
    return facts.visits(frames, query).filter(pl.col("is_visit") & _inside("visited_on", query))


def _seen(frames: Frames, query: Query) -> pl.LazyFrame:
    """Per deal: how many visits the period had, and the last."""
    of_deals = _visits(frames, query).filter(pl.col("deal_id").is_not_null())
    return of_deals.group_by("deal_id").agg(visits=pl.len(), visited_on=pl.col("visited_on").max())


def _inside(column: str, query: Query) -> pl.Expr:
    """Whether a day lies in the query's period and is known; a missing day does not."""
    return pl.all_horizontal(*_bounds(column, query)).fill_null(False)


def _bounds(column: str, query: Query) -> Iterator[pl.Expr]:
    yield pl.col(column) <= query.as_of
    if query.since:
        yield pl.col(column) >= query.since
    if query.until:
        yield pl.col(column) < query.until


_TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES)))
REPORTS = (
    Report("week", _TABLES, WEEK, week),
    Report("week-deals", _TABLES, WEEK_DEALS, week_deals),
)
