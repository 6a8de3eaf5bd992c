"""Coloured cells in rows and columns that can be clicked, unlike those of a heatmap."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from pages.ui.charts import figure as house

TWO_LINES, ONE_LINE = 42, 26  # pixels of a row whose cells hold as many
_FAINT, _STRONG = 0.1, 0.62  # ink stays readable on the strongest cell, in both modes
_CELL = 0.94  # width and height of a cell
_TOP = 40  # pixels for the names of the columns
_SEPARATOR = "\n"  # between the ids that a cell hands back; no id holds it


class Cell(NamedTuple):
    """One cell; `strength` is 0..1, `key` what a click hands back."""

    row: int
    column: int
    text: str
    colour: str
    strength: float
    key: str
    hover: str


def key(*ids: str | None) -> str:
    """What a cell about several ids hands back; an unknown one is empty."""
    return _SEPARATOR.join(id or "" for id in ids)


def ids(key: str) -> list[str]:
    """The ids in what a cell handed back."""
    return key.split(_SEPARATOR)


def two_lines(first: str, second: str) -> str:
    """The text of a cell with a figure and a smaller one under it."""
    return f"<b>{first}</b><br>{small(second)}"


def small(text: str) -> str:
    """A part of a label in small type."""
    return f"<span style='font-size:11px'>{text}</span>"


def draw(
    cells: Sequence[Cell], rows: Sequence[str], columns: Sequence[str], high: int
) -> go.Figure:
    """The cells under the names of the columns, the first row on top, `high` pixels each.

    They are bars from `base`; where there is no cell there is no colour.
    """
    made = house.figure(high * len(rows) + _TOP + 8, top=_TOP, ygrid=False)
    made.add_bar(
        base=[cell.column - _CELL / 2 for cell in cells],
        x=[_CELL] * len(cells),
        y=[cell.row for cell in cells],
        orientation="h",
        width=_CELL,
        marker_color=[_shade(cell) for cell in cells],
        text=[cell.text for cell in cells],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        constraintext="none",
        textfont={"color": house.TARGET, "size": 12 if high == TWO_LINES else 11},
        cliponaxis=False,
        selected={"textfont_color": house.TARGET},  # without it Plotly.js fails at a click
        unselected={"marker_opacity": 0.4, "textfont_color": house.MUTED},
        customdata=[(cell.key, cell.hover) for cell in cells],
        hovertemplate="%{customdata[1]}<extra></extra>",
    )
    made.update_xaxes(
        **_names(columns), side="top", range=[-0.5, len(columns) - 0.5],
        tickangle=None, autotickangles=[0, 40, 90],
    )  # fmt: skip
    made.update_yaxes(**_names(rows), range=[len(rows) - 0.5, -0.5])
    return made


def _names(names: Sequence[str]) -> dict[str, object]:
    """Axis settings for names by position: two of one name stay two."""
    return {
        "tickvals": list(range(len(names))),
        "ticktext": list(names),
        "showgrid": False,
        "tickfont_color": house.TARGET,
    }


def _shade(cell: Cell) -> str:
    """The cell's colour, the weaker the fainter; see-through, so it suits light and dark."""
    alpha = _FAINT + (_STRONG - _FAINT) * min(cell.strength, 1)
    return f"{cell.colour}{round(alpha * 255):02x}"
