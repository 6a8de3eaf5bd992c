"""The whole department in open formats, readable without Yeji, and the way back.

Every table once as Parquet in its exact types and once as CSV for spreadsheets: UTF-8 with
BOM, values as the store writes them, nothing that a spreadsheet would run. Either is enough to
build an equal store. Password hashes and sessions are in neither.
"""

import zipfile
from datetime import UTC
from pathlib import Path

import duckdb
import polars as pl

from data import archive, audit, formulas, migrate, permission, snapshot
from data.actor import Actor
from data.archive import Archive, Manifest
from data.connection import writable
from data.errors import ArchiveAlteredError, FolderNotEmptyError
from data.files import beside, written
from data.records import BESIDE, BY_TABLE
from data.store import Store

EXPORTED = (
    *BY_TABLE,
    *BESIDE,
    *("settings", "hand_edits", "forms", "table_versions", "audit", "accounts"),
    *("import_batches", "import_changes", "import_mappings"),
)
WITHHELD = ("migrations", "sessions", "invitations")  # the manifest names the first
SECRET = {"accounts": ("password_hash",)}  # people choose new passwords after the way back
_PARQUET, _CSV = "parquet", "csv"
_MARK = "'"


def write(store: Store, folder: Path, actor: Actor) -> Archive:
    """Write every table into a new folder, all of one moment, while people go on working.

    The audit log keeps that it was done.

    Raises:
        NotAllowedError: the actor's role exports nothing.
        FolderNotEmptyError: the folder holds something; nothing is overwritten.
        BackupNoRoomError, BackupNotWrittenError: no export was made.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FolderNotEmptyError(path=str(folder))
    with written(folder), beside(folder, "partial") as place:
        manifest = _written(store, place, actor)
        manifest = archive.seal(place, manifest, audit.read_key(store.path))
        place.replace(folder)
    rows = sum(manifest.rows.values())
    store.note(actor, "export", {"rows": rows, "seq": manifest.seq})
    return Archive(folder, manifest, is_sealed=True)


def zipped(store: Store, target: Path, actor: Actor) -> Archive:
    """The same as one ZIP file, for a download; see `write`."""
    with written(target), beside(target, "folder") as place:
        made = write(store, place, actor)
        with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as file:
            for path in sorted(p for p in place.rglob("*") if p.is_file()):
                file.write(path, Path(target.stem) / path.relative_to(place))
        target.chmod(0o600)
    return made._replace(path=target)


def build(found: Archive, target: Path) -> None:
    """Make a store file of an export; from Parquet, of what lacks it from CSV.

    It has the migrations that the exported store had; opening it runs the rest.

    Raises:
        ArchiveAlteredError: a table is in neither format, or not as the manifest says.
        StoreNewerError: a newer version made the export.
    """
    manifest = found.manifest
    migrate.refuse_newer(set(manifest.migrations), found.path)
    with writable(target) as connection:
        migrate.apply(connection, only=manifest.migrations)
        for table in manifest.rows.keys() - set(WITHHELD):
            _fill(connection, found.path, table)
        built = snapshot.contents(connection)
    told = {table: 0 if table in WITHHELD[1:] else rows for table, rows in manifest.rows.items()}
    if built != manifest.contents._replace(rows=told):
        raise ArchiveAlteredError(path=str(found.path))


def _written(store: Store, place: Path, actor: Actor) -> Manifest:
    for folder in (_PARQUET, _CSV):
        (place / folder).mkdir()
    with store.reading() as cursor:
        permission.require(cursor, actor, "export")
        contents = snapshot.contents(cursor)
        for table in contents.rows.keys() & set(EXPORTED):
            _write_table(cursor, place, table)
    return Manifest(
        kind="export",
        made_at=store.anchor().made_at.replace(tzinfo=UTC),
        reason="asked",
        person=actor.id,
        **contents._asdict(),
    )


def _write_table(cursor: duckdb.DuckDBPyConnection, place: Path, table: str) -> None:
    """The table in both formats; memory for one of them at a time."""
    names = [name for name in _types(cursor, table) if name not in SECRET.get(table, ())]
    order = f"FROM {table} ORDER BY ALL"
    rows = cursor.sql(f"SELECT {', '.join(names)} {order}").pl()
    rows.write_parquet(place / _PARQUET / f"{table}.parquet")
    texts = [name for name, kind in rows.schema.items() if kind == pl.String]
    del rows
    cells = ", ".join(f"{name}::VARCHAR AS {name}" for name in names)
    rows = cursor.sql(f"SELECT {cells} {order}").pl().with_columns(map(inert, texts))
    rows.write_csv(place / _CSV / f"{table}.csv", include_bom=True, line_terminator="\r\n")


def _fill(connection: duckdb.DuckDBPyConnection, folder: Path, table: str) -> None:
    parquet, csv = (folder / kind / f"{table}.{kind}" for kind in (_PARQUET, _CSV))
    if parquet.exists():
        rows = pl.read_parquet(parquet)
    elif csv.exists():
        texts = [name for name, kind in _types(connection, table).items() if kind == "VARCHAR"]
        rows = pl.read_csv(csv, infer_schema=False)
        rows = rows.with_columns(bare(name) for name in texts if name in rows.columns)
    else:
        raise ArchiveAlteredError(path=str(parquet))
    connection.register("incoming", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming")
    connection.unregister("incoming")


def _types(cursor: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    query = (
        "SELECT column_name, data_type FROM duckdb_columns() "
        "WHERE table_name = ? ORDER BY column_index"
    )
    return dict(cursor.execute(query, [table]).fetchall())


def inert(name: str) -> pl.Expr:
    """A text without what a spreadsheet would run; an empty one marked, since null has no mark."""
    text = pl.col(name)
    marks_only = text.str.contains(f"^{_MARK}*$")
    return pl.when(marks_only).then(_MARK + text).otherwise(formulas.inert(text)).alias(name)


def bare(name: str) -> pl.Expr:
    """The text as it was before `inert`."""
    text = pl.col(name)
    marks_only = text.str.contains(f"^{_MARK}+$")
    return pl.when(marks_only).then(text.str.slice(1)).otherwise(formulas.bare(text)).alias(name)
