"""Saving what the filter row is set to under a name, and taking it back: own ones only."""

from dataclasses import dataclass

from data.changes import blank, normal, record_id, stored
from data.checks import Problem, refusal
from data.errors import NotFoundError
from data.known import Known, RowWrite, Values
from data.records import SavedFilter


@dataclass(frozen=True)
class SaveFilter:
    """A person's filter under a name, new or again."""

    owner: str
    name: str
    query: str
    is_shared: bool

    @property
    def id(self) -> str:
        """The id that owner and name make."""
        return record_id(SavedFilter, self._key())

    def _key(self) -> Values:
        return normal(SavedFilter, {"owner": self.owner, "name": self.name})

    def plan(self, known: Known) -> list[RowWrite]:
        """The row with this query."""
        before = known.row(SavedFilter, self.id)
        if before and before.values["owner"] != self.owner:  # "a/b" and "c" make the same id
            raise refusal([Problem("name", "duplicate_key", self.name)])
        base = before.values if before else blank(SavedFilter) | self._key() | {"id": self.id}
        audience = "shared" if self.is_shared else "private"
        after = base | normal(SavedFilter, {"query": self.query, "audience": audience})
        return [RowWrite(SavedFilter, self.id, before, after)]


@dataclass(frozen=True)
class RemoveFilter:
    """A person takes back a filter of theirs."""

    owner: str
    name: str

    @property
    def id(self) -> str:
        """The id that owner and name make, so nobody reaches another's."""
        return record_id(SavedFilter, {"owner": self.owner, "name": self.name})

    def plan(self, known: Known) -> list[RowWrite]:
        """The row without a query; the log keeps what it was."""
        before = stored(known, SavedFilter, self.id)
        if before.values["owner"] != self.owner:
            raise NotFoundError(record=SavedFilter.__name__, id=self.id)
        return [RowWrite(SavedFilter, self.id, before, before.values | {"query": None})]
