"""A question to a report, typed as words, made into a Query."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

import polars as pl

from analytics import tiers
from analytics.catalogue import REPORTS
from analytics.query import Query
from analytics.report import Read
from analytics.reps import RANK_COLUMNS
from analytics.scorecard import COMPONENTS
from pages.ui import i18n

# Filter -> the tables and column that hold its values.
_HELD_BY = {
    "team": (("reps", "team"), ("rep_teams", "team")),
    "region": (("customers", "region"),),
    "industry": (("customers", "industry"),),
    "size": (("customers", "size"),),
    "product": (("deals", "product"),),
    "source": (("deals", "source"),),
}
_MANAGERS = (("reps", "rep"),)  # no filter, but two can be compared
_BY_ID = ("rep", "customer")  # named by id or by name
FILTERS = (*_BY_ID, *_HELD_BY)
_MOST_NAMES = 40  # of what could have been asked for, in a refusal
GRAINS = ("deal", "line")


class QuestionError(Exception):
    """The question cannot be asked. `code` is a key of `cli.toml`, `values` fill it."""

    def __init__(self, code: str, **values: str) -> None:
        self.code = code
        self.values = values
        super().__init__(f"{code}: {values}")


def sentence(language: str, error: QuestionError) -> str:
    """Why the question cannot be asked, and what can be."""
    values = dict(error.values)
    if "filter" in values:
        values["filter"] = i18n.column(language, values["filter"])
    return i18n.text(language, f"cli.{error.code}", **values)


@dataclass(frozen=True)
class Question:
    """What was typed: a report's name, its period, its grouping and its filters."""

    name: str
    since: date | None = None
    until: date | None = None
    as_of: date | None = None
    by: str | None = None
    grain: str = "deal"
    rank_by: str = "won_amount"
    against: str = "previous"
    credit: str = "linear"
    idle_days: int = Query.idle_days
    weights: str = ""  # of the scorecard: name=number, by comma
    limits: str = ""  # of margin authority: whole percents, by comma
    pair: Sequence[str] = ()  # two values of `by`
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)


def told(question: Question, form: str, rows: pl.DataFrame) -> dict[str, object]:
    """The question and how much came of it, as the audit log keeps it."""
    asked = {name: getattr(question, name) for name in ("since", "until", "as_of", "by")}
    filters = {name: list(values) for name, values in question.filters.items() if values}
    return {"format": form, "rows": rows.height, **asked, "filters": filters}


def query(asked: Question, read: Read, today: date) -> Query:
    """The Query of `asked`; reps and customers are found by id or name.

    Raises:
        QuestionError: a report, dimension, column, weight, limit or value nobody knows, or an
            empty period.
    """
    _known("unknown_report", asked.name, REPORTS)
    _known_by(asked)
    _known("unknown_rank", asked.rank_by, RANK_COLUMNS)
    if asked.since and asked.until and asked.until <= asked.since:
        raise QuestionError("empty_period")
    return Query(
        as_of=asked.as_of or today,
        since=asked.since,
        until=asked.until,
        by=asked.by or "rep",
        grain=asked.grain,
        rank_by=asked.rank_by,
        against=asked.against,
        credit=asked.credit,
        idle_days=asked.idle_days,
        weights=_weights(asked.weights),
        limits=limits(asked.limits),
        pair=_pair(asked, read),
        rep=_chosen(asked, "rep", read),
        team=_chosen(asked, "team", read),
        region=_chosen(asked, "region", read),
        industry=_chosen(asked, "industry", read),
        product=_chosen(asked, "product", read),
        size=_chosen(asked, "size", read),
        source=_chosen(asked, "source", read),
        customer=_chosen(asked, "customer", read),
    )


def _known_by(asked: Question) -> None:
    if asked.by is not None and not REPORTS[asked.name].by:
        raise QuestionError("no_by", name=asked.name)
    if asked.by is not None:
        _known("unknown_by", asked.by, REPORTS[asked.name].by)


def _known(code: str, name: str, names: Iterable[str]) -> None:
    if name not in names:
        raise QuestionError(code, name=name, names=", ".join(names))


def _weights(typed: str) -> tuple[tuple[str, float], ...]:
    """Weights of the scorecard: "won_amount=40,margin_rate=20"; the others weigh nothing."""
    pairs = [part.partition("=") for part in typed.split(",") if part.strip()]
    weights = {name.strip(): number.strip() for name, _, number in pairs}
    for name in weights:
        _known("unknown_weight", name, COMPONENTS)
    is_number = all(number.isdecimal() for number in weights.values())
    if weights and not (is_number and any(map(int, weights.values()))):
        raise QuestionError("bad_weights", text=typed)
    return tuple((name, float(number)) for name, number in weights.items())


def limits(typed: str) -> tuple[int, ...]:
    """Limits of margin authority: "50,30,20"; today's where none are typed.

    Raises:
        QuestionError: they are not three whole percents, the highest first.
    """
    if not typed:
        return tiers.PERCENTS
    parts = [part.strip() for part in typed.split(",")]
    percents = tuple(int(part) for part in parts if part.isdecimal())
    if len(percents) < len(parts) or not tiers.are_limits(percents):
        raise QuestionError("bad_limits", text=typed)
    return percents


def _pair(asked: Question, read: Read) -> tuple[str, ...]:
    """The two groups to compare, as the grouping holds them."""
    if asked.pair and asked.by is None:
        raise QuestionError("pair_by")
    return tuple(_held(asked.by or "", [value], read)[0] for value in asked.pair)


def _chosen(asked: Question, name: str, read: Read) -> tuple[str, ...]:
    """The values of a filter as it takes them."""
    return _held(name, asked.filters.get(name, ()), read)


def _held(name: str, typed: Sequence[str], read: Read) -> tuple[str, ...]:
    """Typed values of a dimension: ids of reps and customers, else the values themselves."""
    if not typed:
        return ()
    known = _ids(name, read) if name in _BY_ID else {v: (v,) for v in _values(name, read)}
    for value in typed:
        if value not in known:
            names = ", ".join(islice(known, _MOST_NAMES))
            names += ", …" if len(known) > _MOST_NAMES else ""
            raise QuestionError("unknown_value", filter=name, name=value, names=names)
    return tuple(dict.fromkeys(v for value in typed for v in known[value]))


def _values(name: str, read: Read) -> list[str]:
    held = [read(table)[column].cast(pl.String) for table, column in _HELD_BY.get(name, _MANAGERS)]
    return pl.concat(held).drop_nulls().unique().sort().to_list()


def _ids(name: str, read: Read) -> dict[str, tuple[str, ...]]:
    """Name -> ids of every rep or customer of that name, and id -> itself."""
    rows = read(f"{name}s").select(pl.col(name, f"{name}_id").cast(pl.String))
    named: dict[str, tuple[str, ...]] = {}
    for called, key in rows.sort(pl.all()).iter_rows():
        named[called] = (*named.get(called, ()), key)
    return {**named, **{key: (key,) for key in rows[f"{name}_id"].sort()}}
