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
from pages.ui import cache, codes, fields, layout, session
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


def of(rep_id: str, monday: date) -> Week:
    """The rep's week that begins on `monday`."""
    as_of, until = cache.as_of(), monday + _WEEK
    asked = Query(as_of=min(as_of, until - _DAY), since=monday, until=until, rep=(rep_id,))
    owed = cache.report("weekly-reports", Query(as_of, monday, until, rep=(rep_id,)))
    return Week(
        rep_id=rep_id,
        monday=monday,
        report=stored(f"weekly/{rep_id}/{monday}"),
        filing=_first(owed),
        facts=cache.report("week", asked).row(0, named=True),
        deals=cache.report("week-deals", asked),
    )


def stored(report_id: str) -> Row | None:
    """The report as it is at this moment."""
    return _first(cache.rows(WorkReport, ids=[report_id]))


def notes(report: Row | None) -> dict[str, str]:
    """Deal id -> what a stored report says of it."""
    told = json.loads((report or {}).get("projects") or "[]")
    return {entry["deal_id"]: entry["note"] for entry in told}


def _first(rows: pl.DataFrame) -> Row | None:
    return rows.row(0, named=True) if rows.height else None


def choose(key: str) -> date:
    """Draw the choice of the week, this one or an earlier, and return its Monday."""
    this = periods.week(cache.as_of()).since
    weeks = {monday: name(monday) for monday in (this - n * _WEEK for n in range(WEEKS))}
    weeks[this] = f"{weeks[this]} · {t('weekly.this_week')}"
    asked = session.in_address("week")
    session.start(key, next((monday for monday in weeks if monday.isoformat() == asked), this))
    chosen = st.selectbox(
        t("weekly.week"),
        list(weeks),
        format_func=lambda monday: weeks.get(monday, ""),
        key=key,
        width=260,
    )
    session.put_in_address("week", chosen.isoformat())
    return chosen


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
    """The report's state and when it is due."""
    label, icon, color = _state(week)
    st.badge(label, icon=f":material/{icon}:", color=color)
    label, color = _due(week)
    st.badge(label, icon=":material/schedule:", color=color)


def whose(week: Week) -> str:
    """第 48 周 · 11月23日–29日 · 李晓彤, safe inside Markdown."""
    rep = fields.options("reps").get(week.rep_id, week.rep_id)
    return t("weekly.who", week=name(week.monday), rep=fmt.escaped(rep))


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
    """A deal's name and customer; below where it stands and what happened in the week."""
    called, customer = deal_name(deal), deal["customer"]
    of = f" :small[:gray[{fmt.escaped(customer)}]]" if customer and customer != called else ""
    st.markdown(f"**{fmt.escaped(called)}**{of}")
    what = " · ".join(_happened(deal, look))
    st.markdown(f":small[{what}]")  # a caption would fade its colours


def _happened(deal: Row, look: Look) -> list[str]:
    language, said = look.language, [_standing(deal)]
    if deal["amount"] is not None:
        said.append(f":gray[{look.money(deal['amount'])}]")
    if deal["is_new"]:
        said.append(f":blue[{t('weekly.is_new')}]")
    if deal["visits"]:
        day = fmt.short_day(deal["visited_on"], language)
        said.append(f":gray[{t('weekly.visited', count=deal['visits'], day=day)}]")
    if deal["is_due"]:
        words = "weekly.is_overdue" if deal["expected_on"] < cache.as_of() else "weekly.is_due"
        due = t(words, day=fmt.short_day(deal["expected_on"], language))
        said.append(f":orange[{due}]")
    return [words for words in said if words]


def _standing(deal: Row) -> str:
    """The stage with the one before the week, or that it was won or lost."""
    if deal["status"] != "open":
        color = "blue" if deal["status"] == "won" else "orange"
        return f":{color}[{t('weekly.was_' + deal['status'])}]"
    stages = fields.options("stages")
    before, now = (fmt.escaped(stages.get(deal[c], "")) for c in ("stage_before", "stage"))
    if before and before != now:
        return f":gray[{t('weekly.moved', before=before, now=now)}]"
    return f":gray[{now}]" if now else ""


def last_plan(week: Week, look: Look) -> None:
    """What the week before had planned, against what this week brought."""
    before = stored(f"weekly/{week.rep_id}/{week.monday - _WEEK}")
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
    st.caption(fmt.literal(label))
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
                person=fmt.escaped(_reviewer(last["reviewed_by"])),
                day=fmt.short_day(reviewed_at.date() if reviewed_at else None, session.language()),
                week=name(last["period_on"]),
            )
        )
        st.text(last["comment"] or t("weekly.remark_empty"))


def _reviewer(reviewed_by: str | None) -> str:
    return codes.word(session.language(), "reviewed_by", reviewed_by or "")


def last_weeks(week: Week) -> None:
    """Whether the reports of the six weeks before were there in time."""
    with layout.card(t("weekly.last_weeks"), height="content"):
        with st.container(horizontal=True, gap="xsmall"):
            first = _first_week()
            mondays = [week.monday - n * _WEEK for n in range(1, _LAST + 1)]
            shown = [_punctuality(week, monday) for monday in mondays if first <= monday]
        if not any(shown):
            st.caption(t("weekly.last_weeks_none"))


def _first_week() -> date:
    """The week of the department's first report: before, it had none to write."""
    filed = cache.frame("work_reports").filter(pl.col("status") != "draft")
    return filed.sort("period_on")["period_on"][0] if filed.height else date.max


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
