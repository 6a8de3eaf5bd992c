"""Charts of analytics.department."""

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look


def monthly(months: pl.DataFrame, look: Look, *, as_of: date) -> go.Figure:
    """Won amount per month as bars, its target as steps, the year before as dots.

    `months` is the report `monthly`. The month that is still running is drawn faded; a
    click hands back the month as ISO day.
    """
    made = house.figure(264, legend=True)
    running = [0.55 if m <= as_of < _next(m) else 1.0 for m in months["month"]]
    made.add_bar(
        x=months["month"].to_list(),
        y=_units(months["won_amount"]),
        name=look.t("columns.won_amount"),
        marker={"color": house.WON, "opacity": running},
        customdata=[
            (m.isoformat(), fmt.month(m, look.language), look.exact(v))
            for m, v in months.select("month", "won_amount").iter_rows()
        ],
        hovertemplate="%{customdata[1]}: <b>%{customdata[2]}</b><extra></extra>",
    )
    if months["target_amount"].count():
        _target_steps(made, months, look)
    if months["last_year_amount"].count():
        _year_before(made, months, look)
    columns = months.select("won_amount", "target_amount", "last_year_amount")
    top = max((v for row in columns.iter_rows() for v in row if v is not None), default=0)
    made.update_yaxes(**house.money_axis(look, top))
    made.update_xaxes(type="date", tickformat="%-m月" if look.language == "zh" else "%b")
    return made


def _next(month: date) -> date:
    return (month + timedelta(days=32)).replace(day=1)


def _units(money: pl.Series) -> list[float | None]:
    return (money / fmt.SCALE).to_list()


def _target_steps(made: go.Figure, months: pl.DataFrame, look: Look) -> None:
    """A step line through mid-month, its ends drawn out by half a month."""
    half = timedelta(days=15)
    days, targets = months["month"].to_list(), _units(months["target_amount"])
    texts = [look.exact(v) for v in months["target_amount"]]
    made.add_scatter(
        x=[days[0] - half, *days, days[-1] + half],
        y=[targets[0], *targets, targets[-1]],
        customdata=[texts[0], *texts, texts[-1]],
        name=look.t("columns.target_amount"),
        mode="lines",
        line={"shape": "hvh", "color": house.TARGET, "width": 2},
        hovertemplate=f"{look.t('columns.target_amount')}: %{{customdata}}<extra></extra>",
    )


def _year_before(made: go.Figure, months: pl.DataFrame, look: Look) -> None:
    made.add_scatter(
        x=months["month"].to_list(),
        y=_units(months["last_year_amount"]),
        name=look.t("overview.year_before"),
        mode="markers",
        marker={"color": house.COMPARE, "size": 7, "line": {"width": 1.2, "color": "white"}},
        customdata=[look.exact(v) for v in months["last_year_amount"]],
        hovertemplate=f"{look.t('overview.year_before')}: %{{customdata}}<extra></extra>",
    )
