"""The verbs of entry: what a person's form does to the store, in words of the business.

Every verb takes the form's id (`new_form_id`, made once per form, kept over retries) and
waits for its commit. A refusal is `data.errors.RefusedError`.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

from data.actor import Actor
from data.changes import Insert, NewDeal, StageMove, Update, record_id
from data.checks import Problem, refusal
from data.columns import is_storable
from data.forms import Form, Receipt
from data.hand_over import HandOver
from data.merges import Distinguish, MergeCustomers, UndoMerge
from data.records import Deal, Record
from data.report_changes import ReadReport, ReviewReport, SaveReport, WithdrawReport
from data.saved_filters import RemoveFilter, SaveFilter
from data.store import Store


def new_form_id() -> str:
    """A form's id, made when the form is opened."""
    return str(uuid4())


def add(
    store: Store, record: type[Record], values: Mapping[str, object], actor: Actor, form_id: str
) -> Receipt:
    """Add a record; without an id of its own it gets the form's."""
    return store.submit(Form(form_id, actor, (Insert(record, _named(record, values, form_id)),)))


def put(
    store: Store,
    record: type[Record],
    rows: Sequence[Mapping[str, object]],
    actor: Actor,
    form_id: str,
    seen: Mapping[str, Mapping[str, object]] | None = None,
) -> Receipt:
    """Add several records, or change those that are there already: all of them or none.

    Their ids are among the values unless they follow from KEY; one that comes twice is refused.
    `seen` is what the person saw of a record, by its id; see `collisions`.
    """
    ids = [record_id(record, row) for row in rows]
    if twice := [id for id, times in Counter(ids).items() if times > 1]:
        raise refusal(Problem(record.KEY[-1], "duplicate_key", id) for id in twice)
    known = set(store.rows(record, ids=[id for id in ids if is_storable(id)])["id"])
    fixed = {"id", *record.KEY}
    changes = tuple(
        Update(
            record,
            id,
            {name: value for name, value in row.items() if name not in fixed},
            (seen or {}).get(id),
        )
        if id in known
        else Insert(record, row)
        for id, row in zip(ids, rows, strict=True)
    )
    return store.submit(Form(form_id, actor, changes))


def edit(
    store: Store,
    record: type[Record],
    id: str,
    changes: Mapping[str, object],
    actor: Actor,
    form_id: str,
    seen: Mapping[str, object] | None = None,
) -> Receipt:
    """Change fields of a record. `seen` is what the person saw in them.

    Raises:
        ChangedMeanwhileError: somebody else has set one of them to something else.
        NotFoundError: no record has this id.
    """
    return store.submit(Form(form_id, actor, (Update(record, id, changes, seen),)))


def add_deal(store: Store, values: Mapping[str, object], actor: Actor, form_id: str) -> Receipt:
    """Add a deal with its first stage event; without a stage it starts in the first open one."""
    return store.submit(Form(form_id, actor, (NewDeal(_named(Deal, values, form_id)),)))


def move_deal(
    store: Store,
    deal_id: str,
    stage: str,
    on: date,
    actor: Actor,
    form_id: str,
    amount: Decimal | None = None,
    cost: Decimal | None = None,
    loss_reason: str | None = None,
    expected_on: date | None = None,
    seen: Mapping[str, object] | None = None,
) -> Receipt:
    """Move a deal into a stage on a business day; None leaves a value as it is.

    A won or lost stage closes it that day, an open one re-opens it. `seen` is what the person
    saw in the stage and the values.

    Raises:
        ChangedMeanwhileError: somebody else has moved it elsewhere, or set one of the values.
    """
    values = {"amount": amount, "cost": cost, "loss_reason": loss_reason}
    move = StageMove(deal_id, stage, on, {**values, "expected_on": expected_on}, seen)
    return store.submit(Form(form_id, actor, (move,)))


