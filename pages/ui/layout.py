"""The anatomy of a screen: header, cards, states, and the watcher that keeps it live."""

import html
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal, NamedTuple

import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import cache, menu, session
from pages.ui import format as fmt
from pages.ui.session import t

_SEEN = "live.seen"  # versions and mode that the screen was drawn with
_ROWS = "rows"  # where the address says which figure's rows are shown
_LAG = timedelta(minutes=1)  # of the clock; less is how clocks are set
_HELD = "live.held"  # a mark of a chart is selected
# A touch scrolls the page, not the chart.
_CHART = {"displayModeBar": False, "scrollZoom": False, "doubleClick": False}


# Streamlit says "Press Enter to apply" in English only; the rule names its test id.
_NO_HINTS = "<style>[data-testid='InputInstructions'] {display: none}</style>"


class Target(NamedTuple):
    """A target bar: share reached, and where the calendar is (None: the period is over)."""

    share: float
    pace: float | None = None


class Change(NamedTuple):
    """A change against a comparison: its words, direction, and whether that is good."""

    words: str
    is_up: bool | None  # None: no direction
    is_good: bool | None  # None: neither


def header(question: str, *, measures: str | None = None) -> None:
    """The screen's question as title; right of it the demo mark and how fresh the figures are.

    With `measures`, a section of that page, a link to how the figures are computed. First line
    of a screen: what it shows is at least as new as the versions noted here.
    """
    session.keep(_SEEN, (cache.versions(), session.mode()))
    session.keep(_HELD, False)
    st.html(_NO_HINTS)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(question, anchor=False, width="content")
        with st.container(horizontal=True, vertical_alignment="center", width="content"):
            if cache.settings().is_demo:
                st.badge(t("common.demo"), icon=":material/science:", color="orange")
            st.caption(_freshness(), width="content")
            if measures and not cache.sees_all():
                st.caption(t("common.reach"), width="content", help=t("common.reach_why"))
            if measures:
                menu.link(
                    "measures",
                    label=t("common.measures_link"),
                    icon=":material/calculate:",
                    query_params={"lang": session.language(), "section": measures},
                )
    _clock()


def _clock() -> None:
    """Say so when the machine's clock has gone back: days and moments may be wrong then."""
    lag = cache.lag()
    if lag < _LAG:
        return
    last = fmt.moment(cache.now().replace(tzinfo=None) + lag, session.language())
    now = fmt.moment(cache.now(), session.language())
    st.warning(t("common.clock", now=now, last=last), icon=":material/schedule:")


def _freshness() -> str:
    fixed = cache.settings().as_of
    if fixed:
        return t("common.as_of", day=fmt.day(fixed, session.language()))
    return t("common.as_of_live", moment=fmt.moment(cache.now(), session.language()))


def answer(sentence: str) -> None:
    """The screen's answer in one sentence, numbers in bold; `sentence` holds no user text."""
    st.header(fmt.literal(sentence), anchor=False)


def card(
    question: str, how_to_read: str | None = None, height: Literal["stretch", "content"] = "stretch"
) -> DeltaGenerator:
    """A bordered card: its question, one grey line on how to read it, then what you add."""
    box = st.container(border=True, gap="xsmall", height=height)
    box.subheader(question, anchor=False)
    if how_to_read:
        box.caption(fmt.literal(how_to_read))
    return box


def section(heading: str, how_to_fill: str | None = None) -> DeltaGenerator:
    """A bordered part of a form; forms have no headline sentence, so this is the h2 there."""
    box = st.container(border=True, gap="xsmall", height="content")
    box.header(f"**{heading}**", anchor=False)
    if how_to_fill:
        box.caption(how_to_fill)
    return box


def kpi(
    label: str,
    value: str,
    change: Change | None = None,
    against: str = "",
    *,
    trend: Sequence[float | None] = (),
    fact: str = "",
    target: Target | None = None,
    exact: str | None = None,
    rows: str | None = None,
) -> None:
    """One figure of the wall: value, change in words and colour, trend, fact, target bar.

    `rows` names the rows that make the figure: a button puts it into the address or takes it
    out again, and the screen shows what `asked_rows` says.
    """
    with st.container(border=True, gap="xsmall", height="stretch"):
        metric(label, value, change, against, trend=trend, exact=exact)
        st.caption(fmt.literal(fact) or "\u00a0")
        if target:
            st.html(target_bar(target, fact))
        if rows:
            rows_button(rows, label)


