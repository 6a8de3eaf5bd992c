"""Why gross profit changed: from one period to another, or from one group to another."""

import polars as pl

from analytics import bridge_effects, facts, margins, measures, tiers
from analytics.bridge_effects import BY_AMOUNT, BY_QUANTITY, DECIMALS, EFFECTS, PARTS, SIDES
from analytics.query import DIMENSIONS, UNKNOWN, Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

BRIDGE = pl.Schema(
    {
        "effect": KEY,  # before, one of EFFECTS, after
        "gross_profit": pl.Int64,  # of the side, or the change; null: cannot be told
        "products": pl.Int64,  # that have a part in it
        "known_amount": pl.Int64,  # of the side, as are the following
        "unknown_amount": pl.Int64,  # of unknown cost: left out
        "group": pl.String,  # where two groups are compared
        "since": pl.Date,  # where two periods are
        "until": pl.Date,
    }
)
BRIDGE_PRODUCTS = pl.Schema(
    {
        "product": KEY,
        "before_quantity": pl.Float64,  # of the lines of known cost; null: none has one
        "after_quantity": pl.Float64,
        "before_known_amount": pl.Int64,
        "after_known_amount": pl.Int64,
        "before_unknown_amount": pl.Int64,
        "after_unknown_amount": pl.Int64,
        "before_gross_profit": pl.Int64,  # null: sold, and no cost is known
        "after_gross_profit": pl.Int64,
        "change_gross_profit": pl.Int64,  # of what is known, the sum of its parts
        **dict.fromkeys(PARTS, pl.Int64()),  # null: this kind of change has no part in it
    }
)


def bridge(frames: Frames, query: Query) -> pl.LazyFrame:
    """The gross profit before and after, and between them what changed it.

    Before is the period that `query.period()` is compared with, or the first group of
    `query.pair`, values of the dimension `query.by`; after is the period itself, or the
    second group. The effects are those of `bridge_effects`.

    Returns:
        BRIDGE in the order before, EFFECTS, after: all effects, 0 where nothing is of that
        kind. The effects add up to after - before. All are null where no cost at all is
        known on a side that sold; those by quantity are where products can be compared,
        but none by quantity. No rows where the period has no beginning and no pair is asked.
    """
    lines = _lines(frames, query)
    if lines is None:
        return pl.LazyFrame(schema=BRIDGE)
    lines = lines.cache()  # products and sides read them
    sides = _sides(lines, query)
    is_told = pl.col("gross_profit").is_not_null().all().alias("is_told")
    effects = _totals(bridge_effects.products(lines)).join(sides.select(is_told), how="cross")
    parts = effects.with_columns(gross_profit=pl.when("is_told").then("gross_profit"))
    rows = pl.concat([sides, parts], how="diagonal").sort("position")
    return rows.select(BRIDGE.names())


def products(frames: Frames, query: Query) -> pl.LazyFrame:
    """What each product has to do with a change of gross profit; see `bridge`.

    Returns:
        BRIDGE_PRODUCTS, one row per product sold on a side, the largest change first; ties
        by product. Each effect adds up to that of `bridge`.
    """
    lines = _lines(frames, query)
    if lines is None:
        return pl.LazyFrame(schema=BRIDGE_PRODUCTS)
    change = pl.col("change_gross_profit").abs()
    name = pl.col("product").cast(pl.String)
    quantities = pl.col("before_quantity", "after_quantity")
    ordered = bridge_effects.products(lines).sort(
        change, name, descending=[True, False], nulls_last=True
    )
    return ordered.with_columns(
        pl.when(quantities > 0).then(quantities / DECIMALS).name.keep()
    ).select(BRIDGE_PRODUCTS.names())


def _lines(frames: Frames, query: Query) -> pl.LazyFrame | None:
    """Order lines of both sides with `side`; None where nothing is there to compare with."""
    if query.pair:
        lines, which = margins.won_lines(frames, query), facts.group_keys(query.by)[0]
        value = which.cast(pl.String).fill_null(UNKNOWN)
        tests = [value == group for group in query.pair]
    elif (before := query.compared()) is None:
        return None
    else:
        lines = margins.won_lines(frames, query.over(before.since, query.until))
        tests = [measures.within("closed_on", q.since, q.until) for q in (before, query)]
    lines = lines.cache()  # the two periods may overlap, so each takes its own
    return pl.concat(
        lines.filter(test).with_columns(side=pl.lit(side))
        for side, test in zip(SIDES, tests, strict=True)
    )


def _sides(lines: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """The rows before and after, their position first and last."""
    label = pl.col(query.by).first().cast(pl.String) if query.pair else pl.lit(None, pl.String)
    sold = lines.group_by("side").agg(
        gross_profit=pl.when(tiers.is_known().any()).then(tiers.profit().sum()),
        products=pl.col("product").filter(tiers.is_known()).n_unique().cast(pl.Int64),
        known_amount=pl.col("amount").filter(tiers.is_known()).sum(),
        unknown_amount=pl.col("amount").filter(~tiers.is_known()).sum(),
        group=label,
    )
    asked = (query, query) if query.pair else (query.compared(), query)
    days = [(q.since, q.until) if q and not query.pair else (None, None) for q in asked]
    every = pl.LazyFrame(
        {
            "side": SIDES,
            "effect": SIDES,
            "position": [0, len(EFFECTS) + 1],
            "since": [since for since, _ in days],
            "until": [until for _, until in days],
        },
        schema_overrides={"effect": KEY, "since": pl.Date, "until": pl.Date},
    )
    sums = pl.col("gross_profit", "products", "known_amount", "unknown_amount")
    return every.join(sold, on="side", how="left").with_columns(
        pl.when(pl.col("products").is_null()).then(0).otherwise(sums).name.keep()
    )


def _totals(products: pl.LazyFrame) -> pl.LazyFrame:
    """effect, its position, and the gross profit and number of products in it."""
    every = pl.LazyFrame(
        {"effect": EFFECTS, "part": PARTS, "position": range(1, len(EFFECTS) + 1)},
        schema_overrides={"effect": KEY, "position": pl.Int64},
    )
    summed = (
        products.unpivot(on=PARTS, variable_name="part", value_name="gross_profit")
        .group_by("part")
        .agg(pl.col("gross_profit").sum(), products=pl.col("gross_profit").count())
    )
    counted = every.join(summed, on="part", how="left").with_columns(
        pl.col("gross_profit").fill_null(0), pl.col("products").fill_null(0).cast(pl.Int64)
    )
    effect = pl.col("effect").cast(pl.String)
    by_quantity, by_amount = (
        pl.col("products").filter(effect.is_in(names)).sum() for names in (BY_QUANTITY, BY_AMOUNT)
    )
    is_blind = effect.is_in(BY_QUANTITY) & (by_quantity == 0) & (by_amount > 0)
    return counted.with_columns(gross_profit=pl.when(~is_blind).then("gross_profit"))


_PAIRED_BY = tuple(name for name in DIMENSIONS if name != "product")
REPORTS = (
    Report("margin-bridge", margins.MARGIN_TABLES, BRIDGE, bridge, by=_PAIRED_BY),
    Report(
        "margin-bridge-products", margins.MARGIN_TABLES, BRIDGE_PRODUCTS, products, by=_PAIRED_BY
    ),
)
