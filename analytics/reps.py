"""The ranking of the people who sell, the same for everyone who reads it."""

from dataclasses import replace
from datetime import timedelta

import polars as pl

from analytics import (
    facts,
    measures,
    memberships,
    periods,
    shrinkage,
    targets,
    visits,
    work_reports,
)
from analytics.measures import LOST, WON
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

RANKING = pl.Schema(
    {
        "rank": pl.Int64,  # null: unranked
        "previous_rank": pl.Int64,  # in the period compared with; null: unranked or absent then
        "rank_change": pl.Int64,  # places gained since
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "status": KEY,
        "won_amount": pl.Int64,
        "gross_profit": pl.Int64,  # null: deals were won, no cost is known
        "margin_rate": pl.Float64,
        "won": pl.Int64,
        "lost": pl.Int64,
        "closed": pl.Int64,
        "decided": pl.Int64,  # of these: deals that the win rates count
        "decided_won": pl.Int64,
        "win_rate": pl.Float64,
        "adjusted_rate": pl.Float64,  # null: nothing was decided
        "adjusted_low_rate": pl.Float64,  # 90 % interval
        "adjusted_high_rate": pl.Float64,
        "target_amount": pl.Int64,  # null: no target
        "attainment_rate": pl.Float64,
        "median_cycle_days": pl.Float64,
        "visits": pl.Int64,  # null: the department records none
        "customers_visited": pl.Int64,
        "visits_per_won": pl.Float64,
        "reports_due": pl.Int64,  # null: none fell due in the department
        "reports_on_time": pl.Int64,
        "on_time_rate": pl.Float64,
        "trend": pl.List(pl.Int64),  # won amount of the six months up to that of `as_of`
    }
)
RANK_COLUMNS = (
    "won_amount",
    "gross_profit",
    "margin_rate",
    "won",
    "lost",
    "closed",
    "win_rate",
    "adjusted_rate",
    "attainment_rate",
    "target_amount",
    "median_cycle_days",
    "visits",
    "customers_visited",
    "visits_per_won",
    "on_time_rate",
    "reports_on_time",
    "reports_due",
)
LESS_IS_BETTER = ("lost", "median_cycle_days", "visits_per_won")
_RANKED_BY_LOW_END = "adjusted_rate"
FEWEST_DECIDED = 5  # below it an adjusted win rate is hardly more than the department's
_TREND_MONTHS = 6
_DAY = timedelta(days=1)


def ranking(frames: Frames, query: Query) -> pl.LazyFrame:
    """Everyone who sells, best first by the column `query.rank_by`, one of RANK_COLUMNS.

    Those are all reps (by role) there in the period, and whoever opened or closed a deal or
    made a visit in it, also if they have left. Filters by rep and team only choose which
    rows are shown: ranks and adjusted rates are the department's. Other filters choose the
    deals and visits that count. Team is that of the period's last day.

    More is better, but for lost deals, cycle days and visits per won deal. The adjusted win
    rate ranks by the lower end of its interval and leaves reps with fewer than five decided
    deals unranked. So is everyone whose figure is unknown; they follow below.

    Returns:
        RANKING, one row per person; ties by name, then id. The previous rank is that of
        `periods.compared`, as it is known today.

    Raises:
        ValueError: `query.rank_by` is not one of RANK_COLUMNS.
    """
    if query.rank_by not in RANK_COLUMNS:
        raise ValueError(f"no ranking by {query.rank_by}")
    whole = replace(query, rep=(), team=(), until=query.until or query.as_of + _DAY)
    deals = facts.deals(frames, whole).cache()  # three parts read them
    scored = _adjusted(_scores(frames, deals, whole))
    shown = replace(query.unfiltered(), rep=query.rep, team=query.team)
    return (
        _ranked(scored, query.rank_by)
        .join(_previous_ranks(frames, deals, whole), on="rep_id", how="left")
        .join(_trend(deals, whole), on="rep_id", how="left")
        .with_columns(
            rank_change=pl.col("previous_rank") - pl.col("rank"),
            trend=pl.col("trend").fill_null([0] * _TREND_MONTHS),
        )
        .sort("place")
        .filter(facts.matches(shown))
        .select(RANKING.names())
    )


