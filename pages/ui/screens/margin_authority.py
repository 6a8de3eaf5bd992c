"""Who would decide under other limits, and whether margins are moved over them."""

from dataclasses import replace

import polars as pl
import streamlit as st

from analytics import bunching, tiers
from analytics.query import Query
from pages.ui import cache, layout, questions, rows, session, tables
from pages.ui import format as fmt
from pages.ui.charts import authority as charts
from pages.ui.charts.figure import Look
from pages.ui.session import t

_ADDRESS = "limits"  # where a link keeps the limits that are tried
_COLUMNS = (
    "tier", "margin_range", "count", "count_change", "count_rate", "amount", "amount_rate",
    "gross_profit", "gross_profit_rate",
)  # fmt: skip
_WIDTHS = {
    "tier": 84, "margin_range": 96, "count": 60, "count_change": 80, "count_rate": 76,
    "amount": 96, "amount_rate": 76, "gross_profit": 96, "gross_profit_rate": 88,
}  # fmt: skip
_LIMIT_COLUMNS = ("mark_rate", "bunched", "above", "below", "corrected_p_value")
_LIMIT_WIDTHS = {
    "mark_rate": 64, "bunched": 110, "above": 104, "below": 104, "corrected_p_value": 86,
}  # fmt: skip


def with_limits(query: Query) -> Query:
    """The question under the limits of the address; today's where it names none."""
    return replace(query, limits=_in_address())


def _in_address() -> tuple[int, ...]:
    try:
        return questions.limits(session.in_address(_ADDRESS) or "")
    except questions.QuestionError:
        return tiers.PERCENTS


def sentence(query: Query, look: Look) -> str:
    """The answer: what needs approval, what it brings, what the rep decides alone."""
    row = cache.report("margin-approvals", query).row(query.limits[0], named=True)
    alone = cache.report("margin-authority", query).row(0, named=True)
    parts = [
        t(
            "authority.answer",
            count=fmt.count(row["count"]),
            rate=fmt.rate(row["count_rate"], 0),
            limit=query.limits[0],
            amount=look.money(row["amount"]),
            profit=look.money(row["gross_profit"]),
        ),
        t("authority.answer_alone", count=fmt.count(alone["count"])),
    ]
    return t("overview.semicolon").join(parts) + t("overview.stop")


def tried(query: Query, look: Look) -> None:
    """Three sliders, and what each tier would decide beside what it decides today."""
    found = cache.report("margin-authority", query)
    with layout.card(t("authority.title"), t("authority.read"), height="content"):
        with st.grid(len(tiers.LIMITS), min_column_width=150, gap="small"):
            for tier, limit in zip(tiers.LIMITS, query.limits, strict=True):
                _slider(tier, limit)
        if query.limits != tiers.PERCENTS:
            st.button(
                t("authority.reset"), icon=":material/undo:", key="limits.reset", on_click=_reset
            )
        ticked = tables.table(
            found.with_columns(margin_range=pl.Series(_ranges(query.limits))),
            _COLUMNS if query.limits != tiers.PERCENTS else _without_change(),
            look,
            key="margin.tiers",
            alt=_alt(found),
            widths=_WIDTHS,
            selects=True,
        )
        name = f"margin-authority-{look.language}"
        tables.downloads(found, look, name=name, key="margin.tiers", title="Authority")
    if ticked is not None:
        layout.hold()
        _decided(query, look, tiers.TIERS[ticked])


def _decided(query: Query, look: Look, tier: str) -> None:
    """The won deals that a tier would decide."""
    every = cache.report("margin-rows", query)
    found = every.filter(pl.col("tier").cast(pl.String) == tier)
    title = t("authority.rows", tier=t(f"tier.{tier}"))
    rows.margins(found, look, title=title, key="margin.tier", expanded=True)


def _without_change() -> list[str]:
    return [name for name in _COLUMNS if name != "count_change"]


