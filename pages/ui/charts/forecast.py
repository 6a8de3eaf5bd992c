"""Charts of analytics.forecast and analytics.forecast_backtest."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

_PARTS = {"won": house.WON, "open": house.OPEN, "new": house.MUTED}
_BAND = 0x44  # of 255: how opaque a month's band is
_PALE = 0.5  # deals that nobody has opened yet
_BELOW = 0.42  # where the band lies below its bar
_ROOM = 1.12  # of the axis above the largest of what is drawn


def parts(rows: pl.DataFrame, look: Look) -> go.Figure:
    """A bar per period, stacked of what is won, open and not yet opened (their means).

    `rows` is the report `forecast`. Below each bar the 80 % band of the total with its median,
    a tick marks the target. A click hands back "period.part".
    """
    totals = rows.filter(part="total")
    places = dict(zip(totals["period"], range(totals.height)[::-1], strict=True))
    made = house.figure(96 * totals.height + 40, legend=True, right=24, xgrid=True, ygrid=False)
    for part, colour in _PARTS.items():
        _stack(made, rows.filter(part=part), part, colour, places, look)
    _bands(made, totals, places, look)
    if totals["target_amount"].count():
        _target_ticks(made, totals.drop_nulls("target_amount"), places, look)
    made.update_layout(
        barmode="stack",
        legend_traceorder="normal",
        uniformtext={"minsize": 11, "mode": "hide"},  # no room, no text
    )
    top = totals.select(pl.max_horizontal("p90_amount", "target_amount")).max().item()
    made.update_xaxes(**house.money_axis(look, top), range=[0, top / fmt.SCALE * _ROOM])
    names = [look.t(f"period.{period}") for period in places]
    made.update_yaxes(
        tickvals=list(places.values()), ticktext=names, range=[-0.75, totals.height - 0.5]
    )
    return made


def _stack(
    made: go.Figure,
    rows: pl.DataFrame,
    part: str,
    colour: str,
    places: dict[str, int],
    look: Look,
) -> None:
    """One part of every bar."""
    name = look.t(f"part.{part}")
    made.add_bar(
        x=(rows["mean_amount"] / fmt.SCALE).to_list(),
        y=[places[period] for period in rows["period"]],
        orientation="h",
        width=0.5,
        name=name,
        marker={"color": colour, "opacity": _PALE if part == "new" else 1},
        text=[look.money(v) if v else "" for v in rows["mean_amount"]],
        textposition="inside",
        insidetextanchor="middle",
        textangle=0,
        customdata=[
            (f"{r['period']}.{part}", look.exact(r["mean_amount"]), _range(r, look))
            for r in rows.iter_rows(named=True)
        ],
        hovertemplate=f"{name}: <b>%{{customdata[1]}}</b><br>%{{customdata[2]}}<extra></extra>",
    )


def _range(row: dict[str, object], look: Look) -> str:
    """80 %: from – to; what is won needs none."""
    low, high = row["p10_amount"], row["p90_amount"]
    if row["part"] == "won" or not isinstance(low, int) or not isinstance(high, int):
        return look.t("forecast.certain")
    return look.t("forecast.range", low=look.money(low), high=look.money(high))


def _bands(made: go.Figure, totals: pl.DataFrame, places: dict[str, int], look: Look) -> None:
    """The total's median with its 80 % interval, below the bar."""
    middle, low, high = (totals[n] / fmt.SCALE for n in ("p50_amount", "p10_amount", "p90_amount"))
    made.add_scatter(
        x=middle.to_list(),
        y=[places[period] - _BELOW for period in totals["period"]],
        mode="markers+text",
        name=look.t("forecast.median"),
        cliponaxis=False,
        marker={"size": 9, "color": house.OPEN},
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 4, "color": house.OPEN,
            "array": (high - middle).to_list(), "arrayminus": (middle - low).to_list(),
        },
        text=[f"<b>{look.money(v)}</b>" for v in totals["p50_amount"]],
        textposition="bottom center",
        customdata=[
            (f"{r['period']}.total", look.exact(r["p50_amount"]), _range(r, look))
            for r in totals.iter_rows(named=True)
        ],
        hovertemplate="<b>%{customdata[1]}</b><br>%{customdata[2]}<extra></extra>",
    )  # fmt: skip


