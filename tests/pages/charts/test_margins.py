import polars as pl
import pytest

from analytics import tiers
from pages.ui.charts import figure as house
from pages.ui.charts import margins
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")
CNY = 10_000  # ten-thousandths in one


def bins(counts):
    """Every bin, with `counts` of deals of ¥1,000 by the lower edge in percent."""
    frame = tiers.bins().collect()
    total = sum(counts.values())
    count = pl.Series("count", [counts.get(p, 0) for p in frame["percent"]])
    return frame.drop("percent").with_columns(
        count,
        (count * 1000 * CNY).alias("amount"),
        (count / total).alias("count_rate"),
        (count / total).alias("amount_rate"),
    )


def quantiles(p5=0.1, p25=0.2, p50=0.3, p75=0.4, p95=0.5, margin=0.3):
    return pl.DataFrame(
        {
            "p5_rate": [p5],
            "p25_rate": [p25],
            "p50_rate": [p50],
            "p75_rate": [p75],
            "p95_rate": [p95],
            "margin_rate": [margin],
        }
    )


def groups(*rows):
    """(group, deals, unknown, margin) with a middle half of 5 points each side."""
    return pl.DataFrame(
        [
            {
                "group_id": name,
                "group": name,
                "deals": deals,
                "unknown_count": unknown,
                "margin_rate": margin,
                "p25_rate": None if margin is None else margin - 0.05,
                "p75_rate": None if margin is None else margin + 0.05,
                "known_amount": deals * 1000 * CNY,
                "gross_profit": deals * 100 * CNY,
            }
            for name, deals, unknown, margin in rows
        ]
    )


def bars(figure):
    return next(trace for trace in figure.data if trace.type == "bar")


def notes(figure):
    return [note.text for note in figure.layout.annotations]


def ticks(figure):
    return list(figure.layout.xaxis.ticktext)


def test_each_bin_has_the_colour_of_the_tier_that_may_approve_it():
    figure = margins.distribution(
        bins({15: 1, 20: 2, 30: 3, 50: 4}), quantiles(), LOOK, measure="count"
    )
    drawn = bars(figure)
    colours = {c[0]: colour for c, colour in zip(drawn.customdata, drawn.marker.color, strict=True)}
    assert colours["15"] == house.TIERS["gm"]
    assert colours["20"] == colours["25"] == house.TIERS["office"]
    assert colours["30"] == colours["45"] == house.TIERS["manager"]
    assert colours["50"] == house.TIERS["rep"]


@pytest.mark.parametrize(
    ("measure", "height", "axis"), [("count", 4, None), ("amount", 4000, "¥1k")]
)
def test_the_bars_are_counts_or_amounts_in_currency_units(measure, height, axis):
    figure = margins.distribution(bins({15: 1, 50: 4}), quantiles(), LOOK, measure=measure)
    assert max(bars(figure).y) == height
    texts = figure.layout.yaxis.ticktext
    assert texts is None if axis is None else axis in texts


def test_bars_start_at_zero_below_room_for_the_word_at_the_top():
    low, high = margins.distribution(
        bins({15: 1, 50: 4}), quantiles(), LOOK, measure="count"
    ).layout.yaxis.range
    assert low == 0
    assert high > 4


def test_limits_stand_at_20_30_and_50_and_a_dotted_one_at_zero():
    shapes = margins.distribution(bins({15: 1}), quantiles(), LOOK, measure="count").layout.shapes
    assert sorted(s.x0 for s in shapes if s.line.color == house.TARGET) == [0.2, 0.3, 0.5]
    assert [s.x0 for s in shapes if s.line.dash == "dot"] == [0]


def test_the_shares_of_the_tiers_stand_above_and_add_up():
    figure = margins.distribution(
        bins({-5: 1, 15: 1, 20: 2, 35: 2, 60: 4}), quantiles(), LOOK, measure="count"
    )
    shares = [n for n in notes(figure) if "<b>" in n]
    assert shares == [
        "GM<br><b>20%</b>",
        "GM office<br><b>20%</b>",
        "Manager<br><b>20%</b>",
        "Rep<br><b>40%</b>",
    ]