def _slider(tier: str, limit: int) -> None:
    session.keep(f"limits.{tier}", limit)
    st.slider(
        t("authority.from", tier=t(f"tier.{tier}")),
        min_value=0,
        max_value=100,
        format="%d%%",
        key=f"limits.{tier}",
        on_change=_moved,
        args=(tier,),
    )


def _moved(tier: str) -> None:
    limits = _in_address()
    position = list(tiers.LIMITS).index(tier)
    percents = tiers.moved(limits, position, int(session.recall(f"limits.{tier}")))
    text = ",".join(map(str, percents))
    session.put_in_address(_ADDRESS, None if percents == tiers.PERCENTS else text)


def _reset() -> None:
    session.put_in_address(_ADDRESS, None)


def _ranges(percents: tuple[int, ...]) -> list[str]:
    """The margins each tier decides, in words."""
    upper = [None, *percents]
    lower = [*percents, None]
    return [
        f"≥ {low}%" if high is None else f"< {high}%" if low is None else f"{low}% – {high}%"
        for low, high in zip(lower, upper, strict=True)
    ]


def _alt(found: pl.DataFrame) -> str:
    counts = {row["tier"]: fmt.count(row["count"]) for row in found.iter_rows(named=True)}
    parts = [f"{t(f'tier.{tier}')} {counts[tier]}" for tier in tiers.TIERS]
    return t("authority.alt", counts=t("common.sep").join(parts))


def approvals(query: Query, look: Look) -> None:
    """What needs approval above the rep, for every limit that the rep might have."""
    found = cache.report("margin-approvals", query)
    present = tiers.PERCENTS[0]
    with layout.card(t("authority.approvals_title"), t("authority.approvals_read")):
        chart = cache.chart(
            charts.approvals, look, ("margin-approvals", query), asked=query.limits[0],
            present=present,
        )  # fmt: skip
        now = found.row(present, named=True)
        alt = t(
            "authority.approvals_alt",
            limit=present,
            rate=fmt.rate(now["count_rate"], 0),
            profit=fmt.rate(now["gross_profit_rate"], 0),
        )
        layout.show(chart, "margin.approvals", alt)
        name = f"margin-approvals-{look.language}"
        tables.downloads(found, look, name=name, key="margin.approvals", title="Approvals")


def moved(query: Query, look: Look) -> None:
    """Whether deals are moved over a limit, with the other round marks as placebos."""
    marks = cache.report("margin-bunching", query)
    limits = marks.drop_nulls("tier")
    with layout.card(t("bunching.title"), t("bunching.read")):
        count = marks["count"][0]
        if count < bunching.FEWEST:
            few = {"count": fmt.count(count), "fewest": fmt.count(bunching.FEWEST)}
            st.markdown(t("bunching.few", **few))
            return
        verdict = _verdict(limits)
        st.markdown(fmt.literal(verdict))
        chart = cache.chart(charts.bunching, look, ("margin-bunching", query))
        layout.show(chart, "margin.bunching", verdict.replace("**", ""))
        tables.table(
            limits.sort("mark_rate", descending=True).with_columns(
                pl.col("corrected_p_value").map_elements(fmt.chance, pl.String, skip_nulls=False)
            ),
            _LIMIT_COLUMNS,
            look,
            key="margin.bunching",
            alt=verdict.replace("**", ""),
            widths=_LIMIT_WIDTHS,
        )
        st.caption(t("bunching.unsaid"))
        name = f"margin-bunching-{look.language}"
        tables.downloads(marks, look, name=name, key="margin.bunching", title="Bunching")


def _verdict(limits: pl.DataFrame) -> str:
    """At which limits margins were moved, and at which nobody can tell."""
    named: dict[str, list[str]] = {"moved": [], "chance": [], "few": []}
    for row in limits.sort("mark_rate", descending=True).iter_rows(named=True):
        named[row["bunched"]].append(fmt.rate(row["mark_rate"], 0))
    said = [
        t(f"bunching.at_{verdict}", limits=t("common.sep").join(marks))
        for verdict, marks in named.items()
        if marks
    ]
    words = t("overview.semicolon").join(said) + t("overview.stop")
    return words[0].upper() + words[1:]
