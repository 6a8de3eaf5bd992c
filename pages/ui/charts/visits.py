"""Charts of visits: whom they reach, when, how long, and what is kept and what follows."""

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.conversion import group_labels
from pages.ui.charts.figure import Look

MOST = 12  # groups that one chart draws, the largest
_BAR = 34  # pixels per bar
_ROW = 44  # pixels per row of a dot plot
_MONDAY = date(2000, 1, 3)
_FADED = 0.45
# How a click shows. Plotly works it out itself, but not of bars that each have an opacity.
_CHOSEN = {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 0.25}}}
FATES = {"kept": house.GROUP_1, "late": house.GROUP_2, "missed": house.GROUP_3}
_LEGIBLE = 0.09  # a narrower part of a bar has no room for its share


def coverage(groups: pl.DataFrame, look: Look, *, dimension: str) -> go.Figure:
    """Share of customers visited per segment as bars, the largest segment first.

    `groups` is the report `coverage`; a click hands back the group.
    """
    drawn = group_labels(groups, look, dimension, n=pl.col("customers"))
    drawn = drawn.sort("customers", "group_id", descending=[True, False]).head(MOST)
    made = house.figure(_BAR * max(drawn.height, 2) + 24, right=96, ygrid=False)
    made.add_bar(
        x=drawn["coverage_rate"].to_list(),
        y=drawn["label"].to_list(),
        orientation="h",
        marker={"color": house.GROUP_1, "opacity": _opacities(drawn["customers"])},
        **_CHOSEN,
        text=[
            f"<b>{fmt.rate(rate, 0)}</b>  {fmt.count(visited)}/{fmt.count(n)}"
            for rate, visited, n in drawn.select(
                "coverage_rate", "customers_visited", "customers"
            ).iter_rows()
        ],
        textposition="outside",
        cliponaxis=False,
        customdata=[
            (key, fmt.count(visits), fmt.rate(share))
            for key, visits, share in drawn.select("group_id", "visits", "visits_rate").iter_rows()
        ],
        hovertemplate=look.t("visit_analysis.coverage_hover") + "<extra></extra>",
    )
    made.update_xaxes(visible=False, range=[0, 1])
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return made


def appointments(groups: pl.DataFrame, look: Look, *, dimension: str) -> go.Figure:
    """Kept, late and missed appointments per group as parts of one bar; the best kept first.

    `groups` is the report `appointments`; a click hands back what became of them and the
    group, see `parts`.
    """
    drawn = group_labels(groups.filter(pl.col("due") > 0), look, dimension, n=pl.col("due"))
    drawn = drawn.top_k(MOST, by="due").sort("kept_rate", "label", descending=[True, False])
    made = house.figure(_BAR * max(drawn.height, 2) + 24, legend=True, ygrid=False)
    for fate, colour in FATES.items():
        shares = drawn[f"{fate}_rate"].to_list()
        made.add_bar(
            x=shares,
            y=drawn["label"].to_list(),
            name=look.t(f"appointment.{fate}"),
            orientation="h",
            marker={"color": colour, "opacity": _opacities(drawn["due"])},
            **_CHOSEN,
            text=[fmt.rate(share, 0) if share >= _LEGIBLE else "" for share in shares],
            textposition="inside",
            insidetextanchor="middle",
            textangle=0,
            customdata=[
                (joined(fate, key), fmt.count(n), fmt.rate(share), fmt.count(due))
                for key, n, share, due in drawn.select(
                    "group_id", fate, f"{fate}_rate", "due"
                ).iter_rows()
            ],
            hovertemplate=look.t("visit_analysis.appointments_hover")
            + "<extra>%{fullData.name}</extra>",
        )
    made.update_layout(barmode="stack", legend_traceorder="normal")
    made.update_xaxes(visible=False, range=[0, 1])
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return made


def _opacities(counts: pl.Series) -> list[float]:
    return [_FADED if n < house.SMALL else 1 for n in counts]


def joined(first: str, second: str) -> str:
    """Two codes as one value of a mark; `parts` takes them apart."""
    return f"{first}|{second}"


def parts(value: str) -> tuple[str, str]:
    """The two codes of `joined`; only the second may hold a bar."""
    first, second = value.split("|", 1)
    return first, second


def outcomes(groups: pl.DataFrame, look: Look, *, dimension: str) -> go.Figure:
    """How often the deal moved on after a visit, with its 95 % interval; highest first.

    `groups` is the report `visit-outcomes`; the dotted line is the same for any open day.
    A click hands back the group.
    """
    drawn = group_labels(groups, look, dimension, n=pl.col("watched")).filter(pl.col("n") > 0)
    drawn = drawn.top_k(MOST, by="n").sort("advanced_rate", "label", descending=[True, False])
    made = house.figure(max(_ROW * drawn.height, 88) + 30, xgrid=True, ygrid=False, top=24)
    house.dots(
        made, drawn, look,
        rate="advanced_rate", low="low_rate", high="high_rate", n="n", key="group_id",
        interval="95 %",
    )  # fmt: skip
    base = drawn["base_rate"].drop_nulls().head(1).to_list()
    for rate in base:
        house.reference_line(made, rate, look.t("visit_analysis.any_day", rate=fmt.rate(rate, 0)))
    edges = [*drawn["low_rate"], *drawn["high_rate"], *base]
    made.update_xaxes(**house.percent_axis(min(edges, default=0), max(edges, default=1)))
    house.name_axis(made, drawn["label"].to_list())
    return made


