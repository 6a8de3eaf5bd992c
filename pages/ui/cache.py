"""Every cached call of the app, and the only place in pages that reaches the store.

A key holds the versions of the tables it was made from, so a saved row makes new keys and
nothing is cleared. Versions are read before the tables: a write in between costs one
recomputation, never a stale figure. Polars frames and figures are shared, never changed.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import plotly.graph_objects as go
import polars as pl
import streamlit as st

from analytics import catalogue, listing, pipeline_rows, within
from analytics.query import Query
from data import anchors, permission, policy
from data.access import Access
from data.admission import Admission
from data.anchors import Anchor
from data.audit_log import AuditLog
from data.collisions import Authors
from data.duplicates import finding
from data.errors import NotAllowedError
from data.location import backup_folder, store_path
from data.people import Person
from data.policy import Rights
from data.records import Contact, Record
from data.schedule import Schedule
from data.settings import Settings
from data.store import DEPARTMENT, Scope, Store
from data.verification import Progress, Verdict
from pages.ui import audit_words, session
from pages.ui import names as named
from pages.ui.audit_words import Teller
from pages.ui.charts.figure import Look

Versions = tuple[tuple[str, int], ...]
Asked = tuple[str, Query]
_OWNED = ("customers", "deals", "visits", "work_reports", "reps", "rep_teams")  # decide a reach
_PARTIES = ("customers", "contacts", "reps")  # what duplicates are found by, and whose they are
Values = Mapping[str, object]

_ROW_REPORTS = {  # up to a row per deal or visit
    *(report.name for module in (listing, pipeline_rows) for report in module.REPORTS),
    *("customer-rfm", "customer-care", "customer-timeline"),
    *("customers-at-risk", "customers-dormant", "customers-stale"),
    "forecast-deals",
    *(name for name in catalogue.REPORTS if name.endswith("-rows")),
}


@st.cache_resource(show_spinner=False)
def store() -> Store:
    """The one Store of this process, named by YEJI_DB."""
    return Store(store_path())


@st.cache_resource(show_spinner=False)
def schedule() -> Schedule:
    """The backups of this process's store, which make themselves once it is started."""
    return Schedule(store(), backup_folder(store().path))


def access() -> Access:
    """The ways in and out, for the pages before the gate and the screens about accounts."""
    return store().access


def admission() -> Admission:
    """Accounts and one-time links."""
    return store().admission


def signed_in(token: str | None, *, is_use: bool = True) -> Person | None:
    """Who is signed in with a token; see `Access.signed_in`, which alone decides it."""
    return store().access.signed_in(token, is_use=is_use)


def settings() -> Settings:
    """The department's settings."""
    return store().settings()


def scope() -> Scope:
    """Which rows the person may see."""
    return permission.scope(session.current_person())


def as_of() -> date:
    """The day of knowledge: today in the department's time zone, or where its history ends."""
    return settings().as_of or now().date()


def now() -> datetime:
    """This moment in the department's time zone."""
    return datetime.now(UTC).astimezone(ZoneInfo(settings().timezone))


def lag() -> timedelta:
    """How far the machine's clock stands before the last entry; see `Store.lag`."""
    return store().lag()


def local(moment: datetime | None) -> datetime | None:
    """A UTC moment of the store in the department's time zone."""
    if moment is None:
        return None
    return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(settings().timezone))


def look(language: str) -> Look:
    """Language and currency, as charts and tables need them."""
    return Look(language, settings().currency)


def versions(*tables: str) -> Versions:
    """The present versions of `tables`, or of all when none is named."""
    known = store().versions()
    return tuple((name, known.get(name, 0)) for name in (tables or sorted(known)))


def sees_all() -> bool:
    """No row of the department is out of the person's reach."""
    return scope().is_whole


def reads(table: str) -> bool:
    """The person may read this kind of record, be it only some rows."""
    return table not in scope().hidden


def rights() -> Rights:
    """What the person's role may do."""
    return policy.rights(session.current_person().role)


def writable(record: type[Record], row: Values) -> frozenset[str]:
    """The fields of a stored row that the person may change."""
    owner = permission.OF_REP.get(record.__name__)
    if owner and scope().is_limited and row[owner] not in reached("reps"):
        return frozenset()
    return fillable(record)


def fillable(record: type[Record]) -> frozenset[str]:
    """The fields of a new row that the person may fill."""
    may_write = rights().may_write
    return frozenset(f.name for f in record.fields() if may_write(record.__name__, f.name))


def masked(record: type[Record]) -> frozenset[str]:
    """The fields of a record that are kept from the person until they ask for them."""
    return frozenset(f.name for f in record.personal()) if scope().is_masked else frozenset()


