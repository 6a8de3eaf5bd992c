"""Charts of what visits come with: visits per won and per lost deal, and credit by rule."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.conversion import group_word
from pages.ui.charts.figure import Look
from pages.ui.charts.visits import MOST, joined

_BARS, _STRIP = [0, 0.72], [0.78, 1]  # shares of the height
_ROW = 40  # pixels per row of credit
_COLOURS = {"won": house.WON, "lost": house.LOST}
_SYMBOLS = {
    "first": "triangle-right",
    "last": "triangle-left",
    "linear": "circle",
    "decay": "diamond",
}
WITHOUT = "*"  # what a click on the row of the deals without visits hands back


def per_deal(spread: pl.DataFrame, means: pl.DataFrame, look: Look, *, counted: str) -> go.Figure:
    """How many visits won and lost deals had, as shares of each; on top both means with interval.

    `spread` is the report `visits-per-deal-spread`, `means` is `visits-per-deal`; `counted`
    is visits or activities. A click hands back the outcome and the number, see `parts`.
    """
    counts = spread.filter(pl.col("counted") == counted)
    held = counts.filter(pl.col("won") + pl.col("lost") > 0)["visits"].to_list()
    drawn = counts.filter(pl.col("visits") <= max(held))
    names = [f"{n}+" if n == counts["visits"][-1] else str(n) for n in drawn["visits"]]
    made = house.figure(360, legend=True)
    made.update_layout(yaxis={"domain": _BARS}, yaxis2={"domain": _STRIP}, barmode="group")
    for outcome in _COLOURS:
        _bars(made, drawn, names, outcome, look)
        _mean(made, means.filter(counted=counted, outcome=outcome), outcome, look)
    made.update_layout(yaxis={"rangemode": "tozero", "tickformat": ".0%", "dtick": None})
    made.update_layout(yaxis2={"visible": False, "range": [-0.6, 1.6], "fixedrange": True})
    made.update_xaxes(
        tickvals=drawn["visits"].to_list(),
        ticktext=names,
        anchor="y",
        range=[-0.6, max(held) + 0.6],
    )
    return made


def _bars(made: go.Figure, drawn: pl.DataFrame, names: list[str], outcome: str, look: Look) -> None:
    rates = drawn[f"{outcome}_rate"].fill_null(0).to_list()
    made.add_bar(
        x=drawn["visits"].to_list(),
        y=rates,
        name=look.t(f"outcome.{outcome}"),
        marker_color=_COLOURS[outcome],
        customdata=[
            (joined(outcome, str(n)), name, fmt.count(deals), fmt.rate(rate))
            for n, name, deals, rate in zip(
                drawn["visits"], names, drawn[outcome], rates, strict=True
            )
        ],
        hovertemplate=look.t("visit_analysis.spread_hover") + "<extra>%{fullData.name}</extra>",
    )


def _mean(made: go.Figure, means: pl.DataFrame, outcome: str, look: Look) -> None:
    """The mean of one outcome above the bars, few deals faded."""
    row = means.row(0, named=True)
    if row["mean_visits"] is None:
        return
    mean, low, high = (row[f"{name}_visits"] for name in ("mean", "low", "high"))
    right = mean if high is None else high
    made.add_scatter(
        x=[mean, right],
        y=[1 if outcome == "won" else 0] * 2,
        yaxis="y2",
        mode="markers+text",
        showlegend=False,
        opacity=0.45 if row["deals"] < house.SMALL else 1,
        marker={"size": [10, 0], "color": _COLOURS[outcome], "opacity": 1},
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 1.8,
            "color": _COLOURS[outcome],
            "array": [right - mean, 0], "arrayminus": [mean - (mean if low is None else low), 0],
        },
        text=["", f"  {look.t(f'outcome.{outcome}')} <b>{fmt.count(mean, 2)}</b>"],
        textposition="middle right",
        textfont={"color": house.TARGET},
        customdata=[[fmt.count(low, 2), fmt.count(high, 2), fmt.count(row["deals"])]] * 2,
        hovertemplate=look.t("visit_analysis.mean_hover") + "<extra></extra>",
    )  # fmt: skip


def credit(
    first: pl.DataFrame,
    last: pl.DataFrame,
    linear: pl.DataFrame,
    decay: pl.DataFrame,
    look: Look,
    *,
    chosen: str,
    measure: str,
    dimension: str,
) -> go.Figure:
    """What each group is credited with by all four rules, the chosen one filled and labelled.

    The frames are the report `visit-credit` by each rule; `measure` is amount or
    gross_profit. Groups by what the chosen rule gives them, the deals without visits last;
    the MOST largest are drawn. A click hands back the group, WITHOUT for those deals.
    """
    frames = {"first": first, "last": last, "linear": linear, "decay": decay}
    keyed = {rule: _keyed(rows).drop_nulls(measure) for rule, rows in frames.items()}
    order = keyed[chosen].sort("has_visits", measure, "key", descending=[True, True, False])
    drawn = pl.concat([order.filter("has_visits").head(MOST), order.filter(~pl.col("has_visits"))])
    keys = drawn["key"].to_list()
    made = house.figure(
        _ROW * max(len(keys), 2) + 40, legend=True, xgrid=True, ygrid=False, right=40
    )
    _spans(made, pl.concat(keyed.values()).filter(pl.col("key").is_in(keys)), measure)
    for rule in sorted(frames, key=lambda name: name == chosen):  # the chosen one on top
        rows = keyed[rule].filter(pl.col("key").is_in(keys))
        _credits(made, rows, look, rule=rule, measure=measure, is_chosen=rule == chosen)
    values = [v for rows in keyed.values() for v in rows[measure]]
    axis = house.signed_money_axis(look, min(values, default=0), max(values, default=0))
    made.update_xaxes(**axis)
    house.name_axis(made, keys)
    labels = [
        group_word(group, look, dimension)
        if has_visits
        else look.t("visit_analysis.without_visits")
        for has_visits, group in drawn.select("has_visits", "group").iter_rows()
    ]
    made.update_yaxes(tickvals=keys, ticktext=labels)
    return made


def _keyed(rows: pl.DataFrame) -> pl.DataFrame:
    """Groups with the key that a click hands back; equal names stay apart."""
    key = pl.when("has_visits").then(pl.col("group_id").fill_null("")).otherwise(pl.lit(WITHOUT))
    return rows.with_columns(key=key)


def _spans(made: go.Figure, rows: pl.DataFrame, measure: str) -> None:
    """A thin line from the smallest to the largest credit of each group."""
    value = pl.col(measure) / fmt.SCALE
    spans = rows.group_by("key", maintain_order=True).agg(low=value.min(), high=value.max())
    made.add_scatter(
        x=[x for low, high in spans.select("low", "high").iter_rows() for x in (low, high, None)],
        y=[y for key in spans["key"] for y in (key, key, None)],
        mode="lines",
        line={"color": house.COMPARE, "width": 1},
        hoverinfo="skip",
        showlegend=False,
    )


def _credits(
    made: go.Figure, rows: pl.DataFrame, look: Look, *, rule: str, measure: str, is_chosen: bool
) -> None:
    made.add_scatter(
        x=(rows[measure] / fmt.SCALE).to_list(),
        y=rows["key"].to_list(),
        name=look.t(f"credit.{rule}"),
        legendrank=list(_SYMBOLS).index(rule),
        mode="markers+text" if is_chosen else "markers",
        cliponaxis=False,
        marker={
            "size": 11 if is_chosen else 9,
            "symbol": _SYMBOLS[rule] + ("" if is_chosen else "-open"),
            "color": house.GROUP_1 if is_chosen else house.COMPARE,
            "line_width": 0 if is_chosen else 1.4,
        },
        text=[look.money(v) for v in rows[measure]] if is_chosen else None,
        textposition="top center",
        textfont={"color": house.TARGET},
        customdata=[
            (key, look.exact(value), fmt.count(visits), fmt.count(deals))
            for key, value, visits, deals in rows.select(
                "key", measure, "visits", "deals"
            ).iter_rows()
        ],
        hovertemplate=look.t("visit_analysis.credit_hover") + "<extra>%{fullData.name}</extra>",
    )
