"""Putting the demo department into a store, and keeping it up to date."""

from datetime import UTC, date

from data.actor import Actor
from data.demo.archive import CUSTOMERS
from data.demo.department import SEED, frames
from data.demo.world import World
from data.errors import StoreInUseError
from data.load import Progress
from data.records import RECORDS, Stage
from data.settings import Settings
from data.store import Store

ORIGIN = "demo"
PRODUCT = Actor("demo", is_trusted=True)  # on whose behalf the audit log says it was done
_NAME = {"department_zh": "启明装备业务部", "department_en": "Qiming Equipment Sales"}


def fill(
    store: Store,
    today: date,
    scale: int = 1,
    actor: Actor = PRODUCT,
    progress: Progress | None = None,
) -> None:
    """Load the demo department as of `today` into an empty store and mark it as a demo.

    The public holidays become settings: no report is due in a week without a working day.
    `scale` is that of `frames`; `progress(record, done, total)` is called while it loads.

    Raises:
        StoreInUseError: the store holds records already.
    """
    if not store.is_empty():
        raise StoreInUseError
    store.save_settings(_settings(store.settings(), today), actor)
    rows = frames(today, scale)
    store.load(rows, actor=actor, origin=ORIGIN, source="demo", progress=progress)


def refresh_if_stale(store: Store, today: date) -> bool:
    """Rebuild a demo loaded on an earlier day so that it ends today; whether it did.

    Only an untouched demo is rebuilt: one record that a person added or changed, and it
    stays as it is. So does one made larger with `scale`, which would shrink.
    """
    if not store.settings().is_demo or store.is_empty() or not _is_stale(store, today):
        return False
    if not _is_untouched(store) or store.frame("customers").height > CUSTOMERS:
        return False
    name = {field: getattr(store.settings(), field) for field in _NAME}
    store.empty_demo(PRODUCT)
    store.save_settings(name, PRODUCT)
    fill(store, today)
    return True


def _settings(current: Settings, today: date) -> dict[str, object]:
    """The settings of a demo. A name that somebody gave the department stays."""
    days = World(today, SEED, 1).days_off
    changes: dict[str, object] = {"holidays": [day.isoformat() for day in days]}
    is_unnamed = current.department_zh == Settings().department_zh
    return changes | _NAME if is_unnamed else changes


def _is_stale(store: Store, today: date) -> bool:
    """Whether the demo was loaded before `today`. All its rows carry the moment of loading."""
    [loaded_at] = store.rows(Stage, limit=1)["created_at"].to_list()
    zone = store.settings().zone
    return bool(loaded_at.replace(tzinfo=UTC).astimezone(zone).date() < today)


def _is_untouched(store: Store) -> bool:
    """Whether nothing was written since: the last changed row of each record is the demo's."""
    newest = [store.rows(record, limit=1) for record in RECORDS.values()]
    moments = {rows["updated_at"].item() for rows in newest if not rows.is_empty()}
    return len(moments) == 1 and all((rows["origin"] == ORIGIN).all() for rows in newest)
