"""The demo's people: who sells in which team, how well, from when until when."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import NamedTuple

import numpy as np
import polars as pl

from data.demo.words import GIVEN_NAMES, SURNAMES
from data.demo.world import Flags, Floats, Ints, World

TEAMS = ("华东组", "华南组", "华北组")
PROBATION_DAYS = 182


class Profile(NamedTuple):
    """One rep: the market hidden behind the figures that the screens show.

    `hired` and `left` are years before this one, month and day.
    """

    name: str
    team: int
    volume: float  # deals opened, 1 is usual
    skill: float  # added to the log odds of winning
    price: float  # added to the margin rate
    visits: float  # per working day
    punctual: float  # share of weekly reports filed in time
    hired: tuple[int, int, int]
    left: tuple[int, int, int] | None = None


PROFILES = (
    Profile("陈立群", 0, 1.25, 0.55, 0.02, 2.00, 0.98, (7, 4, 1)),
    Profile("周文博", 0, 1.15, 0.05, -0.06, 1.70, 0.92, (5, 7, 10)),
    Profile("孙靖怡", 0, 1.00, 0.40, 0.05, 1.90, 0.97, (4, 3, 4)),
    Profile("冯子涵", 0, 0.90, -0.35, -0.02, 1.50, 0.72, (4, 9, 1)),
    Profile("李晓彤", 1, 1.15, 0.50, 0.06, 2.10, 0.99, (5, 4, 6)),
    Profile("吴国栋", 1, 1.00, -0.05, -0.01, 1.65, 0.90, (9, 6, 1)),
    Profile("黄志伟", 1, 0.90, 0.10, 0.01, 1.70, 0.94, (6, 10, 12)),
    Profile("何雨薇", 1, 0.85, -0.45, -0.05, 1.75, 0.85, (4, 5, 8)),
    Profile("赵一鸣", 2, 1.20, 0.25, 0.00, 1.90, 0.88, (8, 3, 1)),
    Profile("郑海燕", 2, 1.00, 0.10, 0.03, 2.00, 0.97, (6, 8, 19)),
    Profile("徐志强", 2, 0.90, -0.20, 0.01, 1.50, 0.91, (10, 2, 20)),
    Profile("高翔", 2, 0.80, -0.50, -0.03, 1.35, 0.65, (4, 8, 1), (1, 6, 13)),
    Profile("马俊杰", 2, 0.90, -0.15, -0.01, 1.80, 0.93, (1, 11, 16)),
    Profile("林可欣", 0, 0.90, 0.05, 0.02, 1.90, 0.96, (0, 5, 6)),
    Profile("罗嘉怡", 1, 0.85, 0.00, 0.00, 1.80, 0.95, (0, 10, 26)),
)
MOVER, MOVED_ON = 7, (1, 3, 1)  # 何雨薇 came from the first team
LEAVER, LEAVERS_HEIR = 11, 8
OFFICE = (
    ("L01", "刘敏", "gm"),
    ("L02", "唐志远", "gm_office"),
    ("L03", "钱小雨", "assistant"),
    ("L04", "邓伟", "cost_engineer"),
)
MANAGERS = ("许明辉", "王思远", "蒋丽娜")
_GM = OFFICE[0][0]
_FOUNDED = (11, 1, 4)
_PERSON = {
    "id": pl.String,
    "name": pl.String,
    "team": pl.String,
    "manager_id": pl.String,
    "role": pl.String,
    "status": pl.String,
    "hired_on": pl.Date,
    "left_on": pl.Date,
}


@dataclass(frozen=True)
class Staff:
    """The reps as arrays: one entry per rep, copies of the profiles one after the other."""

    profiles: tuple[Profile, ...]
    presence: Flags  # rep x day
    practice: Floats  # rep x day: share of the full volume; new people start low
    heir: Ints  # who answers for the rep's customers today

    @property
    def ids(self) -> pl.Series:
        """Rep ids."""
        return pl.Series([rep_id(n) for n in range(len(self.profiles))])

    @property
    def team(self) -> Ints:
        """The part of the country, an index into TEAMS."""
        return np.array([profile.team for profile in self.profiles])

    def trait(self, name: str) -> Floats:
        """One number of the profiles, per rep."""
        return np.array([getattr(profile, name) for profile in self.profiles], dtype=np.float64)


def rep_id(number: int) -> str:
    """The id of the rep at a place in Staff."""
    return f"R{number + 1:02}"


def hire(world: World) -> Staff:
    """Everybody who ever sells in this world."""
    profiles = tuple(p for copy in range(world.crowd) for p in _profiles(world, copy))
    hired = np.array([world.index(_day(world, p.hired)) for p in profiles])[:, None]
    left = np.array([world.index(_left_on(world, p) or date.max) for p in profiles])[:, None]
    days = np.arange(world.length)
    presence = (days >= hired) & (days < left)
    practice = presence * np.clip(0.25 + 0.75 * (days - hired) / 270, 0.25, 1.0)
    return Staff(profiles, presence, practice, _heirs(presence[:, world.index(world.today)]))


def people(world: World, staff: Staff) -> pl.DataFrame:
    """Rep records of everybody hired by today, leaders first."""
    founded = _day(world, _FOUNDED)
    office = [
        (id_, name, None, None if id_ == _GM else _GM, role, "regular", founded, None)
        for id_, name, role in OFFICE
    ]
    managers = [
        (_manager_id(n), _manager(world, n), _team(n), _GM, "manager", "regular", founded, None)
        for n in range(world.crowd * len(TEAMS))
    ]
    reps = [_rep(world, n, profile) for n, profile in enumerate(staff.profiles)]
    frame = pl.DataFrame([*office, *managers, *reps], schema=_PERSON, orient="row")
    return frame.filter(pl.col("hired_on") <= world.today)


def memberships(world: World, records: pl.DataFrame) -> pl.DataFrame:
    """Membership records: one row per person, two for who changed the team."""
    moved_on = _day(world, MOVED_ON)
    places = range(world.crowd)
    origin = pl.DataFrame(
        {
            "rep_id": [rep_id(copy * len(PROFILES) + MOVER) for copy in places],
            "old_team": [_team(copy * len(TEAMS)) for copy in places],
            "old_manager_id": [_manager_id(copy * len(TEAMS)) for copy in places],
        }
    )
    present = records.select(
        "team", "manager_id", rep_id="id", from_on="hired_on", until_on="left_on"
    ).join(origin, on="rep_id", how="left", maintain_order="left")
    has_moved = pl.col("old_team").is_not_null()
    before = present.filter(has_moved).with_columns(
        team="old_team", manager_id="old_manager_id", until_on=pl.lit(moved_on)
    )
    after = present.with_columns(
        from_on=pl.when(has_moved).then(pl.lit(moved_on)).otherwise("from_on")
    )
    return pl.concat([before, after]).select(
        pl.format("{}/{}", "rep_id", "from_on").alias("id"),
        *("rep_id", "team", "manager_id", "from_on", "until_on"),
    )


def manager_names(world: World, staff: Staff) -> pl.Series:
    """The name of each rep's present manager."""
    places = range(len(staff.profiles))
    return pl.Series([_manager(world, _team_number(n, staff.profiles[n])) for n in places])


