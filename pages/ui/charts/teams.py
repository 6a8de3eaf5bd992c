"""Charts of analytics.rollups."""

import plotly.graph_objects as go
import polars as pl

from pages.ui import codes
from pages.ui.charts import reps
from pages.ui.charts.figure import Look


def win_rates(
    ranking: pl.DataFrame, total: pl.DataFrame, look: Look, *, by: str, few: int
) -> go.Figure:
    """Win rates of groups as `reps.win_rates` draws those of reps; by team or manager.

    `ranking` is the report `team-ranking`, `total` is `overview`.
    """
    names = [
        look.t("teams.nobody") if name is None else codes.word(look.language, by, name)
        for name in ranking["group"]
    ]
    groups = ranking.with_columns(pl.Series("rep", names, pl.String), rep_id="group_id")
    return reps.win_rates(groups, total, look, few=few)
