"""Charts of analytics.reps: win rates beside what the sample can tell."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

_ROW = 28  # pixels per rep


def win_rates(ranking: pl.DataFrame, total: pl.DataFrame, look: Look, *, few: int) -> go.Figure:
    """Adjusted win rate with its 90 % interval, the raw one hollow; highest first.

    `ranking` is the report `rep-ranking`, `total` is `overview`: its win rate is the dotted
    line. Reps with fewer than `few` decided deals are faded. A click hands back the rep.
    """
    drawn = ranking.drop_nulls("adjusted_rate").sort(
        "adjusted_rate", "rep", descending=[True, False]
    )
    names = house.distinct(
        f"{house.plain(name)} <span style='font-size:11px'>{won}/{decided}</span>"
        for name, won, decided in drawn.select("rep", "decided_won", "decided").iter_rows()
    )
    drawn = drawn.with_columns(pl.Series("label", names, pl.String))
    made = house.figure(_ROW * max(drawn.height, 3) + 56, xgrid=True, ygrid=False, top=24)
    for is_few in (False, True):
        part = drawn.filter((pl.col("decided") < few) == is_few)
        if not part.is_empty():
            _adjusted(made, part, look, few=is_few)
    _raw(made, drawn, look)
    rate = total.filter(pl.col("period") == "current")["win_rate"].first()
    if isinstance(rate, float):
        house.reference_line(made, rate, look.t("reps.department", rate=fmt.rate(rate, 0)))
    made.update_xaxes(**_rate_axis(drawn))
    house.name_axis(made, names)
    return made


def _rate_axis(drawn: pl.DataFrame) -> dict[str, object]:
    shown = [
        v
        for name in ("adjusted_low_rate", "adjusted_high_rate", "win_rate")
        for v in drawn[name].drop_nulls()
    ]
    return house.percent_axis(min(shown, default=0), max(shown, default=1))


def _adjusted(made: go.Figure, part: pl.DataFrame, look: Look, *, few: bool) -> None:
    rate = part["adjusted_rate"]
    made.add_scatter(
        x=rate.to_list(),
        y=part["label"].to_list(),
        mode="markers",
        opacity=0.45 if few else 1,
        cliponaxis=False,
        marker={
            "size": 10, "color": house.WON, "symbol": "circle-open" if few else "circle",
            "line_width": 2 if few else 0,
        },
        error_x={
            "type": "data", "symmetric": False, "width": 0, "thickness": 1.6, "color": house.WON,
            "array": (part["adjusted_high_rate"] - rate).to_list(),
            "arrayminus": (rate - part["adjusted_low_rate"]).to_list(),
        },
        customdata=[
            (
                row["rep_id"],
                house.plain(row["rep"]),
                fmt.rate(row["adjusted_rate"], 2),
                fmt.rate(row["adjusted_low_rate"]),
                fmt.rate(row["adjusted_high_rate"]),
                fmt.rate(row["win_rate"], 2),
                fmt.count(row["decided_won"]),
                fmt.count(row["decided"]),
            )
            for row in part.iter_rows(named=True)
        ],
        hovertemplate=look.t("reps.rate_hover") + "<extra></extra>",
    )  # fmt: skip


def _raw(made: go.Figure, drawn: pl.DataFrame, look: Look) -> None:
    made.add_scatter(
        x=drawn["win_rate"].to_list(),
        y=drawn["label"].to_list(),
        mode="markers",
        cliponaxis=False,
        marker={"size": 8, "symbol": "circle-open", "color": house.COMPARE, "line_width": 1.6},
        customdata=drawn.select("rep_id").rows(),
        hovertemplate=f"{look.t('reps.raw')}: %{{x:.2%}}<extra></extra>",
    )
