"""The audit log: whether it is whole, its entries by filter and page, and one entry in full."""

from collections.abc import Callable
from itertools import islice

import polars as pl
import streamlit as st
from streamlit.column_config import DatetimeColumn, TextColumn
from streamlit.elements.lib.column_types import ColumnConfig

from data import audit_log
from data.audit_log import Asked, AuditLog
from pages.ui import audit_words, cache, export, filing, i18n, layout, readable, session, tables
from pages.ui import format as fmt
from pages.ui.audit_words import Teller
from pages.ui.readable import Reader
from pages.ui.screens import audit_filters
from pages.ui.session import t

PAGE = 50  # entries at once
MOST_EXPORTED = 100_000
_FEW, _HEIGHT = 10, 420  # entries drawn in full; pixels of more, which scroll
_WIDTHS = {
    "acted_at": 146,
    "actor": 90,
    "action": 132,
    "record": 84,
    "subject": 160,
    "changes": 314,
    "place": 104,
}
_VERDICT = "audit.verdict"


def answer() -> None:
    """How many entries there are, and how many of them the filters ask for."""
    log, asked = cache.audit(), audit_filters.asked()
    count, found = log.count(Asked()), log.count(asked)
    if asked != Asked():
        layout.answer(t("audit.answer_filtered", found=fmt.count(found), count=fmt.count(count)))
        return
    newest = log.page(asked, 1)
    moment = cache.local(newest["happened_at"][0]) if newest.height else None
    words = fmt.moment(moment, session.language())
    layout.answer(t("audit.answer", count=fmt.count(count), moment=words))


# ---- whether it is whole


def state() -> None:
    """The last anchor, the button that verifies, and what it found."""
    with layout.section(t("audit.state"), t("audit.state_why")):
        with st.container(horizontal=True, vertical_alignment="center"):
            is_asked = st.button(
                t("audit.verify"), key="audit.verify", icon=":material/verified_user:"
            )
            st.caption(_anchor(), width="content")
        if is_asked:
            _verify()
        if lines := session.recall(_VERDICT):
            is_whole, (first, *others) = lines
            if is_whole:
                st.success(fmt.escaped(" ".join((first, *others))))
            else:
                items = (f"- {fmt.escaped(line)}" for line in others)
                st.error("\n".join((fmt.escaped(first), "", *items)))


def _anchor() -> str:
    kept = cache.last_anchor()
    if kept is None:
        return t("audit.no_anchor")
    moment = fmt.moment(cache.local(kept.made_at), session.language())
    return t("audit.anchor", seq=fmt.count(kept.seq), moment=moment)


def _verify() -> None:
    steps = session.words("audit", ("step_log", "step_tables"))
    bar = st.progress(0.0, t("audit.verifying"))

    def progress(step: str, done: int, total: int) -> None:
        words = f"{steps[f'step_{step}']} {fmt.count(done)} / {fmt.count(total)}"
        bar.progress(done / max(total, 1), words)

    found = cache.verify(progress)
    bar.empty()
    teller, subjects = cache.teller(session.language()), cache.audit().subjects
    lines = audit_words.verdict(found, teller, subjects)
    session.keep(_VERDICT, (not found.findings, lines))


# ---- the entries


