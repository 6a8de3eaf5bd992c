"""All that a forecast reads, gathered by Polars into one row of lists.

Days are whole numbers since 1970.
"""

import polars as pl

from analytics import facts, targets
from analytics.forecasting.history import LIFE, LOST, STAGE, WINS
from analytics.measures import OPEN, WON
from analytics.periods import shift
from analytics.query import Query
from analytics.report import Frames

TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *targets.TARGET_TABLES, "settings")))
_FIRST, _LAST = -(2**62), 2**62  # before and after every seq
_AHEAD = 12  # months on either side of `as_of` whose targets are read


def gathered(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row of lists, from which `history.read` makes a History."""
    deals = _deals(frames, query).cache()
    stages = _stages(frames)
    parts = (
        deals.drop("deal").select(pl.all().implode()),
        _stays(frames, query, deals, stages).select(pl.all().implode()),
        stages.filter(pl.col("code") >= STAGE).select(
            stages=pl.col("stage").cast(pl.String).implode()
        ),
        _targets(frames, query),
        frames["settings"].select(pl.col("name", "value").implode()),
    )
    return pl.concat(parts, how="horizontal")


def _deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every deal of the department that is open, or closed on a known day, by age.

    In this order what is known later adds deals at the end, so nothing before them moves.
    """
    days = {"opened": "opened_on", "ended": "closed_on"}
    return (
        facts.deals(frames, query.unfiltered())
        .filter(OPEN | pl.col("closed_on").is_not_null())
        .filter(pl.col("opened_on").is_not_null() | ~OPEN)
        .sort(pl.coalesce("opened_on", "closed_on"), "deal_id")
        .select(
            "deal_id",
            *(pl.col(name).cast(pl.Int32).alias(alias) for alias, name in days.items()),
            amount=pl.col("amount"),
            won=WON,
            chosen=facts.matches(query),
        )
        .with_row_index("deal")
    )


def _stays(frames: Frames, query: Query, deals: pl.LazyFrame, stages: pl.LazyFrame) -> pl.LazyFrame:
    """The lives, and the stays in open stages and among the lost, in no order.

    A stay merges consecutive events of one stage. One that ended on the day it began is
    left out: no deal could be found in it at the end of a day.
    """
    deal, entered, closes = pl.col("deal"), pl.col("entered"), pl.col("kind") != "open"
    step = pl.col("deal", "code", "kind")
    is_same = pl.all_horizontal(step == step.shift())
    later_closing = {
        name: pl.when(closes).then(value).backward_fill().shift(-1)
        for name, value in (("owner", deal), ("closed", entered), ("wins", pl.col("kind") == "won"))
    }
    is_own = (pl.col("owner") == deal).fill_null(False)
    is_life = pl.col("code") == LIFE
    left = pl.when(deal == deal.shift(-1)).then(entered.shift(-1))
    return (
        _steps(frames, query, deals, stages)
        .sort("deal", "seq")
        .filter(~is_same.fill_null(False))
        .with_columns(left=left, **later_closing)
        .filter(pl.col("kind") != "won")
        .with_columns(pl.when(is_own).then("closed"), wins=is_own & pl.col("wins"))
        .with_columns(left=pl.when(is_life).then("closed").otherwise("left"))
        .filter(is_life | (pl.col("left") > entered).fill_null(True))
        .select("deal", "code", "entered", "left", "closed", "wins")
    )


def _steps(frames: Frames, query: Query, deals: pl.LazyFrame, stages: pl.LazyFrame) -> pl.LazyFrame:
    """Every followed deal's way: its opening, its events so far, its closing if it has one.

    Columns: deal, seq, code, kind, entered. The closing that is stored comes last: where
    the history tells of it too, the two are one step.
    """
    known = deals.filter(pl.col("opened").is_not_null())
    day, text = pl.Int32, pl.String
    opening = known.select(
        "deal", seq=pl.lit(_FIRST), code=LIFE, kind=pl.lit("open"), entered="opened"
    )
    events = (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .join(known.select("deal_id", "deal", "opened"), on="deal_id")
        .join(stages, on="stage")
        .select(
            *("deal", "seq", "code", pl.col("kind").cast(text)),
            entered=pl.max_horizontal(pl.col("entered_on").cast(day), "opened"),
        )
    )
    closing = known.filter(pl.col("ended").is_not_null()).select(
        "deal",
        seq=pl.lit(_LAST),
        code=pl.when("won").then(WINS).otherwise(LOST),
        kind=pl.when("won").then(pl.lit("won")).otherwise(pl.lit("lost")),
        entered=pl.max_horizontal("ended", "opened"),
    )
    return pl.concat([opening, events, closing], how="vertical_relaxed")


def _stages(frames: Frames) -> pl.LazyFrame:
    """Stages by their ids with a `code`: the open ones are counted on from STAGE."""
    is_open = pl.col("kind") == "open"
    codes = pl.when(is_open).then(STAGE - 1 + is_open.cum_sum())
    closed = pl.when(pl.col("kind") == "won").then(WINS).otherwise(LOST)
    return (
        frames["stages"]
        .sort(pl.col("stage").cast(pl.String))
        .select("stage", "kind", code=pl.coalesce(codes, closed).cast(pl.Int32))
    )


def _targets(frames: Frames, query: Query) -> pl.LazyFrame:
    """Lists of months around `as_of` that have a target, and of their targets."""
    this = query.as_of.replace(day=1)
    around = query.over(shift(this, -_AHEAD), shift(this, _AHEAD))
    monthly = targets.units(frames, around).group_by("month").agg(targets.totals())
    return monthly.select(pl.col("month", "target_amount").implode())