def frame(table: str) -> pl.DataFrame:
    """The rows within reach of one table, as `analytics.schemas.TABLES` declares it."""
    if sees_all():
        return department(table)
    return _frame(table, scope(), versions(table, *_OWNED, "settings"))


def department(table: str) -> pl.DataFrame:
    """All rows of a table, whoever asks: to say whether there are any, never to show them."""
    return _frame(table, DEPARTMENT, versions(table, "settings"))


def reached(table: str) -> pl.Series:
    """Ids of the rows of a table that are within reach; see `Store.ids`."""
    return _reached(table, scope(), versions(table, *_OWNED, "settings"))


def values(table: str, column: str) -> list[str]:
    """The distinct known values of a dimension column in the whole department, sorted."""
    return _values(table, column, versions(table, "settings"))


def names(table: str, language: str) -> pl.DataFrame:
    """What to call each row of a table (`names.NAMES`), by name."""
    return _names(table, language, scope(), versions(table, *_OWNED, "settings"))


def rows(
    record: type[Record],
    *,
    ids: Sequence[str] | None = None,
    limit: int | None = None,
    match: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """Records as they were entered, the last changed first; see `Store.rows`. Not cached."""
    return store().rows(record, scope(), ids=ids, limit=limit, match=match)


def saved_filters() -> pl.DataFrame:
    """The filters that the person may use; see `Store.saved_filters`. Not cached."""
    return store().saved_filters(session.current_person().id)


def reveal(record: type[Record], id: str) -> dict[str, object]:
    """The personal fields of one record; the audit log keeps that the person saw them."""
    return store().reveal(record, id, session.actor())


def authors(record: type[Record], id: str) -> Authors:
    """Who gave each field of a record its present value; see `Store.authors`."""
    return store().authors(record, id)


def settings_authors() -> Authors:
    """Who made each setting what it is."""
    return store().settings_authors()


# ---- customers that may be one


def suspects() -> pl.DataFrame:
    """Pairs of customers within reach that may be one (`judging.PAIRS`), the surest first.

    Without those that somebody said are two.
    """
    reached_ids = reached("customers").implode()
    decided = store().distinctions()
    return (
        _suspects(versions(*_PARTIES))
        .filter(pl.col("left_id").is_in(reached_ids), pl.col("right_id").is_in(reached_ids))
        .join(
            decided,
            left_on=["left_id", "right_id"],
            right_on=["first_id", "second_id"],
            how="anti",
            maintain_order="left",
        )
    )


def lookalikes(customer: Values, own_id: str | None) -> pl.DataFrame:
    """The stored customers that one may be: id, name, region, owner, level, reasons.

    Beyond reach they are only an owner, a level and why: two reps after one customer must
    learn of each other, and no more.
    """
    row = {name: customer.get(name) for name in finding.PARTIES}
    asked = pl.DataFrame([{**row, "id": own_id or "", "phones": []}], schema=finding.PARTIES)
    found = finding.between(finding.prepared(asked), _prepared(versions(*_PARTIES)))
    known = _parties(versions(*_PARTIES)).select("id", "name", "region", "owner")
    told = found.rename({"right_id": "id"}).join(known, on="id", maintain_order="left")
    is_reached = pl.col("id").is_in(reached("customers").implode())
    return told.filter(pl.col("id") != (own_id or "")).select(
        *(pl.when(is_reached).then(name).alias(name) for name in ("id", "name", "region")),
        *("owner", "level", "reasons"),
    )


def customer_at(address: str) -> str | None:
    """The customer that the address names under this word; one merged away leads to the kept."""
    asked = session.in_address(address)
    kept = store().kept_customer(asked) if asked else None
    if kept is not None:
        session.put_in_address(address, kept)
    return kept or asked


def who(id: str) -> str:
    """A person by name: somebody of today, who has left, or the machine's own user."""
    reps = dict(names("reps", session.language()).iter_rows())
    return audit_words.person(id, session.language(), store().person(id), reps)


def merges() -> pl.DataFrame:
    """The merges of customers within reach, the last first; see `Store.merges`."""
    return store().merges().filter(pl.col("kept_id").is_in(reached("customers").implode()))


@st.cache_resource(max_entries=2, show_spinner=False)
def _parties(versions: Versions) -> pl.DataFrame:
    return store().parties()


@st.cache_resource(max_entries=2, show_spinner=False)
def _prepared(versions: Versions) -> finding.Prepared:
    return finding.prepared(_parties(versions).select(list(finding.PARTIES)))


@st.cache_resource(max_entries=2, show_spinner=False)
def _suspects(versions: Versions) -> pl.DataFrame:
    return finding.among(_prepared(versions))


# ---- the audit log


def audit() -> AuditLog:
    """The audit log as the person may read it."""
    return store().audit(session.actor())


def verify(progress: Progress) -> Verdict:
    """Hold the audit log against its seals and anchors, and the tables against the log."""
    return store().verify(progress=progress)


def last_anchor() -> Anchor | None:
    """The last anchor that is kept beside the store."""
    kept = anchors.of(store().path)
    return kept[-1] if kept else None


def teller(language: str) -> Teller:
    """How entries are told: things by the names that are within the person's reach.

    It works without a session once it is made.
    """
    known = settings()
    reach, now = scope(), versions(*named.TABLES, *_OWNED, "settings")

    def names_of(table: str) -> Mapping[str, str]:
        is_shown = table in named.TABLES and table not in reach.hidden
        return _known_names(table, language, reach, now) if is_shown else {}

    def person(id: str) -> str:
        return audit_words.person(id, language, store().person(id), names_of("reps"))

    return Teller(language, known.zone, known.currency, names_of, person)


@st.cache_resource(max_entries=24, show_spinner=False)
def _known_names(table: str, language: str, scope: Scope, versions: Versions) -> dict[str, str]:
    return dict(_names(table, language, scope, versions).iter_rows())


# ---- reports and their pictures


def report(name: str, query: Query) -> pl.DataFrame:
    """The rows of a report of the catalogue.

    It is made once for the whole department, so figures and ranks are the same for everybody;
    of rows about single deals, customers, visits and weekly reports one sees those within reach.

    Raises:
        NotAllowedError: the question is about a customer who is not, or no figures are theirs.
    """
    is_reached = set(query.customer) <= set(reached("customers")) if query.customer else True
    if not (is_reached and rights().may("figures")):
        raise NotAllowedError(report=name)
    tables = catalogue.REPORTS[name].tables
    kept = _row_report if name in _ROW_REPORTS else _report
    rows = kept(name, query, versions(*tables, "settings"))
    return rows if sees_all() else within.limited(rows, reached)


def chart(
    make: Callable[..., go.Figure], look: Look, *asked: Asked, **options: object
) -> go.Figure:
    """The figure `make(frame, ..., look, **options)` of one or more reports."""
    reports = [catalogue.REPORTS[name] for name, _ in asked]
    is_of_rows = any(within.subjects(report.schema) for report in reports)
    whose = (scope(), versions(*_OWNED)) if is_of_rows and not sees_all() else None
    tables = {table for report in reports for table in report.tables}
    key = (make.__module__, make.__qualname__, look, asked, tuple(sorted(options.items())))
    return _chart(make, asked, options, (*key, whose, versions(*sorted(tables), "settings")))


@st.cache_resource(max_entries=40, show_spinner=False)
def _frame(table: str, scope: Scope, versions: Versions) -> pl.DataFrame:
    return store().frame(table, scope)


@st.cache_resource(max_entries=60, show_spinner=False)
def _reached(table: str, scope: Scope, versions: Versions) -> pl.Series:
    return store().ids(table, scope)


@st.cache_resource(max_entries=60, show_spinner=False)
def _values(table: str, column: str, versions: Versions) -> list[str]:
    known = _frame(table, DEPARTMENT, versions)[column].unique().drop_nulls()
    return sorted(known.cast(pl.String).to_list())


@st.cache_resource(max_entries=24, show_spinner=False)
def _names(table: str, language: str, scope: Scope, versions: Versions) -> pl.DataFrame:
    is_entered_only = table == "contacts"  # no report reads them
    known = store().rows(Contact, scope) if is_entered_only else _frame(table, scope, versions)
    return named.of(table, known, language)


@st.cache_resource(max_entries=400, show_spinner=False)
def _report(name: str, query: Query, versions: Versions) -> pl.DataFrame:
    return _made(name, query, versions)


@st.cache_resource(max_entries=16, show_spinner=False)
def _row_report(name: str, query: Query, versions: Versions) -> pl.DataFrame:
    return _made(name, query, versions)


def _made(name: str, query: Query, versions: Versions) -> pl.DataFrame:
    known = dict(versions)

    def read(table: str) -> pl.DataFrame:
        at = (table, known[table]), ("settings", known["settings"])
        return _frame(table, DEPARTMENT, at)

    return catalogue.run(name, read, query)


@st.cache_resource(max_entries=200, show_spinner=False)
def _chart(
    _make: Callable[..., go.Figure],
    _asked: tuple[Asked, ...],
    _options: dict[str, object],
    key: tuple[object, ...],
) -> go.Figure:
    look = next(part for part in key if isinstance(part, Look))
    return _make(*(report(*asked) for asked in _asked), look, **_options)