def rows_button(rows: str, label: str) -> None:
    """A button that asks for the rows of the figure `label`, or lets them go; see `kpi`."""
    st.button(
        t("common.rows_hide" if rows == asked_rows() else "common.rows_show"),
        key=f"rows.{rows}",
        type="tertiary",
        icon=":material/table_rows:",
        help=t("common.rows_of", what=label),
        on_click=_ask_rows,
        args=(rows,),
    )


def asked_rows() -> str | None:
    """Which figure's rows are to be shown, as a card's button or a link asked."""
    return session.in_address(_ROWS)


def _ask_rows(rows: str) -> None:
    session.put_in_address(_ROWS, None if rows == asked_rows() else rows)


def metric(
    label: str,
    value: str,
    change: Change | None = None,
    against: str = "",
    *,
    trend: Sequence[float | None] = (),
    exact: str | None = None,
) -> None:
    """A figure with its change in words and colour, its trend, and the exact value as help.

    Unknown points of the trend are left out: they are no zeros.
    """
    st.metric(
        label,
        value,
        change.words if change else None,
        delta_color=_delta_color(change),
        delta_arrow=_delta_arrow(change),
        delta_description=against if change else None,
        help=exact,
        chart_data=[v for v in trend if v is not None] if any(trend) else None,
    )


def _delta_color(change: Change | None) -> Literal["off", "blue", "orange"]:
    if change is None or change.is_good is None:
        return "off"
    return "blue" if change.is_good else "orange"


def _delta_arrow(change: Change | None) -> Literal["off", "up", "down"]:
    if change is None or change.is_up is None:
        return "off"
    return "up" if change.is_up else "down"


def target_bar(target: Target, label: str) -> str:
    """HTML of a bar: fill = reached, solid tick = target, dotted tick = where the calendar is."""

    def at(share: float) -> str:
        return f"{min(max(share, 0), 1.2) / 1.2:.1%}"

    def layer(style: str) -> str:
        return f'<div style="position:absolute;{style}"></div>'

    def mix(percent: int) -> str:  # currentColor follows light and dark
        return f"color-mix(in srgb,currentColor {percent}%,transparent)"

    pace = ""
    if target.pace is not None:
        pace = layer(f"left:{at(target.pace)};top:0;bottom:0;border-left:2px dotted {mix(60)}")
    return (
        f'<div role="img" aria-label="{html.escape(label)}" style="position:relative;height:14px">'
        + layer(f"inset:4px 0;border-radius:2px;background:{mix(9)}")
        + layer(
            f"left:0;top:4px;bottom:4px;width:{at(target.share)};"
            "border-radius:2px;background:#3D7FBF"
        )
        + layer(f"left:{at(1)};top:0;bottom:0;width:2px;background:currentColor")
        + pace
        + "</div>"
    )


def show(chart: go.Figure, key: str, alt: str, *, selects: bool = False) -> str | None:
    """Draw a chart; with `selects` return the first custom value of the mark that was clicked."""
    drawn_key = f"{key}-{session.mode()}"  # colours resolve when a chart mounts
    if not selects:
        st.plotly_chart(chart, key=drawn_key, config=_CHART, alt=alt)
        return None
    event = st.plotly_chart(
        chart, key=drawn_key, config=_CHART, alt=alt, on_select="rerun", selection_mode="points"
    )
    points = event["selection"]["points"]
    if not points:
        return None
    hold()
    custom = points[0].get("customdata")
    first = custom[0] if isinstance(custom, list | tuple) else custom
    return None if first is None else str(first)


def hold() -> None:
    """Keep `live` from redrawing while something is selected: new rows would shift it."""
    session.keep(_HELD, True)


@contextmanager
def empty(icon: str, what: str, why: str) -> Iterator[None]:
    """An empty state: what is missing, why, and (inside the block) the button that fixes it."""
    with st.container(border=True, horizontal_alignment="center", gap="small"):
        st.markdown(f"### :material/{icon}:", width="content")
        st.markdown(f"**{what}**", width="content")
        st.caption(why, width="content")
        yield


@st.fragment(run_every=1)
def live() -> None:
    """Rerun this screen within a second of a write, a switch of light and dark or a sign-out.

    Last line of a leadership screen. Held back while a mark of a chart is selected, since
    redrawn bars would empty the selection.
    """
    if session.is_over():
        session.rerun_unasked()
    if session.recall(_HELD):
        return
    if is_outdated():
        session.rerun_unasked()


def is_outdated() -> bool:
    """Whether data, or light and dark, have changed since the screen began to be drawn."""
    seen: tuple[object, str] | None = session.recall(_SEEN)
    return seen != (cache.versions(), session.mode())
