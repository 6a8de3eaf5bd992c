"""Chart of analytics.quarter: what changed in each group, and how far chance may reach."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

MOST = 20  # groups drawn, those that changed most
_ROW = 28  # pixels per group
_BEYOND = ("up", "down")
_ENDS = ("now", "then", "change", "low", "high")


def changes(rows: pl.DataFrame, look: Look, *, measure: str, against: str, by: str) -> go.Figure:
    """The change of each group with its 95 % interval; filled where it lies beyond chance.

    `rows` is the report `quarter-changes` by the dimension `by`. A click hands back the
    group's id, empty for the unknown one.
    """
    drawn, unit = shown(rows, measure, against)
    labels = house.distinct(
        house.plain(
            look.t("common.unknown") if group is None else codes.word(look.language, by, group)
        )
        for group in drawn["group"]
    )
    drawn = drawn.with_columns(pl.Series("label", labels, pl.String))
    made = house.figure(_ROW * max(drawn.height, 3) + 48, xgrid=True, ygrid=False, right=24)
    made.add_vline(x=0, line={"color": house.TARGET, "width": 1})
    for is_beyond in (True, False):
        part = drawn.filter(pl.col("verdict").is_in(_BEYOND) == is_beyond)
        if not part.is_empty():
            _dots(made, part, look, unit, is_beyond=is_beyond)
    made.update_xaxes(**_axis(drawn, look, unit))
    house.name_axis(made, labels)
    return made


def shown(rows: pl.DataFrame, measure: str, against: str) -> tuple[pl.DataFrame, str]:
    """The groups that changed most, the greatest gain first, as now, then, change, low, high.

    Beside them the unit of the measure: amount, rate or count.
    """
    asked = rows.filter(
        pl.col("measure") == measure,
        pl.col("against") == against,
        pl.col("group_id").ne_missing(codes.ALL),
        pl.col("verdict").is_not_null(),
    )
    unit = next((u for u in ("amount", "rate") if asked[f"change_{u}"].count()), "count")
    size = pl.col("change").abs()
    named = asked.rename({f"{end}_{unit}": end for end in _ENDS})
    largest = named.sort(size, "group", descending=[True, False], nulls_last=True).head(MOST)
    return largest.sort("change", "group", descending=[True, False], nulls_last=True), unit


def _dots(made: go.Figure, part: pl.DataFrame, look: Look, unit: str, *, is_beyond: bool) -> None:
    scale = fmt.SCALE if unit == "amount" else 1
    change, low, high = (part[end] / scale for end in ("change", "low", "high"))
    made.add_scatter(
        x=change.to_list(),
        y=part["label"].to_list(),
        mode="markers",
        opacity=1 if is_beyond else 0.55,
        cliponaxis=False,
        marker={
            "size": 10, "color": house.WON, "symbol": "circle" if is_beyond else "circle-open",
            "line_width": 0 if is_beyond else 2,
        },
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 1.6, "color": house.WON,
            "array": (high - change).to_list(), "arrayminus": (change - low).to_list(),
        },
        customdata=[_hover(row, look, unit) for row in part.to_dicts()],
        hovertemplate=look.t("quarter.hover") + "<extra></extra>",
    )  # fmt: skip


def _hover(row: dict[str, object], look: Look, unit: str) -> list[str]:
    figures = [figure(row[end], look, unit) for end in _ENDS]
    verdict = codes.word(look.language, "verdict", str(row["verdict"]))
    return [str(row["group_id"] or ""), *figures, verdict, fmt.count(int(str(row["cases"])))]


def figure(value: object, look: Look, unit: str) -> str:
    """A value in its unit, to the cent or the tenth of a percent."""
    if unit == "amount":
        assert isinstance(value, int)
        return look.exact(value)
    assert isinstance(value, int | float)
    return fmt.rate(value) if unit == "rate" else fmt.count(value)


def _axis(drawn: pl.DataFrame, look: Look, unit: str) -> dict[str, object]:
    ends = [v for end in ("low", "high") for v in drawn[end].drop_nulls()]
    low, high = min(ends, default=0), max(ends, default=0)
    if unit == "amount":
        return house.signed_money_axis(look, low, high)
    if unit == "rate":
        return house.percent_axis(low, high) | {"tickformat": "+.0%"}
    return {"tickformat": "+,d"}
