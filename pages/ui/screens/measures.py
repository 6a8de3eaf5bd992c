"""The sections of the page that explains every figure."""

import streamlit as st

from pages.ui import format as fmt
from pages.ui import layout, measures, session
from pages.ui.session import t

ADDRESS = "section"


def sections() -> None:
    """What is common to all, a choice of section, and the measures of the one chosen."""
    known = measures.sections(session.language())
    st.markdown(fmt.literal(measures.introduction(session.language())))
    asked = session.in_address(ADDRESS)
    session.start("measures.section", asked if asked in known else next(iter(known)))
    headings = {name: section.heading for name, section in known.items()}
    chosen = st.pills(
        t("measures.section"),
        list(known),
        format_func=headings.__getitem__,
        key="measures.section",
        required=True,
        label_visibility="collapsed",
    )
    assert chosen  # one is always chosen
    session.put_in_address(ADDRESS, chosen)
    _section(known[chosen])


def _section(section: measures.Section) -> None:
    st.header(f"**{section.heading}**", anchor=False)
    if section.text:
        st.markdown(fmt.literal(section.text))
    for measure in section.measures:
        with layout.card(measure.name, height="content"):
            st.markdown(fmt.literal(measure.formula))
            for key, words in (("unsaid", measure.unsaid), ("source", measure.source)):
                if words:
                    st.caption(fmt.literal(t(f"measures.{key}", words=words)))
