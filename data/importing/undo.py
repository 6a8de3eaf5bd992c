"""Taking an import back, and the demo it replaced as well."""

from data import demo
from data.actor import Actor
from data.store import Store
from data.undoing import Undoing


def undo(store: Store, number: int, actor: Actor) -> Undoing:
    """Take the import of this number back; the demo that it replaced comes back as new.

    Raises:
        UndoRefusedError, NoSuchImportError, ImportUndoneError, TooOldError: see `Store.undo`.
    """
    undone = store.undo(number, actor)
    if undone.replaced_demo:
        demo.fill(store, store.today())
    return undone
