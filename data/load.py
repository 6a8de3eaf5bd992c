"""Large writes: an import or the demo data as one transaction, and emptying a demo store."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import polars as pl

from data import accounts, import_log, merged, permission, settings_table, upkeep
from data.actor import Actor
from data.columns import schema
from data.compare import CHOICES, CONFLICTS, EDITS, Difference, difference
from data.errors import NotADemoError, NotAllowedError, StoreInUseError
from data.policy import Rights
from data.records import (
    BESIDE,
    BY_TABLE,
    RECORDS,
    Customer,
    Deal,
    DealLine,
    Membership,
    Record,
    Rep,
)
from data.settings import Settings
from data.writer import Transaction

Progress = Callable[[str, int, int], None]
IMPORT = "import"  # the origin of what can be taken back
_DEMO_SETTINGS = ("is_demo", "department_zh", "department_en", "holidays")


class Counts(NamedTuple):
    """Rows of one record in a load."""

    new: int
    changed: int
    unchanged: int


@dataclass(frozen=True)
class LoadResult:
    """What a load did, or would do: counts by record name, and the cells a person must decide."""

    counts: dict[str, Counts]
    conflicts: pl.DataFrame  # compare.CONFLICTS
    number: int | None = None  # of the import in its list; None: nothing was stored


@dataclass(frozen=True)
class Load:
    """Frames to bring in. Keys are names of records; see `Store.load`."""

    frames: Mapping[str, pl.DataFrame]
    actor: Actor
    origin: str
    source: str
    choices: pl.DataFrame | None = None
    replace_demo: bool = False
    settings: Mapping[str, object] = field(default_factory=dict)
    dry_run: bool = False
    same: pl.DataFrame | None = None  # merged.SAME


def run(work: Transaction, load: Load, today: date, progress: Progress) -> LoadResult:
    """Bring the frames in, inside the writer's transaction.

    Raises:
        StoreInUseError: demo data for a store that holds records of its own.
        NotAllowedError: the actor may not write one of the records or fields, or settings.
        ValueError: a frame names an id twice, or an unknown record or column.
    """
    before, rights = settings_table.read(work), permission.rights(work.cursor, load.actor)
    _prepare(work, load)
    _set_up(work, load, before, rights)
    counts, conflicts = {}, [pl.DataFrame(schema=CONFLICTS)]
    fresh: dict[str, pl.DataFrame] = {}
    for name, record in RECORDS.items():
        if name not in load.frames:
            continue
        incoming = _checked(record, load.frames[name])
        progress(name, 0, incoming.height)
        if record is Customer and load.same is not None:
            _mark(work, incoming, load.same, load.origin)
        read, incoming = incoming.height, merged.redirected(work, record, incoming)
        found = _compare(work, record, incoming, load.choices)
        for rows in (found.new, found.changed):
            permission.check_import(rights, record, rows)
        _store(work, record, found, load.origin)
        _settle(work, record, found, load.actor)
        as_before = read - found.new.height - found.changed.height
        counts[name] = Counts(found.new.height, found.changed.height, as_before)
        conflicts.append(found.conflicts)
        fresh[name] = pl.concat([found.new, found.changed])
        progress(name, read, read)
    _follow_up(work, load, fresh, today)
    number = _log(work, load, counts, before)
    work.discard = load.dry_run
    return LoadResult(counts, pl.concat(conflicts), None if load.dry_run else number)


def clear_demo(work: Transaction, actor: Actor) -> None:
    """Remove all records of a store that holds demo data, and the settings that came with them.

    Raises:
        NotADemoError: the store's data are real.
    """
    if not _is_demo(work):
        raise NotADemoError
    before = {table: _height(work, table) for table in BY_TABLE}
    for table in (*BY_TABLE, "hand_edits", *BESIDE):
        work.write(table, f"DELETE FROM {table}")
    accounts.forget_reps(work)
    for name in _DEMO_SETTINGS:
        work.write("settings", "DELETE FROM settings WHERE name = ?", [name])
    work.log(actor, "empty_demo", before=before)


def is_empty(cursor_rows: Callable[[str], list[tuple[int]]]) -> bool:
    """No record table has a row."""
    return not any(cursor_rows(f"SELECT 1 FROM {table} LIMIT 1") for table in BY_TABLE)


def _prepare(work: Transaction, load: Load) -> None:
    if unknown := set(load.frames) - set(RECORDS):
        raise ValueError(f"no such records: {sorted(unknown)}")
    if load.origin == "demo":
        if not _is_demo(work):
            if not is_empty(work.rows):
                raise StoreInUseError
            work.write("settings", "INSERT OR REPLACE INTO settings VALUES ('is_demo', 'true')")
    elif load.replace_demo and _is_demo(work):
        clear_demo(work, load.actor)


def _set_up(work: Transaction, load: Load, before: Settings, rights: Rights | None) -> None:
    """Set what the source says of the department, if the actor may."""
    differing = [n for n, value in load.settings.items() if value != getattr(before, n)]
    if rights is not None and differing and not rights.may("settings"):
        raise NotAllowedError(action="settings")
    settings_table.save(work, load.settings, load.actor)


def _is_demo(work: Transaction) -> bool:
    return work.rows("SELECT value FROM settings WHERE name = 'is_demo'") == [("true",)]


def _height(work: Transaction, table: str) -> int:
    [(height,)] = work.rows(f"SELECT count(*) FROM {table}")
    return int(height)


def _checked(record: type[Record], rows: pl.DataFrame) -> pl.DataFrame:
    """The rows in declared types, empty cells of fields with a default filled."""
    columns = schema(record)
    if wrong := {n: t for n, t in rows.schema.items() if columns.get(n) != t}:
        raise ValueError(f"{record.__name__} has no such columns: {wrong}")
    if rows["id"].is_duplicated().any():
        raise ValueError(f"{record.__name__}: an id comes twice")
    defaults = {f.name: f.default for f in record.fields() if f.default is not None}
    return rows.with_columns(
        pl.col(name).fill_null(value) for name, value in defaults.items() if name in rows.columns
    )


def _compare(
    work: Transaction, record: type[Record], incoming: pl.DataFrame, choices: pl.DataFrame | None
) -> Difference:
    name, table = record.__name__, record.TABLE
    stored = work.frame(f"SELECT {', '.join(incoming.columns)}, origin FROM {table}")
    edits = work.frame(
        "SELECT id, field, imported FROM hand_edits WHERE record = $record", {"record": name}
    ).cast(EDITS)
    if record is Customer:
        edits = merged.edits(work, edits)
    if choices is None:
        choices = pl.DataFrame(schema=CHOICES)
    if record is Deal:
        incoming = _without_line_sums(work, incoming)
    chosen = choices.filter(pl.col("record") == name)
    return difference(name, incoming, stored, edits, chosen, record.UNITS)


def _mark(work: Transaction, incoming: pl.DataFrame, same: pl.DataFrame, origin: str) -> None:
    """Store the customers that are stored ones as merged into these, before they are compared."""
    marks = merged.marked(work, incoming, same)
    nothing = marks.clear()
    _store(work, Customer, Difference(marks, nothing, 0, nothing, nothing, nothing), origin)
    _update(work, Customer, merged.filled(work, marks), origin)


def _without_line_sums(work: Transaction, deals: pl.DataFrame) -> pl.DataFrame:
    """The deals with the stored money where lines decide it, whatever the source says."""
    money = [name for name in ("amount", "cost") if name in deals.columns]
    sums = work.frame(
        "SELECT id, amount, cost, true AS has_lines FROM deals "
        "WHERE id IN (SELECT deal_id FROM deal_lines)"
    )
    joined = deals.join(sums, on="id", how="left", suffix=":sum", maintain_order="left")
    return joined.with_columns(
        pl.when("has_lines").then(f"{name}:sum").otherwise(name).alias(name) for name in money
    ).select(deals.columns)


def _store(work: Transaction, record: type[Record], found: Difference, origin: str) -> None:
    table, moment = record.TABLE, pl.lit(work.moment, pl.Datetime("us"))
    if not found.new.is_empty():
        new = _with_defaults(record, found.new).with_columns(
            origin=pl.lit(origin), created_at=moment, updated_at=moment
        )
        work.write_frame(table, f"INSERT INTO {table} BY NAME SELECT * FROM incoming", new)
    _update(work, record, found.changed, origin)


def _update(work: Transaction, record: type[Record], rows: pl.DataFrame, origin: str) -> None:
    """Set the stored rows of these ids to the values of the frame's columns."""
    if rows.is_empty():
        return
    rows = rows.with_columns(updated_at=pl.lit(work.moment, pl.Datetime("us")))
    if origin == IMPORT:
        import_log.keep(work, record, rows)
    names = [name for name in rows.columns if name != "id"]
    sets = ", ".join(f"{name} = incoming.{name}" for name in names)
    query = f"UPDATE {record.TABLE} SET {sets} FROM incoming WHERE {record.TABLE}.id = incoming.id"
    work.write_frame(record.TABLE, query, rows)


