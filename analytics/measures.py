"""Business definitions, each written once as a Polars expression over deal facts.

A deal without `opened_on` comes from an order list: it was written down because it was
won. It counts as won and brings its amount and margin, but says nothing of how often or
how fast deals are won: win rates and cycles leave it out and are null where only such
deals exist.
"""

from datetime import date

import polars as pl

WON = pl.col("status") == "won"
LOST = pl.col("status") == "lost"
OPEN = pl.col("status") == "open"
_FOLLOWED = pl.col("opened_on").is_not_null()  # known from its opening on, not only as an order


def within(column: str, since: date | None, until: date | None) -> pl.Expr:
    """True for days in [since, until); an absent bound is no bound, a null day is outside."""
    day = pl.col(column)
    inside = day.is_not_null()
    if since is not None:
        inside &= day >= since
    if until is not None:
        inside &= day < until
    return inside


def rate(part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """The share part / whole; null where the whole is not positive."""
    return pl.when(whole > 0).then(part / whole)


def amount(status: pl.Expr) -> pl.Expr:
    """Sum of the amounts of deals with this status; unknown amounts add nothing."""
    return pl.col("amount").filter(status).sum()


def decided(status: pl.Expr = WON | LOST) -> pl.Expr:
    """How many closed deals a win rate counts, all or only those with this status."""
    return (status & _FOLLOWED).sum()


def win_rate() -> pl.Expr:
    """Won / (won + lost) by count; null when nothing was decided."""
    return rate(decided(WON), decided())


def win_amount_rate() -> pl.Expr:
    """Won / (won + lost) by amount; null when nothing of value was decided."""
    return rate(amount(WON & _FOLLOWED), amount((WON | LOST) & _FOLLOWED))


def mean_won_amount() -> pl.Expr:
    """Mean amount of the won deals, in whole ten-thousandths; null when nothing was won."""
    return pl.col("amount").filter(WON).mean().round().cast(pl.Int64)


def median_cycle_days() -> pl.Expr:
    """Median days from opening to winning; null when no won deal has an opening day."""
    return _cycle_days().median()


def mean_cycle_days() -> pl.Expr:
    """Mean days from opening to winning; null when no won deal has an opening day."""
    return _cycle_days().mean()


def _cycle_days() -> pl.Expr:
    """The days of each won deal that has an opening day, null of the others."""
    return (pl.col("closed_on") - pl.col("opened_on")).dt.total_days().filter(WON)


def known_amount() -> pl.Expr:
    """Won amount whose cost is known; needs `facts.with_known_cost`."""
    return pl.col("known_amount").filter(WON).sum()


def gross_profit() -> pl.Expr:
    """Won amount - cost where the cost is known; needs `facts.with_known_cost`.

    Null when deals were won and no cost at all is known; 0 when nothing was won.
    """
    profit = (pl.col("known_amount") - pl.col("known_cost")).filter(WON)
    return pl.when((profit.count() > 0) | (WON.sum() == 0)).then(profit.sum())


def margin_rate() -> pl.Expr:
    """Sum of (amount - cost) / sum of amount over won deals where the cost is known.

    Margin on price, not markup on cost; never a mean of rates. Null when nothing is known.
    """
    return rate(gross_profit(), known_amount())


def unknown_cost() -> pl.Expr:
    """Won deals whose cost is not, or not wholly, known."""
    return (WON & pl.col("cost").is_null()).sum()
