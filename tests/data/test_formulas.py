import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import formulas

TEXTS = ["=1+1", " =1", "-shop", "＝1", "\tx", "'=1", "''=1", "'s-Hertogenbosch", "a=b", "", None]


def changed(change, text):
    return pl.select(change(pl.lit(text, pl.String))).item()


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_comes_back_as_it_was(text):
    assert changed(formulas.bare, changed(formulas.inert, text)) == text


@given(st.text(alphabet="'=-a \t＝", max_size=5))
def test_any_text_comes_back_as_it_was(text):
    inert = changed(formulas.inert, text)
    assert changed(formulas.bare, inert) == text
    assert inert.lstrip()[:1] not in ("=", "-", "＝")


def test_an_apostrophe_of_a_name_is_its_own():
    assert changed(formulas.inert, "'s-Hertogenbosch") == "'s-Hertogenbosch"
    assert changed(formulas.bare, "'s-Hertogenbosch") == "'s-Hertogenbosch"
