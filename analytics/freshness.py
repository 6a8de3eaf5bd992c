"""Customers nobody looks after: dormant ones, and those not touched this month.

A contact is a visit or an order (`analytics.at_risk`). A touch is a visit, or a deal that was
opened, moved or closed. Changes of the customer's record are no touch: an import writes all
of them on one day. Active are the trackable and the potential customers.

Source: S20 C, 每月统计各业务部项目情况, 及时更新客户档案资料: each active customer once a calendar
month. S19 names two idle months, of reps; no template names the interval of visits, so the
days of silence that make a customer dormant are asked for (`Query.idle_days`).
"""

import polars as pl

from analytics import at_risk, facts, measures
from analytics.query import Query
from analytics.report import Frames, Report

ACTIVE = ("trackable", "potential")  # tracking classes
GROUPS = ("rep", "team", "region", "industry", "size")

LOOKED_AFTER = pl.Schema(
    {
        **at_risk.CONTACTED,
        "created_on": pl.Date(),
        "idle_days": pl.Int64(),  # since the last contact, else since they were recorded
        "is_dormant": pl.Boolean(),
        "last_touch_on": pl.Date(),  # null: never
        "untouched_days": pl.Int64(),
        "is_fresh": pl.Boolean(),  # touched in the month of `as_of`; null: not active
    }
)
FRESHNESS = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "customers": pl.Int64,  # active ones
        "fresh": pl.Int64,
        "stale": pl.Int64,
        "fresh_rate": pl.Float64,
    }
)


def looked_after(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every customer, with the last contact and touch up to `as_of`.

    Dormant is who had no contact for more than `query.idle_days`, counted from the day the
    customer was recorded if there never was one, and for ever if that day is unknown too.
    Nobody is dormant whom the department gave up.
    Filters choose customers as in `at_risk.archive`; the period does not count.

    Returns:
        LOOKED_AFTER, one row per customer, who ordered most first; ties by name, then id.
        Customers recorded after `as_of` are left out, unless they had a contact before.
    """
    as_of = pl.lit(query.as_of)
    recorded = frames["customers"].select("customer_id", "created_on")
    is_kept = (pl.col("tracking") != at_risk.GIVEN_UP).fill_null(True)
    is_known = (pl.col("created_on") <= as_of).fill_null(True) | pl.col("contacts").is_not_null()
    idle = (as_of - pl.coalesce("last_contact_on", "created_on")).dt.total_days()
    is_active = pl.col("tracking").cast(pl.String).is_in(ACTIVE)
    is_fresh = (pl.col("last_touch_on") >= query.as_of.replace(day=1)).fill_null(False)
    return (
        at_risk.archive(frames, query)
        .join(recorded, on="customer_id", how="left")
        .join(_deal_moves(frames, query), on="customer_id", how="left")
        .filter(is_known)
        .with_columns(idle_days=idle, last_touch_on=pl.max_horizontal("last_visit_on", "moved_on"))
        .with_columns(
            pl.col("won_amount").fill_null(0),
            untouched_days=(as_of - pl.col("last_touch_on")).dt.total_days(),
            is_dormant=(pl.col("idle_days") > query.idle_days).fill_null(True) & is_kept,
            is_fresh=pl.when(is_active).then(is_fresh),
        )
        .sort("won_amount", "customer", "customer_id", descending=[True, False, False])
        .select(LOOKED_AFTER.names())
    )


def dormant(frames: Frames, query: Query) -> pl.LazyFrame:
    """The rows of `looked_after` that are dormant."""
    return looked_after(frames, query).filter("is_dormant")


def stale(frames: Frames, query: Query) -> pl.LazyFrame:
    """The active customers of `looked_after` that were not touched in the month of `as_of`."""
    return looked_after(frames, query).filter(~pl.col("is_fresh"))


def freshness(frames: Frames, query: Query) -> pl.LazyFrame:
    """Active customers touched in the month of `as_of` per value of `query.by`, one of GROUPS.

    By rep it is who is responsible: the owner, else whoever had the last contact.

    Returns:
        FRESHNESS, one row per group by its label, the unknown one last.
    """
    is_fresh = pl.col("is_fresh")
    summary = (
        looked_after(frames, query)
        .filter(is_fresh.is_not_null())
        .group_by(facts.group_keys(query.by))
        .agg(
            customers=pl.len().cast(pl.Int64),
            fresh=is_fresh.sum().cast(pl.Int64),
            stale=(~is_fresh).sum().cast(pl.Int64),
            fresh_rate=measures.rate(is_fresh.sum(), pl.len()),
        )
    )
    return facts.grouped(summary)


def _deal_moves(frames: Frames, query: Query) -> pl.LazyFrame:
    """customer_id and moved_on, the last day one of its deals was opened, moved or closed."""
    events = frames["stage_events"].filter(pl.col("entered_on") <= query.as_of)
    entered = events.group_by("deal_id").agg(entered_on=pl.col("entered_on").max())
    return (
        facts.bare_deals(frames, query.unfiltered())
        .join(entered, on="deal_id", how="left")
        .select("customer_id", moved_on=pl.max_horizontal("opened_on", "closed_on", "entered_on"))
        .drop_nulls("customer_id")
        .group_by("customer_id")
        .agg(pl.col("moved_on").max())
    )


REPORTS = (
    Report("customer-care", at_risk.TABLES, LOOKED_AFTER, looked_after),
    Report("customers-dormant", at_risk.TABLES, LOOKED_AFTER, dormant),
    Report("customers-stale", at_risk.TABLES, LOOKED_AFTER, stale),
    Report("freshness", at_risk.TABLES, FRESHNESS, freshness, by=GROUPS),
)
