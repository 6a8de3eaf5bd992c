import polars as pl
import pytest

from analytics.bridge import BRIDGE
from pages.ui.charts import bridge
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")
CNY = 10_000


def effects(**changes):
    """The report from 100 on, with these effects; None is one that cannot be told."""
    end = 100 + sum(v or 0 for v in changes.values())
    rows = [{"effect": "before", "gross_profit": 100 * CNY, "products": 3}]
    rows += [
        {"effect": effect, "gross_profit": None if v is None else v * CNY, "products": 2}
        for effect, v in changes.items()
    ]
    rows += [{"effect": "lost", "gross_profit": 0, "products": 0}]
    rows += [{"effect": "after", "gross_profit": end * CNY, "products": 3}]
    return pl.DataFrame(rows, schema=BRIDGE)


def test_steps_start_where_the_one_before_ended_and_the_last_is_the_sum():
    bars = bridge.bridge(effects(volume=-30, mix=50, price=-5), LOOK).data[0]
    assert (list(bars.base), list(bars.y)) == ([0, -30, 20, 0], [-30, 50, -5, 15])
    assert list(bars.marker.color) == [house.LOST, house.WON, house.LOST, house.COMPARE]
    assert list(bars.text) == ["−¥30", "+¥50", "−¥5", "+¥15"]
    assert [row[0] for row in bars.customdata] == ["volume", "mix", "price", bridge.NET]


def test_what_no_product_has_a_part_in_or_cannot_be_told_is_not_drawn():
    figure = bridge.bridge(effects(volume=None, amount=10, rate=0), LOOK)
    assert list(figure.layout.xaxis.ticktext) == ["Amount", "Margin<br>rate", "Net"]


@pytest.mark.parametrize(("value", "words"), [(5, "+¥5"), (0, "¥0"), (-5, "−¥5")])
def test_changes_have_their_sign(value, words):
    assert bridge.signed(value * CNY, LOOK) == words


def test_the_numbers_have_room_above_and_below():
    low, high = bridge.bridge(effects(volume=-30, mix=50), LOOK).layout.yaxis.range
    assert low < -30
    assert high > 20