def test_a_click_hands_back_the_bin_that_the_analytics_know():
    frame = bins({15: 1})
    assert margins.bin_keys(frame) == [str(p) for p in tiers.bins().collect()["percent"]]
    assert bars(margins.distribution(frame, quantiles(), LOOK, measure="count")).customdata[0][0]


def test_end_bins_are_drawn_only_when_they_hold_something_and_say_what():
    near = margins.distribution(bins({15: 1}), quantiles(), LOOK, measure="count")
    assert (ticks(near)[0], ticks(near)[-1]) == ("−10%", "60%")
    far = margins.distribution(bins({-55: 1, 15: 1, 100: 1}), quantiles(), LOOK, measure="count")
    assert (ticks(far)[0], ticks(far)[-1]) == ("<−50%", "≥100%")
    assert bars(far).customdata[0][1] == "< −50%"


def test_every_limit_is_in_sight_whatever_the_data():
    low, high = margins.distribution(
        bins({-30: 1}), quantiles(), LOOK, measure="count"
    ).layout.xaxis.range
    assert low < -0.3
    assert high > 0.5


def test_quantiles_outside_the_picture_stand_at_its_edge_with_their_true_value():
    figure = margins.distribution(bins({-55: 1, 15: 9}), quantiles(p5=-3.0), LOOK, measure="count")
    note = next(n for n in figure.layout.annotations if n.text.startswith("p5"))
    assert note.text == "p5 −300%"
    assert note.x == pytest.approx(-0.55)


def test_groups_are_sorted_by_margin_with_few_cases_last_and_faded():
    figure = margins.by_group(
        groups(("A", 30, 0, 0.2), ("B", 9, 0, 0.5), ("C", 30, 0, 0.4)),
        quantiles(),
        LOOK,
        dimension="product",
    )
    names = [n.split(" ")[0] for n in figure.layout.yaxis.categoryarray][::-1]
    assert names == ["C", "A", "B"]
    faded = [trace for trace in figure.data if trace.opacity == 0.45 and trace.mode != "lines"]
    assert [t.customdata[0][0] for t in faded] == ["B"]
    assert faded[0].marker.symbol == "circle-open"


def test_n_counts_the_deals_whose_cost_is_known():
    figure = margins.by_group(groups(("A", 30, 12, 0.2)), quantiles(), LOOK, dimension="product")
    assert "n=18" in figure.layout.yaxis.categoryarray[0]


def test_a_group_without_any_known_cost_is_not_drawn_at_zero():
    figure = margins.by_group(
        groups(("A", 30, 0, 0.2), ("B", 20, 20, None)), quantiles(), LOOK, dimension="product"
    )
    assert len(figure.layout.yaxis.categoryarray) == 1


def test_the_department_s_margin_is_a_dotted_line_with_its_value():
    figure = margins.by_group(
        groups(("A", 30, 0, 0.2)), quantiles(margin=0.304), LOOK, dimension="product"
    )
    assert figure.layout.shapes[0].x0 == 0.304
    assert "All 30%" in notes(figure)


def test_only_the_largest_groups_are_drawn():
    many = groups(*((f"G{n}", 10 + n, 0, 0.3) for n in range(20)))
    figure = margins.by_group(many, quantiles(), LOOK, dimension="product", most=5)
    names = {n.split(" ")[0] for n in figure.layout.yaxis.categoryarray}
    assert names == {f"G{n}" for n in range(15, 20)}


def test_names_from_the_data_are_not_drawn_as_markup():
    figure = margins.by_group(
        groups(("<a href='x'>A</a>", 30, 0, 0.2)), quantiles(), LOOK, dimension="product"
    )
    assert figure.layout.yaxis.categoryarray[0].startswith("&lt;a")


def test_tiers_say_which_margins_are_theirs():
    assert margins.tier_words(bins({15: 1})) == {
        "gm": "< 20%",
        "office": "20% – 30%",
        "manager": "30% – 50%",
        "rep": "≥ 50%",
    }
