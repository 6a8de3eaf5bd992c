"""The filter row: period, team, rep and the rest, the same on every leadership screen.

The address holds the filters; widgets only show and change them, so a reload, a shared
link and the next screen all ask the same question.
"""

from dataclasses import replace
from datetime import date, timedelta

import streamlit as st

from analytics import periods
from analytics.query import Query
from pages.ui import cache, codes, comparing, saving, session
from pages.ui.session import t

_DAY = timedelta(days=1)
_ALL = "*"  # as an option: None would show Streamlit's own English placeholder
_SEVERAL = "**"  # stands in a select box for several values of the address
_MORE = ("region", "industry", "product", "size", "source")


def bar(*, timed: bool = True) -> Query:
    """Draw the filter row and return what it asks.

    Not `timed` it leaves out the period and what it is compared with: the screen has its own.
    """
    chosen = session.filters()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if timed:
            _period(chosen)
        _single("team", chosen, _options("team"))
        _single("rep", chosen, _options("rep"))
        if timed:
            _against(chosen)
        _more(chosen)
        saving.popover()
        asked = query(chosen)
        if timed and (note := comparing.note(asked)):
            st.caption(note, width="content")
    session.write_address()
    return asked


def query(chosen: session.Filters) -> Query:
    """What a filter row asks, as of the department's day of knowledge."""
    since, until = _bounds(chosen)
    return Query(
        as_of=cache.as_of(),
        since=since,
        until=until,
        against=comparing.in_time(),
        rep=chosen.values("rep"),
        team=chosen.values("team"),
        region=chosen.values("region"),
        industry=chosen.values("industry"),
        product=chosen.values("product"),
        size=chosen.values("size"),
        source=chosen.values("source"),
    )


def trailing(asked: Query, months: int) -> Query:
    """The same question over the `months` months up to the one that ends the period."""
    last = min(asked.as_of, (asked.until or asked.as_of + _DAY) - _DAY)
    month = periods.preset("month", last)
    return asked.over(periods.shift(month.since, 1 - months), month.until)


def _bounds(chosen: session.Filters) -> tuple[date | None, date | None]:
    if chosen.period == "all":
        return None, None
    if chosen.period == "custom" and chosen.since and chosen.last:
        return chosen.since, chosen.last + _DAY
    preset = "month" if chosen.period == "custom" else chosen.period
    return periods.preset(preset, cache.as_of(), cache.settings().fiscal_month)


def _period(chosen: session.Filters) -> None:
    session.keep("filter.period", chosen.period)
    st.segmented_control(
        t("filters.period"),
        session.PERIODS,
        format_func=session.words("filters", session.PERIODS).__getitem__,
        key="filter.period",
        on_change=_period_changed,
        required=True,
        label_visibility="collapsed",
    )
    if chosen.period != "custom":
        return
    since, until = _bounds(chosen)
    assert since and until
    session.keep("filter.range", (since, until - _DAY))
    st.date_input(
        t("filters.range"),
        key="filter.range",
        min_value=session.EARLIEST,
        max_value=session.LATEST,
        on_change=_range_changed,
        format="YYYY-MM-DD",
        label_visibility="collapsed",
        width=230,
    )


def _period_changed() -> None:
    period = session.recall("filter.period")
    chosen = session.filters()
    if period == "custom":
        since, until = _bounds(chosen)
        last = (until or cache.as_of() + _DAY) - _DAY
        session.keep_filters(chosen.over("custom", since or last.replace(day=1), last))
    else:
        session.keep_filters(chosen.over(period))


def _range_changed() -> None:
    picked = session.recall("filter.range")
    if len(picked) == 2:  # one date so far: the person is still choosing the other
        session.keep_filters(session.filters().over("custom", *picked))


def _single(name: str, chosen: session.Filters, options: dict[str, str]) -> None:
    """A select box with "all" on top, and a count if the address chose several values."""
    values = chosen.values(name)
    offered = {_ALL: t(f"filters.all_{name}"), **options, **_foreign(values, options)}
    if len(values) > 1:
        offered[_SEVERAL] = t("filters.several", count=len(values))
    session.keep(f"filter.{name}", _SEVERAL if len(values) > 1 else (*values, _ALL)[0])
    st.selectbox(
        t(f"filters.{name}"),
        list(offered),
        format_func=offered.__getitem__,
        key=f"filter.{name}",
        on_change=_changed,
        args=(name,),
        label_visibility="collapsed",
        width=170,
    )


def _against(chosen: session.Filters) -> None:
    """What to compare with, where there is a choice."""
    offered = comparing.offered(chosen)
    if not offered:
        return
    words = {name: comparing.words(name) for name in offered}
    session.keep("filter.against", comparing.chosen())
    st.selectbox(
        t("filters.against"),
        offered,
        format_func=words.__getitem__,
        key="filter.against",
        on_change=_against_changed,
        label_visibility="collapsed",
        width=170,
    )


def _against_changed() -> None:
    against = session.recall("filter.against")
    session.keep_filters(replace(session.filters(), against=against))


def _more(chosen: session.Filters) -> None:
    active = sum(bool(chosen.values(name)) for name in _MORE)
    label = t("filters.more_active", count=active) if active else t("filters.more")
    with st.popover(label, icon=":material/tune:"):
        for name in _MORE:
            options, values = _options(name), chosen.values(name)
            options |= _foreign(values, options)
            if not options:
                continue
            session.keep(f"filter.{name}", list(values))
            st.multiselect(
                t(f"filters.{name}"),
                list(options),
                format_func=options.__getitem__,
                key=f"filter.{name}",
                on_change=_changed,
                args=(name,),
                placeholder=t("common.all"),
            )
        if chosen.chosen:
            st.button(t("filters.clear"), key="filter.clear", on_click=_cleared)


def _foreign(values: tuple[str, ...], options: dict[str, str]) -> dict[str, str]:
    """Chosen values that the data do not hold: offered too, so that they are seen and cleared."""
    return {v: v or t("common.unknown") for v in values if v not in options}


def _changed(name: str) -> None:
    value = session.recall(f"filter.{name}")
    if value == _SEVERAL:
        return
    values = tuple(value) if isinstance(value, list) else () if value == _ALL else (value,)
    session.keep_filters(session.filters().choosing(name, values))


def _cleared() -> None:
    chosen = session.filters()
    session.keep_filters(replace(chosen, chosen=()))


def _options(name: str) -> dict[str, str]:
    """Value -> words of one filter, sorted by words."""
    if name == "rep":
        reps = cache.frame("reps").sort("rep")
        return {row[0]: row[1] for row in reps.select("rep_id", "rep").iter_rows()}
    table = {"team": "reps", "product": "deals", "source": "deals"}.get(name, "customers")
    values = cache.values(table, name)
    return {v: codes.word(session.language(), name, v) for v in values}
