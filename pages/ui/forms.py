"""A form made from a record's declaration: asked, refused with its reasons, filed once."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from uuid import uuid4

import polars as pl
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.errors import ChangedMeanwhileError, RefusedError, YejiError
from data.records import Record
from pages.ui import cache, colliding, fields, filing, i18n, layout, menu, session
from pages.ui import format as fmt
from pages.ui.amounts import Unreadable
from pages.ui.colliding import Opened
from pages.ui.session import t

Values = Mapping[str, object]
Places = Mapping[str, DeltaGenerator]  # where the problems of a field are shown


@dataclass(frozen=True)
class Sheet:
    """What a form asks and what becomes of the answers.

    `file(values, form id)` writes them and raises errors of `data.errors`; `saved(values)`
    is the sentence that says what was saved. `values` are shown at first; `given` are
    filed with the answers but not asked; `leads` are places of given fields whose widgets
    the page draws above the form, since the fields in `options` depend on them: those
    start anew when `depends` (their values) changes, the others keep what was entered.
    """

    key: str
    record: type[Record]
    names: tuple[str, ...]
    file: Callable[[Values, str], object]
    saved: Callable[[Values], str]
    send: str
    icon: str = "save"
    values: Values = field(default_factory=dict)
    given: Values = field(default_factory=dict)
    leads: Places = field(default_factory=dict)
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    depends: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)  # shown while a field is empty
    required: frozenset[str] = frozenset()  # demanded beyond the declaration
    before: Callable[[Values], None] = lambda values: None  # may refuse them by a YejiError
    after: Callable[[], None] = lambda: None  # once it is saved, e.g. go elsewhere
    said_at: str | None = None  # where `said` shows the sentence; None: under the form


def new_id() -> str:
    """A form's id: kept over retries, so that a form is filed once."""
    return str(uuid4())


def form_id(key: str) -> str:
    """The id of the form that is open under `key`; another once it is filed."""
    return session.once(f"{key}.form", new_id)


def widget(key: str, name: str) -> str:
    """The key of a field's widget; it changes with the form, so the next one starts empty."""
    return f"{key}.{name}.{form_id(key)}"


def said(key: str) -> None:
    """Say once what was saved under `key`."""
    sentence = session.recall(f"{key}.said")
    if sentence:
        st.success(sentence, icon=":material/check_circle:")
        session.forget(f"{key}.said")


def send_again(key: str) -> None:
    """File the form under `key` on the next run as it was sent last."""
    session.keep(f"{key}.again", True)


def say(key: str, sentence: str) -> None:
    """Have `said(key)` say it on the next run."""
    session.keep(f"{key}.said", sentence)


def back(address: str) -> None:
    """The way back to the list: takes what is open out of the address."""
    st.button(
        t("forms.back"),
        key=f"{address}.back",
        icon=":material/arrow_back:",
        type="tertiary",
        on_click=session.put_in_address,
        args=(address, None),
    )


def gone() -> None:
    """What is shown instead of a record that is not there (any more)."""
    with layout.empty("search_off", t("forms.gone"), t("forms.gone_why")):
        pass


def asks(sheet: Sheet) -> Iterator[fields.Ask]:
    """The fields of a sheet as widgets ask them, in order."""
    demanded = fields.demanded(sheet.record, sheet.given) | sheet.required
    for name in sheet.names:
        yield fields.Ask(
            field=fields.named(sheet.record, name),
            key=widget(sheet.key, f"{name}.{sheet.depends}" if name in sheet.options else name),
            table=sheet.record.TABLE,
            value=sheet.values.get(name),
            label=sheet.labels.get(name),
            options=sheet.options.get(name),
            hint=sheet.hints.get(name),
            is_required=name in demanded,
        )


def draw(sheet: Sheet, opened: Opened | None = None) -> None:
    """Draw the form; when it is sent, file it or show under each field why not.

    `opened` is what the person saw of a record that others may change meanwhile.
    """
    fillable = cache.fillable(sheet.record)
    asked = [ask for ask in asks(sheet) if ask.field.name in fillable]
    with st.form(f"{sheet.key}.sheet", border=False):
        drawn = [_drawn(ask, place) for row in _rows(asked) for ask, place in _placed(row)]
        top = st.container()
        with st.container(horizontal=True, vertical_alignment="center"):
            is_sent = st.form_submit_button(
                sheet.send, type="primary", icon=f":material/{sheet.icon}:", key=f"{sheet.key}.send"
            )
            if any(ask.is_required for ask in asked):
                st.caption(t("forms.required"), width="content")
    answers = {name: value for name, value, _ in drawn}
    places = {**sheet.leads, **{name: place for name, _, place in drawn}}
    if is_sent or session.recall(f"{sheet.key}.again"):
        session.forget(f"{sheet.key}.again")
        _file(sheet, {**sheet.given, **answers}, places, top, opened)
    if opened:
        keys = {ask.field.name: ask.key for ask in asked}
        colliding.tell(opened, sheet.key, _telling(sheet, opened, keys), places, top)
    said(sheet.key)


def edit(sheet: Sheet, row: Values) -> None:
    """Draw the form of a stored record; only what the person changed is filed.

    Changes that others made since it was opened are kept, and shown when they collide. What
    the person may not change is there to read.
    """
    may_change = cache.writable(sheet.record, row)
    told(sheet.record, row, [name for name in sheet.names if name not in may_change])
    sheet = replace(sheet, names=tuple(name for name in sheet.names if name in may_change))
    if not sheet.names:
        return
    opened = open_on(sheet.key, row, anew=not is_drawn(sheet))

    def file(values: Values, form: str) -> object:
        changes = {n: v for n, v in values.items() if v != opened.seen[n]}
        return filing.edit(sheet.record, str(row["id"]), changes, form, opened.seen)

    draw(replace(sheet, values=opened.shown, file=file), opened)
    menu.link(
        "audit",
        label=t("forms.history"),
        icon=":material/history:",
        query_params={"lang": session.language(), "id": str(row["id"])},
    )


