"""Deals and visits as they stood on a day, with every dimension beside them.

All reports start here, so that one deal has one status, one team and one region on
every screen.
"""

from collections.abc import Set
from dataclasses import replace

import polars as pl

from analytics import measures, memberships, schemas
from analytics.query import FILTERS, UNKNOWN, Query
from analytics.report import Frames
from analytics.schemas import KEY

_CUSTOMER = {"customer": pl.String, "region": KEY, "industry": KEY, "size": KEY}
_REP = {"rep": KEY, "team": KEY, "manager": KEY}  # names; team and manager of the fact's day
DEAL_FACTS = pl.Schema({**schemas.DEALS, **_CUSTOMER, **_REP})
VISIT_FACTS = pl.Schema({**schemas.VISITS, "product": KEY, "source": KEY, **_CUSTOMER, **_REP})

_DIMENSIONS = _CUSTOMER.keys() | _REP.keys()
_DIMENSION_TABLES = ("customers", *memberships.TABLES)
FACT_TABLES = ("deals", "stage_events", "stages", *_DIMENSION_TABLES)  # deals() reads these
VISIT_TABLES = ("visits", "deals", *_DIMENSION_TABLES)  # visits() reads these


def deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """The department's deals as they stood at the end of `query.as_of`, filtered.

    Args:
        frames: the tables of FACT_TABLES.
        query: `as_of` and the filters count; its period does not.

    Returns:
        DEAL_FACTS, one row per deal, in no order. Deals opened later are left out; one
        closed or moved later has the stage, status and closing day of that time. Amount,
        cost and expected day have no history: they are today's. Team and manager are
        those of the closing day, of `as_of` while open.
    """
    facts = _with_dimensions(standing(frames, query), frames, _DIMENSIONS)
    return facts.filter(matches(query)).select(DEAL_FACTS.names())


def bare_deals(frames: Frames, query: Query) -> pl.LazyFrame:
    """`deals` as plain DEALS: only what the filters read is joined, which costs far less."""
    facts = _with_dimensions(standing(frames, query), frames, _read_by_filters(query))
    return facts.filter(matches(query)).select(schemas.DEALS.names())


def visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """Activities up to and including `query.as_of`, filtered.

    Args:
        frames: the tables of VISIT_TABLES.
        query: `as_of` and the filters count; its period does not.

    Returns:
        VISIT_FACTS, one row per activity, in no order; only rows with `is_visit` are
        visits. Product and source are those of its deal, and so is the customer where
        the activity itself names none. Team and manager are those of the day.
    """
    activities = _with_deal(_activities(frames, query), frames, query)
    facts = _with_dimensions(activities, frames, _DIMENSIONS)
    return facts.filter(matches(query)).select(VISIT_FACTS.names())


def visits_within(frames: Frames, query: Query) -> pl.LazyFrame:
    """`visits` of the query's period, without tasks and e-mails.

    The period is cut before the dimensions are joined: it is a small part of all visits.
    """
    return visits(_cut(frames, query), query)


def bare_visits_within(frames: Frames, query: Query) -> pl.LazyFrame:
    """`visits_within` as plain VISITS: only what the filters read is joined."""
    wanted = _read_by_filters(query)
    facts = _activities(_cut(frames, query), query)
    if wanted & {"product", "source", *_CUSTOMER}:
        facts = _with_deal(facts, frames, query)
    facts = _with_dimensions(facts, frames, wanted)
    return facts.filter(matches(query)).select(schemas.VISITS.names())


def customer_visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """VISITS of the department so far whose customer is known, without tasks and e-mails.

    A visit that names no customer was made to its deal's.
    """
    made = frames["visits"].filter("is_visit", pl.col("visited_on") <= query.as_of)
    told = made.filter(pl.col("customer_id").is_not_null())
    untold = made.filter(pl.col("customer_id").is_null()).drop("customer_id")
    of_deal = existing(frames, query).select("deal_id", "customer_id").drop_nulls()
    return pl.concat([told, untold.join(of_deal, on="deal_id")], how="diagonal")


