"""Customers by recency, frequency and money: who carries the department, who is fading.

Only won deals count, and only those of the period: the window. Each customer is compared
with the others of the same question: a score of 4 is the best quarter of them, 1 the last,
and 3 or 4 is high. Customers of one value share a score, that of their middle place.

Source: the eight groups of 重要/一般 x 价值/发展/保持/挽留 customers, by high or low of the three.
"""

from datetime import date, timedelta

import polars as pl

from analytics import facts, measures
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

# By high money, then recency, then frequency: the best first.
SEGMENTS = (
    *("champions", "promising", "cant_lose", "rescue"),
    *("loyal", "newcomers", "fading", "hibernating"),
)
FEWEST = 10  # of fewer customers, a quarter says little
_QUARTERS = 4
_HIGH = 3  # the lowest score of the better half
_DAY = timedelta(days=1)

RFM = pl.Schema(
    {
        "customer_id": pl.String,
        "customer": pl.String,
        "segment": KEY,
        "won_amount": pl.Int64,
        "amount_rate": pl.Float64,  # of all these customers'
        "won": pl.Int64,
        "last_order_on": pl.Date,
        "recency_days": pl.Int64,  # from the last order to the window's last day so far
        "recency_score": pl.Int64,  # 1..4
        "frequency_score": pl.Int64,
        "money_score": pl.Int64,
        "owner_rep_id": KEY,
        "owner": KEY,
        "region": KEY,
        "industry": KEY,
        "size": KEY,
        "tracking": KEY,
    }
)
SEGMENT = pl.Schema(
    {
        "segment": KEY,  # null: won deals whose customer is not known
        "customers": pl.Int64,
        "customers_rate": pl.Float64,
        "won": pl.Int64,
        "won_amount": pl.Int64,
        "amount_rate": pl.Float64,  # of all won, unknown customers included
    }
)


def rfm(frames: Frames, query: Query) -> pl.LazyFrame:
    """The customers with a deal won in the period, with scores and segment.

    Returns:
        RFM, one row per customer, the largest amount first; ties by name, then id.
    """
    people = frames["reps"].select(owner_rep_id="rep_id", owner="rep")
    archive = frames["customers"].join(people, on="owner_rep_id", how="left")
    return (
        _scored(_orders(frames, query), last_day(query))
        .join(archive, on="customer_id", how="left")
        .sort("won_amount", "customer", "customer_id", descending=[True, False, False])
        .select(RFM.names())
    )


def segments(frames: Frames, query: Query) -> pl.LazyFrame:
    """How many customers and how much of the won amount each segment has.

    Returns:
        SEGMENT, one row per segment, empty ones too, in the order of SEGMENTS; a last row
        only if deals were won whose customer is not known. The amounts add up to all won.
    """
    orders = _orders(frames, query)
    scored = _scored(orders, last_day(query))
    count, sums = pl.len().cast(pl.Int64), pl.col("won", "won_amount").sum()
    filled = scored.group_by("segment").agg(sums, customers=count)
    every = pl.LazyFrame({"segment": SEGMENTS}, schema={"segment": KEY})
    known = every.join(filled, on="segment", how="left", maintain_order="left")
    unknown = orders.filter(pl.col("customer_id").is_null()).select("won", "won_amount")
    return (
        pl.concat([known, unknown], how="diagonal")
        .with_columns(pl.col("customers", "won", "won_amount").fill_null(0))
        .with_columns(
            customers_rate=measures.rate(pl.col("customers"), pl.col("customers").sum()),
            amount_rate=measures.rate(pl.col("won_amount"), pl.col("won_amount").sum()),
        )
        .select(SEGMENT.names())
    )


def last_day(query: Query) -> date:
    """The period's last day so far."""
    return min(query.until - _DAY, query.as_of) if query.until else query.as_of


def _orders(frames: Frames, query: Query) -> pl.LazyFrame:
    """customer_id, won, won_amount and last_order_on; a null id has the deals without one."""
    inside = measures.within("closed_on", query.since, query.until)
    return (
        facts.bare_deals(frames, query)
        .filter(measures.WON, inside)
        .group_by("customer_id")
        .agg(
            won=pl.len().cast(pl.Int64),
            won_amount=pl.col("amount").sum(),
            last_order_on=pl.col("closed_on").max(),
        )
    )


def _scored(orders: pl.LazyFrame, last: date) -> pl.LazyFrame:
    """The orders of known customers with recency_days, the three scores and the segment."""
    recency, frequency, money = (
        pl.col(f"{name}_score") >= _HIGH for name in ("recency", "frequency", "money")
    )
    lows = 4 * (~money).cast(pl.Int64) + 2 * (~recency).cast(pl.Int64) + (~frequency)
    return (
        orders.filter(pl.col("customer_id").is_not_null())
        .with_columns(recency_days=(pl.lit(last) - pl.col("last_order_on")).dt.total_days())
        .with_columns(
            amount_rate=measures.rate(pl.col("won_amount"), pl.col("won_amount").sum()),
            recency_score=_score(-pl.col("recency_days")),
            frequency_score=_score(pl.col("won")),
            money_score=_score(pl.col("won_amount")),
        )
        .with_columns(
            segment=lows.replace_strict(dict(enumerate(SEGMENTS)), return_dtype=pl.String).cast(KEY)
        )
    )


def _score(value: pl.Expr) -> pl.Expr:
    """The quarter, 1..4, in which the middle place of all with this value lies; more is better."""
    place = value.rank("average")  # whole or half, so that four times it is exact
    return 1 + (_QUARTERS * place - 2).cast(pl.Int64) // pl.len().cast(pl.Int64)


REPORTS = (
    Report("customer-rfm", facts.FACT_TABLES, RFM, rfm),
    Report("customer-segments", facts.FACT_TABLES, SEGMENT, segments),
)
