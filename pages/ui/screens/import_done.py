"""The last step of an import: what was stored, where it shows, and the way to take it back."""

import streamlit as st

from data.errors import NotSignedInError, YejiError
from data.importing import draft
from data.importing.fitting import documents
from data.importing.result import ImportResult
from pages.ui import bulk, cache, forms, i18n, layout, menu, session, uploading
from pages.ui import format as fmt
from pages.ui.screens import import_check, import_steps, imports
from pages.ui.session import t
from pages.ui.uploading import Draft

_SHOWS = ("customers", "deals", "visits", "overview")  # screens that show what came in
_LONGEST = 60  # characters of a mapping's name


def draw(now: Draft | None) -> None:
    """The import under way, then what it did."""
    assert now and now.final
    import_steps.line("done")
    import_steps.wait(now.final)
    result = import_check.outcome(now.final.result)
    if result is None:
        import_steps.buttons(back="check")
        return
    if not result.stored:
        st.warning(t("importing.not_stored"), icon=":material/warning:")
        import_steps.buttons(back="check")
        return
    layout.answer(t("importing.stored", **import_check.totals(result, "new", "changed")))
    import_check.counts(result)
    if _is_signed_out():
        st.warning(t("importing.signed_out", number=result.number), icon=":material/logout:")
        uploading.forget()
        return
    _stored(result)
    if now.used is None:
        _mapping(now)
    st.button(
        t("importing.another"),
        key="importing.another",
        type="primary",
        icon=":material/upload_file:",
        on_click=uploading.forget,
    )


def _is_signed_out() -> bool:
    """The person went with the demo that the import replaced."""
    try:
        session.current_person()
    except NotSignedInError:
        return True
    return False


def _stored(result: ImportResult) -> None:
    """Where it shows, what was refused, and the way back."""
    with st.container(horizontal=True):
        for screen in _SHOWS:
            if cache.rights().may_open(screen):
                st.page_link(
                    menu.address(screen),
                    label=t(f"nav.{screen}"),
                    icon=":material/arrow_forward:",
                    query_params={"lang": session.language()},
                )
    with st.container(horizontal=True):
        if result.rejects.height:
            import_check.download(result)
        if result.number is not None:
            imports.offer_undo(result.number)


def _mapping(now: Draft) -> None:
    """The mapping that was made: to keep under a name, or as the file the terminal reads."""
    with layout.section(t("importing.save_mapping"), t("importing.save_mapping_why")):
        forms.said("importing.mapping")
        with st.form("importing.save", border=False):
            name = st.text_input(
                t("importing.mapping_name"), key="importing.name", max_chars=_LONGEST
            )
            is_sent = st.form_submit_button(
                t("common.save"), icon=":material/bookmark:", key="importing.save_it"
            )
        if is_sent:
            _save(name.strip(), now)
        st.download_button(
            t("importing.toml"),
            draft.text(now.said),
            "mapping.toml",
            "application/toml",
            key="importing.toml",
            icon=":material/download:",
            on_click="ignore",
        )


def _save(name: str, now: Draft) -> None:
    taken = documents({}).keys() | {"yeji"}
    if not name or name in taken:
        st.error(t("importing.name_needed" if not name else "importing.name_taken"))
        return
    try:
        bulk.save_mapping(name, draft.text(now.said))
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error))
    else:
        forms.say("importing.mapping", t("importing.mapping_saved", name=fmt.escaped(name)))
        st.rerun()
