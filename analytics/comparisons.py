"""Two periods side by side, group by group, and whether chance explains what changed.

The stated test: a change lies beyond chance where its 95 % interval leaves 0 out.

- Amounts and counts: had both periods been alike, every deal could as well have fallen into
  the other. A sum of such deals x has the variance sum of x² (a compound Poisson sum, which
  is what drawing the deals again estimates), their difference that of both; a count has
  x = 1.
- Margin rate R = sum of profit / sum of amount: by the delta method the variance
  sum of (profit - R amount)² / (sum of amount)², over deals, of both periods.
- Win rate: Newcombe's interval of the difference, from Wilson's interval of each.

Fewer than FEWEST cases on both sides together decide nothing.

Source: Hanley and MacGibbon 2006 for the draws; Newcombe 1998 (method 10), Wilson 1927.
"""

from collections.abc import Sequence
from functools import reduce

import polars as pl

from analytics import facts, intervals, measures, periods
from analytics.measures import WON
from analytics.periods import Period
from analytics.query import Query
from analytics.report import Frames
from analytics.win_curves import ALL

MEASURES = {  # measure -> its unit, what is a case of it, the first record that tells of it
    "won_amount": ("amount", "won", "deal_on"),
    "gross_profit": ("amount", "costed", "deal_on"),
    "margin_rate": ("rate", "costed", "deal_on"),
    "win_rate": ("rate", "decided", "deal_on"),
    "new_deals": ("count", "new_deals", "opened_on"),
    "visits": ("count", "visits", "visited_on"),
}
VALUES = ("now", "then", "change", "low", "high")  # low, high: 95 % interval of the change
GROUP: dict[str, pl.DataType] = {
    "dimension": pl.String(),
    "group_id": pl.String(),  # rep id by rep, else as group; null: unknown
    "group": pl.String(),
}
FEWEST = 10
TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES, "deal_lines")))
_Z = 1.959963984540054  # 97.5 % quantile of the normal distribution


def sides(frames: Frames, query: Query, dimensions: Sequence[str]) -> dict[str, pl.LazyFrame]:
    """The period against each of `periods.AGAINST`, for the groups of dimensions and for ALL.

    Returns:
        For each comparison GROUP and, of every measure, its VALUES, `cases` (on both sides)
        and `verdict`: up, down, chance, few; e.g. `now_visits`. Sums are 0 where a group did
        nothing; values are null of a time before the first record, of what the department
        does not record, and where the period has no beginning.
    """
    deals = facts.deals(frames, query).cache()
    now, period = _sums(frames, deals, query, dimensions).cache(), query.period()
    sums: dict[Period | None, pl.LazyFrame] = {None: now.head(0)}
    found = {}
    for against in periods.AGAINST:
        before = period and periods.compared(period, query.as_of, against)
        if before and before not in sums:  # of a year both are the same
            sums[before] = _sums(frames, deals, query.over(*before), dimensions).cache()
        then = sums[before]
        both = _side(now, "now").join(
            _side(then, "then"), on=list(GROUP), how="full", coalesce=True, nulls_equal=True
        )
        found[against] = _judged(both.join(_records(frames, query, before), how="cross"))
    return found


# ---- what a period brought


def _sums(
    frames: Frames, deals: pl.LazyFrame, query: Query, dimensions: Sequence[str]
) -> pl.LazyFrame:
    """Sums of each group and of ALL, and of squares where an interval needs them."""
    closed, opened = (
        deals.filter(measures.within(day, query.since, query.until))
        for day in ("closed_on", "opened_on")
    )
    count = pl.len().cast(pl.Int64)
    parts = (
        (facts.with_known_cost(closed, frames), _outcome()),
        (opened, [count.alias("new_deals")]),
        (facts.visits_within(frames, query), [count.alias("visits")]),
    )
    return reduce(
        lambda one, other: one.join(
            other, on=list(GROUP), how="full", coalesce=True, nulls_equal=True
        ),
        (_grouped(rows.cache(), sums, dimensions) for rows, sums in parts),
    )


def _grouped(rows: pl.LazyFrame, sums: list[pl.Expr], dimensions: Sequence[str]) -> pl.LazyFrame:
    """Sums of each group; texts are made of the few groups, not of the many rows."""
    whole = rows.select(sums).with_columns(pl.lit(ALL).alias(name) for name in GROUP)
    parts = [
        rows.group_by(facts.group_keys(by)).agg(sums).with_columns(dimension=pl.lit(by))
        for by in dimensions
    ]
    return pl.concat(
        part.select(pl.col(*GROUP).cast(pl.String), pl.exclude(GROUP)) for part in (whole, *parts)
    )


def _outcome() -> list[pl.Expr]:
    """Sums over closed deals; profits are of the part of each whose cost is known."""
    amount, known = pl.col("amount"), pl.col("known_amount")
    profit = known - pl.col("known_cost")

    def product(one: pl.Expr, other: pl.Expr) -> pl.Expr:
        return (one.cast(pl.Float64) * other.cast(pl.Float64)).filter(WON).sum()

    return [
        WON.sum().cast(pl.Int64).alias("won"),
        measures.amount(WON).alias("won_amount"),
        product(amount, amount).alias("squared_amount"),
        (WON & profit.is_not_null()).sum().cast(pl.Int64).alias("costed"),
        profit.filter(WON).sum().alias("gross_profit"),
        measures.known_amount().alias("known_amount"),
        product(profit, profit).alias("squared_profit"),
        product(known, known).alias("squared_known"),
        product(profit, known).alias("crossed"),
        measures.decided().cast(pl.Int64).alias("decided"),
        measures.decided(WON).cast(pl.Int64).alias("decided_won"),
    ]


