"""What a form may ask for. A change plans the rows to write from what the store holds.

Plans only read. The same plan made in the writer's transaction decides what is stored,
so two forms on one record never work from a row the other has replaced.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Protocol

from data import collisions
from data.checks import LARGEST, Problem, refusal
from data.columns import is_storable, utc
from data.errors import NotFoundError
from data.known import Known, RowWrite, Stored, Values
from data.records import EARLIEST, LATEST, Deal, Field, Record, StageEvent

_FOURTH = Decimal("0.0001")
_BY_HAND = "h"  # ends the id of a stage event; those of a source end in their seq


class Change(Protocol):
    """One change of a form."""

    @property
    def id(self) -> str:
        """The id of the record that it adds or changes."""

    def plan(self, known: Known) -> list[RowWrite]:
        """The rows to write.

        Raises:
            RefusedError: the change does not fit the record as it is.
        """


@dataclass(frozen=True)
class Insert:
    """A new record. Its id is among the values unless it follows from KEY."""

    record: type[Record]
    values: Mapping[str, object]

    @property
    def id(self) -> str:
        """The values of KEY, joined by "/"."""
        return record_id(self.record, self.values)

    def plan(self, known: Known) -> list[RowWrite]:
        """One new row with declared defaults; refused where the id is taken."""
        if known.has(self.record.TABLE, self.id):
            raise refusal([Problem(_shown_key(self.record), "duplicate_key", self.id)])
        after = normal(self.record, {**blank(self.record), **self.values, "id": self.id})
        return [RowWrite(self.record, self.id, None, after)]


@dataclass(frozen=True)
class Update:
    """New values for some fields. `seen` is what the person saw in them; see `collisions`."""

    record: type[Record]
    id: str
    values: Mapping[str, object]
    seen: Mapping[str, object] | None = None

    def plan(self, known: Known) -> list[RowWrite]:
        """The changed row; a deal's stage and status move by StageMove only.

        The first stage of a deal begins on the day the deal is opened.
        """
        before, values = stored(known, self.record, self.id), normal(self.record, self.values)
        collisions.check(self.record.__name__, self.id, before.values, values, self.seen)
        write = RowWrite(self.record, self.id, before, before.values | values)
        changed = set(write.changes)
        if fixed := changed & {"id", *self.record.KEY}:
            raise ValueError(f"{self.record.__name__}: {sorted(fixed)} make its id")
        if self.record is Deal:
            if moved := changed & {"stage", "status"}:
                raise refusal(Problem(name, "moves_by_stage") for name in sorted(moved))
            _keep_line_sums(known, write)
            return [write, *_opening(known, write, before)]
        return [write]


@dataclass(frozen=True)
class StageMove:
    """A deal enters a stage on a business day; won and lost close it, others re-open it.

    None leaves a value as it is. The stage it is in already only changes the values. `seen` is
    what the person saw in the stage and the values; see `collisions`.
    """

    deal_id: str
    stage: str
    on: date
    values: Mapping[str, object] = field(default_factory=dict)  # amount, cost, loss_reason ...
    seen: Mapping[str, object] | None = None

    @property
    def id(self) -> str:
        """The deal's id."""
        return self.deal_id

    def plan(self, known: Known) -> list[RowWrite]:
        """The deal as it stands after the move, and its next stage event."""
        before = stored(known, Deal, self.deal_id)
        kind = stage_kind(known, self.stage)
        given = {name: value for name, value in self.values.items() if value is not None}
        normal(Deal, {"closed_on": self.on})
        values = {**normal(Deal, given), "stage": self.stage}
        collisions.check("Deal", self.deal_id, before.values, values, self.seen)
        after = before.values | values | {"status": kind}
        if kind != "lost":
            after["loss_reason"] = None
        deal = RowWrite(Deal, self.deal_id, before, after)
        _keep_line_sums(known, deal)
        if before.values["stage"] == self.stage and before.values["status"] == kind:
            return [deal]
        after["closed_on"] = None if kind == "open" else self.on
        return [deal, self._event(known, before.values["opened_on"])]

    def _event(self, known: Known, opened_on: object) -> RowWrite:
        [(seq, last)] = known.rows(
            "SELECT coalesce(max(seq), 0), arg_max(entered_at, seq) FROM stage_events "
            "WHERE deal_id = ?",
            [self.deal_id],
        )
        assert isinstance(seq, int)
        floors = [opened_on] if isinstance(opened_on, date) else []
        entered_at = known.moment_on(self.on)
        if isinstance(last, datetime):
            floors.append(known.day_of(last))
            entered_at = max(entered_at, last) if self.on >= floors[-1] else entered_at
        if self.on > known.today:
            raise refusal([Problem("closed_on", "in_future", str(self.on), str(known.today))])
        if floors and self.on < max(floors):
            raise refusal(
                [Problem("closed_on", "before_last_move", str(self.on), str(max(floors)))]
            )
        return stage_event(self.deal_id, seq + 1, self.stage, entered_at)


@dataclass(frozen=True)
class NewDeal:
    """A deal with its first stage event; without a stage it starts in the first open one."""

    values: Mapping[str, object]

    @property
    def id(self) -> str:
        """The deal's id."""
        return record_id(Deal, self.values)

    def plan(self, known: Known) -> list[RowWrite]:
        """The deal, its status from its stage, and the event of the day it entered it."""
        values = dict(self.values)
        stage = values.get("stage") or _first_stage(known, values.get("status") or "open")
        if stage is None:  # a department that has not set up its stages
            return Insert(Deal, values).plan(known)
        values |= {"stage": stage, "status": stage_kind(known, str(stage))}
        [deal] = Insert(Deal, values).plan(known)
        is_open = deal.after["status"] == "open"
        day = deal.after["opened_on" if is_open else "closed_on"]
        if not isinstance(day, date):  # the rules of Deal name what is missing
            return [deal]
        return [deal, stage_event(self.id, 1, str(stage), known.moment_on(day))]


