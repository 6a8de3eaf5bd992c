"""Charts of analytics.win_curves and analytics.naive."""

from typing import Any, NamedTuple

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

_COLOURS = (house.GROUP_1, house.GROUP_2, house.GROUP_3, house.GROUP_4)
_PLOT = 264  # pixels between the lowest and the highest tick
_LABEL = 33  # pixels that a name with its n takes
_NAME = 14  # Latin letters that fit beside the curves
_FIRST_WIDE = 0x2E80  # Chinese characters and their punctuation
_ROW = 52  # pixels per row of the comparison


class _Curve(NamedTuple):
    """One group: its rows and how they are drawn."""

    rows: pl.DataFrame
    name: str
    colour: str
    dash: str
    opacity: float
    is_named: bool


def curves(
    rows: pl.DataFrame, look: Look, *, dimension: str, read_at: tuple[int, ...]
) -> go.Figure:
    """Share won by days since opening, a stepped curve per group of the report `win-curves`.

    Up to four named groups have their interval as a band, and name, end and n at their right;
    more have a legend. Dots mark the readings at the days `read_at`, hollow where indicative; a
    click on one hands back the group. A group of which nothing is firm is faded.
    """
    known = rows.drop_nulls("won_by_rate")
    last = _horizon(known, read_at)
    shown = _drawn(known.filter(pl.col("days") <= last), look, dimension)
    is_direct = has_bands(known)
    made = house.figure(300, legend=not is_direct, right=112 if is_direct else 16)
    for curve in shown:
        if is_direct and curve.is_named:
            _band(made, curve)
        _line(made, curve)
        _dots(made, curve, look, read_at)
    axis = house.percent_axis(0, _top(shown, with_bands=is_direct))
    if is_direct:
        _names(made, shown, axis)
    days = [0, *(day for day in read_at if day <= last)]
    texts = [*map(str, days[:-1]), look.t("win_curves.days", count=days[-1])]
    made.update_xaxes(range=[0, last * 1.01], tickvals=days, ticktext=texts)
    made.update_yaxes(**axis)
    return made


def has_bands(rows: pl.DataFrame) -> bool:
    """Whether so few named groups are in the rows that each is drawn with its interval."""
    named = rows.drop_nulls(("won_by_rate", "group_id"))["group_id"]
    return named.n_unique() <= len(_COLOURS)


def group_name(group: str | None, look: Look, dimension: str) -> str:
    """What to call a group, as text."""
    return (
        look.t("common.unknown") if group is None else codes.word(look.language, dimension, group)
    )


def _horizon(known: pl.DataFrame, read_at: tuple[int, ...]) -> int:
    """The first reading day that no curve goes beyond, the last one at the most."""
    longest = max(known["days"], default=0)
    return next((day for day in read_at if day >= longest), read_at[-1])


def _drawn(known: pl.DataFrame, look: Look, dimension: str) -> list[_Curve]:
    """The curves of the groups; four colours, then the same dashed, the nameless ones grey."""
    shown: list[_Curve] = []
    for rows in known.partition_by("group_id", maintain_order=True):
        group, place = rows["group"][0], len(shown)
        colour, dash = _COLOURS[place % len(_COLOURS)], "solid" if place < len(_COLOURS) else "dash"
        is_named = group is not None and group != codes.OTHERS
        if not is_named:
            colour, dash = house.COMPARE, "dash" if group is None else "dot"
        opacity = 1 if (rows["certainty"] == "firm").any() else 0.45
        name = group_name(group, look, dimension)
        shown.append(_Curve(rows, name, colour, dash, opacity, is_named))
    return shown


def _band(made: go.Figure, curve: _Curve) -> None:
    """The interval, from the first win on."""
    rows = curve.rows.drop_nulls("low_rate")
    for end, fill in (("high_rate", None), ("low_rate", "tonexty")):
        made.add_scatter(
            x=rows["days"].to_list(),
            y=rows[end].to_list(),
            mode="lines",
            line={"shape": "hv", "width": 0},
            fill=fill,
            fillcolor=house.faint(curve.colour),
            hoverinfo="skip",
            showlegend=False,
        )


def _line(made: go.Figure, curve: _Curve) -> None:
    rows = curve.rows
    n = f"<span style='font-size:11px'>n={rows['deals'][0]:,}</span>"
    made.add_scatter(
        x=rows["days"].to_list(),
        y=rows["won_by_rate"].to_list(),
        name=f"{house.plain(curve.name)} {n}",
        mode="lines",
        line={"shape": "hv", "width": 2.4, "color": curve.colour, "dash": curve.dash},
        opacity=curve.opacity,
        hoverinfo="skip",
    )


