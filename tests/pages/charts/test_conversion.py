from itertools import pairwise

import polars as pl

from pages.ui.charts import conversion
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")


def groups(*rows):
    """(group, won, lost, decided, decided won) with an interval of 10 points each side."""
    return pl.DataFrame(
        [
            {
                "group_id": name,
                "group": name,
                "won": won,
                "lost": lost,
                "decided": decided,
                "decided_won": decided_won,
                "win_rate": decided_won / decided if decided else None,
                "low_rate": decided_won / decided - 0.1 if decided else None,
                "high_rate": decided_won / decided + 0.1 if decided else None,
            }
            for name, won, lost, decided, decided_won in rows
        ]
    )


FOLLOWED = ("Fair", 105, 6, 10, 4)  # 101 of the won deals are known as orders only
ORDERS = ("Phone", 30, 0, 0, 0)


def test_orders_alone_enter_neither_the_line_nor_n():
    figure = conversion.win_rate(groups(FOLLOWED, ORDERS), LOOK, dimension="source")
    assert figure.layout.shapes[0].x0 == 0.4
    assert figure.layout.annotations[0].text == "Department 40%"
    assert [label.split("n=")[1] for label in figure.data[0].y] == ["10</span>"]


def test_few_decided_deals_are_faded_however_many_orders_there_are():
    few = ("Fair", 105, 5, 9, 4)
    figure = conversion.win_rate(groups(few), LOOK, dimension="source")
    assert [trace.opacity for trace in figure.data] == [0.45]


def test_a_filtered_line_is_not_called_the_department():
    figure = conversion.win_rate(groups(FOLLOWED), LOOK, dimension="source", whole="conversion.all")
    assert figure.layout.annotations[0].text == "All 40%"


def test_without_decided_deals_there_is_no_line():
    figure = conversion.win_rate(groups(ORDERS), LOOK, dimension="source")
    assert not figure.layout.shapes
    assert not figure.data


def ladder(*reached):
    """The report `funnel` of stages that so many deals reached, with intervals of 4 points."""
    rates = [None, *(b / a for a, b in pairwise(reached))]
    return pl.DataFrame(
        {
            "stage": [None, *"abcdefg"[1 : len(reached)]],
            "name_en": [None, *"ABCDEFG"[1 : len(reached)]],
            "reached": reached,
            "step_rate": rates,
            "step_low_rate": [rate and rate - 0.02 for rate in rates],
            "step_high_rate": [rate and rate + 0.02 for rate in rates],
        }
    )


def test_a_step_that_fared_worse_before_is_still_in_the_picture():
    figure = conversion.steps(ladder(100, 80), ladder(100, 30), LOOK)
    assert figure.data[0].x == (0.3,)
    assert figure.layout.xaxis.range[0] < 0.3


def test_where_there_is_nothing_to_compare_with_nothing_is_hollow():
    figure = conversion.steps(ladder(100, 80), ladder(100, 80), LOOK, hollow=None)
    assert figure.data[0].x == ()
    assert figure.data[1].customdata[0][0] == "b"  # a click hands back where the step leads to
