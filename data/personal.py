"""Personal fields of a record: masked for most roles, shown on request, which the log keeps."""

from dataclasses import replace

from data import frames, people, permission, policy
from data.actor import Actor
from data.errors import NotAllowedError, NotFoundError
from data.frames import DEPARTMENT, Scope, View
from data.known import Values
from data.policy import Personal
from data.records import Record
from data.writer import Transaction


def reveal(
    turn: Transaction, record: type[Record], id: str, actor: Actor, department: View
) -> Values:
    """The personal fields of one record, and its `updated_at`; the log keeps who saw them.

    Raises:
        NotAllowedError: the actor's role never sees them.
        NotFoundError: no record within the actor's reach has this id.
    """
    view = department._replace(scope=replace(_scope(turn, actor), is_masked=False))
    rows = frames.rows(turn.cursor, record, view, ids=[id])
    if rows.is_empty():
        raise NotFoundError(record=record.__name__, id=id)
    names = [field.name for field in record.personal()]
    row = rows.select(*names, "updated_at").row(0, named=True)
    told = [name for name in names if row[name] is not None]
    turn.log(actor, "view", record.__name__, id, after={"fields": told})
    return row


def _scope(turn: Transaction, actor: Actor) -> Scope:
    if actor.is_trusted:
        return DEPARTMENT
    person = people.person(turn.cursor, actor.id)
    if person is None or policy.rights(person.role).personal is Personal.NEVER:
        raise NotAllowedError(action="view", person=actor.id)
    return permission.scope(person)