def save_report(
    store: Store,
    rep_id: str,
    week: date,
    values: Mapping[str, object],
    actor: Actor,
    form_id: str,
    submit: bool,
    seen: Mapping[str, object] | None = None,
) -> Receipt:
    """Save a rep's weekly report as a draft, or submit it; `week` is any day of it.

    Only the fields in `values` are written: hand in those the person changed, so that
    another window's words stay. `seen` is what the person saw in them.

    Raises:
        ChangedMeanwhileError: one of them was changed elsewhere since.
    """
    monday = week - timedelta(days=week.weekday())
    change = SaveReport(rep_id, monday, values, submit, seen)
    return store.submit(Form(form_id, actor, (change,)))


def withdraw_report(store: Store, report_id: str, actor: Actor, form_id: str) -> Receipt:
    """Make a submitted report a draft again; refused once it is reviewed."""
    return store.submit(Form(form_id, actor, (WithdrawReport(report_id),)))


def read_report(store: Store, report_id: str, actor: Actor, form_id: str) -> Receipt:
    """Note that a leader has opened a report; only the first time counts."""
    return store.submit(Form(form_id, actor, (ReadReport(report_id),)))


def review_report(
    store: Store, report_id: str, actor: Actor, form_id: str, comment: str | None
) -> Receipt:
    """Review a submitted report, with or without a comment; it can no longer be edited."""
    return store.submit(Form(form_id, actor, (ReviewReport(report_id, actor.id, comment),)))


def hand_over(
    store: Store,
    giver: str,
    taker: str,
    customers: Sequence[str],
    deals: Sequence[str],
    actor: Actor,
    form_id: str,
) -> Receipt:
    """Give customers and open deals of one rep to another; see `data.hand_over`.

    The same rows from the taker to the giver undo it, unless one has changed hands since.
    """
    change = HandOver(giver, taker, tuple(customers), tuple(deals))
    return store.submit(Form(form_id, actor, (change,)))


def save_filter(
    store: Store, name: str, query: str, actor: Actor, form_id: str, *, is_shared: bool
) -> Receipt:
    """Keep the filter row's address under a name of the person's, or replace what it holds."""
    return store.submit(Form(form_id, actor, (SaveFilter(actor.id, name, query, is_shared),)))


def remove_filter(store: Store, name: str, actor: Actor, form_id: str) -> Receipt:
    """Remove a saved filter of the person's own."""
    return store.submit(Form(form_id, actor, (RemoveFilter(actor.id, name),)))


def merge_customers(
    store: Store,
    kept_id: str,
    gone_id: str,
    take: Sequence[str],
    actor: Actor,
    form_id: str,
    seen: tuple[datetime, datetime] | None = None,
) -> Receipt:
    """Make two customers one; `take` are the fields whose value comes from the other.

    Raises:
        ChangedMeanwhileError: one of them is no longer as it was `seen` (`updated_at`).
    """
    change = MergeCustomers(form_id, kept_id, gone_id, tuple(take), actor.id, seen)
    return store.submit(Form(form_id, actor, (change,)))


def undo_merge(store: Store, merge_id: str, actor: Actor, form_id: str) -> Receipt:
    """Take a merge back; refused where what it set was changed since."""
    return store.submit(Form(form_id, actor, (UndoMerge(merge_id, actor.id),)))


def distinguish(
    store: Store,
    first_id: str,
    second_id: str,
    actor: Actor,
    form_id: str,
    *,
    ask_again: bool = False,
) -> Receipt:
    """Say that two customers that look alike are two, so that nobody is asked again."""
    change = Distinguish(first_id, second_id, actor.id, ask_again)
    return store.submit(Form(form_id, actor, (change,)))


def _named(
    record: type[Record], values: Mapping[str, object], form_id: str
) -> Mapping[str, object]:
    """The values with an id, where the record's id does not follow from its other fields."""
    return {"id": form_id, **values} if record.KEY == ("id",) else values
