"""The form of a weekly report: drafted from the records, saved as one writes, submitted once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.actor import Actor
from data.errors import ChangedMeanwhileError, RefusedError, YejiError
from data.records import WorkReport
from pages.ui import cache, colliding, fields, filing, forms, i18n, layout, menu, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.colliding import Opened
from pages.ui.fields import Ask
from pages.ui.screens import drafts, report_windows, work_week
from pages.ui.screens.report_windows import FIELDS, NOTE, flat
from pages.ui.screens.report_windows import key as _key
from pages.ui.screens.work_week import Row, Week
from pages.ui.session import t

Write = Callable[..., object]  # takes the form's id
_NOTE_HEIGHT = 68  # pixels: two lines, the least Streamlit draws
MOST_DEALS = 20  # a longer list is not read in a meeting
_SAID = "weekly"


@dataclass(frozen=True)
class Answers:
    """What a form shows at first and holds now, and where each field's problem is shown.

    Names are those of `report_windows`: notes are values as well.
    """

    opened: Opened
    values: dict[str, object] = field(default_factory=dict)
    places: dict[str, DeltaGenerator] = field(default_factory=dict)


def ask(week: Week, look: Look) -> Answers:
    """Draw the four parts of the form, drafted where nothing is stored yet."""
    answers = _start(week, look)
    with layout.section(t("weekly.done"), t("weekly.done_read")):
        work_week.metrics(week, look)
        _nothing_filed(week)
        _ask(week, "summary", answers)
    with layout.section(t("weekly.projects"), t("weekly.projects_read")):
        _projects(week, look, answers)
    with layout.section(t("weekly.problems")):
        _ask(week, "problems", answers, hint=t("weekly.problems_hint"))
    with layout.section(t("weekly.plan")):
        left, right = st.columns(2, gap="small")
        with left:
            _ask(week, "visits_planned", answers)
        with right:
            _ask(week, "amount_planned", answers)
        _ask(week, "plan", answers)
    return answers


def _start(week: Week, look: Look) -> Answers:
    """A form that shows the stored report, else a draft made from the records."""
    if week.report is not None:
        return Answers(report_windows.open_on(week, flat(week.report)))
    notes = drafts.notes(week.rep_id, week.monday)
    drafted = {f"{NOTE}{deal}": note for deal, note in notes.items()} | {
        "summary": drafts.summary(week.facts, week.deals, look),
        "plan": drafts.plan(week.rep_id, week.monday, look),
    }
    return Answers(report_windows.open_on(week, drafted))


def _ask(week: Week, name: str, answers: Answers, hint: str | None = None) -> None:
    declared = fields.named(WorkReport, name)
    label = f"weekly.{'plan_words' if name == 'plan' else name}"
    label = "weekly.problems_words" if name == "problems" else label
    with st.container(gap="xsmall"):
        answers.values[name] = fields.draw(
            Ask(
                field=declared,
                key=_key(week, name),
                table=WorkReport.TABLE,
                value=answers.opened.shown.get(name),
                label=t(label) if declared.about.is_long else None,
                is_required=name in fields.demanded(WorkReport, {"status": "submitted"}),
                hint=hint,
                changed=partial(_keep, week, answers.opened, name, session.actor()),
            )
        )
        answers.places[name] = st.container()


def _nothing_filed(week: Week) -> None:
    if week.facts["visits"] or week.deals.height:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(t("weekly.nothing_filed"), width="content")
        menu.link("visits", label=t("weekly.file_visit"), icon=":material/pin_drop:")


def _projects(week: Week, look: Look, answers: Answers) -> None:
    """A note for each deal the week's report has to speak of."""
    deals = week.deals.head(MOST_DEALS)
    if deals.is_empty():
        st.caption(t("weekly.projects_none"))
    for deal in deals.to_dicts():
        left, right = st.columns([1, 1.15], gap="small")
        with left, st.container(gap=None):
            work_week.deal_line(deal, look)
        with right, st.container(gap="xxsmall"):
            _note(week, deal, answers)
    if week.deals.height > MOST_DEALS:
        st.caption(t("weekly.projects_more", count=week.deals.height - MOST_DEALS))


def _note(week: Week, deal: Row, answers: Answers) -> None:
    name = f"{NOTE}{deal['deal_id']}"
    key = _key(week, name)
    session.start(key, answers.opened.shown.get(name))
    entered = st.text_area(
        f"{drafts.deal_name(deal)}: {t('weekly.note')}",
        value=None,
        key=key,
        height=_NOTE_HEIGHT,
        placeholder=t("weekly.note"),
        label_visibility="collapsed",
        on_change=partial(_keep, week, answers.opened, name, session.actor()),
    )
    answers.values[name] = report_windows.typed(name, entered)
    answers.places[name] = st.container()


