"""What is on record of the visits made: how long, what came of them, what followed.

What came of a visit is told in free words. What can be counted is whether anything was noted,
whether a next day was agreed, and whether the deal moved on within FOLLOWED_DAYS: was won, or
entered a stage further up the ladder than the one before. A deal that was about to move is
visited too, so beside it stands how often any open deal moves on within as many days of any
day at all.
"""

from datetime import timedelta

import polars as pl

from analytics import facts, intervals, listing, measures, stages
from analytics.measures import WON
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

FOLLOWED_DAYS = 14
FOLLOW_UPS = ("advanced", "stayed", "too_soon", "no_deal")
_TABLES = tuple(dict.fromkeys((*facts.VISIT_TABLES, *facts.FACT_TABLES)))
_SPAN = timedelta(days=FOLLOWED_DAYS)
_DAY = timedelta(days=1)
_HAS_NEXT = pl.col("next_on") > pl.col("visited_on")  # the day of an appointment, see there

OUTCOMES = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "visits": pl.Int64,
        "noted": pl.Int64,  # an outcome was written down; null: the department never does
        "noted_rate": pl.Float64,
        "with_next": pl.Int64,  # a next day was agreed; null: the department keeps none
        "next_rate": pl.Float64,
        "watched": pl.Int64,  # of an open deal, FOLLOWED_DAYS or more ago
        "advanced": pl.Int64,  # of the watched: the deal moved on within FOLLOWED_DAYS
        "advanced_rate": pl.Float64,
        "low_rate": pl.Float64,  # 95 % interval of advanced_rate
        "high_rate": pl.Float64,
        "base_rate": pl.Float64,  # of the days of all open deals: as much moved on; in every row
        "timed": pl.Int64,  # visits that say how long they took
        "p25_minutes": pl.Float64,
        "median_minutes": pl.Float64,
        "p75_minutes": pl.Float64,
    }
)
OUTCOME_ROWS = pl.Schema(
    {
        **listing.VISIT_ROWS,
        "follow_up": KEY,  # one of FOLLOW_UPS
        "moved_on": pl.Date(),  # the deal's next step forward, null: none so far
    }
)


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Visits of the period by kind or a dimension, with what is on record of them.

    Returns:
        OUTCOMES, one row per group by its label, the unknown one last; rates and minutes
        are null where there is nothing to divide.
    """
    visits = _followed(facts.visits_within(frames, query), frames, query)
    summary = visits.group_by(facts.group_keys(query.by)).agg(**_counts())
    beside = pl.concat([_base(frames, query), _recorded(frames, query)], how="horizontal")
    return (
        facts.grouped(summary.join(beside, how="cross"))
        .with_columns(**_known())
        .with_columns(**_rates())
        .select(OUTCOMES.names())
    )


def totals(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: all visits of the period, as `by_dimension` counts them."""
    visits = _followed(facts.bare_visits_within(frames, query), frames, query)
    parts = [visits.select(**_counts()), _base(frames, query), _recorded(frames, query)]
    return pl.concat(parts, how="horizontal").with_columns(**_known()).with_columns(**_rates())


def outcome_rows(frames: Frames, query: Query) -> pl.LazyFrame:
    """The rows of the report `visit-rows` with what followed each of them.

    Returns:
        OUTCOME_ROWS, newest first; ties by id.
    """
    followed = _followed(facts.bare_visits_within(frames, query), frames, query)
    return (
        listing.visits(frames, query)
        .join(followed.select("visit_id", "follow_up", "moved_on"), on="visit_id", how="left")
        .sort("visited_on", "visit_id", descending=[True, False])
        .select(OUTCOME_ROWS.names())
    )


def _counts() -> dict[str, pl.Expr]:
    """Sums over the visits of one group."""
    minutes, follow_up = pl.col("minutes"), pl.col("follow_up")
    counts = {
        "visits": pl.len(),
        "noted": pl.col("has_outcome").sum(),
        "with_next": _HAS_NEXT.sum(),
        "watched": follow_up.is_in(["advanced", "stayed"]).sum(),
        "advanced": (follow_up == "advanced").sum(),
        "timed": minutes.count(),
    }
    quartiles = {"p25": 0.25, "median": 0.5, "p75": 0.75}
    return {
        **{name: count.cast(pl.Int64) for name, count in counts.items()},
        **{f"{n}_minutes": minutes.quantile(share, "linear") for n, share in quartiles.items()},
    }


