"""The department in one look: a period against the one before, and month by month."""

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
        "period": pl.String,  # current, previous
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
    """A row of the overview: the query over its days, and what the days alone do not say."""

    name: str
    query: Query
    whole_until: date  # where the period ended before it was cut like for like
    stock_on: date  # the day whose open deals are counted


def overview(frames: Frames, query: Query) -> pl.LazyFrame:
    """The figures of the period and of the comparable one before (`periods.previous`).

    Won, lost, money and rates are of deals closed in the period, new deals and visits of
    their own day in it. Open deals are those open at `as_of`; in the previous row those
    open on the corresponding day. Targets are of whole months, also while the period runs:
    `elapsed_rate` says how much of it has passed.

    Returns:
        OVERVIEW, two rows, current first. The previous one is null when `since` is open.
        Counts and amounts are 0 where nothing happened, null where the department does not
        record it at all (no visits, no opening days); rates are null where nothing can be
        divided.
    """
    until = query.until or query.as_of + _DAY
    current = _Span("current", query.over(query.since, until), until, query.as_of)
    if query.since is None:
        nothing = pl.LazyFrame({"period": ["previous"]})
        return pl.concat([_figures(frames, current), nothing], how="diagonal")
    period = Period(query.since, until)
    before = periods.previous(period, query.as_of)
    earlier = _Span(
        "previous",
        query.over(before.since, before.until),
        whole_until=periods.previous(period, until).until,
        stock_on=periods.earlier_day(query.as_of, period),
    )
    return pl.concat([_figures(frames, current), _figures(frames, earlier)])


def _figures(frames: Frames, span: _Span) -> pl.LazyFrame:
    """One row of OVERVIEW."""
    query = span.query
    deals = facts.deals(frames, query)
    closed = deals.filter(measures.within("closed_on", query.since, query.until))
    stock = facts.deals(frames, replace(query, as_of=span.stock_on))
    units = targets.units(frames, query, month_until=span.whole_until)
    parts = [
        _span_columns(span),
        facts.with_known_cost(closed, frames).select(
            *_outcome(),
            known_amount=measures.known_amount(),
            unknown_count=measures.unknown_cost().cast(pl.Int64),
            win_amount_rate=measures.win_amount_rate(),
            median_cycle_days=measures.median_cycle_days(),
        ),
        deals.select(new_deals=_opened(query).sum().cast(pl.Int64)),
        stock.select(open=OPEN.sum().cast(pl.Int64), open_amount=measures.amount(OPEN)),
        facts.visits_within(frames, query).select(visits=pl.len().cast(pl.Int64)),
        units.select(targets.totals()).drop("won_amount"),
        _recorded(frames),
    ]
    figures = pl.concat(parts, how="horizontal").with_columns(_where_recorded())
    return figures.select(OVERVIEW.names())


def _span_columns(span: _Span) -> pl.LazyFrame:
    """Name, days and elapsed share of a row."""
    since, until = span.query.since, span.query.until
    assert until is not None
    elapsed = None
    if since is not None:
        last = min(span.query.as_of, until - _DAY)
        elapsed = periods.elapsed_rate(Period(since, span.whole_until), last)
    row = {"period": [span.name], "since": [since], "until": [until], "elapsed_rate": [elapsed]}
    return pl.LazyFrame(row, schema={name: OVERVIEW[name] for name in row})


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
    months = _months(frames, query)
    units = targets.units(frames, query).group_by("month").agg(targets.totals()).drop("won_amount")
    happened = _happened(months.filter(pl.col("month") <= query.as_of), frames, query)
    return (
        months.join(happened, on="month", how="left")
        .join(units, on="month", how="left")
        .join(_last_year(months, frames, query), on="month", how="left")
        .join(_recorded(frames), how="cross")
        .with_columns(_where_recorded())
        .sort("month")
        .select(MONTHLY.names())
    )


def _happened(months: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """What closed, opened and was visited in each of `months`, zeros where nothing was."""
    deals = facts.deals(frames, query)
    closed = deals.filter(measures.within("closed_on", query.since, query.until))
    parts = {
        "closed_on": facts.with_known_cost(closed, frames),
        "opened_on": deals.filter(_opened(query)),
        "visited_on": facts.visits_within(frames, query),
    }
    count = pl.len().cast(pl.Int64)
    columns = {
        "closed_on": _outcome(),
        "opened_on": [count.alias("new_deals")],
        "visited_on": [count.alias("visits")],
    }
    for day, rows in parts.items():
        part = rows.group_by(month=pl.col(day).dt.month_start()).agg(columns[day])
        months = months.join(part, on="month", how="left")
    nothing_closed = pl.col("won").is_null()  # a null profit of won deals stays unknown
    sums = pl.col("won_amount", "gross_profit", "won", "lost")
    return months.with_columns(
        pl.when(nothing_closed).then(0).otherwise(sums).name.keep(),
        pl.col("new_deals", "visits").fill_null(0),
    )


def _last_year(months: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """What was won in the whole month a year before, for months whose year is on record."""
    month = pl.col("closed_on").dt.month_start().dt.offset_by("1y")
    won = (
        facts.deals(frames, query)
        .filter(WON)
        .group_by(month=month)
        .agg(last_year_amount=pl.col("amount").sum())
    )
    first = frames["deals"].select(first=pl.coalesce("opened_on", "closed_on").min())
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
    deal_on = frames["deals"].select(day=pl.coalesce("opened_on", "closed_on").min())
    visit_on = frames["visits"].filter("is_visit").select(day=pl.col("visited_on").min())
    first = pl.concat([deal_on, visit_on]).select(pl.col("day").min().dt.month_start())
    last = query.until - _DAY
    every = first.select(month=pl.date_ranges("day", last, "1mo")).explode("month")
    return every.filter(pl.col("month").is_not_null())


def _outcome() -> list[pl.Expr]:
    """What closed deals with known cost bring; shared by the overview and the months."""
    return [
        measures.amount(WON).alias("won_amount"),
        measures.gross_profit().alias("gross_profit"),
        measures.margin_rate().alias("margin_rate"),
        measures.win_rate().alias("win_rate"),
        WON.sum().cast(pl.Int64).alias("won"),
        LOST.sum().cast(pl.Int64).alias("lost"),
    ]


def _opened(query: Query) -> pl.Expr:
    """True for deals opened in the period."""
    return measures.within("opened_on", query.since, query.until)


def _recorded(frames: Frames) -> pl.LazyFrame:
    """One row: whether the department records visits and the opening of deals at all."""
    visits = frames["visits"].select(has_visits=pl.col("is_visit").any())
    opened_on = pl.col("opened_on")
    deals = frames["deals"].select(has_openings=opened_on.is_not_null().any() | (pl.len() == 0))
    return pl.concat([visits, deals], how="horizontal")


def _where_recorded() -> list[pl.Expr]:
    """Visits and new deals, null in a department that does not record them."""
    return [
        pl.when("has_visits").then("visits").alias("visits"),
        pl.when("has_openings").then("new_deals").alias("new_deals"),
    ]


_TABLES = tuple(
    dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES, "deal_lines", *targets.TARGET_TABLES))
)
REPORTS = (
    Report("overview", _TABLES, OVERVIEW, overview),
    Report("monthly", _TABLES, MONTHLY, monthly),
)
