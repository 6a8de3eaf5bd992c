"""The rows behind the figures: deals, won deals or lines with their margins, visits."""

from collections.abc import Sequence

import polars as pl

from analytics import conversion, facts, margins, measures, tiers
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

DEAL_ROWS = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,
        "customer_id": pl.String,
        "customer": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "manager": KEY,
        "product": KEY,
        "source": KEY,
        "industry": KEY,
        "region": KEY,
        "size": KEY,
        "stage": KEY,  # id; its names
        "stage_zh": pl.String,
        "stage_en": pl.String,
        "status": KEY,
        "opened_on": pl.Date,
        "expected_on": pl.Date,
        "closed_on": pl.Date,
        "amount": pl.Int64,
        "cost": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,
        "tier": KEY,
        "loss_reason": KEY,
    }
)
# how far a deal came: `position` in the report `funnel`, 0 if it entered no step
COHORT_ROWS = pl.Schema({**DEAL_ROWS, "reached_position": pl.Int64()})
MARGIN_ROWS = pl.Schema(
    {
        "deal_id": pl.String,
        "line": pl.Int64,  # null: the deal as a whole
        "deal": pl.String,
        "customer_id": pl.String,
        "customer": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "manager": KEY,
        "product": KEY,
        "category": KEY,
        "source": KEY,
        "industry": KEY,
        "region": KEY,
        "size": KEY,
        "closed_on": pl.Date,
        "amount": pl.Int64,
        "cost": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,  # null: unknown, or an amount of 0 or less
        "tier": KEY,
        "bin_percent": pl.Int64,  # lower edge of its margin bin, `tiers.bin_percent`
    }
)
LOW_MARGIN = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,
        "customer_id": pl.String,
        "customer": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "product": KEY,
        "closed_on": pl.Date,
        "amount": pl.Int64,
        "cost": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,  # null: an amount of 0 or less
        "tier": KEY,
    }
)
VISIT_ROWS = pl.Schema(
    {
        "visit_id": pl.String,
        "visited_on": pl.Date,
        "hour": pl.Int8,
        "kind": KEY,
        "customer_id": pl.String,
        "customer": pl.String,
        "deal_id": pl.String,
        "deal": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "manager": KEY,
        "minutes": pl.Int64,
        "has_outcome": pl.Boolean,
        "next_on": pl.Date,
        "region": KEY,
        "industry": KEY,
        "size": KEY,
    }
)


def deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals opened or closed in the period and all that are open, latest first.

    Returns:
        DEAL_ROWS, one row per deal, by the latest of its days up to `as_of`; ties by id.
        Profit, margin and tier are null while amount or cost is unknown; of an open or
        lost deal they are what it offered.
    """
    opened, closed = (
        measures.within(day, query.since, query.until) for day in ("opened_on", "closed_on")
    )
    latest = pl.max_horizontal("opened_on", "closed_on")
    listed = facts.deals(frames, query).filter(opened | closed | measures.OPEN)
    return (
        described(listed, frames)
        .sort(latest, "deal_id", descending=[True, False], nulls_last=True)
        .select(DEAL_ROWS.names())
    )


def cohort(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals of the funnel, those opened in the period, with how far each came.

    Returns:
        COHORT_ROWS, one row per deal, the latest opened first; ties by id.
    """
    opened = measures.within("opened_on", query.since, query.until)
    return (
        described(facts.deals(frames, query).filter(opened), frames)
        .join(conversion.furthest(frames, query), on="deal_id", how="left")
        .with_columns(pl.col("reached_position").fill_null(0))
        .sort("opened_on", "deal_id", descending=[True, False])
        .select(COHORT_ROWS.names())
    )


def margin_rows(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals or lines won in the period, as `query.grain` asks, worst margin first.

    Returns:
        MARGIN_ROWS, one row per deal or line, in the order of `low_margin`; those of
        unknown cost last. The tier is that under `query.limits`.
    """
    return (
        margins.items(frames, query)
        .with_columns(*_margin(query.limits), bin_percent=tiers.bin_percent())
        .sort(_worst(), "gross_profit", "deal_id", "line", nulls_last=True)
        .select(MARGIN_ROWS.names())
    )


def low_margin(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won deals below the lowest limit, losses included, worst rate first.

    Returns:
        LOW_MARGIN, one row per deal. A deal that cost money and earned none comes first,
        one without price and cost last; ties by the greater loss, then by deal_id.
    """
    return (
        margins.won_deals(frames, query)
        .with_columns(_margin())
        .filter(pl.col("tier") == "gm")
        .sort(_worst(), "gross_profit", "deal_id", nulls_last=True)
        .select(LOW_MARGIN.names())
    )


def visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """The visits of the period, newest first; ties by id.

    Returns:
        VISIT_ROWS, one row per visit, without tasks and e-mails.
    """
    deals = frames["deals"].select("deal_id", "deal")
    return (
        facts.visits_within(frames, query)
        .join(deals, on="deal_id", how="left")
        .sort("visited_on", "visit_id", descending=[True, False])
        .select(VISIT_ROWS.names())
    )


def described(deals: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Deal facts with the names of their stages and their margins: all that DEAL_ROWS has."""
    names = frames["stages"].select("stage", stage_zh="name_zh", stage_en="name_en")
    return deals.join(names, on="stage", how="left").with_columns(_margin())


def _margin(percents: Sequence[int] = tiers.PERCENTS) -> list[pl.Expr]:
    """Profit, rate and tier of each row."""
    return [
        tiers.profit().alias("gross_profit"),
        tiers.margin_rate().alias("margin_rate"),
        tiers.tier(percents).alias("tier"),
    ]


def _worst() -> pl.Expr:
    """What orders margins: the rate, below every rate a loss on no price at all."""
    no_price = pl.when(pl.col("gross_profit") < 0).then(float("-inf"))
    return pl.coalesce("margin_rate", no_price)


REPORTS = (
    Report("deals", facts.FACT_TABLES, DEAL_ROWS, deals),
    Report("funnel-deals", facts.FACT_TABLES, COHORT_ROWS, cohort),
    Report("margin-rows", margins.MARGIN_TABLES, MARGIN_ROWS, margin_rows),
    Report("low-margin-deals", facts.FACT_TABLES, LOW_MARGIN, low_margin),
    Report("visit-rows", facts.VISIT_TABLES, VISIT_ROWS, visits),
)
