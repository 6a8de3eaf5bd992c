"""Charts of the pipeline: moves between stages, cohorts, losses by stage, first visits."""

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts import matrix
from pages.ui.charts.conversion import group_labels
from pages.ui.charts.figure import SMALL, Look
from pages.ui.charts.matrix import Cell

Row = Mapping[str, Any]
_PALER = 3  # how much fainter a share of few cases is
# What a move is -> its colour: on, won, lost; back and again are grey.
_MOVES = {
    "forward": house.OPEN,
    "skip": house.OPEN,
    "won": house.WON,
    "lost": house.LOST,
    "backward": house.COMPARE,
    "reopened": house.COMPARE,
}


def transitions(moves: pl.DataFrame, look: Look) -> go.Figure:
    """From stage (rows) to stage (columns): share of the leavings and number of moves.

    `moves` is the report `transitions`; a click hands back both stages (`matrix.ids`).
    """
    starts, ends = _stages(moves, "from_", look), _stages(moves, "to_", look)
    left = dict(moves.group_by("from_stage").agg(pl.col("moves").sum()).iter_rows())
    cells = [
        Cell(
            row=list(starts).index(move["from_stage"]),
            column=list(ends).index(move["to_stage"]),
            text=matrix.two_lines(_share(move["leaving_rate"]), fmt.count(move["moves"])),
            colour=_MOVES[move["move"]],
            strength=_strength(move["leaving_rate"], left[move["from_stage"]]),
            key=matrix.key(move["from_stage"], move["to_stage"]),
            hover=_move_hover(starts[move["from_stage"]], ends[move["to_stage"]], move, look),
        )
        for move in moves.iter_rows(named=True)
    ]
    rows = [f"{name} {_n(left[stage])}" for stage, name in starts.items()]
    return matrix.draw(cells, rows, list(ends.values()), matrix.TWO_LINES)


def _stages(rows: pl.DataFrame, end: str, look: Look) -> dict[str | None, str]:
    """Stage -> its name in the order of the ladder, lost ones after it, the unknown last."""
    position, stage, name = (f"{end}{part}" for part in ("position", "stage", "stage_"))
    ordered = rows.sort(position, stage, nulls_last=True).select(stage, f"{name}{look.language}")
    return {
        stage: house.plain(name or stage) if stage else look.t("common.unknown")
        for stage, name in ordered.unique(stage, keep="first", maintain_order=True).iter_rows()
    }


def _share(rate: float) -> str:
    """A share in whole percent that does not round a rare case away."""
    return "&lt;1%" if rate < 0.005 else fmt.rate(rate, 0)


def _strength(share: float, cases: int) -> float:
    """How strongly a share is coloured; one of few cases is paler."""
    return share / _PALER if cases < SMALL else share


def _n(count: int) -> str:
    return matrix.small(f"n={count:,}")


def _move_hover(start: str, end: str, move: Row, look: Look) -> str:
    return look.t(
        "pipeline.move_hover",
        start=start,
        end=end,
        move=codes.word(look.language, "move", move["move"]),
        moves=fmt.count(move["moves"]),
        deals=fmt.count(move["deals"]),
        share=fmt.rate(move["leaving_rate"]),
    )


def cohorts(shares: pl.DataFrame, look: Look) -> go.Figure:
    """Month of opening (rows) by age in months: percent won by then; blank: not known yet.

    `shares` is the report `cohorts`; months of few deals are faint. A click hands back the
    first day of the month.
    """
    months = dict(shares.select("month", "deals").unique(maintain_order=True).iter_rows())
    ages = shares["age"].unique().sort().to_list()
    top = max(shares["cohort_rate"].drop_nulls(), default=0) or 1
    cells = [
        Cell(
            row=list(months).index(cell["month"]),
            column=ages.index(cell["age"]),
            text=fmt.count(cell["cohort_rate"] * 100),
            colour=house.WON,
            strength=_strength(cell["cohort_rate"] / top, cell["deals"]),
            key=str(cell["month"]),
            hover=_cohort_hover(cell, look),
        )
        for cell in shares.drop_nulls("cohort_rate").iter_rows(named=True)
    ]
    rows = [f"{fmt.month(month, look.language)} {_n(deals)}" for month, deals in months.items()]
    return matrix.draw(cells, rows, [str(age) for age in ages], matrix.ONE_LINE)


