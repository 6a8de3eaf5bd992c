"""How deals flow: cards on moves, cohorts, losses by stage and first visits, one at a time."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from analytics import first_visits as visiting
from analytics import periods
from analytics.query import Query
from pages.ui import cache, codes, filters, layout, rows, session
from pages.ui import format as fmt
from pages.ui.charts import matrix
from pages.ui.charts import pipeline as charts
from pages.ui.charts.figure import Look
from pages.ui.session import t

_MONTHS = 18  # of cohorts: the first six are a year old, the last not yet a month
_CUSTOMER_COLUMNS = (
    "customer", "visited_on", "kind", "opened_on", "opened_days", "won_on", "rep", "team",
    "region", "industry",
)  # fmt: skip
_REASONS = 10  # drawn; more make a matrix nobody reads


def flow(query: Query, look: Look) -> None:
    """A tab for each question; only the open one is computed."""
    cards = {"moves": moves, "cohorts": cohorts, "losses": losses, "visits": first_visits}
    st.header(t("pipeline.heading"), anchor=False)
    tabs = st.tabs(
        [t(f"pipeline.tab_{name}") for name in cards],
        key=f"pipeline.tabs.{look.language}",  # the open one is kept by its words
        on_change="rerun",
    )
    for tab, card in zip(tabs, cards.values(), strict=True):
        if tab.open:
            with tab:
                card(query, look)


def stays(query: Query, look: Look, stage: str | None) -> None:
    """The stays in the stage that was clicked among the days in each; nothing while none was."""
    if stage is None:
        return
    found = cache.report("stays", query).filter(_is("stay_stage", stage))
    title = t("pipeline.stays_rows", stage=found[f"stay_stage_{look.language}"][0])
    rows.stays(found, look, title=title, key="pipeline.stays", expanded=True)


def moves(query: Query, look: Look) -> None:
    """From each stage, where do deals go: the matrix and the moves behind it."""
    counted = cache.report("transitions", query)
    with layout.card(t("pipeline.moves_title"), t("pipeline.moves_read"), height="content"):
        if counted.is_empty():
            st.caption(t("pipeline.moves_none"))
            return
        words = _moves_answer(counted)
        st.caption(words)
        chart = cache.chart(charts.transitions, look, ("transitions", query))
        clicked = layout.show(chart, "pipeline.moves", words, selects=True)
        _moves_behind(query, look, counted, clicked)


def _moves_answer(counted: pl.DataFrame) -> str:
    of_kind = dict(counted.group_by("move").agg(pl.col("moves").sum()).iter_rows())
    shown = ("skip", "backward", "reopened")
    counts = {move: fmt.count(of_kind.get(move, 0)) for move in shown}
    return t("pipeline.moves_answer", moves=fmt.count(int(counted["moves"].sum())), **counts)


def _moves_behind(query: Query, look: Look, counted: pl.DataFrame, clicked: str | None) -> None:
    title, found = t("pipeline.moves_all"), cache.report("moves", query)
    if clicked is not None:
        start, end = matrix.ids(clicked)
        pair = _text("from_stage") == start, _text("to_stage") == end
        found = found.filter(*pair)
        names = counted.filter(*pair).row(0, named=True)
        start, end = (names[f"{part}_stage_{look.language}"] for part in ("from", "to"))
        title = t("pipeline.moves_rows", start=start, end=end)
    rows.moves(
        found,
        look,
        title=title,
        key="pipeline.moves",
        expanded=clicked is not None,
        hint=t("pipeline.rows_hint"),
    )


def cohorts(query: Query, look: Look) -> None:
    """How many deals of each month were won at which age, and the deals of a month."""
    asked = filters.trailing(query, _MONTHS)
    shares = cache.report("cohorts", asked)
    read = t("pipeline.cohorts_read", months=_MONTHS)
    with layout.card(t("pipeline.cohorts_title"), read, height="content"):
        known = shares.drop_nulls("cohort_rate")
        if known.is_empty():
            none = "pipeline.cohorts_none" if shares.is_empty() else "pipeline.cohorts_young"
            st.caption(t(none))
            return
        chart = cache.chart(charts.cohorts, look, ("cohorts", asked))
        clicked = layout.show(chart, "pipeline.cohorts", _cohorts_alt(known, look), selects=True)
        if clicked is not None:
            _cohort_behind(asked, look, date.fromisoformat(clicked))


def _cohorts_alt(known: pl.DataFrame, look: Look) -> str:
    age = known["age"].max()
    latest = known.filter(pl.col("age") == age).sort("month").row(-1, named=True)
    month, rate = fmt.month(latest["month"], look.language), fmt.rate(latest["cohort_rate"])
    return t("pipeline.cohorts_alt", age=age, month=month, rate=rate)


def _cohort_behind(asked: Query, look: Look, month: date) -> None:
    """The deals of a cohort; the period may begin or end within the month."""
    until = periods.shift(month, 1)
    within = asked.over(max(month, asked.since or month), min(until, asked.until or until))
    title = t("pipeline.cohorts_rows", month=fmt.month(month, look.language))
    found = cache.report("funnel-deals", within)
    rows.deals(found, look, title=title, key="pipeline.cohort", expanded=True)


def losses(query: Query, look: Look) -> None:
    """At which stage and why deals are lost, and the deals of a cell."""
    lost = cache.report("lost-by-stage", query)
    with layout.card(t("pipeline.losses_title"), t("pipeline.losses_read"), height="content"):
        if lost.is_empty():
            st.caption(t("conversion.lost_none"))
            return
        reasons = lost["reason"].n_unique()
        if not lost["reason"].count():
            st.caption(t("pipeline.losses_no_reason"))
        elif reasons > _REASONS:
            st.caption(t("pipeline.losses_more", shown=_REASONS, all=reasons))
        chart = cache.chart(charts.lost_by_stage, look, ("lost-by-stage", query), most=_REASONS)
        most = lost.sort("lost", maintain_order=True).row(-1, named=True)
        names = _loss_words(most["reason"], most[f"stage_{look.language}"], look)
        alt = t("pipeline.losses_alt", **names, lost=fmt.count(most["lost"]))
        clicked = layout.show(chart, "pipeline.losses", alt, selects=True)
        _losses_behind(query, look, lost, clicked)


def _loss_words(reason: str | None, stage: str | None, look: Look) -> dict[str, str]:
    unknown = t("common.unknown")
    word = codes.word(look.language, "reason", reason) if reason else unknown
    return {"reason": word, "stage": stage or unknown}


def _losses_behind(query: Query, look: Look, lost: pl.DataFrame, clicked: str | None) -> None:
    title, found = t("pipeline.losses_all"), cache.report("lost-deals", query)
    if clicked is not None:
        reason, stage = matrix.ids(clicked)
        found = found.filter(_is("loss_reason", reason), _is("lost_stage", stage))
        names = lost.filter(_is("stage", stage))[f"stage_{look.language}"]
        title = t("pipeline.losses_rows", **_loss_words(reason, names[0], look))
    rows.deals(
        found,
        look,
        title=title,
        key="pipeline.losses",
        expanded=clicked is not None,
        hint=t("pipeline.rows_hint"),
    )


def first_visits(query: Query, look: Look) -> None:
    """What share of newly visited customers opened a deal, by kind; and the customers."""
    steps = cache.report("visit-to-deal", query)
    with layout.card(t("pipeline.visits_title"), t("pipeline.visits_read"), height="content"):
        if steps.is_empty():
            st.caption(t("pipeline.visits_none"))
            return
        total = steps.filter(pl.col("kind") == visiting.ALL)
        st.caption(_visits_caution(total))
        if not total["customers"][-1]:  # of those who can have won: all
            st.caption(t("pipeline.visits_nobody"))
            return
        st.markdown(_visits_answer(total))
        step = _step()
        told = total.filter(pl.col("step") == step).row(0, named=True)
        if not told["customers"]:
            st.caption(t("pipeline.visits_early"))
            return
        options = {"step": step, "every": visiting.ALL}
        chart = cache.chart(charts.first_visits, look, ("visit-to-deal", query), **options)
        clicked = layout.show(chart, "pipeline.visits", _visits_alt(told, look), selects=True)
        _visits_behind(query, look, step, clicked)


def _visits_caution(total: pl.DataFrame) -> str:
    existing = total["existing"][0]
    words = t("pipeline.visits_existing", count=fmt.count(existing))
    if existing > total["customers"][-1]:
        words += t("overview.stop") + t("pipeline.visits_late")
    return words


def _visits_answer(total: pl.DataFrame) -> str:
    rates = {row["step"]: fmt.rate(row["reached_rate"], 0) for row in total.iter_rows(named=True)}
    return t("pipeline.visits_total", customers=fmt.count(total["customers"][-1]), **rates)


def _step() -> str:
    return st.segmented_control(
        t("pipeline.visits_step"),
        visiting.STEPS,
        format_func=session.words("step", visiting.STEPS).__getitem__,
        default=visiting.STEPS[2],
        key="pipeline.step",
        required=True,
        label_visibility="collapsed",
    )


def _visits_alt(told: Mapping[str, Any], look: Look) -> str:
    step = codes.word(look.language, "step", told["step"])
    customers, rate = fmt.count(told["customers"]), fmt.rate(told["reached_rate"])
    return t("pipeline.visits_alt", step=step, customers=customers, rate=rate)


def _visits_behind(query: Query, look: Look, step: str, clicked: str | None) -> None:
    """The customers that the step's figures count: new ones, visited long enough ago."""
    title = t("pipeline.visits_all")
    found = cache.report("first-visits", query).filter(
        ~pl.col("is_existing"), pl.col("since_days") >= visiting.days_of(step)
    )
    if clicked is not None:
        found = found.filter(pl.col("kind") == clicked)
        title = t("pipeline.visits_rows", kind=codes.word(look.language, "kind", clicked))
    rows.listed(
        found,
        _CUSTOMER_COLUMNS,
        look,
        title=title,
        key="pipeline.visits",
        expanded=clicked is not None,
        hint=t("pipeline.rows_hint"),
        name="customers",
    )


def _text(column: str) -> pl.Expr:
    return pl.col(column).cast(pl.String)


def _is(column: str, value: str) -> pl.Expr:
    """Equal to a clicked value; the empty value stands for unknown."""
    return _text(column) == value if value else pl.col(column).is_null()
