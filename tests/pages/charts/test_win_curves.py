from itertools import pairwise

import polars as pl
import pytest

from pages.ui.charts import win_curves
from pages.ui.charts.figure import COMPARE, Look

LOOK = Look("en", "CNY")
READ_AT = (30, 60, 90, 180, 365)


def rows(*groups, certainty="firm", last=180, end=0.3):
    """Curves that rise on day 10 and at their end."""
    days = sorted({0, 10, 30, last})
    return pl.DataFrame(
        {
            "group_id": group,
            "group": group,
            "deals": 50,
            "days": day,
            "at_risk": 40,
            "won": 6,
            "won_by_rate": end * day / last,
            "low_rate": end * day / last - 0.02 if day else None,
            "high_rate": end * day / last + 0.02 if day else None,
            "certainty": certainty,
        }
        for group in groups
        for day in days
    )


def drawn(*parts, **options):
    frame = pl.concat(parts) if parts else rows("A").clear()
    return win_curves.curves(frame, LOOK, dimension="product", read_at=READ_AT, **options)


def steps(figure):
    return [trace for trace in figure.data if trace.line.shape == "hv" and trace.line.width]


def bands(figure):
    return [trace for trace in figure.data if trace.fill == "tonexty"]


def test_up_to_four_groups_have_bands_and_their_names_beside_them():
    figure = drawn(rows("A", "B", "C", "D", None))
    assert len(steps(figure)) == 5
    assert len(bands(figure)) == 4  # the unknown is grey, without one
    assert not figure.layout.showlegend
    assert [note.text.split("<br>")[1] for note in figure.layout.annotations] == ["n = 50"] * 5


def test_more_groups_have_a_legend_and_leave_the_intervals_to_the_table():
    figure = drawn(rows("A", "B", "C", "D", "E", "F", "G", "H", "(others)"))
    assert figure.layout.showlegend
    assert not bands(figure)
    assert not figure.layout.annotations
    styles = {(trace.line.color, trace.line.dash) for trace in steps(figure)}
    assert len(styles) == 9
    others = steps(figure)[-1]
    assert (others.name.split(" ")[0], others.line.color) == ("Others", COMPARE)


def test_names_of_curves_that_end_together_do_not_meet():
    figure = drawn(*(rows(name, end=0.3 + n / 1000) for n, name in enumerate("ABCD")))
    low, high = figure.layout.yaxis.range
    places = [
        (note.y - low) / (high - low) * win_curves._PLOT + note.yshift
        for note in figure.layout.annotations
    ]
    gaps = [upper - lower for upper, lower in pairwise(places)]
    assert min(gaps) >= win_curves._LABEL - 1e-6


@pytest.mark.parametrize(
    ("last", "ticks"), [(20, (0, 30)), (91, (0, 30, 60, 90, 180)), (900, (0, *READ_AT))]
)
def test_the_axis_ends_at_the_reading_that_no_curve_goes_beyond(last, ticks):
    figure = drawn(rows("A", last=last))
    assert figure.layout.xaxis.tickvals == ticks
    assert max(steps(figure)[0].x) <= ticks[-1]


def test_a_group_of_which_nothing_is_firm_is_faded_and_its_readings_hollow():
    firm, faded = drawn(rows("A")), drawn(rows("B", certainty="indicative"))
    assert [trace.opacity for trace in steps(firm) + steps(faded)] == [1, 0.45]
    dots = [trace for trace in faded.data if trace.mode == "markers"]
    assert set(dots[0].marker.symbol) == {"circle-open"}
    seen = dict(zip(dots[0].x, dots[0].marker.opacity, strict=True))
    assert {day: seen[day] > 0 for day in (10, 30, 180)} == {10: False, 30: True, 180: True}
    assert dots[0].customdata[0][0] == "B"


def test_names_are_text_and_cut_where_there_is_no_room():
    figure = drawn(rows("<b>Tags", "一二三四五六七八"))
    texts = [note.text for note in figure.layout.annotations]
    assert any("&lt;b&gt;Tags" in text for text in texts)
    assert any("一二三四五六七…" in text for text in texts)


def test_nothing_known_draws_nothing():
    unknown = rows("A").with_columns(won_by_rate=pl.lit(None, pl.Float64))
    assert not drawn(unknown).data


def test_an_unknown_honest_figure_leaves_the_usual_one_alone():
    known = {
        "method": "survivors", "stage": "won", "name_en": "Won", "count": 2, "whole": 4,
        "naive_rate": 0.5, "deals": 6, "honest_rate": None, "low_rate": None, "high_rate": None,
    }  # fmt: skip
    figure = win_curves.naive(pl.DataFrame([known]), LOOK, method="survivors")
    assert [tuple(trace.x) for trace in figure.data] == [(0.5,)]
