"""One rep's week and its report: what is known, when it is due, and how it is shown."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from analytics import periods
from analytics.query import Query
from data.records import WorkReport
from pages.ui import cache, fields, layout, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.layout import Target
from pages.ui.screens.drafts import deal_name
from pages.ui.session import t

Row = Mapping[str, Any]  # one row of a frame
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
WEEKS = 12  # offered to choose from
_LAST = 6  # weeks whose punctuality is shown


@dataclass(frozen=True)
class Week:
    """A rep's week: `report` as it is stored (None: nothing yet), `filing` who owes what.

    `facts` and `deals` are the reports `week` and `week-deals`; `filing` a row of
    `weekly-reports`, None for a person who owes no report.
    """

    rep_id: str
    monday: date
    report: Row | None
    filing: Row | None
    facts: Row
    deals: pl.DataFrame

    @property
    def report_id(self) -> str:
        """The id of the week's report, stored or not."""
        return f"weekly/{self.rep_id}/{self.monday}"

    @property
    def status(self) -> str:
        """none, draft, submitted or reviewed."""
        return str(self.report["status"]) if self.report else "none"

    @property
    def notes(self) -> dict[str, str]:
        """Deal id -> what the stored report says of it."""
        told = json.loads((self.report or {}).get("projects") or "[]")
        return {entry["deal_id"]: entry["note"] for entry in told}


def of(rep_id: str, monday: date) -> Week:
    """The rep's week that begins on `monday`."""
    as_of, until = cache.as_of(), monday + _WEEK
    asked = Query(as_of=min(as_of, until - _DAY), since=monday, until=until, rep=(rep_id,))
    owed = cache.report("weekly-reports", Query(as_of, monday, until, rep=(rep_id,)))
    stored = cache.rows(WorkReport, ids=[f"weekly/{rep_id}/{monday}"])
    return Week(
        rep_id=rep_id,
        monday=monday,
        report=_first(stored),
        filing=_first(owed),
        facts=cache.report("week", asked).row(0, named=True),
        deals=cache.report("week-deals", asked),
    )


def _first(rows: pl.DataFrame) -> Row | None:
    return rows.row(0, named=True) if rows.height else None


def choose(key: str) -> date:
    """Draw the choice of the week, this one or an earlier, and return its Monday."""
    this = periods.week(cache.as_of()).since
    mondays = [this - n * _WEEK for n in range(WEEKS)]
    asked = session.in_address("week")
    start = next((monday for monday in mondays if monday.isoformat() == asked), this)
    session.start(key, start)
    chosen = st.selectbox(
        t("weekly.week"),
        mondays,
        format_func=lambda monday: _offered(monday, this),
        key=key,
        width=260,
    )
    session.put_in_address("week", chosen.isoformat())
    return chosen


def _offered(monday: date, this: date) -> str:
    return f"{name(monday)} · {t('weekly.this_week')}" if monday == this else name(monday)


def name(monday: date) -> str:
    """第 48 周 · 11月23日–29日, Week 48 · 23 Nov – 29 Nov."""
    language, last = session.language(), monday + 6 * _DAY
    return t(
        "weekly.week_name",
        number=monday.isocalendar().week,
        since=fmt.short_day(monday, language),
        last=fmt.short_day(last, language),
    )


def badges(week: Week) -> None:
    """The report's state, when it is due, whose week it is."""
    label, icon, color = _state(week)
    st.badge(label, icon=f":material/{icon}:", color=color)
    label, color = _due(week)
    st.badge(label, icon=":material/schedule:", color=color)
    rep = fmt.escaped(fields.options("reps").get(week.rep_id, ""))
    st.caption(t("weekly.who", week=name(week.monday), rep=rep), width="content")


def _state(week: Week) -> tuple[str, str, Any]:
    language, report = session.language(), week.report
    if report is None:
        return t("weekly.state_none"), "draft", "gray"
    at = {
        "draft": ("updated_at", "draft", "gray"),
        "submitted": ("submitted_at", "send", "blue"),
        "reviewed": ("reviewed_at", "task_alt", "blue"),
    }
    column, icon, color = at[week.status]
    moment = fmt.short_moment(cache.local(report[column]), language)
    return t(f"weekly.state_{week.status}", moment=moment), icon, color


def _due(week: Week) -> tuple[str, Any]:
    """What to say of the due moment: on time or late once filed, else how long is left."""
    filing = week.filing
    if filing is None:
        return t("weekly.not_owed"), "gray"
    due = cache.local(filing["due_at"])
    if due is None:
        return t("weekly.no_due"), "gray"
    if week.status in ("submitted", "reviewed"):
        late = filing["late_days"] or 0
        return (lateness(late), "orange") if late else (t("weekly.on_time"), "blue")
    language, now = session.language(), cache.now()
    if due < now:
        return t("weekly.overdue", moment=fmt.short_moment(due, language)), "orange"
    days, at = (due.date() - now.date()).days, f"{due:%H:%M}"
    if days < 2:
        return t("weekly.due_tomorrow" if days else "weekly.due_today", time=at), "orange"
    weekday = fmt.weekday(due.date(), language)
    return t("weekly.due_days", weekday=weekday, time=at, days=days), "orange"


def lateness(days: float) -> str:
    """迟交 2 天; hours are not counted out."""
    return t("weekly.late", days=f"{days:.0f}") if days >= 1 else t("weekly.late_hours")


