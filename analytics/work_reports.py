"""Weekly reports: who owes one, who filed it, and how late.

Source: S19 §8.1, 每个工作日下班前填写日报表, 周报和月报亦如此: due when the week's last working day
ends, as the department's settings say (`periods.due_at`). There is no clock here: on the due
day itself a report that is not there yet is not due, from the next day on it is missing.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import polars as pl

from analytics import facts, measures, memberships, periods
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

TABLES = ("work_reports", "settings", *memberships.TABLES)
_NEWEST = 8
_DAY = timedelta(days=1)

WEEKLY = pl.Schema(
    {
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "manager": KEY,
        "period_on": pl.Date,  # the week's Monday
        "status": KEY,  # missing, not_due, draft, submitted, reviewed
        "due_at": pl.Datetime("us"),  # null: a week without working days
        "submitted_at": pl.Datetime("us"),
        "late_days": pl.Float64,  # 0: on time; null: not due, or nothing is due
        "read_at": pl.Datetime("us"),
        "reviewed_at": pl.Datetime("us"),
        "reviewed_by": pl.String,
        "comment": pl.String,
        "summary": pl.String,
        "report_id": pl.String,  # null: nothing was written
    }
)
NEWEST = pl.Schema(
    {
        "report_id": pl.String,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "period_on": pl.Date,
        "status": KEY,
        "due_at": pl.Datetime("us"),
        "submitted_at": pl.Datetime("us"),
        "late_days": pl.Float64,
        "is_late": pl.Boolean,
        "summary": pl.String,
    }
)
_DUES = pl.Schema(
    {
        "period_on": pl.Date(),  # the week's Monday
        "due_on": pl.Date(),  # null: a week without working days
        "due_at": pl.Datetime("us"),
        "known_until": pl.Datetime("us"),  # the end of `as_of`: nothing later has happened
    }
)


def weekly(frames: Frames, query: Query) -> pl.LazyFrame:
    """Who owes or wrote a report for one week, and what became of it.

    The week is the one of the period's last day so far; a `since` alone names its own week.
    A report is owed by every rep (by role) who is there on its due day. A report that was
    submitted or reviewed after `as_of` is a draft or only submitted; the words of a draft
    are nobody's to read. Filters other than rep and team do not count.

    Returns:
        WEEKLY, one row per person by team and name, those without a team last. `late_days`
        of a report that was filed are exact, of one still owed the whole days so far.
    """
    last = min(query.until - _DAY, query.as_of) if query.until else query.since or query.as_of
    week = periods.week(last)
    weeks = pl.LazyFrame({"period_on": [week.since]}, schema={"period_on": pl.Date})
    dues = _dues(weeks, frames, query.as_of)
    written = _written(frames, query.as_of).filter(pl.col("period_on") == week.since)
    owed = _owed(dues, frames)
    others = written.filter(pl.col("status") != "draft").select(*_DUES, "rep_id")
    everyone = pl.concat([owed, others]).unique(["rep_id", "period_on"])
    reports = written.drop("due_on", "due_at", "known_until")
    return (
        everyone.join(reports, on=["rep_id", "period_on"], how="left")
        .pipe(_with_names, frames, query)
        .with_columns(status=_status(query.as_of), late_days=_late_days(query.as_of))
        .sort(pl.col("team", "rep", "rep_id").cast(pl.String), nulls_last=True)
        .select(WEEKLY.names())
    )


def newest(frames: Frames, query: Query) -> pl.LazyFrame:
    """The eight reports submitted last, up to and including `as_of`.

    Returns:
        NEWEST, one row per report, latest first; ties by id. The period of `query` and
        filters other than rep and team do not count.
    """
    return (
        _written(frames, query.as_of)
        .filter(pl.col("status") != "draft")
        .pipe(_with_names, frames, query)
        .with_columns(late_days=_late_days(query.as_of))
        .with_columns(is_late=pl.col("late_days") > 0)
        .sort("submitted_at", "report_id", descending=[True, False])
        .head(_NEWEST)
        .select(NEWEST.names())
    )


def owed(frames: Frames, query: Query) -> pl.LazyFrame:
    """Reports that fell due in the period, before `as_of`, and whether each was in time.

    Weeks before the department's first report are not owed: it had none to write.

    Returns:
        rep_id, period_on, due_at, submitted_at (null: not filed) and is_in_time, one row per
        rep and week owed, in no order.
    """
    filed = _written(frames, query.as_of).filter(pl.col("status") != "draft")
    dues = _dues(_weeks(filed, query), frames, query.as_of).filter(
        measures.within("due_on", query.since, query.until), _is_due(query.as_of)
    )
    return (
        _owed(dues, frames)
        .join(filed.drop(*_DUES.names()[1:]), on=["rep_id", "period_on"], how="left")
        .with_columns(is_in_time=(pl.col("submitted_at") <= pl.col("due_at")).fill_null(False))
        .select("rep_id", "period_on", "due_at", "submitted_at", "is_in_time")
    )


def counts() -> dict[str, pl.Expr]:
    """How many reports of `owed` were due and how many in time."""
    return {
        "reports_due": pl.len().cast(pl.Int64),
        "reports_on_time": pl.col("is_in_time").sum().cast(pl.Int64),
    }


def _weeks(filed: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """The Mondays from the first report on record, or the period's first week, to `as_of`."""
    first = filed.select(first=pl.col("period_on").min().dt.truncate("1w")).drop_nulls()
    start = pl.col("first")
    if query.since is not None:
        start = pl.max_horizontal("first", pl.lit(periods.week(query.since).since))
    mondays = first.select(period_on=pl.date_ranges(start, query.as_of, "1w"))
    return mondays.explode("period_on").drop_nulls()


