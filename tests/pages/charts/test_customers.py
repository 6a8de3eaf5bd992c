from datetime import date

import polars as pl
import pytest

from analytics.customers import SEGMENTS
from analytics.timeline import EVENTS
from pages.ui.charts import customers
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")


def lorenz(count):
    """The curve of `count` equal customers, the ten largest marked."""
    points = pl.DataFrame(
        {
            "customers": range(count + 1),
            "customers_rate": [n / count for n in range(count + 1)],
            "won_amount": [n * 10_000 for n in range(count + 1)],
            "amount_rate": [n / count for n in range(count + 1)],
        }
    )
    known = pl.DataFrame({"customers": [count], "top_rate": [min(10 / count, 1)]})
    return customers.lorenz(points, known, LOOK, top=10)


def test_the_curve_tells_what_the_largest_customers_bring():
    _, curve, mark = lorenz(40).data
    assert (list(mark.x), list(mark.y)) == ([0.75], [0.75])
    assert list(curve.customdata[10]) == ["30", "75.0%", "75.0%", "¥30.00"]


def test_ten_customers_or_fewer_have_no_ten_largest():
    figure = lorenz(10)
    assert (len(figure.data), len(figure.layout.annotations)) == (2, 0)


def test_segments_are_bars_of_amount_with_a_tick_of_customers():
    rows = pl.DataFrame(
        {
            "segment": [*SEGMENTS, None],
            "customers": [1] * 8 + [0],
            "customers_rate": [0.125] * 8 + [0.0],
            "won": [1] * 9,
            "won_amount": [10_000] * 9,
            "amount_rate": [1 / 9] * 9,
        }
    )
    bars, ticks, labels = customers.segments(rows, LOOK).data
    assert list(bars.y)[::8] == ["Champions", "Unknown"]
    assert [row[0] for row in bars.customdata] == [*SEGMENTS, ""]
    assert list(ticks.x) == rows["customers_rate"].to_list()
    assert labels.x[0] == 0.125  # beyond both the bar and the tick


def test_groups_of_few_customers_are_faded_and_the_best_is_on_top():
    groups = pl.DataFrame(
        {
            "group_id": ["R1", "R2", None],
            "group": ["An", "Bo", None],
            "customers": [10, 9, 20],
            "fresh": [4, 8, 5],
            "stale": [6, 1, 15],
            "fresh_rate": [0.4, 8 / 9, 0.25],
        }
    )
    figure = customers.freshness(groups, LOOK, dimension="rep", most=3)
    enough, few = figure.data
    assert [row[0] for row in enough.customdata] == ["R1", ""]
    assert (few.marker.opacity, few.customdata[0][0]) == (0.45, "R2")
    names = [name.split(" ")[0] for name in figure.layout.yaxis.categoryarray]
    assert names == ["Unknown", "An", "Bo"]


@pytest.mark.parametrize("event", ["visit", "demo", "opened", "moved", "won", "lost", "reported"])
def test_every_event_is_one_mark_in_the_colour_of_what_it_means(event):
    known = {"happened_on": date(2026, 3, 1), "event": event, "deal": "<b>A</b>", "rep": "An"}
    events = pl.DataFrame([dict.fromkeys(EVENTS) | known], schema=EVENTS)
    drawn = [trace for trace in customers.timeline(events, LOOK).data if trace.x]
    colours = {"won": house.WON, "lost": house.LOST, "reported": house.MUTED}
    moves = dict.fromkeys(("opened", "moved"), house.COMPARE)
    assert [trace.marker.color for trace in drawn] == [(colours | moves).get(event, house.OPEN)]
    assert "<b>" not in drawn[0].customdata[0][2]
