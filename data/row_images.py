"""The rows that the log keeps as they were before and after, held against their table."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

import duckdb

from data.fingerprints import columns, row_hash, sums, total_of
from data.records import Record

_TYPES = {
    str: "VARCHAR",
    int: "BIGINT",
    Decimal: "DECIMAL(18, 4)",
    date: "DATE",
    datetime: "TIMESTAMP",
}
_DIFFERING = """
WITH images AS ({images}),
last AS (
    SELECT id, max(seq) AS seq, arg_max({{'hash': after_hash, 'at': happened_at}}, seq) AS image
    FROM images
    GROUP BY id
),
stored AS (SELECT id, {hash} AS hash, created_at, updated_at FROM {table}),
differing AS (
    SELECT
        id,
        last.seq AS seq,
        last.image.hash AS expected,
        stored.hash AS actual,
        last.seq > $since OR last.image.at = stored.updated_at AS is_told
    FROM last
    FULL JOIN stored USING (id)
    WHERE CASE
        WHEN is_told THEN expected IS DISTINCT FROM actual
        WHEN actual IS NULL THEN false
        ELSE $since = 0 OR stored.created_at > $moment
    END
),
replaced AS (
    SELECT id, seq, lag(after_hash) OVER rows AS expected, before_hash AS actual
    FROM images
    WHERE seq > $since
    WINDOW rows AS (PARTITION BY id ORDER BY seq)
    QUALIFY lag(seq) OVER rows IS NOT NULL AND expected IS DISTINCT FROM actual
),
named AS (
    SELECT
        CASE WHEN expected IS NULL OR NOT coalesce(is_told, false) THEN 'added'
             WHEN actual IS NULL THEN 'deleted' ELSE 'edited' END AS kind,
        id,
        seq,
        CASE WHEN is_told THEN expected END AS expected,
        actual
    FROM differing
    UNION ALL
    SELECT 'replaced', id, seq, expected, actual FROM replaced
)
"""


@dataclass(frozen=True)
class Named:
    """Rows that differ from their last image: kind, id, seq of that image; not all of `count`.

    `explains` is what they all add to the fingerprint that the log foretells.
    """

    rows: list[tuple[str, str, int | None]] = field(default_factory=list)
    count: int = 0
    explains: tuple[int, int] = (0, 0)


@dataclass(frozen=True)
class Images:
    """The images of one kind of record in the log; every query runs in the database."""

    cursor: duckdb.DuckDBPyConnection
    key: bytes
    record: type[Record]

    def changes(self, periods: list[tuple[int, int | None]]) -> dict[int, tuple[int, int]]:
        """Rows and sum that the images add in each period (after `since`, before `until`)."""
        query = f"""
            SELECT p.since, count(after_hash) - count(before_hash),
                   {", ".join((*sums("after_hash"), *sums("before_hash")))}
            FROM ({self._images}) AS i
            ASOF JOIN (SELECT unnest($since) AS since, unnest($until) AS until) AS p
                ON i.seq > p.since
            WHERE p.until IS NULL OR i.seq < p.until
            GROUP BY p.since
        """
        since, until = map(list, zip(*periods, strict=True))
        found = self.cursor.execute(query, {**self._given, "since": since, "until": until})
        known = {
            begin: (rows, total_of(*added) - total_of(*taken))
            for begin, rows, *totals in found.fetchall()
            for added, taken in [(totals[:2], totals[2:])]
        }
        return {begin: known.get(begin, (0, 0)) for begin, _ in periods}

    def named(self, since: int, moment: datetime, most: int) -> Named:
        """The rows that are not as their last image after `since` (at `moment`) says.

        "edited", "deleted" or "added" behind the log, or "replaced": changed behind it and
        then by a form, whose image before is not the last one after. A row whose last writer
        was a change of many rows cannot be told here.
        """
        texts = {name: f'"{name}"::VARCHAR' for name in columns(self.cursor, self.record.TABLE)}
        start = _DIFFERING.format(
            images=self._images, table=self.record.TABLE, hash=row_hash(self.record.TABLE, texts)
        )
        given = {**self._given, "since": since, "moment": moment}
        query = f"{start} SELECT kind, id, seq FROM named ORDER BY id, seq LIMIT {most:d}"
        rows = self.cursor.execute(query, given).fetchall()
        query = (
            f"{start} SELECT count(*), count(actual) - count(expected), "
            f"{', '.join((*sums('actual'), *sums('expected')))} FROM named"
        )
        [(count, more, *totals)] = self.cursor.execute(query, given).fetchall()
        explained = total_of(*totals[:2]) - total_of(*totals[2:])
        return Named(rows, count, (more, explained))

    @property
    def _given(self) -> dict[str, object]:
        return {"key": self.key.hex(), "record": self.record.__name__}

    @cached_property
    def _images(self) -> str:
        """SQL: seq, id, happened_at and the hashes of the row before and after."""
        names = [field.name for field in self.record.fields()]
        types = [_TYPES[field.type] for field in self.record.fields()]
        paths = ", ".join(f"'$.{name}'" for name in names)

        def hashed(values: str) -> str:
            texts = {
                name: f"TRY_CAST({values}[{n}] AS {kind})::VARCHAR"
                for n, (name, kind) in enumerate(zip(names, types, strict=True), start=1)
            }
            return f"CASE WHEN {values}[1] = id THEN {row_hash(self.record.TABLE, texts)} END"

        return f"""
            SELECT seq, id, happened_at, {hashed("b")} AS before_hash, {hashed("a")} AS after_hash
            FROM (
                SELECT seq, id, happened_at,
                    json_extract_string(TRY_CAST(before AS JSON), [{paths}]) AS b,
                    json_extract_string(TRY_CAST(after AS JSON), [{paths}]) AS a
                FROM audit
                WHERE record = $record
            )
            WHERE b[1] = id OR a[1] = id
        """
