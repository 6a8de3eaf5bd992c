"""What rows refer to: fields whose value is the id of another row."""

from collections.abc import Iterator
from typing import NamedTuple

from data.records import BY_TABLE, Record, Rep, Target


class Reference(NamedTuple):
    """A field whose value must be the id of a row of `to`, in rows where `when` holds."""

    field: str
    to: type[Record]
    when: tuple[str, str] | None = None  # another field and its value; None: everywhere


def references(record: type[Record]) -> Iterator[Reference]:
    """What the rows of a record refer to."""
    for field in record.fields():
        if field.about.refers:
            yield Reference(field.name, BY_TABLE[field.about.refers])
    if record is Target:
        yield Reference("subject", Rep, ("subject_kind", "rep"))
