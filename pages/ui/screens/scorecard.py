"""The scorecard: the table, the weights as a form, and what hangs on them."""

import polars as pl
import streamlit as st

from analytics.query import Query
from analytics.rank_uncertainty import TOP
from analytics.scorecard import COMPONENTS
from data.errors import YejiError
from pages.ui import cache, filing, forms, i18n, layout, opening, session, tables
from pages.ui import format as fmt
from pages.ui.charts import certainty as charts
from pages.ui.charts.figure import Look
from pages.ui.session import t

_SAID = "scorecard"
_POINTS = tuple(f"{name}_points" for name in COMPONENTS)
_WIDTHS = {"rank": 40, "score": 128, "team": 84, **dict.fromkeys(_POINTS, 104)}
_STEP = 5


def card(query: Query, look: Look) -> None:
    """Everyone by weighted points; a ticked row leads to the rep."""
    rows, weights = cache.report("scorecard", query), cache.report("scorecard-weights", query)
    with layout.card(t("scorecard.title"), t("scorecard.read"), height="content"):
        _stated(weights)
        _form(weights)
        if not rows["score"].count():
            st.caption(t("scorecard.none"))
            return
        first = rows.row(0, named=True)
        alt = t(
            "scorecard.alt",
            count=fmt.count(rows.height),
            name=first["rep"],
            score=fmt.count(first["score"], 1),
        )
        tables.table(
            rows,
            ["rank", "rep", "score", *(n for n in _POINTS if rows[n].count()), "team"],
            look,
            key="scorecard.table",
            alt=alt,
            bar="score",
            widths={**_WIDTHS, "rep": tables.name_width(rows["rep"])},
            opens=("rep",),
        )
        name = f"scorecard-{look.language}"
        tables.downloads(rows, look, name=name, key="scorecard", title="Scorecard")


def _stated(weights: pl.DataFrame) -> None:
    """Who chose the weights, what they are, and what nobody has a figure of."""
    words = session.words("measure", COMPONENTS)
    counted = [
        t("scorecard.weight", measure=words[name], rate=fmt.rate(rate, 0))
        for name, rate in weights.select("measure", "weight_rate").iter_rows()
        if rate
    ]
    if weights["is_chosen"].all():
        st.caption(t("scorecard.chosen", weights=t("common.sep").join(counted)))
    else:
        st.markdown(f":orange[:material/balance: {t('scorecard.default')}]")
    missing = weights.filter(pl.col("people") == 0, pl.col("weight") > 0)["measure"]
    if missing.len():
        names = t("common.sep").join(words[name] for name in missing)
        st.caption(t("scorecard.left_out", measures=names))


def _form(weights: pl.DataFrame) -> None:
    """The weights to change; saved for the whole department."""
    forms.said(_SAID)
    with (
        st.expander(t("scorecard.edit"), icon=":material/tune:"),
        st.form("scorecard.form", border=False),
    ):
        st.caption(t("scorecard.edit_why"))
        words = session.words("measure", COMPONENTS)
        with st.grid(len(COMPONENTS), min_column_width=130, gap="small"):
            given = [
                st.number_input(
                    words[name], 0, 100, int(weight), _STEP, key=f"scorecard.weight.{name}"
                )
                for name, weight in weights.select("measure", "weight").iter_rows()
            ]
        with st.container(horizontal=True):
            is_saved = st.form_submit_button(
                t("scorecard.save"), type="primary", icon=":material/save:", key="scorecard.save"
            )
            is_equal = st.form_submit_button(t("scorecard.equal"), key="scorecard.equal")
        if is_saved and not any(given):
            st.markdown(forms.error_words(t("scorecard.nothing")))
        elif is_saved or is_equal:
            _save(dict(zip(COMPONENTS, given, strict=True)) if is_saved else {})


def _save(weights: dict[str, int]) -> None:
    try:
        filing.save_settings({"scorecard_weights": list(weights.items())})
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error))
        return
    session.forget(*(f"scorecard.weight.{name}" for name in COMPONENTS))
    forms.say(_SAID, t("scorecard.saved"))
    st.rerun()


def sensitivity(query: Query, look: Look) -> None:
    """How the places would move under other weights; a click leads to the rep."""
    found = cache.report("scorecard-sensitivity", query)
    if found.is_empty():
        return
    read = t("scorecard.sensitivity_read", top=TOP)
    with layout.card(t("scorecard.sensitivity_title"), read):
        often = found.sort("first_rate", descending=True).row(0, named=True)
        rate = fmt.rate(often["first_rate"], 0)
        alt = t("scorecard.sensitivity_alt", name=often["rep"], rate=rate)
        chart = cache.chart(charts.sensitivity, look, ("scorecard-sensitivity", query), top=TOP)
        opening.rep_of(found, layout.show(chart, "reps.sensitivity", alt, selects=True))
