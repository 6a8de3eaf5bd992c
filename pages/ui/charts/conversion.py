"""Charts of analytics.conversion."""

from itertools import pairwise

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

_ROW = 44  # pixels per row of a dot plot
OPENED = "opened"  # what a click on the funnel's first bar hands back


def funnel(steps: pl.DataFrame, look: Look, *, with_entered: bool = False) -> go.Figure:
    """Left-aligned bars of deals that reached each stage; a thin tick marks those that entered.

    `steps` is the report `funnel`; a click hands back the stage.
    """
    names = stage_names(steps, look)
    made = house.figure(36 * len(names) + 24, right=88, ygrid=False)
    made.add_bar(
        x=steps["reached"].to_list(),
        y=names,
        orientation="h",
        marker_color=[house.OPEN] * (len(names) - 1) + [house.WON],
        text=_labels(steps),
        textposition="outside",
        cliponaxis=False,
        customdata=_hover_rows(steps),
        hovertemplate=(
            f"%{{y}}<br>{look.t('columns.reached')}: <b>%{{x:,}}</b> (%{{customdata[1]}})<br>"
            f"{look.t('columns.entered')}: %{{customdata[2]}}<extra></extra>"
        ),
    )
    if with_entered:
        made.add_scatter(
            x=steps["entered"].to_list(),
            y=names,
            mode="markers",
            marker={"symbol": "line-ns", "size": 20, "line": {"width": 2, "color": house.TARGET}},
            hoverinfo="skip",
        )
    made.update_xaxes(visible=False, rangemode="tozero")
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return made


def stage_names(steps: pl.DataFrame, look: Look) -> list[str]:
    """The stages' names in the person's language; the step before the first is "opened"."""
    names = steps[f"name_{look.language}"].to_list()
    return [house.plain(n) if n else look.t("conversion.opened") for n in names]


def _labels(steps: pl.DataFrame) -> list[str]:
    rows = steps.select("reached", "step_rate").iter_rows()
    return [f"<b>{n:,}</b>  {fmt.rate(r, 0) if r is not None else ''}" for n, r in rows]


def _hover_rows(steps: pl.DataFrame) -> list[tuple[str, str, str]]:
    rows = steps.select("stage", "reached_rate", "entered").iter_rows()
    return [(s or OPENED, fmt.rate(r), fmt.count(e)) for s, r, e in rows]


def steps(
    now: pl.DataFrame,
    before: pl.DataFrame,
    look: Look,
    *,
    hollow: str | None = "conversion.against_previous",
) -> go.Figure:
    """Stage conversion with its 95 % interval; what it is compared with hollow.

    Both frames are the report `funnel`; a row is the step from one stage to the next, and a
    click hands back the stage it leads to. `hollow` is the key of the comparison's name,
    None where there is nothing to compare with.
    """
    names = stage_names(now, look)
    arrows = [f"{a} → {b}" for a, b in pairwise(names)]
    rows = _steps(now, arrows)
    made = house.figure(_ROW * len(arrows) + 40, xgrid=True, ygrid=False, top=18)
    earlier = _steps(before, arrows) if hollow and before.height == now.height else rows.clear()
    made.add_scatter(
        x=earlier["step_rate"].to_list(),
        y=earlier["label"].to_list(),
        mode="markers",
        marker={"size": 9, "symbol": "circle-open", "color": house.COMPARE, "line_width": 1.6},
        hovertemplate=f"{look.t(hollow)}: %{{x:.1%}}<extra></extra>" if hollow else None,
    )
    house.dots(
        made, rows, look,
        rate="step_rate", low="step_low_rate", high="step_high_rate", n="from",
        key="stage", interval="95 %",
    )  # fmt: skip
    ends = (rows["step_low_rate"], rows["step_high_rate"], earlier["step_rate"])
    shown = [v for end in ends for v in end.drop_nulls()]
    made.update_xaxes(**house.percent_axis(min(shown, default=0), max(shown, default=1)))
    house.name_axis(made, arrows)
    return made


def _steps(funnel: pl.DataFrame, arrows: list[str]) -> pl.DataFrame:
    return funnel.with_columns(pl.col("reached").shift().alias("from"))[1:].with_columns(
        pl.Series("label", arrows), pl.col("stage").cast(pl.String)
    )


def stage_time(stays: pl.DataFrame, look: Look) -> go.Figure:
    """Median days in each stage as a dot, a line on to the day by which 90 % have left.

    `stays` is the report `stage-time`; a stage that fewer than half have left says so. A
    click hands back the stage.
    """
    names = [house.plain(n) for n in stays[f"name_{look.language}"]]
    made = house.figure(_ROW * len(names) + 40, xgrid=True, ygrid=False, top=24, right=40)
    labelled = stays.with_columns(pl.Series("label", names, pl.String))
    _medians(made, labelled.drop_nulls("median_days"), look)
    waiting = labelled.filter(pl.col("median_days").is_null())
    made.add_scatter(
        x=[0] * waiting.height,
        y=waiting["label"].to_list(),
        mode="text",
        text=[look.t("conversion.stage_time_open") if n else fmt.UNKNOWN for n in waiting["stays"]],
        textposition="middle right",
        textfont={"color": house.MUTED},
        hoverinfo="skip",
    )
    made.update_xaxes(rangemode="tozero")
    order = {"categoryorder": "array", "categoryarray": names[::-1]}
    made.update_yaxes(**order, range=[-0.6, len(names) - 0.4], dtick=1)
    return made