def entries() -> None:
    """The filter row, one page of what it asks for, the ticked entry, and the downloads."""
    log, asked, teller = cache.audit(), audit_filters.asked(), cache.teller(session.language())
    audit_filters.bar(log, teller)
    count = log.count(asked)
    if not count:
        with layout.empty("search_off", t("audit.none"), t("audit.none_why")):
            pass
        return
    page = min(_page(), (count - 1) // PAGE)
    rows = log.page(asked, PAGE, page * PAGE)
    ticked = _table(audit_words.told(rows, teller))
    _turn(page, count)
    if ticked is None:
        st.caption(t("audit.pick"))
    else:
        _entry(rows.row(ticked, named=True), teller)
    _downloads(asked, log, teller)


def _page() -> int:
    text = session.in_address("page") or ""
    return max(int(text) - 1, 0) if text.isdecimal() and len(text) < 10 else 0


def _table(told: pl.DataFrame) -> int | None:
    shown = readable.rows(told, _reader()).select(list(_WIDTHS))
    event = st.dataframe(
        shown,
        hide_index=True,
        height=_HEIGHT if told.height > _FEW else "content",
        column_config={name: _column(name) for name in _WIDTHS},
        key=f"audit.rows-{tables.identity(told.select(id=pl.col('seq')))}",
        on_select="rerun",
        selection_mode="single-row",
        placeholder=fmt.UNKNOWN,
        alt=t("audit.title"),
    )
    ticked = event["selection"]["rows"]
    return ticked[0] if ticked else None


def _column(name: str) -> ColumnConfig:
    label = i18n.column(session.language(), name)
    if name == "acted_at":
        return DatetimeColumn(label, format="YYYY-MM-DD HH:mm:ss", width=_WIDTHS[name])
    return TextColumn(label, width=_WIDTHS[name])


def _turn(page: int, count: int) -> None:
    """Where this page is, and the way to the next ones."""
    if count <= PAGE:
        return
    first, last = page * PAGE + 1, min((page + 1) * PAGE, count)
    numbers = {"first": first, "last": last, "count": count}
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            t("audit.range", **{n: fmt.count(v) for n, v in numbers.items()}), width="content"
        )
        for name, to, is_there in (("newer", page, page > 0), ("older", page + 2, last < count)):
            st.button(
                t(f"audit.{name}"),
                key=f"audit.{name}",
                type="tertiary",
                disabled=not is_there,
                on_click=session.put_in_address,
                args=("page", str(to)),
            )


def _entry(entry: dict[str, object], teller: Teller) -> None:
    """One entry in full, a line per field."""
    told = audit_words.told(pl.DataFrame([entry]), teller).row(0, named=True)
    moment = f"{teller.moment(told['acted_at']):%Y-%m-%d %H:%M:%S}"
    title = t("audit.entry", seq=fmt.count(told["seq"]), moment=moment, who=told["actor"])
    with layout.section(fmt.escaped(title)):
        about = (told["action"], told["record"], told["subject"], told["id"], told["place"])
        st.caption(fmt.escaped(" · ".join(dict.fromkeys(part for part in about if part))))
        lines = list(audit_words.lines(entry, teller))
        st.markdown(
            "\n".join(f"- {fmt.escaped(line)}" for line in lines) or t("audit.nothing_more")
        )
        if told["id"] and told["id"] != session.in_address("id"):
            st.button(
                t("audit.this_record"),
                key="audit.this_record",
                icon=":material/filter_alt:",
                on_click=_only,
                args=(told["id"],),
            )


def _only(id: str) -> None:
    audit_filters.clear()
    session.put_in_address("id", id)


# ---- what is taken away


def _downloads(asked: Asked, log: AuditLog, teller: Teller) -> None:
    """CSV and Excel of what is filtered, made and logged when the browser asks."""
    reader, title = _reader(), t("nav.audit")

    def told(wanted: Asked) -> pl.DataFrame:
        parts = (audit_words.told(part, teller) for part in log.pages(wanted))
        return pl.concat(islice(parts, MOST_EXPORTED // audit_log.PAGE))

    kinds: dict[str, Callable[[Asked], bytes]] = {
        "csv": lambda wanted: export.csv_bytes(told(wanted), reader),
        "xlsx": lambda wanted: export.xlsx_bytes(told(wanted), reader, title),
    }
    st.caption(t("audit.exported", most=fmt.count(MOST_EXPORTED)))
    with st.container(horizontal=True, gap="small"):
        for kind, make in kinds.items():
            _download(kind, asked, log, make)


def _download(kind: str, asked: Asked, log: AuditLog, make: Callable[[Asked], bytes]) -> None:
    filters = {n: [v] for n in audit_filters.NAMES if (v := session.in_address(n))}
    file, actor = f"audit-{session.language()}.{kind}", session.actor()

    def made() -> bytes:
        wanted = log.until_now(asked)
        filing.note_export(actor, file, log.count(wanted), filters, "Audit")
        return make(wanted)

    st.download_button(
        t(f"common.{kind}"),
        made,
        file_name=file,
        mime=tables.XLSX if kind == "xlsx" else "text/csv",
        key=f"audit.{kind}",
        icon=":material/download:" if kind == "csv" else ":material/table_view:",
        on_click="ignore",
    )


def _reader() -> Reader:
    return Reader(session.language(), cache.settings().timezone)
