"""Attainment, deal size and margin of every rep, with intervals from drawn won deals."""

from typing import NamedTuple

import numpy as np
import polars as pl

from analytics import bootstrap, facts, measures, targets
from analytics.bootstrap import Floats
from analytics.query import Query
from analytics.report import Frames

_LISTS = ("amounts", "counts", "attained", "profits", "knowns")
_AMOUNT, _COUNT, _ATTAINED, _PROFIT, _KNOWN = range(5)
_WEIGHTS = {  # measure -> what weighs a deal in it, and tells whether it counts
    "attainment_rate": _ATTAINED,
    "deal_size": _AMOUNT,  # a deal without price is no case
    "margin_rate": _KNOWN,
}


class Figures(NamedTuple):
    """One measure of all reps; nan is unknown."""

    cases: Floats
    value: Floats
    low: Floats
    high: Floats
    department: float


def won_deals(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """rep_id and lists over the won deals: what is drawn again, and the days they took."""
    inside = measures.within("closed_on", query.since, query.until)
    won = facts.with_known_cost(deals.filter(measures.WON, inside), frames)
    units = targets.units(frames, query, of_reps=True).select("rep_id", "month", has=pl.lit(True))
    days = (pl.col("closed_on") - pl.col("opened_on")).dt.total_days()
    return (
        won.with_columns(month=pl.col("closed_on").dt.month_start())
        .join(units, on=["rep_id", "month"], how="left")
        .sort("deal_id")
        .group_by("rep_id", maintain_order=True)
        .agg(
            amounts=pl.col("amount").fill_null(0),
            counts=pl.col("amount").is_not_null().cast(pl.Int64),
            attained=pl.when("has").then("amount").fill_null(0),
            profits=(pl.col("known_amount") - pl.col("known_cost")).fill_null(0),
            knowns=pl.col("known_amount").fill_null(0),
            days=days.drop_nulls(),
        )
    )


def drawn_again(rows: pl.DataFrame) -> dict[str, Figures]:
    """Attainment, deal size and margin, their intervals from the same draws of won deals.

    Args:
        rows: one per person, with the ranking's figures and the lists of `won_deals`.
    """
    lists = rows.select(_LISTS).iter_rows()
    deals = [np.array([part or [] for part in row], np.float64).T for row in lists]
    sums = np.array([found.sum(axis=0) for found in deals])
    whole, aims = sums.sum(axis=0), floats(rows, "target_amount")
    mean = ratio(whole[_AMOUNT], whole[_COUNT]) or float("nan")
    low, high = np.array(
        [
            _bounds(bootstrap.totals(found, str(key)), found, mean, aim)
            for key, found, aim in zip(rows["rep_id"], deals, aims, strict=True)
        ]
    ).T
    values = {
        "attainment_rate": floats(rows, "attainment_rate"),
        "deal_size": np.array([ratio(row[_AMOUNT], row[_COUNT]) for row in sums]) / mean,
        "margin_rate": floats(rows, "margin_rate"),
    }
    department = {
        "attainment_rate": ratio(whole[_ATTAINED], np.nansum(aims)),
        "deal_size": 1.0,
        "margin_rate": ratio(whole[_PROFIT], whole[_KNOWN]),
    }
    cases = np.array([(found > 0).sum(axis=0) for found in deals], np.float64)
    return {
        name: Figures(cases[:, at], values[name], low[n], high[n], department[name])
        for n, (name, at) in enumerate(_WEIGHTS.items())
    }


def _bounds(drawn: Floats, deals: Floats, mean: float, aim: float) -> list[tuple[float, float]]:
    """Ends for each measure of _WEIGHTS of one person; nan where nothing can be drawn."""
    size = bootstrap.ratios(drawn[:, _AMOUNT], drawn[:, _COUNT]) / mean
    margin = bootstrap.ratios(drawn[:, _PROFIT], drawn[:, _KNOWN])
    attainment = drawn[:, _ATTAINED] / aim if aim > 0 else np.full(len(drawn), np.nan)
    figures = zip((attainment, size, margin), _WEIGHTS.values(), strict=True)
    return [
        (np.nan, np.nan)
        if np.isnan(found).all() or not deals[:, at].any()
        else bootstrap.interval(found, bootstrap.effective(deals[:, at]))
        for found, at in figures
    ]


def floats(rows: pl.DataFrame, name: str) -> Floats:
    """A column as numbers; nan is unknown."""
    return rows[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def ratio(part: float, whole: float) -> float:
    """The share part / whole; nan where the whole is not positive."""
    return part / whole if whole > 0 else float("nan")
