"""Everything that is estimated from what was known on a day."""

from dataclasses import dataclass

import numpy as np

from analytics.forecasting import arrivals, calendar, chances
from analytics.forecasting.arrivals import Arrivals
from analytics.forecasting.calendar import Ages, Calendar
from analytics.forecasting.chances import Hazards
from analytics.forecasting.history import LIFE, NEVER, Floats, History, Ints, tallied

BANDS = 5  # of amount, with as many deals in each: their chances to win differ
UNKNOWN, ORDER = BANDS, BANDS + 1  # kinds beyond the bands: no amount, no opening
_PRIOR_WINS = 10  # expected wins that the usual chance counts for in each band


@dataclass(frozen=True)
class Model:
    """What was known on a day; of deals one value each, in the order of the history's."""

    hazards: Hazards
    calendar: Calendar
    arrivals: Arrivals
    kind: Ints  # of deals: band of amount, UNKNOWN or ORDER
    factors: Floats  # of kinds, on the hazard to win
    amount: Floats  # of deals; the mean won amount where it is unknown


def fitted(history: History, ages: Ages, as_of: int, span: int) -> Model:
    """The model as known at the end of `as_of`, after which `ages` were cut.

    `span` is the number of days that are to be looked ahead.
    """
    pace = calendar.calendar(ages, as_of)
    kind = _kinds(history, as_of)
    won = history.won & (history.ended <= as_of) & ~np.isnan(history.amount)
    return Model(
        hazards=chances.hazards(chances.cases(history, as_of), as_of, span),
        calendar=pace,
        arrivals=arrivals.arrivals(history, as_of),
        kind=kind,
        factors=_factors(history, kind, pace.hazard, as_of),
        amount=np.nan_to_num(history.amount, nan=history.amount[won].sum() / max(won.sum(), 1)),
    )


def _kinds(history: History, as_of: int) -> Ints:
    """The band of each deal's amount among those of the deals opened so far."""
    is_known = ~np.isnan(history.amount)
    known = history.amount[is_known & (history.opened <= as_of)]
    shares = np.arange(1, BANDS) / BANDS
    edges = np.quantile(known, shares) if len(known) else np.zeros(BANDS - 1)
    band = np.searchsorted(edges, history.amount, side="right")
    return np.where(history.opened == NEVER, ORDER, np.where(is_known, band, UNKNOWN))


def _factors(history: History, kind: Ints, hazard: Floats, as_of: int) -> Floats:
    """How much more each band wins than its deals' ages let expect; 1 beyond the bands.

    Source: indirect standardisation, drawn towards 1 by few wins.
    """
    life = (history.code == LIFE) & (history.entered <= as_of)
    of_kind, closed = kind[history.deal[life]], history.closed[life]
    age = np.minimum(np.minimum(closed, as_of) - history.entered[life], len(hazard) - 1)
    won = history.wins[life] & (closed <= as_of)
    wins, expected = (tallied(of_kind, BANDS, of)[:BANDS] for of in (won, hazard.cumsum()[age]))
    return np.append((wins + _PRIOR_WINS) / (expected + _PRIOR_WINS), [1, 1])
