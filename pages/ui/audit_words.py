"""The audit log in words, without Streamlit: for the screen and the terminal."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import polars as pl

from data.actions import ACTIONS, SUBJECTS
from data.audit_log import HIDDEN
from data.fingerprints import RECORD_TABLES
from data.people import Person
from data.records import RECORDS, Field, Record, SavedFilter
from data.verification import Finding, Verdict
from pages.ui import codes, i18n
from pages.ui import format as fmt

_RECORDS: dict[str, type[Record]] = {**RECORDS, SavedFilter.__name__: SavedFilter}
_LABELS = (
    "audit.field_",
    "department.",
    "backup.",
    "filters.",
    "audit.",
)  # where fields have words
_PLACES = {"terminal": "audit.terminal"}


@dataclass(frozen=True)
class Teller:
    """Whom the log is told to, and what they may call things by.

    `names(table)` gives id -> name, `person(id)` the name of somebody who acted.
    """

    language: str
    zone: ZoneInfo
    currency: str
    names: Callable[[str], Mapping[str, str]]
    person: Callable[[str], str]

    def text(self, key: str, **values: object) -> str:
        """Words of `audit.toml`."""
        return i18n.text(self.language, f"audit.{key}", **values)

    def moment(self, utc: datetime) -> datetime:
        """A moment of the store on the department's clocks."""
        return utc.replace(tzinfo=UTC).astimezone(self.zone).replace(tzinfo=None)


def person(id: str, language: str, known: Person | None, reps: Mapping[str, str]) -> str:
    """Who acted: somebody of today, somebody who has left, or the machine's own user."""
    if known:
        return known.name
    return reps.get(id) or codes.word(language, "reviewed_by", id)


# ---- entries


def told(entries: pl.DataFrame, teller: Teller) -> pl.DataFrame:
    """Entries (`audit_log.ENTRIES`) as people read them, in their order; moments still UTC."""
    rows = [_told(entry, teller) for entry in entries.iter_rows(named=True)]
    names = ("seq", "acted_at", "actor", "place", "action", "record", "subject", "id", "changes")
    texts = dict.fromkeys(names[2:], pl.String())
    schema = {"seq": pl.Int64(), "acted_at": pl.Datetime("us"), **texts}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _told(entry: Mapping[str, object], teller: Teller) -> tuple[object, ...]:
    action, record, id = (str(entry[n]) if entry[n] else None for n in ("action", "record", "id"))
    place = str(entry["place"]) if entry["place"] else None
    return (
        entry["seq"],
        entry["happened_at"],
        teller.person(str(entry["person"])),
        i18n.text(teller.language, _PLACES[place]) if place in _PLACES else place,
        ACTIONS[action](teller.language) if action in ACTIONS else action,
        SUBJECTS[record](teller.language) if record in SUBJECTS else record,
        subject(record, id, teller),
        id,
        teller.text("between").join(lines(entry, teller)) or None,
    )


def subject(record: str | None, id: str | None, teller: Teller) -> str | None:
    """What the entry is about, by name; None where only an id is known."""
    if record is None or id is None:
        return None if record else id
    if record not in _RECORDS:
        return teller.person(id) if record == "Account" else id
    declared = _RECORDS[record]
    if declared.KEY == ("id",):
        return teller.names(declared.TABLE).get(id)
    known = {field.name: field for field in declared.fields()}
    parts = zip(declared.KEY, id.split("/"), strict=False)
    return " · ".join(_part(known[name], part, teller) for name, part in parts)


def _part(field: Field, text: str, teller: Teller) -> str:
    try:
        return _value(field, text, teller)
    except ValueError:  # an id made otherwise, such as that of a move by hand
        return text


def lines(entry: Mapping[str, object], teller: Teller) -> Iterator[str]:
    """One line per field that the entry changed: its label, what it was, what it became."""
    record = _RECORDS.get(str(entry["record"]))
    known = {field.name: field for field in record.fields()} if record else {}
    old, new = (json.loads(str(entry[name] or "{}")) for name in ("old", "new"))
    if "filters" in new:
        known_filters = new.pop("filters")
        new |= {n: [_filtered(n, v, teller) for v in known_filters[n]] for n in known_filters}
    for name in {**new, **old}:
        if name == "id":
            continue
        label = known[name].about.words(teller.language) if name in known else _label(name, teller)
        if name == "fields" and name not in known:  # of a contact that somebody looked at
            new[name] = [known[n].about.words(teller.language) for n in new[name] if n in known]
        was, now = (_shown(name, known.get(name), v.get(name), teller) for v in (old, new))
        if was is None:
            yield teller.text("value", field=label, value=now)
        elif now is None:
            yield teller.text("gone", field=label, value=was)
        else:
            yield teller.text("arrow", field=label, old=was, new=now)


