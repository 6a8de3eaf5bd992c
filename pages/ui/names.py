"""What a person reads instead of an id: in select boxes, tables and sentences."""

import polars as pl

NAMES = pl.Schema({"id": pl.String, "name": pl.String})

# Table -> id, the name itself, and what tells equal names apart.
_PARTS: dict[str, tuple[str, pl.Expr, pl.Expr]] = {
    "reps": ("rep_id", pl.col("rep"), pl.col("team")),
    "customers": ("customer_id", pl.col("customer"), pl.col("region")),
    "contacts": ("id", pl.col("name"), pl.coalesce("position", "department")),
    "deals": ("deal_id", pl.coalesce("deal", "product"), pl.col("opened_on")),
}

TABLES = ("stages", *_PARTS)


def of(table: str, rows: pl.DataFrame, language: str) -> pl.DataFrame:
    """NAMES of a table's rows, by name; stages in the order of the ladder.

    No two rows have the same name: where the data do, team, region or day is added, and
    the id where that does not help. `rows` is the table's frame; of contacts, the records.
    """
    if table == "stages":
        ladder = rows.sort("position", "stage")
        named = ladder.select(id=pl.col("stage").cast(pl.String), name=f"name_{language}")
        return _told_apart(named.with_columns(hint=pl.lit(None, pl.String)))
    key, name, hint = _PARTS[table]
    named = rows.select(
        id=pl.col(key).cast(pl.String),
        name=pl.coalesce(name.cast(pl.String), pl.col(key).cast(pl.String)),
        hint=hint.cast(pl.String),
    )
    return _told_apart(named.sort("name", "id"))


def _told_apart(named: pl.DataFrame) -> pl.DataFrame:
    hinted = pl.concat_str("name", pl.lit(" · "), pl.col("hint"))
    with_hint = pl.when(pl.len().over("name") > 1).then(pl.coalesce(hinted, "name"))
    named = named.with_columns(name=with_hint.otherwise("name"))
    with_id = pl.when(pl.len().over("name") > 1).then(pl.concat_str("name", pl.lit(" · "), "id"))
    return named.select("id", name=with_id.otherwise("name"))
