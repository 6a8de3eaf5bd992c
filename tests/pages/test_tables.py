import polars as pl
import pytest

from pages.ui import tables

ROWS = pl.DataFrame({"rep_id": ["R1", "R2"], "rep": ["An", "Bo"], "won_amount": [10, 20]})


def test_a_new_figure_keeps_the_identity_of_the_rows():
    assert tables.identity(ROWS) == tables.identity(ROWS.with_columns(won_amount=pl.lit(99)))


@pytest.mark.parametrize(
    "other", [ROWS.head(1), ROWS.reverse(), ROWS.clear()], ids=["fewer", "reordered", "none"]
)
def test_other_rows_have_another_identity(other):
    assert tables.identity(ROWS) != tables.identity(other)


def test_rows_without_ids_are_told_apart_by_all_they_hold():
    bare = ROWS.drop("rep_id")
    assert tables.identity(bare) != tables.identity(bare.with_columns(won_amount=pl.lit(99)))
