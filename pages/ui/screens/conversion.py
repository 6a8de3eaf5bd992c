"""The conversion screen's sentence and cards."""

from dataclasses import replace
from itertools import pairwise

import polars as pl
import streamlit as st

from analytics import periods
from analytics.query import DIMENSIONS, Query
from pages.ui import cache, codes, comparing, layout, menu, rows, session
from pages.ui import format as fmt
from pages.ui.charts import conversion as charts
from pages.ui.charts.figure import SMALL, Look
from pages.ui.session import t


def is_measurable() -> bool:
    """Whether any deal says when it was opened: orders alone do not convert."""
    return cache.department("deals")["opened_on"].count() > 0


def nothing_yet() -> None:
    """The empty state of a department without deals, or with orders only."""
    if cache.department("deals").is_empty():
        page, icon = "deals", ":material/add:"
        what, why, label = "conversion.empty", "conversion.empty_why", "conversion.empty_deal"
    else:
        page, icon = "margin", ":material/percent:"
        what, why, label = "conversion.orders", "conversion.orders_why", "conversion.orders_margin"
    with layout.empty("filter_alt", t(what), t(why)):
        menu.link(page, label=t(label), icon=icon)


def other(query: Query) -> Query:
    """The same question about what it is compared with; the question itself if nothing is.

    An earlier period as it stood as long after its start: a cohort that had longer to move
    would look better for its age alone.
    """
    period, asked = query.period(), comparing.asked(query)
    if asked is None or period is None or comparing.is_whole():
        return asked or query
    return replace(asked, as_of=periods.earlier_day(query.as_of, period, query.against))


def sentence(query: Query, look: Look) -> str:
    """The answer: share won, how long it takes, where most drop out."""
    total = cache.report("overview", query).row(0, named=True)
    if total["win_rate"] is None:
        return t("conversion.answer_none")
    parts = [t("conversion.answer_win", wins=fmt.count(total["win_rate"] * 100))]
    if total["median_cycle_days"] is not None:
        days = fmt.count(total["median_cycle_days"])
        parts.append(t("conversion.answer_cycle", days=days))
    worst = _worst_step(cache.report("funnel", query), look)
    if worst:
        step, rate = worst
        parts.append(t("conversion.answer_step", step=fmt.escaped(step), rate=fmt.rate(rate, 0)))
    return t("overview.semicolon").join(parts) + t("overview.stop")


def _worst_step(steps: pl.DataFrame, look: Look) -> tuple[str, float] | None:
    """Name and rate of the step with the lowest conversion, small samples left out."""
    rates, tried = steps["step_rate"].to_list()[1:], steps["reached"].to_list()
    known = [(r, i) for i, r in enumerate(rates) if r is not None and tried[i] >= SMALL]
    if not known:
        return None
    rate, index = min(known)
    names = [n or t("conversion.opened") for n in steps[f"name_{look.language}"]]
    return " → ".join(list(pairwise(names))[index]), rate


def funnel(query: Query, look: Look) -> str | None:
    """The funnel of the period's cohort; returns the stage that was clicked."""
    steps = cache.report("funnel", query)
    opened = steps["reached"][0]
    read = t("conversion.funnel_read", count=fmt.count(opened))
    with layout.card(t("conversion.funnel_title"), read):
        if not opened:
            st.caption(t("conversion.funnel_none"))
            return None
        if not steps["entered"][1:].sum():
            st.caption(t("conversion.history_none"))
        won = fmt.count(steps["reached"][-1])
        alt = t("conversion.funnel_alt", opened=fmt.count(opened), won=won)
        chart = cache.chart(charts.funnel, look, ("funnel", query), with_entered=True)
        return layout.show(chart, "conversion.funnel", alt, selects=True)


def steps(query: Query, look: Look) -> str | None:
    """Stage to stage conversion against an earlier period, or the whole around it.

    Returns the stage that the clicked step leads to.
    """
    now = cache.report("funnel", query)
    hollow = None if comparing.asked(query) is None else f"conversion.against_{comparing.chosen()}"
    compared = t("conversion.steps_hollow", hollow=t(hollow)) if hollow else ""
    with layout.card(t("conversion.steps_title"), t("conversion.steps_read", compared=compared)):
        if not now["step_rate"].count():
            st.caption(t("conversion.funnel_none"))
            return None
        pair = ("funnel", query), ("funnel", other(query))
        chart = cache.chart(charts.steps, look, *pair, hollow=hollow)
        worst = _worst_step(now, look)
        alt = t("conversion.steps_title")
        if worst:
            alt = t("conversion.steps_alt", step=worst[0], rate=fmt.rate(worst[1]))
        return layout.show(chart, "conversion.steps", alt, selects=True)


def stage_time(query: Query, look: Look) -> str | None:
    """Days in each stage; returns the stage that was clicked."""
    stays = cache.report("stage-time", query)
    with layout.card(t("conversion.time_title"), t("conversion.time_read"), height="content"):
        if not stays["stays"].sum():
            st.caption(t("conversion.history_none"))
            return None
        chart = cache.chart(charts.stage_time, look, ("stage-time", query))
        return layout.show(chart, "conversion.time", t("conversion.time_alt"), selects=True)


