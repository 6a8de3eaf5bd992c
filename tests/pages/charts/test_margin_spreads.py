import polars as pl
import pytest

from analytics import tiers
from pages.ui.charts import figure as house
from pages.ui.charts import margin_spreads
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")
CNY = 10_000


def bins(**groups):
    """The report `margin-spreads`: group -> {lower edge in percent: deals}."""
    frames = []
    for name, counts in groups.items():
        every = tiers.bins().collect()
        count = pl.Series("count", [counts.get(p, 0) for p in every["percent"]])
        frames.append(
            every.drop("percent").with_columns(
                count,
                group_id=pl.lit(None if name == "nobody" else name),
                group=pl.lit(None if name == "nobody" else name),
                amount=count * CNY,
                count_rate=count / count.sum(),
                amount_rate=count / count.sum(),
            )
        )
    return pl.concat(frames)


def groups(*rows):
    """The report `margin`: (group, deals, median, amount)."""
    return pl.DataFrame(
        [
            {
                "group_id": None if name == "nobody" else name,
                "group": None if name == "nobody" else name,
                "deals": deals,
                "unknown_count": 0,
                "p25_rate": median - 0.1,
                "p50_rate": median,
                "p75_rate": median + 0.1,
                "known_amount": amount * CNY,
            }
            for name, deals, median, amount in rows
        ]
    )


def drawn(cells, known, most=6, measure="count"):
    options = {"dimension": "team", "cases": "deals", "most": most, "limits": (50, 30, 20)}
    options["measure"] = measure
    return margin_spreads.spreads(cells, known, LOOK, **options)


def test_each_group_stands_on_its_own_line_the_highest_median_on_top():
    cells = bins(East={20: 10, 30: 10}, West={40: 20})
    figure = drawn(cells, groups(("East", 20, 0.3, 9), ("West", 20, 0.42, 5)))
    bars = figure.data[0]
    places = {
        row[0]: (base, y) for row, base, y in zip(bars.customdata, bars.base, bars.y, strict=True)
    }
    assert places["40|West"][0] > places["20|East"][0] == places["30|East"][0]
    assert places["40|West"][1] == 2 * places["20|East"][1]  # shares of the group
    assert figure.layout.yaxis.ticktext[0].startswith("West")
    assert {row[0] for row in bars.customdata} == {"20|East", "30|East", "40|West"}
    assert [a.text for a in figure.layout.annotations] == ["42%", "30%"]


def test_bars_can_be_shares_of_the_amount():
    cells = bins(East={20: 10, 30: 10}).with_columns(
        amount_rate=pl.when(pl.col("bin_low_rate") == 0.2).then(0.9).otherwise(0.1)
    )
    low, high = drawn(cells, groups(("East", 20, 0.3, 9)), measure="amount").data[0].y
    assert low == pytest.approx(9 * high)


def test_groups_of_few_deals_are_faded_and_the_smallest_left_out():
    cells = bins(East={20: 20}, West={40: 5}, North={40: 50})
    known = groups(("East", 20, 0.2, 9), ("West", 5, 0.4, 8), ("North", 50, 0.4, 1))
    figure = drawn(cells, known, most=2)
    assert [trace.opacity for trace in figure.data if trace.type == "bar"] == [1, 0.45]
    assert len(figure.layout.yaxis.ticktext) == 2


def test_an_unknown_group_says_so_and_a_click_on_it_names_none():
    figure = drawn(bins(nobody={20: 20}), groups(("nobody", 20, 0.2, 9)))
    assert figure.layout.yaxis.ticktext[0].startswith("Unknown")
    assert figure.data[0].customdata[0][0] == "20|"


def sizes(*rows):
    """The report `margin-sizes`: (amount from, to, deals, median)."""
    return pl.DataFrame(
        [
            {
                "from_amount": low * CNY,
                "to_amount": high * CNY,
                "count": count,
                "p50_rate": median,
                "margin_rate": median,
            }
            for low, high, count, median in rows
        ]
    )


def test_the_more_deals_the_darker_the_cell_and_the_median_leaves_few_out():
    cells = pl.DataFrame(
        {
            "from_amount": [1000 * CNY, 1600 * CNY],
            "to_amount": [1600 * CNY, 2500 * CNY],
            "bin_low_rate": [0.2, None],
            "bin_high_rate": [0.25, -0.5],
            "count": [25, 1],
            "amount": [25_000 * CNY, 1600 * CNY],
        }
    )
    known = sizes((1000, 1600, 25, 0.22), (1600, 2500, 1, -0.6))
    figure = margin_spreads.density(cells, known, LOOK)
    squares, typical = figure.data
    assert squares.marker.color == house.WON
    assert squares.marker.opacity[0] == 1 > squares.marker.opacity[1]
    assert [row[0] for row in squares.customdata] == ["10000000|20", "16000000|-55"]
    assert list(typical.y) == [0.22]
    assert "¥1k" in figure.layout.xaxis.ticktext
