"""The demo's customers and the people there."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from data.demo.staff import Staff
from data.demo.words import (
    BRAND_FIRST,
    BRAND_SECOND,
    CITIES,
    DEPARTMENTS,
    FOREIGN_CONTACTS,
    FOREIGN_FIRST,
    FOREIGN_SECOND,
    GIVEN_NAMES,
    INDUSTRIES,
    STREETS,
    SURNAMES,
)
from data.demo.world import MONEY, Flags, Ints, World, choose, pick

CUSTOMERS = 400
SIZES = ("large", "medium", "small", "micro")
_SIZE_WEIGHTS = (12, 34, 40, 14)
_CAPITAL = (80e6, 20e6, 5e6, 1e6)  # usual registered capital by size
_PEOPLE = (4, 3, 2, 2)  # most contacts by size
_FOREIGN_SHARE = 0.25
_ROLES = ("liaison", "decision_maker", "technical", "user", "finance", "other")


@dataclass(frozen=True)
class Archive:
    """The customers as arrays; `frame` has what the records show of them, one row each.

    `frame`: name, brand, region, address, industry, size_band, ownership,
    registered_capital, products; region, industry and size are null for a few.
    """

    owner: Ints  # place of the rep who found the customer
    size: Ints  # index into SIZES
    contacts: Ints  # how many people are known there
    frame: pl.DataFrame

    @property
    def ids(self) -> pl.Series:
        """Customer ids."""
        return numbered("C", len(self.owner), 4)

    @property
    def first_contact(self) -> Ints:
        """Place of each customer's first contact among all contacts."""
        return np.cumsum(self.contacts) - self.contacts


def numbered(prefix: str, count: int, digits: int) -> pl.Series:
    """Ids `prefix` + 1, 2, ... with at least `digits` digits."""
    return prefix + pl.int_range(1, count + 1, eager=True).cast(pl.String).str.zfill(digits)


def find_customers(world: World, staff: Staff) -> Archive:
    """Every customer that this world ever has, known today or not."""
    chance = world.chance("customers")
    count = CUSTOMERS * world.scale
    newcomer = np.array([profile.hired[0] < 2 for profile in staff.profiles])
    owner = choose(chance, count, staff.trait("volume") * np.where(newcomer, 0.4, 1.0))
    size = choose(chance, count, _SIZE_WEIGHTS)
    contacts = 1 + np.floor(chance.random(count) * np.array(_PEOPLE)[size]).astype(np.int64)
    frame = _facts(chance, _cities(chance, staff.team[owner]), size)
    return Archive(owner, size, contacts, frame)


def _cities(chance: np.random.Generator, team: Ints) -> Ints:
    """A city in the part of the country of each customer's team."""
    part = np.array([city[0] for city in CITIES])
    size = np.bincount(part)
    start = np.cumsum(size) - size
    return start[team] + np.floor(chance.random(len(team)) * size[team]).astype(np.int64)


def _facts(chance: np.random.Generator, city: Ints, size: Ints) -> pl.DataFrame:
    """What the archive knows of each customer."""
    count = len(size)
    industry = choose(chance, count, [row[1] for row in INDUSTRIES])
    foreign = chance.random(count) < _FOREIGN_SHARE
    capital = np.array(_CAPITAL)[size] * np.exp(chance.normal(0, 0.4, count))
    cities = pl.Series([row[2] for row in CITIES]).gather(city)
    owned = np.where(foreign, choose(chance, count, [7, 3]), 2 + choose(chance, count, [8, 2]))
    street = pick(chance, STREETS, count) + _text(chance.integers(1, 300, count)) + "号"
    region = pl.Series([row[1] for row in CITIES]).gather(city)
    trade = pl.Series([row[0] for row in INDUSTRIES]).gather(industry)
    return _names(chance, foreign, cities, industry).with_columns(
        address=cities + street,
        region=_forgotten(chance, region, 0.01),
        industry=_forgotten(chance, trade, 0.03),
        size_band=_forgotten(chance, pl.Series(SIZES).gather(size), 0.02),
        ownership=pl.Series(["外资", "合资", "民营", "国有"]).gather(owned),
        registered_capital=pl.Series(np.rint(capital / 1e5).astype(np.int64) * 100_000),
        products=pl.Series([row[4] for row in INDUSTRIES]).gather(industry),
    )


def _forgotten(chance: np.random.Generator, values: pl.Series, share: float) -> pl.Series:
    """The values, null for a share of the customers: nobody has asked yet."""
    return values.set(pl.Series(chance.random(len(values)) < share), None)


