"""The ranking screen's sentence and cards."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import polars as pl
import streamlit as st

from analytics.query import Query
from analytics.reps import RANK_COLUMNS
from analytics.scores import FEWEST_DECIDED
from pages.ui import cache, codes, comparing, layout, menu, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import reps as charts
from pages.ui.charts.figure import Look
from pages.ui.layout import Change
from pages.ui.screens import behind
from pages.ui.screens.figures import Comparison, against, card_money, compared
from pages.ui.session import t

Row = Mapping[str, Any]
_ADDRESS = "rank_by"  # where a link keeps the ranking column
_OF_WON = ("won_amount", "gross_profit", "won")  # nobody leads on these with nothing won
BEHIND = 0.2  # attainment this far under the calendar is called out
_COLUMNS = (
    "won_amount", "attainment_rate", "trend", "gross_profit", "margin_rate",
    "adjusted_rate", "won_closed", "visits", "on_time_rate", "team",
)  # fmt: skip
_WIDTHS = {
    "rank": 40, "rank_change": 52, "attainment_rate": 84, "trend": 76, "gross_profit": 104,
    "margin_rate": 68, "adjusted_rate": 88, "won_closed": 84, "visits": 54, "on_time_rate": 60,
}  # fmt: skip


def ranked(query: Query) -> Query:
    """The question with the ranking column that the person chose, or that a link names."""
    asked = session.recall("reps.rank_by") or session.in_address(_ADDRESS)
    return replace(query, rank_by=asked) if asked in RANK_COLUMNS else query


def is_empty(query: Query) -> bool:
    """Whether there is nobody to rank."""
    return cache.report("rep-ranking", query).is_empty()


def nobody(query: Query) -> None:
    """The empty state of a department without reps."""
    with layout.empty("leaderboard", t("reps.empty"), t("reps.empty_why")):
        menu.link("department", label=t("reps.empty_link"), icon=":material/tune:")


def sentence(query: Query, look: Look) -> str:
    """The answer: who leads, who is far behind, whether win rates really differ."""
    ranking = cache.report("rep-ranking", query)
    total = cache.report("overview", query).row(0, named=True)
    parts = [_leader(ranking, query, look), _behind(ranking, total), _differences(ranking, total)]
    return t("overview.semicolon").join(p for p in parts if p) + t("overview.stop")


def _leader(ranking: pl.DataFrame, query: Query, look: Look) -> str:
    placed = ranking.drop_nulls("rank")
    if placed.is_empty():
        return t("reps.answer_unranked")
    if query.rank_by in _OF_WON and not placed["won"].sum():
        return t("reps.answer_none_won")
    first = placed.row(0, named=True)
    name, value = fmt.escaped(first["rep"]), figure(query.rank_by, first[query.rank_by], look)
    if query.rank_by != "won_amount":
        column = t(f"columns.{query.rank_by}")
        return t("reps.answer_leader", name=name, column=column, value=value)
    words = t("reps.answer_leader_won", name=name, value=value)
    if first["attainment_rate"] is None:
        return words
    rate = fmt.rate(first["attainment_rate"], 0)
    return words + t("overview.comma") + t("reps.answer_attained", rate=rate)


def _behind(ranking: pl.DataFrame, total: Row) -> str:
    if total["elapsed_rate"] is None:
        return ""
    late = ranking.filter(pl.col("attainment_rate") < total["elapsed_rate"] - BEHIND).height
    points = f"{BEHIND * 100:.0f}"
    return t("reps.answer_behind", count=late, points=points) if late else ""


def _differences(ranking: pl.DataFrame, total: Row) -> str:
    rate = total["win_rate"]
    if rate is None or not ranking["adjusted_rate"].count():
        return ""
    outside = ranking.filter(
        (pl.col("adjusted_low_rate") > rate) | (pl.col("adjusted_high_rate") < rate)
    ).height
    return t("reps.answer_differ", count=outside) if outside else t("reps.answer_alike")


def figure(column: str, value: Any, look: Look) -> str:  # noqa: ANN401 - any column's value
    """A value of the ranking as words, by its column's unit."""
    if column.endswith(("amount", "gross_profit")):
        return look.money(value)
    if column.endswith("_rate"):
        return fmt.rate(value)
    if column.endswith("_days"):
        return f"{fmt.count(value)} {t('common.day')}"
    return fmt.count(value, 1 if isinstance(value, float) else 0)


