"""What happened with customers, day by day: visits, deals and what reports said of them."""

import polars as pl

from analytics import facts, measures
from analytics.query import Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES, "work_reports")))

EVENTS = pl.Schema(
    {
        "happened_on": pl.Date,
        "event": KEY,  # opened, moved, won, lost, reported, or the kind of a visit
        "customer_id": pl.String,
        "customer": pl.String,
        "deal_id": pl.String,  # null: a visit about no deal
        "deal": pl.String,
        "stage": KEY,  # of a move
        "stage_zh": pl.String,
        "stage_en": pl.String,
        "amount": pl.Int64,  # the deal's, where it was opened or closed
        "rep_id": KEY,
        "rep": KEY,
        "note": pl.String,  # of a weekly report
        "visit_id": pl.String,
        "report_id": pl.String,
    }
)
_ORDER = ("opened", "visit", "moved", "lost", "won", "reported")  # within one day
_NAMES = ("customer_id", "customer", "deal_id", "deal", "rep_id", "rep")


def timeline(frames: Frames, query: Query) -> pl.LazyFrame:
    """The events of the period, as known at `as_of`, the latest first.

    A deal is opened, enters stages (consecutive rows of one stage are one) and is won or
    lost, again if it was re-opened in between. A weekly report counts for the customers of
    the deals it writes about, on the day it was submitted. Tasks and e-mails are left out.
    Filters choose visits and deals by their own rep, product and so on.

    Returns:
        EVENTS, one row per event; ties by _ORDER, then by id.
    """
    deals = facts.deals(frames, query)
    parts = [_visits(frames, query), _ends(deals), _moves(deals, frames, query)]
    parts.append(_reports(deals, frames, query))
    stages = frames["stages"].select("stage", stage_zh="name_zh", stage_en="name_en")
    return (
        pl.concat(parts, how="diagonal")
        .filter(
            pl.col("customer_id").is_not_null(),
            measures.within("happened_on", query.since, query.until),
        )
        .join(stages, on="stage", how="left")
        .sort("happened_on", "order", "seq", "visit_id", "report_id", "deal_id", descending=True)
        .select(EVENTS.names())
    )


def _named(rows: pl.LazyFrame, event: pl.Expr) -> pl.LazyFrame:
    """Rows with their event and its place within a day; any other event is a kind of visit."""
    places = {name: place for place, name in enumerate(_ORDER)}
    code = event.cast(pl.String)
    place = code.replace_strict(places, default=places["visit"], return_dtype=pl.Int64)
    return rows.with_columns(event=code.cast(KEY), order=place)


def _visits(frames: Frames, query: Query) -> pl.LazyFrame:
    """Visits of the period; those of other customers are cut before the deals are joined."""
    own = pl.col("customer_id")
    wanted = own.is_null() | own.is_in(list(query.customer)) if query.customer else pl.lit(True)
    few = {**frames, "visits": frames["visits"].filter(wanted)}
    names = frames["deals"].select("deal_id", "deal")
    made = facts.visits_within(few, query).join(names, on="deal_id", how="left")
    visits = made.select(*_NAMES, "kind", "visit_id", happened_on="visited_on")
    return _named(visits, pl.col("kind")).drop("kind")


def _ends(deals: pl.LazyFrame) -> pl.LazyFrame:
    """Openings, and the closings that stand."""
    known = deals.select(*_NAMES, "amount", "opened_on", "closed_on", "status")
    opened = known.with_columns(happened_on="opened_on").drop_nulls("happened_on")
    closed = known.with_columns(happened_on="closed_on").drop_nulls("happened_on")
    ends = [_named(opened, pl.lit("opened")), _named(closed, pl.col("status"))]
    return pl.concat(ends).drop("opened_on", "closed_on", "status")


def _moves(deals: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """Stages entered: not the one a deal was opened in, nor the closing that stands."""
    begins = pl.any_horizontal(pl.col(n) != pl.col(n).shift() for n in ("deal_id", "stage"))
    is_first = (pl.col("deal_id") != pl.col("deal_id").shift()).fill_null(True)
    is_opening = is_first & (pl.col("happened_on") == pl.col("opened_on")).fill_null(False)
    kind = pl.col("kind").cast(pl.String)
    is_closing = (kind == pl.col("status").cast(pl.String)) & (
        pl.col("happened_on") == pl.col("closed_on")
    ).fill_null(False)
    event = pl.when(kind == "open").then(pl.lit("moved")).otherwise(kind)
    stays = (
        frames["stage_events"]
        .filter(pl.col("entered_on") <= query.as_of)
        .select("deal_id", "seq", "stage", happened_on="entered_on")
        .join(deals.select(*_NAMES, "opened_on", "closed_on", "status"), on="deal_id")
        .sort("deal_id", "seq")
        .filter(begins.fill_null(True))
        .join(frames["stages"].select("stage", "kind"), on="stage", maintain_order="left")
        .filter(~is_closing, ~(is_opening & (kind == "open")))
    )
    return _named(stays, event).drop("kind", "opened_on", "closed_on", "status")


def _reports(deals: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """What submitted weekly reports wrote about deals."""
    told = pl.List(pl.Struct({"deal_id": pl.String, "note": pl.String}))
    people = frames["reps"].select("rep_id", "rep")
    written = (
        frames["work_reports"]
        .filter(pl.col("status") != "draft", pl.col("submitted_on") <= query.as_of)
        .select(
            "rep_id",
            "report_id",
            pl.col("projects").str.json_decode(told),
            happened_on="submitted_on",
        )
        .explode("projects")
        .unnest("projects")
        .drop_nulls("deal_id")
        .join(people, on="rep_id", how="left")
        .join(deals.select("customer_id", "customer", "deal_id", "deal"), on="deal_id")
    )
    return _named(written, pl.lit("reported"))


REPORTS = (Report("customer-timeline", TABLES, EVENTS, timeline),)