def _names(
    chance: np.random.Generator, foreign: Flags, cities: pl.Series, industry: Ints
) -> pl.DataFrame:
    """Names and brands. A brand is used up before it comes again; equal names are numbered."""
    count = len(industry)
    word = chance.integers(0, 6, count)  # a multiple of both words and three words
    brands = _pairs(chance, BRAND_FIRST, BRAND_SECOND, count)
    foreign_brands = _pairs(chance, FOREIGN_FIRST, FOREIGN_SECOND, count)
    words = pl.Series([row[2][n % len(row[2])] for row in INDUSTRIES for n in range(6)])
    foreign_words = pl.Series([row[3][n % len(row[3])] for row in INDUSTRIES for n in range(6)])
    at = industry * 6 + word
    is_foreign = pl.Series(foreign)
    named = pl.DataFrame(
        {
            "brand": foreign_brands.zip_with(is_foreign, brands),
            "name": (foreign_brands + " " + foreign_words.gather(at)).zip_with(
                is_foreign, cities + brands + words.gather(at)
            ),
        }
    )
    copy = pl.int_range(1, pl.len() + 1).over("name")
    return named.with_columns(
        name=pl.when(copy == 1).then("name").otherwise(pl.format("{} ({})", "name", copy))
    )


def _pairs(
    chance: np.random.Generator, first: tuple[str, ...], second: tuple[str, ...], count: int
) -> pl.Series:
    """`first` + `second` in an order of chance, all pairs before any comes again."""
    pairs = pl.Series([a + b for a in first for b in second])
    return pairs.gather(chance.permutation(len(pairs))[np.arange(count) % len(pairs)])


def records(world: World, archive: Archive, staff: Staff, seen: Ints) -> pl.DataFrame:
    """Customer records of those on file today, without their tracking class.

    `seen` is the day each customer first had a deal or a visit, -1 for never: they were
    put on file shortly before, or long ago when they were there from the beginning.
    """
    chance = world.chance("filing")
    count = len(seen)
    lead = chance.integers(0, 20, count)
    long_ago = -chance.integers(1, 4 * 365, count)
    filed = np.where(seen < 0, chance.integers(-400, world.length, count), seen - lead)
    created = np.where((seen >= 0) & (seen < 150), long_ago, filed)
    return (
        archive.frame.with_columns(
            id=archive.ids,
            code="KH-" + archive.ids.str.slice(1),
            owner_rep_id=staff.ids.gather(staff.heir[archive.owner]),
            created_on=world.dates(created),
            registered_capital=pl.col("registered_capital").cast(MONEY),
        )
        .filter(pl.col("created_on") <= world.today)
        .drop("brand")
    )


def contact_ids(archive: Archive) -> pl.Series:
    """The ids of all contacts, the customers' one after the other."""
    return numbered("P", int(archive.contacts.sum()), 5)


def contacts(world: World, archive: Archive, known: pl.DataFrame) -> pl.DataFrame:
    """Contact records of the customers in `known`."""
    chance, later = world.chance("contacts"), world.chance("contact details")
    count = int(archive.contacts.sum())
    customer = np.repeat(np.arange(len(archive.owner)), archive.contacts)
    nth = np.arange(count) - archive.first_contact[customer]
    role = np.where(nth < 3, nth, chance.integers(3, len(_ROLES), count))
    posts = [DEPARTMENTS[name][1] for name in _ROLES]
    positions = pl.Series([post[n % len(post)] for post in posts for n in range(6)])
    name = pick(chance, SURNAMES, count) + pick(chance, GIVEN_NAMES, count)
    is_foreign = archive.frame["brand"].gather(customer).str.contains("[a-z]")
    is_foreign &= pl.Series(chance.random(count) < 0.4)
    mobile = _text(chance.integers(0, 10, count)) + "0000" + _digits(chance, count)
    email = numbered("contact", count, 1) + "@example.com"
    return pl.DataFrame(
        {
            "id": contact_ids(archive),
            "customer_id": archive.ids.gather(customer),
            "name": pick(chance, FOREIGN_CONTACTS, count).zip_with(is_foreign, name),
            "role": pl.Series(_ROLES).gather(role),
            "department": pl.Series([DEPARTMENTS[name][0] for name in _ROLES]).gather(role),
            "position": positions.gather(role * 6 + chance.integers(0, 6, count)),
            "phone": "13" + mobile,
            "email": _forgotten(chance, email, 0.4),
            "age": _forgotten(later, pl.Series(later.integers(26, 62, count)), 0.5),
        }
    ).join(known.select(customer_id="id"), on="customer_id", how="semi", maintain_order="left")


def _text(numbers: Ints) -> pl.Series:
    return pl.Series(numbers).cast(pl.String)


def _digits(chance: np.random.Generator, count: int) -> pl.Series:
    return _text(chance.integers(0, 10_000, count)).str.zfill(4)
