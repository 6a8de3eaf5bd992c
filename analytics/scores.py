"""What people, teams and managers did in a period: each figure of every ranking, once.

A fact counts for the team and manager of its own day, so what a rep did before changing
teams stays with the team it was done for, and the parts add up to the department.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import reduce

import polars as pl

from analytics import facts, measures, memberships, periods, shrinkage, targets, visits
from analytics import work_reports as reports
from analytics.measures import LOST, WON
from analytics.query import Query
from analytics.report import Frames

TABLES = tuple(  # everything here reads these
    dict.fromkeys(
        (
            *facts.FACT_TABLES,
            *facts.VISIT_TABLES,
            "deal_lines",
            *targets.TARGET_TABLES,
            *reports.TABLES,
        )
    )
)
PERSON = ("rep_id",)  # the keys of a person's figures
TREND_MONTHS = 6
LESS_IS_BETTER = ("lost", "median_cycle_days", "visits_per_won")
RANKED_BY_LOW_END = "adjusted_rate"
FEWEST_DECIDED = 5  # below it an adjusted win rate is hardly more than the department's
_DAY = timedelta(days=1)


def of_people(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """Every figure of a period by itself, one row per person who sells, in no order.

    Args:
        frames: the tables of TABLES.
        deals: the department's deals, `facts.deals` of `query` without rep and team.
        query: its period has an end.
    """
    figures = people(frames, query).join(
        by_keys(frames, deals, query, PERSON), on=PERSON, how="left"
    )
    owes = pl.col("role") == "rep"
    return completed(figures, frames, query, owes=owes).filter(_sells(query))


def by_keys(frames: Frames, deals: pl.LazyFrame, query: Query, keys: Sequence[str]) -> pl.LazyFrame:
    """The figures of everyone or every group that did something, null where it did not.

    Args:
        frames: the tables of TABLES.
        deals: as of `of_people`.
        query: its period has an end; filters by rep and team choose facts.
        keys: what tells rows apart: rep_id, team or manager, or two of them.

    Returns:
        The keys and the figures, in no order; `completed` fills the gaps.
    """
    opened = measures.within("opened_on", query.since, query.until)
    closed = measures.within("closed_on", query.since, query.until)
    parts = (
        deals.filter(opened).group_by(keys).agg(opened=pl.len()),
        facts.with_known_cost(deals.filter(closed), frames).group_by(keys).agg(**_outcome()),
        facts.visits_within(frames, query).group_by(keys).agg(**_visits()),
        _targets(frames, query, keys),
        _reports(frames, query, keys),
    )
    return reduce(
        lambda left, right: left.join(right, on=keys, how="full", coalesce=True, nulls_equal=True),
        parts,
    )


def people(frames: Frames, query: Query) -> pl.LazyFrame:
    """Everyone, in the team and under the manager of the last day of the period so far."""
    assert query.until is not None
    last = min(query.as_of, query.until - _DAY)
    reps = frames["reps"].select("rep_id", "rep", "role", "status", "hired_on", "left_on")
    teams = memberships.of_days(reps.select("rep_id", day=pl.lit(last)), frames)
    return reps.join(teams.select("rep_id", "team", "manager"), on="rep_id", how="left")


def _sells(query: Query) -> pl.Expr:
    """True for reps who are there in the period and for whoever did something in it."""
    did = pl.sum_horizontal("opened", "closed", pl.col("visits").fill_null(0)) > 0
    return did | is_there(query)


def is_there(query: Query) -> pl.Expr:
    """True for reps (by role) who are there on a day of the period."""
    is_hired = pl.col("hired_on").is_null() | (pl.col("hired_on") < query.until)
    has_left = pl.col("left_on") < query.since if query.since else pl.lit(False)
    has_left = has_left.fill_null(pl.col("status") == "left")
    return (pl.col("role") == "rep") & is_hired & ~has_left


def _outcome() -> dict[str, pl.Expr]:
    """What closed deals brought."""
    return {
        "won_amount": measures.amount(WON),
        "gross_profit": measures.gross_profit(),
        "margin_rate": measures.margin_rate(),
        "won": WON.sum(),
        "lost": LOST.sum(),
        "closed": (WON | LOST).sum(),
        "decided_won": measures.decided(WON),
        "decided": measures.decided(),
        "win_rate": measures.win_rate(),
        "median_cycle_days": measures.median_cycle_days(),
    }


def _visits() -> dict[str, pl.Expr]:
    """What visits come to."""
    return {
        "visits": pl.len(),
        "customers_visited": pl.col("customer_id").drop_nulls().n_unique(),
    }


def _targets(frames: Frames, query: Query, keys: Sequence[str]) -> pl.LazyFrame:
    """Targets and attainment; a team alone has its own target, else they are of reps."""
    units = targets.units(frames, query, of_reps=tuple(keys) != ("team",))
    if "manager" in keys:
        units = units.drop("team").pipe(_with_groups, frames, "month")
    return units.group_by(keys).agg(targets.totals()).drop("won_amount")


def _reports(frames: Frames, query: Query, keys: Sequence[str]) -> pl.LazyFrame:
    """Weekly reports due and in time, of the team of the week's Monday."""
    owed = reports.owed(frames, query)
    if tuple(keys) != PERSON:
        owed = owed.pipe(_with_groups, frames, "period_on")
    return owed.group_by(keys).agg(**reports.counts())


