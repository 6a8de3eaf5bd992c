import polars as pl
import pytest

from pages.ui.charts import certainty, reps
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")
TOTAL = pl.DataFrame({"period": ["current", "previous"], "win_rate": [0.42, 0.4]})


def ranking(*rows):
    """(rep_id, rep, won, decided, adjusted rate) with an interval of 10 points each side."""
    return pl.DataFrame(
        [
            {
                "rep_id": rep_id,
                "rep": name,
                "decided_won": won,
                "decided": closed,
                "win_rate": won / closed if closed else None,
                "adjusted_rate": rate,
                "adjusted_low_rate": None if rate is None else rate - 0.1,
                "adjusted_high_rate": None if rate is None else rate + 0.1,
            }
            for rep_id, name, won, closed, rate in rows
        ]
    )


def drawn(ranking, total, look):
    return reps.win_rates(ranking, total, look, few=5)


def solid(figure):
    return [trace for trace in figure.data if trace.opacity == 1]


def test_the_highest_adjusted_rate_is_on_top():
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3), ("R2", "Bo", 6, 10, 0.5)), TOTAL, LOOK)
    names = [n.split(" ")[0] for n in figure.layout.yaxis.categoryarray][::-1]
    assert names == ["Bo", "An"]
    assert figure.layout.yaxis.dtick == 1


def test_the_line_is_the_interval_the_report_gives():
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3)), TOTAL, LOOK)
    dot = solid(figure)[0]
    assert dot.x[0] == 0.3
    assert dot.error_x.array[0] == pytest.approx(0.1)
    assert dot.error_x.arrayminus[0] == pytest.approx(0.1)


def test_the_raw_rate_is_hollow_and_the_department_s_a_dotted_line():
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3)), TOTAL, LOOK)
    raw = figure.data[-1]
    assert (raw.x[0], raw.marker.symbol) == (0.2, "circle-open")
    assert figure.layout.shapes[0].x0 == 0.42
    assert figure.layout.annotations[0].text == "Department 42%"


def test_fewer_than_five_decided_deals_are_faded():
    figure = drawn(ranking(("R1", "An", 4, 4, 0.5), ("R2", "Bo", 2, 5, 0.4)), TOTAL, LOOK)
    faded = [trace for trace in figure.data if trace.opacity == 0.45]
    assert [t.customdata[0][0] for t in faded] == ["R1"]


def test_a_click_hands_back_the_rep():
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3)), TOTAL, LOOK)
    assert {trace.customdata[0][0] for trace in figure.data} == {"R1"}


def test_two_reps_of_one_name_and_score_keep_their_own_rows():
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3), ("R2", "An", 2, 10, 0.3)), TOTAL, LOOK)
    assert len(set(figure.layout.yaxis.categoryarray)) == 2


def test_a_rep_without_a_rate_is_not_drawn():
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3), ("R2", "Bo", 0, 0, None)), TOTAL, LOOK)
    assert len(figure.layout.yaxis.categoryarray) == 1


def test_without_a_department_rate_there_is_no_line():
    none = TOTAL.with_columns(pl.lit(None, pl.Float64).alias("win_rate"))
    figure = drawn(ranking(("R1", "An", 2, 10, 0.3)), none, LOOK)
    assert not figure.layout.shapes


def test_names_are_not_drawn_as_markup():
    figure = drawn(ranking(("R1", "<b>An</b>", 2, 10, 0.3)), TOTAL, LOOK)
    assert figure.layout.yaxis.categoryarray[0].startswith("&lt;b&gt;An")
    assert figure.data[0].customdata[0][1] == "&lt;b&gt;An&lt;/b&gt;"


def test_a_name_that_looks_like_a_number_is_a_name():
    found = pl.DataFrame(
        {
            "rep_id": ["R1", "R2"],
            "rep": ["112432117", "112432117"],
            "rank": [1, 2],
            "cases": [20, 4],
            "top_three_rate": [0.004, None],
            "rank_low": [1, None],
            "rank_high": [2, None],
        }
    )
    figure = certainty.places(found, LOOK, top=3)
    assert figure.layout.yaxis.type == "category"
    assert len(set(figure.layout.yaxis.categoryarray)) == 2
    assert figure.data[-1].text == ("< 1%", "—")
    faded = next(trace for trace in figure.data if trace.opacity == 0.45)
    assert (faded.x, faded.error_x.array) == ((2,), (0,))
