"""Charts of how sure ranks and rates are: a dot per rep with the range around it."""

from collections.abc import Sequence

import plotly.graph_objects as go
import polars as pl

from pages.ui import format as fmt
from pages.ui.charts import figure as house
from pages.ui.charts.figure import Look

_ROW = 28  # pixels per rep
_RARE = 0.01


def places(found: pl.DataFrame, look: Look, *, top: int) -> go.Figure:
    """Each rank with its 90 % range, and at the right the chance to be among the first.

    `found` is the report `rank-uncertainty`. Ranks of few cases are faded, those without a
    range are only the dot. A click hands back the rep.
    """
    is_few = (pl.col("cases") < house.SMALL) | pl.col("rank_low").is_null()
    rows = found.with_columns(is_few.alias("few"), dot="rank", low="rank_low", high="rank_high")
    hover = [
        (rank, fmt.count(low), fmt.count(high), fmt.rate(share), fmt.count(cases))
        for rank, low, high, share, cases in rows.select(
            "rank", "low", "high", "top_three_rate", "cases"
        ).iter_rows()
    ]
    labels = house.distinct(house.plain(name) for name in rows["rep"])
    made = _ranks(rows, labels, look, top)
    _dots(made, rows, labels, hover, look.t("certainty.place_hover", top=top))
    _shares(made, rows, labels)
    return made


def sensitivity(found: pl.DataFrame, look: Look, *, top: int) -> go.Figure:
    """Each rank with its range when one weight is halved or doubled; with equal ones hollow.

    `found` is the report `scorecard-sensitivity`; at the right the share of random weights
    under which the rep is among the first. A click hands back the rep.
    """
    rows = found.with_columns(few=pl.lit(False), dot="rank", low="best_rank", high="worst_rank")
    names = ("rank", "low", "high", "top_three_rate", "first_rate", "score")
    hover = [
        (rank, low, high, fmt.rate(share), fmt.rate(first), fmt.count(score, 1))
        for rank, low, high, share, first, score in rows.select(names).iter_rows()
    ]
    labels = house.distinct(house.plain(name) for name in rows["rep"])
    made = _ranks(rows, labels, look, top)
    made.add_scatter(
        x=rows["equal_rank"].to_list(),
        y=labels,
        mode="markers",
        marker={"size": 13, "symbol": "circle-open", "color": house.COMPARE, "line_width": 1.6},
        customdata=_ids(rows),
        hovertemplate=f"{look.t('columns.equal_rank')}: %{{x}}<extra></extra>",
    )
    _dots(made, rows, labels, hover, look.t("scorecard.sensitivity_hover", top=top))
    _shares(made, rows, labels)
    return made


def margins(found: pl.DataFrame, total: pl.DataFrame, look: Look) -> go.Figure:
    """Margin rates with their 90 % intervals, the best on top, the department's dotted.

    `found` is the report `rep-margins`, `total` is `overview`. Fewer than ten known costs
    are faded; without an interval there is only the dot. A click hands back the rep.
    """
    rows = found.drop_nulls("margin_rate").with_columns(
        few=pl.col("known_count") < house.SMALL,
        dot="margin_rate",
        low="margin_low_rate",
        high="margin_high_rate",
    )
    hover = [
        (fmt.rate(rate, 2), fmt.rate(low), fmt.rate(high), fmt.count(known))
        for rate, low, high, known in rows.select("dot", "low", "high", "known_count").iter_rows()
    ]
    labels = house.distinct(
        f"{house.plain(name)} <span style='font-size:11px'>n={known}</span>"
        for name, known in rows.select("rep", "known_count").iter_rows()
    )
    made = house.figure(_ROW * max(rows.height, 3) + 56, xgrid=True, ygrid=False, top=24)
    _dots(made, rows, labels, hover, look.t("certainty.margin_hover"))
    rate = total.filter(pl.col("period") == "current")["margin_rate"].first()
    if isinstance(rate, float):
        house.reference_line(made, rate, look.t("reps.department", rate=fmt.rate(rate, 0)))
    ends = [v for name in ("dot", "low", "high") for v in rows[name].drop_nulls()]
    made.update_xaxes(**house.percent_axis(min(ends, default=0), max(ends, default=1)))
    house.name_axis(made, labels)
    return made


def _ranks(rows: pl.DataFrame, labels: list[str], look: Look, top: int) -> go.Figure:
    """An empty figure for ranks: one row per rep, a line behind the first ones."""
    height = _ROW * max(rows.height, 3) + 56
    made = house.figure(height, xgrid=True, ygrid=False, top=24, right=56)
    if rows.height > top:
        house.reference_line(made, top + 0.5, look.t("certainty.top", top=top))
    last = max([rows.height, *rows["high"].drop_nulls()], default=1)
    made.update_xaxes(range=[0.3, last + 0.7], tickformat="d", tick0=1, dtick=max(last // 7, 1))
    house.name_axis(made, labels)
    return made


def _dots(
    made: go.Figure,
    rows: pl.DataFrame,
    labels: list[str],
    hover: Sequence[tuple[object, ...]],
    template: str,
) -> None:
    """A dot per row at `dot` with its range from `low` to `high`; `few` faded and hollow."""
    for is_few in (False, True):
        at = [n for n, few in enumerate(rows["few"]) if few == is_few]
        part = rows[at]
        if not at:
            continue
        made.add_scatter(
            x=part["dot"].to_list(),
            y=[labels[n] for n in at],
            mode="markers",
            opacity=0.45 if is_few else 1,
            cliponaxis=False,
            marker={
                "size": 10, "color": house.WON, "symbol": "circle-open" if is_few else "circle",
                "line_width": 2 if is_few else 0,
            },
            error_x={
                "type": "data", "symmetric": False, "width": 0, "thickness": 1.6,
                "color": house.WON,
                "array": (part["high"] - part["dot"]).fill_null(0).to_list(),
                "arrayminus": (part["dot"] - part["low"]).fill_null(0).to_list(),
            },
            customdata=[(*ids, *hover[n]) for n, ids in zip(at, _ids(part), strict=True)],
            hovertemplate=f"{template}<extra></extra>",
        )  # fmt: skip


def _ids(rows: pl.DataFrame) -> list[tuple[str, str]]:
    """What a click hands back, and the name for the tooltip."""
    return [(str(key), house.plain(str(rep))) for key, rep in rows.select("rep_id", "rep").rows()]


def _shares(made: go.Figure, rows: pl.DataFrame, labels: list[str]) -> None:
    """The chance to be among the first, as text in a column of its own at the right."""
    made.add_scatter(
        x=[made.layout.xaxis.range[1]] * rows.height,
        y=labels,
        mode="text",
        text=[_chance(share) for share in rows["top_three_rate"]],
        textposition="middle right",
        textfont={"size": 12, "color": house.TARGET},
        cliponaxis=False,
        hoverinfo="skip",
    )


def _chance(share: float | None) -> str:
    """A chance in whole percent; what no draw showed is rare, not impossible."""
    return "< 1%" if share is not None and share < _RARE else fmt.rate(share, 0)
