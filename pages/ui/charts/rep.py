"""Charts of one rep: curve and months beside the department's, visits by day, ages, reports."""

from datetime import date, timedelta

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts import win_curves
from pages.ui.charts.figure import Look

_MONDAY = date(2026, 1, 5)  # any Monday: weekdays by name
OWN = "own"  # what a click on the rep's curve hands back
_CELL = 13  # pixels of a day's square
_FAINT = 0.09  # opacity of a day without visits
_MARKS = {  # filing -> symbol, colour, and how it stands in the legend
    "in_time": ("circle", house.TARGET),
    "late": ("circle-open", house.TARGET),
    "missing": ("x-thin", house.LOST),
}


def curve(
    own: pl.DataFrame, whole: pl.DataFrame, look: Look, *, name: str, read_at: tuple[int, ...]
) -> go.Figure:
    """The rep's win curve and the department's; both frames are the report `win-curves`."""
    both = {OWN: (own, name), "department": (whole, look.t("rep.of_department"))}
    rows = pl.concat(
        frame.with_columns(group_id=pl.lit(key), group=pl.lit(label))
        for key, (frame, label) in both.items()
    )
    return win_curves.curves(rows, look, dimension="rep", read_at=read_at)


def rates(own: pl.DataFrame, whole: pl.DataFrame, look: Look, *, rate: str) -> go.Figure:
    """A rate by month as dots and line, the department's as a dotted one.

    Both frames are the report `monthly`; months in which the rep closed fewer than ten deals
    are hollow. A month without a rate is a gap; a click hands back the month as ISO day.
    """
    made = house.figure(240, legend=True)
    language = look.language
    for rows, label, colour, dash in (
        (whole, look.t("rep.of_department"), house.COMPARE, "dot"),
        (own, look.t(f"columns.{rate}"), house.WON, "solid"),
    ):
        few = [won + lost < house.SMALL for won, lost in rows.select("won", "lost").iter_rows()]
        made.add_scatter(
            x=rows["month"].to_list(),
            y=rows[rate].to_list(),
            name=label,
            mode="lines+markers" if rows is own else "lines",
            line={"color": colour, "width": 2, "dash": dash},
            marker={"size": 8, "symbol": ["circle-open" if f else "circle" for f in few]},
            customdata=[
                (
                    month.isoformat(),
                    fmt.month(month, language),
                    *(fmt.rate(value), fmt.count(won), fmt.count(won + lost)),
                )
                for month, value, won, lost in rows.select("month", rate, "won", "lost").iter_rows()
            ],
            hovertemplate=f"{label}<br>{look.t('rep.rates_hover')}<extra></extra>",
        )
    values = [v for rows in (own, whole) for v in rows[rate].drop_nulls()]
    made.update_yaxes(**house.percent_axis(min(values, default=0), max(values, default=1)))
    made.update_xaxes(type="date", tickformat="%-m月" if language == "zh" else "%b")
    return made


def calendar(days: pl.DataFrame, look: Look) -> go.Figure:
    """Visits by week and weekday as squares, the more visits the fuller the colour.

    `days` is the report `visit-days`. A click hands back the day as ISO text.
    """
    language = look.language
    names = [fmt.weekday(_MONDAY + timedelta(days=n), language) for n in range(7)]
    most = max([1, *days["visits"]])
    made = house.figure(7 * 22 + 40, ygrid=False)
    made.add_scatter(
        x=days["week_on"].to_list(),
        y=[names[weekday - 1] for weekday in days["weekday"]],
        mode="markers",
        marker={
            "symbol": "square", "size": _CELL,
            "color": [_shade(visits / most) for visits in days["visits"]],
        },
        customdata=[
            (day.isoformat(), fmt.day(day, language), fmt.count(visits), fmt.count(customers))
            for day, visits, customers in days.select(
                "visited_on", "visits", "customers_visited"
            ).iter_rows()
        ],
        hovertemplate=look.t("rep.calendar_hover") + "<extra></extra>",
    )  # fmt: skip
    made.update_yaxes(categoryorder="array", categoryarray=names[::-1], dtick=1)
    made.update_xaxes(type="date", tickformat="%-m月%-d日" if language == "zh" else "%-d %b")
    return made


def _shade(share: float) -> str:
    """The colour of visits, from hardly any to full; few are told apart better than many."""
    return f"{house.OPEN}{round(255 * (_FAINT + (1 - _FAINT) * share**0.5)):02x}"


def ages(found: pl.DataFrame, look: Look) -> go.Figure:
    """Open deals by age as bars of their share, the department's share as a tick.

    `found` is the report `open-ages`. A click hands back the range's first day.
    """
    ends = found.select("from_days", "until_days").iter_rows()
    spans = [age_range(low, high, look) for low, high in ends]
    names = house.distinct(
        f"{span}  <b>{n:,}</b>" for span, n in zip(spans, found["open"], strict=True)
    )
    made = house.figure(30 * len(names) + 24, ygrid=False)
    columns = ("from_days", "open", "open_amount", "open_rate", "department_rate")
    made.add_bar(
        x=found["open_rate"].to_list(),
        y=names,
        orientation="h",
        marker_color=house.OPEN,
        customdata=[
            ("" if low is None else str(low), span, n, look.exact(amount), *map(fmt.rate, rates))
            for span, (low, n, amount, *rates) in zip(
                spans, found.select(columns).iter_rows(), strict=True
            )
        ],
        hovertemplate=look.t("rep.ages_hover") + "<extra></extra>",
    )
    made.add_scatter(
        x=found["department_rate"].to_list(),
        y=names,
        mode="markers",
        marker={"symbol": "line-ns", "size": 18, "line": {"width": 2, "color": house.TARGET}},
        hoverinfo="skip",
    )
    made.update_xaxes(tickformat=".0%", rangemode="tozero")
    house.name_axis(made, names)
    return made


def age_range(low: int | None, high: int | None, look: Look) -> str:
    """30–60 天, 365 days and more, or unknown."""
    if low is None:
        return look.t("common.unknown")
    key = "rep.age_range" if high is not None else "rep.age_over"
    return look.t(key, low=low, high=high)


def filing(weeks: pl.DataFrame, look: Look) -> go.Figure:
    """The weekly reports in a row: in time filled, late hollow, missing crossed out.

    `weeks` is the report `report-weeks` of one rep.
    """
    made = house.figure(84, legend=True, ygrid=False)
    for kind, (symbol, colour) in _MARKS.items():
        part = weeks.filter(pl.col("filing") == kind)
        made.add_scatter(
            x=part["period_on"].to_list(),
            y=[0] * part.height,
            name=f"{codes.word(look.language, 'filing', kind)} {part.height}",
            mode="markers",
            marker={
                "symbol": symbol, "size": 10, "color": colour,
                "line": {"width": 2, "color": colour},
            },
            customdata=[
                (fmt.day(week, look.language), _late(late, look))
                for week, late in part.select("period_on", "late_days").iter_rows()
            ],
            hovertemplate="%{customdata[0]}: " + codes.word(look.language, "filing", kind)
            + " %{customdata[1]}<extra></extra>",
        )  # fmt: skip
    made.update_yaxes(visible=False)
    made.update_xaxes(type="date", tickformat="%-m月%-d日" if look.language == "zh" else "%-d %b")
    return made


def _late(days: float | None, look: Look) -> str:
    return look.t("rep.late", days=fmt.count(days, 1)) if days else ""
