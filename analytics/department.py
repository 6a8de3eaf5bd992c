"""The department in one look: a period against an earlier one, and month by month."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import polars as pl

from analytics import facts, measures, periods, targets
from analytics.measures import LOST, OPEN, WON
from analytics.periods import Period
from analytics.query import Query
from analytics.report import Frames, Report

OVERVIEW = pl.Schema(
    {
        "period": pl.String,  # current, previous or last_year
        "since": pl.Date,
        "until": pl.Date,  # exclusive
        "won_amount": pl.Int64,
        "gross_profit": pl.Int64,  # null: deals were won, no cost is known
        "known_amount": pl.Int64,  # won amount with known cost
        "margin_rate": pl.Float64,
        "unknown_count": pl.Int64,  # won deals with unknown cost
        "won": pl.Int64,
        "lost": pl.Int64,
        "open": pl.Int64,
        "open_amount": pl.Int64,
        "decided": pl.Int64,  # won and lost deals that the win rate counts
        "decided_won": pl.Int64,
        "win_rate": pl.Float64,
        "win_amount_rate": pl.Float64,
        "median_cycle_days": pl.Float64,  # of the won deals
        "new_deals": pl.Int64,
        "visits": pl.Int64,
        "target_amount": pl.Int64,  # null: no target
        "attainment_rate": pl.Float64,
        "elapsed_rate": pl.Float64,  # of the period's days
    }
)

MONTHLY = pl.Schema(
    {
        "month": pl.Date,  # its first day
        "won_amount": pl.Int64,
        "gross_profit": pl.Int64,
        "margin_rate": pl.Float64,
        "win_rate": pl.Float64,
        "won": pl.Int64,
        "lost": pl.Int64,
        "new_deals": pl.Int64,
        "visits": pl.Int64,
        "target_amount": pl.Int64,
        "attainment_rate": pl.Float64,
        "last_year_amount": pl.Int64,  # of the whole month a year before; null: no records yet
    }
)

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class _Span:
    """The days of an overview row, and what the days alone do not say."""

    name: str
    since: date | None
    until: date
    whole_until: date  # where the period ended before it was cut like for like
    stock_on: date  # the day whose open deals are counted


def overview(frames: Frames, query: Query) -> pl.LazyFrame:
    """The figures of the period and of the one it is compared with (`periods.compared`).

    Won, lost, money and rates are of deals closed in the period, new deals and visits of
    their own day in it. Open deals are those open at `as_of`; in the earlier row those
    open on the corresponding day. Targets are of whole months, also while the period runs:
    `elapsed_rate` says how much of it has passed.

    Returns:
        OVERVIEW, two rows, current first. The earlier one is null when `since` is open.
        Counts and amounts are 0 where nothing happened, null where the department does not
        record it at all (no visits, no opening days); rates are null where nothing can be
        divided.
    """
    spans = _spans(query)
    query = query.over(spans[-1].since, spans[0].until)
    names = pl.LazyFrame({"period": [span.name for span in spans]})
    happened = _happened(names, _within_spans(spans), frames, query)
    stocks = pl.concat([_stock(frames, query, span) for span in spans])
    rows = stocks.join(happened, on="period", how="left")
    if len(spans) == 1:
        rows = pl.concat([rows, pl.LazyFrame({"period": [query.against]})], how="diagonal")
    return rows.sort("period").select(OVERVIEW.names())


def _spans(query: Query) -> list[_Span]:
    """The current span and, if the period has a beginning, the one it is compared with."""
    until = query.until or query.as_of + _DAY
    current = _Span("current", query.since, until, until, query.as_of)
    period, against = query.period(), query.against
    if period is None:
        return [current]
    before = periods.compared(period, query.as_of, against)
    whole_until = periods.compared(period, until, against).until
    stock_on = periods.earlier_day(query.as_of, period, against)
    return [current, _Span(against, *before, whole_until, stock_on)]


def _within_spans(spans: list[_Span]) -> Callable[[str], pl.Expr]:
    """Names the span in which a day lies."""

    def period(day: str) -> pl.Expr:
        names = [
            pl.when(measures.within(day, span.since, span.until)).then(pl.lit(span.name))
            for span in spans
        ]
        return pl.coalesce(names).alias("period")

    return period


def _stock(frames: Frames, query: Query, span: _Span) -> pl.LazyFrame:
    """What the days of a span have rather than bring: open deals, targets, their own length."""
    last = min(query.as_of, span.until - _DAY)
    elapsed = span.since and periods.elapsed_rate(Period(span.since, span.whole_until), last)
    units = targets.units(frames, query.over(span.since, span.until), month_until=span.whole_until)
    parts = [
        pl.LazyFrame(
            {
                "period": [span.name],
                "since": [span.since],
                "until": [span.until],
                "elapsed_rate": [elapsed],
            },
            schema_overrides=_SPAN,
        ),
        facts.bare_deals(frames, replace(query, as_of=span.stock_on))
        .filter(OPEN)
        .select(open=pl.len().cast(pl.Int64), open_amount=pl.col("amount").sum()),
        units.select(targets.totals()).drop("won_amount"),
    ]
    return pl.concat(parts, how="horizontal")


_SPAN = {"since": pl.Date, "until": pl.Date, "elapsed_rate": pl.Float64}


def monthly(frames: Frames, query: Query) -> pl.LazyFrame:
    """The figures of each month that has a day in the period, none missing.

    Only days of the period count, so the months add up to the overview. An open `since`
    begins with the first deal or visit on record.

    Returns:
        MONTHLY in order of months. A month that begins after `as_of` has a target and the
        year before at most; one in which nothing happened has zeros and null rates. Visits
        and new deals are null in a department that does not record them.
    """
    query = query.over(query.since, query.until or query.as_of + _DAY)

    def month(day: str) -> pl.Expr:
        inside = measures.within(day, query.since, query.until)
        return pl.when(inside).then(pl.col(day).dt.month_start()).alias("month")

    months = _months(frames, query)
    begun = months.filter(pl.col("month") <= query.as_of)
    units = targets.units(frames, query).group_by("month").agg(targets.totals()).drop("won_amount")
    return (
        months.join(_happened(begun, month, frames, query), on="month", how="left")
        .join(units, on="month", how="left")
        .join(_last_year(months, frames, query), on="month", how="left")
        .sort("month")
        .select(MONTHLY.names())
    )


def _happened(
    buckets: pl.LazyFrame, bucket: Callable[[str], pl.Expr], frames: Frames, query: Query
) -> pl.LazyFrame:
    """What closed, opened and was visited in each bucket of days, zeros where nothing was.

    Args:
        buckets: one column, the buckets.
        bucket: from the name of a day column to the bucket of that day, null outside all.
        frames: the tables of the report.
        query: its period holds all buckets.
    """
    key = buckets.collect_schema().names()[0]
    deals = facts.bare_deals(frames, query)
    closed, opened = (
        deals.filter(measures.within(day, query.since, query.until)).with_columns(bucket(day))
        for day in ("closed_on", "opened_on")
    )
    count = pl.len().cast(pl.Int64)
    parts = (
        facts.with_known_cost(closed, frames).group_by(key).agg(_outcome()),
        opened.group_by(key).agg(new_deals=count),
        facts.bare_visits_within(frames, query).group_by(bucket("visited_on")).agg(visits=count),
    )
    for part in parts:
        buckets = buckets.join(part, on=key, how="left")
    nothing_closed = pl.col("won").is_null()  # a null profit of won deals stays unknown
    return buckets.join(_recorded(frames, query), how="cross").with_columns(
        pl.when(nothing_closed).then(0).otherwise(pl.col(_SUMS)).name.keep(),
        pl.when("has_openings").then(pl.col("new_deals").fill_null(0)),
        pl.when("has_visits").then(pl.col("visits").fill_null(0)),
    )


_SUMS = (
    *("won_amount", "gross_profit", "known_amount", "unknown_count"),
    *("won", "lost", "decided", "decided_won"),
)


def _last_year(months: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """What was won in the whole month a year before, for months whose year is on record."""
    month = pl.col("closed_on").dt.month_start().dt.offset_by("1y")
    won = (
        facts.bare_deals(frames, query)
        .filter(WON)
        .group_by(month=month)
        .agg(last_year_amount=pl.col("amount").sum())
    )
    deals = facts.existing(frames, query)
    first = deals.select(first=pl.coalesce("opened_on", "closed_on").min())
    year_before = pl.col("month").dt.offset_by("-1y")
    return (
        months.join(first, how="cross")
        .filter(year_before.is_between(pl.col("first").dt.month_start(), query.as_of))
        .join(won, on="month", how="left")
        .select("month", pl.col("last_year_amount").fill_null(0))
    )


def _months(frames: Frames, query: Query) -> pl.LazyFrame:
    """The first day of every month of the period; `until` is set."""
    assert query.until is not None
    if query.since is not None:
        days = periods.months(query.since, query.until)
        return pl.LazyFrame({"month": days}, schema={"month": pl.Date})
    deal_on = facts.existing(frames, query).select(day=pl.coalesce("opened_on", "closed_on").min())
    visit_on = _visits(frames, query).select(day=pl.col("visited_on").min())
    first = pl.concat([deal_on, visit_on]).select(pl.col("day").min().dt.month_start())
    last = query.until - _DAY
    every = first.select(month=pl.date_ranges("day", last, "1mo")).explode("month")
    return every.filter(pl.col("month").is_not_null())


def _outcome() -> list[pl.Expr]:
    """What closed deals with known cost bring."""
    return [
        measures.amount(WON).alias("won_amount"),
        measures.gross_profit().alias("gross_profit"),
        measures.known_amount().alias("known_amount"),
        measures.unknown_cost().cast(pl.Int64).alias("unknown_count"),
        measures.margin_rate().alias("margin_rate"),
        measures.win_rate().alias("win_rate"),
        measures.win_amount_rate().alias("win_amount_rate"),
        measures.median_cycle_days().alias("median_cycle_days"),
        WON.sum().cast(pl.Int64).alias("won"),
        LOST.sum().cast(pl.Int64).alias("lost"),
        measures.decided().cast(pl.Int64).alias("decided"),
        measures.decided(WON).cast(pl.Int64).alias("decided_won"),
    ]


def _recorded(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: whether the department records visits and the opening of deals at all."""
    opened_on = pl.col("opened_on")
    parts = [
        facts.visits_recorded(frames, query),
        facts.existing(frames, query).select(
            has_openings=opened_on.is_not_null().any() | (pl.len() == 0)
        ),
    ]
    return pl.concat(parts, how="horizontal")


def _visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every visit of the department so far."""
    return frames["visits"].filter("is_visit", pl.col("visited_on") <= query.as_of)


_TABLES = tuple(
    dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES, "deal_lines", *targets.TARGET_TABLES))
)
REPORTS = (
    Report("overview", _TABLES, OVERVIEW, overview),
    Report("monthly", _TABLES, MONTHLY, monthly),
)
