"""The one look of every figure: colour roles, axes, intervals. Words come as an argument.

Streamlit replaces the placeholder colours of Plotly's template "streamlit" by the theme's
palette, in the browser. Used as roles they let one figure serve light and dark.
"""

import html
import math
from collections.abc import Iterable
from dataclasses import dataclass

import plotly.graph_objects as go
import plotly.io as pio
import polars as pl
import streamlit.elements.plotly_chart  # noqa: F401 - registers the template

from pages.ui import format as fmt
from pages.ui.i18n import text

_TEMPLATE = pio.templates["streamlit"].layout
WON, LOST, OPEN, TARGET, COMPARE, GROUP_1, GROUP_2, GROUP_3, GROUP_4, MUTED = _TEMPLATE.colorway
_SEQUENCE = [colour for _at, colour in _TEMPLATE.colorscale.sequential]
INTENSITY = [[n / 9, colour] for n, colour in enumerate(_SEQUENCE)]  # more is stronger
# Darker (in dark mode brighter) is higher authority.
TIERS = {"rep": _SEQUENCE[3], "manager": _SEQUENCE[5], "office": _SEQUENCE[7], "gm": _SEQUENCE[9]}
SMALL = 10  # fewer cases than this are drawn faded and hollow


@dataclass(frozen=True)
class Look:
    """Language and currency of a figure or table."""

    language: str
    currency: str

    def t(self, key: str, **values: object) -> str:
        """Words of `key`."""
        return text(self.language, key, **values)

    def money(self, value: int | None) -> str:
        """Short money, e.g. ¥1,490万."""
        return fmt.money(value, self.language, self.currency)

    def exact(self, value: int | None) -> str:
        """Money to the cent, for tooltips."""
        return fmt.exact(value, self.currency)


def plain(name: str) -> str:
    """A name from the data as text: Plotly would draw its tags and links."""
    return html.escape(name, quote=False)


def distinct(labels: Iterable[str]) -> list[str]:
    """Labels of which no two are equal, since equal ones would share a row."""
    seen: dict[str, int] = {}
    told_apart = []
    for label in labels:
        seen[label] = seen.get(label, 0) + 1
        told_apart.append(label + "\u200b" * (seen[label] - 1))
    return told_apart


def figure(
    height: int = 260,
    *,
    legend: bool = False,
    right: int = 12,
    top: int = 8,
    bottom: int = 4,
    xgrid: bool = False,
    ygrid: bool = True,
) -> go.Figure:
    """An empty figure with the house axes; set on the layout, since a template is overwritten."""
    extra = 22 if legend else 0
    made = go.Figure()
    made.update_layout(
        height=height + extra,
        margin={"l": 8, "r": right, "t": top + extra, "b": bottom, "pad": 4},
        bargap=0.34,
        barcornerradius=2,
        showlegend=legend,
        legend={
            "orientation": "h", "x": 0, "y": 1, "yanchor": "bottom",
            "itemclick": False, "itemdoubleclick": False, "font_color": TARGET,
        },
        hovermode="closest",
        dragmode=False,
        hoverlabel={"align": "left", "namelength": -1},
        font={"size": 12, "color": TARGET},
    )  # fmt: skip
    axis = {
        "fixedrange": True, "title": None, "ticks": "", "showline": False, "zeroline": False,
        "automargin": True, "tickfont": {"size": 12, "color": MUTED},
    }  # fmt: skip
    made.update_xaxes(showgrid=xgrid, tickangle=0, **axis)
    made.update_yaxes(showgrid=ygrid, nticks=5, **axis)
    return made


def faint(role: str, opacity: int = 0x1C) -> str:
    """A role's colour as a see-through fill, for bands; `opacity` of 255."""
    return f"{role}{opacity:02x}"


def money_axis(look: Look, top: int | None) -> dict[str, object]:
    """Axis settings for money bars up to `top` ten-thousandths; the data is in currency units."""
    values, texts = fmt.ticks((top or 0) / fmt.SCALE, look.language, look.currency)
    return {"tickvals": values, "ticktext": texts, "rangemode": "tozero"}


def signed_money_axis(look: Look, low: int, high: int) -> dict[str, object]:
    """Axis settings for money on both sides of 0, in ten-thousandths as for `money_axis`."""
    top = max(abs(low), abs(high), 1) / fmt.SCALE
    values, texts = fmt.ticks(top, look.language, look.currency)
    if low < 0:
        step = values[1]
        below = [
            (v, f"−{text}")
            for v, text in zip(values[1:], texts[1:], strict=True)
            if v - step < -low / fmt.SCALE
        ]
        values = [*(-v for v, _ in reversed(below)), *values]
        texts = [*(text for _, text in reversed(below)), *texts]
    return {"tickvals": values, "ticktext": texts, "zeroline": low < 0, "rangemode": "tozero"}


def percent_axis(low: float, high: float) -> dict[str, object]:
    """Axis settings for shares between `low` and `high`, opened to whole steps."""
    step = 0.05 if high - low <= 0.25 else 0.1 if high - low <= 0.5 else 0.2
    start, stop = math.floor(low / step) * step, math.ceil(high / step) * step
    return {"range": [start - step * 0.1, stop + step * 0.1], "dtick": step, "tickformat": ".0%"}


def name_axis(made: go.Figure, labels: list[str]) -> None:
    """One labelled row per name, the first on top; none is left out for lack of room."""
    order = {"categoryorder": "array", "categoryarray": labels[::-1]}
    made.update_yaxes(type="category", dtick=1, **order)  # a name may look like a number


def dots(
    made: go.Figure,
    rows: pl.DataFrame,
    look: Look,
    *,
    rate: str,
    low: str,
    high: str,
    n: str,
    key: str,
    interval: str,
    small: int = SMALL,
) -> None:
    """Add a dot with its interval per row; fewer than `small` cases faded and hollow.

    `rows` has a column `label` (the axis text) beside the named ones; `key` is what a click
    hands back; `interval` names the interval in the tooltip, e.g. "95 %".
    """
    rows = rows.drop_nulls(rate)
    for few in (False, True):
        part = rows.filter((pl.col(n) < small) == few)
        if part.is_empty():
            continue
        made.add_scatter(
            x=part[rate].to_numpy(),
            y=part["label"].to_list(),
            mode="markers+text",
            showlegend=False,
            opacity=0.45 if few else 1,
            cliponaxis=False,
            marker={
                "size": 10, "color": WON, "symbol": "circle-open" if few else "circle",
                "line_width": 2 if few else 0,
            },
            error_x={
                "type": "data", "symmetric": False, "width": 0, "thickness": 1.6, "color": WON,
                "array": (part[high] - part[rate]).to_numpy(),
                "arrayminus": (part[rate] - part[low]).to_numpy(),
            },
            text=[fmt.rate(v, 0) for v in part[rate]],
            textposition="top center",
            customdata=part.select(key, pl.col(low, high).round(6), n).rows(),
            hovertemplate=(
                f"%{{y}}: <b>%{{x:.2%}}</b><br>{interval}: %{{customdata[1]:.1%}} – "
                "%{customdata[2]:.1%}<br>n = %{customdata[3]:,}<extra></extra>"
            ),
        )  # fmt: skip


def reference_line(made: go.Figure, at: float, label: str) -> None:
    """A dotted ink line across a dot plot with its label on top."""
    made.add_vline(x=at, line={"color": TARGET, "width": 1.4, "dash": "dot"})
    made.add_annotation(
        x=at, y=1, yref="paper", yanchor="bottom", showarrow=False, text=label,
        font={"color": TARGET, "size": 12},
    )  # fmt: skip
