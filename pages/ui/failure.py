"""What a person sees when a screen fails; Streamlit has logged the cause by then."""

import streamlit as st

from data.errors import YejiError
from pages.ui import i18n, session


def show(error: Exception) -> bool:
    """Say in the person's language that the screen failed; True keeps Streamlit's own words out."""
    known = error if isinstance(error, YejiError) else YejiError()
    st.error(i18n.sentence(session.language(), known), icon=":material/error:")
    return True
