from datetime import date

import polars as pl

from pages.ui.charts import figure as house
from pages.ui.charts import matrix, pipeline
from pages.ui.charts.figure import Look

LOOK = Look("en", "CNY")


def moves(*rows):
    """(position, stage, position, stage, move, moves, leavings); names are the ids in capitals."""
    return pl.DataFrame(
        [
            {
                "from_position": start_at,
                "from_stage": start,
                "from_stage_en": start.title(),
                "to_position": end_at,
                "to_stage": end,
                "to_stage_en": end.title(),
                "move": move,
                "moves": count,
                "deals": count,
                "leaving_rate": count / leavings,
            }
            for start_at, start, end_at, end, move, count, leavings in rows
        ]
    )


MOVES = moves(
    (1, "lead", 2, "quote", "forward", 6, 10),
    (1, "lead", None, "lost", "lost", 4, 10),
    (2, "quote", 1, "lead", "backward", 1, 1_000),
    (2, "quote", 3, "won", "won", 999, 1_000),
    (None, "lost", 1, "lead", "reopened", 1, 1),
)


def cells(figure):
    """(column, row) -> the text of each cell."""
    bar = figure.data[0]
    columns, rows = figure.layout.xaxis.ticktext, figure.layout.yaxis.ticktext
    return {
        (columns[round(base + size / 2)], rows[y].split(" ")[0]): text
        for base, size, y, text in zip(bar.base, bar.x, bar.y, bar.text, strict=True)
    }


def test_stages_stand_in_the_order_of_the_ladder_with_lost_last():
    figure = pipeline.transitions(MOVES, LOOK)
    assert figure.layout.xaxis.ticktext == ("Lead", "Quote", "Won", "Lost")
    assert [n.split(" ")[0] for n in figure.layout.yaxis.ticktext] == ["Lead", "Quote", "Lost"]
    assert "n=10" in figure.layout.yaxis.ticktext[0]
    assert figure.layout.yaxis.range == (2.5, -0.5)  # the first row on top


def test_a_cell_says_its_share_and_count_and_a_rare_move_is_no_zero():
    shown = cells(pipeline.transitions(MOVES, LOOK))
    assert shown["Quote", "Lead"].startswith("<b>60%</b>")
    assert ">6<" in shown["Quote", "Lead"]
    assert shown["Lead", "Quote"].startswith("<b>&lt;1%</b>")
    assert ("Won", "Lead") not in shown


def test_colours_say_on_won_lost_and_back():
    colours = [colour[:-2] for colour in pipeline.transitions(MOVES, LOOK).data[0].marker.color]
    assert colours == [house.OPEN, house.LOST, house.COMPARE, house.WON, house.COMPARE]


def test_a_row_of_few_moves_is_paler():
    strengths = {
        key: int(colour[-2:], 16)
        for colour, (key, _) in zip(
            pipeline.transitions(MOVES, LOOK).data[0].marker.color,
            pipeline.transitions(MOVES, LOOK).data[0].customdata,
            strict=True,
        )
    }
    few, many = matrix.key("lost", "lead"), matrix.key("lead", "quote")
    assert strengths[few] < strengths[many]  # 100 % of one move, 60 % of ten


def test_a_click_hands_back_both_stages():
    assert matrix.ids(pipeline.transitions(MOVES, LOOK).data[0].customdata[0][0]) == [
        "lead", "quote",
    ]  # fmt: skip


def test_two_stages_of_one_name_stay_two():
    twins = moves((1, "a", 2, "A", "forward", 1, 1), (2, "A", 3, "won", "won", 1, 1))
    assert [n.split(" ")[0] for n in pipeline.transitions(twins, LOOK).layout.yaxis.ticktext] == [
        "A", "A",
    ]  # fmt: skip


def shares(*rows):
    """(month, age, deals, won), won null while it is not known."""
    return pl.DataFrame(
        [
            {"month": date(2026, month, 1), "age": age, "deals": deals, "won": won,
             "cohort_rate": None if won is None else won / deals, "low_rate": 0.0, "high_rate": 1.0}
            for month, age, deals, won in rows
        ]
    )  # fmt: skip


def test_what_is_not_known_yet_has_no_cell_and_nothing_won_has_one():
    figure = pipeline.cohorts(shares((1, 1, 20, 0), (1, 2, 20, 5), (2, 1, 9, None)), LOOK)
    bar = figure.data[0]
    assert list(zip(bar.y, bar.text, strict=True)) == [(0, "0"), (0, "25")]
    assert len(figure.layout.yaxis.ticktext) == 2  # the young month keeps its row
    assert bar.customdata[0][0] == "2026-01-01"


def test_a_small_cohort_is_fainter_than_a_large_one_of_the_same_share():
    figure = pipeline.cohorts(shares((1, 1, 20, 10), (2, 1, 4, 2)), LOOK)
    large, small = (int(colour[-2:], 16) for colour in figure.data[0].marker.color)
    assert small < large


def losses(*rows):
    """(reason, position, stage, lost, share of the stage's)."""
    names = ("reason", "position", "stage", "lost", "stage_rate")
    rows = [dict(zip(names, row, strict=True)) for row in rows]
    return pl.DataFrame(rows).with_columns(
        stage_en=pl.col("stage").str.to_titlecase(), lost_amount=pl.lit(10_000)
    )


def test_reasons_are_rows_stages_columns_and_the_unknown_come_last():
    lost = losses(
        ("Time", 1, "lead", 3, 0.75), ("Time", None, None, 1, 1.0), (None, 1, "lead", 1, 0.25)
    )
    figure = pipeline.lost_by_stage(lost, LOOK, most=10)
    assert figure.layout.yaxis.ticktext == ("Time", "Unknown")
    assert [n.split("<")[0] for n in figure.layout.xaxis.ticktext] == ["Lead", "Unknown"]
    assert "n=4" in figure.layout.xaxis.ticktext[0]
    assert [matrix.ids(key) for key, _ in figure.data[0].customdata] == [
        ["Time", "lead"], ["Time", ""], ["", "lead"],
    ]  # fmt: skip
    assert len(pipeline.lost_by_stage(lost, LOOK, most=1).data[0].y) == 2


def test_names_from_the_data_are_not_drawn_as_markup():
    lost = losses(("<b>x</b>", 1, "<i>lead", 3, 1.0))
    figure = pipeline.lost_by_stage(lost, LOOK, most=10)
    assert figure.layout.yaxis.ticktext[0].startswith("&lt;b&gt;")
    assert figure.layout.xaxis.ticktext[0].lower().startswith("&lt;i&gt;")
    assert "<i>" not in figure.data[0].customdata[0][1]


def steps(*rows):
    """(kind, customers, reached) of one step."""
    return pl.DataFrame(
        [
            {"kind": kind, "step": "won", "customers": customers, "reached": reached,
             "reached_rate": reached / customers if customers else None,
             "low_rate": 0.1, "high_rate": 0.9}
            for kind, customers, reached in rows
        ]
    )  # fmt: skip


def test_kinds_are_dots_best_first_beside_the_line_of_all():
    found = steps(("(all)", 40, 10), ("call", 30, 6), ("demo", 10, 4), ("online", 0, 0))
    figure = pipeline.first_visits(found, LOOK, step="won", every="(all)")
    names = [n.split(" <")[0] for n in figure.layout.yaxis.categoryarray][::-1]
    assert names == ["Demo", "Call"]
    assert figure.layout.shapes[0].x0 == 0.25
    assert figure.data[0].customdata[0][0] == "demo"
