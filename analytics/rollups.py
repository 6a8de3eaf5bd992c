"""Teams and managers, ranked like reps, and what each rep contributed to them.

A group's figures are those of the facts of its days: who changed teams or left counts where
they were at the time. So the parts of the reps add up to their group, and the groups to the
department, for counts and money; rates are of the sums.
"""

import polars as pl

from analytics import facts, scores
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.reps import RANKING, department
from analytics.schemas import KEY

BY = ("team", "manager")
_FIGURES = {name: kind for name, kind in RANKING.items() if name not in ("rep_id", "rep", "team")}
_OF_PERSONS = ("rank", "previous_rank", "rank_change", "status", "trend")

TEAM_RANKING = pl.Schema(
    {
        "rank": pl.Int64(),
        "group_id": pl.String(),
        "group": pl.String(),  # null: in no team, or without a manager
        "reps": pl.Int64(),  # people who belong there or did something for it
        **{name: kind for name, kind in _FIGURES.items() if name not in _OF_PERSONS},
        "trend": pl.List(pl.Int64),
    }
)
_PARTS = ("adjusted_rate", "adjusted_low_rate", "adjusted_high_rate", *_OF_PERSONS)
TEAM_MEMBERS = pl.Schema(
    {
        "group_id": pl.String(),
        "group": pl.String(),
        "rep_id": KEY,
        "rep": KEY,
        "status": KEY,
        "is_member": pl.Boolean(),  # belongs to the group on the period's last day so far
        **{name: kind for name, kind in _FIGURES.items() if name not in _PARTS},
    }
)


def ranking(frames: Frames, query: Query) -> pl.LazyFrame:
    """Teams or managers (`query.by`), best first by `query.rank_by`, as reps are ranked.

    By team a team's own target counts where it has one, else the sum of its reps'; by
    manager targets are the reps'. Filters by rep and team only choose which rows are shown:
    the groups in which such a rep has a part.

    Returns:
        TEAM_RANKING, one row per group with a member or a fact; ties by its name. Everyone
        without a team or manager is a group of their own.
    """
    by = _by(query)
    whole = department(query)
    deals = facts.deals(frames, whole).cache()  # three parts read them
    parts = _parts(frames, scores.by_keys(frames, deals, whole, [by, *scores.PERSON]), whole, by)
    return (
        parts.group_by(by)
        .agg(reps=pl.len().cast(pl.Int64))
        .join(scores.by_keys(frames, deals, whole, [by]), on=by, how="left", nulls_equal=True)
        .join(scores.trend(deals, whole, [by]), on=by, how="left", nulls_equal=True)
        .with_columns(pl.col("trend").fill_null([0] * scores.TREND_MONTHS))
        .pipe(scores.completed, frames, whole, owes=pl.lit(True))
        .pipe(scores.adjusted)
        .pipe(scores.ranked, query.rank_by, by, by)
        .join(parts.filter(facts.shows(query)), on=by, how="semi", nulls_equal=True)
        .sort("place")
        .with_columns(_named(by))
        .select(TEAM_RANKING.names())
    )


def members(frames: Frames, query: Query) -> pl.LazyFrame:
    """What each rep did for each team or manager (`query.by`) they were with in the period.

    Targets are the reps' own, of months that began in the group.

    Returns:
        TEAM_MEMBERS, one row per group and rep, by group and name, the group of nobody
        last. Filters by rep and team choose rows.
    """
    by = _by(query)
    whole = department(query)
    figures = scores.by_keys(frames, facts.deals(frames, whole), whole, [by, *scores.PERSON])
    owes = (pl.col("role") == "rep") & pl.col("is_member")
    return (
        _parts(frames, figures, whole, by)
        .pipe(scores.completed, frames, whole, owes=owes)
        .filter(facts.shows(query))
        .with_columns(_named(by))
        .sort(pl.col("group", "rep", "rep_id").cast(pl.String), nulls_last=True)
        .select(TEAM_MEMBERS.names())
    )


def _by(query: Query) -> str:
    return query.by if query.by in BY else BY[0]


def _parts(frames: Frames, figures: pl.LazyFrame, query: Query, by: str) -> pl.LazyFrame:
    """The figures of each rep in each group, with a row for members who did nothing.

    `team` is that of the group, by manager that of the period's last day.
    """
    people = scores.people(frames, query).with_columns(is_there=scores.is_there(query))
    home = people.filter("is_there").select(by, "rep_id", is_member=pl.lit(True))
    keys = [by, *scores.PERSON]
    others = [name for name in ("team", "manager") if name != by]
    return (
        figures.join(home, on=keys, how="full", coalesce=True, nulls_equal=True)
        .with_columns(pl.col("is_member").fill_null(False))
        .join(people.select("rep_id", "rep", "role", "status", *others), on="rep_id", how="left")
    )


def _named(by: str) -> list[pl.Expr]:
    """The group as a text and, by the same name, its id."""
    return [pl.col(by).cast(pl.String).alias(name) for name in ("group_id", "group")]


REPORTS = (
    Report("team-ranking", scores.TABLES, TEAM_RANKING, ranking, by=BY),
    Report("team-members", scores.TABLES, TEAM_MEMBERS, members, by=BY),
)
