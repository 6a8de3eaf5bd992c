"""How sure a place in the ranking is, and how far a margin rate would move by chance.

Amounts, profit, margin, wins and attainment: the won deals of each rep are drawn again
(`bootstrap`). Adjusted win rate: the reps' true rates are drawn from what the records leave
possible (`shrinkage.draws`). Everyone is ranked anew in each draw. Other columns count what
was done or is owed, or have no model here: for them the uncertainty of a rank is unknown.
"""

from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
import polars as pl

from analytics import bootstrap, facts, measures, scores, shrinkage, targets
from analytics.bootstrap import Floats
from analytics.measures import WON
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.reps import department, scored
from analytics.schemas import KEY

TOP = 3
FEWEST_DEALS = 5  # fewer drawn again say next to nothing
_PROFIT = pl.col("known_amount") - pl.col("known_cost")
_DRAWN = {  # ranking column -> what each won deal adds to it
    "won_amount": pl.col("amount"),
    "gross_profit": _PROFIT,
    "margin_rate": _PROFIT,  # over the amounts drawn with it
    "won": pl.lit(1),
    "attainment_rate": pl.col("amount"),  # over the target, which stands
}
UNCERTAIN = (*_DRAWN, scores.RANKED_BY_LOW_END)  # columns whose rank has an uncertainty

RANK_UNCERTAINTY = pl.Schema(
    {
        "rank": pl.Int64,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "cases": pl.Int64,  # won deals drawn again; by adjusted win rate the decided ones
        "top_three_rate": pl.Float64,  # chance to be among the first three
        "rank_low": pl.Int64,  # 90 % range of the rank
        "rank_high": pl.Int64,
    }
)
REP_MARGINS = pl.Schema(
    {
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "won": pl.Int64,
        "known_count": pl.Int64,  # of these, with known cost
        "known_amount": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,
        "margin_low_rate": pl.Float64,  # 90 % interval; null: fewer than five known costs
        "margin_high_rate": pl.Float64,
    }
)


def rank_uncertainty(frames: Frames, query: Query) -> pl.LazyFrame:
    """How far each rank by `query.rank_by` would move by chance.

    Returns:
        RANK_UNCERTAINTY, one row per ranked person, in the order of `reps.ranking`.
        Probability and range are null for columns outside UNCERTAIN and for who has fewer
        than five cases; in the draws they take part all the same. Filters by rep and team
        choose rows.
    """
    whole = department(query)
    deals = facts.deals(frames, whole).cache()  # the ranking and the draws read them
    ranked = scored(frames, deals, whole).drop_nulls("rank")
    if query.rank_by in _DRAWN:
        ranked = ranked.join(_drawn(frames, deals, whole), on="rep_id", how="left")
    schema = pl.Schema({**ranked.collect_schema(), **_PLACES})
    places = ranked.map_batches(partial(_placed, query.rank_by), schema=schema)
    return places.sort("place").filter(facts.shows(query)).select(RANK_UNCERTAINTY.names())


def margins(frames: Frames, query: Query) -> pl.LazyFrame:
    """The margin rate of everyone who won a deal in the period, with its 90 % interval.

    The deals with known cost are drawn again, whole; the interval is that of their summed
    profit over their summed amount, null with fewer than five.

    Returns:
        REP_MARGINS, one row per person, the best margin first, unknown ones last; ties by
        name, then id. Filters by rep and team choose rows, the others deals.
    """
    whole = department(replace(query, rank_by="margin_rate"))
    deals = facts.deals(frames, whole)
    won = facts.with_known_cost(_won(deals, whole), frames)
    sums = won.group_by("rep_id").agg(
        won=pl.len().cast(pl.Int64),
        known_count=pl.col("known_amount").count().cast(pl.Int64),
        known_amount=measures.known_amount(),
        gross_profit=measures.gross_profit(),
        margin_rate=measures.margin_rate(),
    )
    people = scores.people(frames, whole).select("rep_id", "rep", "team")
    rows = sums.join(people, on="rep_id").join(
        _drawn(frames, deals, whole), on="rep_id", how="left"
    )
    schema = pl.Schema({**rows.collect_schema(), **_MARGIN})
    text = [pl.col(name).cast(pl.String) for name in ("rep", "rep_id")]
    return (
        rows.map_batches(_with_intervals, schema=schema)
        .filter(facts.shows(query))
        .sort("margin_rate", *text, descending=[True, False, False], nulls_last=True)
        .select(REP_MARGINS.names())
    )


