"""Won amounts against the targets of reps and teams."""

from datetime import date, timedelta

import polars as pl

from analytics import facts, measures, memberships
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

TARGET_TABLES = tuple(dict.fromkeys(("targets", *facts.FACT_TABLES, *memberships.TABLES)))
_NOT_SPLIT_BY = ("region", "industry", "product", "size", "source", "customer")

UNITS = pl.Schema(
    {
        "rep_id": KEY,  # null: the target of a whole team
        "rep": KEY,
        "team": KEY,
        "month": pl.Date,
        "target_amount": pl.Int64,
        "won_amount": pl.Int64,
    }
)

ATTAINMENT = pl.Schema(
    {
        "group_id": pl.String,  # rep id by rep, else as group
        "group": pl.String,  # null: no team
        "month": pl.Date,  # by month, else null
        "won_amount": pl.Int64,  # of the months with a target only
        "target_amount": pl.Int64,
        "attainment_rate": pl.Float64,
    }
)


def attainment(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won amount against target per rep, team or month (`query.by`).

    By team and by month a team with its own target counts once, by that target; the
    targets of its reps are then left out, so the groups add up to the department. By rep
    every rep's own target counts.

    Returns:
        ATTAINMENT, one row per group with a target, by its label. Empty by any other
        dimension and under filters by which targets are not split.
    """
    keys = {
        "rep": facts.group_keys("rep"),
        "team": facts.group_keys("team"),
        "month": [pl.col("month").dt.strftime("%Y-%m").alias(n) for n in ("group_id", "group")],
    }
    if query.by not in keys:
        return pl.LazyFrame(schema=ATTAINMENT)
    month = pl.col("month").first() if query.by == "month" else pl.lit(None, pl.Date)
    summary = (
        units(frames, query, of_reps=query.by == "rep")
        .group_by(keys[query.by])
        .agg(month.alias("month"), *totals())
    )
    return facts.grouped(summary)


def totals() -> list[pl.Expr]:
    """Won, target and their ratio summed over `units`; target and ratio null without units."""
    target = pl.when(pl.len() > 0).then(pl.col("target_amount").sum())
    won = pl.col("won_amount").sum()
    return [
        won.alias("won_amount"),
        target.alias("target_amount"),
        measures.rate(won, target).alias("attainment_rate"),
    ]


def units(
    frames: Frames, query: Query, *, of_reps: bool = False, month_until: date | None = None
) -> pl.LazyFrame:
    """What attainment adds up: a rep's or a team's month that has a target.

    A month counts if its first day lies in the period; the target is never prorated, wins
    count up to the period's end. A rep's month is left out where the team of its first day
    has its own target, unless `of_reps` or a filter asks for reps. Wins without a target
    are in no unit.

    Args:
        frames: the tables of TARGET_TABLES.
        query: filters by rep and team choose units; any other filter leaves none, since
            targets are not split by it.
        of_reps: only the reps' own targets, whatever their team has.
        month_until: count months before this day, later than the wins' end: the months of
            a period that was cut like for like.

    Returns:
        UNITS, in no order; won_amount 0 where nothing was won.
    """
    if not_split_by(query):
        return pl.LazyFrame(schema=UNITS)
    last = month_until or query.until or query.as_of + timedelta(days=1)
    counted = frames["targets"].filter(measures.within("month", query.since, last))
    won = _won(frames, query)
    of_team = _team_units(counted, won)
    of_rep = _rep_units(frames, counted, won)
    if not of_reps and not query.rep:
        alone = of_rep.join(of_team, on=["team", "month"], how="anti", nulls_equal=False)
        of_rep = pl.concat([alone, of_team])
    return of_rep.filter(facts.matches(query))


def not_split_by(query: Query) -> tuple[str, ...]:
    """The filters in use that make attainment unknown, since targets are not split by them."""
    return tuple(name for name in _NOT_SPLIT_BY if getattr(query, name))


def _won(frames: Frames, query: Query) -> pl.LazyFrame:
    """The department's won deals of the period: rep_id, team, month, amount."""
    inside = measures.within("closed_on", query.since, query.until)
    won = facts.standing(frames, query).filter(measures.WON, inside)
    teams = memberships.of_days(won.select("rep_id", "day").unique(), frames)
    return won.join(teams, on=["rep_id", "day"], how="left").select(
        "rep_id", "team", "amount", month=pl.col("day").dt.month_start()
    )


def _rep_units(frames: Frames, targets: pl.LazyFrame, won: pl.LazyFrame) -> pl.LazyFrame:
    """UNITS of the reps' own targets, in the team of the month's first day."""
    of_rep = targets.filter(pl.col("subject_kind") == "rep").select(
        "month", rep_id="subject", target_amount="amount"
    )
    teams = memberships.of_days(of_rep.select("rep_id", day="month"), frames)
    won = won.group_by("rep_id", "month").agg(won_amount=pl.col("amount").sum())
    return (
        of_rep.join(teams, left_on=["rep_id", "month"], right_on=["rep_id", "day"], how="left")
        .join(won, on=["rep_id", "month"], how="left")
        .with_columns(pl.col("won_amount").fill_null(0))
        .select(UNITS.names())
    )


def _team_units(targets: pl.LazyFrame, won: pl.LazyFrame) -> pl.LazyFrame:
    """UNITS of the teams' own targets; a deal counts for the team of its closing day."""
    won = won.group_by("team", "month").agg(won_amount=pl.col("amount").sum())
    nobody = pl.lit(None, KEY)
    return (
        targets.filter(pl.col("subject_kind") == "team")
        .select("month", team="subject", target_amount="amount")
        .join(won, on=["team", "month"], how="left")
        .with_columns(pl.col("won_amount").fill_null(0), rep_id=nobody, rep=nobody)
        .select(UNITS.names())
    )


_BY = ("rep", "team", "month")
REPORTS = (Report("attainment", TARGET_TABLES, ATTAINMENT, attainment, by=_BY),)
