"""Taking an import back: what it brought goes, what it changed is as it was before."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from data import permission, settings_table
from data.actor import Actor
from data.columns import schema
from data.errors import (
    ImportUndoneError,
    NoSuchImportError,
    NotAllowedError,
    TooOldError,
    UndoRefusedError,
)
from data.import_log import EDITS, KEPT_DAYS
from data.records import RECORDS, Record
from data.references import Reference, references
from data.writer import Transaction

BLOCKS = pl.Schema(
    {
        "record": pl.String,  # name of the declaration of the row in the way
        "id": pl.String,
        "code": pl.String,  # changed_since, imported_since, gone_since, refers_to_imported
        "other_record": pl.String,  # what it refers to
        "other_id": pl.String,  # its id; of a later import the number
    }
)


@dataclass(frozen=True)
class Undoing:
    """What taking an import back would do: rows by record, and what is in the way."""

    number: int
    removed: Mapping[str, int]
    restored: Mapping[str, int]
    blocks: pl.DataFrame  # BLOCKS; while there is one, nothing is taken back
    replaced_demo: bool


def undoing(cursor: duckdb.DuckDBPyConnection, number: int) -> Undoing:
    """What taking an import back would do.

    Raises:
        NoSuchImportError, ImportUndoneError, TooOldError: it cannot be taken back at all.
    """
    moment, replaced_demo, _ = _batch(cursor, number)
    removed, restored = {}, {}
    for name, record in RECORDS.items():
        removed[name] = _count(cursor, f"{record.TABLE} WHERE created_at = $moment", moment)
        kept = f"import_changes WHERE imported_at = $moment AND record = '{name}'"
        restored[name] = _count(cursor, kept, moment)
    return Undoing(
        number=number,
        removed={name: count for name, count in removed.items() if count},
        restored={name: count for name, count in restored.items() if count},
        blocks=_blocks(cursor, moment, [name for name, count in removed.items() if count]),
        replaced_demo=replaced_demo,
    )


def undo(work: Transaction, number: int, actor: Actor) -> Undoing:
    """Take an import back: what it brought goes, what it changed is as it was before.

    Raises:
        UndoRefusedError: rows are in the way; nothing is taken back.
        NoSuchImportError, ImportUndoneError, TooOldError: see `undoing`.
        NotAllowedError: the actor may not write one of the records.
    """
    found = undoing(work.cursor, number)
    rights = permission.rights(work.cursor, actor)
    for name in {**found.removed, **found.restored}:
        if rights is not None and name not in rights.writes:
            raise NotAllowedError(record=name)
    if not found.blocks.is_empty():
        raise UndoRefusedError(number, found.blocks)
    moment, _, settings = _batch(work.cursor, number)
    for name in reversed(RECORDS):
        _take_back(work, RECORDS[name], moment, found)
    _restore_edits(work, moment)
    _restore_settings(work, json.loads(settings), actor)
    work.write("import_changes", "DELETE FROM import_changes WHERE imported_at = ?", [moment])
    work.write(
        "import_batches",
        "UPDATE import_batches SET undone_at = ?, undone_by = ? WHERE number = ?",
        [work.moment, actor.id, number],
    )
    after = {"import": number, "removed": found.removed, "restored": found.restored}
    work.log(actor, "undo_load", after=after)
    return found


def _batch(cursor: duckdb.DuckDBPyConnection, number: int) -> tuple[datetime, bool, str]:
    """Moment, whether it replaced the demo, and the settings it changed (JSON)."""
    rows = cursor.execute(
        "SELECT imported_at, replaced_demo, settings, is_kept, undone_at "
        "FROM import_batches WHERE number = ?",
        [number],
    ).fetchall()
    if not rows:
        raise NoSuchImportError(number=number)
    moment, replaced_demo, settings, is_kept, undone_at = rows[0]
    if undone_at is not None:
        raise ImportUndoneError(number=number)
    if not is_kept:
        raise TooOldError(number=number, days=KEPT_DAYS)
    return moment, replaced_demo, settings


def _count(cursor: duckdb.DuckDBPyConnection, source: str, moment: datetime) -> int:
    [(count,)] = cursor.execute(f"SELECT count(*) FROM {source}", {"moment": moment}).fetchall()
    return int(count)


def _blocks(
    cursor: duckdb.DuckDBPyConnection, moment: datetime, brought: list[str]
) -> pl.DataFrame:
    """Rows that somebody changed since the import, and others' rows that refer to it."""
    queries = [_changed_since(record) for record in RECORDS.values()]
    queries += [
        _referring(record, reference)
        for record in RECORDS.values()
        for reference in references(record)
        if reference.to.__name__ in brought
    ]
    found = [cursor.sql(query, params={"moment": moment}).pl() for query in queries]
    return pl.concat(
        [pl.DataFrame(schema=BLOCKS), *(rows.select(list(BLOCKS)).cast(BLOCKS) for rows in found)]
    )


