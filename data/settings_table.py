"""Settings as the store keeps them: read, checked and changed."""

import json
from collections.abc import Mapping

from pydantic import ValidationError

from data import collisions
from data.actor import Actor
from data.checks import Problem, refusal
from data.settings import Settings
from data.writer import Transaction

# Business days come from moments: caches of these tables are stale when the time zone changes.
_HAVE_MOMENTS = ("visits", "stage_events", "work_reports")


def read(work: Transaction) -> Settings:
    """The settings as of this transaction."""
    return Settings.from_json(dict(work.rows("SELECT name, value FROM settings")))


def changed(settings: Settings, changes: Mapping[str, object]) -> Settings:
    """The settings with these changes.

    Raises:
        RefusedError: a value is not allowed; one problem per setting.
        KeyError: no setting has this name.
    """
    if unknown := set(changes) - set(Settings.model_fields):
        raise KeyError(f"no setting {sorted(unknown)}")
    try:
        return Settings.model_validate(settings.model_dump() | dict(changes))
    except ValidationError as error:
        wrong = dict.fromkeys(str(problem["loc"][0]) for problem in error.errors())
    raise refusal(Problem(name, "not_allowed_value", str(changes[name])) for name in wrong)


def save(
    work: Transaction,
    changes: Mapping[str, object],
    actor: Actor,
    seen: Mapping[str, object] | None = None,
) -> None:
    """Store what differs, with one audit row; nothing when nothing does.

    Raises:
        ChangedMeanwhileError: one of them is no longer what the person has `seen`.
    """
    before = read(work)
    after = changed(before, changes)
    values = {name: getattr(after, name) for name in changes}
    collisions.check("Settings", "", before.model_dump(), values, seen)
    old, new = before.as_json(), after.as_json()
    different = {name: value for name, value in new.items() if value != old[name]}
    for name, value in different.items():
        work.write("settings", "INSERT OR REPLACE INTO settings VALUES (?, ?)", [name, value])
    if "timezone" in different:
        work.touched.update(_HAVE_MOMENTS)
    if different:
        work.log(
            actor,
            "settings",
            before={name: json.loads(old[name]) for name in different},
            after={name: json.loads(value) for name, value in different.items()},
        )