def _owed(dues: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Each week of `dues` times each rep who is there on its due day: _DUES and rep_id."""
    day = pl.coalesce("due_on", pl.col("period_on").dt.offset_by("6d"))
    is_hired = (pl.col("hired_on") <= day).fill_null(True)
    is_there = (pl.col("left_on") >= day).fill_null(pl.col("status") != "left")
    reps = frames["reps"].filter(pl.col("role") == "rep")
    return dues.join(reps, how="cross").filter(is_hired & is_there).select(*_DUES, "rep_id")


def _written(frames: Frames, as_of: date) -> pl.LazyFrame:
    """WORK_REPORTS and _DUES of every report, drafts included, as they stood at `as_of`."""
    reports = frames["work_reports"]
    return reports.join(_dues(reports, frames, as_of), on="period_on").pipe(_known)


def _known(written: pl.LazyFrame) -> pl.LazyFrame:
    """Reports as they stood at `known_until`; a draft, or one withdrawn, is not submitted."""
    code = pl.col("status").cast(pl.String)
    submitted_later, reviewed_later = (
        (pl.col(at) >= pl.col("known_until")).fill_null(False)
        for at in ("submitted_at", "reviewed_at")
    )
    status = (
        pl.when(submitted_later)
        .then(pl.lit("draft"))
        .when((code == "reviewed") & reviewed_later)
        .then(pl.lit("submitted"))
        .otherwise(code)
    )
    reviewed = pl.when(pl.col("status") == "reviewed")
    filed = pl.when(pl.col("status") != "draft")
    return written.with_columns(status=status.cast(KEY)).with_columns(
        reviewed.then(pl.col("reviewed_at", "reviewed_by", "comment")).name.keep(),
        filed.then(pl.col("submitted_at", "read_at", "summary")).name.keep(),
    )


def _with_names(reports: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """Rep, team and manager of the week's Monday beside reports, cut to the query's people."""
    of_week = reports.select("rep_id", day="period_on").unique()
    names = memberships.of_days(of_week, frames).rename({"day": "period_on"})
    return reports.join(names, on=["rep_id", "period_on"], how="left").filter(facts.shows(query))


def _is_due(as_of: date) -> pl.Expr:
    """True once the due day has passed; its evening is not known here."""
    return (pl.col("due_on") < as_of).fill_null(False)


def _status(as_of: date) -> pl.Expr:
    """The report's status, or why there is none."""
    absent = pl.when(_is_due(as_of)).then(pl.lit("missing")).otherwise(pl.lit("not_due"))
    return pl.coalesce(pl.col("status").cast(pl.String), absent).cast(KEY)


def _late_days(as_of: date) -> pl.Expr:
    """How late a report was submitted; while it is not, whole days since the due day."""
    submitted = (pl.col("submitted_at") - pl.col("due_at")).dt.total_seconds() / 86_400
    overdue = (pl.lit(as_of) - pl.col("due_on")).dt.total_days().cast(pl.Float64)
    is_filed = (pl.col("status") != "draft").fill_null(False)
    owed = pl.when(~is_filed & _is_due(as_of)).then(overdue)
    return pl.when(is_filed).then(submitted.clip(lower_bound=0)).otherwise(owed)


def _dues(weeks: pl.LazyFrame, frames: Frames, as_of: date) -> pl.LazyFrame:
    """_DUES of each distinct Monday of `weeks`, by the department's settings."""
    both = weeks.select("period_on").unique().join(frames["settings"], how="cross")
    return both.map_batches(partial(_due_moments, as_of), schema=_DUES)


def _due_moments(as_of: date, weeks: pl.DataFrame) -> pl.DataFrame:
    """_DUES of weeks that stand beside every setting."""
    if weeks.is_empty():
        return pl.DataFrame(schema=_DUES)
    rule = periods.due_rule(dict(weeks.select("name", "value").unique().iter_rows()))
    zone = ZoneInfo(rule.timezone)
    midnight = datetime.combine(as_of + _DAY, time(), zone)
    known_until = midnight.astimezone(UTC).replace(tzinfo=None)
    rows = []
    for monday in weeks["period_on"].unique().sort():
        due_at = periods.due_at(monday, rule)
        due_on = due_at and due_at.replace(tzinfo=UTC).astimezone(zone).date()
        rows.append((monday, due_on, due_at, known_until))
    return pl.DataFrame(rows, schema=_DUES, orient="row")


REPORTS = (
    Report("weekly-reports", TABLES, WEEKLY, weekly),
    Report("newest-reports", TABLES, NEWEST, newest),
)
