"""The department's settings as a form, and the way from the demo to one's own department."""

from collections.abc import Callable, Mapping
from datetime import date, time
from functools import partial
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.errors import ChangedMeanwhileError, RefusedError, YejiError
from pages.ui import cache, colliding, filing, forms, i18n, layout, session
from pages.ui import format as fmt
from pages.ui.colliding import Opened
from pages.ui.screens import setting_values
from pages.ui.session import t

_SAID = _FORM = "department"
_FAILED = "department.failed"
_CURRENCIES = ("CNY", "USD", "EUR", "HKD", "JPY")


def demo() -> None:
    """What the demo is, and the button that ends it."""
    if failed := session.recall(_FAILED):
        st.error(failed)
        session.forget(_FAILED)
    if not cache.settings().is_demo:
        return
    with layout.section(t("department.demo"), t("department.demo_why")):
        if st.button(t("department.own"), key="department.own", icon=":material/domain_add:"):
            _own()


def _own() -> None:
    @st.dialog(t("department.own_ask"), icon=":material/warning:")
    def ask() -> None:
        counts = {name: cache.department(name).height for name in ("deals", "visits")}
        st.write(
            t(
                "department.own_why",
                count=fmt.count(counts["deals"]),
                visits=fmt.count(counts["visits"]),
            )
        )
        with st.container(horizontal=True):
            yes = st.button(
                t("department.own_yes"), key="department.own_yes", type="primary", on_click=_empty
            )
            if st.button(t("common.cancel"), key="department.own_no") or yes:
                st.rerun()  # closes the dialog

    ask()


def _empty() -> None:
    try:
        filing.empty_demo()
    except YejiError as error:
        session.keep(_FAILED, i18n.sentence(session.language(), error))
    else:
        forms.say(_SAID, t("department.own_done"))


def form() -> None:
    """The settings; saved together, refused under the one that is wrong.

    Only what the person changed is saved. What somebody else changed meanwhile is told.
    """
    stored = cache.settings().model_dump()
    anew = not session.has(_widget("department_zh"))
    opened = forms.open_on(_FORM, stored, anew=anew)
    settings = cache.Settings.model_validate(opened.shown)
    with st.form("department.settings", border=False):
        with layout.section(t("department.general")):
            general, places = _general(settings)
        with layout.section(t("department.policy"), t("department.due_help")):
            policy, more = _policy(settings)
            days, place = _holidays(settings)
        top = st.container()
        is_sent = st.form_submit_button(
            t("department.save"), type="primary", icon=":material/save:", key="department.save"
        )
    places = {**places, **more, "holidays": place}
    if is_sent and days is not None:
        _save(opened, {**general, **policy, "holidays": tuple(days)}, places)
    colliding.tell(opened, _FORM, _telling(opened), places, top)


def _save(opened: Opened, values: Mapping[str, object], places: colliding.Places) -> None:
    changes = {name: value for name, value in values.items() if value != opened.seen[name]}
    try:
        filing.save_settings(changes, opened.seen)
    except RefusedError as error:
        for problem in error.problems.to_dicts():
            place = places.get(problem["field"])
            (place or st).markdown(forms.error_words(forms.problem_words(problem)))
    except ChangedMeanwhileError as error:
        stored = cache.settings().model_dump()
        opened.collide(error.fields, stored, cache.settings_authors())
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error))
    else:
        forms.say(_SAID, t("department.saved"))
        session.forget(f"{_FORM}.form")
        st.rerun()


def _telling(opened: Opened) -> colliding.Telling:
    names = opened.shown.keys()

    def take(name: str) -> None:
        for part, value in setting_values.held(name, opened.take(name)).items():
            session.keep(_widget(part), value)

    titles = {name: setting_values.title(name) for name in opened.theirs.keys() & names}
    return colliding.Telling(titles, setting_values.words, take)


def _widget(name: str) -> str:
    return forms.widget(_FORM, name)


