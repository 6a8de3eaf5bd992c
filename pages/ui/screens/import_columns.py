"""Step two of an import: what each file is, which field each column fills, what cells mean."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from data.importing import choice, draft
from data.importing.choice import FEW, SAME, Choice
from data.importing.mapping import SECTIONS
from data.records import Field
from pages.ui import cache, layout, session, uploading
from pages.ui import format as fmt
from pages.ui.screens import import_steps
from pages.ui.session import t
from pages.ui.uploading import Draft

_NONE = ""  # of a select box: no field, no record, no meaning
_SAMPLES = 3  # cells shown beside a column
_LONGEST = 28  # characters of a cell
_NAMES = 6  # names shown of those that nobody knows


def draw(now: Draft | None) -> None:
    """All files one after the other, and what is still to be said."""
    assert now
    import_steps.line("columns")
    _mapping(now)
    lacking = False
    if now.used is None:
        for part in now.chosen:
            lacking |= _file(now, part)
        _strangers(now)
        lacking |= not any(part.record for part in now.chosen)
    if lacking:
        st.warning(t("importing.lacking"), icon=":material/warning:")
    import_steps.buttons(
        back="files",
        onwards="check",
        label=t("importing.try"),
        act=_try,
        is_blocked=lacking,
    )


def _try() -> None:
    now = uploading.current()
    assert now
    ready = now if now.trial else uploading.start_trial(now)
    uploading.keep(replace(ready, step="check"))


def _mapping(now: Draft) -> None:
    """A mapping that fits the files as they are, in place of the columns."""
    if not now.fits:
        return
    key = "importing.used"
    session.keep(key, now.used or _NONE)
    names = [*now.fits, _NONE]
    st.selectbox(
        t("importing.mapping"),
        names,
        format_func=lambda name: name or t("importing.by_columns"),
        key=key,
        on_change=_use,
        args=(key,),
        help=t("importing.mapping_help"),
    )
    if now.used is not None:
        st.caption(t("importing.used", name=fmt.escaped(now.used)))


def _use(key: str) -> None:
    now = uploading.current()
    assert now
    uploading.keep(replace(now, used=session.recall(key) or None, trial=None))


def _file(now: Draft, part: Choice) -> bool:
    """One file; whether something that must be said is missing."""
    with layout.section(fmt.escaped(part.file)):
        _record(now, part)
        if part.record is None:
            return False
        _columns(now, part)
        lacking = _missing(part)
        _identity(now, part)
        _days(now, part)
        _meanings(now, part)
        return lacking


def _record(now: Draft, part: Choice) -> None:
    """Which record the file holds."""
    words = {name: record.WORDS(session.language()) for name, record in SECTIONS.items()}
    words[_NONE] = t("importing.leave_file")
    key = f"importing.record.{part.file}"
    session.keep(key, part.record or _NONE)

    def changed() -> None:
        record = session.recall(key) or None
        uploading.change(choice.of_record(part.file, now.files.tables[part.file], record))

    st.selectbox(
        t("importing.holds"),
        list(words),
        format_func=words.__getitem__,
        key=key,
        on_change=changed,
        width=320,
    )


def _columns(now: Draft, part: Choice) -> None:
    """Every column with some of its cells and the field that it fills."""
    fields = choice.declared(str(part.record))
    words = {name: _label(field) for name, field in fields.items()}
    words[_NONE] = t("importing.leave_column")
    for header in now.files.headers(part.file):
        name, cells, chosen = st.columns([1.1, 1.5, 1.2], vertical_alignment="center", gap="small")
        mark = f" :orange[{t('importing.unsure')}]" if header in part.unsure else ""
        name.markdown(fmt.escaped(header) + mark)
        cells.caption(_sample(now, part, header))
        key = f"importing.in.{part.file}.column.{header}"
        session.keep(key, part.fields.get(header, _NONE))
        chosen.selectbox(
            t("importing.field_of", column=header),
            list(words),
            format_func=words.__getitem__,
            key=key,
            on_change=partial(_give, part, header, key),
            label_visibility="collapsed",
        )


def _give(part: Choice, header: str, key: str) -> None:
    uploading.change(part.gives(header, session.recall(key) or None))


def _label(field: Field) -> str:
    words = field.about.words(session.language())
    return f"{words} *" if field.required else words


def _sample(now: Draft, part: Choice, header: str) -> str:
    cells = now.files.column(part.file, [header]).cells.unique(maintain_order=True)
    shown = [
        fmt.escaped(text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…")
        for text in cells.head(_SAMPLES)
    ]
    return " · ".join(shown) or t("importing.no_cells")


def _missing(part: Choice) -> bool:
    """Ask for required fields that no column fills; whether one stays open."""
    is_open = False
    for field in [*choice.missing(part), *_given(part)]:
        words = field.about.words(session.language())
        key = f"importing.in.{part.file}.same.{field.name}"
        options = _options(field)
        is_open |= not part.values.get(field.name, {}).get(SAME)
        st.markdown(f":orange[{t('importing.missing', field=words)}]")
        if field.name == "id":
            continue
        label = t("importing.same", field=words)
        changed = partial(_mean, part, field.name, SAME, key)
        session.keep(key, part.values.get(field.name, {}).get(SAME, _NONE))
        if options:
            names = {_NONE: t("importing.choose_one"), **options}
            st.selectbox(
                label, list(names), format_func=names.__getitem__, key=key, on_change=changed
            )
        else:
            st.text_input(label, key=key, on_change=changed)
    return is_open


def _given(part: Choice) -> Iterator[Field]:
    """Required fields that a person gave one value for all rows: shown, so that it can change."""
    for name, field in choice.declared(str(part.record)).items():
        if field.required and not part.header(name) and part.values.get(name, {}).get(SAME):
            yield field


def _options(field: Field) -> dict[str, str]:
    """What a field may be, where that is a list."""
    language = session.language()
    if field.about.choices:
        return {code: words(language) for code, words in field.about.choices.items()}
    if field.about.refers in ("reps", "stages"):
        names = cache.names(field.about.refers, language)
        return dict(zip(names["id"], names["name"], strict=True))
    return {}


def _mean(part: Choice, field: str, cell: str, key: str) -> None:
    uploading.change(part.means(field, cell, session.recall(key) or None))


def _identity(now: Draft, part: Choice) -> None:
    """Which columns tell the rows apart, where none is an id."""
    if part.header("id") or "id" not in choice.declared(str(part.record)):
        return
    key = f"importing.in.{part.file}.ids"
    session.keep(key, list(part.ids))

    def changed() -> None:
        uploading.change(replace(part, ids=tuple(session.recall(key))))

    st.multiselect(
        t("importing.ids"),
        now.files.headers(part.file),
        key=key,
        on_change=changed,
        help=t("importing.ids_help"),
        placeholder=t("importing.choose_one"),
    )


def _days(now: Draft, part: Choice) -> None:
    """How days are written, where the cells alone do not tell."""
    formats = draft.day_formats(part, now.files)
    if len(formats) < 2:
        return
    key = f"importing.in.{part.file}.days"
    session.keep(key, part.days or formats[0])

    def changed() -> None:
        uploading.change(replace(part, days=session.recall(key)))

    words = {written: _written(written) for written in formats}
    st.segmented_control(
        t("importing.days"),
        formats,
        format_func=words.__getitem__,
        key=key,
        on_change=changed,
        required=True,
    )


def _written(written: str) -> str:
    return (
        written.replace("YYYY", t("importing.year"))
        .replace("YY", t("importing.year"))
        .replace("MM", t("importing.month"))
        .replace("DD", t("importing.day"))
    )


def _meanings(now: Draft, part: Choice) -> None:
    """What the words of a column mean, of fields that take certain words only."""
    for name, header in _worded(part):
        field = choice.declared(str(part.record))[name]
        column = now.files.column(part.file, [header])
        if not column.distinct or len(column.distinct) > FEW:
            continue
        known = dict(draft.meanings(part, field, column))
        unknown = [cell for cell in sorted(column.distinct) if cell not in known]
        if name == "status" and part.header("stage") == header:
            known |= dict.fromkeys(unknown, "open")
            unknown = []
        title = t("importing.meanings", field=_plain(field), column=fmt.escaped(header))
        if unknown:
            title += f" :orange[({t('importing.unknown_words', count=len(unknown))})]"
        with st.expander(title, expanded=bool(unknown)):
            for cell in [*unknown, *known]:
                _meaning(part, field, cell, known.get(cell, _NONE))


def _worded(part: Choice) -> Iterator[tuple[str, str]]:
    """Fields that take certain words, with their column; a deal's status is read off its stage."""
    for name, field in choice.declared(str(part.record)).items():
        if field.about.choices and (header := part.header(name)):
            yield name, header
    if part.record == "deal" and not part.header("status") and (stage := part.header("stage")):
        yield "status", stage


