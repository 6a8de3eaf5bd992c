"""Which customers may be one: candidates that share a key, judged by what they share.

Pure and symmetric: frames in, frames out, the order of rows does not matter.
"""

from typing import NamedTuple

import polars as pl

from data.duplicates import names, numbers, places
from data.duplicates.judging import PAIRS, judged

__all__ = ["PAIRS", "PARTIES", "Prepared", "among", "between", "prepared"]

PARTIES = pl.Schema(
    {
        "id": pl.String(),
        "name": pl.String(),
        "tax_number": pl.String(),
        "region": pl.String(),
        "address": pl.String(),
        "phones": pl.List(pl.String()),  # of its contacts
    }
)
COMMON = 60  # a key that more customers share says nothing


class Prepared(NamedTuple):
    """Customers with all that is compared, made once for many questions."""

    rows: pl.DataFrame
    keys: pl.DataFrame  # id, key: one row per customer and key that tells something


def prepared(parties: pl.DataFrame) -> Prepared:
    """PARTIES taken apart and brought into one form."""
    named = names.parts(parties["name"])
    area = pl.col("region").str.replace("(?:省|市|自治区)$", "")
    home = pl.col("places").list.eval(pl.element().replace_strict(places.within(), default=None))
    rows = pl.concat([parties, named], how="horizontal").select(
        "id",
        "core",
        "brand",
        "sound",
        "branch",
        "is_full",
        "places",
        plain=names.normal(parties["name"]),
        provinces=home.list.drop_nulls().list.unique(),
        area=pl.when(area.is_in(list(places.within()))).then(area),
        organisation=numbers.organisation("tax_number"),
        street=numbers.street("address"),
        phones=pl.col("phones").list.eval(numbers.telephone(pl.element())).list.drop_nulls(),
    )
    return Prepared(rows, _keys(rows))


def between(incoming: Prepared, stored: Prepared) -> pl.DataFrame:
    """PAIRS of an incoming (left) and a stored customer (right), the surest first."""
    found = incoming.keys.join(stored.keys, on="key", suffix="_right")
    pairs = found.select(left_id="id", right_id="id_right").unique()
    return judged(pairs, incoming.rows, stored.rows)


def among(stored: Prepared) -> pl.DataFrame:
    """PAIRS within one set of customers, each once: left_id is the lower one."""
    found = stored.keys.join(stored.keys, on="key", suffix="_right")
    pairs = found.select(left_id="id", right_id="id_right").filter(
        pl.col("left_id") < pl.col("right_id")
    )
    return judged(pairs.unique(), stored.rows, stored.rows)


def _keys(rows: pl.DataFrame) -> pl.DataFrame:
    """Customers that share no key are never compared; one that many share is none."""
    col = pl.col
    keyed = rows.select(
        "id",
        key=pl.concat_list(
            pl.format("tax:{}", "organisation"),
            pl.format("core:{}", "core"),
            pl.format("sound:{}", "sound"),
            pl.format("brand:{}", "brand"),
            pl.format("start:{}/{}", "brand", col("core").str.slice(names.BRAND, 2)),
            pl.format("place:{}/{}", "brand", col("places").list.last()),
            pl.format("street:{}", "street"),
        ).list.concat(col("phones").list.eval(pl.format("phone:{}", pl.element()))),
    )
    every = keyed.explode("key").drop_nulls().unique()
    return every.filter(pl.len().over("key") <= COMMON)
