"""The department's settings as a form, and the way from the demo to one's own department."""

import re
from collections.abc import Callable, Mapping
from datetime import date, time, timedelta
from functools import partial
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.errors import RefusedError, YejiError
from pages.ui import cache, forms, i18n, layout, session
from pages.ui import format as fmt
from pages.ui.session import t

_SAID = "department"
_FAILED = "department.failed"
_DAY = timedelta(days=1)
_RANGE = re.compile(r"(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_MONDAY = date(2026, 1, 5)  # any Monday: weekdays by name
_LONGEST = 60  # days of one holiday; more is a typing error
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
        cache.empty_demo()
    except YejiError as error:
        session.keep(_FAILED, i18n.sentence(session.language(), error))
    else:
        forms.say(_SAID, t("department.own_done"))


def form() -> None:
    """The settings; saved together, refused under the one that is wrong."""
    settings = cache.settings()
    with st.form("department.settings", border=False):
        with layout.section(t("department.general")):
            general, places = _general(settings)
        with layout.section(t("department.policy"), t("department.due_help")):
            policy = _policy(settings)
            days, place = _holidays(settings)
        is_sent = st.form_submit_button(
            t("department.save"), type="primary", icon=":material/save:", key="department.save"
        )
    if is_sent and days is not None:
        _save({**general, **policy, "holidays": days}, {**places, "holidays": place})


def _save(changes: Mapping[str, object], places: Mapping[str, DeltaGenerator]) -> None:
    try:
        cache.save_settings(changes)
    except RefusedError as error:
        for problem in error.problems.to_dicts():
            place = places.get(problem["field"])
            (place or st).markdown(forms.error_words(forms.problem_words(problem)))
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error))
    else:
        forms.say(_SAID, t("department.saved"))
        st.rerun()


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
    return st.text_input(f"{t(f'department.{name}')} *", value, key=f"department.{name}")


def _today(name: str, value: date | None) -> date | None:
    return st.date_input(
        t("department.as_of"),
        value,
        key=f"department.{name}",
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
        key=f"department.{name}",
        help=t("department.timezone_help"),
        filter_mode="contains",
    )


def _currency(name: str, value: str) -> str:
    known = list(dict.fromkeys((value, *_CURRENCIES)))
    chosen = st.selectbox(
        t("department.currency"),
        known,
        key=f"department.{name}",
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
        key=f"department.{name}",
    )


def _policy(settings: cache.Settings) -> dict[str, object]:
    """When reports are due and when the department meets."""
    meeting_day, meeting_time = settings.meeting.split(" ")
    one, two, three, four = st.columns(4, gap="small")
    with one:
        due_day = _weekday("report_due_weekday", settings.report_due_weekday)
    with two:
        due_time = _clock("report_due_time", settings.report_due_time)
    with three:
        day = _weekday("meeting_day", int(meeting_day))
    with four:
        at = _clock("meeting_time", meeting_time)
    return {
        "report_due_weekday": due_day,
        "report_due_time": due_time,
        "meeting": f"{day} {at}",
    }


def _weekday(name: str, value: int) -> int:
    language = session.language()
    names = {day: fmt.weekday(_MONDAY + (day - 1) * _DAY, language) for day in range(1, 8)}
    return st.selectbox(
        t(f"department.{name}"),
        list(names),
        index=value - 1,
        format_func=lambda day: names[day],
        key=f"department.{name}",
    )


def _clock(name: str, value: str) -> str:
    chosen = st.time_input(
        t(f"department.{name}"), time.fromisoformat(value), key=f"department.{name}"
    )
    return chosen.strftime("%H:%M")


def _holidays(settings: cache.Settings) -> tuple[list[date] | None, DeltaGenerator]:
    """The days off, None when a line cannot be read, and the place for that."""
    with st.container(gap="xsmall"):
        entered = st.text_area(
            t("department.holidays"),
            lines(settings.holidays),
            key="department.holidays",
            help=t("department.holidays_help"),
            placeholder="2026-10-01..2026-10-08",
        )
        place = st.container()
    days: list[date] = []
    for line in (entered or "").split():
        found = between(line)
        if found is None:
            words = t("department.holidays_wrong", line=fmt.escaped(line))
            place.markdown(forms.error_words(words))
            return None, place
        days += found
    return sorted(set(days)), place


def between(line: str) -> list[date] | None:
    """The days of 2026-10-01 or 2026-10-01..2026-10-08; None for anything else."""
    parts = _RANGE.fullmatch(line.strip())
    if parts is None:
        return None
    try:
        first = date.fromisoformat(parts[1])
        last = date.fromisoformat(parts[2] or parts[1])
    except ValueError:
        return None
    length = (last - first).days + 1
    return [first + n * _DAY for n in range(length)] if 1 <= length <= _LONGEST else None


def lines(days: tuple[date, ...]) -> str:
    """Days as `between` reads them, days in a row as one line."""
    runs: list[list[date]] = []
    for day in sorted(days):
        if runs and day - runs[-1][-1] == _DAY:
            runs[-1].append(day)
        else:
            runs.append([day])
    return "\n".join(str(run[0]) if len(run) == 1 else f"{run[0]}..{run[-1]}" for run in runs)
