"""Whom a rep can learn from: ranked above, with the most similar customers and products.

How far two reps' mixes lie apart is the total variation distance of their shares of amount,
half the sum of the differences: the part of the one's amount that would have to be sold to
others, or of other products, to give the other's mix. 0 is the same mix, 1 nothing in common.
"""

import numpy as np
import polars as pl

from analytics import facts, measures, scores, strengths
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.reps import department, scored
from analytics.schemas import KEY
from analytics.strengths import REP_COMPARISON

MIX = ("industry", "size", "product")  # the distance is the mean over these

PEERS = pl.Schema(
    {
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "rank": pl.Int64(),
        "peer_id": KEY,
        "peer": KEY,
        "peer_rank": pl.Int64(),
        "distance_rate": pl.Float64(),  # 0..1, the mean of those below
        **{f"{name}_distance_rate": pl.Float64() for name in MIX},
    }
)
PEER_DIFFERENCES = pl.Schema(
    {
        **{name: kind for name, kind in PEERS.items() if name in PEERS.names()[:8]},
        **{n: REP_COMPARISON[n] for n in ("measure", "stage", "stage_zh", "stage_en")},
        "value": pl.Float64(),  # as in `rep-comparison`
        "low": pl.Float64(),
        "high": pl.Float64(),
        "peer_value": pl.Float64(),
        "peer_low": pl.Float64(),
        "peer_high": pl.Float64(),
        "is_different": pl.Boolean(),  # the intervals lie apart; null: one is unknown
    }
)


def peers(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every rep beside everyone ranked above by `query.rank_by`, the most similar mix first.

    The mix is that of the deals opened or closed in the period, by amount, over the
    customers' industry and size and the product; what is unknown is a value of its own.
    Regions are left out: territories differ by design.

    Returns:
        PEERS, by the rep's rank, then distance, then the peer's rank. Filters by rep and
        team choose reps, never their peers. Who is unranked or has no deal has no row.
    """
    whole = department(query)
    deals = facts.deals(frames, whole).cache()  # the ranking and the mixes read them
    return _above(deals, scored(frames, deals, whole), whole).filter(facts.shows(query))


def differences(frames: Frames, query: Query) -> pl.LazyFrame:
    """What differs between each rep and the closest peer, measure by measure.

    Two figures differ when their 90 % intervals lie apart, which is a strict test.

    Returns:
        PEER_DIFFERENCES, one row per rep with a peer and measure, by the rep's rank, in the
        order of `strengths.comparison`.
    """
    whole = department(query)
    deals = facts.deals(frames, whole).cache()
    people = scored(frames, deals, whole).cache()  # the pairs and the figures read them
    pairs = _above(deals, people, whole).filter(facts.shows(query))
    nearest = pl.all().sort_by("distance_rate", "peer_rank").first()
    closest = pairs.group_by("rep_id").agg(nearest)
    figures = strengths.of_people(frames, deals, people, whole).with_row_index("order")
    keys, ends = ["measure", "stage"], ["value", "low", "high"]
    theirs = figures.select(*keys, peer_id="rep_id", **{f"peer_{name}": name for name in ends})
    apart = (pl.col("low") > pl.col("peer_high")) | (pl.col("high") < pl.col("peer_low"))
    return (
        closest.join(figures.drop("rep", "team"), on="rep_id")
        .join(theirs, on=["peer_id", *keys], how="left", nulls_equal=True)
        .with_columns(is_different=apart)
        .sort("rank", "order")
        .select(PEER_DIFFERENCES.names())
    )


def _above(deals: pl.LazyFrame, people: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """PEERS of `people`, as `reps.scored` makes them of `deals`."""
    ranked = people.drop_nulls("rank").select("rep_id", "rep", "team", "rank")
    pairs = _mixes(deals, query).join(ranked, on="rep_id").map_batches(_pairs, schema=PEERS)
    return pairs.sort("rank", "distance_rate", "peer_rank")


def _mixes(deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """rep_id, dimension, value and amount of the deals of the period."""
    touched = pl.any_horizontal(
        measures.within(day, query.since, query.until) for day in ("opened_on", "closed_on")
    )
    known = deals.filter(touched, pl.col("amount") > 0)
    return pl.concat(
        known.group_by("rep_id", value=pl.col(name).cast(pl.String).fill_null("")).agg(
            pl.col("amount").sum(), dimension=pl.lit(name).first()
        )
        for name in MIX
    )


def _pairs(rows: pl.DataFrame) -> pl.DataFrame:
    """PEERS of everyone in `rows`, amounts by dimension and value."""
    people = rows.select("rep_id", "rep", "team", "rank").unique().sort("rank")
    apart = np.array([_distances(people, rows.filter(dimension=name)) for name in MIX])
    one, other = np.tril_indices(people.height, -1)  # the rank of `other` is above
    mine, theirs = people[one], people[other].select("rep_id", "rep", "rank")
    theirs = theirs.rename({"rep_id": "peer_id", "rep": "peer", "rank": "peer_rank"})
    found = apart[:, one, other]
    columns = {f"{name}_distance_rate": found[n] for n, name in enumerate(MIX)}
    pairs = pl.concat([mine, theirs, pl.DataFrame(columns)], how="horizontal")
    return pairs.with_columns(distance_rate=pl.Series(found.mean(axis=0))).select(PEERS.names())


def _distances(people: pl.DataFrame, amounts: pl.DataFrame) -> np.ndarray:
    """Total variation between the mixes of every two people, in their order."""
    table = amounts.sort("value").pivot(on="value", index="rep_id", values="amount")
    aligned = people.select("rep_id").join(table, on="rep_id", how="left", maintain_order="left")
    shares = aligned.drop("rep_id").fill_null(0).to_numpy().astype(np.float64)
    shares /= shares.sum(axis=1, keepdims=True)
    return np.abs(shares[:, None] - shares[None]).sum(axis=2) / 2


REPORTS = (
    Report("peers", scores.TABLES, PEERS, peers),
    Report("peer-differences", scores.TABLES, PEER_DIFFERENCES, differences),
)
