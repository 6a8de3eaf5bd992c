"""The weekly reports of each rep, week by week: in time, late or missing."""

import polars as pl

from analytics import facts, memberships, work_reports
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

REPORT_WEEKS = pl.Schema(
    {
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,  # of the week's Monday
        "period_on": pl.Date,  # the week's Monday
        "filing": pl.String,  # in_time, late, missing
        "late_days": pl.Float64,  # 0: in time; null: missing
    }
)


def weeks(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every report that fell due in the period, before `as_of` (`work_reports.owed`).

    Returns:
        REPORT_WEEKS, one row per rep and week, by name, then id, the latest week first.
        Filters other than rep and team do not count.
    """
    owed = work_reports.owed(frames, query)
    days = owed.select("rep_id", day="period_on").unique()
    names = memberships.of_days(days, frames).rename({"day": "period_on"})
    is_filed = pl.col("submitted_at").is_not_null()
    late = (pl.col("submitted_at") - pl.col("due_at")).dt.total_seconds() / 86_400
    text = [pl.col(name).cast(pl.String) for name in ("rep", "rep_id")]
    return (
        owed.join(names, on=["rep_id", "period_on"], how="left")
        .filter(facts.shows(query))
        .with_columns(
            filing=pl.when("is_in_time")
            .then(pl.lit("in_time"))
            .when(is_filed)
            .then(pl.lit("late"))
            .otherwise(pl.lit("missing")),
            late_days=late.clip(lower_bound=0),
        )
        .sort(*text, "period_on", descending=[False, False, True])
        .select(REPORT_WEEKS.names())
    )


REPORTS = (Report("report-weeks", work_reports.TABLES, REPORT_WEEKS, weeks),)