def _cohort_hover(cell: Row, look: Look) -> str:
    return look.t(
        "pipeline.cohort_hover",
        month=fmt.month(cell["month"], look.language),
        age=cell["age"],
        rate=fmt.rate(cell["cohort_rate"]),
        won=fmt.count(cell["won"]),
        deals=fmt.count(cell["deals"]),
        low=fmt.rate(cell["low_rate"]),
        high=fmt.rate(cell["high_rate"]),
    )


def lost_by_stage(lost: pl.DataFrame, look: Look, *, most: int) -> go.Figure:
    """Reason (rows) by the stage the deal was in before: lost deals, share of the stage's.

    `lost` is the report `lost-by-stage`; the `most` frequent reasons are drawn. A click
    hands back reason and stage (`matrix.ids`).
    """
    stages = _stages(lost, "", look)
    of_stage = dict(lost.group_by("stage").agg(pl.col("lost").sum()).iter_rows())
    top = max(lost["stage_rate"], default=1)
    reasons = lost["reason"].unique(maintain_order=True).head(most).to_list()
    words = [
        house.plain(codes.word(look.language, "reason", r)) if r else look.t("common.unknown")
        for r in reasons
    ]
    cells = [
        Cell(
            row=reasons.index(cell["reason"]),
            column=list(stages).index(cell["stage"]),
            text=matrix.two_lines(fmt.count(cell["lost"]), _share(cell["stage_rate"])),
            colour=house.LOST,
            strength=_strength(cell["stage_rate"] / top, of_stage[cell["stage"]]),
            key=matrix.key(cell["reason"], cell["stage"]),
            hover=_lost_hover(words[reasons.index(cell["reason"])], stages, cell, look),
        )
        for cell in lost.iter_rows(named=True)
        if cell["reason"] in reasons
    ]
    columns = [f"{name}<br>{_n(of_stage[stage])}" for stage, name in stages.items()]
    return matrix.draw(cells, words, columns, matrix.TWO_LINES)


def _lost_hover(reason: str, stages: Mapping[str | None, str], cell: Row, look: Look) -> str:
    return look.t(
        "pipeline.lost_hover",
        reason=reason,
        stage=stages[cell["stage"]],
        lost=fmt.count(cell["lost"]),
        amount=look.exact(cell["lost_amount"]),
        share=fmt.rate(cell["stage_rate"]),
    )


def first_visits(steps: pl.DataFrame, look: Look, *, step: str, every: str) -> go.Figure:
    """Share of the customers that took a step, by kind of their first visit, best first.

    `steps` is the report `visit-to-deal`, `step` one of its steps, `every` its kind of all;
    the dotted line is all kinds together. A click hands back the kind.
    """
    told = steps.filter(pl.col("step") == step, pl.col("customers") > 0)
    groups = told.filter(pl.col("kind") != every).with_columns(group="kind", group_id="kind")
    drawn = group_labels(groups, look, "kind", n=pl.col("customers"))
    drawn = drawn.sort("reached_rate", "label", descending=[True, False])
    made = house.figure(44 * max(drawn.height, 2) + 40, xgrid=True, ygrid=False, top=24)
    house.dots(
        made, drawn, look,
        rate="reached_rate", low="low_rate", high="high_rate", n="n", key="kind", interval="95 %",
    )  # fmt: skip
    for rate in told.filter(pl.col("kind") == every)["reached_rate"]:
        house.reference_line(made, rate, look.t("conversion.all", rate=fmt.rate(rate, 0)))
    low, high = min(drawn["low_rate"], default=0), max(drawn["high_rate"], default=1)
    made.update_xaxes(**house.percent_axis(low, high))
    house.name_axis(made, drawn["label"].to_list())
    return made
