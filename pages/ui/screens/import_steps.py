"""What the steps of an import share: where one is, and the way on and back."""

from collections.abc import Callable

import streamlit as st

from data.importing.running import Running
from pages.ui import i18n, session, uploading
from pages.ui.session import t

_TICK = 0.25  # seconds between two looks at how far an import is


def line(step: str) -> None:
    """The four steps, this one in bold."""
    at = uploading.STEPS.index(step)
    parts = [
        f"**{number}. {t(f'importing.step_{name}')}**"
        if number == at + 1
        else f":gray[{number}. {t(f'importing.step_{name}')}]"
        for number, name in enumerate(uploading.STEPS, start=1)
    ]
    st.markdown(" › ".join(parts))


def buttons(
    *,
    back: str | None = None,
    onwards: str | None = None,
    label: str | None = None,
    act: Callable[[], None] | None = None,
    is_blocked: bool = False,
) -> None:
    """Back, on, and out of the import. `act` is done instead of only going on."""
    with st.container(horizontal=True):
        if onwards:
            st.button(
                label or t("importing.onwards"),
                key=f"importing.to.{onwards}",
                type="primary",
                on_click=act or uploading.go,
                args=() if act else (onwards,),
                disabled=is_blocked,
            )
        if back:
            st.button(
                t("importing.back"),
                key=f"importing.back.{back}",
                icon=":material/arrow_back:",
                on_click=uploading.go,
                args=(back,),
            )
        st.button(
            t("importing.give_up"),
            key="importing.give_up",
            type="tertiary",
            icon=":material/delete:",
            on_click=uploading.forget,
        )


def wait(running: Running) -> None:
    """Show how far an import is until it has ended.

    It goes on in its own thread if the person leaves; who comes back waits here again.
    """
    place = st.empty()
    while not running.ended(_TICK):
        step, done, total = running.at
        words = i18n.text(session.language(), f"import.step_{step}")
        share = done / total if total else 0.0
        place.progress(min(share, 1.0), text=f"{words} {done:,} / {total:,}")
    place.empty()
