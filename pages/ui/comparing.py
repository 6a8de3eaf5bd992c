"""What figures are compared with: an earlier period, or the team or department around them."""

from dataclasses import replace
from datetime import timedelta

from analytics import periods
from analytics.query import Query
from pages.ui import cache, session
from pages.ui import format as fmt
from pages.ui.session import Filters, t

_DAY = timedelta(days=1)
_NAMED = ("month", "quarter", "year")  # periods with words of their own for the one before


def offered(chosen: Filters) -> list[str]:
    """What the filters leave to compare with.

    An earlier period unless theirs has no beginning (of a year the one before is that of a
    year before), a rep's team, and the department where they choose a part of it.
    """
    is_part = bool(chosen.values("rep") or chosen.values("team"))
    times = {"all": (), "year": periods.AGAINST[:1]}.get(chosen.period, periods.AGAINST)
    return [
        *times,
        *(["team"] if chosen.values("rep") else []),
        *(["department"] if is_part else []),
    ]


def chosen() -> str:
    """What the person compares with; the period before where that is not to be had here."""
    filters = session.filters()
    return filters.against if filters.against in offered(filters) else periods.AGAINST[0]


def in_time() -> str:
    """The same among periods, for what has no whole to be a part of, e.g. a rank."""
    return chosen() if chosen() in periods.AGAINST else periods.AGAINST[0]


def is_whole() -> bool:
    """Whether figures are compared with a whole that they are part of."""
    return chosen() not in periods.AGAINST


def asked(query: Query) -> Query | None:
    """The same question about what it is compared with; None when there is no such thing."""
    if not is_whole():
        return query.compared()
    if chosen() == "department":
        return replace(query, rep=(), team=())
    teams = _teams(query)
    return replace(query, rep=(), team=teams) if teams else None


def _teams(query: Query) -> tuple[str, ...]:
    """The teams of the chosen reps on the period's last day, as the ranking has them."""
    teams = cache.report("rep-ranking", query)["team"].drop_nulls().unique().sort()
    return tuple(str(team) for team in teams)


def words(against: str) -> str:
    """What figures are compared with, in a sentence: 较上月同期."""
    return t(f"common.vs_{_key(against)}")


def short(against: str) -> str:
    """`words` in as few as fit beside a figure on a phone: 较上月."""
    return t(f"common.on_{_key(against)}")


def _key(against: str) -> str:
    if against != "previous":
        return against
    period = session.filters().period
    return period if period in _NAMED else "period"


def note(query: Query) -> str | None:
    """What exactly is compared, and that a running period is compared like for like."""
    other, language = asked(query), session.language()
    if other is None:
        return None
    if is_whole():
        whole = t("common.sep").join(fmt.escaped(team) for team in other.team)
        return t("filters.beside", whole=whole or t("filters.whole_department"))
    if other.since is None or other.until is None or other.since == other.until:
        return None  # the period has not begun
    days = t(
        "filters.days",
        since=fmt.day(other.since, language),
        last=fmt.day(other.until - _DAY, language),
    )
    if query.until is not None and query.as_of < query.until - _DAY:
        return t("filters.compared_cut", last=fmt.short_day(query.as_of, language), days=days)
    return t("filters.compared", days=days)
