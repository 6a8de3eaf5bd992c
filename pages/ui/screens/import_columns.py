"""Step two of an import: what each file is, which field each column fills, what cells mean."""

from dataclasses import replace
from functools import partial

import streamlit as st

from data.importing import choice, naming
from data.importing.choice import Choice
from data.importing.mapping import SECTIONS
from data.records import Field
from pages.ui import format as fmt
from pages.ui import layout, session, uploading
from pages.ui.screens import import_details, import_steps
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
        lacking = import_details.missing(part)
        import_details.identity(now, part)
        import_details.days(now, part)
        import_details.meanings(now, part)
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


def _strangers(now: Draft) -> None:
    """Names that nobody knows: to be added, or refused."""
    found = naming.strangers(now.chosen, now.files, now.known)
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
                disabled=not uploading.may_add(record),
                help=None if uploading.may_add(record) else t("importing.may_not_add"),
            )
            shown = t("common.sep").join(fmt.escaped(name) for name in names[:_NAMES])
            st.caption(shown + ("…" if len(names) > _NAMES else ""))


def _add(record: str, key: str) -> None:
    now = uploading.current()
    assert now
    adds = now.adds | {record} if session.recall(key) else now.adds - {record}
    uploading.keep(replace(now, adds=adds, trial=None))
