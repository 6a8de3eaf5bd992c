"""The demo department as records: everything a store needs to show every screen."""

from datetime import date, timedelta

import numpy as np
import polars as pl

from data.demo import (
    archive,
    deals,
    doubles,
    journeys,
    lines,
    pipeline,
    staff,
    targets,
    visits,
    work_reports,
)
from data.demo.archive import Archive
from data.demo.pipeline import Pipeline
from data.demo.staff import Staff
from data.demo.visits import Diary
from data.demo.world import DAY_MINUTES, Ints, World

SEED = 111
_TRACKABLE_DAYS = 270  # since an order
_RESERVED_DAYS = 365  # since a loss


def frames(today: date, scale: int = 1, seed: int = SEED) -> dict[str, pl.DataFrame]:
    """The records of a demo department as it stands on the morning of `today`.

    One frame per record class, ready for `Store.load`: `id` and the record's fields, money
    Decimal(18, 4), moments UTC. The same arguments give the same frames, and a later day of
    the same year the same history with more days. About 12 reps in 3 teams, 400 customers,
    2,500 deals and 12,000 visits in 27 months; `scale` multiplies customers, deals and
    visits, and people by its square root (80 gives 200,000 deals, 1 million visits and 126
    reps at work).
    """
    world = World(today, seed, scale)
    reps = staff.hire(world)
    found = archive.find_customers(world, reps)
    opened = pipeline.open_deals(world, reps, found)
    walked = journeys.walk(world, opened)
    outcomes = journeys.outcomes(walked)
    opened = pipeline.hand_over(reps, opened, outcomes["since"].to_numpy() // DAY_MINUTES)
    diary = visits.keep_diary(world, reps, found, opened)
    events = deals.known_events(world, opened, walked)
    known = deals.knowledge(world, opened, events)
    people = staff.people(world, reps)
    seen = _first_seen(found, opened, diary)
    on_file = archive.records(world, found, reps, seen).join(
        doubles.tax_numbers(world, found.ids), on="id", maintain_order="left"
    )
    on_file = doubles.put_on_file_twice(on_file, found.ids.filter(pl.Series(seen < 0)))
    deal_records = deals.records(world, reps, found, opened, known)
    contact_ids = archive.contact_ids(found)
    return {
        "Stage": deals.stages(),
        "Rep": people,
        "Membership": staff.memberships(world, people),
        "Customer": _tracked(on_file, deal_records, today),
        "Contact": archive.contacts(world, found, on_file),
        "Deal": deal_records,
        "DealLine": lines.records(world, opened, known),
        "StageEvent": deals.stage_events(world, opened, events),
        "Visit": visits.records(world, reps, found, opened, diary, contact_ids),
        "Target": targets.records(world, reps, opened, outcomes),
        "WorkReport": _work_reports(world, reps, found, opened, diary, walked),
    }


def _first_seen(found: Archive, opened: Pipeline, diary: Diary) -> Ints:
    """Day of each customer's first deal or visit, -1 for none."""
    never = np.iinfo(np.int64).max
    seen = np.full(len(found.owner), never)
    np.minimum.at(seen, opened.customer, opened.opened)
    np.minimum.at(seen, diary.customer, diary.day)
    return np.where(seen == never, -1, seen)


def _tracked(on_file: pl.DataFrame, deal_records: pl.DataFrame, today: date) -> pl.DataFrame:
    """Customer records with their tracking class, which follows from their deals."""
    status, closed = pl.col("status"), pl.col("closed_on")
    history = deal_records.group_by("customer_id").agg(
        is_open=(status == "open").any(),
        won_on=closed.filter(status == "won").max(),
        lost_on=closed.filter(status == "lost").max(),
    )
    is_recent = pl.col("won_on") >= today - timedelta(days=_TRACKABLE_DAYS)
    is_kept = pl.max_horizontal("won_on", "lost_on") >= today - timedelta(days=_RESERVED_DAYS)
    tracking = (
        pl.when(pl.col("is_open").is_null())
        .then(pl.lit("potential"))
        .when(pl.col("is_open") | is_recent)
        .then(pl.lit("trackable"))
        .when(is_kept)
        .then(pl.lit("reserved"))
        .otherwise(pl.lit("abandoned"))
    )
    return on_file.join(
        history, left_on="id", right_on="customer_id", how="left", maintain_order="left"
    ).select(*on_file.columns, tracking=tracking)


def _work_reports(
    world: World, reps: Staff, found: Archive, opened: Pipeline, diary: Diary, walked: pl.DataFrame
) -> pl.DataFrame:
    """WorkReport records, from all visits and steps of the world."""
    names = found.frame["name"]
    topic, outcome = visits.talk(world, opened, diary)
    met = pl.DataFrame(
        {
            "rep": diary.rep,
            "moment": diary.day * DAY_MINUTES + diary.minute,
            "deal": diary.deal,
            "customer": names.gather(diary.customer),
            "topic": topic,
            "outcome": outcome,
        }
    )
    deal = walked["deal"].to_numpy()
    steps = walked.with_columns(
        rep=opened.rep[deal],
        customer=names.gather(opened.customer[deal]),
        amount=opened.amount[deal],
    )
    return work_reports.records(world, reps, met, steps, opened.ids)