def _meaning(part: Choice, field: Field, cell: str, value: str) -> None:
    options = _options(field)
    names: Mapping[str, str] = {_NONE: t("importing.not_known"), **options}
    key = f"importing.in.{part.file}.mean.{field.name}.{cell}"
    session.keep(key, value)
    left, right = st.columns([1, 1.2], vertical_alignment="center")
    left.markdown(fmt.escaped(cell))
    right.selectbox(
        t("importing.meaning_of", cell=cell),
        list(names),
        format_func=names.__getitem__,
        key=key,
        on_change=partial(_mean, part, field.name, cell, key),
        label_visibility="collapsed",
    )


def _plain(field: Field) -> str:
    return field.about.words(session.language())


def _strangers(now: Draft) -> None:
    """Names that nobody knows: to be added, or refused."""
    found = draft.strangers(now.chosen, now.files, now.known)
    if not found:
        return
    with layout.section(t("importing.strangers"), t("importing.strangers_why")):
        for record, names in found.items():
            words = SECTIONS[record].WORDS(session.language())
            key = f"importing.adds.{record}"
            session.keep(key, record in now.adds)
            st.toggle(
                t("importing.add", record=words, count=fmt.count(len(names))),
                key=key,
                on_change=partial(_add, record, key),
            )
            shown = t("common.sep").join(fmt.escaped(name) for name in names[:_NAMES])
            st.caption(shown + ("…" if len(names) > _NAMES else ""))


def _add(record: str, key: str) -> None:
    now = uploading.current()
    assert now
    adds = now.adds | {record} if session.recall(key) else now.adds - {record}
    uploading.keep(replace(now, adds=adds, trial=None))
