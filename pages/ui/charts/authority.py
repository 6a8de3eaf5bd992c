"""Charts of analytics.authority and analytics.bunching."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

_HEIGHT = 300
_MARGIN = 0.03  # beyond the shares, so that lines at 0 and 1 are whole
_LINES = {"count_rate": house.GROUP_1, "gross_profit_rate": house.GROUP_2}


def approvals(found: pl.DataFrame, look: Look, *, asked: int, present: int) -> go.Figure:
    """What needs approval above the rep, by the rep's limit: share of deals and of profit.

    `found` is the report `margin-approvals`; `asked` and `present` are limits in percent.
    """
    made = house.figure(_HEIGHT, legend=True, right=20, top=22)
    limits = found["limit_rate"].to_list()
    for name, colour in _LINES.items():
        if not found[name].count():
            continue
        made.add_scatter(
            x=limits,
            y=found[name].to_list(),
            mode="lines",
            name=look.t(f"authority.{name}"),
            line={"color": colour, "width": 2.4, "shape": "hv"},
            customdata=[
                (fmt.rate(row["limit_rate"], 0), fmt.count(row["count"]),
                 fmt.rate(row["count_rate"]), look.exact(row["gross_profit"]),
                 fmt.rate(row["gross_profit_rate"]))
                for row in found.iter_rows(named=True)
            ],
            hovertemplate=look.t("authority.hover") + "<extra></extra>",
        )  # fmt: skip
    made.add_vline(x=present / 100, line={"color": house.TARGET, "width": 1.4, "dash": "dot"})
    made.add_annotation(
        x=present / 100, y=0, yref="paper", xanchor="left", yanchor="bottom", showarrow=False,
        text=look.t("authority.present", limit=present), font={"color": house.TARGET, "size": 12},
    )  # fmt: skip
    if asked != present:
        made.add_vline(x=asked / 100, line={"color": house.TARGET, "width": 1.4})
    lowest = min([0.0, *found["gross_profit_rate"].drop_nulls()])
    made.update_yaxes(range=[lowest - _MARGIN, 1 + _MARGIN], tickformat=".0%", nticks=7)
    made.update_xaxes(range=[0, 1], dtick=0.2, tickformat=".0%")
    return made


def bunching(marks: pl.DataFrame, look: Look) -> go.Figure:
    """The excess at each round mark with its 95 % interval; limits filled, placebos hollow.

    `marks` is the report `margin-bunching`.
    """
    made = house.figure(_HEIGHT, legend=True, right=20, top=12)
    judged = marks.drop_nulls("excess_rate")
    for is_limit in (False, True):
        part = judged.filter(pl.col("tier").is_not_null() == is_limit)
        if not part.is_empty():
            _marks(made, part, look, is_limit=is_limit)
    made.add_hline(y=0, line={"color": house.TARGET, "width": 1})
    made.update_yaxes(tickformat=".0%")
    made.update_xaxes(dtick=0.1, tickformat=".0%")
    return made


def _marks(made: go.Figure, part: pl.DataFrame, look: Look, *, is_limit: bool) -> None:
    colour = house.WON if is_limit else house.COMPARE
    rates = part["excess_rate"]
    made.add_scatter(
        x=part["mark_rate"].to_list(),
        y=rates.to_list(),
        mode="markers",
        name=look.t("bunching.limit" if is_limit else "bunching.placebo"),
        marker={
            "size": 10, "color": colour, "symbol": "circle" if is_limit else "circle-open",
            "line_width": 0 if is_limit else 2,
        },
        error_y={
            "type": "data", "symmetric": False, "width": 0, "thickness": 1.6, "color": colour,
            "array": (part["excess_high_rate"] - rates).to_list(),
            "arrayminus": (rates - part["excess_low_rate"]).to_list(),
        },
        customdata=[
            (
                fmt.rate(row["mark_rate"], 0),
                fmt.count(row["above"]),
                fmt.count(row["expected_above"], 1),
                fmt.count(row["below"]),
                fmt.count(row["expected_below"], 1),
            )
            for row in part.iter_rows(named=True)
        ],
        hovertemplate=look.t("bunching.hover") + "<extra></extra>",
    )  # fmt: skip
