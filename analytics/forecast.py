"""Where the month and the quarter will end: what is won, what is open, what is still to come."""

from datetime import date
from functools import partial
from typing import NamedTuple

import numpy as np
import polars as pl

from analytics import facts
from analytics.forecasting import calendar, model
from analytics.forecasting import history as records
from analytics.forecasting.gathering import TABLES, gathered
from analytics.forecasting.history import LIFE, LOST, NEVER, Floats, History, number
from analytics.forecasting.outlook import Outlook, outlook, standing
from analytics.periods import Period, elapsed_rate
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

PERIODS = ("month", "quarter")
PARTS = ("won", "open", "new", "total")
_AMOUNTS = ("p10_amount", "p50_amount", "p90_amount", "mean_amount")

Figures = dict[str, int | float | None]
FORECAST = pl.Schema(
    {
        "period": pl.String,  # month, quarter: those that hold `as_of`
        "part": pl.String,  # won so far; open deals; deals not yet opened; total
        "since": pl.Date,
        "until": pl.Date,  # exclusive
        "elapsed_rate": pl.Float64,  # of the period's days
        "deals": pl.Int64,  # won; open; null for those not yet opened and the total
        "p10_amount": pl.Int64,  # null: not measurable
        "p50_amount": pl.Int64,
        "p90_amount": pl.Int64,
        "mean_amount": pl.Int64,  # the parts' means add up, their quantiles do not
        "target_amount": pl.Int64,  # of the total; null: no target
        "gap_amount": pl.Int64,  # target - p50; negative: beyond it
        "reach_rate": pl.Float64,  # chance to reach the target
        "opened_within_rate": pl.Float64,  # of all won so far: won in the period of opening
        "not_measurable": pl.String,  # why: deals, orders, months, wins; null: measurable
    }
)
DEALS = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,
        "customer_id": pl.String,
        "customer": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "product": KEY,
        "stage": KEY,
        "stage_zh": pl.String,
        "stage_en": pl.String,
        "stage_days": pl.Int64,  # null: no history of its stage
        "opened_on": pl.Date,
        "expected_on": pl.Date,
        "amount": pl.Int64,
        "month_win_rate": pl.Float64,  # chance to be won by the month's end
        "quarter_win_rate": pl.Float64,
        "month_expected_amount": pl.Int64,  # chance x amount, the mean won one if unknown
        "quarter_expected_amount": pl.Int64,
        "month_rank": pl.Int64,  # the order in which deals would close the gap
        "quarter_rank": pl.Int64,  # null: not needed, or no gap
        "month_left_amount": pl.Int64,  # of the gap, were this deal and those before it won
        "quarter_left_amount": pl.Int64,
    }
)


class Prospect(NamedTuple):
    """A period as it stands: what is won, and what is still expected."""

    period: Period
    won: int
    target: int | None
    ahead: Outlook

    @property
    def total(self) -> Floats:
        """The period's amount in each draw."""
        return self.won + self.ahead.open + self.ahead.new

    @property
    def middle(self) -> int:
        """The amount that is as likely exceeded as missed."""
        return round(np.median(self.total))


def forecast(frames: Frames, query: Query) -> pl.LazyFrame:
    """The month and the fiscal quarter of `query.as_of`, in parts, with 80 % intervals.

    What was won up to `as_of` is certain. Open deals win by their chance from their stage
    and their days in it; deals not yet opened (and lost ones opened again) come as they came
    in the last year. Chances are the department's; filters choose whose deals are counted.
    The period of `query` does not count.

    Returns:
        FORECAST, four rows a period. All but what is won is null while the history is too
        short or has only orders; `not_measurable` says why.

    Source: `forecasting.chances`; simulation of 2,000 draws with a fixed seed.
    """
    return gathered(frames, query).map_batches(
        partial(_forecast, as_of=query.as_of), schema=FORECAST
    )


def _forecast(row: pl.DataFrame, as_of: date) -> pl.DataFrame:
    history = records.read(row, as_of)
    lacking = history.lacking(history.as_of)
    prospects = {} if lacking else dict(zip(PERIODS, _prospects(history), strict=True))
    rows = []
    for name in PERIODS:
        period = history.period(name)
        known = {
            "period": name,
            "since": period.since,
            "until": period.until,
            "elapsed_rate": elapsed_rate(period, as_of),
            "opened_within_rate": _opened_within(history, name),
            "not_measurable": lacking,
        }
        parts = _parts(history, period, prospects.get(name))
        rows += [{**known, "part": part, **parts.get(part, {})} for part in PARTS]
    return pl.DataFrame(rows, schema=FORECAST)


def _prospects(history: History) -> list[Prospect]:
    """The month and the quarter, from one model."""
    as_of = history.as_of
    periods = [history.period(name) for name in PERIODS]
    ages = calendar.ages(history, [as_of])
    known = model.fitted(history, ages, as_of, number(periods[-1].until) - as_of - 1)
    return [prospect(history, known, period, as_of) for period in periods]


def prospect(history: History, known: model.Model, period: Period, as_of: int) -> Prospect:
    """A period as known at the end of `as_of`, a day in it."""
    return Prospect(
        period,
        history.total(history.won_within(number(period.since), as_of + 1)),
        history.target(period),
        outlook(history, known, as_of, number(period.until)),
    )