def _changed_since(record: type[Record]) -> str:
    name, table = record.__name__, record.TABLE
    return f"""
        WITH touched AS (
            SELECT id, updated_at FROM {table}
            WHERE created_at = $moment AND updated_at <> $moment
            UNION ALL
            SELECT c.id, t.updated_at
            FROM import_changes AS c LEFT JOIN {table} AS t ON t.id = c.id
            WHERE c.imported_at = $moment AND c.record = '{name}'
              AND t.updated_at IS DISTINCT FROM $moment
        )
        SELECT '{name}' AS record, t.id, NULL AS other_record, b.number::VARCHAR AS other_id,
            CASE
                WHEN t.updated_at IS NULL THEN 'gone_since'
                WHEN b.number IS NULL THEN 'changed_since'
                ELSE 'imported_since'
            END AS code
        FROM touched AS t LEFT JOIN import_batches AS b ON b.imported_at = t.updated_at
        ORDER BY t.id
    """


def _referring(record: type[Record], reference: Reference) -> str:
    name, field, to = record.__name__, reference.field, reference.to
    when = f"AND r.{reference.when[0]} = '{reference.when[1]}'" if reference.when else ""
    return f"""
        SELECT '{name}' AS record, r.id, 'refers_to_imported' AS code,
            '{to.__name__}' AS other_record, r.{field} AS other_id
        FROM {record.TABLE} AS r
        WHERE r.created_at <> $moment
          AND r.{field} IN (SELECT id FROM {to.TABLE} WHERE created_at = $moment) {when}
          AND r.id NOT IN (
              SELECT id FROM import_changes WHERE imported_at = $moment AND record = '{name}'
          )
        ORDER BY r.id
    """


def _take_back(work: Transaction, record: type[Record], moment: datetime, found: Undoing) -> None:
    name, table = record.__name__, record.TABLE
    if name in found.removed:
        work.write(table, f"DELETE FROM {table} WHERE created_at = ?", [moment])
    if name in found.restored:
        columns = [column for column in [*schema(record), "updated_at"] if column != "id"]
        sets = ", ".join(f"{column} = c.before ->> '{column}'" for column in columns)
        work.write(
            table,
            f"UPDATE {table} SET {sets} FROM import_changes AS c WHERE c.imported_at = ? "
            f"AND c.record = '{name}' AND c.id = {table}.id",
            [moment],
        )


def _restore_edits(work: Transaction, moment: datetime) -> None:
    """The notes on cells changed by hand as they were."""
    [kept] = work.rows(
        f"SELECT count(*) FROM import_changes WHERE imported_at = ? AND record = '{EDITS}'",
        [moment],
    )
    work.write(EDITS, f"DELETE FROM {EDITS} WHERE edited_at = ?", [moment])
    if kept:
        columns = ("record", "id", "field", "imported", "edited_at", "edited_by")
        values = ", ".join(f"before ->> '{column}'" for column in columns)
        work.write(
            EDITS,
            f"INSERT INTO {EDITS} ({', '.join(columns)}) SELECT {values} FROM import_changes "
            f"WHERE imported_at = ? AND record = '{EDITS}'",
            [moment],
        )


def _restore_settings(
    work: Transaction, changed: Mapping[str, Mapping[str, object]], actor: Actor
) -> None:
    """The settings as they were, but for those that somebody has set since."""
    now = {name: json.loads(value) for name, value in settings_table.read(work).as_json().items()}
    former = {
        name: values["before"] for name, values in changed.items() if now[name] == values["after"]
    }
    settings_table.save(work, former, actor)