def open_on(key: str, row: Values, *, anew: bool = False) -> Opened:
    """What the person saw of `row` when they opened the form under `key`."""
    return colliding.opened(f"{key}.opened.{form_id(key)}", row, anew=anew)


def is_drawn(sheet: Sheet) -> bool:
    """The form was on the screen before this run: what is entered in it is still there."""
    return any(session.has(ask.key) for ask in asks(sheet))


def told(record: type[Record], row: Values, names: Iterable[str]) -> None:
    """Fields of a stored record to read only; those that are empty are left out."""
    asked = [fields.named(record, name) for name in names if row[name] is not None]
    if not asked:
        return
    with st.grid(2, min_column_width=130, gap="small"):
        for field in asked:
            with st.container(gap="xxsmall"):
                st.caption(field.about.words(session.language()))
                st.text(fields.shown(field, row[field.name]))


def _rows(asked: Iterable[fields.Ask]) -> Iterator[list[fields.Ask]]:
    """Two short fields beside each other, a long one by itself: Tab goes as one reads."""
    row: list[fields.Ask] = []
    for ask in asked:
        is_long = ask.field.about.is_long
        if row and (is_long or len(row) == 2):
            yield row
            row = []
        if is_long:
            yield [ask]
        else:
            row.append(ask)
    if row:
        yield row


def _placed(row: list[fields.Ask]) -> Iterator[tuple[fields.Ask, DeltaGenerator]]:
    is_long = row[0].field.about.is_long
    places = [st.container()] if is_long else st.columns(2, gap="small")
    yield from zip(row, places, strict=False)


def _drawn(ask: fields.Ask, place: DeltaGenerator) -> tuple[str, object, DeltaGenerator]:
    """A field's name, its value, and where its problem goes."""
    with place.container(gap="xsmall"):
        return ask.field.name, fields.draw(ask), st.container()


def _telling(sheet: Sheet, opened: Opened, keys: Mapping[str, str]) -> colliding.Telling:
    language = session.language()

    def take(name: str) -> None:
        held = fields.held(fields.named(sheet.record, name), opened.take(name))
        session.keep(keys.get(name) or widget(sheet.key, name), held)

    return colliding.Telling(
        {f.name: f.about.words(language) for f in sheet.record.fields()} | dict(sheet.labels),
        lambda name, value: fields.shown(fields.named(sheet.record, name), value),
        take,
        frozenset(sheet.leads),
    )


def _file(
    sheet: Sheet, values: Values, places: Places, top: DeltaGenerator, opened: Opened | None
) -> None:
    try:
        demand(values, sheet.required)
        sheet.before(values)
        sheet.file(values, form_id(sheet.key))
    except RefusedError as error:
        refuse(sheet.record, error.problems, places, top)
    except ChangedMeanwhileError as error:
        if opened is None:
            raise
        id = str(error.values["id"])
        stored = cache.rows(sheet.record, ids=[id]).row(0, named=True)
        opened.collide(error.fields, stored, cache.authors(sheet.record, id))
    except YejiError as error:
        top.error(i18n.sentence(session.language(), error))
    else:
        say(sheet.said_at or sheet.key, sheet.saved(values))
        session.forget(f"{sheet.key}.form")
        sheet.after()
        st.rerun()


def demand(values: Values, required: frozenset[str] = frozenset()) -> None:
    """Refuse what cannot be filed at all, in the form of the checks.

    Raises:
        RefusedError: a required value is missing, or an amount cannot be read.
    """
    problems: list[tuple[str, str, str | None]] = []
    for name, value in values.items():
        if value is None and name in required:
            problems.append((name, "required", None))
        if isinstance(value, Unreadable):
            problems.append((name, value.code, value.text))
    if problems:
        columns = {"field": pl.String, "code": pl.String, "value": pl.String}
        frame = pl.DataFrame(problems, schema=columns, orient="row")
        raise RefusedError(frame.with_columns(row=pl.lit(0), limit=pl.lit(None, pl.String)))


def refuse(
    record: type[Record], problems: pl.DataFrame, places: Places, top: DeltaGenerator
) -> None:
    """Show each problem (`data.checks.PROBLEMS`) under its field, and above the button which."""
    language = session.language()
    titles = {f.name: f.about.words(language) for f in record.fields()}
    concerned, order = [], list(places)
    first = problems.unique("field", keep="first", maintain_order=True).to_dicts()
    for problem in sorted(first, key=lambda p: (*order, p["field"]).index(p["field"])):
        words, title = problem_words(problem), titles.get(problem["field"], "")
        if problem["field"] in places:
            places[problem["field"]].markdown(error_words(words))
            concerned.append(title)
        else:
            concerned.append(f"{title}: {words}" if title else words)
    which = t("common.sep").join(concerned)
    top.markdown(error_words(t("forms.refused", which=which)))


def problem_words(problem: Mapping[str, object]) -> str:
    """What is wrong with a value, for use inside Markdown."""
    value = fmt.escaped(str(problem["value"] or ""))
    return t(f"errors.{problem['code']}", value=value, limit=problem["limit"])


def error_words(words: str) -> str:
    """Markdown of a problem that keeps a form from being filed."""
    return f":small[:red[:material/error: {words}]]"
