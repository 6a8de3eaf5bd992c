"""Where in the pipeline deals are lost, and why there."""

import polars as pl

from analytics import facts, measures, stages
from analytics.measures import LOST
from analytics.query import Query
from analytics.report import Frames, Report

LOST_BY_STAGE = pl.Schema(
    {
        "reason": pl.String,  # null: not given
        "position": pl.Int64,  # step of the ladder as in the report `funnel`
        "stage": pl.String,  # null: the deal was in no stage before
        "stage_zh": pl.String,
        "stage_en": pl.String,
        "lost": pl.Int64,
        "lost_amount": pl.Int64,
        "stage_rate": pl.Float64,  # of the deals lost from this stage
    }
)


def by_stage(frames: Frames, query: Query) -> pl.LazyFrame:
    """Why deals closed in the period were lost, by the stage they were in before.

    Returns:
        LOST_BY_STAGE, one row per reason and stage for which deals were lost; reasons in
        the order of the report `lost-reasons`, stages in that of the ladder, unknown ones
        last. Its rows add up to that report.
    """
    lost = facts.bare_deals(frames, query).filter(
        LOST, measures.within("closed_on", query.since, query.until)
    )
    counted = (
        lost.join(stage_before(frames, query, lost), on="deal_id", how="left")
        .group_by(pl.col("loss_reason").cast(pl.String).alias("reason"), "lost_stage")
        .agg(lost=pl.len().cast(pl.Int64), lost_amount=pl.col("amount").sum())
        .join(_steps(frames), left_on="lost_stage", right_on="stage", how="left")
    )
    of_reason, of_stage = (pl.col("lost").sum().over(key) for key in ("reason", "lost_stage"))
    return (
        counted.with_columns(of_reason=of_reason, stage_rate=pl.col("lost") / of_stage)
        .sort(pl.col("reason").is_null(), -pl.col("of_reason"), "reason", "position", "lost_stage",
              nulls_last=True)
        .select(pl.col("lost_stage").cast(pl.String).alias("stage"), pl.exclude("lost_stage"))
        .select(LOST_BY_STAGE.names())
    )  # fmt: skip


def stage_before(frames: Frames, query: Query, lost: pl.LazyFrame) -> pl.LazyFrame:
    """The last open stage each lost deal was in: deal_id and lost_stage, null if in none.

    That of its latest event in an open stage; without any, the present stage if it is an
    open one, as in a source that marks a loss without moving the deal.

    Args:
        frames: stage_events and stages.
        query: `as_of` counts.
        lost: deals with `deal_id` and `stage`.
    """
    is_open = frames["stages"].filter(pl.col("kind") == "open").select("stage")
    seen = (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .join(lost.select("deal_id"), on="deal_id", how="semi")
        .join(is_open, on="stage", how="semi")
        .group_by("deal_id")
        .agg(last_stage=pl.col("stage").sort_by("seq").last())
    )
    present = lost.select("deal_id", "stage").join(is_open, on="stage", how="semi")
    return (
        lost.select("deal_id")
        .join(seen, on="deal_id", how="left")
        .join(present, on="deal_id", how="left")
        .select("deal_id", lost_stage=pl.coalesce("last_stage", "stage"))
    )


def _steps(frames: Frames) -> pl.LazyFrame:
    return stages.placed(frames).select("stage", "position", stage_zh="name_zh", stage_en="name_en")


REPORTS = (Report("lost-by-stage", facts.FACT_TABLES, LOST_BY_STAGE, by_stage),)
