"""What a report is asked for."""

from dataclasses import dataclass, replace
from datetime import date

DIMENSIONS = ("rep", "team", "manager", "industry", "region", "source", "product", "size")
FILTERS = ("rep", "team", "region", "industry", "product", "size", "source")
UNKNOWN = ""  # as a filter value: the facts for which this dimension is not known


@dataclass(frozen=True)
class Query:
    """Period, day of knowledge, filters and grouping; hashable, so it is a cache key.

    `since` is inclusive, `until` exclusive, None is unbounded. `as_of` is a business day,
    inclusive: nothing that happened later is known. A filter is a tuple of values, empty
    means all; `rep` holds rep ids, the others the values themselves, UNKNOWN the facts
    without one. `by` is a dimension.
    """

    as_of: date
    since: date | None = None
    until: date | None = None
    by: str = "rep"
    rank_by: str = "won_amount"  # column of the rep ranking
    grain: str = "deal"  # of margins: deal or line
    rep: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    industry: tuple[str, ...] = ()
    product: tuple[str, ...] = ()
    size: tuple[str, ...] = ()
    source: tuple[str, ...] = ()

    def over(self, since: date | None, until: date | None) -> "Query":
        """The same question over another period."""
        return replace(self, since=since, until=until)

    def unfiltered(self) -> "Query":
        """The same question about the whole department."""
        return replace(
            self, rep=(), team=(), region=(), industry=(), product=(), size=(), source=()
        )
