"""Charts of analytics.margins: how margins spread over the tiers, and margin by group."""

import math

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.conversion import group_labels
from pages.ui.charts.figure import Look

_HEIGHT = 396
_ROW = 44  # pixels per row of the dot plot
_HEADROOM = 1.14  # above the highest bar, for the word at 0
_BARS = [0.27, 1.0]  # share of the height for the bars; the quantiles get the rest
_STRIP = [0.0, 0.13]
_END_ROOM = 0.25  # next to the label of an end bin, for a phone's sake
ALWAYS = (-0.1, 0.6)  # margins that are always in sight, so that every limit is
_WIDE = 0.95  # a wider span leaves no room for labels in the middle of 20-30 %


def distribution(
    bins: pl.DataFrame, quantiles: pl.DataFrame, look: Look, *, measure: str, grain: str = "deal"
) -> go.Figure:
    """Bars per margin bin in the colour of the tier that may approve them; quantiles below.

    `bins` is the report `margin-distribution`, `quantiles` is `margin-quantiles` at the same
    grain, deal or line; `measure` is count or amount. A click hands back the bin, see `bin_keys`.
    """
    drawn = _in_sight(bins.with_columns(*edges(), pl.Series("key", bin_keys(bins))))
    span = (drawn["from"][0], drawn["to"][-1])
    made = house.figure(_HEIGHT, top=44, right=34)  # room for the label of the last quantile
    made.update_layout(bargap=0, yaxis={"domain": _BARS}, yaxis2={"domain": _STRIP})
    _bars(made, drawn, look, measure, grain)
    _limits(made, bins, drawn, look, measure)
    _strip(made, quantiles, look, span)
    made.update_xaxes(range=[span[0] - 0.012, span[1] + 0.012], anchor="y", **_ticks(drawn))
    return made


def bin_keys(bins: pl.DataFrame) -> list[str]:
    """The name of each bin: its lower edge in percent, as `analytics.tiers.bin_percent`."""
    return [str(round(edge * 100)) for edge in bins.select(edges()[0]).to_series()]


def bin_words(low: float | None, high: float | None) -> str:
    """A bin in words: 15% – 20%, < −50% or ≥ 100%."""
    if low is None:
        return f"< {fmt.rate(high, 0)}"
    return f"≥ {fmt.rate(low, 0)}" if high is None else f"{fmt.rate(low, 0)} – {fmt.rate(high, 0)}"


def tier_words(bins: pl.DataFrame) -> dict[str, str]:
    """The margins each tier may approve, in words: manager -> 30% – 50%."""
    low, high = pl.col("bin_low_rate"), pl.col("bin_high_rate")
    edges = bins.group_by("tier", maintain_order=True).agg(
        pl.when(low.is_not_null().all()).then(low.min()).alias("low"),
        pl.when(high.is_not_null().all()).then(high.max()).alias("high"),
    )
    return {str(tier): bin_words(start, stop) for tier, start, stop in edges.iter_rows()}


