"""Changes that make two customers one, take that back, or say that they are two.

The customer that is merged away keeps its row, marked with the kept one's id: reads leave it
out, an import that brings it again finds the kept one. What is filed for it goes over.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from data.changes import blank, normal, record_id, stored
from data.checks import Problem, refusal
from data.columns import text_of, utc, value_of
from data.errors import ChangedMeanwhileError
from data.known import Known, RowWrite, Stored
from data.records import RECORDS, Customer, Distinction, Merge, Record
from data.references import references

MERGED = "merged_into_id"
HOLDERS: dict[type[Record], str] = {  # record -> its field that names a customer
    record: reference.field
    for record in RECORDS.values()
    for reference in references(record)
    if reference.to is Customer
}


@dataclass(frozen=True)
class MergeCustomers:
    """`gone_id` is the same customer as `kept_id`, which stays and takes over its rows.

    `take` are fields whose value comes from the other one. `seen` are the `updated_at` of both
    as the person saw them, the kept one's first. `id` names the merge, to take it back.
    """

    NEEDS: ClassVar[str] = "merge"

    id: str
    kept_id: str
    gone_id: str
    take: tuple[str, ...]
    actor_id: str
    seen: tuple[datetime, datetime] | None = None

    def plan(self, known: Known) -> list[RowWrite]:
        """Both customers, everything that is filed for the other one, and the merge itself."""
        kept, gone = (_alone(known, id) for id in (self.kept_id, self.gone_id))
        if self.kept_id == self.gone_id:
            raise ValueError("one customer cannot be merged with itself")
        seen = tuple(map(utc, self.seen or (kept.updated_at, gone.updated_at)))
        if seen != (kept.updated_at, gone.updated_at):
            raise ChangedMeanwhileError(record=Customer.__name__, id=self.kept_id)
        values = {name: gone.values[name] for name in self.take}
        merged = RowWrite(Customer, self.kept_id, kept, kept.values | values)
        moved = [
            RowWrite(record, str(row.values["id"]), row, row.values | {field: self.kept_id})
            for record, field in HOLDERS.items()
            for row in known.matching(record, field, self.gone_id)
        ]
        mark = RowWrite(Customer, self.gone_id, gone, gone.values | {MERGED: self.kept_id})
        return [merged, *moved, mark, self._record(merged, moved)]

    def _record(self, merged: RowWrite, moved: Iterable[RowWrite]) -> RowWrite:
        assert merged.before is not None
        taken = {
            name: [
                text_of(Customer, name, row[name]) for row in (merged.before.values, merged.after)
            ]
            for name in merged.changes
        }
        ids: dict[str, list[str]] = {}
        for write in moved:
            ids.setdefault(write.record.__name__, []).append(write.id)
        values = {
            "id": self.id,
            "kept_id": self.kept_id,
            "gone_id": self.gone_id,
            "taken": json.dumps(taken, ensure_ascii=False),
            "moved": json.dumps(ids),
            "merged_by": self.actor_id,
        }
        return RowWrite(Merge, self.id, None, blank(Merge) | values)


@dataclass(frozen=True)
class UndoMerge:
    """Take a merge back: both customers are as they were, and have what was theirs.

    What was filed for the kept one since stays there.
    """

    NEEDS: ClassVar[str] = "merge"

    id: str
    actor_id: str

    def plan(self, known: Known) -> list[RowWrite]:
        """Every row that the merge wrote, as it was.

        Raises:
            RefusedError: something that the merge set has another value now.
        """
        merge = stored(known, Merge, self.id)
        if merge.values["undone_by"] is not None:
            raise refusal([Problem("undone_by", "merge_undone")])
        kept_id, gone_id = str(merge.values["kept_id"]), str(merge.values["gone_id"])
        kept, gone = stored(known, Customer, kept_id), stored(known, Customer, gone_id)
        if kept.values[MERGED] is not None:
            raise refusal([Problem("kept_id", "merge_went_on", str(kept.values["name"]))])
        undone = merge.values | {"undone_by": self.actor_id}
        return [
            RowWrite(Customer, gone_id, gone, gone.values | {MERGED: None}),
            RowWrite(Customer, kept_id, kept, kept.values | _former(merge, kept)),
            *_back(known, merge, kept_id, gone_id),
            RowWrite(Merge, self.id, merge, undone),
        ]


@dataclass(frozen=True)
class Distinguish:
    """Two customers are not one, whatever they have in common; or, after all, ask again."""

    NEEDS: ClassVar[str] = "merge"

    first_id: str
    second_id: str
    actor_id: str
    ask_again: bool = False

    @property
    def id(self) -> str:
        """The id that both make, in whatever order they come."""
        first_id, second_id = sorted((self.first_id, self.second_id))
        return record_id(Distinction, {"first_id": first_id, "second_id": second_id})

    def plan(self, known: Known) -> list[RowWrite]:
        """The decision, new or again."""
        before = known.row(Distinction, self.id)
        first_id, second_id = sorted((self.first_id, self.second_id))
        pair = {"id": self.id, "first_id": first_id, "second_id": second_id}
        base = before.values if before else blank(Distinction) | pair
        decided_by = None if self.ask_again else self.actor_id
        after = base | normal(Distinction, {"decided_by": decided_by})
        return [RowWrite(Distinction, self.id, before, after)]


def followed(known: Known, writes: list[RowWrite]) -> list[RowWrite]:
    """The rows, those of a customer that was merged away meanwhile at the kept one."""
    decided = {write.id for write in writes if write.record is Customer}
    return [_followed(known, write, decided) for write in writes]


def _followed(known: Known, write: RowWrite, decided: set[str]) -> RowWrite:
    field = HOLDERS.get(write.record)
    if field is None or field not in write.changes or write.after[field] in (None, *decided):
        return write
    rows = known.rows(f"SELECT {MERGED} FROM customers WHERE id = ?", [write.after[field]])
    if not rows or rows[0][0] is None:
        return write
    return write._replace(after=write.after | {field: rows[0][0]})


def _alone(known: Known, id: str) -> Stored:
    """The customer, which has not been merged away."""
    customer = stored(known, Customer, id)
    if customer.values[MERGED] is not None:
        raise refusal([Problem("kept_id", "merged_already", str(customer.values["name"]))])
    return customer


def _former(merge: Stored, kept: Stored) -> dict[str, object]:
    """The values that the kept customer had before; refused where they were changed since."""
    taken: dict[str, list[str | None]] = json.loads(str(merge.values["taken"]))
    changed = [
        Problem(name, "changed_since_merge", now)
        for name, (_, after) in taken.items()
        if (now := text_of(Customer, name, kept.values[name])) != after
    ]
    if changed:
        raise refusal(changed)
    return {name: value_of(Customer, name, before) for name, (before, _) in taken.items()}


def _back(known: Known, merge: Stored, kept_id: str, gone_id: str) -> Iterator[RowWrite]:
    """The rows that went over, at their own customer again."""
    moved: dict[str, list[str]] = json.loads(str(merge.values["moved"]))
    for name, ids in moved.items():
        record, field = RECORDS[name], HOLDERS[RECORDS[name]]
        there = {str(row.values["id"]): row for row in known.matching(record, field, kept_id)}
        if lost := [id for id in ids if id not in there]:
            raise refusal([Problem(field, "moved_since_merge", str(len(lost)), name)])
        for id in ids:
            yield RowWrite(record, id, there[id], there[id].values | {field: gone_id})