def _label(name: str, teller: Teller) -> str:
    for key in (f"{section}{name}" for section in _LABELS):
        if i18n.has(key):
            return i18n.text(teller.language, key)
    return SUBJECTS[name](teller.language) if name in SUBJECTS else name


def _shown(name: str, field: Field | None, value: object, teller: Teller) -> str | None:
    if value is None:
        return None
    if field is not None and isinstance(value, str | int):
        return _part(field, str(value), teller)
    return _coded(name, value, teller) if isinstance(value, str) else _plain(value, teller)


def _coded(name: str, code: str, teller: Teller) -> str:
    """A text that no record declares: a code where it has words, else as it is."""
    key = f"audit.{name}_{code}"
    if i18n.has(key):
        return i18n.text(teller.language, key)
    return codes.word(teller.language, name, code) if name == "role" else code


def _filtered(name: str, code: str, teller: Teller) -> str:
    """A value of a filter row."""
    if code in (*ACTIONS, *SUBJECTS):
        return {**ACTIONS, **SUBJECTS}[code](teller.language)
    if name == "rep":
        return teller.names("reps").get(code, code)
    if i18n.has(f"filters.{code}"):
        return i18n.text(teller.language, f"filters.{code}")
    return codes.word(teller.language, name, code)


def _value(field: Field, text: str, teller: Teller) -> str:
    """A stored value of a record's field in words.

    Raises:
        ValueError: the text is none of the field's type.
    """
    choices = {**field.about.choices, **field.about.offers}
    if field.about.refers:
        return teller.names(field.about.refers).get(text, text)
    if text in choices:
        return choices[text](teller.language)
    if field.type is Decimal:
        return fmt.exact(int(Decimal(text) * fmt.SCALE), teller.currency)
    if field.type is datetime:
        return fmt.moment(teller.moment(datetime.fromisoformat(text)), teller.language)
    return fmt.day(date.fromisoformat(text), teller.language) if field.type is date else text


def _plain(value: object, teller: Teller) -> str:
    """A value that no record declares."""
    if isinstance(value, bool):
        return teller.text("yes" if value else "no")
    if isinstance(value, Mapping):
        if set(value) >= {"new", "changed"}:
            return teller.text("counts", new=value["new"], changed=value["changed"])
        pairs = (
            teller.text("pair", name=_label(str(name), teller), value=_plain(part, teller))
            for name, part in value.items()
        )
        return i18n.text(teller.language, "common.sep").join(pairs)
    if isinstance(value, list):
        parts = (_plain(part, teller) for part in value)
        return i18n.text(teller.language, "common.sep").join(parts)
    return f"{value:,}" if isinstance(value, int) else str(value)


# ---- verdicts


def verdict(found: Verdict, teller: Teller, subjects: frozenset[str] | None = None) -> list[str]:
    """What verifying found, the answer first; no record is named beyond `subjects`, if given."""
    if found.findings:
        first = teller.text("not_whole", count=len(found.findings))
        told = (_withheld(finding, subjects) for finding in found.findings)
        return [first, *(_finding(finding, teller) for finding in told)]
    return [teller.text("whole", rows=fmt.count(found.rows)), anchor(found, teller)]


def anchor(found: Verdict, teller: Teller) -> str:
    """Which anchor the log was held against."""
    if found.anchor is None:
        return teller.text("not_held")
    moment = fmt.moment(teller.moment(found.anchor.made_at), teller.language)
    return teller.text("held", seq=fmt.count(found.anchor.seq), moment=moment)


def _withheld(finding: Finding, subjects: frozenset[str] | None) -> Finding:
    """The finding without the id of a record that the reader may not know."""
    record = RECORD_TABLES.get(finding.table or "")
    if subjects is None or record is None or record.__name__ in subjects:
        return finding
    return finding._replace(id=finding.id and HIDDEN)


def _finding(finding: Finding, teller: Teller) -> str:
    record = _table(finding.table, teller) if finding.table else ""
    name = _named(finding, teller)
    is_difference = finding.code in ("bulk", "whole")
    rows = fmt.signed(finding.rows) if is_difference else fmt.count(finding.rows)
    values = {"seq": fmt.count(finding.seq), "rows": rows}
    return teller.text(f"finding_{finding.code}", record=record, id=name, **values)


def _table(table: str, teller: Teller) -> str:
    if table in RECORD_TABLES:
        return RECORD_TABLES[table].WORDS(teller.language)
    key = f"table_{table}"
    return teller.text(key) if i18n.has(f"audit.{key}") else table


def _named(finding: Finding, teller: Teller) -> str:
    """The record by its name and, since a name may be what was changed, its id."""
    if finding.id is None or finding.table not in RECORD_TABLES:
        return finding.id or ""
    name = subject(RECORD_TABLES[finding.table].__name__, finding.id, teller)
    return f"{name} ({finding.id})" if name and name != finding.id else finding.id
