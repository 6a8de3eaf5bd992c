"""Handing over: a rep's customers and open deals go to somebody else, their history stays.

Closed deals, visits and weekly reports keep their rep, and with them the figures of the past.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from data.changes import stored
from data.errors import ChangedMeanwhileError
from data.known import Known, RowWrite
from data.records import Customer, Deal, Record


@dataclass(frozen=True)
class HandOver:
    """These customers and open deals of `giver` become those of `taker`: all of them or none."""

    NEEDS: ClassVar = "hand_over"

    giver: str
    taker: str
    customers: tuple[str, ...]
    deals: tuple[str, ...]

    @property
    def id(self) -> str:
        """The id of the rep who takes over."""
        return self.taker

    def plan(self, known: Known) -> list[RowWrite]:
        """The customers with their new owner and the deals with their new rep.

        Raises:
            ChangedMeanwhileError: one is no longer the giver's, or the deal has closed.
            NotFoundError: one is gone.
        """
        return [
            *self._moved(known, Customer, "owner_rep_id", self.customers),
            *self._moved(known, Deal, "rep_id", self.deals),
        ]

    def _moved(
        self, known: Known, record: type[Record], owner: str, ids: tuple[str, ...]
    ) -> Iterator[RowWrite]:
        for id in ids:
            before = stored(known, record, id)
            is_closed = before.values.get("status", "open") != "open"
            if before.values[owner] != self.giver or is_closed:
                raise ChangedMeanwhileError(record=record.__name__, id=id)
            yield RowWrite(record, id, before, before.values | {owner: self.taker})
