"""One field of a record as a widget, made from its declaration, and the value it gives back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import polars as pl
import streamlit as st

from analytics.schemas import TABLES
from data.records import EARLIEST, LATEST, Field, Record
from pages.ui import amounts, cache, codes, i18n, session
from pages.ui import format as fmt
from pages.ui.amounts import Unreadable
from pages.ui.session import t

_COLUMNS = {"size_band": "size"}  # fields whose column in frames has another name


@dataclass(frozen=True)
class Ask:
    """One field as a form asks it: the widget's key, its label, what it shows at first.

    `options` (value -> words) replaces what the declaration would offer, e.g. the names
    behind a reference. `is_required` adds the mark; the checks do the demanding.
    `changed` is called when the person has changed it (not inside a form).
    """

    field: Field
    key: str
    table: str
    value: object = None
    label: str | None = None
    options: Mapping[str, str] | None = None
    is_required: bool = False
    help: str | None = None
    hint: str | None = None  # shown while the field is empty
    changed: Callable[[], None] | None = None

    @property
    def title(self) -> str:
        """The label with its unit and the mark of a required field."""
        words = self.label or self.field.about.words(session.language())
        if self.field.type is Decimal:
            words = f"{words} ({money_unit()})"
        return f"{words} *" if self.is_required else words


def named(record: type[Record], name: str) -> Field:
    """The declaration of one field."""
    return next(field for field in record.fields() if field.name == name)


def demanded(record: type[Record], given: Mapping[str, object]) -> frozenset[str]:
    """The fields without which a form is refused: the required ones and those of rules.

    A rule demands its field when it is broken by a row that has only `given` and defaults.
    """
    fields = list(record.fields())
    empty = {f.name: given.get(f.name, f.default) for f in fields}
    row = pl.DataFrame([empty], schema={f.name: _POLARS[f.type] for f in fields})
    broken = {r.field for r in record.RULES if row.select(r.broken).item()}
    return frozenset(broken | {f.name for f in fields if f.required and f.name != "id"})


def money_unit() -> str:
    """元 or CNY: the department's currency in words."""
    currency = cache.settings().currency
    key = f"currency.{currency}"
    return t(key) if i18n.has(key) else currency


def options(table: str) -> dict[str, str]:
    """Id -> name of every row a reference to `table` may point to, by name."""
    return dict(cache.names(table, session.language()).iter_rows())


def reachable(table: str) -> dict[str, str]:
    """Id -> name of the rows that an entry of the person may name."""
    named = options(table)
    if table != "reps" or not cache.scope().is_limited:
        return named
    reached = set(cache.reached(table))
    return {id: name for id, name in named.items() if id in reached}


def some(table: str, ids: Sequence[str]) -> dict[str, str]:
    """Id -> name of these rows, in their order."""
    asked = pl.DataFrame({"id": list(ids)}, schema={"id": pl.String})
    known = cache.names(table, session.language())
    return dict(asked.join(known, on="id", maintain_order="left").iter_rows())


def draw(ask: Ask) -> object:
    """Draw the widget and return its value as the declaration types it; empty is None.

    What is typed as a number and is none comes back as `Unreadable`; `forms.demand` refuses it.
    """
    field = ask.field
    if ask.options is not None:
        return _select(ask, ask.options)
    if field.about.refers:
        return _select(ask, reachable(field.about.refers))
    if field.about.choices:
        language = session.language()
        return _select(ask, {code: words(language) for code, words in field.about.choices.items()})
    if field.about.repeats:
        return _select(ask, _in_use(ask), accepts_new=True)
    return _WIDGETS[field.type](ask)


def shown(field: Field, value: object) -> str:
    """A value as a person reads it, for sentences; it may hold what somebody typed."""
    language = session.language()
    if value is None:
        return fmt.UNKNOWN
    if field.about.refers:
        return options(field.about.refers).get(str(value), fmt.UNKNOWN)
    if field.about.choices:
        return field.about.choices[str(value)](language)
    if isinstance(value, Decimal):
        return fmt.exact(int(value * fmt.SCALE), cache.settings().currency)
    if isinstance(value, datetime):
        return fmt.moment(cache.local(value), language)
    return fmt.day(value, language) if isinstance(value, date) else str(value)


def held(field: Field, value: object) -> object:
    """What the widget of a field holds for a value; `draw` would return it."""
    if isinstance(value, Decimal):
        return amounts.shown(value)
    if isinstance(value, datetime):
        local = cache.local(value)
        return local.replace(tzinfo=None) if local else None
    return str(value) if isinstance(value, int) else value