def _previous_ranks(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """rep_id and previous_rank; no rows when the period has no beginning."""
    before = query.compared()
    if before is None:
        return pl.LazyFrame(schema={"rep_id": KEY, "previous_rank": pl.Int64})
    scores = _scores(frames, deals, before)
    if query.rank_by == _RANKED_BY_LOW_END:
        scores = _adjusted(scores)
    return _ranked(scores, query.rank_by).select("rep_id", previous_rank="rank")


def _ranked(scores: pl.LazyFrame, column: str) -> pl.LazyFrame:
    """Scores with `place`, everyone's position in the list, and `rank`, null if unranked."""
    value = pl.col(column)
    is_ranked = value.is_not_null()
    if column == _RANKED_BY_LOW_END:
        value = pl.col("adjusted_low_rate")
        is_ranked &= pl.col("decided") >= FEWEST_DECIDED
    name, rep_id = (pl.col(c).cast(pl.String) for c in ("rep", "rep_id"))
    return (
        scores.sort(
            ~is_ranked,
            value,
            name,
            rep_id,
            descending=[False, column not in LESS_IS_BETTER, False, False],
            nulls_last=True,
        )
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        .with_columns(rank=pl.when(is_ranked).then("place"))
    )


def _adjusted(scores: pl.LazyFrame) -> pl.LazyFrame:
    """Scores with the adjusted win rate and its interval."""
    names = ("adjusted_rate", "adjusted_low_rate", "adjusted_high_rate")
    schema = pl.Schema({**scores.collect_schema(), **dict.fromkeys(names, pl.Float64())})

    def adjust(rows: pl.DataFrame) -> pl.DataFrame:
        rates = shrinkage.adjusted(rows["decided_won"].to_numpy(), rows["decided"].to_numpy())
        has_rate = pl.col("decided") > 0
        return rows.with_columns(
            pl.when(has_rate).then(pl.Series(name, rate))
            for name, rate in zip(names, rates, strict=True)
        )

    return scores.map_batches(adjust, schema=schema)


def _scores(frames: Frames, deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """Every figure of a period by itself, one row per person who sells, in no order."""
    opened = measures.within("opened_on", query.since, query.until)
    closed = measures.within("closed_on", query.since, query.until)
    units = targets.units(frames, query, of_reps=True)
    parts = (
        deals.filter(opened).group_by("rep_id").agg(opened=pl.len()),
        _outcome(facts.with_known_cost(deals.filter(closed), frames)),
        _visits(frames, query),
        units.group_by("rep_id").agg(targets.totals()).drop("won_amount"),
        work_reports.punctuality(frames, query),
    )
    scores = _people(frames, query)
    for part in parts:
        scores = scores.join(part, on="rep_id", how="left")
    scores = scores.join(facts.visits_recorded(frames, query), how="cross")
    return _completed(scores).filter(_sells(query))


def _people(frames: Frames, query: Query) -> pl.LazyFrame:
    """Everyone in the department, in the team of the last day of the period so far."""
    assert query.until is not None
    last = min(query.as_of, query.until - _DAY)
    reps = frames["reps"].select("rep_id", "rep", "role", "status", "hired_on", "left_on")
    teams = memberships.of_days(reps.select("rep_id", day=pl.lit(last)), frames)
    return reps.join(teams.select("rep_id", "team"), on="rep_id", how="left")


def _sells(query: Query) -> pl.Expr:
    """True for reps who are there in the period and for whoever did something in it."""
    did = pl.sum_horizontal("opened", "closed", pl.col("visits").fill_null(0)) > 0
    is_hired = pl.col("hired_on").is_null() | (pl.col("hired_on") < query.until)
    has_left = pl.col("left_on") < query.since if query.since else pl.lit(False)
    has_left = has_left.fill_null(pl.col("status") == "left")
    return did | ((pl.col("role") == "rep") & is_hired & ~has_left)


def _outcome(closed: pl.LazyFrame) -> pl.LazyFrame:
    """What the closed deals of each rep brought."""
    return closed.group_by("rep_id").agg(
        won_amount=measures.amount(WON),
        gross_profit=measures.gross_profit(),
        margin_rate=measures.margin_rate(),
        won=WON.sum(),
        lost=LOST.sum(),
        closed=(WON | LOST).sum(),
        decided_won=measures.decided(WON),
        decided=measures.decided(),
        win_rate=measures.win_rate(),
        median_cycle_days=measures.median_cycle_days(),
    )


def _visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """Each rep's visits of the period."""
    return (
        facts.visits_within(frames, query)
        .group_by("rep_id")
        .agg(visits=pl.len(), customers_visited=pl.col("customer_id").drop_nulls().n_unique())
    )


def _completed(scores: pl.LazyFrame) -> pl.LazyFrame:
    """Zeros where a rep did nothing, null where the department keeps no such records."""
    counts = pl.col("opened", "won", "lost", "closed", "decided", "decided_won")
    seen = pl.when("has_visits").then(pl.col("visits", "customers_visited").fill_null(0))
    filed = pl.col("reports_due", "reports_on_time")
    has_due = pl.col("reports_due").is_not_null().any()
    nothing_closed = pl.col("closed").is_null()  # a null profit of won deals stays unknown
    sums = pl.col("won_amount", "gross_profit")
    return scores.with_columns(
        pl.when(nothing_closed).then(0).otherwise(sums).name.keep(),
        counts.fill_null(0).cast(pl.Int64),
        seen.cast(pl.Int64).name.keep(),
        pl.when(has_due & (pl.col("role") == "rep")).then(filed.fill_null(0)).otherwise(filed),
    ).with_columns(
        visits_per_won=visits.visits_per_won(),
        on_time_rate=measures.rate(pl.col("reports_on_time"), pl.col("reports_due")),
    )


def _trend(deals: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """rep_id and the won amount of each of the last months, the oldest first."""
    this_month = query.as_of.replace(day=1)
    months = [periods.shift(this_month, -n) for n in reversed(range(_TREND_MONTHS))]
    month = pl.col("closed_on").dt.month_start()
    sums = {str(m): pl.col("amount").filter(month == m).sum() for m in months}
    won = deals.filter(WON, pl.col("closed_on") >= months[0])
    return won.group_by("rep_id").agg(**sums).select("rep_id", trend=pl.concat_list(*sums))


_TABLES = tuple(
    dict.fromkeys(
        (
            *facts.FACT_TABLES,
            *facts.VISIT_TABLES,
            "deal_lines",
            *targets.TARGET_TABLES,
            *work_reports.TABLES,
        )
    )
)
REPORTS = (Report("rep-ranking", _TABLES, RANKING, ranking),)
