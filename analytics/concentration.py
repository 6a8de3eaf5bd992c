"""How much of what was won depends on few customers.

A customer counts if a deal with them was won in the period, with the amount of all of them.
Deals whose customer is not known are left out of every share; their amount is told beside.
"""

import polars as pl

from analytics import facts, measures
from analytics.query import Query
from analytics.report import Frames, Report

TOP = 10
_PERCENT = 100
MOST_POINTS = 200  # of a Lorenz curve, the origin included

CONCENTRATION = pl.Schema(
    {
        "customers": pl.Int64,  # with a won deal
        "won_amount": pl.Int64,  # of these
        "unknown_customer_amount": pl.Int64,  # won, but nobody knows with whom
        "top_amount": pl.Int64,  # of the ten largest
        "top_rate": pl.Float64,
        "largest_rate": pl.Float64,  # the largest alone
        "hhi": pl.Float64,  # 10,000 / customers if all are equal, 10,000 if there is but one
        "equal_customers": pl.Float64,  # so many equal ones would have the same hhi
        "gini_rate": pl.Float64,  # 0: all equal
    }
)
LORENZ = pl.Schema(
    {
        "customers": pl.Int64,  # so many, the smallest first
        "customers_rate": pl.Float64,
        "won_amount": pl.Int64,  # of these together
        "amount_rate": pl.Float64,
    }
)


def concentration(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: how unequally the period's won amount is spread over customers.

    Shares are of the amount whose customer is known, and null while that is not positive.

    Source: Herfindahl-Hirschman index, the sum of squared shares in percent; the inverse of
    the sum of squared shares is the number of equal customers;
    Gini = sum((2i - n - 1) x_i) / (n sum(x_i)), x ascending.
    """
    amount, count = pl.col("amount"), pl.len()
    place = pl.int_range(1, count + 1, dtype=pl.Int64)
    squares = pl.when(amount.sum() > 0).then((amount / amount.sum()).pow(2).sum())
    unequal = ((2 * place - count - 1).cast(pl.Float64) * amount).sum() / count
    known = _won(frames, query).filter(pl.col("customer_id").is_not_null()).sort("amount")
    figures = known.select(
        customers=count.cast(pl.Int64),
        won_amount=amount.sum(),
        top_amount=amount.tail(TOP).sum(),
        top_rate=measures.rate(amount.tail(TOP).sum(), amount.sum()),
        largest_rate=measures.rate(amount.tail(1).sum(), amount.sum()),
        hhi=_PERCENT**2 * squares,
        equal_customers=1 / squares,
        gini_rate=measures.rate(unequal, amount.sum()),
    )
    unknown = _won(frames, query).filter(pl.col("customer_id").is_null())
    beside = unknown.select(unknown_customer_amount=amount.sum())
    return pl.concat([figures, beside], how="horizontal").select(CONCENTRATION.names())


def lorenz(frames: Frames, query: Query) -> pl.LazyFrame:
    """The Lorenz curve of the period's won amount over its customers, the smallest first.

    Returns:
        LORENZ, from the origin to all customers, at most MOST_POINTS rows, spread evenly;
        no rows when nothing was won, `amount_rate` null while the sum is not positive.
    """
    place, count, amount = pl.col("customers"), pl.len(), pl.col("amount")
    points = pl.min_horizontal(count, MOST_POINTS - 1).cast(pl.Int64)
    is_drawn = (place * points) // count > ((place - 1) * points) // count
    curve = (
        _won(frames, query)
        .filter(pl.col("customer_id").is_not_null())
        .sort("amount")
        .with_columns(customers=pl.int_range(1, count + 1, dtype=pl.Int64))
        .select(
            "customers",
            customers_rate=place / count,
            won_amount=amount.cum_sum(),
            amount_rate=measures.rate(amount.cum_sum(), amount.sum()),
            is_drawn=is_drawn,
        )
        .filter("is_drawn")
        .select(LORENZ.names())
    )
    is_any = pl.col("amount_rate").is_not_null()
    origin = curve.head(1).select(
        pl.lit(0, pl.Int64).alias("customers"),
        pl.lit(0.0).alias("customers_rate"),
        pl.lit(0, pl.Int64).alias("won_amount"),
        pl.when(is_any).then(0.0).alias("amount_rate"),
    )
    return pl.concat([origin, curve])


def _won(frames: Frames, query: Query) -> pl.LazyFrame:
    """customer_id and amount of what each customer brought; null: deals without one."""
    inside = measures.within("closed_on", query.since, query.until)
    won = facts.bare_deals(frames, query).filter(measures.WON, inside)
    return won.group_by("customer_id").agg(pl.col("amount").sum())


REPORTS = (
    Report("concentration", facts.FACT_TABLES, CONCENTRATION, concentration),
    Report("lorenz", facts.FACT_TABLES, LORENZ, lorenz),
)