def _medians(made: go.Figure, rows: pl.DataFrame, look: Look) -> None:
    upper = rows["p90_days"].fill_null(rows["median_days"])
    made.add_scatter(
        x=rows["median_days"].to_list(),
        y=rows["label"].to_list(),
        mode="markers+text",
        cliponaxis=False,
        marker={"size": 10, "color": house.OPEN},
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 1.6, "color": house.OPEN,
            "array": (upper - rows["median_days"]).to_list(), "arrayminus": [0] * rows.height,
        },
        text=[f"{fmt.count(v)}" for v in rows["median_days"]],
        textposition="top center",
        customdata=[
            (stage, *map(fmt.count, counts))
            for stage, *counts in rows.select("stage", "p90_days", "stays", "running").iter_rows()
        ],
        hovertemplate=look.t("conversion.stage_time_hover") + "<extra></extra>",
    )  # fmt: skip


def win_rate(
    groups: pl.DataFrame,
    look: Look,
    *,
    dimension: str,
    whole: str = "conversion.department",
    most: int = 14,
) -> go.Figure:
    """Closed-only win rate per group with its 95 % interval, best first; n in the label.

    `groups` is the report `win-rate`; the dotted line is all its groups together, `whole`
    the key of what to call them. n counts the deals that enter the rate. The largest `most`
    groups are drawn.
    """
    drawn = group_labels(groups, look, dimension, n=pl.col("decided"))
    drawn = drawn.filter(pl.col("win_rate").is_not_null()).top_k(most, by="n")
    drawn = drawn.sort("win_rate", "label", descending=[True, False])
    made = house.figure(max(_ROW * drawn.height, 120) + 30, xgrid=True, ygrid=False, top=24)
    house.dots(
        made, drawn, look,
        rate="win_rate", low="low_rate", high="high_rate", n="n", key="group_id", interval="95 %",
    )  # fmt: skip
    decided = int(groups["decided"].sum())
    if decided:
        rate = int(groups["decided_won"].sum()) / decided
        house.reference_line(made, rate, look.t(whole, rate=fmt.rate(rate, 0)))
    low, high = min(drawn["low_rate"], default=0), max(drawn["high_rate"], default=1)
    made.update_xaxes(**house.percent_axis(low, high))
    house.name_axis(made, drawn["label"].to_list())
    return made


def group_labels(groups: pl.DataFrame, look: Look, dimension: str, *, n: pl.Expr) -> pl.DataFrame:
    """The groups with `n` and their axis label: name and n.

    An unknown group says so; its id, which a click hands back, is the empty text.
    """
    words = [group_word(group, look, dimension) for group in groups["group"]]
    counted = groups.with_columns(
        n.alias("n"), pl.Series("label", words, pl.String), pl.col("group_id").fill_null("")
    )
    counts = pl.format(" <span style='font-size:11px'>n={}</span>", pl.col("n"))
    return counted.with_columns(pl.concat_str(pl.col("label"), counts).alias("label"))


def group_word(group: str | None, look: Look, dimension: str) -> str:
    """A group's name for an axis; an unknown one says so."""
    if group is None:
        return look.t("common.unknown")
    return house.plain(codes.word(look.language, dimension, group))


def _reason(reason: str | None, look: Look) -> str:
    if reason is None:
        return look.t("common.unknown")
    return house.plain(codes.word(look.language, "reason", reason))


def lost_reasons(reasons: pl.DataFrame, look: Look, *, most: int = 8) -> go.Figure:
    """Lost deals per reason as bars, the most frequent first; a click hands back the reason."""
    drawn = reasons.sort("lost", descending=True).head(most)
    names = [_reason(r, look) for r in drawn["reason"]]
    made = house.figure(34 * max(len(names), 2) + 20, right=80, ygrid=False)
    made.add_bar(
        x=drawn["lost"].to_list(),
        y=names,
        orientation="h",
        marker_color=house.LOST,
        text=[
            f"<b>{n:,}</b>  {fmt.rate(s, 0)}"
            for n, s in drawn.select("lost", "share_rate").iter_rows()
        ],
        textposition="outside",
        cliponaxis=False,
        customdata=[
            (r or "", look.exact(a)) for r, a in drawn.select("reason", "lost_amount").iter_rows()
        ],
        hovertemplate="%{y}: <b>%{x:,}</b> · %{customdata[1]}<extra></extra>",
    )
    made.update_xaxes(visible=False, rangemode="tozero")
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return made