def edges() -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Where a bin is drawn, its middle `x`; the two ends have the width of the others."""
    low, high = pl.col("bin_low_rate"), pl.col("bin_high_rate")
    width = (high - low).drop_nulls().first()
    start, stop = pl.coalesce(low, high - width), pl.coalesce(high, low + width)
    return start.alias("from"), stop.alias("to"), ((start + stop) / 2).alias("x")


def _in_sight(bins: pl.DataFrame) -> pl.DataFrame:
    """The bins from the first to the last that holds something, and those always shown."""
    held = bins.filter(pl.col("count") > 0)["x"].to_list()
    low, high = min([*held, ALWAYS[0]]), max([*held, ALWAYS[1]])
    return bins.filter(pl.col("to") > low, pl.col("from") < high).sort("x")


def _bars(made: go.Figure, drawn: pl.DataFrame, look: Look, measure: str, grain: str) -> None:
    heights = drawn["amount"] / fmt.SCALE if measure == "amount" else drawn["count"]
    made.add_bar(
        x=drawn["x"].to_list(),
        y=heights.to_list(),
        width=((drawn["to"] - drawn["from"]) * 0.94).to_list(),
        marker_color=[house.TIERS[tier] for tier in drawn["tier"]],
        showlegend=False,
        customdata=[
            (
                row["key"],
                bin_words(row["bin_low_rate"], row["bin_high_rate"]),
                fmt.count(row["count"]),
                fmt.rate(row["count_rate"]),
                look.exact(row["amount"]),
                fmt.rate(row["amount_rate"]),
            )
            for row in drawn.iter_rows(named=True)
        ],
        hovertemplate=look.t(f"margin.bin_hover_{grain}") + "<extra></extra>",
    )
    top = max([1.0, *(float(v) for v in heights)])
    made.update_layout(yaxis_range=[0, top * _HEADROOM], yaxis_tickformat=",d")
    if measure == "amount":
        axis = house.money_axis(look, max(drawn["amount"].to_list()))
        made.update_layout(yaxis_tickvals=axis["tickvals"], yaxis_ticktext=axis["ticktext"])


def _limits(
    made: go.Figure, bins: pl.DataFrame, drawn: pl.DataFrame, look: Look, measure: str
) -> None:
    """Ink lines where a tier begins, its name and share above, and a dotted line at 0."""
    left, right = drawn["from"][0], drawn["to"][-1]
    tiers = bins.group_by("tier", maintain_order=True).agg(
        pl.col("bin_low_rate").min().alias("from"),
        pl.col("bin_high_rate").max().alias("to"),
        pl.col(f"{measure}_rate").sum().alias("share"),
        pl.col("bin_low_rate").is_null().any().alias("is_lowest"),
        pl.col("bin_high_rate").is_null().any().alias("is_highest"),
    )
    for tier in tiers.iter_rows(named=True):
        start = left if tier["is_lowest"] else tier["from"]
        stop = right if tier["is_highest"] else tier["to"]
        if not tier["is_lowest"]:
            _line(made, start, {"color": house.TARGET, "width": 1.2})
        words = f"{look.t('tier.' + tier['tier'])}<br><b>{fmt.rate(tier['share'], 0)}</b>"
        made.add_annotation(
            y=1, yref="y domain", yanchor="bottom", align="center", showarrow=False, text=words,
            font={"color": house.TARGET, "size": 12},
            **_label_place(start, stop, tier["tier"], is_wide=right - left > _WIDE),
        )  # fmt: skip
    _line(made, 0, {"color": house.LOST, "width": 1.6, "dash": "dot"})
    made.add_annotation(
        x=0, y=1, yref="y domain", xanchor="right", yanchor="top", xshift=-4,
        showarrow=False, text=look.t("margin.loss"), font={"color": house.LOST, "size": 12},
    )  # fmt: skip


def _label_place(start: float, stop: float, tier: str, *, is_wide: bool) -> dict[str, object]:
    """Middle of the tier; on a wide span the two narrow tiers' labels part at their border."""
    if is_wide and tier == "office":
        return {"x": stop, "xanchor": "right", "xshift": -3}
    if is_wide and tier == "manager":
        return {"x": start, "xanchor": "left", "xshift": 3}
    apart = {"office": -3, "manager": 5}.get(tier, 0)  # so that they do not touch on a phone
    return {"x": (start + stop) / 2, "xanchor": "center", "xshift": apart}


def _line(made: go.Figure, at: float, style: dict[str, object]) -> None:
    made.add_shape(type="line", x0=at, x1=at, y0=0, y1=1, yref="y domain", line=style)


def _ticks(drawn: pl.DataFrame) -> dict[str, object]:
    """A tick every 10 or 20 points, and the ends by what they hold."""
    low, high = drawn["from"][0], drawn["to"][-1]
    has_below, has_above = drawn["bin_low_rate"][0] is None, drawn["bin_high_rate"][-1] is None
    step = 20 if high - low > _WIDE else 10
    first = math.ceil(round((low + (_END_ROOM if has_below else 0)) * 100, 6) / step) * step
    last = math.floor(round((high - (_END_ROOM if has_above else 0)) * 100, 6) / step) * step
    values = [n / 100 for n in range(first, last + 1, step)]
    texts = [fmt.rate(v, 0) for v in values]
    if has_below:
        values, texts = [drawn["x"][0], *values], [f"<{fmt.rate(drawn['to'][0], 0)}", *texts]
    if has_above:
        values, texts = [*values, drawn["x"][-1]], [*texts, f"≥{fmt.rate(drawn['from'][-1], 0)}"]
    return {"tickvals": values, "ticktext": texts}


