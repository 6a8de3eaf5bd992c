"""One record for all rows of a file that share some columns, such as an order and its lines."""

from dataclasses import replace

import polars as pl

from data.columns import schema
from data.importing.filled import AT, Filled, rejects
from data.importing.grammar import Column
from data.importing.needs import Plan
from data.importing.values import Fault

_DIFFERS = "differs:"


def grouped(plan: Plan, filled: Filled, source: pl.DataFrame) -> Filled:
    """One record row per group; it stands where its first row stands.

    A cell that cannot be used spoils its whole group. `source` has the columns to group by,
    row by row as in `filled`.
    """
    keys = source.select(
        pl.col(header).alias(f"key:{at}") for at, header in enumerate(plan.feed.group_by)
    )
    table = pl.concat([keys, filled.rows, filled.places], how="horizontal")
    groups = _groups(plan, table, keys.columns, filled.places.columns)
    at = table.join(groups, on=keys.columns, how="left", nulls_equal=True, maintain_order="left")
    spoilt = filled.rejects.with_columns(at[AT].gather(filled.rejects[AT]).alias(AT))
    whole = replace(
        filled,
        rows=groups.select(filled.rows.columns),
        places=groups.select(filled.places.columns),
        rejects=spoilt,
    )
    return replace(whole, rejects=pl.concat([spoilt, *_disagreeing(plan, whole, groups)]))


def _groups(plan: Plan, table: pl.DataFrame, keys: list[str], places: list[str]) -> pl.DataFrame:
    """One row per group: its number, keys, fields, places, and whether its rows disagree."""
    kinds = schema(plan.record)
    return (
        table.group_by(keys, maintain_order=True)
        .agg(
            *(_of_group(name, c).cast(kinds[name]) for name, c in plan.fields.items()),
            *((pl.col(n).n_unique() > 1).alias(f"{_DIFFERS}{n}") for n in _same(plan)),
            *(pl.col(name).first() for name in places),
        )
        .with_row_index(AT)
    )


def _disagreeing(plan: Plan, filled: Filled, groups: pl.DataFrame) -> list[pl.DataFrame]:
    """Rejects of the groups whose rows should agree and do not; spoilt ones are told already."""
    sound = ~groups[AT].is_in(filled.rejects[AT].implode())
    return [
        rejects(
            plan.record,
            filled.places,
            name,
            filled.labels[name],
            groups[name].cast(pl.String),
            Fault(groups[f"{_DIFFERS}{name}"] & sound, "differs_in_group"),
        )
        for name in _same(plan)
    ]


def _same(plan: Plan) -> list[str]:
    return [name for name, column in plan.fields.items() if column.of_group == "same"]


def _of_group(name: str, column: Column) -> pl.Expr:
    """A group's value of a field. A sum with an unknown part is unknown, not a smaller sum."""
    values = pl.col(name)
    match column.of_group:
        case "sum":
            return pl.when(values.is_not_null().all()).then(values.sum()).alias(name)
        case "count":
            return pl.len().alias(name)
        case "last":
            return values.last()
        case "min":
            return values.min()
        case "max":
            return values.max()
        case _:
            return values.first()