def _recorded(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: whether any visit so far has an outcome, and whether any has a next day."""
    made = frames["visits"].filter("is_visit", pl.col("visited_on") <= query.as_of)
    return made.select(keeps_noted=pl.col("has_outcome").any(), keeps_with_next=_HAS_NEXT.any())


def _known() -> dict[str, pl.Expr]:
    """The counts that are null where the department keeps no such records."""
    return {name: pl.when(f"keeps_{name}").then(name) for name in ("noted", "with_next")}


def _rates() -> dict[str, pl.Expr]:
    visits, advanced, watched = (pl.col(n) for n in ("visits", "advanced", "watched"))
    low, high = intervals.wilson(advanced, watched)
    return {
        "noted_rate": measures.rate(pl.col("noted"), visits),
        "next_rate": measures.rate(pl.col("with_next"), visits),
        "advanced_rate": measures.rate(advanced, watched),
        "low_rate": low,
        "high_rate": high,
    }


def _followed(visits: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """The visits with `follow_up` and `moved_on`, the next step forward of their deal.

    A step on the day of the visit counts: nobody tells in which order they were written down.
    """
    deals = facts.standing(frames, query).select("deal_id", "closed_on", is_deal=pl.lit(True))
    is_open = pl.col("is_deal") & (pl.col("closed_on") >= pl.col("visited_on")).fill_null(True)
    days = (pl.col("moved_on") - pl.col("visited_on")).dt.total_days()
    follow_up = (
        pl.when(~is_open.fill_null(False))
        .then(pl.lit("no_deal"))
        .when(pl.col("visited_on") > query.as_of - _SPAN)
        .then(pl.lit("too_soon"))
        .when(days <= FOLLOWED_DAYS)
        .then(pl.lit("advanced"))
        .otherwise(pl.lit("stayed"))
    )
    return (
        visits.join(deals, on="deal_id", how="left")
        .sort("visited_on")
        .join_asof(
            _moves(frames, query).with_columns(on="moved_on").sort("on"),
            left_on="visited_on",
            right_on="on",
            by="deal_id",
            strategy="forward",
            check_sortedness=False,
        )
        .with_columns(follow_up=follow_up.cast(KEY))
    )


def _moves(frames: Frames, query: Query) -> pl.LazyFrame:
    """Each day on which a deal took a step forward: deal_id and moved_on."""
    asked = query.unfiltered()
    steps = stages.ladder(frames).select("stage", "position")
    reached = steps.rename({"stage": "next_stage", "position": "next_position"})
    forward = (
        stages.stays(frames, asked)
        .join(steps, on="stage")
        .join(reached, on="next_stage")
        .filter(pl.col("next_position") > pl.col("position"))
        .select("deal_id", moved_on="next_on")
    )
    won = facts.standing(frames, asked).filter(WON).select("deal_id", moved_on="closed_on")
    return pl.concat([forward, won]).unique()


def _base(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row, `base_rate`: how many of all days of open deals a step forward followed.

    Of the days of the period on which the deals were open, those with a step within
    FOLLOWED_DAYS, closing days included; null where no deal was open. A step counts for the
    days back to the one before it, FOLLOWED_DAYS at most.
    """
    last = min(query.until - _DAY, query.as_of - _SPAN) if query.until else query.as_of - _SPAN
    begins = [pl.col("opened_on"), *([pl.lit(query.since)] if query.since else [])]
    spans = (
        facts.bare_deals(frames, query)
        .filter(pl.col("opened_on").is_not_null())
        .select(
            "deal_id",
            begins_on=pl.max_horizontal(begins),
            ends_on=pl.min_horizontal("closed_on", pl.lit(last)),
        )
        .filter(pl.col("begins_on") <= pl.col("ends_on"))
    )
    is_same = pl.col("deal_id") == pl.col("deal_id").shift()
    after_last = pl.when(is_same).then(pl.col("moved_on").shift() + pl.duration(days=1))
    reach = pl.col("moved_on") - pl.duration(days=FOLLOWED_DAYS)
    begins_on = pl.max_horizontal("begins_on", after_last, reach)
    ends_on = pl.min_horizontal("ends_on", "moved_on")
    followed = (
        spans.join(_moves(frames, query), on="deal_id")
        .sort("deal_id", "moved_on")
        .select(days=((ends_on - begins_on).dt.total_days() + 1).clip(0))
    )
    open_days = ((pl.col("ends_on") - pl.col("begins_on")).dt.total_days() + 1).sum()
    return pl.concat(
        [followed.select(pl.col("days").sum()), spans.select(all_days=open_days)], how="horizontal"
    ).select(base_rate=measures.rate(pl.col("days"), pl.col("all_days")))


REPORTS = (
    Report("visit-outcomes", _TABLES, OUTCOMES, by_dimension, by=("kind", *DIMENSIONS)),
    Report("visit-outcome-rows", _TABLES, OUTCOME_ROWS, outcome_rows),
)
