"""Customers nobody has seen for longer than they are used to.

A contact is a day with a visit to the customer or with an order from them (a deal won), by
whomever. The usual gap is the median of the days between consecutive contacts.
"""

from dataclasses import replace

import polars as pl

from analytics import facts, measures, memberships
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES)))  # archive() reads these
FEWEST_CONTACTS = 3  # fewer leave less than two gaps: nothing is usual yet
TIMES_USUAL = 2  # a silence longer than so many usual gaps is a risk
GIVEN_UP = "abandoned"  # tracking class: the department let the customer go on purpose

CONTACTED = pl.Schema(
    {
        "customer_id": pl.String,
        "customer": pl.String,
        "region": KEY,
        "industry": KEY,
        "size": KEY,
        "tracking": KEY,
        "rep_id": KEY,  # the owner, else whoever had the last contact
        "rep": KEY,
        "team": KEY,
        "contacts": pl.Int64,  # days with a visit or an order
        "last_contact_on": pl.Date,
        "last_visit_on": pl.Date,  # null: never visited
        "last_order_on": pl.Date,  # null: never ordered
        "usual_gap_days": pl.Float64,  # null: fewer than three contacts
        "since_days": pl.Int64,  # from the last contact to `as_of`
        "is_at_risk": pl.Boolean,  # null: no usual gap
        "won_amount": pl.Int64,  # of all their orders
    }
)


def archive(frames: Frames, query: Query) -> pl.LazyFrame:
    """Every customer, with what is known of their contacts up to `query.as_of`.

    A customer is at risk when the last contact lies further back than twice the usual gap;
    one that the department has given up is not. Filters by rep and team choose by who is
    responsible today, product and source customers with such a deal; the period does not
    count.

    Returns:
        CONTACTED, one row per customer, in no order; null days, gap and amount of customers
        without a contact.
    """
    rows = (
        frames["customers"]
        .join(_of_customers(_contact_days(frames, query)), on="customer_id", how="left")
        .with_columns(rep_id=pl.coalesce("owner_rep_id", "last_rep_id"), day=pl.lit(query.as_of))
    )
    people = memberships.of_days(rows.select("rep_id", "day").unique(), frames)
    since = (pl.col("day") - pl.col("last_contact_on")).dt.total_days()
    is_kept = (pl.col("tracking") != GIVEN_UP).fill_null(True)
    return (
        rows.join(people, on=["rep_id", "day"], how="left")
        .filter(facts.matches(replace(query, product=(), source=())))
        .pipe(_with_such_deals, frames, query)
        .with_columns(
            since_days=since,
            is_at_risk=(since > TIMES_USUAL * pl.col("usual_gap_days")) & is_kept,
        )
        .select(CONTACTED.names())
    )


def contacted(frames: Frames, query: Query) -> pl.LazyFrame:
    """Those customers of `archive` that had a contact."""
    return archive(frames, query).filter(pl.col("contacts").is_not_null())


def at_risk(frames: Frames, query: Query) -> pl.LazyFrame:
    """The customers at risk, those who ordered most first; ties by name, then id.

    Returns:
        CONTACTED, one row per customer.
    """
    found = contacted(frames, query).filter("is_at_risk")
    return found.sort("won_amount", "customer", "customer_id", descending=[True, False, False])


def _contact_days(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row per customer and day of contact: who, visit or order, and what was ordered."""
    visits = facts.customer_visits(frames, query)
    visited = visits.select(*_WHO, "is_visit", contact_on="visited_on")
    orders = facts.bare_deals(frames, query.unfiltered()).filter(measures.WON)
    ordered = orders.select(*_WHO, "amount", contact_on="closed_on", is_visit=pl.lit(False))
    is_visit = pl.col("is_visit")
    return (
        pl.concat([visited, ordered], how="diagonal")
        .drop_nulls("customer_id")
        .group_by("customer_id", "contact_on")
        .agg(
            rep_id=pl.col("rep_id").cast(pl.String).min(),  # of several the same on every run
            is_visited=is_visit.any(),
            is_order=(~is_visit).any(),
            amount=pl.col("amount").sum(),
        )
        .sort("customer_id", "contact_on")
    )


_WHO = ("customer_id", "rep_id")


def _of_customers(days: pl.LazyFrame) -> pl.LazyFrame:
    """What the contact days of each customer, handed over in order, say together."""
    is_same = pl.col("customer_id") == pl.col("customer_id").shift()
    gap = (pl.col("contact_on") - pl.col("contact_on").shift()).dt.total_days()
    contact_on, contacts = pl.col("contact_on"), pl.len()
    return (
        days.with_columns(gap=pl.when(is_same).then(gap))
        .group_by("customer_id")
        .agg(
            contacts=contacts.cast(pl.Int64),
            last_rep_id=pl.col("rep_id").last().cast(KEY),
            last_contact_on=contact_on.last(),
            last_visit_on=contact_on.filter("is_visited").last(),
            last_order_on=contact_on.filter("is_order").last(),
            usual_gap_days=pl.when(contacts >= FEWEST_CONTACTS).then(pl.col("gap").median()),
            won_amount=pl.col("amount").sum(),
        )
    )


def _with_such_deals(customers: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """Of the customers those with a deal of the products and sources asked for."""
    if not (query.product or query.source):
        return customers
    asked = replace(query.unfiltered(), product=query.product, source=query.source)
    such = facts.bare_deals(frames, asked).select("customer_id")
    return customers.join(such, on="customer_id", how="semi")


REPORTS = (Report("customers-at-risk", TABLES, CONTACTED, at_risk),)