def _target_ticks(
    made: go.Figure, totals: pl.DataFrame, places: dict[str, int], look: Look
) -> None:
    name = look.t("columns.target_amount")
    made.add_scatter(
        x=(totals["target_amount"] / fmt.SCALE).to_list(),
        y=[places[period] for period in totals["period"]],
        mode="markers",
        name=name,
        cliponaxis=False,
        marker={"symbol": "line-ns", "size": 44, "line": {"width": 2.4, "color": house.TARGET}},
        customdata=[look.exact(v) for v in totals["target_amount"]],
        hovertemplate=f"{name}: <b>%{{customdata}}</b><extra></extra>",
    )


def backtest(months: pl.DataFrame, look: Look) -> go.Figure:
    """Each month's 80 % band and median beside what it brought, and what other methods said.

    `months` is the report `forecast-backtest`. A month outside its band is hollow; figures of
    other methods above the axis are left out. A click hands back the month as ISO day.
    """
    made = house.figure(288, legend=True)
    top = months.select(pl.max_horizontal("p90_amount", "won_amount")).max().item() * _ROOM
    _month_bands(made, months, look)
    _others(
        made, months, "last_year_amount", "method.last_year", house.COMPARE, "circle", look, top
    )
    _others(made, months, "stage_amount", "method.stage", house.MUTED, "x-thin-open", look, top)
    _outcomes(made, months, look)
    made.update_yaxes(**house.money_axis(look, int(top)), range=[0, top / fmt.SCALE])
    shown = "%y年%-m月" if look.language == "zh" else "%b %y"
    made.update_xaxes(type="date", tickformat=shown)
    return made


def _month_bands(made: go.Figure, months: pl.DataFrame, look: Look) -> None:
    middle, low, high = (months[n] / fmt.SCALE for n in ("p50_amount", "p10_amount", "p90_amount"))
    hover = [
        (fmt.month(m, look.language), look.exact(mid), look.money(lo), look.money(hi))
        for m, mid, lo, hi in months.select(
            "month", "p50_amount", "p10_amount", "p90_amount"
        ).iter_rows()
    ]
    made.add_scatter(
        x=months["month"].to_list(),
        y=middle.to_list(),
        mode="markers",
        name=look.t("forecast.band"),
        marker={"symbol": "line-ew", "size": 15, "line": {"width": 2.4, "color": house.OPEN}},
        error_y={
            "type": "data", "symmetric": False, "width": 0, "thickness": 15,
            "color": house.faint(house.OPEN, _BAND),
            "array": (high - middle).to_list(), "arrayminus": (middle - low).to_list(),
        },
        customdata=hover,
        hovertemplate=look.t("forecast.band_hover") + "<extra></extra>",
    )  # fmt: skip


def _others(
    made: go.Figure,
    months: pl.DataFrame,
    column: str,
    words: str,
    colour: str,
    symbol: str,
    look: Look,
    top: float,
) -> None:
    """What another method said of each month, as far as it lies inside the picture."""
    rows = months.filter(pl.col(column) <= top)
    name = look.t(words)
    made.add_scatter(
        x=rows["month"].to_list(),
        y=(rows[column] / fmt.SCALE).to_list(),
        mode="markers",
        name=name,
        marker={"symbol": symbol, "size": 7, "color": colour, "line": {"width": 1.4}},
        customdata=[look.exact(v) for v in rows[column]],
        hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
    )


def _outcomes(made: go.Figure, months: pl.DataFrame, look: Look) -> None:
    """What was won: filled inside the band, hollow outside."""
    symbols = ["circle" if inside else "circle-open" for inside in months["is_inside"]]
    made.add_scatter(
        x=months["month"].to_list(),
        y=(months["won_amount"] / fmt.SCALE).to_list(),
        mode="markers",
        name=look.t("forecast.actual"),
        marker={"symbol": symbols, "size": 10, "color": house.WON, "line": {"width": 2.2}},
        customdata=[
            (m.isoformat(), fmt.month(m, look.language), look.exact(v))
            for m, v in months.select("month", "won_amount").iter_rows()
        ],
        hovertemplate="%{customdata[1]}: <b>%{customdata[2]}</b><extra></extra>",
    )