def record_id(record: type[Record], values: Mapping[str, object]) -> str:
    """The id that these values have: those of KEY joined by "/", days in ISO form."""
    whole = blank(record) | dict(values)
    parts = (whole[name] for name in record.KEY)
    return "/".join(p.isoformat() if isinstance(p, date) else str(p).strip() for p in parts)


def blank(record: type[Record]) -> Values:
    """Every field with its declared default."""
    return {field.name: field.default for field in record.fields()}


def stored(known: Known, record: type[Record], id: str) -> Stored:
    """The row with this id; NotFoundError when it is gone."""
    row = known.row(record, id)
    if row is None:
        raise NotFoundError(record=record.__name__, id=id)
    return row


def stage_kind(known: Known, stage: str) -> str:
    """open, won or lost; refused when there is no such stage."""
    rows = known.rows("SELECT kind FROM stages WHERE id = ?", [stage])
    if not rows:
        raise refusal([Problem("stage", "unknown_reference", stage)])
    return str(rows[0][0])


def stage_event(deal_id: str, seq: int, stage: str, entered_at: datetime) -> RowWrite:
    """A new row of the stage history; no source can have its id."""
    values: Values = {"deal_id": deal_id, "seq": seq, "stage": stage, "entered_at": entered_at}
    values = {"id": f"{record_id(StageEvent, values)}{_BY_HAND}", **values}
    return RowWrite(StageEvent, str(values["id"]), None, values)


def normal(record: type[Record], values: Mapping[str, object]) -> Values:
    """Values as the store keeps them: text stripped, blanks empty, money to four decimals.

    An empty field with a declared default gets it.

    Raises:
        RefusedError: a number or a day is beyond what the store can hold, or a text is none.
        KeyError, TypeError: the record has no such field, or one of another type.
    """
    fields = {field.name: field for field in record.fields()}
    if unknown := set(values) - set(fields):
        raise KeyError(f"{record.__name__} has no field {sorted(unknown)}")
    plain = {name: _plain(fields[name], value) for name, value in values.items()}
    return {n: fields[n].default if value is None else value for n, value in plain.items()}


def _plain(field: Field, value: object) -> object:
    if value is None:
        return None
    if not _fits(field.type, value):
        raise TypeError(f"{field.name} is {field.type.__name__}, not {type(value).__name__}")
    if isinstance(value, str):
        if not is_storable(value):
            raise refusal([Problem(field.name, "not_text")])
        return value.strip() or None
    if isinstance(value, date):
        _refuse_far(field.name, value)
        return utc(value) if isinstance(value, datetime) else value
    if isinstance(value, int | Decimal):
        number = Decimal(value)
        if not number.is_finite() or abs(number) > LARGEST:
            raise refusal([Problem(field.name, "too_large", str(value), str(LARGEST))])
        return number.quantize(_FOURTH, ROUND_HALF_EVEN) if field.type is Decimal else value
    return value


def _refuse_far(name: str, value: date) -> None:
    """Refuse days that no department sees; arithmetic with them would leave the calendar."""
    day = value.date() if isinstance(value, datetime) else value
    if day < EARLIEST:
        raise refusal([Problem(name, "too_early", str(day), str(EARLIEST))])
    if day > LATEST:
        raise refusal([Problem(name, "too_late", str(day), str(LATEST))])


def _fits(kind: type, value: object) -> bool:
    """The value has the declared type; a moment is no day, a truth no number."""
    if kind is Decimal:
        return isinstance(value, int | Decimal) and not isinstance(value, bool)
    if kind is date:
        return isinstance(value, date) and not isinstance(value, datetime)
    return isinstance(value, kind) and not isinstance(value, bool)


def _first_stage(known: Known, kind: object) -> str | None:
    query = "SELECT id FROM stages WHERE kind = ? ORDER BY position, id LIMIT 1"
    rows = known.rows(query, [kind])
    return str(rows[0][0]) if rows else None


def _opening(known: Known, deal: RowWrite, before: Stored) -> list[RowWrite]:
    """The first stage event, moved to the day the deal is now said to be opened on.

    Only one that was entered on the day said before, into an open stage; refused where the
    deal would be opened after its next event.
    """
    day, was = deal.after["opened_on"], before.values["opened_on"]
    if day == was or not isinstance(day, date):
        return []
    events = known.stage_events(deal.id)
    first = events[0] if events and events[0].is_open else None
    follows = first is not None and known.day_of(first.entered_at) == was
    later = [event.entered_at for event in events[follows:]]
    if later and day > known.day_of(later[0]):
        limit = str(known.day_of(later[0]))
        raise refusal([Problem("opened_on", "opened_after_move", str(day), limit)])
    if first is None or not follows:
        return []
    event = stored(known, StageEvent, first.id)
    entered_at = min([known.moment_on(day), *later])
    return [RowWrite(StageEvent, first.id, event, event.values | {"entered_at": entered_at})]


def _keep_line_sums(known: Known, deal: RowWrite) -> None:
    """Refuse money for a deal whose lines decide it."""
    money = {"amount", "cost"} & set(deal.changes)
    if money and known.rows("SELECT 1 FROM deal_lines WHERE deal_id = ? LIMIT 1", [deal.id]):
        raise refusal(Problem(name, "sum_of_lines") for name in sorted(money))


def _shown_key(record: type[Record]) -> str:
    """The field at which a form shows that the record is there already."""
    return record.KEY[-1]
