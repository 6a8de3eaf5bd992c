"""The demo's visits: who met whom, when, about which deal."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.demo.archive import Archive
from data.demo.pipeline import PRODUCTS, Pipeline, pick_customer
from data.demo.staff import Staff
from data.demo.words import VISIT_WORDS
from data.demo.world import DAY_MINUTES, OPENING, Floats, Ints, World, choose

KINDS = tuple(VISIT_WORDS)
_DEAL_SHARE = 0.80  # of the visits that are about a deal, if one is open
_RECENT = 160  # a visit is about a deal opened within so many days
_KIND_WEIGHTS = np.array(  # by how far the deal is: without one, early, middle, late, won
    [
        # visit, call, online, demo, inspection, negotiation, revisit
        (52, 26, 6, 4, 4, 0, 8),
        (48, 30, 8, 8, 6, 0, 0),
        (30, 18, 12, 22, 14, 4, 0),
        (20, 16, 10, 8, 4, 42, 0),
        (6, 16, 6, 0, 0, 0, 72),
    ]
)
_MINUTES = np.array((75, 15, 45, 110, 140, 95, 60))  # usual length by kind
_SLOTS = 34  # quarters of an hour from opening to half past five
_NEXT_SHARE = 0.55


@dataclass(frozen=True)
class Diary:
    """All visits of the world as arrays, by moment of the day. `deal` is -1 without one."""

    rep: Ints
    day: Ints
    minute: Ints
    customer: Ints
    deal: Ints
    kind: Ints
    minutes: Ints
    contact: Ints


def keep_diary(world: World, staff: Staff, archive: Archive, deals: Pipeline) -> Diary:
    """Every visit that this world ever sees."""
    chance = world.chance("visits")
    rate = world.load * staff.presence.T * world.pace[:, None] * staff.trait("visits")
    counts = chance.poisson(rate)
    day, rep = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    count = len(day)
    slot = np.floor(chance.beta(1.3, 1.3, count) * _SLOTS).astype(np.int64)
    minute = OPENING + slot * 15
    order = np.lexsort((minute, day))
    rep, day, minute = rep[order], day[order], minute[order]
    deal = _deals(chance, deals, rep, day)
    found = pick_customer(world, archive, rep, day, chance.random(count))
    customer = np.where(deal >= 0, deals.customer[deal], found)
    kind = _kinds(chance, deals, deal, day)
    lasting = _MINUTES[kind] * np.exp(chance.normal(0, 0.3, count))
    minutes = np.clip(np.rint(lasting / 5) * 5, 5, 300).astype(np.int64)
    known = archive.contacts[customer] * chance.random(count) ** 1.5
    contact = archive.first_contact[customer] + np.floor(known).astype(np.int64)
    return Diary(rep, day, minute, customer, deal, kind, minutes, contact)


def _deals(chance: np.random.Generator, deals: Pipeline, rep: Ints, day: Ints) -> Ints:
    """A recent deal of the rep for each visit, -1 where it is about none.

    Two deals are tried; the first that is not yet closed is taken, else now and then a won one.
    """
    span = int(max(deals.closed.max(), day.max())) + 1
    key = deals.rep * span + deals.opened
    order = np.argsort(key, kind="stable")
    low = np.searchsorted(key[order], rep * span + np.maximum(day - _RECENT, 0))
    high = np.searchsorted(key[order], rep * span + day)  # opened on an earlier day
    asked = (chance.random(len(day)) < _DEAL_SHARE) & (high > low)
    found = np.full(len(day), -1)
    for is_last_try in (False, False, True):
        at = low + np.floor(chance.random(len(day)) * (high - low)).astype(np.int64)
        tried = order[np.minimum(at, len(order) - 1)]
        is_open = day <= deals.closed[tried]
        fits = is_open | (is_last_try & deals.won[tried] & (chance.random(len(day)) < 0.3))
        found = np.where(asked & fits & (found < 0), tried, found)
    return found


def _kinds(chance: np.random.Generator, deals: Pipeline, deal: Ints, day: Ints) -> Ints:
    """An index into KINDS for each visit, fitting how far its deal is."""
    days = np.maximum(deals.closed - deals.opened, 1)[deal]
    progress = (day - deals.opened[deal]) / days
    phase = 1 + np.searchsorted([0.3, 0.65, 1.0001], progress, side="right")
    phase = np.where(deal < 0, 0, phase)
    kind = np.empty(len(deal), dtype=np.int64)
    for number, weights in enumerate(_KIND_WEIGHTS):
        here = phase == number
        kind[here] = choose(chance, int(here.sum()), weights)
    return kind


def records(
    world: World, staff: Staff, archive: Archive, deals: Pipeline, diary: Diary, contacts: pl.Series
) -> pl.DataFrame:
    """Visit records of the days shown up to now. `contacts` are the ids of all contacts."""
    moment = diary.day * DAY_MINUTES + diary.minute
    at = np.flatnonzero((diary.day >= world.shown_from) & (moment <= world.now))
    deal = diary.deal[at]
    has_deal = pl.Series((deal >= 0) & (deals.opened[deal] >= world.shown_from))
    topic, outcome = talk(world, deals, diary)
    ids = "V" + pl.Series(at + 1).cast(pl.String).str.zfill(6)
    return pl.DataFrame(
        {
            "id": ids,
            "customer_id": archive.ids.gather(diary.customer[at]),
            "contact_id": contacts.gather(diary.contact[at]),
            "rep_id": staff.ids.gather(diary.rep[at]),
            "deal_id": deals.ids.gather(np.maximum(deal, 0)).set(~has_deal, None),
            "kind": pl.Series(KINDS).gather(diary.kind[at]),
            "visited_at": world.moments(moment[at]),
            "minutes": diary.minutes[at],
            "topic": topic.gather(at),
            "outcome": outcome.gather(at),
            "next_on": _next(world, diary).gather(at),
        }
    )


def talk(world: World, deals: Pipeline, diary: Diary) -> tuple[pl.Series, pl.Series]:
    """Topic and outcome of each visit, with the product it was about."""
    chance = world.chance("talk")
    count = len(diary.day)
    any_product = chance.integers(0, len(PRODUCTS), count)
    product = np.where(diary.deal >= 0, deals.product[diary.deal], any_product)
    topics = [
        words[0][n % len(words[0])].replace("{product}", sold.name)
        for words in VISIT_WORDS.values()
        for n in range(12)
        for sold in PRODUCTS
    ]
    outcomes = [words[1][n % len(words[1])] for words in VISIT_WORDS.values() for n in range(60)]
    topic = (diary.kind * 12 + chance.integers(0, 12, count)) * len(PRODUCTS) + product
    outcome = diary.kind * 60 + chance.integers(0, 60, count)
    return pl.Series(topics).gather(topic), pl.Series(outcomes).gather(outcome)


def _next(world: World, diary: Diary) -> pl.Series:
    """The next appointment, for about half of the visits."""
    chance = world.chance("appointments")
    ahead: Floats = chance.gamma(2.0, 6.0, len(diary.day)) + 2
    days = world.dates(world.workday(diary.day + ahead))
    return days.set(pl.Series(chance.random(len(days)) >= _NEXT_SHARE), None)