def _with_defaults(record: type[Record], rows: pl.DataFrame) -> pl.DataFrame:
    columns = schema(record)
    return rows.with_columns(
        pl.lit(field.default, columns[field.name]).alias(field.name)
        for field in record.fields()
        if field.name not in rows.columns and field.default is not None
    )


def _settle(work: Transaction, record: type[Record], found: Difference, actor: Actor) -> None:
    """Remember a person's choices, so that the same conflict is not listed again."""
    name = pl.lit(record.__name__)
    settled = pl.concat([found.kept, found.taken])
    if not settled.is_empty():
        import_log.keep_edits(work, settled.with_columns(name.alias("record")))
    if not found.kept.is_empty():
        kept = found.kept.select(
            name.alias("record"),
            "id",
            "field",
            pl.col("theirs").alias("imported"),
            pl.lit(work.moment, pl.Datetime("us")).alias("edited_at"),
            pl.lit(actor.id).alias("edited_by"),
        )
        work.write_frame(
            "hand_edits", "INSERT OR REPLACE INTO hand_edits BY NAME SELECT * FROM incoming", kept
        )
    if not found.taken.is_empty():
        work.write_frame(
            "hand_edits",
            "DELETE FROM hand_edits USING incoming AS i WHERE hand_edits.record = i.record "
            "AND hand_edits.id = i.id AND hand_edits.field = i.field",
            found.taken.select(name.alias("record"), "id", "field"),
        )


