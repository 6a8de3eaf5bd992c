"""The chart of analytics.bridge: what took gross profit from one side to the other."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

NET = "net"  # what a click on the last bar hands back
_HEIGHT = 430
_ROOM = 0.16  # of the height above and below the bars, for their numbers


def bridge(effects: pl.DataFrame, look: Look) -> go.Figure:
    """Steps from the gross profit before, the zero line, to the one after; last the sum.

    `effects` is the report `margin-bridge`, without what no product has a part in. A click
    hands back the effect, or NET.
    """
    steps = shown(effects).with_columns(end=pl.col("gross_profit").cum_sum())
    steps = steps.with_columns(start=pl.col("end") - pl.col("gross_profit"))
    net = int(steps["gross_profit"].sum())
    ends = [*steps["end"], *steps["start"], net, 0]
    made = house.figure(_HEIGHT, ygrid=False, top=20, bottom=8)
    _connectors(made, steps["end"].to_list())
    colours = [house.WON if v >= 0 else house.LOST for v in steps["gross_profit"]]
    rows = [
        *steps.select("effect", "gross_profit", "start", "products").iter_rows(),
        (NET, net, 0, None),
    ]
    _bars(made, rows, [*colours, house.COMPARE], look)
    made.add_hline(y=0, line={"color": house.TARGET, "width": 1.4})
    low, high = min(ends) / fmt.SCALE, max(ends) / fmt.SCALE
    room = (high - low or 1) * _ROOM
    made.update_yaxes(range=[low - room, high + room], visible=False)
    made.update_xaxes(range=[-0.6, len(rows) - 0.4])
    return made


def shown(effects: pl.DataFrame) -> pl.DataFrame:
    """The effects that some product has a part in, without the two sides."""
    is_effect = ~pl.col("effect").cast(pl.String).is_in(["before", "after"])
    return effects.filter(is_effect, pl.col("products") > 0).drop_nulls("gross_profit")


def signed(value: int, look: Look) -> str:
    """+¥31.0万, −¥7.26万 or ¥0."""
    return f"+{look.money(value)}" if value > 0 else look.money(value)


def _bars(
    made: go.Figure,
    rows: list[tuple[str, int, int, int | None]],
    colours: list[str],
    look: Look,
) -> None:
    """One bar per step from where the one before ended, its number beyond its end."""
    made.add_bar(
        x=list(range(len(rows))),
        y=[value / fmt.SCALE for _, value, _, _ in rows],
        base=[start / fmt.SCALE for _, _, start, _ in rows],
        marker_color=colours,
        text=[signed(value, look) for _, value, _, _ in rows],
        textposition="outside",
        textfont={"color": house.TARGET, "size": 11},
        constraintext="none",
        cliponaxis=False,
        showlegend=False,
        customdata=[
            (
                effect,
                look.t(f"effect.{effect}"),
                look.exact(value),
                look.t(f"bridge.means_{effect}"),
                "" if products is None else look.t("bridge.products", count=fmt.count(products)),
            )
            for effect, value, _, products in rows
        ],
        hovertemplate=look.t("bridge.hover") + "<extra></extra>",
    )
    names = [look.t(f"effect.{effect}").replace(" ", "<br>") for effect, *_ in rows]
    made.update_xaxes(tickvals=list(range(len(rows))), ticktext=names)


def _connectors(made: go.Figure, ends: list[int]) -> None:
    """A hairline from the end of each step to the next."""
    for position, end in enumerate(ends):
        made.add_shape(
            type="line", x0=position, x1=position + 1, y0=end / fmt.SCALE, y1=end / fmt.SCALE,
            line={"color": house.MUTED, "width": 1}, layer="below",
        )  # fmt: skip
