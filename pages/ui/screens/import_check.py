"""Step three of an import: what it would do, what is refused and why, what a person decides."""

from collections.abc import Callable
from dataclasses import replace

import polars as pl
import streamlit as st
from streamlit.column_config import NumberColumn, TextColumn

from data.compare import CHOICES
from data.errors import NotAllowedError, YejiError
from data.importing.errors import ImportRefusedError
from data.importing.result import ImportResult
from data.records import RECORDS, Rep
from pages.ui import cache, fields, i18n, import_words, layout, session, tables, uploading
from pages.ui import format as fmt
from pages.ui.screens import import_deciding, import_duplicates, import_steps
from pages.ui.session import t
from pages.ui.uploading import Draft

_SHOWN = 200  # refused cells on the screen; the download has them all
_COUNTS = ("new", "changed", "unchanged", "refused", "left_out")


def draw(now: Draft | None) -> None:
    """The outcome of a dry run, and the button that imports."""
    assert now
    import_steps.line("check")
    if now.trial is None:
        now = uploading.start_trial(now)
        uploading.keep(now)
    assert now.trial
    import_steps.wait(now.trial)
    result = outcome(now.trial.result)
    if result is None:
        import_steps.buttons(back="columns")
        return
    _answer(result)
    counts(result)
    _rejects(result)
    import_duplicates.draw(result)
    _conflicts(result)
    _first(result)
    is_open = result.rejects.height > 0 and not now.skips_bad
    is_open = is_open or result.duplicates.height > 0
    import_steps.buttons(
        back="columns",
        onwards="done",
        label=t("importing.import"),
        act=_import,
        is_blocked=is_open or not (result.total("new", "changed") or now.duplicates is not None),
    )


def outcome(result: Callable[[], ImportResult]) -> ImportResult | None:
    """What an import did; None, and everything to mend said, where it could not begin."""
    try:
        return result()
    except ImportRefusedError as error:
        for line in import_words.refusal(error, session.language()):
            st.markdown(f":orange[{fmt.escaped(line)}]")
    except NotAllowedError as error:
        record = RECORDS.get(str(error.values.get("record")))
        what = record.WORDS(session.language()) if record else t("importing.the_settings")
        st.error(t("importing.not_allowed", what=what), icon=":material/lock:")
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error), icon=":material/error:")
    return None


def _import() -> None:
    now = uploading.current()
    assert now
    uploading.keep(uploading.start(now))


def _answer(result: ImportResult) -> None:
    """In one sentence what would happen; then what a person must know."""
    key = "importing.answer_refused" if result.rejects.height else "importing.answer"
    layout.answer(t(key, **totals(result, "new", "changed", "refused")))
    if result.replaces_demo:
        st.info(t("importing.replaces_demo"), icon=":material/science:")
        if cache.rows(Rep, ids=[session.current_person().id]).height:
            st.warning(t("importing.you_too"), icon=":material/logout:")
    for name, value in result.settings.items():
        st.info(t("importing.setting", name=t(f"department.{name}"), value=fmt.escaped(str(value))))
    if result.notices.height:
        with st.expander(t("importing.notices", count=fmt.count(result.notices.height))):
            _cells(result.notices, "importing.notices")


def totals(result: ImportResult, *names: str) -> dict[str, str]:
    """These counts of all records together, in bold for a sentence."""
    return {name: f"**{fmt.count(result.total(name))}**" for name in names}


def counts(result: ImportResult) -> None:
    """Each record with how many rows are new, changed, unchanged, refused, left out."""
    language = session.language()
    names = {name: record.WORDS(language) for name, record in RECORDS.items()}
    shown = [name for name in _COUNTS if name != "left_out" or result.counts[name].sum()]
    rows = result.counts.select(pl.col("record").replace(names), *shown)
    heads = {name: NumberColumn(t(f"importing.count_{name}"), format="%,d") for name in shown}
    st.dataframe(
        rows,
        hide_index=True,
        height="content",
        column_config={"record": TextColumn(t("importing.count_record")), **heads},
        placeholder=fmt.UNKNOWN,
        alt=t("importing.counts"),
    )


