import polars as pl
import pytest

from pages.ui.charts import quarter
from pages.ui.charts.figure import Look

LOOK = Look("zh", "CNY")
UNITS = ("amount", "rate", "count")


def row(group, change, low, high, verdict, *, measure="won_amount", unit="amount"):
    """A row of `quarter-changes`; money in ten-thousandths."""
    values = {"now": change + 5, "then": 5, "change": change, "low": low, "high": high}
    empty = {f"{end}_{u}": None for end in values for u in UNITS}
    named = {"group_id": group, "group": group, "measure": measure, "against": "previous"}
    own = {f"{end}_{unit}": value for end, value in values.items()}
    return {**named, **empty, **own, "cases": 12, "verdict": verdict}


def drawn(*rows, measure="won_amount", by="region"):
    kinds = {"amount": pl.Int64, "rate": pl.Float64, "count": pl.Int64}
    schema = {f"{end}_{u}": kinds[u] for end in quarter._ENDS for u in UNITS}
    frame = pl.DataFrame(rows, schema_overrides=schema)
    return quarter.changes(frame, LOOK, measure=measure, against="previous", by=by)


def test_a_change_beyond_chance_is_filled_and_others_are_hollow():
    figure = drawn(
        row("A", 50_000, 10_000, 90_000, "up"),
        row("B", 20_000, -10_000, 50_000, "chance"),
        row("C", -70_000, -90_000, 10_000, "few"),
        row("(all)", 0, -1, 1, "chance"),
    )
    filled, hollow = figure.data
    assert (filled.y, filled.x) == (("A",), (5.0,))
    assert (hollow.y, hollow.marker.symbol) == (("B", "C"), "circle-open")
    assert list(figure.layout.yaxis.categoryarray)[::-1] == ["A", "B", "C"]
    assert (filled.error_x.array, filled.error_x.arrayminus) == ((4.0,), (4.0,))


def test_a_click_hands_back_the_group_and_the_tooltip_the_exact_change():
    figure = drawn(row(None, -70_000, -90_000, -10_000, "down"))
    assert figure.data[0].customdata[0][0] == ""
    assert figure.data[0].customdata[0][3] == "−¥7.00"
    assert figure.data[0].y == ("未知",)


def test_money_has_one_unit_on_both_sides_of_zero():
    figure = drawn(row("A", 9 * 10**8, -(10**9), 3 * 10**9, "chance"))
    texts = figure.layout.xaxis.ticktext
    assert texts[0].startswith("−¥")
    assert {t.lstrip("−¥0123456789.,") for t in texts if t != "0"} == {"万"}


@pytest.mark.parametrize(("measure", "unit"), [("win_rate", "rate"), ("visits", "count")])
def test_rates_and_counts_have_axes_of_their_own(measure, unit):
    change = {"rate": 0.1, "count": 10}[unit]
    figure = drawn(
        row("A", change, -change, 3 * change, "chance", measure=measure, unit=unit), measure=measure
    )
    assert figure.data[0].x == (change,)
    assert figure.layout.xaxis.tickformat.startswith("+")


def test_only_the_largest_changes_are_drawn_and_equal_names_kept_apart():
    many = [row(f"G{n:02}", n, -1, 99, "chance") for n in range(30)]
    figure = drawn(*many)
    assert len(figure.data[0].y) == quarter.MOST
    assert figure.data[0].y[0] == "G29"
    twins = drawn(*({**row("X", n, -1, 9, "chance"), "group_id": str(n)} for n in (1, 2)))
    assert len(set(twins.data[0].y)) == 2
