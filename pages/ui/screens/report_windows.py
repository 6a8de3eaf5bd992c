"""Two windows on one weekly report: what nobody touched here follows what was saved elsewhere.

A report is handled as flat values: its fields, and under "note." and the deal each note.
"""

import json
from collections import defaultdict
from collections.abc import Mapping

from data.actor import Actor
from data.errors import ChangedMeanwhileError
from data.records import Field, WorkReport
from pages.ui import cache, colliding, fields, filing, session
from pages.ui.colliding import Opened, Values
from pages.ui.screens import work_week
from pages.ui.screens.work_week import Row, Week

NOTE = "note."  # before the deal, in the name of a note's field
FIELDS = ("summary", "problems", "visits_planned", "amount_planned", "plan")


def key(week: Week, name: str) -> str:
    """The key of a field's widget, or of what the session keeps of the report."""
    return f"weekly.{name}.{week.rep_id}.{week.monday}"


def flat(report: Row | None) -> defaultdict[str, object]:
    """A stored report as flat values; what it does not have is None."""
    notes = {f"{NOTE}{deal}": note for deal, note in work_week.notes(report).items()}
    found: defaultdict[str, object] = defaultdict(lambda: None, notes)
    return found | {name: (report or {}).get(name) for name in FIELDS}


def typed(name: str, entered: str | None) -> object:
    """What a widget holds, as the store takes it."""
    if name.startswith(NOTE):
        return (entered or "").strip() or None
    return fields.typed(_field(name), entered)


def open_on(week: Week, start: Values) -> Opened:
    """The report as this window has seen it; `start` is what an unsaved one is drafted from.

    Fields that were saved elsewhere and not touched here are brought up to date.
    """
    name, now = key(week, "window"), flat(week.report)
    opened: Opened | None = session.recall(name)
    if opened is None or not session.has(key(week, FIELDS[0])):
        opened = Opened(dict(start), dict(now))
        session.keep(name, opened)
    for field in {*opened.shown, *now} - opened.theirs.keys():
        if now[field] != opened.seen.get(field):
            _catch_up(opened, field, key(week, field), now[field])
    return opened


def _catch_up(opened: Opened, name: str, widget: str, now: object) -> None:
    mine = typed(name, session.recall(widget))
    if session.has(widget) and mine in (opened.seen.get(name), opened.shown.get(name)):
        session.keep(widget, _held(name, now))
        mine = now
    if mine == now:
        opened.seen[name] = opened.shown[name] = now


def file(
    week: Week, opened: Opened, mine: Values, *, submit: bool, form_id: str, actor: Actor
) -> None:
    """Save what differs from what this window has seen.

    Raises:
        ChangedMeanwhileError: it was changed elsewhere since, to something else.
    """
    stored = work_week.stored(week.report_id)
    now, seen = flat(stored), defaultdict(lambda: None, opened.seen)
    changed = {name: value for name, value in mine.items() if value != seen[name]}
    if collided := [n for n, value in changed.items() if now[n] not in (seen[n], value)]:
        raise ChangedMeanwhileError("WorkReport", week.report_id, tuple(collided))
    notes = {n.removeprefix(NOTE): v for n, v in changed.items() if n.startswith(NOTE)}
    values = {n: v for n, v in changed.items() if n in FIELDS}
    if notes:
        values["projects"] = _told({**work_week.notes(stored), **notes})
    held = {name: (stored or {}).get(name) for name in values}
    args = (week.rep_id, week.monday, values, form_id)
    filing.save_report(*args, submit=submit, actor=actor, seen=held)
    opened.seen |= changed


def _told(notes: Mapping[str, object]) -> str | None:
    told = [{"deal_id": deal, "note": note} for deal, note in notes.items() if note]
    return json.dumps(told, ensure_ascii=False) if told else None


def collide(week: Week, opened: Opened, error: ChangedMeanwhileError) -> None:
    """Note what was saved elsewhere; the words of this window stay."""
    now, authors = flat(work_week.stored(week.report_id)), cache.authors(WorkReport, week.report_id)
    names = [name for name in error.fields if name != "projects"]
    opened.collide(names, now, {n: authors[_field(n).name] for n in names})


def telling(week: Week, opened: Opened, titles: Mapping[str, str]) -> colliding.Telling:
    """How the report's fields are spoken of; `titles` are those of the notes."""

    def take(name: str) -> None:
        session.keep(key(week, name), _held(name, opened.take(name)))

    def words(name: str, value: object) -> str:
        return fields.shown(_field(name), value)

    language = session.language()
    own = {f.name: f.about.words(language) for f in WorkReport.fields()}
    return colliding.Telling({**own, **titles}, words, take, frozenset((*FIELDS, *titles)))


def _held(name: str, value: object) -> object:
    return value or "" if name.startswith(NOTE) else fields.held(_field(name), value)


def _field(name: str) -> Field:
    return fields.named(WorkReport, "projects" if name.startswith(NOTE) else name)
