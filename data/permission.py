"""What an actor may write: the policy, held against the rows of a form.

It is asked when a form is checked and again inside the writer's transaction, so that nobody
writes on rights they have just lost.
"""

from collections.abc import Callable, Sequence

import duckdb
import polars as pl

from data import people, policy
from data.actor import Actor
from data.changes import Change
from data.checks import Problem, refusal
from data.errors import NotAllowedError
from data.frames import Scope
from data.known import Known, RowWrite, Values
from data.people import Person
from data.policy import Personal, Reach, Rights
from data.records import Customer, Record, SavedFilter, WorkReport

OF_REP = {  # record -> the field that names whose it is
    "Customer": "owner_rep_id",
    "Deal": "rep_id",
    "Visit": "rep_id",
    "WorkReport": "rep_id",
    "Membership": "rep_id",
    "Rep": "id",
}
_OF_PARENT = {  # record -> the field that names the record it is a part of, and its table
    "DealLine": ("deal_id", "deals"),
    "StageEvent": ("deal_id", "deals"),
}


def scope(person: Person) -> Scope:
    """Whose rows of which tables the person may read."""
    rights = _rights(person)
    hidden, is_masked = policy.hidden(rights.reads), rights.personal is not Personal.SHOWN
    match rights.reach:
        case Reach.ALL:
            return Scope(hidden=hidden, is_masked=is_masked)
        case Reach.TEAM if person.team is not None:
            return Scope(team=person.team, hidden=hidden, is_masked=is_masked)
        case _:  # without a team there is none to see
            return Scope(rep_id=person.id, hidden=hidden, is_masked=is_masked)


def require(cursor: duckdb.DuckDBPyConnection, actor: Actor, action: str) -> None:
    """Refuse an actor whose role has no such action.

    Raises:
        NotAllowedError: they may not, or have left.
    """
    if not actor.is_trusted and not _rights(_person(cursor, actor)).may(action):
        raise NotAllowedError(action=action)


def rights(cursor: duckdb.DuckDBPyConnection, actor: Actor) -> Rights | None:
    """What an actor may do; None for one who is trusted with everything.

    Raises:
        NotAllowedError: they have left.
    """
    return None if actor.is_trusted else _rights(_person(cursor, actor))


def check_import(rights: Rights | None, record: type[Record], rows: pl.DataFrame) -> None:
    """Refuse rows of an import with fields that the actor may not write.

    `rows` are new or changed; without them, or where `rights` is None, all is well.

    Raises:
        NotAllowedError: the role may not write this; the record and the field are named.
    """
    if rights is None or rows.is_empty():
        return
    for field in rows.columns:
        is_filled = rows[field].null_count() < rows.height
        if is_filled and not rights.may_write(record.__name__, field):
            raise NotAllowedError(record=record.__name__, field=field)


def check(
    known: Known, actor: Actor, changes: Sequence[Change], writes: Sequence[RowWrite]
) -> None:
    """Refuse rows and fields that the actor may not write.

    Raises:
        NotAllowedError: the role may not change that, or the row is out of its reach.
        RefusedError: the row would be given to somebody out of reach; the field is named.
    """
    if actor.is_trusted:
        return
    person = _person(known.cursor, actor)
    rights = _rights(person)
    for change in changes:
        needs = getattr(change, "NEEDS", None)
        if needs and not rights.may(needs):
            raise NotAllowedError(action=needs)
    reach = _Reach(known, person, rights, writes)
    is_merge = all(getattr(change, "NEEDS", None) == "merge" for change in changes)
    for write in writes:
        if is_merge and write.record is not Customer:
            continue  # what a customer has goes with it, whoever filed it
        _check_fields(rights, person, write)
        reach.check(write)


def _person(cursor: duckdb.DuckDBPyConnection, actor: Actor) -> Person:
    person = people.person(cursor, actor.id)
    if person is None:
        raise NotAllowedError(person=actor.id)
    return person


def _rights(person: Person) -> Rights:
    return policy.rights(person.role)


def _check_fields(rights: Rights, person: Person, write: RowWrite) -> None:
    name = write.record.__name__
    if write.record is SavedFilter:  # everybody's own, nobody else's
        if write.after["owner"] != person.id:
            raise NotAllowedError(record=name)
        return
    for field in _given(write):
        if not rights.may_write(name, field):
            raise NotAllowedError(record=name, field=field)
    is_reviewed = write.record is WorkReport and write.after["status"] == "reviewed"
    if is_reviewed and not rights.may("review"):
        raise NotAllowedError(record=name, field="status")