def _follow_up(
    work: Transaction, load: Load, fresh: Mapping[str, pl.DataFrame], today: date
) -> None:
    """Bring team history and line sums into line with the rows that came in."""
    if DealLine.__name__ in fresh:
        deals = fresh[DealLine.__name__]["deal_id"].unique().to_list()
        _update(work, Deal, upkeep.line_sums(work.cursor, deals), load.origin)
    reps = load.frames.get(Rep.__name__)
    told = load.frames.get(Membership.__name__, pl.DataFrame(schema=schema(Membership)))
    if Rep.__name__ in fresh:  # where the source tells the history itself, it stands
        placed = fresh[Rep.__name__].join(told, left_on="id", right_on="rep_id", how="anti")
        rows = upkeep.memberships(work.cursor, placed["id"].to_list(), today)
        _store_history(work, rows, load.origin)
    if Membership.__name__ in fresh and (reps is None or "team" not in reps.columns):
        moved = fresh[Membership.__name__]["rep_id"].unique().to_list()
        _update(work, Rep, upkeep.places(work.cursor, moved, today), load.origin)


def _store_history(work: Transaction, rows: pl.DataFrame, origin: str) -> None:
    known = work.frame("SELECT id FROM rep_teams")
    nothing = rows.clear()
    found = Difference(
        new=rows.join(known, on="id", how="anti"),
        changed=rows.join(known, on="id", how="semi"),
        unchanged=0,
        conflicts=nothing,
        kept=nothing,
        taken=nothing,
    )
    _store(work, Membership, found, origin)


def _log(
    work: Transaction, load: Load, counts: Mapping[str, Counts], before: Settings
) -> int | None:
    """The audit row of a load that changed something; the number it has as an import."""
    if not work.writes:
        return None
    told = {name: count._asdict() for name, count in counts.items()}
    number = None
    if load.origin == IMPORT:
        gone = before.is_demo and load.replace_demo
        number = import_log.note(work, load.actor, load.source, told, before, replaced_demo=gone)
    after = {"origin": load.origin, "source": load.source, "counts": told}
    work.log(load.actor, "load", after=after)
    return number
