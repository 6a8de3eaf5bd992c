"""Every write of the screens: each waits for its commit and raises errors of `data.errors`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from data import entry
from data.actor import Actor
from data.forms import Receipt
from data.records import Record
from pages.ui import session
from pages.ui.cache import Values, store


def add(record: type[Record], values: Values, form_id: str) -> Receipt:
    """Add a record; see `data.entry.add`."""
    return entry.add(store(), record, values, session.actor(), form_id)


def put(
    record: type[Record],
    rows: Sequence[Values],
    form_id: str,
    seen: Mapping[str, Values] | None = None,
) -> Receipt:
    """Add or change several records, all or none; `seen` is what the person saw, by id."""
    return entry.put(store(), record, rows, session.actor(), form_id, seen)


def edit(record: type[Record], key: str, changes: Values, form_id: str, seen: Values) -> Receipt:
    """Change fields of the record `key`, of which the person saw `seen`."""
    return entry.edit(store(), record, key, changes, session.actor(), form_id, seen)


def add_deal(values: Values, form_id: str) -> Receipt:
    """Add a deal and its first stage."""
    return entry.add_deal(store(), values, session.actor(), form_id)


def move_deal(
    deal_id: str, stage: str, on: date, values: Mapping[str, Any], form_id: str
) -> Receipt:
    """Move a deal into a stage on a business day; `values` as `data.entry.move_deal` takes them."""
    return entry.move_deal(store(), deal_id, stage, on, session.actor(), form_id, **values)


def save_report(
    rep_id: str,
    week: date,
    values: Values,
    form_id: str,
    *,
    submit: bool,
    actor: Actor,
    seen: Values,
) -> Receipt:
    """Save a weekly report as a draft, or submit it; `actor` since a callback may ask."""
    return entry.save_report(store(), rep_id, week, values, actor, form_id, submit, seen)


def withdraw_report(report_id: str, form_id: str) -> Receipt:
    """Make a submitted report a draft again."""
    return entry.withdraw_report(store(), report_id, session.actor(), form_id)


def read_report(report_id: str, form_id: str) -> Receipt:
    """Note that a leader has opened a report."""
    return entry.read_report(store(), report_id, session.actor(), form_id)


def review_report(report_id: str, comment: str | None, form_id: str) -> Receipt:
    """Review a submitted report."""
    return entry.review_report(store(), report_id, session.actor(), form_id, comment)


def hand_over(
    giver: str, taker: str, customers: Sequence[str], deals: Sequence[str], form_id: str
) -> Receipt:
    """Give customers and open deals of one rep to another."""
    return entry.hand_over(store(), giver, taker, customers, deals, session.actor(), form_id)


def merge_customers(
    kept_id: str,
    gone_id: str,
    take: Sequence[str],
    form_id: str,
    seen: tuple[datetime, datetime],
) -> Receipt:
    """Make two customers one; see `data.entry.merge_customers`."""
    return entry.merge_customers(store(), kept_id, gone_id, take, session.actor(), form_id, seen)


def undo_merge(merge_id: str, form_id: str) -> Receipt:
    """Take a merge back."""
    return entry.undo_merge(store(), merge_id, session.actor(), form_id)


def distinguish(first_id: str, second_id: str, form_id: str, *, ask_again: bool = False) -> Receipt:
    """Say that two customers are two, or have it asked again."""
    actor = session.actor()
    return entry.distinguish(store(), first_id, second_id, actor, form_id, ask_again=ask_again)


def save_filter(name: str, query: str, form_id: str, *, is_shared: bool) -> Receipt:
    """Keep a filter row's address under a name of the person's."""
    return entry.save_filter(store(), name, query, session.actor(), form_id, is_shared=is_shared)


def remove_filter(name: str, form_id: str) -> Receipt:
    """Remove a saved filter of the person's own."""
    return entry.remove_filter(store(), name, session.actor(), form_id)


def save_settings(changes: Values, seen: Values | None = None) -> None:
    """Change settings of the department, of which the person saw `seen`."""
    store().save_settings(changes, session.actor(), seen)


def empty_demo() -> None:
    """Remove the demo's records, so that a department can start its own."""
    store().empty_demo(session.actor())


def note_export(
    actor: Actor,
    file: str,
    rows: int | None,
    filters: Mapping[str, object],
    subject: str = "Report",
) -> None:
    """Log that somebody took a file with rows of a screen; works without a session."""
    after = {"file": file, "rows": rows, "filters": filters}
    store().note(actor, "export", after, subject, file.rpartition(".")[0])
