"""A store with a clock that stands still, and a small department in it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import polars as pl
import pytest

from data import columns, entry
from data.records import RECORDS, Customer, Record, Rep, Stage
from data.store import LoadResult, Store
from tests.actors import by
from tests.data.exports import Export

ROOT = Path(__file__).parents[2]
STAGES = MappingProxyType({"lead": "open", "quote": "open", "won": "won", "lost": "lost"})


class Clock:
    """Monday 2 March 2026, 10:00 in Shanghai, until a test moves on."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_days(self, days: int) -> None:
        self.now += timedelta(days=days)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    """An empty store."""
    opened = Store(tmp_path / "yeji.duckdb", clock)
    yield opened
    opened.close()


@pytest.fixture
def file_record(store: Store):
    """Add a record as a person would; the id of the record."""

    def file(record: type[Record], **values: object) -> str:
        return entry.add(store, record, values, by("gm"), entry.new_form_id()).ids[0]

    return file


@pytest.fixture
def department(store: Store, file_record) -> Store:
    """Four stages, reps R1 (team East) and R2 (team West), customers C1 and C2 of theirs."""
    for position, (stage, kind) in enumerate(STAGES.items(), start=1):
        file_record(Stage, id=stage, name_zh=stage, name_en=stage, kind=kind, position=position)
    for number, team in ((1, "East"), (2, "West")):
        file_record(Rep, id=f"R{number}", name=f"Rep {number}", team=team)
        file_record(Customer, id=f"C{number}", name=f"Customer {number}", owner_rep_id=f"R{number}")
    return store


@pytest.fixture
def load_import(store: Store):
    """Load rows of one record as an import does, all with the same columns; the result."""

    def load(name: str, *rows: dict[str, object], **options: object) -> LoadResult:
        types = columns.schema(RECORDS[name])
        names = {column: types[column] for column in rows[0]} if rows else types
        frames = {name: pl.DataFrame(rows, schema=names, orient="row")}
        return store.load(frames, actor=by("gm"), origin="import", source="crm", **options)

    return load


@pytest.fixture
def export(tmp_path: Path, store: Store) -> Export:
    """A folder for an export, to be imported into an empty store."""
    return Export(tmp_path / "export", store)
