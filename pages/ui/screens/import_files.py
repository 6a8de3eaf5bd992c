"""Step one of an import: its files."""

import streamlit as st

from data.importing import choice
from data.importing.limits import MOST_BYTES
from data.importing.mapping import SECTIONS
from pages.ui import format as fmt
from pages.ui import import_words, layout, session, uploading
from pages.ui.screens import import_steps
from pages.ui.session import t
from pages.ui.uploading import Draft

_KINDS = ("csv", "txt", "tsv", "xlsx", "xls", "xlsm", "xlsb", "ods", "parquet")
_COUNT = "importing.uploads"  # of uploads taken: a new number is an empty place for files
_PROBLEMS = "importing.problems"


def draw(draft: Draft | None) -> None:
    """Where files are put, and those that are there."""
    import_steps.line("files")
    with layout.section(t("importing.files")):
        _place()
        for problem in session.recall(_PROBLEMS, ()):
            words = import_words.problem_words(problem, session.language())
            st.error(fmt.escaped(words), icon=":material/error:")
        if draft:
            for part in draft.chosen:
                _file(draft, part)
    if draft and draft.chosen:
        import_steps.buttons(onwards="columns")


def _place() -> None:
    """The uploader; its own words are English only, so that they are hidden for ours."""
    st.html(_words_of_uploader())
    number = session.recall(_COUNT, 0)
    most = MOST_BYTES // 2**20
    uploaded = st.file_uploader(
        t("importing.choose", most=most),
        type=list(_KINDS),
        accept_multiple_files=True,
        key=f"importing.upload.{number}",
    )
    if uploaded:
        with st.spinner(t("importing.reading")):
            problems = uploading.add([(file.name, file.getvalue()) for file in uploaded])
        session.keep(_PROBLEMS, tuple(problems))
        session.keep(_COUNT, number + 1)
        st.rerun()


def _words_of_uploader() -> str:
    place = "[data-testid='stFileUploaderDropzone']"
    return (
        f"<style>{place} [data-testid='stFileUploaderDropzoneInstructions'] {{display: none}} "
        f"{place} button > * {{display: none}} "
        f"{place} button::after {{content: '{t('importing.browse')}'}}</style>"
    )


def _file(draft: Draft, part: choice.Choice) -> None:
    """One file: what it seems to be, and the button that takes it out."""
    rows = draft.files.tables[part.file]
    with st.container(horizontal=True, vertical_alignment="center"):
        with st.container(gap=None):
            st.markdown(f"**{fmt.escaped(part.file)}**")
            height = fmt.count(rows.height)
            st.caption(t("importing.file_rows", rows=height, what=_what(draft, part)))
        st.button(
            t("importing.remove"),
            key=f"importing.remove.{part.file}",
            type="tertiary",
            icon=":material/close:",
            on_click=uploading.drop,
            args=(part.file,),
        )


def _what(draft: Draft, part: choice.Choice) -> str:
    if part.record is None:
        return t("importing.not_recognised")
    return t(
        "importing.recognised",
        record=SECTIONS[part.record].WORDS(session.language()),
        used=len(part.fields),
        columns=len(draft.files.headers(part.file)),
    )
