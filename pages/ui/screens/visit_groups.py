"""What the cards of the visit screen group by, and the names of the groups."""

from collections.abc import Sequence

import polars as pl
import streamlit as st

from analytics.query import DIMENSIONS
from pages.ui import codes, session
from pages.ui import format as fmt
from pages.ui.charts.figure import Look
from pages.ui.charts.visits import MOST
from pages.ui.session import t

Group = tuple[str, str]  # dimension and value of a mark that was clicked
BY_KIND = ("kind", *DIMENSIONS)


def choice(name: str, options: Sequence[str], *, default: str) -> str:
    """What a card groups by, chosen by the person."""
    return str(
        st.selectbox(
            t("visit_analysis.dimension"),
            options,
            index=options.index(default),
            format_func=session.words("filters", options).__getitem__,
            key=f"visit_analysis.{name}",
            label_visibility="collapsed",
            width=190,
        )
    )


def segmented(
    name: str, options: tuple[str, ...], words: str, *, default: str | None = None
) -> str:
    """One of a few options, all in sight; `words` is the section that names them."""
    return str(
        st.segmented_control(
            t(f"visit_analysis.{name}"),
            options,
            format_func=session.words(words, options).__getitem__,
            default=default or options[0],
            key=f"visit_analysis.{name}",
            required=True,
            label_visibility="collapsed",
        )
    )


def most_note(groups: pl.DataFrame) -> None:
    """That not all groups are drawn, where that is so."""
    if groups.height > MOST:
        st.caption(t("visit_analysis.most", shown=MOST, all=fmt.count(groups.height)))


def is_of(by: str, value: str) -> pl.Expr:
    """True for rows of a clicked group; the empty value stands for unknown."""
    text = pl.col("rep_id" if by == "rep" else by).cast(pl.String)
    return text == value if value else text.is_null()


def name_of(by: str, group: str | None, look: Look) -> str:
    """A group by its name, never its id."""
    return t("common.unknown") if group is None else codes.word(look.language, by, group)


def label(groups: pl.DataFrame, clicked: Group, look: Look) -> str:
    """The name of a clicked group."""
    by, value = clicked
    found = groups.filter(pl.col("group_id").fill_null("") == value)["group"]
    return name_of(by, found[0] if found.len() else None, look)


def worded(groups: pl.DataFrame, by: str, look: Look) -> pl.DataFrame:
    """Groups with their names in a column that is called as what they are."""
    words = [name_of(by, group, look) for group in groups["group"]]
    return groups.drop("group").insert_column(0, pl.Series(by, words, pl.String))
