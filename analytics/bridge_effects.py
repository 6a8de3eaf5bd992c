"""What each product has to do with a change of gross profit, part by part.

Products are what is compared. Where the order lines of a product have quantities on both
sides, its change is split, with quantity q, unit price p and unit cost k before (0) and
after (1), Q the quantity of all such products and m = p - k:

    volume  (Q1 - Q0) x (sum of q0 m0) / Q0     more or less sold, in the old mix
    mix     Q1 x sum of (q1/Q1 - q0/Q0) m0      another mix, at old unit margins
    price   sum of q1 (p1 - p0)
    cost    - sum of q1 (k1 - k0)

Without quantities two effects can be told, with amount a and margin rate r = 1 - cost / a:

    amount  sum of (a1 - a0) r0
    rate    sum of a1 (r1 - r0)

Products sold on one side only are new or lost, those of which no cost is known on a side
where they were sold are unknown; each is a part of its own. Lines of unknown cost are left
out of both sides. Parts are whole ten-thousandths, rounded per product so that they add up:
mix, or rate, takes what rounding leaves.

Source: sales-quantity, sales-mix, price and cost variances of management accounting, e.g.
Horngren, Datar and Rajan, Cost Accounting, ch. 7 and 14.
"""

import polars as pl

from analytics import tiers

SIDES = ("before", "after")
BY_QUANTITY = ("volume", "mix", "price", "cost")
BY_AMOUNT = ("amount", "rate")
EFFECTS = (*BY_QUANTITY, *BY_AMOUNT, "new", "lost", "unknown")
PARTS = [f"{effect}_gross_profit" for effect in EFFECTS]
DECIMALS = 10_000  # of a quantity, as the store keeps them: their sums are exact


def products(lines: pl.LazyFrame) -> pl.LazyFrame:
    """Every product of the order lines of both sides.

    Args:
        lines: `margins.MARGIN_FACTS` and `side`, one of SIDES.

    Returns:
        What `bridge.BRIDGE_PRODUCTS` has, one row per product in no order, but quantities
        are whole ten-thousandths and 0 where none is known.
    """
    told = pl.when(pl.col(PARTS).count() > 0).then(pl.col(PARTS).sum())
    sides: dict[str, pl.Expr] = {}
    for side in SIDES:
        is_unknown = (pl.col(f"{side}_sold").sum() > 0) & (pl.col(f"{side}_lines").sum() == 0)
        profit = _profit(side).sum()
        sides[f"{side}_gross_profit"] = pl.when(~is_unknown).then(profit)
        for name in ("quantity", "known_amount", "unknown_amount"):
            sides[f"{side}_{name}"] = pl.col(f"{side}_{name}").sum()
    change = (_profit("after") - _profit("before")).sum()
    return (
        _comparable(_summed(lines))
        .with_columns(_parts())
        .group_by("product")
        .agg(told, **sides, change_gross_profit=change)
    )


def _summed(lines: pl.LazyFrame) -> pl.LazyFrame:
    """What was sold of each product on either side, with and without a quantity apart."""
    amount, is_known = pl.col("amount"), tiers.is_known()
    has_quantity = (pl.col("quantity") > 0).fill_null(False)
    units = (pl.col("quantity") * DECIMALS).round().cast(pl.Int64)
    sums: dict[str, pl.Expr] = {}
    for side in SIDES:
        here = pl.col("side") == side
        sums |= {
            f"{side}_sold": here.sum(),
            f"{side}_lines": (here & is_known).sum(),
            f"{side}_quantity": units.filter(here & is_known & has_quantity).sum(),
            f"{side}_known_amount": amount.filter(here & is_known).sum(),
            f"{side}_cost": pl.col("cost").filter(here & is_known).sum(),
            f"{side}_unknown_amount": amount.filter(here & ~is_known).sum(),
        }
    return lines.group_by("product", has_quantity=has_quantity).agg(**sums)


def _comparable(summed: pl.LazyFrame) -> pl.LazyFrame:
    """The sums per product and `kind`, how it is compared.

    What has a quantity on one side only is compared by amount, with all of its product.
    """
    before, after = (pl.col(f"{side}_lines") > 0 for side in SIDES)
    is_paired = (before == after).all().over("product")
    merged = summed.group_by(
        "product", by_quantity=pl.col("has_quantity") & before & after & is_paired
    ).agg(pl.exclude("product", "has_quantity").sum())
    known = {side: pl.col(f"{side}_lines").sum().over("product") > 0 for side in SIDES}
    sold = {side: pl.col(f"{side}_sold").sum().over("product") > 0 for side in SIDES}
    kind = (
        pl.when(known["before"] & known["after"])
        .then(pl.when("by_quantity").then(pl.lit("quantity")).otherwise(pl.lit("amount")))
        .when(known["after"] & ~sold["before"])
        .then(pl.lit("new"))
        .when(known["before"] & ~sold["after"])
        .then(pl.lit("lost"))
        .otherwise(pl.lit("unknown"))
    )
    return merged.with_columns(kind=kind)


def _parts() -> list[pl.Expr]:
    """Each effect where the kind of the row has it, else null."""
    (q0, q1), (a0, a1), (c0, c1) = (
        [pl.col(f"{side}_{name}") for side in SIDES]
        for name in ("quantity", "known_amount", "cost")
    )
    all0, all1 = (q.filter(pl.col("kind") == "quantity").sum() for q in (q0, q1))
    profit, change = _profit("before"), _profit("after") - _profit("before")
    price = a1 - a0 - _share(a0, q1 - q0, q0)
    cost = _share(c0, q1 - q0, q0) - (c1 - c0)
    volume = _share(profit, all1 - all0, all0)
    amount = pl.when(a0 > 0).then(_share(profit, a1 - a0, a0)).otherwise(0)
    mix = change - volume - price - cost
    effects = {
        "quantity": {"volume": volume, "mix": mix, "price": price, "cost": cost},
        "amount": {"amount": amount, "rate": change - amount},
        **{kind: {kind: change} for kind in ("new", "lost", "unknown")},
    }
    return [
        pl.when(pl.col("kind") == kind).then(value).alias(f"{effect}_gross_profit")
        for kind, of_kind in effects.items()
        for effect, value in of_kind.items()
    ]


def _profit(side: str) -> pl.Expr:
    return pl.col(f"{side}_known_amount") - pl.col(f"{side}_cost")


def _share(money: pl.Expr, part: pl.Expr, whole: pl.Expr) -> pl.Expr:
    """What `part` of a positive whole has of money, exact to the rounding of its last digit."""
    money, part, whole = (value.cast(pl.Int128) for value in (money, part, whole))
    return ((2 * money * part + whole) // (2 * whole)).cast(pl.Int64)