def _strip(made: go.Figure, quantiles: pl.DataFrame, look: Look, span: tuple[float, float]) -> None:
    """The middle half as a bar, 90 % as a line, the median as a tick; labels never cross."""
    row = quantiles.row(0, named=True)
    made.update_layout(yaxis2={"range": [-1, 1], "visible": False, "fixedrange": True})
    if row["p50_rate"] is None:
        return
    at = {
        q: min(max(row[f"{q}_rate"], span[0]), span[1]) for q in ("p5", "p25", "p50", "p75", "p95")
    }
    for ends, width in ((("p5", "p95"), 2), (("p25", "p75"), 9)):
        made.add_scatter(
            x=[at[q] for q in ends], y=[0, 0], yaxis="y2", mode="lines", hoverinfo="skip",
            line={"color": house.COMPARE, "width": width},
        )  # fmt: skip
    made.add_scatter(
        x=[at[q] for q in ("p5", "p50", "p95")], y=[0, 0, 0], yaxis="y2", mode="markers",
        hoverinfo="skip",
        marker={
            "symbol": "line-ns", "size": [9, 16, 9],
            "line": {"width": 2, "color": [house.COMPARE, house.TARGET, house.COMPARE]},
        },
    )  # fmt: skip
    for quantile, side, level in _QUANTILE_LABELS:
        made.add_annotation(
            x=at[quantile], y=0, yref="y2", showarrow=False, yanchor="middle", xanchor=side,
            yshift=17 * level, font={"color": house.TARGET, "size": 12},
            text=f"{look.t('margin.' + quantile)} {fmt.rate(row[f'{quantile}_rate'], 0)}",
        )  # fmt: skip


_QUANTILE_LABELS = (  # quantile, anchor of its text, above or below the strip
    ("p5", "right", -1),
    ("p25", "right", 1),
    ("p50", "center", -1),
    ("p75", "left", 1),
    ("p95", "left", -1),
)


def by_group(
    groups: pl.DataFrame,
    quantiles: pl.DataFrame,
    look: Look,
    *,
    dimension: str,
    cases: str = "deals",
    most: int = 12,
) -> go.Figure:
    """Weighted margin per group as a dot, its middle half as a line; highest first.

    `groups` is the report `margin`, `quantiles` is `margin-quantiles` of the same question:
    its margin is the dotted line. `cases` names the column that counts what a group is made
    of, deals or lines; those of unknown cost do not count. The `most` groups of the largest
    amount with known cost are drawn, few cases faded and last. A click hands back the group.
    """
    n = pl.col(cases) - pl.col("unknown_count")
    drawn = _drawn_groups(group_labels(groups, look, dimension, n=n), most)
    made = house.figure(max(_ROW * drawn.height, 88) + 44, xgrid=True, ygrid=False, top=24)
    for few in (False, True):
        part = drawn.filter(pl.col("is_few") == few)
        if not part.is_empty():
            _group_dots(made, part, look, few=few)
    total = quantiles["margin_rate"][0]
    if total is not None:
        house.reference_line(made, total, look.t("margin.all", rate=fmt.rate(total, 0)))
    edges = [
        v
        for name in ("p25_rate", "p75_rate", "margin_rate")
        for v in (*drawn[name].drop_nulls(), total)
        if v is not None
    ]
    made.update_xaxes(**house.percent_axis(min(edges, default=0), max(edges, default=0.5)))
    house.name_axis(made, drawn["label"].to_list())
    return made


def _drawn_groups(labelled: pl.DataFrame, most: int) -> pl.DataFrame:
    largest = labelled.drop_nulls("margin_rate").top_k(most, by="known_amount")
    return largest.with_columns(is_few=pl.col("n") < house.SMALL).sort(
        "is_few", "margin_rate", "label", descending=[False, True, False]
    )


def _group_dots(made: go.Figure, part: pl.DataFrame, look: Look, *, few: bool) -> None:
    names = part["label"].to_list()
    lines = part.select("p25_rate", "p75_rate").rows()
    made.add_scatter(
        x=[x for low, high in lines for x in (low, high, None)],
        y=[y for name in names for y in (name, name, None)],
        mode="lines",
        hoverinfo="skip",
        opacity=0.45 if few else 1,
        line={"color": house.WON, "width": 1.6},
    )
    made.add_scatter(
        x=part["margin_rate"].to_list(),
        y=names,
        mode="markers+text",
        opacity=0.45 if few else 1,
        cliponaxis=False,
        marker={
            "size": 10, "color": house.WON, "symbol": "circle-open" if few else "circle",
            "line_width": 2 if few else 0,
        },
        text=[fmt.rate(v, 0) for v in part["margin_rate"]],
        textposition="top center",
        customdata=[
            (
                row["group_id"] or "",
                fmt.rate(row["margin_rate"], 2),
                fmt.rate(row["p25_rate"]),
                fmt.rate(row["p75_rate"]),
                look.exact(row["gross_profit"]),
                look.exact(row["known_amount"]),
            )
            for row in part.iter_rows(named=True)
        ],
        hovertemplate=look.t("margin.group_hover") + "<extra></extra>",
    )  # fmt: skip
