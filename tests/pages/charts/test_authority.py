import polars as pl
import pytest

from pages.ui.charts import authority
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")


def approvals(rate):
    """The report `margin-approvals`, of which the share of profit is `rate` at every limit."""
    return pl.DataFrame(
        {
            "limit_rate": [n / 100 for n in range(101)],
            "count": range(101),
            "count_rate": [n / 100 for n in range(101)],
            "gross_profit": [0] * 101,
            "gross_profit_rate": [rate] * 101,
        },
        schema_overrides={"gross_profit_rate": pl.Float64},
    )


def test_approvals_are_two_shares_over_the_limit_on_one_axis():
    figure = authority.approvals(approvals(0.5), LOOK, asked=45, present=50)
    assert [trace.name for trace in figure.data] == ["Deals to approve", "Gross profit in them"]
    assert {trace.yaxis for trace in figure.data} == {None}
    assert sorted(shape.x0 for shape in figure.layout.shapes) == [0.45, 0.5]


def test_profit_shares_that_mean_nothing_are_not_drawn_and_losses_have_room():
    unknown = authority.approvals(approvals(None), LOOK, asked=50, present=50)
    assert len(unknown.data) == 1
    assert (
        authority.approvals(approvals(-2.0), LOOK, asked=50, present=50).layout.yaxis.range[0] < -2
    )


def test_limits_are_filled_placebos_hollow_and_marks_without_deals_left_out():
    marks = pl.DataFrame(
        {
            "mark_rate": [0.25, 0.3, 0.9],
            "tier": [None, "manager", None],
            "above": [10, 30, 0],
            "below": [20, 5, 0],
            "expected_above": [10.0, 12.0, None],
            "expected_below": [20.0, 22.0, None],
            "excess_rate": [0.0, 1.0, None],
            "excess_low_rate": [-0.3, 0.6, None],
            "excess_high_rate": [0.3, 1.4, None],
        }
    )
    placebos, limits = authority.bunching(marks, LOOK).data
    assert (list(placebos.x), placebos.marker.symbol) == ([0.25], "circle-open")
    assert (list(limits.x), limits.marker.color) == ([0.3], house.WON)
    assert list(limits.error_y.array) == pytest.approx([0.4])