def _given(write: RowWrite) -> list[str]:
    """The fields that somebody filled or changed; of a new row those that are not its defaults."""
    if write.before is not None:
        return write.changes
    defaults = {field.name: field.default for field in write.record.fields()}
    return [name for name, value in write.after.items() if value != defaults[name]]


class _Reach:
    """Whether rows are within the reach of one person."""

    def __init__(
        self, known: Known, person: Person, rights: Rights, writes: Sequence[RowWrite]
    ) -> None:
        self._known, self._person, self._reach = known, person, rights.reach
        self._new = {(w.record.TABLE, w.id): w.after for w in writes if w.before is None}

    def check(self, write: RowWrite) -> None:
        """Refuse a row that is out of reach before the change, or would be after it."""
        if write.record is SavedFilter or self._reach in (Reach.ALL, Reach.NOTHING):
            return
        name = write.record.__name__
        if write.before is not None and not self._holds(name, write.before.values):
            raise NotAllowedError(record=name, id=write.id)
        if not self._holds(name, write.after):
            field = OF_REP.get(name)
            if field is None or field == "id":
                raise NotAllowedError(record=name, id=write.id)
            raise refusal([Problem(field, "out_of_reach", str(write.after[field] or ""))])
        self._check_references(write)

    def _check_references(self, write: RowWrite) -> None:
        """Refuse to name a record that is out of reach: a visit there would bring it within."""
        known = {"customers": self._knows, "deals": self._sees_deal, "contacts": self._sees_contact}
        for field in write.record.fields():
            value, sees = write.after[field.name], known.get(field.about.refers or "")
            is_asked = field.name in write.changes and value is not None
            if sees is not None and is_asked and not sees(value):
                raise refusal([Problem(field.name, "out_of_reach", str(value))])

    def _holds(self, name: str, values: Values) -> bool:
        if name in OF_REP:
            return self._is_ours(values[OF_REP[name]])
        if name in _OF_PARENT:
            field, table = _OF_PARENT[name]
            return self._is_ours(self._rep_of(table, values[field]))
        if name == "Contact":
            return self._knows(values["customer_id"])
        if name == "Target":
            is_team = values["subject_kind"] == "team"
            own: Callable[[object], bool] = self._is_our_team if is_team else self._is_ours
            return own(values["subject"])
        return False  # stages and whatever else belongs to nobody

    def _is_ours(self, rep_id: object) -> bool:
        if rep_id == self._person.id:
            return True
        if self._reach is not Reach.TEAM or rep_id is None:
            return False
        rows = self._known.rows("SELECT team FROM reps WHERE id = ?", [rep_id])
        return bool(rows) and self._is_our_team(rows[0][0])

    def _is_our_team(self, team: object) -> bool:
        return self._reach is Reach.TEAM and team is not None and team == self._person.team

    def _rep_of(self, table: str, id: object) -> object:
        if (new := self._new.get((table, str(id)))) is not None:
            return new["rep_id"]
        rows = self._known.rows(f"SELECT rep_id FROM {table} WHERE id = ?", [id])
        return rows[0][0] if rows else None

    def _knows(self, customer_id: object) -> bool:
        """The customer is ours, or one of us has a deal with it or has visited it."""
        if (new := self._new.get(("customers", str(customer_id)))) is not None:
            return self._is_ours(new["owner_rep_id"])
        reps = self._known.rows(
            "SELECT owner_rep_id FROM customers WHERE id = $1 "
            "UNION SELECT rep_id FROM deals WHERE customer_id = $1 "
            "UNION SELECT rep_id FROM visits WHERE customer_id = $1",
            [customer_id],
        )
        return any(self._is_ours(rep) for (rep,) in reps)

    def _sees_deal(self, deal_id: object) -> bool:
        """The deal is ours, or its customer is."""
        if (new := self._new.get(("deals", str(deal_id)))) is not None:
            return self._is_ours(new["rep_id"])
        reps = self._known.rows(
            "SELECT rep_id FROM deals WHERE id = $1 UNION SELECT owner_rep_id FROM customers "
            "WHERE id = (SELECT customer_id FROM deals WHERE id = $1)",
            [deal_id],
        )
        return any(self._is_ours(rep) for (rep,) in reps)

    def _sees_contact(self, contact_id: object) -> bool:
        """The contact's customer is one we know."""
        if (new := self._new.get(("contacts", str(contact_id)))) is not None:
            return self._knows(new["customer_id"])
        rows = self._known.rows("SELECT customer_id FROM contacts WHERE id = ?", [contact_id])
        return bool(rows) and self._knows(rows[0][0])