def typed(field: Field, held: str | None) -> object:
    """What a text field holds, as `draw` would return it."""
    if field.type is Decimal:
        return amounts.read(held)
    return amounts.whole(held) if field.type is int else _text(held)


def _in_use(ask: Ask) -> dict[str, str]:
    """The values this field has in other rows, as words."""
    name = ask.field.name
    column, offered = _COLUMNS.get(name, name), ask.field.about.offers
    used = cache.values(ask.table, column) if column in TABLES[ask.table] else []
    shown = [str(ask.value)] if ask.value else []
    values = dict.fromkeys((*offered, *used, *shown))
    return {v: codes.word(session.language(), name, v) if offered else v for v in values}


def _select(ask: Ask, choices: Mapping[str, str], *, accepts_new: bool = False) -> str | None:
    if ask.value in choices:
        session.start(ask.key, ask.value)
    chosen = st.selectbox(
        ask.title,
        list(choices),
        index=None if ask.field.default is None else 0,  # one with a default cannot be emptied
        format_func=lambda value: choices.get(value, value),
        key=ask.key,
        help=ask.help,
        placeholder=ask.hint or _placeholder(choices, accepts_new=accepts_new),
        accept_new_options=accepts_new,
        filter_mode="contains",
    )
    return _text(chosen)


def _placeholder(choices: Mapping[str, str], *, accepts_new: bool) -> str:
    if accepts_new:
        return t("forms.choose_or_type")
    return t("forms.choose") if choices else t("forms.nothing_to_choose")


def _line(ask: Ask) -> str | None:
    session.start(ask.key, ask.value)
    draw_text = st.text_area if ask.field.about.is_long else st.text_input
    entered = draw_text(
        ask.title,
        value=None,
        key=ask.key,
        help=ask.help,
        placeholder=ask.hint,
        on_change=ask.changed,
    )
    return _text(entered)


def _text(entered: str | None) -> str | None:
    return (entered or "").strip() or None


def _day(ask: Ask) -> date | None:
    session.start(ask.key, ask.value)
    return st.date_input(
        ask.title,
        value=None,
        min_value=EARLIEST,
        max_value=LATEST,
        key=ask.key,
        format="YYYY-MM-DD",
        help=ask.help,
    )


def _moment(ask: Ask) -> datetime | None:
    """A moment entered in the department's time zone, in UTC without zone."""
    local = cache.local(ask.value) if isinstance(ask.value, datetime) else None
    session.start(ask.key, local.replace(tzinfo=None) if local else None)
    entered = st.datetime_input(
        ask.title,
        value=None,
        min_value=datetime.combine(EARLIEST, datetime.min.time()),
        max_value=datetime.combine(LATEST, datetime.min.time()),
        key=ask.key,
        format="YYYY-MM-DD",
        step=timedelta(minutes=15),
        help=ask.help,
    )
    return to_utc(entered)


def to_utc(local: datetime | None) -> datetime | None:
    """A moment in the department's time zone as the store keeps it."""
    if local is None:
        return None
    return local.replace(tzinfo=cache.settings().zone).astimezone(UTC).replace(tzinfo=None)


def _whole(ask: Ask) -> int | Unreadable | None:
    session.start(ask.key, None if ask.value is None else str(ask.value))
    return amounts.whole(_typed_line(ask, ask.hint))


def _money(ask: Ask) -> Decimal | Unreadable | None:
    session.start(ask.key, amounts.shown(ask.value) if isinstance(ask.value, Decimal) else None)
    return amounts.read(_typed_line(ask, ask.hint or t("forms.money_hint")))


def _typed_line(ask: Ask, hint: str | None) -> str | None:
    return st.text_input(
        ask.title,
        value=None,
        key=ask.key,
        help=ask.help,
        placeholder=hint,
        autocomplete="off",
        on_change=ask.changed,
    )


_WIDGETS: dict[type, Callable[[Ask], object]] = {
    str: _line,
    int: _whole,
    Decimal: _money,
    date: _day,
    datetime: _moment,
}
_POLARS: dict[type, pl.DataType] = {
    str: pl.String(),
    int: pl.Int64(),
    Decimal: pl.Decimal(18, 4),
    date: pl.Date(),
    datetime: pl.Datetime("us"),
}
