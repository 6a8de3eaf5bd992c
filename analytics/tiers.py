"""Margin compared with the regulations' limits, in whole numbers only.

Source: regulations S13 §8 (3): 毛利在50%(含50%)以上业务员, 30-50%(含30%)业务经理,
20-30%(含20%)总经办, 20%(不含20%)以下总经理. The margin is read on the price: (amount - cost) /
amount. As floats 30 % and 20 % land below their own limit in many cases, so nothing becomes a
float before it is compared; products are formed in 128 bits, where money of 18 digits fits.
"""

from collections.abc import Sequence

import polars as pl

from analytics.schemas import KEY

LIMITS = {"rep": 50, "manager": 30, "office": 20}  # percent: who decides from here upwards
PERCENTS = tuple(LIMITS.values())
TIERS = (*LIMITS, "gm")  # gm decides below the last limit

BIN_PERCENT = 5
LOWEST_PERCENT, HIGHEST_PERCENT = -50, 100  # beyond them one bin at each end


def profit() -> pl.Expr:
    """Amount - cost; null while either is unknown."""
    return pl.col("amount") - pl.col("cost")


def is_known() -> pl.Expr:
    """True where a margin can be counted: amount and cost are both known."""
    return profit().is_not_null()


def is_rated() -> pl.Expr:
    """True where there is a margin rate: all is known and the amount is above 0."""
    return is_known() & (pl.col("amount") > 0)


def margin_rate() -> pl.Expr:
    """(amount - cost) / amount of one row, for reading and quantiles, never for limits.

    Null while the cost is unknown, and for an amount of 0 or less: it is no price.
    """
    return pl.when(is_rated()).then(profit() / pl.col("amount"))


def are_limits(percents: Sequence[int]) -> bool:
    """True for three whole percents, none above the one before: what `tier` takes."""
    return len(percents) == len(LIMITS) and list(percents) == sorted(percents, reverse=True)


def moved(percents: Sequence[int], position: int, percent: int) -> tuple[int, ...]:
    """The limits after one was moved to `percent`: it takes along those it passes."""
    return tuple(
        percent if n == position else max(limit, percent) if n < position else min(limit, percent)
        for n, limit in enumerate(percents)
    )


def tier(percents: Sequence[int] = PERCENTS) -> pl.Expr:
    """Who may decide a deal or line at its `amount` and `cost`, one of TIERS.

    `percents` are the limits of those who have one, the rep's first. Null while amount or cost
    is unknown. An amount of 0 or less meets no limit: gm.
    """
    decides = (
        pl.when(is_rated() & (100 * _wide(profit()) >= percent * _wide(pl.col("amount")))).then(
            pl.lit(name)
        )
        for name, percent in zip(LIMITS, percents, strict=True)
    )
    return pl.when(is_known()).then(pl.coalesce(*decides, pl.lit("gm"))).cast(KEY)


def bin_percent() -> pl.Expr:
    """Lower edge of the margin bin in percent; LOWEST - 5 and HIGHEST stand for all beyond.

    Bins are half-open, the lower edge inside. Null without a margin rate.
    """
    lowest, highest = LOWEST_PERCENT // BIN_PERCENT - 1, HIGHEST_PERCENT // BIN_PERCENT
    return _floored(100 // BIN_PERCENT, lowest, highest) * BIN_PERCENT


def whole_percent(lowest: int, highest: int) -> pl.Expr:
    """The margin in whole percent, rounded down, all beyond at the two ends.

    A margin meets a limit of whole percents exactly if this does. Null without a margin rate.
    """
    return _floored(100, lowest, highest)


def _floored(steps: int, lowest: int, highest: int) -> pl.Expr:
    """The margin rate in `steps` of the whole, rounded down exactly."""
    whole = steps * _wide(profit()) // _wide(pl.col("amount"))
    return pl.when(is_rated()).then(whole.clip(lowest, highest).cast(pl.Int64))


def bins() -> pl.LazyFrame:
    """Every bin, lowest first: percent, bin_low_rate, bin_high_rate (null beyond) and tier."""
    percents = range(LOWEST_PERCENT - BIN_PERCENT, HIGHEST_PERCENT + 1, BIN_PERCENT)
    edges = [None, *(percent / 100 for percent in percents[1:]), None]
    return (
        pl.LazyFrame(
            {"percent": percents, "bin_low_rate": edges[:-1], "bin_high_rate": edges[1:]},
            schema={"percent": pl.Int64, "bin_low_rate": pl.Float64, "bin_high_rate": pl.Float64},
        )
        .with_columns(amount=pl.lit(100), cost=100 - pl.col("percent"))  # deals on the edge
        .select("percent", "bin_low_rate", "bin_high_rate", tier=tier())
    )


def _wide(money: pl.Expr) -> pl.Expr:
    return money.cast(pl.Int128)
