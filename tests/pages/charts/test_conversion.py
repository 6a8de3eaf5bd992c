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
