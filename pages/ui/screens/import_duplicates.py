"""New customers of an import that look like stored ones: the same, or new?"""

from dataclasses import replace

import polars as pl
import streamlit as st
from streamlit.column_config import SelectboxColumn, TextColumn

from data.importing import lookalikes
from data.importing.result import ImportResult
from pages.ui import alike, layout, uploading
from pages.ui import format as fmt
from pages.ui.session import t

_SHOWN = ("name", "stored_name", "owner", "level", "reasons", "choice")


def draw(result: ImportResult) -> None:
    """Each pair with why and how sure, a choice beside it, and the button that decides."""
    found = result.duplicates
    if found.is_empty():
        return
    words = {code: t(f"importing.choice_{code}") for code in ("same", "new")}
    pairs = found.with_columns(choice=lookalikes.proposal().replace(words))
    shown = alike.in_words(pairs).select(_SHOWN)
    title = t("importing.duplicates", count=fmt.count(found["id"].n_unique()))
    with layout.section(title, t("importing.duplicates_why")):
        edited = st.data_editor(
            shown,
            hide_index=True,
            disabled=[name for name in _SHOWN if name != "choice"],
            column_config={
                **{name: TextColumn(t(f"importing.duplicate_{name}")) for name in _SHOWN},
                "choice": SelectboxColumn(
                    t("importing.duplicate_choice"), options=list(words.values()), required=True
                ),
            },
            placeholder=fmt.UNKNOWN,
            key="importing.duplicates",
            alt=t("importing.duplicates_alt"),
        )
        codes = {said: code for code, said in words.items()}
        decided = pairs.with_columns(choice=edited["choice"].replace(codes))
        st.button(
            t("importing.decide"),
            key="importing.duplicates.decide",
            icon=":material/rule:",
            on_click=_decide,
            args=(decided.select(list(lookalikes.CHOICES)),),
        )


def _decide(decided: pl.DataFrame) -> None:
    """Try again with what was decided."""
    now = uploading.current()
    assert now
    known = decided if now.duplicates is None else pl.concat([now.duplicates, decided])
    uploading.keep(replace(now, duplicates=known, trial=None))
