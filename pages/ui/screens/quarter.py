"""The quarter screen: its period, sentence, cards and findings."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import polars as pl
import streamlit as st

from analytics import periods
from analytics.comparisons import MEASURES
from analytics.periods import Period
from analytics.query import Query
from analytics.win_curves import ALL
from pages.ui import cache, codes, finding_words, layout, menu, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.layout import Change
from pages.ui.session import t

Row = Mapping[str, Any]
ADDRESS = "quarter"
_BACK = 8  # quarters to choose from
_DAY = timedelta(days=1)


def choose(query: Query) -> Query:
    """Draw the choice of the quarter; the question about the one chosen."""
    offered = {period.since.isoformat(): period for period in _quarters(query.as_of)}
    asked = session.in_address(ADDRESS)
    session.start("quarter.of", asked if asked in offered else next(iter(offered)))
    words = {since: _words(period, query.as_of) for since, period in offered.items()}
    chosen = st.selectbox(
        t("quarter.of"),
        list(offered),
        format_func=words.__getitem__,
        key="quarter.of",
        label_visibility="collapsed",
        width=340,
    )
    session.put_in_address(ADDRESS, chosen)
    return query.over(*offered[chosen])


def _quarters(as_of: date) -> list[Period]:
    """The quarter that runs and those before it, the latest first."""
    running = periods.preset("quarter", as_of, cache.settings().fiscal_month)
    starts = [periods.shift(running.since, -3 * n) for n in range(_BACK)]
    return [Period(since, periods.shift(since, 3)) for since in starts]


def _words(period: Period, as_of: date) -> str:
    language = session.language()
    key = "quarter.running" if as_of < period.until - _DAY else "quarter.whole"
    return t(
        key,
        first=fmt.month(period.since, language),
        last=fmt.month(period.until - _DAY, language),
        day=fmt.short_day(as_of, language),
    )


def is_empty(query: Query) -> bool:
    """Whether nothing is known of the quarter that could be compared."""
    return all(row["now"] == fmt.UNKNOWN for row in _totals(query, cache.look("en")))


def nothing_yet() -> None:
    """The empty state of a department without records."""
    with layout.empty("calendar_view_month", t("quarter.empty"), t("quarter.empty_why")):
        menu.link("deals", label=t("overview.empty_deal"), icon=":material/add:")


def _totals(query: Query, look: Look) -> list[dict[str, Any]]:
    """Rows of everything in `quarter-changes`, with their present value in words."""
    rows = cache.report("quarter-changes", query).filter(pl.col("group_id") == ALL)
    return [{**row, "now": finding_words.figure(row, "now", look)} for row in rows.to_dicts()]


def compared(query: Query) -> str:
    """Which days stand beside which, and that a running quarter is cut like for like."""
    period = query.period()
    assert period
    days = [
        t("filters.days", since=fmt.day(p.since, _lang()), last=fmt.day(p.until - _DAY, _lang()))
        for p in (
            Period(period.since, min(period.until, query.as_of + _DAY)),
            *(periods.compared(period, query.as_of, against) for against in periods.AGAINST),
        )
    ]
    return t("quarter.compared", now=days[0], previous=days[1], last_year=days[2])


def _lang() -> str:
    return session.language()


def sentence(query: Query, look: Look) -> str:
    """The answer: what was won, against both, and whether chance explains it."""
    won = [row for row in _totals(query, look) if row["measure"] == "won_amount"]
    parts = [t("quarter.answer", amount=won[0]["now"])]
    parts += [
        t(
            f"quarter.answer_{row['against']}",
            change=finding_words.change(row, look),
            verdict=codes.word(look.language, "verdict", row["verdict"]),
        )
        for row in won
        if row["verdict"]
    ]
    return t("overview.semicolon").join(parts) + t("overview.stop")


def wall(query: Query, look: Look) -> None:
    """A card for each measure: the change against the last quarter, and against the year before."""
    rows = _totals(query, look)
    with st.grid(3, min_column_width=150, gap="small"):
        for measure in MEASURES:
            previous, year = (
                next(r for r in rows if r["measure"] == measure and r["against"] == against)
                for against in periods.AGAINST
            )
            layout.kpi(
                t(f"columns.{measure}"),
                previous["now"],
                _change(previous, look),
                t("quarter.on_last"),
                fact="  \n".join((_fact("card", previous, look), _fact("card_year", year, look))),
                rows=measure,
            )


def _change(row: Row, look: Look) -> Change | None:
    """The change; only what lies beyond chance has a colour and an arrow."""
    if row["verdict"] is None:
        return None
    is_up = row["verdict"] == "up" if row["verdict"] in ("up", "down") else None
    return Change(finding_words.figure(row, "change", look, signed=True), is_up, is_up)


def _fact(key: str, row: Row, look: Look) -> str:
    if row["verdict"] is None:
        return t(f"quarter.{key}_unknown")
    change = finding_words.figure(row, "change", look, signed=True)
    verdict = codes.word(look.language, "verdict", row["verdict"])
    return t(f"quarter.{key}", change=change, verdict=verdict)


def findings(query: Query, look: Look) -> None:
    """The sentences, those against the last quarter beside those against the year before."""
    rows = cache.report("quarter-findings", replace(query, by="rep"))
    columns = st.columns(2, gap="small")
    for against, column in zip(periods.AGAINST, columns, strict=True):
        with column, layout.card(t(f"quarter.findings_{against}"), t("quarter.findings_read")):
            own = rows.filter(pl.col("against") == against)
            for kind in own["finding"].unique(maintain_order=True):
                heading = codes.word(look.language, "finding", kind)
                lines = _lines(own.filter(pl.col("finding") == kind), look)
                _list(heading, lines)
            if causes := bridge(query, look, against):
                _list(t("quarter.bridge_title"), [fmt.literal(causes)])


def _list(heading: str, lines: list[str]) -> None:
    st.markdown("\n".join([f"**{heading}**", "", *(f"- {line}" for line in lines)]))


def bridge(query: Query, look: Look, against: str) -> str:
    """Why gross profit changed against a period, in a sentence; empty where it is unknown."""
    rows = bridged(query, against)
    return "" if rows.is_empty() else finding_words.bridge(rows.to_dicts(), look)


def bridged(query: Query, against: str) -> pl.DataFrame:
    """The report `margin-bridge` against a period; no rows where profits cannot be compared."""
    rows = cache.report("margin-bridge", replace(query, against=against))
    total = cache.report("quarter-changes", query).filter(
        pl.col("group_id") == ALL,
        pl.col("measure") == "gross_profit",
        pl.col("against") == against,
        pl.col("verdict").is_not_null(),
    )
    return rows.clear() if total.is_empty() else rows


def _lines(found: pl.DataFrame, look: Look) -> list[str]:
    """A sentence for each finding, the movers of one dimension in one line."""
    said: dict[object, list[str]] = {}
    for row in found.to_dicts():
        line = row["dimension"] if row["finding"] == "mover" else row["position"]
        words = finding_words.sentence(row, look, fmt.escaped)
        said.setdefault(line, []).append(fmt.literal(words))
    return [t("overview.semicolon").join(words) for words in said.values()]
