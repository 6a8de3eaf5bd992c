"""Each card leads to the rows that make its figure."""

from pages.ui import cache, filters, session
from pages.ui.i18n import text
from pages.ui.screens import behind
from tests import running

COUNTED_BY = {"won_amount": "won", "open_amount": "open", "win_rate": "decided"}
COUNTED_BY |= {"new_deals": "new_deals", "visits": "visits"}


def test_the_rows_of_a_card_are_as_many_as_its_figure_counts(demo, driver):
    query = filters.query(session.parsed({"period": [running.TWELVE_MONTHS]}))
    now = cache.report("overview", query).row(0, named=True)
    rows = {figure: behind.made_of(figure, query) for figure in behind.FIGURES}
    assert {f: rows[f].height for f in COUNTED_BY} == {f: now[n] for f, n in COUNTED_BY.items()}
    assert rows["won_amount"]["amount"].sum() == now["won_amount"]
    assert rows["open_amount"]["amount"].sum() == now["open_amount"]
    assert rows["gross_profit"]["deal_id"].n_unique() == now["won"]
    assert rows["gross_profit"]["gross_profit"].sum() == now["gross_profit"]


def test_a_card_opens_its_rows_and_closes_them_again(demo, driver):
    driver.open("overview")
    tables = len(driver.test.dataframe)
    driver.press("rows.visits")
    assert driver.test.query_params["rows"] == "visits"
    assert len(driver.test.dataframe) == tables + 1
    assert text("en", "opening.hint", subjects="deal, customer, rep, visit") in driver.text
    driver.press("rows.visits")
    assert len(driver.test.dataframe) == tables


def test_a_link_opens_the_rows_of_a_rep(demo, driver):
    rep_id = cache.frame("reps")["rep_id"][0]
    for figure, is_shown in (("margin_rate", True), ("nonsense", False)):
        driver.open("rep", "zh", rep=rep_id, period="all", rows=figure)
        folds = [fold.label for fold in driver.test.expander]
        assert any(text("zh", "behind.lines") in fold for fold in folds) == is_shown
