"""Charts of analytics.margin_spreads: margins by group in the same bins, and against size."""

import math

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.conversion import group_labels
from pages.ui.charts.figure import Look
from pages.ui.charts.margins import ALWAYS, bin_words, edges

_ROW = 74  # pixels per group
_UNDER = 0.05  # of a row: where the quartiles lie
_FULL = 0.84  # of a row: its highest bar
_CELL = 22  # pixels per margin bin of the density
_FAINTEST = 0.14


def spreads(
    bins: pl.DataFrame,
    groups: pl.DataFrame,
    look: Look,
    *,
    dimension: str,
    cases: str,
    most: int,
    measure: str,
    limits: tuple[int, ...],
) -> go.Figure:
    """A small histogram per group over one axis of margins, all to one scale of shares.

    `measure` is count or amount. `bins` is the report `margin-spreads`, `groups` is `margin`
    of the same question; `cases` names its column that counts what a group is made of. The
    `most` groups of the largest amount are drawn, few cases faded; ticks are the medians,
    lines the limits in percent. A click hands back `<bin in percent>|<group id>`.
    """
    n = pl.col(cases) - pl.col("unknown_count")
    labelled = group_labels(groups, look, dimension, n=n).drop_nulls("p50_rate")
    drawn = labelled.top_k(most, by="known_amount").sort("p50_rate", "label", descending=True)
    drawn = drawn.with_columns(row=pl.int_range(pl.len() - 1, -1, -1))
    cells = bins.with_columns(*edges(), pl.col("group_id").fill_null("")).join(
        drawn.select("group_id", "row", "n", "label"), on="group_id"
    )
    held = cells.filter(pl.col("count") > 0)
    low, high = min([*held["from"], ALWAYS[0]]), max([*held["to"], ALWAYS[1]])
    made = house.figure(_ROW * drawn.height + 40, ygrid=False, top=16, right=44)
    _cells(made, held, look, f"{measure}_rate")
    _medians(made, drawn)
    for limit in limits:
        made.add_vline(x=limit / 100, line={"color": house.TARGET, "width": 1})
    made.add_vline(x=0, line={"color": house.LOST, "width": 1.4, "dash": "dot"})
    made.update_xaxes(range=[low, high], dtick=0.2 if high - low > 1 else 0.1, tickformat=".0%")
    rows = drawn["row"].to_list()
    made.update_yaxes(
        range=[-0.12, drawn.height], tickvals=rows, ticktext=drawn["label"].to_list(),
        ticklabelposition="outside top", showgrid=True,
    )  # fmt: skip
    return made


def _cells(made: go.Figure, held: pl.DataFrame, look: Look, share: str) -> None:
    """Bars that stand on their group's line, in the colours of the tiers."""
    top = held[share].max() or 1
    for few in (False, True):
        part = held.filter((pl.col("n") < house.SMALL) == few)
        if part.is_empty():
            continue
        made.add_bar(
            x=part["x"].to_list(),
            y=(part[share] / top * _FULL).to_list(),
            base=part["row"].to_list(),
            width=((part["to"] - part["from"]) * 0.94).to_list(),
            marker_color=[house.TIERS[tier] for tier in part["tier"]],
            opacity=0.45 if few else 1,
            showlegend=False,
            customdata=[
                (
                    f"{round(row['from'] * 100)}|{row['group_id']}",
                    row["label"],
                    bin_words(row["bin_low_rate"], row["bin_high_rate"]),
                    fmt.count(row["count"]),
                    fmt.rate(row["count_rate"]),
                    look.exact(row["amount"]),
                    fmt.rate(row["amount_rate"]),
                )
                for row in part.iter_rows(named=True)
            ],
            hovertemplate=look.t("margin_spreads.hover") + "<extra></extra>",
        )


def _medians(made: go.Figure, drawn: pl.DataFrame) -> None:
    """A tick under each group at its median, and the middle half as a line."""
    quarters = drawn.select("p25_rate", "p75_rate", "row").rows()
    made.add_scatter(
        x=[x for low, high, _ in quarters for x in (low, high, None)],
        y=[y for *_, row in quarters for y in (row - _UNDER, row - _UNDER, None)],
        mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": house.COMPARE, "width": 4},
    )  # fmt: skip
    made.add_scatter(
        x=drawn["p50_rate"].to_list(), y=(drawn["row"] - _UNDER).to_list(),
        mode="markers", hoverinfo="skip", showlegend=False, cliponaxis=False,
        marker={"symbol": "line-ns", "size": 10, "line": {"width": 2.4, "color": house.TARGET}},
    )  # fmt: skip
    for rate, row in drawn.select("p50_rate", "row").iter_rows():
        made.add_annotation(
            x=1, xref="paper", xanchor="left", y=row, yanchor="bottom", showarrow=False,
            text=fmt.rate(rate, 0), font={"color": house.TARGET, "size": 12}, xshift=4,
        )  # fmt: skip


