"""A form: changes a person files together, checked before and stored by the writer."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import duckdb
import polars as pl

from data import merges, permission, upkeep
from data.actor import Actor
from data.changes import Change, blank
from data.checks import PROBLEMS, Problem, frame_of, problems
from data.columns import frame, text_of
from data.errors import RefusedError
from data.known import Known, RowWrite, Stored, Values
from data.records import Deal, DealLine, Membership, Record, Rep
from data.settings import Settings
from data.writer import Transaction


@dataclass(frozen=True)
class Form:
    """Changes to store together or not at all. `id` is a uuid the client made.

    The same id again changes nothing: a double click or a retry files once.
    """

    id: str
    actor: Actor
    changes: tuple[Change, ...]


class Receipt(NamedTuple):
    """A form is stored. `ids` are those of its changes; `is_new` is False for a retry."""

    form_id: str
    ids: tuple[str, ...]
    is_new: bool


class Checked(NamedTuple):
    """A form's plan that passed its checks, and what it rests on."""

    form: Form
    now: datetime  # UTC, when it was filed
    settings: Settings
    writes: list[RowWrite]


def receipt(form: Form, *, is_new: bool) -> Receipt:
    """The acknowledgement of a stored form."""
    return Receipt(form.id, tuple(change.id for change in form.changes), is_new)


def is_filed(cursor: duckdb.DuckDBPyConnection, form: Form) -> bool:
    """A form with this id is stored."""
    return bool(cursor.execute("SELECT 1 FROM forms WHERE id = ?", [form.id]).fetchall())


def check(
    cursor: duckdb.DuckDBPyConnection, form: Form, now: datetime, settings: Settings
) -> Checked:
    """Plan a form and check each row it would write.

    Raises:
        RefusedError: with every problem; `row` is the position of the change.
        NotFoundError, ChangedMeanwhileError: the record is gone or not as it was seen.
        NotAllowedError: the actor's role does not allow it.
    """
    known = Known(cursor, now, settings.zone)
    planned = [(i, write) for i, c in enumerate(form.changes) for write in _planned(c, known)]
    writes = [write for _, write in planned]
    permission.check(known, form.actor, form.changes, writes)
    found = [
        part.with_columns(row=pl.lit(i, pl.UInt32))
        for i, write in planned
        for part in (_problems(write), _unknown(known, write, writes), _ahead(known, write))
    ]
    refused = pl.concat([pl.DataFrame(schema=PROBLEMS), *found])
    if not refused.is_empty():
        raise RefusedError(refused)
    return Checked(form, now, settings, writes)


def apply(work: Transaction, checked: Checked, settings: Settings) -> Receipt:
    """Store a checked form inside the writer's transaction.

    It is planned again on the rows as they are now, and checked again if they or the
    settings (as when a demo was emptied) have changed since.
    """
    form = checked.form
    if is_filed(work.cursor, form):
        return receipt(form, is_new=False)
    known = Known(work.cursor, checked.now, settings.zone)
    writes = [write for change in form.changes for write in _planned(change, known)]
    permission.check(known, form.actor, form.changes, writes)
    if settings != checked.settings or _outcome(writes) != _outcome(checked.writes):
        check(work.cursor, form, checked.now, settings)
    work.write("forms", "INSERT INTO forms VALUES (?, ?)", [form.id, work.moment])
    for write in writes:
        _store(work, form.actor, write)
    for write in _follow_up(known, writes):
        _store(work, form.actor, write)
    return receipt(form, is_new=True)


def _planned(change: Change, known: Known) -> list[RowWrite]:
    return merges.followed(known, change.plan(known))


def _outcome(writes: Iterable[RowWrite]) -> list[tuple[type[Record], str, Values]]:
    return [(write.record, write.id, write.after) for write in writes]


def _problems(write: RowWrite) -> pl.DataFrame:
    """What is wrong with the row, but for what was wrong before and is not touched."""
    found = problems(write.record, frame(write.record, [write.after]), entry=True)
    if found.is_empty() or write.before is None:
        return found
    before = problems(write.record, frame(write.record, [write.before.values]), entry=True)
    old = before.filter(~pl.col("field").is_in(write.changes))
    return found.join(old, on=["field", "code"], how="anti")