def minutes(groups: pl.DataFrame, look: Look, *, dimension: str) -> go.Figure:
    """Median minutes of a visit as a dot, the middle half as a line; the longest first.

    `groups` is the report `visit-outcomes`; a click hands back the group.
    """
    drawn = group_labels(groups, look, dimension, n=pl.col("timed")).drop_nulls("median_minutes")
    drawn = drawn.top_k(MOST, by="n").sort("median_minutes", "label", descending=[True, False])
    median = drawn["median_minutes"]
    made = house.figure(max(_ROW * drawn.height, 88) + 30, xgrid=True, ygrid=False, top=18)
    made.add_scatter(
        x=median.to_list(),
        y=drawn["label"].to_list(),
        mode="markers+text",
        cliponaxis=False,
        marker={"size": 10, "color": house.GROUP_1, "opacity": _opacities(drawn["n"])},
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 1.6,
            "color": house.GROUP_1,
            "array": (drawn["p75_minutes"] - median).to_list(),
            "arrayminus": (median - drawn["p25_minutes"]).to_list(),
        },
        text=[fmt.count(v) for v in median],
        textposition="top center",
        customdata=[
            (key, fmt.count(low), fmt.count(high), fmt.count(n))
            for key, low, high, n in drawn.select(
                "group_id", "p25_minutes", "p75_minutes", "n"
            ).iter_rows()
        ],
        hovertemplate=look.t("visit_analysis.minutes_hover") + "<extra></extra>",
    )  # fmt: skip
    made.update_xaxes(rangemode="tozero")
    house.name_axis(made, drawn["label"].to_list())
    return made


def hours(cells: pl.DataFrame, look: Look) -> go.Figure:
    """Visits by weekday and hour, darker (in dark mode brighter) for more.

    `cells` is the report `visit-hours`; where no hour is known the weekdays alone are bars.
    A click hands back weekday and hour, or the weekday.
    """
    known = cells.drop_nulls("hour")
    return _weekdays(cells, look) if known.is_empty() else _heatmap(known, look)


def _heatmap(known: pl.DataFrame, look: Look) -> go.Figure:
    low, high = known.select(pl.min("hour"), pl.max("hour").alias("high")).row(0)
    span = range(low, high + 1)
    counts = {
        (day, hour): n for day, hour, n in known.select("weekday", "hour", "visits").iter_rows()
    }
    made = house.figure(7 * _BAR + 40, ygrid=False, bottom=8)
    made.add_heatmap(
        x=[str(hour) for hour in span],
        y=list(weekday_words(look).values()),
        z=[[counts.get((day, hour)) for hour in span] for day in range(1, 8)],
        colorscale=house.INTENSITY,
        zmin=0,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
        texttemplate="%{z}",
        textfont={"size": 11},
    )
    made.add_scatter(  # a heatmap's cells cannot be selected
        x=[str(hour) for _day, hour in counts],
        y=[weekday_words(look)[day] for day, _hour in counts],
        mode="markers",
        marker={"size": 22, "opacity": 0, "symbol": "square"},
        customdata=[
            (joined(str(day), str(hour)), fmt.count(n)) for (day, hour), n in counts.items()
        ],
        hovertemplate=look.t("visit_analysis.hour_hover") + "<extra></extra>",
    )
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    made.update_xaxes(type="category")
    return made


def weekday_words(look: Look) -> dict[int, str]:
    """ISO weekday -> its name."""
    days = {n: _MONDAY + timedelta(days=n - 1) for n in range(1, 8)}
    return {n: fmt.weekday(day, look.language) for n, day in days.items()}


def _weekdays(cells: pl.DataFrame, look: Look) -> go.Figure:
    words = weekday_words(look)
    counts = dict(cells.group_by("weekday").agg(pl.col("visits").sum()).iter_rows())
    made = house.figure(7 * _BAR + 40, right=64, ygrid=False)
    made.add_bar(
        x=[counts.get(day, 0) for day in words],
        y=list(words.values()),
        orientation="h",
        marker_color=house.GROUP_1,
        text=[fmt.count(counts.get(day, 0)) for day in words],
        textposition="outside",
        cliponaxis=False,
        customdata=[str(day) for day in words],
        hovertemplate="%{y}: <b>%{x:,}</b><extra></extra>",
    )
    made.update_xaxes(visible=False, rangemode="tozero")
    made.update_yaxes(autorange="reversed", showgrid=False, dtick=1)
    return made
