"""Leadership's side of weekly reports: who filed, what it says, a remark."""

import re
from datetime import date, timedelta
from functools import partial

import polars as pl
import streamlit as st

from analytics.query import Query
from data.errors import YejiError
from data.records import WorkReport
from pages.ui import acting, cache, fields, filing, forms, i18n, layout, session, tables
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.screens import weekly, work_week
from pages.ui.screens.work_week import Row, Week
from pages.ui.session import t

ADDRESS = "report"
_COLUMNS = ("rep", "team", "status", "filed_at", "late_days", "read", "summary")
_WIDTHS = {"rep": 96, "team": 110, "status": 84, "filed_at": 120, "late_days": 80, "summary": 330}
_PARTS = re.compile(r"weekly/(?P<rep>.+)/(?P<monday>\d{4}-\d\d-\d\d)")
_FILED = ("submitted", "reviewed")


def overview(monday: date, look: Look) -> None:
    """Who has and who has not filed for a week; a ticked row opens the report."""
    rows = _of_week(monday)
    if rows.is_empty():
        if acting.active():
            st.caption(t("weekly_reports.answer_none"))
        else:
            acting.nobody()
        return
    layout.answer(_answer(rows))
    _open_next(rows)
    due = cache.local(rows["due_at"][0])
    words = (
        t("weekly_reports.list_read", due=fmt.moment(due, look.language))
        if due
        else t("weekly_reports.list_no_due")
    )
    with layout.card(t("weekly_reports.list"), words, height="content"):
        ordered = _ordered(rows)
        ticked = tables.table(
            ordered,
            _COLUMNS,
            look,
            key=f"review.rows.{monday}",
            alt=_answer(rows).replace("*", ""),
            widths=_WIDTHS,
            selects=True,
        )
    if ticked is not None and ordered["status"][ticked] in _FILED:
        _open(ordered["report_id"][ticked])
        st.rerun()


def _of_week(monday: date) -> pl.DataFrame:
    return cache.report("weekly-reports", Query(cache.as_of(), monday, monday + timedelta(days=7)))


def _answer(rows: pl.DataFrame) -> str:
    """How many owe a report, filed it, were late, are missing, and how many are unread."""
    filed = rows.filter(pl.col("status").is_in(_FILED))
    late = filed.filter(pl.col("late_days") > 0).height
    missing = rows.filter(pl.col("late_days") > 0).height - late
    unread = filed.filter(pl.col("read_at").is_null()).height
    said = t("weekly_reports.answer", due=rows.height, filed=filed.height)
    said += t("weekly_reports.answer_late", late=late) if late else ""
    said += t("weekly_reports.answer_missing", missing=missing) if missing else ""
    said += t("weekly_reports.answer_unread", unread=unread) if unread else ""
    return said + t("weekly_reports.answer_stop")


def _ordered(rows: pl.DataFrame) -> pl.DataFrame:
    """Unread reports first, then those that are missing, then the rest, by team and name."""
    zone = cache.settings().timezone
    local = pl.col("submitted_at").dt.replace_time_zone("UTC").dt.convert_time_zone(zone)
    is_filed = pl.col("status").is_in(_FILED)
    urgency = (
        pl.when(is_filed & pl.col("read_at").is_null())
        .then(0)
        .when(pl.col("late_days") > 0, ~is_filed)
        .then(1)
        .otherwise(2)
    )
    read = pl.when(is_filed).then(
        pl.when(pl.col("read_at").is_null())
        .then(pl.lit(t("weekly_reports.unread")))
        .otherwise(pl.lit(t("weekly_reports.read")))
    )
    return rows.with_columns(
        filed_at=local.dt.strftime("%m-%d %H:%M"),
        read=read,
        summary=pl.col("summary").str.replace_all(r"\s+", " ").str.slice(0, 80),
    ).sort(urgency, pl.col("team", "rep").cast(pl.String), nulls_last=True)


def _open(report_id: str | None) -> None:
    session.put_in_address(ADDRESS, report_id)


def _unread(rows: pl.DataFrame) -> list[str]:
    unread = pl.col("status").is_in(_FILED) & pl.col("read_at").is_null()
    return rows.filter(unread)["report_id"].to_list()


def _open_next(rows: pl.DataFrame, but: str | None = None) -> None:
    waiting = [report for report in _unread(rows) if report != but]
    if waiting:
        st.button(
            t("weekly_reports.open_next", count=len(waiting)),
            key="review.next",
            icon=":material/mark_email_unread:",
            type="secondary" if but else "primary",
            on_click=partial(_open, waiting[0]),
        )


def one(report_id: str, look: Look) -> None:
    """One report with the week's figures and the remark; opening it marks it read."""
    with st.container(horizontal=True, vertical_alignment="center"):
        forms.back(ADDRESS)
        after = st.container(width="content")
    asked = _parts(report_id)
    if asked is None:
        forms.gone()
        return
    rep_id, monday = asked
    week = work_week.of(rep_id, monday)
    st.header(work_week.whose(week), anchor=False)
    rep = fmt.escaped(fields.options("reps")[rep_id])
    with st.container(horizontal=True, vertical_alignment="center"):
        work_week.badges(week)
    if week.report is None or week.status == "draft":
        st.caption(t("weekly_reports.not_written", rep=rep))
        return
    _mark_read(week)
    with after:
        _open_next(_of_week(week.monday), but=report_id)
    left, right = st.columns([1.95, 1], gap="small")
    with left:
        weekly.read(week.report, week, look)
    with right:
        _review(week, week.report, rep)
        work_week.last_plan(week, look)
        work_week.last_weeks(week)


def _parts(report_id: str) -> tuple[str, date] | None:
    """The rep and the week of a report's id; None when the address holds something else."""
    parts = _PARTS.fullmatch(report_id)
    if parts is None or not _is_reached(parts["rep"], report_id):
        return None
    try:
        return parts["rep"], date.fromisoformat(parts["monday"])
    except ValueError:
        return None


def _is_reached(rep_id: str, report_id: str) -> bool:
    """Whose report it is, the person reviews; or did, while the rep was in their team."""
    is_theirs = rep_id in fields.reachable("reps")
    return is_theirs or not cache.rows(WorkReport, ids=[report_id]).is_empty()


def _mark_read(week: Week) -> None:
    """Note the reading once; a report that was withdrawn in the meantime is not read."""
    if week.report is None or week.report["read_at"] is not None:
        return
    try:
        filing.read_report(week.report_id, forms.new_id())
    except YejiError as error:
        st.warning(i18n.sentence(session.language(), error))


def _review(week: Week, report: Row, rep: str) -> None:
    key = f"review.{week.report_id}"
    is_again = week.status == "reviewed"
    name = work_week.name(week.monday)
    with layout.section(t("weekly_reports.review"), t("weekly_reports.review_why")):
        forms.draw(
            forms.Sheet(
                key=key,
                record=WorkReport,
                names=("comment",),
                file=lambda values, form: filing.review_report(
                    week.report_id, _text(values["comment"]), form
                ),
                saved=lambda _: t("weekly_reports.said", rep=rep, week=name),
                send=t("weekly_reports.send_again" if is_again else "weekly_reports.send"),
                icon="task_alt",
                values={"comment": report["comment"]},
                labels={"comment": t("weekly_reports.comment", rep=rep)},
            )
        )


def _text(value: object) -> str | None:
    return None if value is None else str(value)
