"""How deals move down the pipeline, how long they stay, and how they end."""

import polars as pl

from analytics import facts, intervals, measures, stages, survival
from analytics.measures import LOST, OPEN, WON
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report

_STAGE = {"stage": pl.String, "name_zh": pl.String, "name_en": pl.String}

FUNNEL = pl.Schema(
    {
        "position": pl.Int64,  # 0 is all deals opened, then the ladder from 1
        **_STAGE,  # null at position 0
        "entered": pl.Int64,  # deals ever in the stage
        "reached": pl.Int64,  # deals ever in the stage or a later one, or won
        "reached_rate": pl.Float64,  # of the opened
        "step_rate": pl.Float64,  # of those that reached the step before; null at position 0
        "step_low_rate": pl.Float64,  # 95 % interval of step_rate
        "step_high_rate": pl.Float64,
    }
)

STAGE_TIME = pl.Schema(
    {
        "position": pl.Int64,
        **_STAGE,
        "stays": pl.Int64,
        "running": pl.Int64,  # of the stays: not left yet
        "median_days": pl.Float64,  # null: fewer than half have left
        "p90_days": pl.Float64,
    }
)

WIN_RATE = pl.Schema(
    {
        "group_id": pl.String,  # rep id by rep, else as group
        "group": pl.String,  # null: unknown
        "deals": pl.Int64,  # won + lost + open
        "won": pl.Int64,
        "lost": pl.Int64,
        "open": pl.Int64,
        "decided": pl.Int64,  # won and lost deals that the win rate counts
        "decided_won": pl.Int64,
        "win_rate": pl.Float64,
        "low_rate": pl.Float64,  # 95 % interval of win_rate
        "high_rate": pl.Float64,
        "won_amount": pl.Int64,
        "lost_amount": pl.Int64,
        "open_amount": pl.Int64,
        "win_amount_rate": pl.Float64,
        "mean_won_amount": pl.Int64,
        "median_cycle_days": pl.Float64,
    }
)

LOST_REASONS = pl.Schema(
    {
        "reason": pl.String,  # null: not given
        "lost": pl.Int64,
        "lost_amount": pl.Int64,
        "share_rate": pl.Float64,  # of the lost deals
    }
)


def funnel(frames: Frames, query: Query) -> pl.LazyFrame:
    """How far the deals opened in the period came, stage by stage.

    Lost deals stay in, at the furthest stage they reached; a stage entered twice counts
    once. A lost stage is no step of the ladder. Deals without opening day are no cohort.

    Returns:
        FUNNEL, one row per stage in the order of the ladder below the row of all opened
        deals; `reached` never increases. No deals give zeros and null rates.
    """
    cohort = _cohort(frames, query)
    ladder = stages.ladder(frames)
    entries = _entries(frames, query, cohort, ladder)
    steps = pl.concat([_opened(cohort), _steps(cohort, entries, ladder)])
    all_of_them, before = pl.col("reached").first(), pl.col("reached").shift()
    low, high = intervals.wilson(pl.col("reached"), before)
    return steps.sort("position").select(
        *("position", *_STAGE, "entered", "reached"),
        reached_rate=measures.rate(pl.col("reached"), all_of_them),
        step_rate=measures.rate(pl.col("reached"), before),
        step_low_rate=low,
        step_high_rate=high,
    )


def furthest(frames: Frames, query: Query) -> pl.LazyFrame:
    """How far each deal of the cohort came: deal_id, reached_position as in the funnel.

    A deal that entered no step of the ladder has no row.
    """
    cohort, ladder = _cohort(frames, query), stages.ladder(frames)
    return _furthest(cohort, _entries(frames, query, cohort, ladder), ladder)


def _cohort(frames: Frames, query: Query) -> pl.LazyFrame:
    """DEALS of those opened in the period."""
    inside = measures.within("opened_on", query.since, query.until)
    return facts.bare_deals(frames, query).filter(inside)


def _entries(
    frames: Frames, query: Query, cohort: pl.LazyFrame, ladder: pl.LazyFrame
) -> pl.LazyFrame:
    """Each step a deal of the cohort was ever in: deal_id and position, once each.

    The present stage counts as entered even if the history does not tell.
    """
    history = (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .join(cohort.select("deal_id"), on="deal_id", how="semi")
        .select("deal_id", "stage")
    )
    seen = pl.concat([history, cohort.select("deal_id", "stage")])
    return (
        seen.join(ladder.select("stage", "position"), on="stage")
        .select("deal_id", "position")
        .unique()
    )


def _opened(cohort: pl.LazyFrame) -> pl.LazyFrame:
    """The row above the ladder: all deals of the cohort."""
    nothing = [pl.lit(None, dtype).alias(name) for name, dtype in _STAGE.items()]
    count = pl.len().cast(pl.Int64)
    return cohort.select(
        pl.lit(0).cast(pl.Int64).alias("position"), *nothing, entered=count, reached=count
    )


def _steps(cohort: pl.LazyFrame, entries: pl.LazyFrame, ladder: pl.LazyFrame) -> pl.LazyFrame:
    """Entered and reached of each step of the ladder."""
    furthest = _furthest(cohort, entries, ladder)
    reached = furthest.group_by(position="reached_position").agg(deals=pl.len())
    entered = entries.group_by("position").agg(entered=pl.len())
    return (
        ladder.join(entered, on="position", how="left")
        .join(reached, on="position", how="left")
        .sort("position")
        .select(
            "position",
            pl.col(*_STAGE).cast(pl.String),
            entered=pl.col("entered").fill_null(0).cast(pl.Int64),
            reached=pl.col("deals").fill_null(0).cum_sum(reverse=True).cast(pl.Int64),
        )
    )