def _unknown(known: Known, write: RowWrite, writes: Sequence[RowWrite]) -> pl.DataFrame:
    """References of the row to records that neither the store nor the form has."""
    added = {(w.record.TABLE, w.id) for w in writes}
    return frame_of(
        Problem(field.name, "unknown_reference", str(value))
        for field in write.record.fields()
        if (table := field.about.refers) and field.name in write.changes
        if (value := write.after[field.name]) is not None
        if (table, value) not in added and not known.has(table, str(value))
    )


def _ahead(known: Known, write: RowWrite) -> pl.DataFrame:
    """Days still to come in fields that tell what has happened."""
    days = {
        field.name: known.day_of(value) if isinstance(value, datetime) else value
        for field in write.record.fields()
        if field.about.is_past and field.name in write.changes
        if isinstance(value := write.after[field.name], date)
    }
    return frame_of(
        Problem(name, "in_future", str(day), str(known.today))
        for name, day in days.items()
        if day > known.today
    )


def _store(work: Transaction, actor: Actor, write: RowWrite) -> None:
    """One row with its audit entry; nothing when nothing differs."""
    table, changes = write.record.TABLE, write.changes
    if not changes:
        return
    if write.before is None:
        row = {
            **write.after,
            "origin": "entry",
            "created_at": work.moment,
            "updated_at": work.moment,
        }
        places = ", ".join("?" * len(row))
        query = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
        work.write(table, query, list(row.values()))
    else:
        row = {name: write.after[name] for name in changes} | {"updated_at": work.moment}
        sets = ", ".join(f"{name} = ?" for name in row)
        work.write(table, f"UPDATE {table} SET {sets} WHERE id = ?", [*row.values(), write.id])
        _mark_by_hand(work, actor, write, write.before)
    work.log(
        actor,
        "update" if write.before else "insert",
        write.record.__name__,
        write.id,
        before=write.before.values if write.before else None,
        after=write.after,
    )


def _mark_by_hand(work: Transaction, actor: Actor, write: RowWrite, before: Stored) -> None:
    """Remember which imported values a person replaced, so that no import undoes it."""
    if before.origin == "entry":
        return
    name = write.record.__name__
    for field in write.changes:
        cell = [name, write.id, field]
        imported = text_of(write.record, field, before.values[field])
        work.write(
            "hand_edits",
            "INSERT INTO hand_edits VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            [*cell, imported, work.moment, actor.id],
        )
        work.write(  # back to what the import brought: no longer an edit
            "hand_edits",
            "DELETE FROM hand_edits WHERE record = ? AND id = ? AND field = ? "
            "AND imported IS NOT DISTINCT FROM ?",
            [*cell, text_of(write.record, field, write.after[field])],
        )


def _follow_up(known: Known, writes: Sequence[RowWrite]) -> Iterator[RowWrite]:
    """The rows that must follow: team history from reps and back, a deal's sums from its lines."""
    placed = [w.id for w in writes if w.record is Rep and {"team", "manager_id"} & set(w.changes)]
    told = {str(w.after["rep_id"]) for w in writes if w.record is Membership}
    lined = {str(w.after["deal_id"]) for w in writes if w.record is DealLine}
    moved = [rep for rep in placed if rep not in told]
    if moved:
        rows = upkeep.memberships(known.cursor, moved, known.today)
        yield from _writes(known, Membership, rows)
    if told:
        yield from _writes(known, Rep, upkeep.places(known.cursor, sorted(told), known.today))
    if lined:
        yield from _writes(known, Deal, upkeep.line_sums(known.cursor, sorted(lined)))


def _writes(known: Known, record: type[Record], rows: pl.DataFrame) -> Iterator[RowWrite]:
    for values in rows.iter_rows(named=True):
        before = known.row(record, values["id"])
        base = before.values if before else blank(record)
        yield RowWrite(record, values["id"], before, base | values)
