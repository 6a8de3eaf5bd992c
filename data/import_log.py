"""What imports leave behind so that they can be taken back, and the mappings people saved.

A row that an import brought has the import's moment as its `created_at`; of a row that was
there already the former values are kept. So a million new rows cost nothing here.
"""

import json
from collections.abc import Mapping
from datetime import timedelta

import duckdb
import polars as pl

from data import settings_table
from data.actor import Actor
from data.columns import schema
from data.records import Record
from data.settings import Settings
from data.writer import Transaction

KEPT_DAYS = 90  # an import older than this can no longer be taken back
IMPORTS = pl.Schema(
    {
        "number": pl.Int64(),
        "imported_at": pl.Datetime("us"),  # UTC
        "person": pl.String(),
        "source": pl.String(),
        "counts": pl.String(),  # JSON: record -> new, changed, unchanged
        "replaced_demo": pl.Boolean(),
        "can_undo": pl.Boolean(),
        "undone_at": pl.Datetime("us"),
        "undone_by": pl.String(),
    }
)
EDITS = "hand_edits"  # the notes on cells changed by hand, beside the records


# ---- while an import runs


def keep(work: Transaction, record: type[Record], incoming: pl.DataFrame) -> None:
    """Keep the stored rows of these ids as they are, before the import changes them.

    Only the first time: what the import itself brought or changed is not kept again.
    `incoming` has the moment of the import as its updated_at.
    """
    table = record.TABLE
    work.write_frame(
        "import_changes",
        f"INSERT INTO import_changes SELECT i.updated_at, '{record.__name__}', t.id, "
        f"{_image([*schema(record), 'updated_at'])} FROM {table} AS t "
        "JOIN incoming AS i ON i.id = t.id "
        "WHERE i.updated_at NOT IN (t.created_at, t.updated_at)",
        incoming.select("id", "updated_at"),
    )


def keep_edits(work: Transaction, cells: pl.DataFrame) -> None:
    """Keep the notes on these cells (record, id, field) before the import changes them."""
    columns = ["record", "id", "field", "imported", "edited_at", "edited_by"]
    moment = pl.lit(work.moment, pl.Datetime("us"))
    work.write_frame(
        "import_changes",
        f"INSERT INTO import_changes SELECT i.moment, '{EDITS}', t.id, {_image(columns)} "
        f"FROM {EDITS} AS t JOIN incoming AS i "
        "ON i.record = t.record AND i.id = t.id AND i.field = t.field",
        cells.select("record", "id", "field", moment=moment),
    )


def _image(columns: list[str]) -> str:
    """SQL of a row's values as JSON; every value as exact text."""
    return f"to_json({{{', '.join(f'{name}: t.{name}::VARCHAR' for name in columns)}}})"


def note(
    work: Transaction,
    actor: Actor,
    source: str,
    counts: Mapping[str, object],
    before: Settings,
    *,
    replaced_demo: bool,
) -> int:
    """Note an import that stored something; its number. Forget what is too old to undo."""
    old = work.moment - timedelta(days=KEPT_DAYS)
    work.write("import_changes", "DELETE FROM import_changes WHERE imported_at < ?", [old])
    forget = "UPDATE import_batches SET is_kept = false WHERE is_kept AND imported_at < ?"
    work.write("import_batches", forget, [old])
    [(number,)] = work.rows("SELECT coalesce(max(number), 0) + 1 FROM import_batches")
    row = [number, work.moment, actor.id, source, json.dumps(counts), _changed(work, before)]
    work.write(
        "import_batches",
        "INSERT INTO import_batches VALUES (?, ?, ?, ?, ?, ?, ?, true, NULL, NULL)",
        [*row, replaced_demo],
    )
    return int(number)


def _changed(work: Transaction, before: Settings) -> str:
    """The settings that the import changed, as JSON: name -> before, after."""
    old, new = before.as_json(), settings_table.read(work).as_json()
    return json.dumps(
        {
            name: {"before": json.loads(old[name]), "after": json.loads(value)}
            for name, value in new.items()
            if value != old[name]
        }
    )


# ---- afterwards


def imports(cursor: duckdb.DuckDBPyConnection) -> pl.DataFrame:
    """Every import that stored something (IMPORTS), the last first."""
    query = (
        "SELECT *, is_kept AND undone_at IS NULL AS can_undo "
        "FROM import_batches ORDER BY number DESC"
    )
    return cursor.sql(query).pl().select(list(IMPORTS)).cast(IMPORTS)


def mappings(cursor: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The saved mappings: name -> TOML, by name."""
    rows = cursor.execute("SELECT name, mapping FROM import_mappings ORDER BY name").fetchall()
    return dict(rows)


def save_mapping(work: Transaction, name: str, mapping: str, actor: Actor) -> None:
    """Keep a mapping under a name; one of that name is replaced."""
    before = mappings(work.cursor).get(name)
    if before == mapping:
        return
    work.write(
        "import_mappings",
        "INSERT OR REPLACE INTO import_mappings VALUES (?, ?, ?, ?)",
        [name, mapping, work.moment, actor.id],
    )
    was = None if before is None else {"mapping": before}
    work.log(actor, "save_mapping", None, name, before=was, after={"mapping": mapping})
