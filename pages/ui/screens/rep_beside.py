"""One rep beside the department, and beside the closest better peer."""

from collections.abc import Mapping
from typing import Any

import polars as pl
import streamlit as st

from analytics.peers import MIX
from analytics.query import Query
from analytics.rank_uncertainty import FEWEST_DEALS
from analytics.strengths import STEP
from pages.ui import cache, filters, layout, opening, tables
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.screens.rep_figures import department, name
from pages.ui.session import t

Row = Mapping[str, Any]
_MONTHS = 12
_A_WEEK = ("opened_weekly", "visits_weekly")
_WIDTHS = {"measure": 132, "value": 134, "department": 86, "standing": 112}
_PEER_WIDTHS = {"measure": 126, "value": 128, "peer_value": 128, "standing": 82}


def asked(query: Query) -> Query:
    """The question over the months that are compared."""
    return filters.trailing(query, _MONTHS)


def _of_rep(rows: pl.DataFrame, query: Query) -> pl.DataFrame:
    """The page's rep among everyone: asked of all at once, the answer serves every page."""
    return rows.filter(pl.col("rep_id").cast(pl.String) == query.rep[0])


def strengths(query: Query, look: Look) -> None:
    """Where the rep clearly lies above or below the department, in sentences."""
    found = _of_rep(cache.report("rep-comparison", department(asked(query))), query)
    with layout.card(t("beside.title"), t("beside.read", few=FEWEST_DEALS)):
        if not found["standing"].count():
            st.caption(t("beside.too_few"))
            return
        for standing in ("stronger", "weaker"):
            st.markdown(f"**{t(f'beside.{standing}')}**")
            rows = found.filter(standing=standing).to_dicts()
            sentences = [f"- {_finding(row, look)}" for row in rows]
            st.markdown(fmt.literal("\n".join(sentences) or t("beside.nothing")))
        known = found.drop_nulls("value")
        with st.expander(t("beside.every", count=known.height), icon=":material/list:"):
            shown = _worded(known, look)
            tables.table(
                shown,
                ("measure", "value", "department", "standing"),
                look,
                key="rep.comparison",
                alt=t("beside.every_alt", name=name(query)),
                widths=_WIDTHS,
            )
            file = f"comparison-{look.language}"
            tables.downloads(found, look, name=file, key="rep.comparison", title="Comparison")


def _finding(row: Row, look: Look) -> str:
    """One figure with its interval and the department's."""
    return t(
        "beside.finding",
        measure=fmt.escaped(_measure(row, look)),
        value=_number(row["measure"], row["value"]),
        low=_number(row["measure"], row["low"]),
        high=_number(row["measure"], row["high"]),
        department=_number(row["measure"], row["department"]),
    )


def _measure(row: Row, look: Look) -> str:
    if row["measure"] == STEP:
        return t("beside.step", stage=row[f"stage_{look.language}"])
    return t(f"measure.{row['measure']}")


def _number(measure: str, value: float | None) -> str:
    """A figure of the comparison as words, by its measure."""
    if measure in _A_WEEK:
        return fmt.count(value, 1)
    if measure == "cycle_days":
        return fmt.count(value)
    return fmt.rate(value)


def _with_interval(row: Row, prefix: str = "") -> str:
    """68.0% (26.9–129.8), or the figure alone where it has no interval."""
    value, low, high = (
        _number(row["measure"], row[f"{prefix}{name}"]) for name in ("value", "low", "high")
    )
    if row[f"{prefix}low"] is None:
        return value
    return f"{value} ({low.removesuffix('%')}–{high.removesuffix('%')})"


def _worded(found: pl.DataFrame, look: Look) -> pl.DataFrame:
    """The comparison as texts, for a table of unlike units."""
    rows = found.to_dicts()
    return found.select(
        pl.Series("measure", [_measure(row, look) for row in rows], pl.String),
        pl.Series("value", [_with_interval(row) for row in rows], pl.String),
        pl.Series(
            "department", [_number(row["measure"], row["department"]) for row in rows], pl.String
        ),
        "standing",
    )


def peer(query: Query, look: Look) -> None:
    """The closest better peer, and what really differs."""
    whole = department(asked(query))
    rows = _of_rep(cache.report("peer-differences", whole), query)
    with layout.card(t("beside.peer_title"), t("beside.peer_read")):
        if rows.is_empty():
            st.caption(_why_nobody(whole, query))
            return
        pair = _of_rep(cache.report("peers", whole), query).row(0, named=True)
        words = t(
            "beside.peer_answer",
            name=fmt.escaped(pair["peer"]),
            rank=pair["peer_rank"],
            distance=fmt.rate(pair["distance_rate"], 0),
            **{name: fmt.rate(pair[f"{name}_distance_rate"], 0) for name in MIX},
        )
        st.markdown(words)
        different = [_measure(row, look) for row in rows.filter("is_different").to_dicts()]
        named = t("beside.peer_differs", measures=t("common.sep").join(different))
        st.markdown(fmt.escaped(named) if different else t("beside.peer_alike"))
        _both(rows, pair, look)
        opening.links({"rep_id": pair["peer_id"], "rep": pair["peer"]}, ("rep",))


def _why_nobody(whole: Query, query: Query) -> str:
    first = cache.report("rep-ranking", whole).filter(pl.col("won") > 0, rank=1)
    is_first = not first.is_empty() and str(first["rep_id"][0]) == query.rep[0]
    return t("beside.peer_first" if is_first else "beside.peer_none")


def _both(rows: pl.DataFrame, pair: Row, look: Look) -> None:
    """The figures of the two side by side, those that both have."""
    known = rows.drop_nulls(("value", "peer_value")).to_dicts()
    words = {True: t("beside.different"), False: t("beside.alike"), None: fmt.UNKNOWN}
    columns = {
        "measure": [_measure(row, look) for row in known],
        "value": [_with_interval(row) for row in known],
        "peer_value": [_with_interval(row, "peer_") for row in known],
        "standing": [words[row["is_different"]] for row in known],
    }
    shown = pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))
    alt = t("beside.peer_alt", name=pair["rep"], peer=pair["peer"])
    label = t("beside.peer_alt", name=fmt.escaped(pair["rep"]), peer=fmt.escaped(pair["peer"]))
    with st.expander(label, icon=":material/compare_arrows:"):
        tables.table(shown, tuple(columns), look, key="rep.peer", alt=alt, widths=_PEER_WIDTHS)
        file = f"peer-differences-{look.language}"
        tables.downloads(rows, look, name=file, key="rep.peer", title="Peer")
