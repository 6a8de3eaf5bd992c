"""The way of each demo deal through the stages: skips, steps back, second chances."""

import numpy as np
import polars as pl

from data.demo.pipeline import FROM_CUSTOMER, OPEN_STAGES, Pipeline
from data.demo.world import CLOSING, DAY_MINUTES, OPENING, Flags, Floats, World

WON, LOST = OPEN_STAGES, OPEN_STAGES + 1
_SKIPPED = (0.08, 0.10, 0.14, 0.06, 0.12)  # share that skips each open stage
_SKIPPED_BY_CUSTOMERS = (0.45, 0.25, 0.20, 0.06, 0.12)  # who know us already
_SHARE_OF_TIME = (0.9, 1.2, 1.1, 1.3, 1.4)  # how long each stage lasts, relatively
_BACK_SHARE = 0.11  # of deals, if they enter the one stage from which they might
_AGAIN_SHARE = 0.12  # of the deals lost after a quote
_AGAIN_WON = 0.4


def walk(world: World, deals: Pipeline) -> pl.DataFrame:
    """Every stage that every deal ever enters, by deal and seq.

    Columns: deal, its place in the pipeline; seq; stage, an index into words.STAGES; moment,
    a minute of the world, which never decreases within a deal.
    """
    chance = world.chance("stages")
    entered = _entered(chance, deals)
    starts, ends = _stays(chance, deals, entered)
    back = _back(chance, deals, entered, starts, ends)
    steps = [_forward(entered, starts), back, _close(deals), _again(chance, deals)]
    deal, order, stage, day = np.concatenate(steps, axis=1)
    minute = chance.integers(OPENING, CLOSING, len(day))
    events = pl.DataFrame(
        {
            "deal": deal.astype(np.int64),
            "order": order,
            "stage": stage.astype(np.int64),
            "moment": world.workday(day) * DAY_MINUTES + minute,
        }
    ).sort("deal", "order")
    seq = pl.int_range(1, pl.len() + 1).over("deal").alias("seq")
    return events.select("deal", seq, "stage", pl.col("moment").cum_max().over("deal"))


def _entered(chance: np.random.Generator, deals: Pipeline) -> Flags:
    """Deal x open stage: which it enters on its way. The last one before a loss is always."""
    count = len(deals.top)
    is_known = (deals.source == FROM_CUSTOMER)[:, None]
    skipped = chance.random((count, OPEN_STAGES)) < np.where(
        is_known, _SKIPPED_BY_CUSTOMERS, _SKIPPED
    )
    ladder = np.arange(OPEN_STAGES)
    top = deals.top[:, None]
    entered = (ladder <= top) & ~skipped | (ladder == top) & ~deals.won[:, None]
    entered[~entered.any(axis=1), 0] = True
    return entered


def _stays(chance: np.random.Generator, deals: Pipeline, entered: Flags) -> tuple[Floats, Floats]:
    """Days on which each stay begins and ends, deal x open stage."""
    lasting = entered * chance.gamma(2.0, _SHARE_OF_TIME, entered.shape)
    until = np.cumsum(lasting, axis=1) / lasting.sum(axis=1, keepdims=True)
    since = np.concatenate([np.zeros((len(until), 1)), until[:, :-1]], axis=1)
    days = (deals.closed - deals.opened)[:, None]
    return deals.opened[:, None] + since * days, deals.opened[:, None] + until * days


def _forward(entered: Flags, starts: Floats) -> Floats:
    """The way up. Steps are columns: deal, place in the deal's order, stage, day."""
    deal, stage = np.nonzero(entered)
    return np.stack([deal, stage, stage, np.floor(starts[deal, stage])])


def _back(
    chance: np.random.Generator, deals: Pipeline, entered: Flags, starts: Floats, ends: Floats
) -> Floats:
    """Some step back one stage out of the middle of their way, and return."""
    stage = chance.integers(1, OPEN_STAGES, len(deals.top))
    deal = np.arange(len(stage))
    goes = entered[deal, stage] & (chance.random(len(stage)) < _BACK_SHARE)
    deal, stage = deal[goes], stage[goes]
    since, days = starts[deal, stage], (ends - starts)[deal, stage]
    back = np.stack([deal, stage + 0.3, stage - 1, np.floor(since + days * 0.3)])
    returned = np.stack([deal, stage + 0.6, stage, np.floor(since + days * 0.7)])
    return np.concatenate([back, returned], axis=1)


def _close(deals: Pipeline) -> Floats:
    stage = np.where(deals.won, WON, LOST)
    return np.stack([np.arange(len(stage)), np.full(len(stage), 6.0), stage, deals.closed])


def _again(chance: np.random.Generator, deals: Pipeline) -> Floats:
    """Some deals lost after the quote come back into negotiation and close anew."""
    had_price = ~deals.won & (deals.top >= OPEN_STAGES - 2)
    deal = np.flatnonzero(had_price & (chance.random(len(deals.top)) < _AGAIN_SHARE))
    count = len(deal)
    returned = deals.closed[deal] + chance.integers(12, 60, count)
    closed = returned + chance.integers(5, 45, count)
    stage = np.where(chance.random(count) < _AGAIN_WON, WON, LOST)
    return np.concatenate(
        [
            np.stack([deal, np.full(count, 7.0), np.full(count, OPEN_STAGES - 1), returned]),
            np.stack([deal, np.full(count, 8.0), stage, closed]),
        ],
        axis=1,
    )


def outcomes(events: pl.DataFrame) -> pl.DataFrame:
    """How each deal in `events` stands after them, one row per deal, in order of deals.

    Columns: deal; stage of its last event and `since`, that event's moment; top, the highest
    open stage entered.
    """
    open_stage = pl.col("stage").filter(pl.col("stage") < WON)
    return events.group_by("deal", maintain_order=True).agg(
        stage=pl.col("stage").last(), since=pl.col("moment").last(), top=open_stage.max()
    )
