"""The stages of the department, and the stays of its deals in them."""

import polars as pl

from analytics import facts
from analytics.query import Query
from analytics.report import Frames


def ladder(frames: Frames) -> pl.LazyFrame:
    """The stages that are steps, numbered from 1; winning comes last. Lost has no rank.

    Returns:
        stage, name_zh, name_en and position, one row per step in its order.
    """
    is_won = pl.col("kind") == "won"
    return (
        frames["stages"]
        .filter(pl.col("kind") != "lost")
        .sort(is_won, "position", pl.col("stage").cast(pl.String))
        .select("stage", "name_zh", "name_en", position=pl.int_range(1, pl.len() + 1))
    )


def placed(frames: Frames) -> pl.LazyFrame:
    """Every stage with its kind, its names and its step of the ladder, null for lost ones."""
    steps = ladder(frames).select("stage", "position")
    names = frames["stages"].select("stage", "kind", "name_zh", "name_en")
    return names.join(steps, on="stage", how="left")


def stays(frames: Frames, query: Query) -> pl.LazyFrame:
    """The stays of the deals up to `query.as_of`, each deal's in its own order.

    A stay merges consecutive events of one stage. The filters count, the period does not.

    Returns:
        One row per stay: `deal_id` and `deal` (a number that stands for it), `stage`,
        `entered_on`, `next_stage` and `next_on` (null for the last stay of a deal) and the
        deal's `closed_on`.
    """
    deals = facts.bare_deals(frames, query).select("deal_id", "closed_on").with_row_index("deal")
    is_first = (pl.col("deal") != pl.col("deal").shift()).fill_null(True)
    begins = is_first | (pl.col("stage") != pl.col("stage").shift())
    is_followed = pl.col("deal") == pl.col("deal").shift(-1)
    following = pl.when(is_followed).then(pl.col("stage", "entered_on").shift(-1))
    return (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .join(deals, on="deal_id")
        .sort("deal", "seq")  # by number: a million texts sort three times slower
        .filter(begins)
        .with_columns(following.name.prefix("next_"))
        .rename({"next_entered_on": "next_on"})
        .select("deal_id", "deal", "stage", "entered_on", "next_stage", "next_on", "closed_on")
    )
