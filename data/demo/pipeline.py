"""The demo's deals as they really are, outcome included, before anybody looks at them."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import polars as pl

from data.demo.archive import Archive, numbered
from data.demo.staff import Staff
from data.demo.world import Flags, Floats, Ints, World, choose

DEALS_PER_DAY = 0.38  # opened by a usual rep on a usual working day
GROWTH = 0.07  # a year
MONTHS = (0.95, 0.85, 1.1, 1.0, 1.0, 1.1, 0.95, 0.9, 1.1, 1.0, 1.1, 1.0)  # January first
TYPICAL_AMOUNT = 200_000
SMALLEST, LARGEST = 20_000, 3_000_000
OPEN_STAGES = 5
_FIRST_CIRCLE = 0.7  # share of a rep's customers that are within reach at the beginning
_SIZE_AMOUNT = (1.7, 1.15, 0.8, 0.55)
_SIZE_ODDS = (0.5, 0.2, -0.05, -0.45)
_BASE_ODDS = -0.95
_LARGER_IS_HARDER = 0.30  # log odds lost per e-fold of amount
_LARGER_IS_CHEAPER = 0.02  # margin rate lost per e-fold of amount
_LOST_AT = (31, 24, 19, 15, 11)  # weights of the stage in which deals are lost
_DORMANT_SHARE = 0.03  # deals that nobody closes for years
_TIERS = (0.5, 0.3, 0.2)  # limits of authority: prices are set just above them


class Product(NamedTuple):
    """What is sold, at what usual amount and margin."""

    name: str
    category: str
    weight: int
    amount: int
    margin: float
    odds: float
    days: float  # factor on the sales cycle


PRODUCTS = (
    Product("数控机床", "设备", 22, 420_000, 0.26, -0.10, 1.20),
    Product("工业机器人", "设备", 18, 380_000, 0.30, 0.00, 1.15),
    Product("检测设备", "设备", 18, 170_000, 0.35, 0.05, 1.00),
    Product("备件", "备件", 20, 45_000, 0.39, 0.20, 0.60),
    Product("维保服务", "服务", 14, 75_000, 0.45, 0.25, 0.75),
    Product("软件授权", "软件", 8, 110_000, 0.51, -0.05, 0.90),
)
SOURCES = (  # name, weight, log odds
    ("转介绍", 14, 0.75),
    ("老客户", 24, 0.50),
    ("展会", 13, -0.10),
    ("拜访开发", 22, -0.15),
    ("官网", 13, -0.45),
    ("招投标", 9, -0.60),
    ("渠道商", 5, 0.10),
)
FROM_CUSTOMER = 1  # place of 老客户: these deals skip the first steps


@dataclass(frozen=True)
class Pipeline:
    """All deals of the world as arrays, in order of opening. Days are indexes."""

    rep: Ints
    customer: Ints
    product: Ints
    source: Ints
    opened: Ints
    closed: Ints  # at the latest the last day simulated
    won: Flags
    top: Ints  # last open stage it reaches, 0 to 4
    amount: Ints  # whole yuan
    cost: Ints

    @property
    def ids(self) -> pl.Series:
        """Deal ids."""
        return numbered("D", len(self.rep), 5)


def open_deals(world: World, staff: Staff, archive: Archive) -> Pipeline:
    """Every deal that this world ever opens, and what becomes of it at first.

    `rep` is who opened it; who has it in the end is known after its way (`hand_over`).
    """
    chance = world.chance("deals")
    rep, opened = _arrivals(world, staff, chance)
    count = len(rep)
    customer = pick_customer(world, archive, rep, opened, chance.random(count))
    product = choose(chance, count, [p.weight for p in PRODUCTS])
    source = choose(chance, count, [s[1] for s in SOURCES])
    amount = _amounts(chance, product, archive.size[customer])
    odds = (
        _BASE_ODDS
        + staff.trait("skill")[rep]
        + np.array([p.odds for p in PRODUCTS])[product]
        + np.array([s[2] for s in SOURCES])[source]
        + np.array(_SIZE_ODDS)[archive.size[customer]]
        - _LARGER_IS_HARDER * _size_of(amount)
    )
    won = chance.random(count) < 1 / (1 + np.exp(-odds))
    top = np.where(won, OPEN_STAGES - 1, choose(chance, count, _LOST_AT))
    closed = _closings(world, chance, opened, won, _durations(chance, product, amount, won))
    cost = _costs(chance, product, amount, staff.trait("price")[rep])
    return Pipeline(rep, customer, product, source, opened, closed, won, top, amount, cost)


def hand_over(staff: Staff, deals: Pipeline, ended: Ints) -> Pipeline:
    """The deals with those that end on a day without their rep given to the heir."""
    is_there = staff.presence[deals.rep, ended]
    return replace(deals, rep=np.where(is_there, deals.rep, staff.heir[deals.rep]))


def _arrivals(world: World, staff: Staff, chance: np.random.Generator) -> tuple[Ints, Ints]:
    """Rep and day of each deal, in order of days."""
    years = np.arange(world.length) / 365
    day_rate = world.pace * np.array(MONTHS)[world.month - 1] * (1 + GROWTH) ** (years - 2)
    rate = DEALS_PER_DAY * world.load * day_rate[:, None] * staff.practice.T
    counts = chance.poisson(rate * staff.trait("volume"))
    day, rep = np.divmod(np.repeat(np.arange(counts.size), counts.ravel()), counts.shape[1])
    return rep, day


def pick_customer(world: World, archive: Archive, rep: Ints, day: Ints, at: Floats) -> Ints:
    """A customer of each rep on each day; `at` from 0 to 1, a rep's first ones come more often.

    A rep's circle grows with time, so new customers turn up all along.
    """
    order = np.argsort(archive.owner, kind="stable")
    size = np.bincount(archive.owner, minlength=int(archive.owner.max()) + 1)
    start = np.cumsum(size) - size
    circle = size[rep] * (_FIRST_CIRCLE + (1 - _FIRST_CIRCLE) * day / world.length)
    return order[start[rep] + np.floor(at**1.5 * circle).astype(np.int64)]


def _size_of(amount: Ints) -> Floats:
    """How large a deal is, in e-folds of the typical amount."""
    return np.log(amount / TYPICAL_AMOUNT)


def _amounts(chance: np.random.Generator, product: Ints, size: Ints) -> Ints:
    usual = np.array([p.amount for p in PRODUCTS])[product] * np.array(_SIZE_AMOUNT)[size]
    exact = usual * np.exp(chance.normal(0, 0.55, len(product)))
    return np.rint(np.clip(exact, SMALLEST, LARGEST) / 100).astype(np.int64) * 100


def _durations(chance: np.random.Generator, product: Ints, amount: Ints, won: Flags) -> Floats:
    """Days from opening to closing."""
    count = len(product)
    scale = np.array([p.days for p in PRODUCTS])[product] * np.exp(0.12 * _size_of(amount))
    spread = np.where(won, chance.normal(0, 0.5, count), chance.normal(0, 0.8, count))
    dormant = (chance.random(count) < _DORMANT_SHARE) & ~won
    days = np.where(won, 70, 66) * scale * np.exp(spread)
    return np.where(dormant, days + chance.uniform(150, 800, count), days)


def _closings(
    world: World, chance: np.random.Generator, opened: Ints, won: Flags, days: Floats
) -> Ints:
    """Closing days: work days, and many wins brought forward to the end of a quarter."""
    count = len(opened)
    raw = np.clip(opened + 1 + days, 0, world.length - 1).astype(np.int64)
    delay = np.where(world.working[raw], 0, chance.integers(0, 8, count))
    closed = world.workday(raw + delay)
    ends = np.flatnonzero(np.diff(world.month) * (world.month[:-1] % 3 == 0))
    last = ends[np.maximum(np.searchsorted(ends, closed) - 1, 0)]
    is_year_end = world.month[last] == 12
    late = closed - last
    pulled = won & (late > 0) & (late <= np.where(is_year_end, 24, 14))
    pulled &= chance.random(count) < np.where(is_year_end, 0.45, 0.35)
    pushed = world.workday(last - 3 - chance.integers(0, 12, count))
    return np.where(pulled & (pushed > opened + 5), pushed, closed)


def _costs(chance: np.random.Generator, product: Ints, amount: Ints, price: Floats) -> Ints:
    """Costs in whole yuan. Prices gather just above the limits of authority; a few lose money."""
    count = len(product)
    usual = np.array([p.margin for p in PRODUCTS])[product] + price
    margin = usual - _LARGER_IS_CHEAPER * _size_of(amount) + chance.normal(0, 0.085, count)
    for limit in _TIERS:
        near = (margin < limit) & (margin > limit - 0.03) & (chance.random(count) < 0.55)
        margin = np.where(near, limit + chance.uniform(0.0005, 0.012, count), margin)
    loses = chance.random(count) < 0.018
    margin = np.where(loses, chance.uniform(-0.16, -0.005, count), np.minimum(margin, 0.78))
    return np.floor(amount * (1 - margin)).astype(np.int64)
