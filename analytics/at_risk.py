"""Customers nobody has seen for longer than they are used to.

A contact is a day with a visit to the customer or with an order from them (a deal won), by
whomever. The usual gap is the median of the days between consecutive contacts.
"""

from dataclasses import replace
from datetime import date

import polars as pl

from analytics import facts, measures, memberships
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES)))  # archive() reads these
FEWEST_CONTACTS = 3  # fewer leave less than two gaps: nothing is usual yet
_SPAN = 10_000_000  # more than the days of a calendar
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
        .join(_numbers(frames), on="customer_id")
        .join(_of_customers(_contacts(frames, query)), on="number", how="left")
        .with_columns(rep_id=pl.coalesce("owner_rep_id", "last_rep_id"), day=pl.lit(query.as_of))
    )
    today = frames["reps"].select("rep_id", day=pl.lit(query.as_of))
    people = memberships.of_days(today, frames)
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


def _contacts(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row per visit and order: number of the customer, day, who, and what was ordered."""
    visits = facts.customer_visits(frames, query)
    visited = visits.select(*_WHO, "is_visit", contact_on="visited_on")
    orders = facts.bare_deals(frames, query.unfiltered()).filter(measures.WON)
    ordered = orders.select(*_WHO, "amount", contact_on="closed_on", is_visit=pl.lit(False))
    contacts = pl.concat([visited, ordered], how="diagonal")
    return contacts.join(_numbers(frames), on="customer_id").drop("customer_id")


def _numbers(frames: Frames) -> pl.LazyFrame:
    """A number per customer: a million visits sort and group far faster by it than by text."""
    return frames["customers"].select("customer_id").with_row_index("number")


_WHO = ("customer_id", "rep_id")


def _of_customers(contacts: pl.LazyFrame) -> pl.LazyFrame:
    """What the contacts of each customer say together, by its number."""
    contact_on, is_visit = pl.col("contact_on"), pl.col("is_visit")
    ends = contacts.group_by("number").agg(
        last_contact_on=contact_on.max(),
        last_visit_on=contact_on.filter(is_visit).max(),
        last_order_on=contact_on.filter(~is_visit).max(),
        won_amount=pl.col("amount").sum(),
    )
    last = ends.select("number", contact_on="last_contact_on")
    whose = contacts.join(last, on=["number", "contact_on"]).group_by("number")
    last_rep = pl.col("rep_id").cast(pl.String).min()  # of several the same on every run
    return ends.join(whose.agg(last_rep_id=last_rep.cast(KEY)), on="number").join(
        _gaps(contacts), on="number"
    )


def _gaps(contacts: pl.LazyFrame) -> pl.LazyFrame:
    """Days with a contact, and the usual gap between them, by the customer's number.

    Number and day are sorted as one integer, which takes an eighth of the time of two columns.
    """
    day = (pl.col("contact_on") - date.min).dt.total_days()
    place = pl.col("place")
    number = (place // _SPAN).cast(pl.UInt32)
    usual = pl.when(pl.len() >= FEWEST_CONTACTS).then(pl.col("gap").median())
    return (
        contacts.select(place=pl.col("number").cast(pl.Int64) * _SPAN + day)
        .unique()
        .sort("place")
        .with_columns(number=number, gap=pl.when(number == number.shift()).then(place.diff()))
        .group_by("number")
        .agg(contacts=pl.len().cast(pl.Int64), usual_gap_days=usual)
    )


def _with_such_deals(customers: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """Of the customers those with a deal of the products and sources asked for."""
    if not (query.product or query.source):
        return customers
    asked = replace(query.unfiltered(), product=query.product, source=query.source)
    such = facts.bare_deals(frames, asked).select("customer_id")
    return customers.join(such, on="customer_id", how="semi")


REPORTS = (Report("customers-at-risk", TABLES, CONTACTED, at_risk),)