def _parts(history: History, period: Period, known: Prospect | None) -> dict[str, Figures]:
    """The figures of each part; only of what is won where nothing can be forecast."""
    won = history.won_within(number(period.since), history.as_of + 1)
    still_open = history.chosen & (history.ended == NEVER)
    amount, target = history.total(won), history.target(period)
    parts: dict[str, Figures] = {
        "won": {"deals": int(won.sum()), **dict.fromkeys(_AMOUNTS, amount)},
        "open": {"deals": int(still_open.sum())},
        "total": {"target_amount": target},
    }
    if known is None:
        return parts
    ahead = known.ahead
    means = round(ahead.mean_open), round(ahead.mean_new)
    parts["open"] |= {**quantiles(ahead.open), "mean_amount": means[0]}
    parts["new"] = {**quantiles(ahead.new), "mean_amount": means[1]}
    parts["total"] |= {**quantiles(known.total), "mean_amount": amount + sum(means)}
    if target is not None:
        parts["total"] |= {
            "gap_amount": target - known.middle,
            "reach_rate": _reached(known, target),
        }
    return parts


def _reached(known: Prospect, target: int) -> float:
    """The share of draws at or above the target: 1 once that is won, 0 when nothing can come.

    Between them nothing is certain, whatever 2,000 draws may say.
    """
    if known.won >= target or not (known.ahead.open + known.ahead.new).any():
        return float(known.won >= target)
    draws, least = known.total, 0.5 / len(known.total)
    return min(max(float(np.mean(draws >= target)), least), 1 - least)


def quantiles(draws: Floats) -> dict[str, int]:
    """p10, p50 and p90 of the draws, in whole ten-thousandths."""
    known = np.quantile(draws, (0.1, 0.5, 0.9))
    return {f"p{n}_amount": round(v) for n, v in zip((10, 50, 90), known, strict=True)}


def _opened_within(history: History, name: str) -> float | None:
    """The share of all won so far that came from deals opened in the period of their win."""
    won = np.flatnonzero(history.won_within(0, history.as_of + 1))
    whole = history.total(won)
    begins = {
        day: number(history.period(name, day).since) for day in set(history.ended[won].tolist())
    }
    since = np.array([begins[day] for day in history.ended[won].tolist()], np.int64)
    within = won[(history.opened[won] >= since) & (history.opened[won] < NEVER)]
    return history.total(within) / whole if whole else None


def deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every open deal with its chance to be won in the month and in the quarter.

    Where the median forecast misses the target, ranks name the deals that would close the
    gap, those of the largest expected amount first, until amount x (1 - chance), which a win
    adds to what is expected, sums up to it. If all open deals do not, all have a rank and
    something is left of the gap.

    Returns:
        DEALS, one row per open deal, the largest expected amount of the quarter first; ties
        by id. Chances are null while nothing can be forecast (see `forecast`).
    """
    chances = gathered(frames, query).map_batches(
        partial(_chances, as_of=query.as_of), schema=_CHANCES
    )
    names = frames["stages"].select("stage", stage_zh="name_zh", stage_en="name_en")
    return (
        facts.deals(frames, query)
        .join(chances, on="deal_id")
        .join(names, on="stage", how="left")
        .sort("quarter_expected_amount", "deal_id", descending=[True, False], nulls_last=True)
        .select(DEALS.names())
    )


_OWN = ("stage_days", *(n for n in DEALS if n.startswith(PERIODS)))
_CHANCES = pl.Schema([("deal_id", pl.String()), *((name, DEALS[name]) for name in _OWN)])


def _chances(row: pl.DataFrame, as_of: date) -> pl.DataFrame:
    history = records.read(row, as_of)
    at = standing(history, history.as_of)
    is_open = at.code != LOST
    days = pl.Series(np.where(at.code == LIFE, -1, at.days)[is_open])
    columns = {n: pl.repeat(None, len(days), dtype=t, eager=True) for n, t in _CHANCES.items()}
    columns["deal_id"] = history.deal_id.gather(at.deal[is_open])
    columns["stage_days"] = days.replace(-1, None)
    if not history.lacking(history.as_of):
        for name, known in zip(PERIODS, _prospects(history), strict=True):
            chance, amount = known.ahead.chance[is_open], known.ahead.amount[is_open]
            columns[f"{name}_win_rate"] = pl.Series(chance)
            columns[f"{name}_expected_amount"] = _money(chance * amount)
            columns |= {f"{name}_{n}": v for n, v in _closing(known, chance, amount).items()}
    return pl.DataFrame(columns, schema=_CHANCES)


def _money(amounts: Floats) -> pl.Series:
    return pl.Series(np.rint(amounts).astype(np.int64))


def _closing(known: Prospect, chance: Floats, amount: Floats) -> dict[str, pl.Series]:
    """`rank` of the deals that would close the gap, and the `left_amount` of it after each."""
    gap = 0 if known.target is None else max(known.target - known.middle, 0)
    order = np.argsort(-(chance * amount), kind="stable")
    gain = amount * (1 - chance)
    left = np.empty(len(order))
    left[order] = gap - np.cumsum(gain[order])
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(1, len(order) + 1)
    is_spared = pl.Series(left + gain <= 0)
    figures = {"rank": pl.Series(place), "left_amount": _money(np.maximum(left, 0))}
    return {name: figure.set(is_spared, None) for name, figure in figures.items()}


REPORTS = (
    Report("forecast", TABLES, FORECAST, forecast),
    Report("forecast-deals", TABLES, DEALS, deals),
)
