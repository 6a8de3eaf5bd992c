"""What a report is asked for."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from analytics import periods, tiers
from analytics.periods import Period

DIMENSIONS = ("rep", "team", "manager", "industry", "region", "source", "product", "size")
FILTERS = ("rep", "team", "region", "industry", "product", "size", "source", "customer")
UNKNOWN = ""  # as a filter value: the facts for which this dimension is not known
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Query:
    """Period, day of knowledge, filters and grouping; hashable, so it is a cache key.

    `since` is inclusive, `until` exclusive, None is unbounded. `as_of` is a business day,
    inclusive: nothing that happened later is known. A filter is a tuple of values, empty
    means all; `rep` and `customer` hold ids, the others the values themselves, UNKNOWN the
    facts without one. `by` is a dimension, `against` one of `periods.AGAINST`. `pair` is
    nothing or two values of `by`, which are then compared instead of two periods.
    """

    as_of: date
    since: date | None = None
    until: date | None = None
    by: str = "rep"
    rank_by: str = "won_amount"  # column of the rep ranking
    grain: str = "deal"  # of margins: deal or line
    against: str = "previous"  # what the period is compared with
    pair: tuple[str, ...] = ()
    limits: tuple[int, ...] = tiers.PERCENTS  # of margin authority, see `tiers.tier`
    credit: str = "linear"  # how won deals are shared over their visits
    idle_days: int = 60  # a customer without a visit or an order for longer is dormant
    weights: tuple[tuple[str, float], ...] = ()  # of the scorecard; none: the department's
    rep: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    size: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    customer: tuple[str, ...] = ()

    def over(self, since: date | None, until: date | None) -> "Query":
        """The same question over another period."""
        return replace(self, since=since, until=until)

    def period(self) -> Period | None:
        """Its days, up to `as_of` where `until` is open; None when `since` is."""
        return None if self.since is None else Period(self.since, self.until or self.as_of + _DAY)

    def compared(self) -> "Query | None":
        """The same question over the period it is compared with; None when `since` is open."""
        period = self.period()
        return period and self.over(*periods.compared(period, self.as_of, self.against))

    def unfiltered(self) -> "Query":
        """The same question about the whole department."""
        return replace(
            self,
            rep=(),
            team=(),
            region=(),
            industry=(),
            product=(),
            size=(),
            source=(),
            customer=(),
        )
