"""What an import did, or would do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from data.compare import CONFLICTS
from data.importing.batches import Batch
from data.importing.filled import REJECTS
from data.store import LoadResult

COUNTS = pl.Schema(
    {
        "record": pl.String,  # name of the declaration
        "read": pl.Int64,  # rows of its files
        "left_out": pl.Int64,  # rows that `where` does not want
        "refused": pl.Int64,  # records, after grouping and unpivoting
        "new": pl.Int64,  # null, as the next three: nothing was compared
        "changed": pl.Int64,
        "unchanged": pl.Int64,
        "conflicts": pl.Int64,  # cells
    }
)


@dataclass(frozen=True)
class ImportResult:
    """Everything a person is told about an import.

    The reason of a reject or notice is the sentence `errors.<code>`, filled with its value
    and limit. Unless `stored`, nothing was kept: a dry run, refused rows without skipping, or
    customers that look like stored ones and are not decided about.
    """

    mapping: str
    stored: bool
    dry_run: bool
    files: Mapping[str, int]  # rows of each file read
    counts: pl.DataFrame  # COUNTS, one row per record
    rejects: pl.DataFrame  # REJECTS: cells for which a row was refused
    notices: pl.DataFrame  # REJECTS: cells left empty as the mapping allows, files (no line)
    conflicts: pl.DataFrame  # compare.CONFLICTS: edits by hand that the source contradicts
    duplicates: pl.DataFrame  # lookalikes.LOOKALIKES: while there is one, nothing is stored
    replaces_demo: bool
    settings: Mapping[str, object]  # those the mapping changes
    first: Mapping[str, pl.DataFrame] = field(default_factory=dict)  # some accepted rows of each
    number: int | None = None  # in the list of imports; None: nothing was stored

    def total(self, *names: str) -> int:
        """These counts of all records together."""
        return int(self.counts.select(pl.sum(*names)).sum_horizontal()[0])


def told(rows: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Rejects in the order of files and lines, each cell and reason once."""
    every = pl.concat([pl.DataFrame(schema=REJECTS), *(r.select(list(REJECTS)) for r in rows)])
    return every.unique(
        subset=[name for name in REJECTS if name != "record"], keep="first", maintain_order=True
    ).sort("file", "line", maintain_order=True)


def counts(batches: Mapping[str, Batch], loaded: LoadResult | None) -> pl.DataFrame:
    """COUNTS of the batches and of what the store made of them."""
    rows = []
    for name, batch in batches.items():
        compared = loaded.counts[name] if loaded else (None, None, None)
        conflicts = loaded.conflicts.filter(pl.col("record") == name).height if loaded else None
        read = sum(part.read for part in batch.filled)
        left_out = sum(part.left_out for part in batch.filled)
        rows.append((name, read, left_out, int(batch.refused.sum()), *compared, conflicts))
    return pl.DataFrame(rows, schema=COUNTS, orient="row")


def conflicts(loaded: LoadResult | None) -> pl.DataFrame:
    """The conflicts of a load; none where nothing was compared."""
    return loaded.conflicts if loaded else pl.DataFrame(schema=CONFLICTS)
