"""What an import asks a person to decide: rows with a choice beside each, and one button."""

from collections.abc import Callable, Mapping

import polars as pl
import streamlit as st
from streamlit.column_config import SelectboxColumn, TextColumn

from pages.ui import format as fmt
from pages.ui import layout
from pages.ui.session import t


def draw(
    shown: pl.DataFrame,
    choices: Mapping[str, str],
    asked: str,
    count: int,
    decide: Callable[[pl.Series], None],
) -> None:
    """The rows in words, their column `choice` to be set to one of `choices` (code -> words).

    `asked` is what is decided, "conflict" or "duplicate", of which there are `count`;
    `decide` takes the codes that were chosen, row by row.
    """
    key, said = f"importing.{asked}s", {words: code for code, words in choices.items()}
    with layout.section(t(key, count=fmt.count(count)), t(f"{key}_why")):
        edited = st.data_editor(
            shown.with_columns(pl.col("choice").replace(choices)),
            hide_index=True,
            disabled=[name for name in shown.columns if name != "choice"],
            column_config={
                **{name: TextColumn(t(f"importing.{asked}_{name}")) for name in shown.columns},
                "choice": SelectboxColumn(
                    t(f"importing.{asked}_choice"), options=list(said), required=True
                ),
            },
            placeholder=fmt.UNKNOWN,
            key=key,
            alt=t(f"{key}_alt"),
        )
        st.button(
            t("importing.decide"),
            key=f"{key}.decide",
            icon=":material/rule:",
            on_click=decide,
            args=(edited["choice"].replace(said),),
        )
