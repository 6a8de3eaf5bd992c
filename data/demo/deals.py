"""Deal and stage records of the demo: what is known of its pipeline today."""

import numpy as np
import polars as pl

from data.demo import journeys
from data.demo.archive import Archive
from data.demo.pipeline import FROM_CUSTOMER, PRODUCTS, SOURCES, Pipeline
from data.demo.staff import Staff
from data.demo.words import (
    EARLY_LOSS_WEIGHTS,
    EARLY_LOSSES,
    LATE_LOSS_WEIGHTS,
    LATE_LOSSES,
    OCCASIONS,
    STAGES,
)
from data.demo.world import DAY_MINUTES, MONEY, Ints, World, choose, pick

STAGE_IDS = tuple(stage[0] for stage in STAGES)
QUOTE = STAGE_IDS.index("quote")  # from here on a deal has been costed
_PLAN = STAGE_IDS.index("plan")
_UNKNOWN_COST_SHARE = 0.05
_EARLY_AMOUNT_SHARE = 0.75  # of the deals that are only leads
_RENEWED = ("维保服务", "软件授权")


def stages() -> pl.DataFrame:
    """Stage records."""
    frame = pl.DataFrame(STAGES, schema=["id", "name_zh", "name_en", "kind"], orient="row")
    return frame.with_columns(position=pl.int_range(1, pl.len() + 1))


def known_events(world: World, deals: Pipeline, walked: pl.DataFrame) -> pl.DataFrame:
    """The stage events that have happened, of the deals opened since the first day shown."""
    is_shown = pl.Series(deals.opened >= world.shown_from)
    return walked.filter(is_shown.gather(walked["deal"]) & (pl.col("moment") <= world.now))


def stage_events(world: World, deals: Pipeline, known: pl.DataFrame) -> pl.DataFrame:
    """StageEvent records of the known events."""
    deal_id = deals.ids.gather(known["deal"])
    frame = known.select(
        "seq",
        deal_id=deal_id,
        stage=pl.Series(STAGE_IDS).gather(known["stage"]),
        entered_at=world.moments(known["moment"].to_numpy()),
    )
    return frame.select(
        pl.format("{}/{}", "deal_id", "seq").alias("id"), "deal_id", "seq", "stage", "entered_at"
    )


def knowledge(world: World, deals: Pipeline, known: pl.DataFrame) -> pl.DataFrame:
    """What can be said today of every deal with a known event, one row per deal in order.

    Columns: those of `journeys.outcomes`; amount and cost in whole yuan, null where unknown;
    loss_reason.
    """
    chance = world.chance("knowledge")
    count = len(deals.rep)
    hidden = pl.DataFrame(
        {
            "deal": np.arange(count),
            "amount": deals.amount,
            "cost": deals.cost,
            "has_cost": chance.random(count) >= _UNKNOWN_COST_SHARE,
            "has_early_amount": chance.random(count) < _EARLY_AMOUNT_SHARE,
            "early": pl.Series(EARLY_LOSSES).gather(choose(chance, count, EARLY_LOSS_WEIGHTS)),
            "late": pl.Series(LATE_LOSSES).gather(choose(chance, count, LATE_LOSS_WEIGHTS)),
        }
    )
    outcomes = journeys.outcomes(known)
    is_costed = (pl.col("stage") == journeys.WON) | (pl.col("top") >= QUOTE)
    is_sized = is_costed | (pl.col("top") > 0) | pl.col("has_early_amount")
    reason = pl.when(pl.col("top") < _PLAN).then("early").otherwise("late")
    return outcomes.join(hidden, on="deal", how="left", maintain_order="left").select(
        *outcomes.columns,
        amount=pl.when(is_sized).then("amount"),
        cost=pl.when(is_costed & pl.col("has_cost")).then("cost"),
        loss_reason=pl.when(pl.col("stage") == journeys.LOST).then(reason),
    )


def records(
    world: World, staff: Staff, archive: Archive, deals: Pipeline, known: pl.DataFrame
) -> pl.DataFrame:
    """Deal records of `knowledge`."""
    place = known["deal"].to_numpy()
    frame = known.with_columns(
        id=deals.ids.gather(place),
        name=_names(world, archive, deals).gather(place),
        customer_id=archive.ids.gather(deals.customer[place]),
        rep_id=staff.ids.gather(deals.rep[place]),
        product=pl.Series([p.name for p in PRODUCTS]).gather(deals.product[place]),
        source=pl.Series([s[0] for s in SOURCES]).gather(deals.source[place]),
        status=pl.Series([s[3] for s in STAGES]).gather(known["stage"]),
        stage=pl.Series(STAGE_IDS).gather(known["stage"]),
        opened_on=world.dates(deals.opened[place]),
        expected_on=_expected(world, deals).gather(place),
        since_on=world.dates(known["since"].to_numpy() // DAY_MINUTES),
        amount=pl.col("amount").cast(MONEY),
        cost=pl.col("cost").cast(MONEY),
    )
    is_open, postponed = pl.col("status") == "open", _postponed(world, deals).gather(place)
    is_overdue = is_open & (pl.col("expected_on") < world.today)
    return frame.select(
        *("id", "name", "customer_id", "rep_id", "product", "source", _kind(), "stage", "status"),
        "opened_on",
        pl.when(is_overdue).then(postponed).otherwise("expected_on").alias("expected_on"),
        pl.when(~is_open).then("since_on").alias("closed_on"),
        *("amount", "cost", "loss_reason"),
    )


def _kind() -> pl.Expr:
    """New business, or what customers we have ask for."""
    is_renewed = pl.col("product").is_in(_RENEWED)
    bought_more = pl.when(is_renewed).then(pl.lit("续约")).otherwise(pl.lit("增购"))
    is_known = pl.col("source") == SOURCES[FROM_CUSTOMER][0]
    return pl.when(is_known).then(bought_more).otherwise(pl.lit("新购")).alias("kind")


def _names(world: World, archive: Archive, deals: Pipeline) -> pl.Series:
    """Customer, product and occasion, such as 恒远数控机床二期."""
    occasions = pick(world.chance("occasions"), OCCASIONS, len(deals.rep))
    products = pl.Series([p.name for p in PRODUCTS]).gather(deals.product)
    return archive.frame["brand"].gather(deals.customer) + products + occasions


def _expected(world: World, deals: Pipeline) -> pl.Series:
    """The closing day expected at the beginning."""
    chance = world.chance("expectations")
    usual = 70 * np.array([p.days for p in PRODUCTS])[deals.product]
    return world.dates(deals.opened + usual * np.exp(chance.normal(0, 0.3, len(usual))))


def _postponed(world: World, deals: Pipeline) -> pl.Series:
    """The closing day expected anew; some, up to a month ago, are overdue even so."""
    chance = world.chance("postponements")
    days: Ints = chance.integers(-30, 60, len(deals.rep))
    return world.dates(world.index(world.today) + days)
