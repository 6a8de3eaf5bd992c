"""Teams and managers on the ranking screen, and who made up each of them."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics import rollups
from analytics.query import Query
from analytics.scores import FEWEST_DECIDED
from pages.ui import cache, codes, layout, session, tables
from pages.ui import format as fmt
from pages.ui.charts import teams as charts
from pages.ui.charts.figure import Look
from pages.ui.screens import reps
from pages.ui.session import t

_ADDRESS = "of"  # where a link keeps who is ranked
GROUPS = rollups.BY
_RANKED = ("rep", *GROUPS)
_COLUMNS = (
    "won_amount", "attainment_rate", "trend", "gross_profit", "margin_rate",
    "adjusted_rate", "won_closed", "visits", "on_time_rate",
)  # fmt: skip
_PARTS = (
    "won_amount", "gross_profit", "margin_rate", "won_closed", "win_rate", "attainment_rate",
    "visits", "on_time_rate",
)  # fmt: skip
_WIDTHS = {
    "rank": 40, "reps": 62, "attainment_rate": 84, "trend": 76, "gross_profit": 104,
    "margin_rate": 72, "adjusted_rate": 88, "won_closed": 92, "visits": 64, "on_time_rate": 66,
    "win_rate": 72, "is_member": 116,
}  # fmt: skip


def switch() -> str:
    """Draw the choice of who is ranked and return it: rep, team or manager."""
    asked = session.recall("reps.of") or session.in_address(_ADDRESS)
    session.keep("reps.of", asked if asked in _RANKED else _RANKED[0])
    chosen = st.segmented_control(
        t("teams.of"),
        _RANKED,
        format_func=session.words("teams", _RANKED).__getitem__,
        key="reps.of",
        on_change=_switched,
        required=True,
        label_visibility="collapsed",
    )
    return str(chosen)


def _switched() -> None:
    of = session.recall("reps.of")
    session.put_in_address(_ADDRESS, None if of == _RANKED[0] else of)


def sentence(query: Query, look: Look) -> str:
    """The answer: which group leads, and that all together are the department."""
    rows = cache.report("team-ranking", query)
    total = cache.report("overview", replace(query, rep=(), team=())).row(0, named=True)
    parts = []
    placed = rows.drop_nulls("rank")
    if not placed.is_empty() and total["won"]:
        first = placed.row(0, named=True)
        parts.append(
            t(
                "teams.answer",
                name=fmt.escaped(_name(first["group"], query, look)),
                column=t(f"columns.{query.rank_by}"),
                value=reps.figure(query.rank_by, first[query.rank_by], look),
            )
        )
    every = cache.report("team-ranking", replace(query, rep=(), team=())).height
    amount = look.money(total["won_amount"])
    parts.append(t("teams.answer_sum", count=fmt.count(every), amount=amount))
    return t("overview.semicolon").join(parts) + t("overview.stop")


def _name(group: str | None, query: Query, look: Look) -> str:
    return t("teams.nobody") if group is None else codes.word(look.language, query.by, group)


def ranking(query: Query, look: Look) -> str | None:
    """The table, best first; returns the group of the ticked row, the first when none is."""
    rows = cache.report("team-ranking", query)
    names = pl.Series(query.by, [_name(group, query, look) for group in rows["group"]])
    shown = reps.with_won_closed(rows).with_columns(names)
    with layout.card(t("teams.ranking_title"), t("teams.ranking_read")):
        reps.rank_by(query)
        ticked = tables.table(
            shown,
            ["rank", query.by, "reps", query.rank_by, *reps.others(rows, query.rank_by, _COLUMNS)],
            look,
            key=f"teams.ranking.{query.by}.{query.rank_by}",
            alt=t("teams.ranking_alt", count=fmt.count(rows.height), name=names[0]),
            bar=query.rank_by,
            widths={**_WIDTHS, query.by: tables.name_width(names)},
            selects=True,
        )
        if ticked is not None:
            layout.hold()
        file = f"{query.by}-ranking-{look.language}"
        tables.downloads(rows, look, name=file, key="teams.ranking", title="Ranking")
    group: str | None = rows["group"][ticked or 0]
    return group


def members(query: Query, look: Look, group: str | None) -> None:
    """What each rep did for one group."""
    name = _name(group, query, look)
    rows = cache.report("team-members", query)
    rows = rows.filter(pl.col("group").eq_missing(pl.lit(group, pl.String)))
    here = pl.when("is_member").then(pl.lit(t("teams.here"))).otherwise(pl.lit(t("teams.gone")))
    shown = reps.with_won_closed(rows).with_columns(is_member=here)
    shown = shown.sort("won_amount", "rep_id", descending=[True, False])
    title = t("teams.members_title", group=fmt.escaped(name))
    with layout.card(title, t("teams.members_read"), height="content"):
        tables.table(
            shown,
            ["rep", "is_member", *(n for n in _PARTS if n not in rows.columns or rows[n].count())],
            look,
            key=f"teams.members.{query.by}",
            alt=t("teams.members_alt", group=name, count=fmt.count(rows.height)),
            bar="won_amount",
            widths={**_WIDTHS, "rep": tables.name_width(rows["rep"])},
            opens=("rep",),
        )
        file = f"{query.by}-members-{look.language}"
        tables.downloads(rows, look, name=file, key="teams.members", title="Members")


def win_rates(query: Query, look: Look) -> None:
    """Whether the groups' win rates really differ."""
    rows = cache.report("team-ranking", query)
    if not rows["adjusted_rate"].count():
        return
    with layout.card(t("teams.rates_title"), t("teams.rates_read", few=FEWEST_DECIDED)):
        pair = ("team-ranking", query), ("overview", replace(query, rep=(), team=()))
        chart = cache.chart(charts.win_rates, look, *pair, by=query.by, few=FEWEST_DECIDED)
        best = rows.drop_nulls("adjusted_rate").sort("adjusted_rate").row(-1, named=True)
        rate = fmt.rate(best["adjusted_rate"], 0)
        alt = t("reps.rates_alt", best=_name(best["group"], query, look), rate=rate)
        layout.show(chart, "teams.rates", alt)
