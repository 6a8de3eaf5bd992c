from streamlit.testing.v1 import AppTest

from tests.pages.conftest import SECONDS


def _torn():
    """An app whose screen fails the first time, after the data have changed under it."""
    import streamlit as st  # noqa: PLC0415 - the script stands alone

    from pages.ui import filing, layout, menu  # noqa: PLC0415

    class Screen:
        def run(self):
            layout.header("Torn?")
            if "torn" not in st.session_state:
                st.session_state["torn"] = True
                filing.save_settings({"currency": "EUR"})
                raise TypeError
            st.text("drawn anew")

    menu.draw(Screen())


def _broken():
    """An app whose screen fails whatever the data."""
    from pages.ui import layout, menu  # noqa: PLC0415

    class Screen:
        def run(self):
            layout.header("Broken?")
            raise TypeError

    menu.draw(Screen())


def test_a_screen_that_fails_because_the_data_changed_is_drawn_anew(small, driver):
    app = AppTest.from_function(_torn).run(timeout=SECONDS)
    assert not app.exception
    assert [text.value for text in app.text] == ["drawn anew"]


def test_a_screen_that_fails_for_another_reason_is_not_tried_again(small, driver):
    app = AppTest.from_function(_broken).run(timeout=SECONDS)
    assert len(app.exception) == 1