def _rejects(result: ImportResult) -> None:
    if result.rejects.is_empty():
        return
    title = t("importing.rejects", count=fmt.count(result.rejects.height))
    with layout.section(title, t("importing.rejects_why")):
        _cells(result.rejects, "importing.rejects.table")
        download(result)
        now = uploading.current()
        assert now
        session.keep("importing.skips", now.skips_bad)
        st.toggle(t("importing.skip_bad"), key="importing.skips", on_change=_skip)


def _skip() -> None:
    now = uploading.current()
    assert now
    uploading.keep(replace(now, skips_bad=bool(session.recall("importing.skips"))))


def download(result: ImportResult) -> None:
    """Every refused cell with its reason, as a spreadsheet opens it."""
    st.download_button(
        t("importing.rejects_csv"),
        import_words.rejects_csv(result.rejects, session.language()),
        "rejects.csv",
        "text/csv",
        key="importing.rejects.csv",
        icon=":material/download:",
        on_click="ignore",
    )


def _cells(rejects: pl.DataFrame, key: str) -> None:
    """Cells with file, line, column, value and reason."""
    language = session.language()
    rows = import_words.rejects_table(rejects.head(_SHOWN), language)
    heads = {name: TextColumn(i18n.text(language, f"import.head_{name}")) for name in rows.columns}
    st.dataframe(
        rows,
        hide_index=True,
        height="content" if rows.height <= 10 else 380,
        column_config={**heads, "reason": TextColumn(heads["reason"]["label"], width="large")},
        placeholder=fmt.UNKNOWN,
        key=key,
        alt=t("importing.rejects_alt"),
    )
    if rejects.height > _SHOWN:
        st.caption(t("common.first_rows", shown=_SHOWN, all=fmt.count(rejects.height)))


def _conflicts(result: ImportResult) -> None:
    """Values changed by hand that the files contradict: keep, or take the files'."""
    cells = result.conflicts.with_columns(choice=pl.lit("keep"))
    if cells.is_empty():
        return
    language = session.language()
    shown = cells.with_columns(
        pl.struct("record", "field").map_elements(_field_words, pl.String).alias("field"),
        pl.col("record").replace({n: r.WORDS(language) for n, r in RECORDS.items()}),
    )
    words = {"keep": t("importing.keep"), "take": t("importing.take")}

    def decide(chosen: pl.Series) -> None:
        _decide(cells.with_columns(choice=chosen).select(list(CHOICES)))

    import_deciding.draw(shown, words, "conflict", cells.height, decide)


def _field_words(cell: dict[str, str]) -> str:
    field = fields.named(RECORDS[cell["record"]], cell["field"])
    return field.about.words(session.language())


def _decide(decided: pl.DataFrame) -> None:
    """Try again with what was decided."""
    now = uploading.current()
    assert now
    before = now.conflicts
    known = decided if before is None else pl.concat([before, decided])
    uploading.keep(replace(now, conflicts=known, trial=None))


def _first(result: ImportResult) -> None:
    """Some rows of each record, as they would be stored."""
    language = session.language()
    for name, rows in result.first.items():
        if rows.is_empty():
            continue
        record = RECORDS[name]
        with st.expander(t("importing.first", record=record.WORDS(language))):
            labels = {f.name: TextColumn(f.about.words(language)) for f in record.fields()}
            st.dataframe(
                rows.select(n for n in rows.columns if rows[n].null_count() < rows.height),
                hide_index=True,
                column_config=labels,
                placeholder=fmt.UNKNOWN,
                key=f"importing.first.{name}-{tables.identity(rows)}",
                alt=t("importing.first", record=record.WORDS(language)),
            )