def win_rate(query: Query, look: Look) -> tuple[str, str] | None:
    """Win rate by a chosen dimension; returns the dimension and the group that was clicked."""
    with layout.card(t("conversion.win_title"), t("conversion.win_read")):
        by = st.pills(
            t("conversion.dimension"),
            DIMENSIONS,
            format_func=session.words("filters", DIMENSIONS).__getitem__,
            default="source",
            key="conversion.by",
            required=True,
            label_visibility="collapsed",
        )
        asked = replace(query, by=by)
        groups = cache.report("win-rate", asked).filter(pl.col("win_rate").is_not_null())
        if groups.is_empty():
            st.caption(t("conversion.win_none"))
            return None
        is_filtered = query != query.unfiltered()
        whole = "conversion.all" if is_filtered else "conversion.department"
        chart = cache.chart(charts.win_rate, look, ("win-rate", asked), dimension=by, whole=whole)
        best = groups.sort("win_rate").row(-1, named=True)
        name = codes.word(look.language, by, best["group"] or t("common.unknown"))
        words = t(f"filters.{by}")
        rate = fmt.rate(best["win_rate"])
        alt = t("conversion.win_alt", dimension=words, best=name, rate=rate)
        clicked = layout.show(chart, "conversion.group", alt, selects=True)
        return (by, clicked) if clicked is not None else None


def lost_reasons(query: Query, look: Look) -> str | None:
    """Why deals were lost; returns the reason that was clicked."""
    reasons = cache.report("lost-reasons", query)
    lost = int(reasons["lost"].sum())
    read = t("conversion.lost_read", count=fmt.count(lost))
    with layout.card(t("conversion.lost_title"), read, height="content"):
        if not lost:
            st.caption(t("conversion.lost_none"))
            return None
        if not reasons["reason"].count():
            st.caption(t("conversion.lost_unknown", count=fmt.count(lost)))
            return None
        chart = cache.chart(charts.lost_reasons, look, ("lost-reasons", query))
        alt = t("conversion.lost_alt", reason=_reason(reasons["reason"].drop_nulls()[0], look))
        return layout.show(chart, "conversion.reason", alt, selects=True)


def detail(
    query: Query,
    look: Look,
    *,
    stage: str | None,
    reason: str | None,
    group: tuple[str, str] | None,
) -> None:
    """The deals behind the mark that was clicked, else all that closed in the period."""
    closed = pl.col("status").is_in(["won", "lost"]) & _within("closed_on", query)
    listed = cache.report("deals", query)
    if stage is not None:
        title, found = reached(query, look, stage)
    elif reason is not None:
        title = t("conversion.rows_reason", reason=_reason(reason, look))
        found = listed.filter(closed, _is("loss_reason", reason), pl.col("status") == "lost")
    elif group is not None:
        by, value = group
        title = t("conversion.rows_group", group=_name(by, value, listed, look))
        found = listed.filter(closed, _is("rep_id" if by == "rep" else by, value))
    else:
        title, found = t("conversion.rows_all"), listed.filter(closed)
    chosen = stage is not None or reason is not None or group is not None
    rows.deals(
        found, look, title=title, key="conversion", expanded=chosen, hint=t("conversion.rows_hint")
    )


def reached(query: Query, look: Look, stage: str) -> tuple[str, pl.DataFrame]:
    """Title and rows of the period's cohort that reached a stage of the funnel."""
    steps = cache.report("funnel", query)
    position = 0
    name = t("conversion.opened")
    for row in steps.filter(pl.col("stage").cast(pl.String) == stage).to_dicts():
        position, name = row["position"], row[f"name_{look.language}"]
    cohort = cache.report("funnel-deals", query).filter(pl.col("reached_position") >= position)
    return t("conversion.rows_stage", stage=name), cohort


def _reason(reason: str, look: Look) -> str:
    return codes.word(look.language, "reason", reason) if reason else t("common.unknown")


def _name(by: str, value: str, listed: pl.DataFrame, look: Look) -> str:
    """A clicked group by its name, never its id."""
    if by == "rep":
        names = listed.filter(pl.col("rep_id").cast(pl.String) == value)["rep"]
        return str(names[0]) if names.len() else value
    return codes.word(look.language, by, value) if value else t("common.unknown")


def _within(column: str, query: Query) -> pl.Expr:
    inside = pl.lit(True)
    if query.since is not None:
        inside &= pl.col(column) >= query.since
    if query.until is not None:
        inside &= pl.col(column) < query.until
    return inside & (pl.col(column) <= query.as_of)


def _is(column: str, value: str) -> pl.Expr:
    """Equal to a clicked value; the empty value stands for unknown."""
    text = pl.col(column).cast(pl.String)
    return text == value if value else text.is_null()