def _side(sums: pl.LazyFrame, side: str) -> pl.LazyFrame:
    return sums.select(*GROUP, pl.exclude(GROUP).name.prefix(f"{side}_"))


def _records(frames: Frames, query: Query, before: Period | None) -> pl.LazyFrame:
    """One row: what had been recorded at all, e.g. `has_now_visited_on`, `has_then_deal_on`."""
    deals = facts.existing(frames, query)
    visits = frames["visits"].filter("is_visit", pl.col("visited_on") <= query.as_of)
    parts = [
        deals.select(deal_on=pl.coalesce("opened_on", "closed_on").min()),
        deals.select(pl.col("opened_on").min()),
        visits.select(pl.col("visited_on").min()),
    ]
    since = pl.lit(before.since if before else None, pl.Date)
    begun = (pl.all().dt.month_start() <= since).fill_null(False)
    return pl.concat(parts, how="horizontal").select(
        pl.all().is_not_null().name.prefix("has_now_"), begun.name.prefix("has_then_")
    )


# ---- what changed


def _judged(both: pl.LazyFrame) -> pl.LazyFrame:
    """Values, variances and cases of each side; then the changes; then what to make of them."""
    told = both.with_columns(pl.selectors.starts_with("now_", "then_").fill_null(0)).select(
        *GROUP,
        *(value.alias(f"{s}_{m}") for s in _BOTH for m, value in _values(s).items()),
        *(value.alias(f"{s}_{m}_variance") for s in _BOTH for m, value in _variances(s).items()),
        *(
            (pl.col(f"now_{case}") + pl.col(f"then_{case}")).alias(f"cases_{name}")
            for name, (_, case, _) in MEASURES.items()
        ),
        *(end for s in _BOTH for end in _wilson(s)),
    )
    changed = told.with_columns(
        (pl.col(f"now_{name}") - pl.col(f"then_{name}")).alias(f"change_{name}")
        for name in MEASURES
    )
    bounded = changed.with_columns(end for name in MEASURES for end in _interval(name))
    return bounded.with_columns(_verdict(name) for name in MEASURES)


_BOTH = ("now", "then")


def _values(side: str) -> dict[str, pl.Expr]:
    """Each measure of a side; null where the department has no record of it."""

    def of(name: str) -> pl.Expr:
        return pl.col(f"{side}_{name}")

    is_costless = (of("won") > 0) & (of("costed") == 0)
    values = {
        "won_amount": of("won_amount"),
        "gross_profit": pl.when(~is_costless).then(of("gross_profit")),
        "margin_rate": measures.rate(of("gross_profit"), of("known_amount")),
        "win_rate": measures.rate(of("decided_won"), of("decided")),
        "new_deals": of("new_deals"),
        "visits": of("visits"),
    }
    return {m: pl.when(f"has_{side}_{MEASURES[m][2]}").then(v) for m, v in values.items()}


def _variances(side: str) -> dict[str, pl.Expr]:
    """The variance of each measure but the win rate."""

    def of(name: str) -> pl.Expr:
        return pl.col(f"{side}_{name}").cast(pl.Float64)

    rate = measures.rate(of("gross_profit"), of("known_amount"))
    residuals = of("squared_profit") - 2 * rate * of("crossed") + rate**2 * of("squared_known")
    return {
        "won_amount": of("squared_amount"),
        "gross_profit": of("squared_profit"),
        "margin_rate": residuals.clip(0) / of("known_amount") ** 2,
        "new_deals": of("new_deals"),
        "visits": of("visits"),
    }


def _wilson(side: str) -> list[pl.Expr]:
    ends = intervals.wilson(pl.col(f"{side}_decided_won"), pl.col(f"{side}_decided"))
    return [end.alias(f"{side}_win_{n}") for n, end in zip(("low", "high"), ends, strict=True)]


def _interval(name: str) -> list[pl.Expr]:
    """Both ends of the change, in the unit of the measure."""
    change = pl.col(f"change_{name}")
    if name == "win_rate":
        low, high = _newcombe()
    else:
        half = _Z * (pl.col(f"now_{name}_variance") + pl.col(f"then_{name}_variance")).sqrt()
        low, high = change - half, change + half
    if MEASURES[name][0] != "rate":
        low, high = (end.round().cast(pl.Int64) for end in (low, high))
    return [low.alias(f"low_{name}"), high.alias(f"high_{name}")]


def _newcombe() -> tuple[pl.Expr, pl.Expr]:
    change, now, then = (pl.col(f"{side}_win_rate") for side in ("change", *_BOTH))
    below = (now - pl.col("now_win_low")) ** 2 + (pl.col("then_win_high") - then) ** 2
    above = (pl.col("now_win_high") - now) ** 2 + (then - pl.col("then_win_low")) ** 2
    return change - below.sqrt(), change + above.sqrt()


def _verdict(name: str) -> pl.Expr:
    return (
        pl.when(pl.col(f"change_{name}").is_null())
        .then(None)
        .when(pl.col(f"cases_{name}") < FEWEST)
        .then(pl.lit("few"))
        .when(pl.col(f"low_{name}") > 0)
        .then(pl.lit("up"))
        .when(pl.col(f"high_{name}") < 0)
        .then(pl.lit("down"))
        .otherwise(pl.lit("chance"))
        .alias(f"verdict_{name}")
    )