def visits_recorded(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row, `has_visits`: whether the department had recorded a visit by `as_of`.

    Where it had not, the number of visits is unknown, not 0.
    """
    made = frames["visits"].filter("is_visit", pl.col("visited_on") <= query.as_of)
    return made.select(has_visits=pl.len() > 0)


def with_known_cost(deals: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Deals with `known_amount` and `known_cost`: the part of each whose cost is known.

    Of a deal with lines these are the sums of its lines with a cost, of another deal its
    own amount and cost. Both are null when nothing is known. `frames` needs deal_lines.
    """
    has_cost = pl.col("cost").is_not_null()
    lines = (
        frames["deal_lines"]
        .join(deals.select("deal_id"), on="deal_id", how="semi")
        .group_by("deal_id")
        .agg(
            lines_known=has_cost.any(),
            lines_amount=pl.col("amount").filter(has_cost).sum(),
            lines_cost=pl.col("cost").sum(),
        )
    )
    is_known = pl.coalesce("lines_known", has_cost)
    return (
        deals.join(lines, on="deal_id", how="left")
        .with_columns(
            known_amount=pl.when(is_known).then(pl.coalesce("lines_amount", "amount")),
            known_cost=pl.when(is_known).then(pl.coalesce("lines_cost", "cost")),
        )
        .drop("lines_known", "lines_amount", "lines_cost")
    )


def group_keys(by: str) -> list[pl.Expr]:
    """What to group facts by for dimension `by`: `group_id` and its label `group`."""
    return [_key(by).alias("group_id"), pl.col(by).alias("group")]


def grouped(summary: pl.LazyFrame) -> pl.LazyFrame:
    """A summary by `group_keys` with both as text, by label, the unknown group last."""
    return summary.with_columns(pl.col("group_id", "group").cast(pl.String)).sort(
        "group", "group_id", nulls_last=True
    )


def matches(query: Query) -> pl.Expr:
    """True for facts that pass every filter of `query`; UNKNOWN in a filter matches null."""
    chosen = {name: getattr(query, name) for name in FILTERS}
    tests = [
        _key(name).is_in(list(values)).fill_null(UNKNOWN in values)
        for name, values in chosen.items()
        if values
    ]
    return pl.all_horizontal(pl.lit(True), *tests)


def shows(query: Query) -> pl.Expr:
    """True for rows of people that the filters by rep and team let be shown; no other counts."""
    return matches(replace(query.unfiltered(), rep=query.rep, team=query.team))


def _key(dimension: str) -> pl.Expr:
    """What tells the values of a dimension apart: people and customers by id, not by name."""
    return pl.col(f"{dimension}_id" if dimension in ("rep", "customer") else dimension)


def existing(frames: Frames, query: Query) -> pl.LazyFrame:
    """DEALS opened by `query.as_of`, or closed if the opening is unknown; states are today's."""
    day = pl.coalesce("opened_on", "closed_on")
    return frames["deals"].filter(day.is_null() | (day <= query.as_of))


def standing(frames: Frames, query: Query) -> pl.LazyFrame:
    """The deals as they stood at the end of `query.as_of`, all of them, without dimensions.

    The stored state holds where it is old enough, else the history tells.

    Returns:
        DEALS and `day`, on which the deal's team counts: its closing day, or `as_of`.
    """
    as_of = query.as_of
    known = existing(frames, query)
    moved = frames["stage_events"].filter(pl.col("entered_on") > as_of).select("deal_id")
    is_late = (pl.col("closed_on") > as_of).fill_null(False)
    later = known.select("deal_id", is_late=is_late).join(
        moved.unique().with_columns(is_moved=True), on="deal_id", how="left"
    )
    rewound = later.filter(pl.col("is_late") | pl.col("is_moved")).select("deal_id")
    past = _past_states(frames, rewound, query)
    stage, status, closed_on = (
        pl.when("is_past").then(f"past_{name}").otherwise(name).alias(name)
        for name in ("stage", "status", "closed_on")
    )
    return (
        known.join(past, on="deal_id", how="left")
        .with_columns(stage, status, closed_on)
        .with_columns(
            loss_reason=pl.when(pl.col("status") == "lost").then("loss_reason"),
            day=pl.coalesce("closed_on", pl.lit(as_of)),
        )
        .select(*schemas.DEALS, "day")
    )


def _past_states(frames: Frames, rewound: pl.LazyFrame, query: Query) -> pl.LazyFrame:
    """Stage, status and closing day at `as_of` of the deals that changed after it.

    A closing day is the day the last stay began; consecutive rows of one stage are one
    stay. A deal without known events is open, in no stage.
    """
    kinds = frames["stages"].select("stage", past_kind="kind")
    history = (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .join(rewound, on="deal_id", how="semi")
    )
    stage, entered_on = (pl.col(c).sort_by("seq") for c in ("stage", "entered_on"))
    is_last_stay = stage.rle_id() == stage.rle_id().last()
    states = history.group_by("deal_id").agg(
        past_stage=stage.last(), began_on=entered_on.filter(is_last_stay).first()
    )
    return (
        rewound.join(states, on="deal_id", how="left")
        .join(kinds, left_on="past_stage", right_on="stage", how="left")
        .select(
            "deal_id",
            "past_stage",
            past_status=pl.col("past_kind").fill_null("open"),
            past_closed_on=pl.when(pl.col("past_kind") != "open").then("began_on"),
            is_past=pl.lit(True),
        )
    )


def _activities(frames: Frames, query: Query) -> pl.LazyFrame:
    """VISITS so far and their `day`."""
    so_far = frames["visits"].filter(pl.col("visited_on") <= query.as_of)
    return so_far.with_columns(day=pl.col("visited_on"))


def _cut(frames: Frames, query: Query) -> Frames:
    """The tables with only the visits of the query's period."""
    inside = measures.within("visited_on", query.since, query.until)
    return {**frames, "visits": frames["visits"].filter("is_visit", inside)}


def _with_deal(activities: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """Activities with product and source of their deal, and its customer if they name none."""
    of_deal = existing(frames, query).select(
        "deal_id", "product", "source", deal_customer="customer_id"
    )
    joined = activities.join(of_deal, on="deal_id", how="left")
    return joined.with_columns(customer_id=pl.coalesce("customer_id", "deal_customer"))


def _with_dimensions(facts: pl.LazyFrame, frames: Frames, wanted: Set[str]) -> pl.LazyFrame:
    """Customer columns, and rep, team and manager, beside facts with a `day`, if wanted."""
    if wanted & _CUSTOMER.keys():
        customers = frames["customers"].select("customer_id", *_CUSTOMER)
        facts = facts.join(customers, on="customer_id", how="left")
    if wanted & _REP.keys():
        teams = memberships.of_days(facts.select("rep_id", "day").unique(), frames)
        facts = facts.join(teams, on=["rep_id", "day"], how="left")
    return facts


def _read_by_filters(query: Query) -> Set[str]:
    """The dimensions that the filters in use read; a rep is chosen by the fact's own id."""
    return {name for name in FILTERS if getattr(query, name)} - {"rep"}
