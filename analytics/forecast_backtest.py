"""How good the forecast has been: made again for months that are over, by what was known."""

from datetime import date, timedelta
from functools import partial

import numpy as np
import polars as pl

from analytics.forecast import prospect, quantiles
from analytics.forecasting import calendar, model
from analytics.forecasting import history as records
from analytics.forecasting.calendar import Ages
from analytics.forecasting.gathering import TABLES, gathered
from analytics.forecasting.history import LOST, STAGE, Flags, Floats, History, number, on, tallied
from analytics.periods import Period, shift
from analytics.query import Query
from analytics.report import Frames, Report

MONTHS = 18  # the last ones that are over

BACKTEST = pl.Schema(
    {
        "month": pl.Date,  # its first day, at whose end the forecast is made
        "p10_amount": pl.Int64,
        "p50_amount": pl.Int64,
        "p90_amount": pl.Int64,
        "won_amount": pl.Int64,  # what the month brought
        "is_inside": pl.Boolean,  # whether that lies in p10..p90
        "open_only_amount": pl.Int64,  # the open deals' mean alone
        "stage_amount": pl.Int64,  # open amounts x the share won of deals once in their stage
        "last_year_amount": pl.Int64,  # what the same month brought a year before; null: unknown
        "open": pl.Int64,  # open deals, whose chances the scores judge
        "brier_score": pl.Float64,  # mean squared error of their chances; null: none was open
        "stage_brier_score": pl.Float64,  # the same of the stages' shares
    }
)
TRUST = pl.Schema(
    {
        "method": pl.String,  # model, open_only, stage, last_year
        "months": pl.Int64,  # compared
        "error_amount": pl.Int64,  # mean absolute error
        "error_rate": pl.Float64,  # of what was won in these months
        "bias_rate": pl.Float64,  # mean error, negative: too low
        "model_error_amount": pl.Int64,  # the model's own error in the same months
        "inside_rate": pl.Float64,  # months inside p10..p90; 80 % if the bands are right
        "brier_score": pl.Float64,
    }
)
_METHODS = {
    "model": "p50_amount",
    "open_only": "open_only_amount",
    "stage": "stage_amount",
    "last_year": "last_year_amount",
}


def backtest(frames: Frames, query: Query) -> pl.LazyFrame:
    """The forecast of each of the last months, as it would have been on its first day.

    For each month everything is estimated anew from what was known at the end of that day;
    amounts are today's, they have no history. Beside it stand what a forecast of open deals
    alone, the usual stage-probability forecast and the same month a year before said.

    Returns:
        BACKTEST, one row per month that is over and had enough history, at most MONTHS, in
        order. The forecast of a row equals the report `forecast` with that `as_of`.
    """
    return gathered(frames, query).map_batches(
        partial(_backtest, as_of=query.as_of), schema=BACKTEST
    )


def trust(frames: Frames, query: Query) -> pl.LazyFrame:
    """The back-test in one row per method; see `summary`."""
    return backtest(frames, query).map_batches(summary, schema=TRUST)


def summary(months: pl.DataFrame) -> pl.DataFrame:
    """TRUST of the rows of `backtest`: coverage, Brier score and errors of each method.

    A method is compared over the months for which it has a figure; without any it has no
    figures but `months`.
    """
    return pl.concat([_compared(months, *method) for method in _METHODS.items()])


def _compared(months: pl.DataFrame, method: str, column: str) -> pl.DataFrame:
    known = months.filter(pl.col(column).is_not_null())
    error = pl.col(column) - pl.col("won_amount")
    own = pl.col("p50_amount") - pl.col("won_amount")
    won = pl.col("won_amount").sum()
    score = {"model": "brier_score", "stage": "stage_brier_score"}.get(method)
    judged = pl.col("open").sum()
    weighted = pl.when(judged > 0).then((pl.col(score or "open") * pl.col("open")).sum() / judged)
    return known.select(
        method=pl.lit(method),
        months=pl.len().cast(pl.Int64),
        error_amount=error.abs().mean().round().cast(pl.Int64),
        error_rate=pl.when(won > 0).then(error.abs().sum() / won),
        bias_rate=pl.when(won > 0).then(error.sum() / won),
        model_error_amount=own.abs().mean().round().cast(pl.Int64),
        inside_rate=pl.col("is_inside").mean() if method == "model" else None,
        brier_score=weighted if score else None,
    ).cast(TRUST)


def _backtest(row: pl.DataFrame, as_of: date) -> pl.DataFrame:
    history = records.read(row, as_of)
    if history.lacking(history.as_of):
        return pl.DataFrame(schema=BACKTEST)
    running = (as_of + timedelta(days=1)).replace(day=1)
    firsts = [number(shift(running, -ago)) for ago in range(MONTHS, 0, -1)]
    asked = [day for day in firsts if not history.lacking(day)]
    ages = calendar.ages(history, asked)
    return pl.DataFrame([replayed(history, ages, day) for day in asked], schema=BACKTEST)


def replayed(history: History, ages: Ages, day: int) -> dict[str, object]:
    """The BACKTEST row of the month that begins on `day`, after which `ages` were cut."""
    period = history.period("month", day)
    until = number(period.until)
    known = model.fitted(history, ages, day, until - day - 1)
    made = prospect(history, known, period, day)
    won = history.total(history.won_within(day, until))
    bands = quantiles(made.total)
    is_open = made.ahead.standing.code != LOST
    deal = made.ahead.standing.deal[is_open]
    came = history.won[deal] & (history.ended[deal] < until)
    share = _stage_shares(history, day)[made.ahead.standing.code[is_open]]
    return {
        "month": period.since,
        **bands,
        "won_amount": won,
        "is_inside": bands["p10_amount"] <= won <= bands["p90_amount"],
        "open_only_amount": made.won + round(made.ahead.mean_open),
        "stage_amount": made.won + round(share @ made.ahead.amount[is_open]),
        "last_year_amount": _last_year(history, period),
        "open": len(deal),
        "brier_score": _brier(made.ahead.chance[is_open], came),
        "stage_brier_score": _brier(share, came),
    }


def _stage_shares(history: History, day: int) -> Floats:
    """Of the deals once in each stage and closed by the end of `day`: the share won."""
    over = history.closed <= day
    codes = STAGE + len(history.stages)
    closed = tallied(history.code[over], codes)
    won = tallied(history.code[over], codes, history.wins[over])
    return won / np.maximum(closed, 1)


def _last_year(history: History, period: Period) -> int | None:
    """What the same month a year before brought; None before the first month on record."""
    since, until = (number(shift(day, -12)) for day in period)
    first = np.minimum(history.opened, history.ended).min()
    if since < number(on(first).replace(day=1)):
        return None
    return history.total(history.won_within(since, until))


def _brier(chance: Floats, came: Flags) -> float | None:
    """The mean squared error of chances; None of none. Source: Brier 1950."""
    return float(np.mean((chance - came) ** 2)) if len(chance) else None


REPORTS = (
    Report("forecast-backtest", TABLES, BACKTEST, backtest),
    Report("forecast-trust", TABLES, TRUST, trust),
)