def ranking(query: Query, look: Look) -> str:
    """The table, best first; returns the rep of the ticked row, the first when none is."""
    rows = cache.report("rep-ranking", query)
    read = t("reps.ranking_read")
    if query.since is not None:
        read = t("reps.ranking_change", against=against()) + read
    with layout.card(t("reps.ranking_title"), read):
        rank_by(query)
        ticked = tables.table(
            _shown(rows),
            ("rank", "rank_change", "rep", query.rank_by, *others(rows, query.rank_by)),
            look,
            key=f"reps.ranking.{query.rank_by}",
            alt=t("reps.ranking_alt", count=fmt.count(rows.height)),
            bar=query.rank_by,
            widths={**_WIDTHS, "rep": tables.name_width(rows["rep"])},
            selects=True,
        )
        if ticked is not None:
            layout.hold()
        name = f"ranking-{look.language}"
        tables.downloads(rows, look, name=name, key="reps.ranking", title="Ranking")
    return str(rows["rep_id"][ticked or 0])


def rank_by(query: Query) -> None:
    """The choice of the ranking column, and what is special about it."""
    columns = session.words("columns", RANK_COLUMNS)
    offered = {name: t("reps.by", column=words) for name, words in columns.items()}
    session.keep("reps.rank_by", query.rank_by)
    st.selectbox(
        t("reps.rank_by"),
        RANK_COLUMNS,
        format_func=offered.__getitem__,
        key="reps.rank_by",
        on_change=_rank_changed,
        label_visibility="collapsed",
        width=230,
    )
    if query.rank_by == "adjusted_rate":
        st.caption(t("reps.by_low_end", few=FEWEST_DECIDED))


def _rank_changed() -> None:
    session.put_in_address(_ADDRESS, session.recall("reps.rank_by"))


def others(rows: pl.DataFrame, rank_by: str, columns: Sequence[str] = _COLUMNS) -> list[str]:
    """The columns beside the ranking one, without those that are unknown of everybody."""
    known = [n for n in columns if n not in rows.columns or rows[n].count()]
    return [name for name in known if name != rank_by]