def metrics(week: Week, look: Look) -> None:
    """What the records say of the week, so that nobody types it."""
    with st.grid(5, min_column_width=96, gap="small"):
        for figure in ("visits", "new_deals", "advanced", "won"):
            st.metric(t(f"weekly.{figure}"), fmt.count(week.facts[figure]))
        amount = week.facts["won_amount"]
        short = fmt.money(amount, look.language, look.currency, small_unit=True)
        st.metric(t("weekly.won_amount"), short, help=look.exact(amount))


def deal_line(deal: Row, look: Look) -> None:
    """A deal's name and customer, then what happened to it in the week."""
    stages = fields.options("stages")
    of = [part for part in (deal["customer"],) if part and part != deal_name(deal)]
    of += [stages.get(deal["stage"], "")] if deal["stage"] else []
    of += [look.money(deal["amount"])]
    rest = " · ".join(fmt.escaped(part) for part in of if part)
    st.markdown(f"**{fmt.escaped(deal_name(deal))}** :small[:gray[{rest}]]")
    what = " · ".join(_happened(deal, stages))
    if what:
        st.caption(what)


def _happened(deal: Row, stages: Mapping[str, str]) -> list[str]:
    language, said = session.language(), []
    if deal["is_new"]:
        said.append(f":blue[{t('weekly.is_new')}]")
    if deal["status"] != "open":
        color = "blue" if deal["status"] == "won" else "orange"
        said.append(f":{color}[{t('weekly.was_' + deal['status'])}]")
    elif deal["stage_before"] and deal["stage_before"] != deal["stage"]:
        before, now = (fmt.escaped(stages.get(deal[c], "")) for c in ("stage_before", "stage"))
        said.append(t("weekly.moved", before=before, now=now))
    if deal["visits"]:
        day = fmt.short_day(deal["visited_on"], language)
        said.append(t("weekly.visited", count=deal["visits"], day=day))
    if deal["is_due"]:
        words = "weekly.is_overdue" if deal["expected_on"] < cache.as_of() else "weekly.is_due"
        due = t(words, day=fmt.short_day(deal["expected_on"], language))
        said.append(f":orange[{due}]")
    return said


def last_plan(week: Week, look: Look) -> None:
    """What the week before had planned, against what this week brought."""
    before = _first(cache.rows(WorkReport, ids=[f"weekly/{week.rep_id}/{week.monday - _WEEK}"]))
    with layout.card(t("weekly.kept"), height="content"):
        if before is None or before["status"] == "draft":
            st.caption(t("weekly.kept_none"))
            return
        visits, amount = before["visits_planned"], before["amount_planned"]
        if visits:
            done = week.facts["visits"]
            _kept(t("weekly.visits"), fmt.count(done), fmt.count(visits), done / visits)
        if amount:
            planned = int(amount * fmt.SCALE)
            done = week.facts["won_amount"]
            words = look.money(done), look.money(planned)
            _kept(t("weekly.won_amount"), *words, done / planned)
        if before["plan"]:
            st.text(before["plan"])


def _kept(what: str, done: str, planned: str, share: float) -> None:
    label = t("weekly.kept_of", what=what, done=done, planned=planned)
    st.caption(label)
    st.html(layout.target_bar(Target(share), label))


def remark(week: Week) -> None:
    """The latest review up to this week."""
    own = cache.rows(WorkReport, match={"rep_id": week.rep_id, "status": "reviewed"})
    own = own.filter(pl.col("period_on") <= week.monday).sort("period_on")
    with layout.card(t("weekly.remark"), height="content"):
        if own.is_empty():
            st.caption(t("weekly.remark_none"))
            return
        last = own.row(-1, named=True)
        reviewed_at = cache.local(last["reviewed_at"])
        st.caption(
            t(
                "weekly.remark_by",
                person=fmt.escaped(last["reviewed_by"] or ""),
                day=fmt.short_day(reviewed_at.date() if reviewed_at else None, session.language()),
                week=name(last["period_on"]),
            )
        )
        st.text(last["comment"] or t("weekly.remark_empty"))


def last_weeks(week: Week) -> None:
    """Whether the reports of the six weeks before were there in time."""
    with layout.card(t("weekly.last_weeks"), height="content"):
        with st.container(horizontal=True, gap="xsmall"):
            shown = [_punctuality(week, week.monday - n * _WEEK) for n in range(1, _LAST + 1)]
        if not any(shown):
            st.caption(t("weekly.last_weeks_none"))


def _punctuality(week: Week, monday: date) -> bool:
    """Draw one week's badge; False when nobody asked for a report then."""
    asked = Query(cache.as_of(), monday, monday + _WEEK, rep=(week.rep_id,))
    filing = _first(cache.report("weekly-reports", asked))
    if filing is None or filing["due_at"] is None or filing["late_days"] is None:
        return False
    number, late = monday.isocalendar().week, filing["late_days"]
    if filing["submitted_at"] is None or filing["status"] == "missing":
        st.badge(t("weekly.week_missing", number=number), color="orange")
    elif late:
        days = max(1, round(late))
        st.badge(t("weekly.week_late", number=number, days=days), color="orange")
    else:
        st.badge(t("weekly.week_on_time", number=number), color="blue")
    return True