def _furthest(cohort: pl.LazyFrame, entries: pl.LazyFrame, ladder: pl.LazyFrame) -> pl.LazyFrame:
    """The last step a deal ever was in; a won deal reached the last of all."""
    last = ladder.select(pl.col("position").max())
    won = cohort.filter(WON).select("deal_id").join(last, how="cross")
    steps = pl.concat([entries, won]).group_by("deal_id")
    return steps.agg(reached_position=pl.col("position").max())


def stage_time(frames: Frames, query: Query) -> pl.LazyFrame:
    """How long deals stay in each open stage, over the stays that began in the period.

    A stay merges consecutive events of one stage; it ends with the next stay, or with the
    deal's closing. Stays still running at `as_of` are censored, not dropped.

    Returns:
        STAGE_TIME, one row per open stage in the order of the ladder; Kaplan-Meier
        quantiles. A stage without stays has zeros and null days.
    """
    begun = measures.within("entered_on", query.since, query.until)
    has_ended = pl.col("left_on").is_not_null()
    stays = open_stays(frames, query).filter(begun).with_columns(has_ended=has_ended)
    counts = stays.group_by("stage").agg(
        stays=pl.len().cast(pl.Int64), running=(~pl.col("has_ended")).sum().cast(pl.Int64)
    )
    days = survival.quantiles(stays, "stage", median_days=0.5, p90_days=0.9)
    open_stages = frames["stages"].filter(pl.col("kind") == "open").select("stage")
    return (
        stages.ladder(frames)
        .join(open_stages, on="stage", how="semi")
        .join(counts, on="stage", how="left")
        .join(days, on="stage", how="left")
        .with_columns(pl.col("stays", "running").fill_null(0), pl.col("stage").cast(pl.String))
        .sort("position")
    )


def open_stays(frames: Frames, query: Query) -> pl.LazyFrame:
    """The stays of the deals in open stages: deal_id, stage, entered_on, left_on, days.

    One row per stay, begun at any time; a running one has no `left_on` and its days up to
    `query.as_of`.
    """
    left_on = pl.coalesce("next_on", "closed_on")
    days = (left_on.fill_null(query.as_of) - pl.col("entered_on")).dt.total_days()
    return (
        stages.stays(frames, query)
        .join(frames["stages"].select("stage", "kind"), on="stage")
        .filter(pl.col("kind") == "open")
        .select("deal_id", "stage", "entered_on", left_on=left_on, days=days.clip(0))
    )


def win_rate(frames: Frames, query: Query) -> pl.LazyFrame:
    """Won, lost and open deals per value of the dimension `query.by`.

    Won and lost are the deals closed in the period, open those open at `as_of`. Rates and
    cycle leave out deals without opening day (an order list says nothing of losing).

    Returns:
        WIN_RATE, one row per group by its label, the unknown group last. Rates are null
        when nothing was decided.
    """
    closed = measures.within("closed_on", query.since, query.until)
    low, high = intervals.wilson(measures.decided(WON), measures.decided())
    summary = (
        facts.deals(frames, query)
        .filter(closed | OPEN)
        .group_by(facts.group_keys(query.by))
        .agg(
            deals=pl.len(),
            won=WON.sum(),
            lost=LOST.sum(),
            open=OPEN.sum(),
            decided=measures.decided(),
            decided_won=measures.decided(WON),
            win_rate=measures.win_rate(),
            low_rate=low,
            high_rate=high,
            won_amount=measures.amount(WON),
            lost_amount=measures.amount(LOST),
            open_amount=measures.amount(OPEN),
            win_amount_rate=measures.win_amount_rate(),
            mean_won_amount=measures.mean_won_amount(),
            median_cycle_days=measures.median_cycle_days(),
        )
    )
    return facts.grouped(summary).with_columns(
        pl.col("deals", "won", "lost", "open", "decided", "decided_won").cast(pl.Int64)
    )


def lost_reasons(frames: Frames, query: Query) -> pl.LazyFrame:
    """Why deals closed in the period were lost.

    Returns:
        LOST_REASONS, one row per reason, the most frequent first; null, no reason given,
        comes last.
    """
    lost = pl.col("lost").cast(pl.Int64)
    return (
        facts.bare_deals(frames, query)
        .filter(LOST, measures.within("closed_on", query.since, query.until))
        .group_by(reason="loss_reason")
        .agg(lost=pl.len(), lost_amount=pl.col("amount").sum())
        .select(
            pl.col("reason").cast(pl.String),
            lost,
            "lost_amount",
            share_rate=pl.col("lost") / pl.col("lost").sum(),
        )
        .sort(pl.col("reason").is_null(), -pl.col("lost"), "reason")
    )


REPORTS = (
    Report("funnel", facts.FACT_TABLES, FUNNEL, funnel),
    Report("stage-time", facts.FACT_TABLES, STAGE_TIME, stage_time),
    Report("win-rate", facts.FACT_TABLES, WIN_RATE, win_rate, by=DIMENSIONS),
    Report("lost-reasons", facts.FACT_TABLES, LOST_REASONS, lost_reasons),
)
