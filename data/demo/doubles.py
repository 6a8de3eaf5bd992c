"""Tax numbers of the demo's customers, and a few customers that somebody put on file twice."""

import polars as pl

from data.demo.world import World
from data.duplicates.numbers import ALPHABET, check_character

_UNKNOWN_SHARE = 0.15  # of customers whose tax number nobody has asked for
_SECOND_NAMES = (  # how the second person wrote the name of the first one's customer
    pl.format("{}有限公司", "name"),
    pl.format("{}股份有限公司", "name"),
    pl.format("{}（集团）有限公司", "name"),
    pl.col("name").str.slice(2),  # without its city
    pl.format("{}科技有限公司", pl.col("name").str.slice(0, 4)),  # renamed since
)
_SAME_ADDRESS, _SAME_TAX_NUMBER = 2, (1, 4)  # which of them have what the other has


def tax_numbers(world: World, ids: pl.Series) -> pl.DataFrame:
    """The id and tax number of every customer there will ever be, so that no day changes one."""
    chance = world.chance("tax numbers")
    letters = chance.integers(0, len(ALPHABET), (len(ids), 9))
    forgotten = pl.Series(chance.random(len(ids)) < _UNKNOWN_SHARE)
    starts = ["91310000" + "".join(ALPHABET[n] for n in row) for row in letters]
    codes = pl.Series([start + check_character(start) for start in starts], dtype=pl.String)
    return pl.DataFrame({"id": ids, "tax_number": codes.set(forgotten, None)})


def put_on_file_twice(known: pl.DataFrame, idle: pl.Series) -> pl.DataFrame:
    """The customers, some `idle` ones written as if they were others of the archive.

    Idle ones have neither deals nor visits, so no figure changes. Those that were put on file
    first are taken, so that the next day has the same ones.
    """
    in_order = known.sort("created_on", "id")
    is_idle = pl.col("id").is_in(idle.implode())
    is_chinese = pl.col("name").str.contains(r"^\p{Han}+$")
    firsts = in_order.filter(~is_idle, is_chinese, pl.col("tax_number").is_not_null())
    seconds = in_order.filter(is_idle)
    count = min(len(_SECOND_NAMES), firsts.height, seconds.height)
    written = [
        firsts[n : n + 1].select(
            id=pl.lit(seconds["id"][n]),
            name=_SECOND_NAMES[n],
            region="region",
            address=pl.when(n == _SAME_ADDRESS).then("address"),
            tax_number=pl.when(n in _SAME_TAX_NUMBER).then("tax_number"),
        )
        for n in range(count)
    ]
    return known.update(pl.concat(written), on="id", include_nulls=True) if written else known
