"""Deal lines of the demo: some deals are sold in several parts."""

import numpy as np
import polars as pl

from data.demo.deals import QUOTE
from data.demo.journeys import WON
from data.demo.pipeline import PRODUCTS, Pipeline
from data.demo.world import MONEY, Flags, Floats, Ints, World

_SHARE = 0.5  # of the deals that have been costed
_MOST = 5
_ACCESSORIES = (3, 4, 5)  # places in PRODUCTS of what is sold beside the main product
_STEP = 100  # yuan; prices are round
_PIECES = 10  # of its product in a usual deal, so a piece always costs about the same


def records(world: World, deals: Pipeline, known: pl.DataFrame) -> pl.DataFrame:
    """DealLine records; a deal's lines add up to its amount and, where known, its cost."""
    is_costed = (pl.col("stage") == WON) | (pl.col("top") >= QUOTE)
    sold = known.filter(is_costed).select("deal", has_cost=pl.col("cost").is_not_null())
    is_unknown = pl.col("is_last") & ~pl.col("has_cost")
    return (
        _split(world, deals)
        .join(sold, on="deal", maintain_order="left")
        .select(
            pl.format("{}/{}", "deal_id", "line").alias("id"),
            *("deal_id", "line", "product", "category", "quantity", "amount"),
            pl.when(~is_unknown).then("cost").alias("cost"),
        )
        .with_columns(pl.col("quantity", "amount", "cost").cast(MONEY))
    )


def _split(world: World, deals: Pipeline) -> pl.DataFrame:
    """The lines of every deal that is or will be sold in parts."""
    chance = world.chance("lines")
    place = np.flatnonzero(chance.random(len(deals.rep)) < _SHARE)
    size = chance.integers(2, _MOST + 1, len(place))
    deal = np.repeat(place, size)
    count = len(deal)
    line = np.arange(count) - np.repeat(np.cumsum(size) - size, size) + 1
    is_last = line == np.repeat(size, size)
    weight = np.where(line == 1, 3.0, 1.0) * chance.uniform(0.5, 1.5, count)
    costly = weight * np.clip(1 + chance.normal(0, 0.12, count), 0.5, 1.5)
    product = np.where(line == 1, deals.product[deal], chance.choice(_ACCESSORIES, count))
    amount = _parts(deals.amount[deal] // _STEP, weight, line, is_last) * _STEP
    piece = np.array([p.amount for p in PRODUCTS])[product] / _PIECES
    return pl.DataFrame(
        {
            "deal": deal,
            "deal_id": deals.ids.gather(deal),
            "line": line,
            "is_last": is_last,
            "product": pl.Series([p.name for p in PRODUCTS]).gather(product),
            "category": pl.Series([p.category for p in PRODUCTS]).gather(product),
            "quantity": np.maximum(np.rint(amount / piece), 1),
            "amount": amount,
            "cost": _parts(deals.cost[deal], costly, line, is_last),
        }
    )


def _parts(total: Ints, weight: Floats, line: Ints, is_last: Flags) -> Ints:
    """Whole parts of `total` (repeated per line) in the ratio of the weights, adding up to it."""
    running = np.cumsum(weight)
    first, last = np.flatnonzero(line == 1), np.flatnonzero(is_last)
    size = last - first + 1
    before = running[first] - weight[first]
    share = (running - np.repeat(before, size)) / np.repeat(running[last] - before, size)
    until = np.where(is_last, total, np.floor(total * share)).astype(np.int64)
    return until - np.where(line == 1, 0, np.roll(until, 1))