def with_won_closed(rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with won of closed in one column."""
    return rows.with_columns(pl.format("{} / {}", "won", "closed").alias("won_closed"))


def _shown(rows: pl.DataFrame) -> pl.DataFrame:
    """The ranking with its change as arrows and won of closed in one column."""
    change = pl.col("rank_change")
    arrow = (
        pl.when(change > 0)
        .then(pl.format("▲ {}", change))
        .when(change < 0)
        .then(pl.format("▼ {}", -change))
        .when(change == 0)
        .then(pl.lit("–"))
    )
    return with_won_closed(rows).with_columns(arrow.alias("rank_change"))


def win_rates(query: Query, look: Look) -> str | None:
    """Whether win rates really differ; returns the rep whose dot was clicked."""
    rows = cache.report("rep-ranking", query)
    is_known = rows["adjusted_rate"].count() > 0
    read = t("reps.rates_read", few=FEWEST_DECIDED) if is_known else _why_no_rate(rows)
    with layout.card(t("reps.rates_title"), read):
        if not is_known:
            return None
        pair = ("rep-ranking", query), ("overview", _department(query))
        chart = cache.chart(charts.win_rates, look, *pair, few=FEWEST_DECIDED)
        best = rows.drop_nulls("adjusted_rate").sort("adjusted_rate").row(-1, named=True)
        alt = t("reps.rates_alt", best=best["rep"], rate=fmt.rate(best["adjusted_rate"], 0))
        clicked = layout.show(chart, "reps.rates", alt, selects=True)
        st.caption(t("reps.rates_prior"))
        return clicked


def _department(query: Query) -> Query:
    return replace(query, rep=(), team=())


def _why_no_rate(rows: pl.DataFrame) -> str:
    return t("reps.orders_only") if rows["won"].sum() else t("reps.none_closed")


def card(query: Query, look: Look, rep_id: str) -> None:
    """One rep at a glance, with the way to their page."""
    rows = cache.report("rep-ranking", query)
    row = rows.row(by_predicate=pl.col("rep_id").cast(pl.String) == rep_id, named=True)
    known = compared(replace(query, rep=(rep_id,)), look)
    now = known.now
    with st.container(border=True, gap="xsmall", height="content"):
        with st.container(horizontal=True, horizontal_alignment="distribute"):
            with st.container(horizontal=True, width="content", vertical_alignment="center"):
                st.subheader(fmt.escaped(row["rep"]), anchor=False, width="content")
                st.badge(place(row))
            menu.link(
                "rep",
                label=t("reps.open"),
                icon=":material/arrow_forward:",
                query_params=session.address(session.filters().choosing("rep", (rep_id,))),
            )
        pipeline = t(
            "reps.open_deals", count=fmt.count(now["open"]), amount=look.money(now["open_amount"])
        )
        st.caption(f"{belongs(row, look)} · {pipeline}")
        _metrics(row, known)
        if known.other["since"] is not None:
            st.caption(t("reps.card_read", against=comparing.words(comparing.chosen())))


def rows_of(query: Query, look: Look, rep_id: str, *, clicked: bool) -> None:
    """The deals that one rep's win rate counts, open once the rep was chosen in the chart."""
    found = behind.made_of("win_rate", replace(query, rep=(rep_id,)))
    name = cache.frame("reps").filter(pl.col("rep_id").cast(pl.String) == rep_id)["rep"][0]
    title = t("reps.rows", name=name)
    rows.deals(found, look, title=title, key=f"reps.{rep_id}", expanded=clicked)


def place(row: Row) -> str:
    """The rank in words with its change: 第 3 名，▲ 2."""
    if row["rank"] is None:
        return t("reps.unranked")
    change = row["rank_change"]
    if not change:
        return t("reps.place", rank=row["rank"])
    arrow = f"{'▲' if change > 0 else '▼'} {abs(change)}"
    return t("reps.place", rank=row["rank"]) + t("overview.comma") + arrow


def belongs(row: Row, look: Look) -> str:
    """Team and status, escaped for a sentence."""
    parts = [
        fmt.escaped(row["team"]) if row["team"] else None,
        codes.word(look.language, "status", row["status"]) if row["status"] else None,
    ]
    return " · ".join(part for part in parts if part)


def _metrics(row: Row, known: Comparison) -> None:
    now, interval = known.now, None
    if row["adjusted_rate"] is not None:
        low, high = row["adjusted_low_rate"], row["adjusted_high_rate"]
        interval = Change(f"{low * 100:.0f}–{fmt.rate(high, 0)}", None, None)
    with st.grid(3, min_column_width=110, gap="small"):
        money = card_money(now["won_amount"], known.look)
        _metric("won_amount", money, known.of_sum("won_amount")[0])
        for name in ("attainment_rate", "margin_rate"):
            _metric(name, fmt.rate(now[name]), known.of_rate(name)[0])
        _metric("adjusted_rate", fmt.rate(row["adjusted_rate"], 0), interval)
        _metric("visits", fmt.count(now["visits"]), known.of_sum("visits")[0])
        _metric("on_time_rate", fmt.rate(row["on_time_rate"], 0), None)


def _metric(column: str, value: str, change: Change | None) -> None:
    layout.metric(t(f"columns.{column}"), value, change)
