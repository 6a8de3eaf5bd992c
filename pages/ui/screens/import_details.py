"""What a person says of one file beyond its columns: gaps, ids, days, and what words mean."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from data.importing import choice, draft, naming
from data.importing.choice import FEW, SAME, Choice
from data.records import Field
from pages.ui import cache, session, uploading
from pages.ui import format as fmt
from pages.ui.session import t
from pages.ui.uploading import Draft

_NONE = ""  # of a select box: no meaning


def missing(part: Choice) -> bool:
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


def identity(now: Draft, part: Choice) -> None:
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


def days(now: Draft, part: Choice) -> None:
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


def meanings(now: Draft, part: Choice) -> None:
    """What the words of a column mean, of fields that take certain words only."""
    for name, header in _worded(now, part):
        field = choice.declared(str(part.record))[name]
        column = now.files.column(part.file, [header])
        if not column.distinct or len(column.distinct) > FEW:
            continue
        known = _known(now, part, field, header)
        unknown = [cell for cell in sorted(column.distinct) if cell not in known]
        title = t("importing.meanings", field=_plain(field), column=fmt.escaped(header))
        if unknown:
            title += f" :orange[({t('importing.unknown_words', count=len(unknown))})]"
        with st.expander(title, expanded=bool(unknown)):
            for cell in [*unknown, *known]:
                _meaning(part, field, cell, known.get(cell, _NONE))


def _known(now: Draft, part: Choice, field: Field, header: str) -> dict[str, str]:
    """Each cell of a column with what it means, where that is known."""
    column = now.files.column(part.file, [header])
    if field.name == "stage":
        chosen = part.values.get(field.name, {})
        ids = now.known.ids["stage"]
        told = {
            cell: cell if cell in ids else chosen.get(cell) or now.known.named("stage", cell)
            for cell in sorted(column.distinct)
        }
        return {cell: id for cell, id in told.items() if id}
    if field.name == naming.STATUS and part.header("stage") == header:
        return draft.standing(part, now.files, now.known)
    return dict(draft.meanings(part, field, column))


def _worded(now: Draft, part: Choice) -> Iterator[tuple[str, str]]:
    """Fields that take certain words, with their column; a deal's status is read off its stage."""
    for name, field in choice.declared(str(part.record)).items():
        is_stage = name == "stage" and bool(now.known.ids.get("stage"))
        if (field.about.choices or is_stage) and (header := part.header(name)):
            yield name, header
    if part.record == "deal" and not part.header("status") and (stage := part.header("stage")):
        yield "status", stage


def _meaning(part: Choice, field: Field, cell: str, value: str) -> None:
    options = _options(field)
    nothing = "importing.new_stage" if field.name == "stage" else "importing.not_known"
    names: Mapping[str, str] = {_NONE: t(nothing), **options}
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
