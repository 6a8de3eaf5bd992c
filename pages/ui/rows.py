"""The rows behind a picture: which deals make a number, with their downloads."""

import polars as pl
import streamlit as st

from pages.ui import format as fmt
from pages.ui import session, tables
from pages.ui.charts.figure import Look
from pages.ui.session import t

MOST = 500  # rows drawn; the downloads hold all
_DEAL_COLUMNS = (
    "deal", "customer", "rep", "product", "stage", "status", "opened_on", "closed_on",
    "amount", "gross_profit", "margin_rate",
)  # fmt: skip


def deals(
    rows: pl.DataFrame, look: Look, *, title: str, key: str, expanded: bool, hint: str = ""
) -> None:
    """A fold with deal rows (report `deals`), its title naming how many there are."""
    count = t("common.rows_shown", count=fmt.count(rows.height))
    label = f"{fmt.escaped(title)} · {count}"
    fold = st.expander(label, expanded=expanded, icon=":material/table_rows:", key=f"{key}.fold")
    with fold:
        if rows.is_empty():
            st.caption(t("common.no_rows"))
            return
        if hint and not expanded:
            st.caption(hint)
        tables.table(rows.head(MOST), _DEAL_COLUMNS, look, key=f"{key}.rows", alt=title, height=420)
        tables.downloads(rows, look, name=f"deals-{session.language()}", key=key, title="Deals")