_PLACES = pl.Schema({name: RANK_UNCERTAINTY[name] for name in RANK_UNCERTAINTY.names()[4:]})
_MARGIN = pl.Schema({name: REP_MARGINS[name] for name in REP_MARGINS.names()[-2:]})


def _drawn(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """rep_id and what the won deals behind the figure add: lists `parts` and `wholes`."""
    won = facts.with_known_cost(_won(deals, query), frames)
    if query.rank_by == "attainment_rate":
        units = targets.units(frames, query, of_reps=True)
        month = pl.col("closed_on").dt.month_start()
        won = won.with_columns(month=month).join(units, on=["rep_id", "month"], how="semi")
    return (
        won.sort("deal_id")
        .select("rep_id", part=_DRAWN[query.rank_by], whole="known_amount")
        .drop_nulls("part")
        .group_by("rep_id", maintain_order=True)
        .agg(parts="part", wholes="whole")
    )


def _won(deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    return deals.filter(WON, measures.within("closed_on", query.since, query.until))


def _placed(column: str, ranked: pl.DataFrame) -> pl.DataFrame:
    """Ranked people with the uncertainty of their places."""
    rows = ranked.sort("place")  # what ties, and what is drawn, depends on the order
    if column == scores.RANKED_BY_LOW_END:
        won, decided = (rows[name].to_numpy() for name in ("decided_won", "decided"))
        return _with_places(rows, shrinkage.draws(won, decided, bootstrap.DRAWS), rows["decided"])
    if column not in _DRAWN or rows.is_empty():
        return rows.with_columns(pl.lit(None, kind).alias(name) for name, kind in _PLACES.items())
    figures = [_figures(column, row) for row in rows.iter_rows(named=True)]
    cases = rows["parts"].list.len().fill_null(0)
    return _with_places(rows, np.stack(figures, axis=1), cases)


def _figures(column: str, row: dict[str, Any]) -> Floats:
    """The figure of one person in each draw; nan where nothing was drawn to divide by."""
    parts = row["parts"] or []
    wholes = row["wholes"] if column == "margin_rate" else None
    drawn = _totals(str(row["rep_id"]), parts, wholes or [0] * len(parts))
    if column == "margin_rate":
        return bootstrap.ratios(drawn[:, 0], drawn[:, 1])
    return drawn[:, 0] / (row["target_amount"] if column == "attainment_rate" else 1)


def _totals(key: str, parts: list[int], wholes: list[int]) -> Floats:
    values = np.array([parts, wholes], dtype=np.float64).T
    return bootstrap.totals(values, key)


def _with_places(rows: pl.DataFrame, figures: Floats, cases: pl.Series) -> pl.DataFrame:
    """What the ranks in all draws, a row of `figures` each, say of every person."""
    ranks = bootstrap.ranks(figures)
    tails = ((1 - bootstrap.LEVEL) / 2, (1 + bootstrap.LEVEL) / 2)
    low, high = np.quantile(ranks, tails, axis=0, method="inverted_cdf")
    enough = pl.col("cases") >= FEWEST_DEALS
    return rows.with_columns(cases=cases.cast(pl.Int64)).with_columns(
        pl.when(enough).then(pl.Series(name, values, dtype=_PLACES[name]))
        for name, values in (
            ("top_three_rate", (ranks <= TOP).mean(axis=0)),
            ("rank_low", low),
            ("rank_high", high),
        )
    )


def _with_intervals(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with the interval of their margin rate."""
    found = rows.select("rep_id", "parts", "wholes").iter_rows()
    bounds = [_interval(str(rep_id), parts or [], wholes or []) for rep_id, parts, wholes in found]
    return rows.hstack(pl.DataFrame(bounds, schema=_MARGIN, orient="row"))


def _interval(key: str, profits: list[int], amounts: list[int]) -> tuple[float | None, ...]:
    if len(profits) < FEWEST_DEALS or sum(amounts) <= 0:
        return None, None
    drawn = bootstrap.ratios(*_totals(key, profits, amounts).T)
    return bootstrap.interval(drawn, bootstrap.effective(np.array(amounts, dtype=np.float64)))


REPORTS = (
    Report("rank-uncertainty", scores.TABLES, RANK_UNCERTAINTY, rank_uncertainty),
    Report("rep-margins", scores.TABLES, REP_MARGINS, margins),
)