def _with_groups(rows: pl.LazyFrame, frames: Frames, day: str) -> pl.LazyFrame:
    """Rows of reps with the team and manager of their `day`."""
    days = rows.select("rep_id", day=day).unique()
    groups = memberships.of_days(days, frames).select("rep_id", "team", "manager", "day")
    return rows.join(groups, left_on=["rep_id", day], right_on=["rep_id", "day"], how="left")


def completed(
    figures: pl.LazyFrame, frames: Frames, query: Query, *, owes: pl.Expr
) -> pl.LazyFrame:
    """Zeros where nothing was done, null where the department keeps no such records.

    `owes` is true for rows that would owe weekly reports if any were due.
    """
    known = figures.join(facts.visits_recorded(frames, query), how="cross")
    counts = pl.col("opened", "won", "lost", "closed", "decided", "decided_won")
    seen = pl.when("has_visits").then(pl.col("visits", "customers_visited").fill_null(0))
    filed = pl.col("reports_due", "reports_on_time")
    has_due = pl.col("reports_due").is_not_null().any()
    nothing_closed = pl.col("closed").is_null()  # a null profit of won deals stays unknown
    sums = pl.col("won_amount", "gross_profit")
    return known.with_columns(
        pl.when(nothing_closed).then(0).otherwise(sums).name.keep(),
        counts.fill_null(0).cast(pl.Int64),
        seen.cast(pl.Int64).name.keep(),
        pl.when(has_due & owes).then(filed.fill_null(0)).otherwise(filed),
    ).with_columns(
        visits_per_won=visits.visits_per_won(),
        on_time_rate=measures.rate(pl.col("reports_on_time"), pl.col("reports_due")),
    )


def adjusted(figures: pl.LazyFrame) -> pl.LazyFrame:
    """Figures with the adjusted win rate and its 90 % interval."""
    names = ("adjusted_rate", "adjusted_low_rate", "adjusted_high_rate")
    schema = pl.Schema({**figures.collect_schema(), **dict.fromkeys(names, pl.Float64())})

    def adjust(rows: pl.DataFrame) -> pl.DataFrame:
        rates = shrinkage.adjusted(rows["decided_won"].to_numpy(), rows["decided"].to_numpy())
        has_rate = pl.col("decided") > 0
        return rows.with_columns(
            pl.when(has_rate).then(pl.Series(name, rate))
            for name, rate in zip(names, rates, strict=True)
        )

    return figures.map_batches(adjust, schema=schema)


def ranked(figures: pl.LazyFrame, column: str, name: str, key: str) -> pl.LazyFrame:
    """Figures with `place`, the position of each in the list, and `rank`, null if unranked.

    More of `column` is better but for LESS_IS_BETTER; ties by the columns `name` and `key`.
    """
    value = pl.col(column)
    is_ranked = value.is_not_null()
    if column == RANKED_BY_LOW_END:
        value = pl.col("adjusted_low_rate")
        is_ranked &= pl.col("decided") >= FEWEST_DECIDED
    return (
        figures.sort(
            ~is_ranked,
            value,
            pl.col(name).cast(pl.String),
            pl.col(key).cast(pl.String),
            descending=[False, column not in LESS_IS_BETTER, False, False],
            nulls_last=True,
        )
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        .with_columns(rank=pl.when(is_ranked).then("place"))
    )


def trend(deals: pl.LazyFrame, query: Query, keys: Sequence[str]) -> pl.LazyFrame:
    """The keys and the won amount of each of the last six months, the oldest first."""
    this_month = query.as_of.replace(day=1)
    months = [periods.shift(this_month, -n) for n in reversed(range(TREND_MONTHS))]
    month = pl.col("closed_on").dt.month_start()
    sums = {str(m): pl.col("amount").filter(month == m).sum() for m in months}
    won = deals.filter(WON, pl.col("closed_on") >= months[0])
    return won.group_by(keys).agg(**sums).select(*keys, trend=pl.concat_list(*sums))