def density(cells: pl.DataFrame, sizes: pl.DataFrame, look: Look) -> go.Figure:
    """How many deals have a size and a margin, the more the darker; the median as a line.

    `cells` is the report `margin-density`, `sizes` is `margin-sizes` of the same question.
    A click hands back `<amount from>|<bin in percent>`.
    """
    placed = cells.with_columns(*edges()).rename({"from": "low", "to": "high", "x": "middle"})
    placed = placed.with_columns(
        left=pl.col("from_amount").log10(), right=pl.col("to_amount").log10()
    )
    low, high = min([*placed["low"], ALWAYS[0]]), max([*placed["high"], ALWAYS[1]])
    made = house.figure(round((high - low) * 20) * _CELL + 60, top=12)
    _squares(made, placed, look)
    _typical(made, sizes, look)
    made.update_yaxes(range=[low, high], dtick=0.2 if high - low > 1 else 0.1, tickformat=".0%")
    left, right = placed["left"].min() or 0, placed["right"].max() or 1
    values, texts = _money_ticks(left, right, look)  # type: ignore[arg-type]
    made.update_xaxes(range=[left, right], tickvals=values, ticktext=texts)
    return made


def _squares(made: go.Figure, placed: pl.DataFrame, look: Look) -> None:
    most = placed["count"].max() or 1
    strength = (placed["count"] / most) ** 0.5 * (1 - _FAINTEST) + _FAINTEST
    made.add_bar(
        x=((placed["left"] + placed["right"]) / 2).to_list(),
        y=((placed["high"] - placed["low"]) * 0.94).to_list(),
        base=placed["low"].to_list(),
        width=((placed["right"] - placed["left"]) * 0.94).to_list(),
        marker={"color": house.WON, "opacity": strength.to_list(), "cornerradius": 0},
        showlegend=False,
        customdata=[
            (
                f"{row['from_amount']}|{round(row['low'] * 100)}",
                look.money(row["from_amount"]),
                look.money(row["to_amount"]),
                bin_words(row["bin_low_rate"], row["bin_high_rate"]),
                fmt.count(row["count"]),
                look.exact(row["amount"]),
            )
            for row in placed.iter_rows(named=True)
        ],
        hovertemplate=look.t("margin_spreads.density_hover") + "<extra></extra>",
    )


def _typical(made: go.Figure, sizes: pl.DataFrame, look: Look) -> None:
    """The median margin of each size class that has enough deals to have one."""
    enough = sizes.filter(pl.col("count") >= house.SMALL)
    middle = (enough["from_amount"].log10() + enough["to_amount"].log10()) / 2
    made.add_scatter(
        x=middle.to_list(), y=enough["p50_rate"].to_list(), mode="lines+markers",
        showlegend=False, line={"color": house.TARGET, "width": 2}, marker={"size": 6},
        customdata=[
            (
                None,
                look.money(row["from_amount"]),
                look.money(row["to_amount"]),
                fmt.rate(row["p50_rate"]),
                fmt.rate(row["margin_rate"]),
                fmt.count(row["count"]),
            )
            for row in enough.iter_rows(named=True)
        ],
        hovertemplate=look.t("margin_spreads.typical_hover") + "<extra></extra>",
    )  # fmt: skip


def _money_ticks(left: float, right: float, look: Look) -> tuple[list[float], list[str]]:
    """A tick per power of ten, and at three of each where there are few."""
    powers = range(math.floor(left), math.ceil(right) + 1)
    steps = (1, 3) if right - left < 4 else (1,)
    amounts = [step * 10**power for power in powers for step in steps]
    inside = [a for a in amounts if left - 0.01 <= math.log10(a) <= right + 0.01]
    return [math.log10(a) for a in inside], [_round_money(a / fmt.SCALE, look) for a in inside]


def _round_money(amount: float, look: Look) -> str:
    """¥30k: a round amount without decimals it does not need."""
    scale, name = fmt.unit(amount, look.language)
    return f"{fmt.symbol(look.currency)}{amount / scale:,.10g}{name}"