def _dots(made: go.Figure, curve: _Curve, look: Look, read_at: tuple[int, ...]) -> None:
    """The readings as dots, and every step unseen: what a pointer can take hold of."""
    rows = curve.rows
    is_read = rows["days"].is_in(read_at).to_list()
    made.add_scatter(
        x=rows["days"].to_list(),
        y=rows["won_by_rate"].to_list(),
        mode="markers",
        marker={
            "size": 8,
            "opacity": [curve.opacity if read else 0 for read in is_read],
            "color": curve.colour,
            "symbol": ["circle" if c == "firm" else "circle-open" for c in rows["certainty"]],
            "line": {"width": 2, "color": curve.colour},
        },
        cliponaxis=False,
        showlegend=False,
        customdata=_hover(rows),
        hovertemplate=f"{house.plain(curve.name)}<br>{look.t('win_curves.hover')}<extra></extra>",
    )


def _hover(rows: pl.DataFrame) -> list[tuple[str, str, str, str]]:
    """Group, interval, wins so far and deals at risk, as texts."""
    return [
        (group or "", f"{fmt.rate(low)} – {fmt.rate(high)}", fmt.count(won), fmt.count(at_risk))
        for group, low, high, won, at_risk in rows.select(
            "group_id", "low_rate", "high_rate", "won", "at_risk"
        ).iter_rows()
    ]


def _top(shown: list[_Curve], *, with_bands: bool) -> float:
    """The highest value to show; the wide bands of small samples may run out of the picture."""
    tops = [0.05, *(curve.rows["won_by_rate"][-1] for curve in shown)]
    for curve in shown if with_bands else ():
        firm = curve.rows.filter(pl.col("certainty") == "firm")
        tops += firm["high_rate"].drop_nulls().to_list()
    return max(tops)


def _names(made: go.Figure, shown: list[_Curve], axis: dict[str, Any]) -> None:
    """Name, end and n of each curve at the right, moved down where they would meet."""
    low, high = axis["range"]
    lowest = float("inf")
    for curve in sorted(shown, key=lambda c: c.rows["won_by_rate"][-1], reverse=True):
        end, n = curve.rows["won_by_rate"][-1], curve.rows["deals"][0]
        wanted = (end - low) / (high - low) * _PLOT
        lowest = min(wanted, lowest - _LABEL)
        name = house.plain(_short(curve.name))
        made.add_annotation(
            x=1, y=end, xref="paper", xanchor="left", xshift=8, yshift=lowest - wanted,
            showarrow=False, align="left",
            font={"color": curve.colour if curve.is_named else house.MUTED, "size": 12},
            text=f"<b>{name}</b> {fmt.rate(end, 0)}<br>n = {n:,}",
        )  # fmt: skip


def _short(name: str) -> str:
    """A name cut to what fits beside the curves; a Chinese character is two letters wide."""
    room = _NAME
    for position, character in enumerate(name):
        room -= 1 if ord(character) < _FIRST_WIDE else 2
        if room < 0:
            return f"{name[:position]}…"
    return name


def naive(rows: pl.DataFrame, look: Look, *, method: str) -> go.Figure:
    """The figures of one method of the report `naive`, hollow, beside the honest ones.

    Honest figures are dots with their 95 % interval; one that is not known has none.
    """
    shown = rows.filter(pl.col("method") == method)
    names = [
        house.plain(name) if name else look.t("win_curves.won")
        for name in shown[f"name_{look.language}"]
    ]
    shown = shown.with_columns(pl.Series("label", names, pl.String), pl.col("stage").fill_null(""))
    made = house.figure(_ROW * max(shown.height, 2) + 24, xgrid=True, ygrid=False, top=18)
    figure = f"%{{y}} · {look.t(f'method.{method}')}: <b>%{{x:.1%}}</b>"
    made.add_scatter(
        x=shown["naive_rate"].to_list(),
        y=names,
        mode="markers",
        marker={"size": 10, "symbol": "circle-open", "color": house.COMPARE, "line_width": 2},
        customdata=[
            f"{count:,} / {whole:,}" for count, whole in shown.select("count", "whole").iter_rows()
        ],
        hovertemplate=f"{figure}<br>%{{customdata}}<extra></extra>",
    )
    house.dots(
        made, shown, look,
        rate="honest_rate", low="low_rate", high="high_rate", n="deals",
        key="stage", interval="95 %",
    )  # fmt: skip
    values = [v for n in ("naive_rate", "honest_rate", "high_rate") for v in shown[n].drop_nulls()]
    made.update_xaxes(**house.percent_axis(0, max([0.1, *values])))
    house.name_axis(made, names)
    return made
