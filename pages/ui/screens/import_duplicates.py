"""New customers of an import that look like stored ones: the same, or new?"""

from dataclasses import replace

import polars as pl

from data.importing import lookalikes
from data.importing.result import ImportResult
from pages.ui import alike, uploading
from pages.ui.screens import import_deciding
from pages.ui.session import t

_SHOWN = ("name", "stored_name", "owner", "level", "reasons", "choice")


def draw(result: ImportResult) -> None:
    """Each pair with why and how sure, a choice beside it, and the button that decides."""
    found = result.duplicates
    if found.is_empty():
        return
    pairs = found.with_columns(choice=lookalikes.proposal())
    shown = alike.in_words(pairs).select(_SHOWN)
    words = {code: t(f"importing.choice_{code}") for code in ("same", "new")}

    def decide(chosen: pl.Series) -> None:
        _decide(pairs.with_columns(choice=chosen).select(list(lookalikes.CHOICES)))

    import_deciding.draw(shown, words, "duplicate", found["id"].n_unique(), decide)


def _decide(decided: pl.DataFrame) -> None:
    """Try again with what was decided."""
    now = uploading.current()
    assert now
    known = decided if now.duplicates is None else pl.concat([now.duplicates, decided])
    uploading.keep(replace(now, duplicates=known, trial=None))