def act(week: Week, answers: Answers) -> None:
    """The buttons, and the draft that saves itself; then what came of it."""
    refusal = session.recall(_key(week, "refused"))
    top = st.container()
    if refusal is not None:
        forms.refuse(WorkReport, refusal, answers.places, top)
    colliding.tell(
        answers.opened,
        _key(week, "window"),
        report_windows.telling(week, answers.opened, _note_titles(week)),
        answers.places,
        top,
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        is_submitted = week.status == "submitted"
        send = t("weekly.save_changes" if is_submitted else "weekly.submit")
        icon = ":material/save:" if is_submitted else ":material/send:"
        if st.button(send, key="weekly.submit", type="primary", icon=icon):
            _submit(week, answers)
        _second_button(week, answers, is_submitted=is_submitted)
        words = "weekly.can_change" if is_submitted else "weekly.can_withdraw"
        st.caption(t(words), width="content")
    if failed := session.recall(_key(week, "failed")):
        st.error(failed)
        session.forget(_key(week, "failed"))
    forms.said(_SAID)


def _second_button(week: Week, answers: Answers, *, is_submitted: bool) -> None:
    if is_submitted:
        if st.button(t("weekly.withdraw"), key="weekly.withdraw", icon=":material/undo:"):
            withdraw = partial(filing.withdraw_report, week.report_id)
            _file(week, answers.opened, withdraw, t("weekly.withdrawn_said"))
    elif st.button(t("weekly.save_draft"), key="weekly.save", icon=":material/save:"):
        _file(week, answers.opened, _saving(week, answers, submit=False), _at("weekly.saved_said"))


def _submit(week: Week, answers: Answers) -> None:
    due = cache.local(week.filing["due_at"]) if week.filing else None
    is_late = due is not None and cache.now() > due
    words = "weekly.submitted_late_said" if is_late else "weekly.submitted_said"
    words = "weekly.saved_said" if week.status == "submitted" else words
    _file(week, answers.opened, _saving(week, answers, submit=True), _at(words))


def _note_titles(week: Week) -> dict[str, str]:
    deals = week.deals.head(MOST_DEALS).to_dicts()
    return {f"{NOTE}{deal['deal_id']}": drafts.deal_name(deal) for deal in deals}


def _saving(week: Week, answers: Answers, *, submit: bool) -> Write:
    def save(form_id: str) -> None:
        forms.demand(answers.values)
        mine, opened = answers.values, answers.opened
        report_windows.file(
            week, opened, mine, submit=submit, form_id=form_id, actor=session.actor()
        )

    return save


def _at(key: str) -> str:
    return t(key, moment=f"{cache.now():%H:%M}")


def _file(week: Week, opened: Opened, write: Write, sentence: str) -> None:
    """Write once under the form's id; say what was done, or keep what is to be corrected."""
    form = _key(week, "form")
    try:
        write(form_id=session.once(form, forms.new_id))
    except RefusedError as error:
        session.keep(_key(week, "refused"), error.problems)
    except ChangedMeanwhileError as error:
        report_windows.collide(week, opened, error)
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error))
        return
    else:
        opened.theirs.clear()
        session.forget(form, _key(week, "refused"))
        forms.say(_SAID, sentence)
    st.rerun()


def _keep(week: Week, opened: Opened, name: str, actor: Actor) -> None:
    """Save the field that was changed, at once: leaving the page would lose it.

    A callback: it runs although the person may already be on the way to another page. With
    the first field the whole draft is saved. A report that was submitted changes only when
    the person says so.
    """
    now = work_week.stored(week.report_id)
    if now and now["status"] != "draft":
        return
    held = session.everything()
    names = [name] if now else [*FIELDS, *_note_titles(week)]
    mine = {n: report_windows.typed(n, held[key]) for n in names if (key := _key(week, n)) in held}
    try:
        forms.demand(mine)
        report_windows.file(week, opened, mine, submit=False, form_id=forms.new_id(), actor=actor)
    except RefusedError as error:
        session.keep(_key(week, "refused"), error.problems)
    except ChangedMeanwhileError as error:
        report_windows.collide(week, opened, error)
    except YejiError as error:
        session.keep(_key(week, "failed"), i18n.sentence(session.language(), error))
    else:
        opened.theirs.pop(name, None)


def read(report: Row, week: Week, look: Look) -> None:
    """A report as it was filed, without its form."""
    with layout.section(t("weekly.done")):
        work_week.metrics(week, look)
        _words(t("weekly.summary"), report["summary"])
    with layout.section(t("weekly.projects")):
        _told(week, look)
    with layout.section(t("weekly.problems")):
        st.text(report["problems"] or fmt.UNKNOWN)
    with layout.section(t("weekly.plan")):
        _planned(report, look)
        _words(t("weekly.plan_words"), report["plan"])


def _words(label: str, words: str | None) -> None:
    st.caption(label)
    st.text(words or fmt.UNKNOWN)


def _told(week: Week, look: Look) -> None:
    """The deals with what the report says of them; deals it does not mention come last."""
    notes = work_week.notes(week.report)
    order = pl.col("deal_id").is_in(list(notes))
    for deal in week.deals.sort(~order, maintain_order=True).head(MOST_DEALS).to_dicts():
        left, right = st.columns([1, 1.15], gap="small")
        with left, st.container(gap=None):
            work_week.deal_line(deal, look)
        with right:
            st.text(notes.pop(deal["deal_id"], fmt.UNKNOWN))
    for deal_id, deal_name in fields.some("deals", list(notes)).items():
        _words(fmt.escaped(deal_name), notes[deal_id])
    if week.deals.is_empty() and not work_week.notes(week.report):
        st.caption(t("weekly.projects_none"))


def _planned(report: Mapping[str, object], look: Look) -> None:
    with st.grid(2, min_column_width=120, gap="small"):
        for name in ("visits_planned", "amount_planned"):
            declared = fields.named(WorkReport, name)
            label = declared.about.words(look.language)
            st.metric(label, fields.shown(declared, report[name]))