def _general(settings: cache.Settings) -> tuple[dict[str, object], dict[str, DeltaGenerator]]:
    """The answers of the first part and the places of their problems."""
    answers: dict[str, object] = {}
    places: dict[str, DeltaGenerator] = {}
    asked: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("department_zh", partial(_line, value=settings.department_zh)),
        ("department_en", partial(_line, value=settings.department_en)),
        ("timezone", partial(_zone, value=settings.timezone)),
        ("currency", partial(_currency, value=settings.currency)),
        ("fiscal_month", partial(_month, value=settings.fiscal_month)),
        ("as_of", partial(_today, value=settings.as_of)),
    )
    for pair in (asked[:2], asked[2:]):
        for (name, draw), place in zip(pair, st.columns(len(pair), gap="small"), strict=True):
            with place:
                answers[name] = draw(name)
                places[name] = st.container()
    return answers, places


def _line(name: str, value: str) -> str:
    return st.text_input(f"{t(f'department.{name}')} *", value, key=_widget(name))


def _today(name: str, value: date | None) -> date | None:
    return st.date_input(
        t("department.as_of"),
        value,
        key=_widget(name),
        format="YYYY-MM-DD",
        help=t("department.as_of_help"),
    )


def _zone(name: str, value: str) -> str:
    common = {zone for zone in available_timezones() if "/" in zone or zone == "UTC"}
    zones = sorted({value, *common})
    return st.selectbox(
        t("department.timezone"),
        zones,
        index=zones.index(value),
        key=_widget(name),
        help=t("department.timezone_help"),
        filter_mode="contains",
    )


def _currency(name: str, value: str) -> str:
    known = list(dict.fromkeys((value, *_CURRENCIES)))
    chosen = st.selectbox(
        t("department.currency"),
        known,
        key=_widget(name),
        help=t("department.currency_help"),
        accept_new_options=True,
        filter_mode="contains",
    )
    return str(chosen or value).strip().upper()


def _month(name: str, value: int) -> int:
    names = {month: fmt.month_name(month, session.language()) for month in range(1, 13)}
    return st.selectbox(
        t("department.fiscal_month"),
        list(names),
        index=value - 1,
        format_func=lambda month: names[month],
        key=_widget(name),
    )


def _policy(settings: cache.Settings) -> tuple[dict[str, object], dict[str, DeltaGenerator]]:
    """When reports are due and when the department meets, and the places of their problems."""
    meeting_day, meeting_time = settings.meeting.split(" ")
    asked: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("report_due_weekday", partial(_weekday, value=settings.report_due_weekday)),
        ("report_due_time", partial(_clock, value=settings.report_due_time)),
        ("meeting_day", partial(_weekday, value=int(meeting_day))),
        ("meeting_time", partial(_clock, value=meeting_time)),
    )
    answers, places = {}, {}
    for (name, draw), place in zip(asked, st.columns(len(asked), gap="small"), strict=True):
        with place:
            answers[name] = draw(name)
            places[name] = st.container()
    meeting = f"{answers.pop('meeting_day')} {answers.pop('meeting_time')}"
    return {**answers, "meeting": meeting}, {**places, "meeting": places["meeting_day"]}


def _weekday(name: str, value: int) -> int:
    names = {day: setting_values.weekday(day) for day in range(1, 8)}
    return st.selectbox(
        t(f"department.{name}"),
        list(names),
        index=value - 1,
        format_func=lambda day: names[day],
        key=_widget(name),
    )


def _clock(name: str, value: str) -> str:
    chosen = st.time_input(t(f"department.{name}"), time.fromisoformat(value), key=_widget(name))
    return chosen.strftime("%H:%M")


def _holidays(settings: cache.Settings) -> tuple[list[date] | None, DeltaGenerator]:
    """The days off, None when a line cannot be read, and the place for that."""
    with st.container(gap="xsmall"):
        entered = st.text_area(
            t("department.holidays"),
            setting_values.lines(settings.holidays),
            key=_widget("holidays"),
            help=t("department.holidays_help"),
            placeholder="2026-10-01..2026-10-08",
        )
        place = st.container()
    days: list[date] = []
    for line in (entered or "").split():
        found = setting_values.between(line)
        if found is None:
            words = t("department.holidays_wrong", line=fmt.escaped(line))
            place.markdown(forms.error_words(words))
            return None, place
        days += found
    return sorted(set(days)), place