def _profiles(world: World, copy: int) -> tuple[Profile, ...]:
    """The profiles themselves, or people like them under other names."""
    if copy == 0:
        return PROFILES
    chance, names = world.chance(f"people {copy}"), _other_names()
    return tuple(
        profile._replace(
            name=names[(copy * len(PROFILES) + n) % len(names)],
            volume=profile.volume * float(chance.uniform(0.8, 1.2)),
            skill=profile.skill + float(chance.normal(0, 0.15)),
            price=profile.price + float(chance.normal(0, 0.02)),
        )
        for n, profile in enumerate(PROFILES)
    )


@cache
def _other_names() -> tuple[str, ...]:
    """Names for further people, all different and none of them taken."""
    taken = {*(p.name for p in PROFILES), *MANAGERS, *(name for _, name, _ in OFFICE)}
    places = range(len(SURNAMES) * len(GIVEN_NAMES))
    pairs = (
        SURNAMES[n % len(SURNAMES)] + GIVEN_NAMES[(n // len(SURNAMES) + n) % len(GIVEN_NAMES)]
        for n in places
    )
    return tuple(name for name in pairs if name not in taken)


def _rep(world: World, number: int, profile: Profile) -> tuple[object, ...]:
    team = _team_number(number, profile)
    hired_on, left_on = _day(world, profile.hired), _left_on(world, profile)
    status = "left" if left_on else "regular"
    if (world.today - hired_on).days < PROBATION_DAYS:
        status = "probation"
    id_, manager = rep_id(number), _manager_id(team)
    return (id_, profile.name, _team(team), manager, "rep", status, hired_on, left_on)


def _heirs(here: Flags) -> Ints:
    """Each rep, or the colleague in charge where the rep has left or is still to come."""
    heirs = np.arange(len(here))
    for rep in np.flatnonzero(~here):
        copy, number = divmod(int(rep), len(PROFILES))
        mates = (n for n, other in enumerate(PROFILES) if other.team == PROFILES[number].team)
        heirs[rep] = copy * len(PROFILES) + (LEAVERS_HEIR if number == LEAVER else next(mates))
    return heirs


def _day(world: World, ago: tuple[int, int, int]) -> date:
    years, month, day = ago
    return date(world.today.year - years, month, day)


def _left_on(world: World, profile: Profile) -> date | None:
    return _day(world, profile.left) if profile.left else None


def _team_number(number: int, profile: Profile) -> int:
    """The place of a rep's team among all teams."""
    return number // len(PROFILES) * len(TEAMS) + profile.team


def _team(number: int) -> str:
    """The name of a team; copies of the first three are numbered."""
    copy, team = divmod(number, len(TEAMS))
    return TEAMS[team] if copy == 0 else f"{TEAMS[team][:2]}{copy + 1}组"


def _manager_id(team: int) -> str:
    return f"M{team + 1:02}"


def _manager(world: World, team: int) -> str:
    """The name of a team's manager; those of further teams come after the reps'."""
    if team < len(MANAGERS):
        return MANAGERS[team]
    names = _other_names()
    return names[(world.crowd * len(PROFILES) + team) % len(names)]
