"""The rows behind a picture: which deals make a number, with their downloads."""

from collections.abc import Sequence

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.ui import cache, opening, session, tables
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.session import t

FEW = 10  # rows shown without scrolling
MOST = 500  # rows drawn; the downloads hold all
_DEAL_COLUMNS = (
    "deal", "customer", "rep", "product", "stage", "status", "opened_on", "closed_on",
    "amount", "gross_profit", "margin_rate",
)  # fmt: skip
_VISIT_COLUMNS = ("visited_on", "customer", "kind", "rep", "minutes", "deal", "next_on", "team")
_STAY_COLUMNS = (
    "deal", "customer", "rep", "entered_on", "left_on", "stay_days", "stage", "status",
    "amount",
)  # fmt: skip
_MOVE_COLUMNS = (
    "deal", "customer", "rep", "from_stage", "to_stage", "moved_on", "stay_days", "stage",
    "status", "amount",
)  # fmt: skip
_MARGIN_COLUMNS = (
    "customer", "gross_profit", "margin_rate", "amount", "tier", "product", "category", "rep",
    "closed_on", "deal",
)  # fmt: skip


def deals(
    rows: pl.DataFrame, look: Look, *, title: str, key: str, expanded: bool, hint: str = ""
) -> None:
    """A fold with deal rows (report `deals`), its title naming how many there are."""
    fold = _fold(rows, title, key, expanded=expanded)
    _fill(fold, rows, _DEAL_COLUMNS, look, title, key, "deals", "" if expanded else hint)


def margins(
    rows: pl.DataFrame, look: Look, *, title: str, key: str, expanded: bool, hint: str = ""
) -> None:
    """A fold with won deals or lines and their margins (report `margin-rows`)."""
    fold = _fold(rows, title, key, expanded=expanded)
    columns = [n for n in _MARGIN_COLUMNS if n not in ("product", "category") or rows[n].count()]
    _fill(fold, rows, columns, look, title, key, "margins", "" if expanded else hint)


def visits(rows: pl.DataFrame, look: Look, *, title: str, key: str, expanded: bool) -> None:
    """A fold with visits (report `visit-rows`)."""
    fold = _fold(rows, title, key, expanded=expanded)
    _fill(fold, rows, _VISIT_COLUMNS, look, title, key, "visits", "")


def stays(rows: pl.DataFrame, look: Look, *, title: str, key: str, expanded: bool) -> None:
    """A fold with stays of deals in one stage (report `stays`)."""
    fold = _fold(rows, title, key, expanded=expanded)
    _fill(fold, rows, _STAY_COLUMNS, look, title, key, "stays", "")


def moves(
    rows: pl.DataFrame, look: Look, *, title: str, key: str, expanded: bool, hint: str = ""
) -> None:
    """A fold with moves of deals between stages (report `moves`)."""
    fold = _fold(rows, title, key, expanded=expanded)
    _fill(fold, rows, _MOVE_COLUMNS, look, title, key, "moves", "" if expanded else hint)


def listed(
    rows: pl.DataFrame,
    columns: Sequence[str],
    look: Look,
    *,
    title: str,
    key: str,
    name: str,
    expanded: bool = True,
    hint: str = "",
) -> None:
    """A fold with rows of any report; `name` is that of the file they download as."""
    fold = _fold(rows, title, key, expanded=expanded)
    _fill(fold, rows, columns, look, title, key, name, "" if expanded else hint)


def _fold(rows: pl.DataFrame, title: str, key: str, *, expanded: bool) -> DeltaGenerator:
    count = t("common.rows_shown", count=fmt.count(rows.height))
    label = f"{fmt.escaped(title)} · {count}"
    state = "open" if expanded else "shut"  # under one key a fold stays as it first was
    return st.expander(
        label, expanded=expanded, icon=":material/table_rows:", key=f"{key}.fold.{state}"
    )


def _fill(
    fold: DeltaGenerator,
    rows: pl.DataFrame,
    columns: Sequence[str],
    look: Look,
    title: str,
    key: str,
    name: str,
    hint: str,
) -> None:
    with fold:
        if rows.is_empty():
            st.caption(t("common.no_rows" if cache.sees_all() else "common.no_rows_reached"))
            return
        if hint:
            st.caption(hint)
        tables.table(
            rows.head(MOST),
            columns,
            look,
            key=f"{key}.rows",
            alt=title,
            opens=[subject for subject in opening.SUBJECTS if f"{subject}_id" in rows.columns],
            height=420 if rows.height > FEW else "content",
        )
        if rows.height > MOST:
            st.caption(t("common.first_rows", shown=fmt.count(MOST), all=fmt.count(rows.height)))
        file = f"{name}-{session.language()}"
        tables.downloads(rows, look, name=file, key=key, title=name.capitalize())
