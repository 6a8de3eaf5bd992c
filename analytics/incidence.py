"""Cumulative incidence: the share of deals won by a day, while others are lost or still open.

Two steps: `life_table` is the one group-by over the deals; all else reads that small table.

Source: Aalen and Johansen 1978, with lost as the competing event of won. A deal's time runs
in whole days from its opening; what is still open is censored on its last day, after the wins
and losses of that day. The variance is the delta method's (Greenwood-type: Gaynor et al. 1993,
Marubini and Valsecchi 1995, 10.2), which equals the infinitesimal jackknife of R's survfit.
"""

from collections.abc import Sequence

import polars as pl

from analytics import intervals
from analytics.measures import LOST, WON

FEWEST_KNOWN = 10  # deals at risk below which a curve is read no further
FEWEST_FIRM, FEWEST_WON = 30, 5  # deals at risk and wins below which an interval is indicative
SETTLED_RATE = 0.02  # with a smaller share of its deals still open a curve is read to its end
_LONGEST = 65_535  # days, or 179 years
_COLUMNS = (
    "deals", "open", "days", "at_risk", "won", "lost",
    "won_by_rate", "low_rate", "high_rate", "lost_by_rate", "is_settled",
)  # fmt: skip
_RATES = ("won_by_rate", "low_rate", "high_rate", "lost_by_rate")


def life_table(durations: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """How the deals of each group ended, by their age in days.

    Args:
        durations: `by`, `days` and `status` (won, lost, open), one row per deal; days below 0
            are read as 0.
        by: the grouping columns; null is a group.

    Returns:
        One row per group and day on which a deal ended or was last seen open, by both:
        `by`, days, seen (the deals whose age that is), won and lost (of these).
    """
    days = pl.col("days").clip(0, _LONGEST).cast(pl.UInt16)  # a narrow key groups twice as fast
    return (
        durations.group_by(*by, days)
        .agg(seen=pl.len(), won=WON.sum(), lost=LOST.sum())
        .with_columns(pl.col("days", "seen", "won", "lost").cast(pl.Int64))
        .sort(*by, "days")
    )


def curves(table: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """The win curve of each group of a `life_table`, one row per row of it.

    Returns:
        `by`; deals and open, of the whole group; days; at_risk, open as the day begins; won
        and lost up to and including the day; won_by_rate with its 95 % interval low_rate and
        high_rate, which is null at 0 and at 1; lost_by_rate; is_settled, see `judged`.
    """
    low, high = _interval(by)
    deals, still_open = pl.col("seen").sum(), (pl.col("seen") - pl.col("gone")).sum()
    decided = (pl.col("won_by_rate") + pl.col("lost_by_rate")).filter(pl.col("n") >= FEWEST_KNOWN)
    open_rate = pl.min_horizontal(still_open / deals, 1 - decided.max())
    return _rated(table, by).select(
        *by,
        deals=deals.over(by),
        open=still_open.over(by),
        days="days",
        at_risk=pl.col("n").cast(pl.Int64),
        won=pl.col("won").cum_sum().over(by),
        lost=pl.col("lost").cum_sum().over(by),
        won_by_rate="won_by_rate",
        low_rate=low,
        high_rate=high,
        lost_by_rate="lost_by_rate",
        is_settled=(open_rate < SETTLED_RATE).over(by),
    )


def _rated(table: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """The table with n at risk, gone that day, `before`: the share open before, and rates."""
    n, gone, before = map(pl.col, ("n", "gone", "before"))
    surviving = (1 - gone / n).cum_prod().over(by)
    won, lost = ((before * pl.col(c) / n).cum_sum().over(by) for c in ("won", "lost"))
    return (
        table.with_columns(
            n=pl.col("seen").cum_sum(reverse=True).over(by).cast(pl.Float64),
            gone=pl.col("won") + pl.col("lost"),
        )
        .with_columns(surviving=surviving)
        .with_columns(before=pl.col("surviving").shift(fill_value=1.0).over(by))
        .with_columns(won_by_rate=won, lost_by_rate=lost)
    )


def _interval(by: Sequence[str]) -> tuple[pl.Expr, pl.Expr]:
    """Ends of the interval of `won_by_rate`.

    Its variance is, summed over the days up to t,

        (F(t) - F)² d / (n (n - d)) - 2 (F(t) - F) S w / n² + S² w (n - w) / n³

    with n at risk, d gone, w won, S the share open before the day and F the rate on it. The
    squares are multiplied out, so that one pass of running sums serves every t.
    """
    n, gone, won, before, rate = map(pl.col, ("n", "gone", "won", "before", "won_by_rate"))
    ending = pl.when(n > gone).then(gone / (n * (n - gone))).otherwise(0)  # F stays after it
    shared = before * won / n**2
    own = before**2 * won * (n - won) / n**3
    parts = (ending, ending * rate + shared, ending * rate**2 + 2 * shared * rate + own)
    squares, crosses, rest = (part.cum_sum().over(by) for part in parts)
    variance = rate**2 * squares - 2 * rate * crosses + rest
    return intervals.log_log(rate, variance.clip(0))


def readings(curve: pl.LazyFrame, by: Sequence[str], days: Sequence[int]) -> pl.LazyFrame:
    """Curves read at the end of the given days: one row per group and day, in no order.

    Columns are those of `curves`. Before anything has ended, counts and rates are 0.
    """
    return pl.concat([_reading(curve, by, day) for day in days])


def _reading(curve: pl.LazyFrame, by: Sequence[str], day: int) -> pl.LazyFrame:
    so_far = pl.col("days") <= day
    return (
        curve.group_by(*by)
        .agg(
            pl.col("deals", "open", "is_settled").first(),
            pl.col("at_risk").filter(pl.col("days") >= day).first().fill_null(0),
            pl.col("won", "lost", "won_by_rate", "lost_by_rate").filter(so_far).last().fill_null(0),
            pl.col("low_rate", "high_rate").filter(so_far).last(),
        )
        .with_columns(days=pl.lit(day, pl.Int64))
        .select(*by, *_COLUMNS)
    )


def judged(curve: pl.LazyFrame) -> pl.LazyFrame:
    """Rows of `curves` or `readings` with `certainty`; rates are null where they are not known.

    A group is settled when less than SETTLED_RATE of its deals are still open: of all it has,
    or of those the curve follows to the last day with FEWEST_KNOWN at risk. Then its curve
    can hardly rise any more and is read on to its end.

    - firm: at least FEWEST_WON wins so far, and FEWEST_FIRM deals at risk (of a settled
      group, deals).
    - indicative: of fewer, but at least FEWEST_KNOWN at risk, or settled.
    - young: fewer are at risk, so few have been followed so long: not yet known.
    - few: the same of a group that has no more deals.
    """
    followed = pl.when("is_settled").then("deals").otherwise("at_risk")
    is_known = pl.col("is_settled") | (pl.col("at_risk") >= FEWEST_KNOWN)
    is_firm = (followed >= FEWEST_FIRM) & (pl.col("won") >= FEWEST_WON)
    known = pl.when(is_firm).then(pl.lit("firm")).otherwise(pl.lit("indicative"))
    is_few = pl.col("deals") < FEWEST_KNOWN
    unknown = pl.when(is_few).then(pl.lit("few")).otherwise(pl.lit("young"))
    return curve.with_columns(
        *(pl.when(is_known).then(name).alias(name) for name in _RATES),
        certainty=pl.when(is_known).then(known).otherwise(unknown),
    ).drop("is_settled")
