"""The department's registers: stages, people and targets, each a list beside its form."""

from collections.abc import Iterator
from datetime import date
from functools import partial

import polars as pl
import streamlit as st
from streamlit.column_config import NumberColumn, TextColumn
from streamlit.elements.lib.column_types import ColumnConfig

from analytics import periods
from data.errors import ChangedMeanwhileError
from data.records import Record, Rep, Stage, Target
from pages.ui import cache, fields, filing, forms, i18n, layout, listing, session
from pages.ui import format as fmt
from pages.ui.colliding import Opened
from pages.ui.forms import Sheet, Values
from pages.ui.session import t

_REP_LISTED = ("name", "team", "role", "status", "manager_id", "hired_on")
_REP_ASKED = ("name", "team", "role", "status", "manager_id", "hired_on", "left_on")
_STAGE_LISTED = ("position", "name_zh", "name_en", "kind")
_STAGE_ASKED = ("name_zh", "name_en", "kind", "position")
_STANDARD = ("lead", "visit", "plan", "quote", "negotiation", "won", "lost")
_WIDTHS = {"name": 104, "role": 92, "status": 72, "team": 104, "manager_id": 96}
_BEFORE, _AHEAD = 12, 18  # months offered for a target


def people() -> None:
    """Everybody of the department."""
    rows = cache.rows(Rep).sort("team", "name", "id", nulls_last=True)
    _register(Rep, rows, _REP_LISTED, _REP_ASKED, heading="reps", name="name")


def stages() -> None:
    """The ladder; an empty one can be filled with the standard stages."""
    rows = cache.rows(Stage).sort("position", "id")
    forms.said("stages")
    if rows.is_empty():
        _offer_standard()
    name = f"name_{session.language()}"
    _register(Stage, rows, _STAGE_LISTED, _STAGE_ASKED, heading="stages", name=name)


def _offer_standard() -> None:
    with layout.empty("stairs", t("department.standard"), t("department.standard_why")):
        st.button(
            t("department.standard"),
            key="stages.standard",
            type="primary",
            icon=":material/stairs:",
            on_click=_fill_standard,
        )


def _fill_standard() -> None:
    rows = [
        {
            "id": stage,
            "name_zh": i18n.text("zh", f"department.stage_{stage}"),
            "name_en": i18n.text("en", f"department.stage_{stage}"),
            "kind": stage if stage in ("won", "lost") else "open",
            "position": position,
        }
        for position, stage in enumerate(_STANDARD, start=1)
    ]
    filing.put(Stage, rows, session.once("stages.standard.form", forms.new_id))
    session.forget("stages.standard.form")
    forms.say("stages", t("department.standard_said"))


def _register(
    record: type[Record],
    rows: pl.DataFrame,
    listed: tuple[str, ...],
    asked: tuple[str, ...],
    *,
    heading: str,
    name: str,
) -> None:
    """A list; beside it the form of the ticked row, or of a new one."""
    key = f"department.{record.TABLE}"
    left, right = st.columns([1.45, 1], gap="small")
    with left, layout.section(t(f"department.{heading}")):
        if rows.is_empty():
            st.caption(t("department.none"))
        chosen = (
            listing.table(
                record, rows, listed, key=f"{key}.rows", count=rows.height, widths=_WIDTHS
            )
            if rows.height
            else None
        )
    row = rows.filter(pl.col("id") == chosen).row(0, named=True) if chosen else None
    title = t("department.edit", name=fmt.escaped(row[name])) if row else t("department.new")
    sheet = Sheet(
        key=f"{key}.{chosen or 'new'}",
        record=record,
        names=asked,
        file=partial(filing.add, record),
        saved=lambda values: t("department.said", name=fmt.escaped(str(values[name]))),
        send=t("forms.save") if row else t("department.add"),
        values={f.name: f.default for f in record.fields() if f.default is not None},
    )
    with right, layout.section(title):
        if row:
            forms.edit(sheet, row)
        else:
            forms.draw(sheet)


def targets() -> None:
    """What is to be won, by rep or team and month, and the form that sets it."""
    subjects = dict(_subjects())
    if not subjects:
        st.caption(t("department.no_subjects"))
        return
    left, right = st.columns([1.45, 1], gap="small")
    with left, layout.section(t("department.targets")):
        _target_rows(subjects)
    with right, layout.section(t("department.new")):
        months = {month.isoformat(): fmt.month(month, session.language()) for month in _months()}
        this = cache.as_of().replace(day=1).isoformat()
        key = "department.targets"
        opened = forms.open_on(key, _amounts())
        forms.draw(
            Sheet(
                key=key,
                record=Target,
                names=("subject", "month", "amount"),
                file=partial(_file_target, opened),
                saved=partial(_target_said, subjects, months),
                send=t("forms.save"),
                values={"month": this},
                given={"subject_kind": "rep"},
                options={"subject": subjects, "month": months},
                labels={"subject": t("department.subject"), "month": t("department.month")},
                required=frozenset(("subject", "month", "amount")),
            ),
            opened,
        )


def _amounts() -> dict[str, object]:
    """Id of every target -> its amount, as the list shows them."""
    return dict(cache.rows(Target).select("id", "amount").iter_rows())


def _subjects() -> Iterator[tuple[str, str]]:
    """rep/R1 or team/华东 -> name, reps first."""
    sellers = cache.frame("reps").filter(pl.col("role") == "rep", pl.col("status") != "left")
    for rep_id, name in fields.some("reps", sellers["rep_id"].cast(pl.String).to_list()).items():
        yield f"rep/{rep_id}", name
    for team in cache.values("reps", "team"):
        yield f"team/{team}", t("department.subject_team", team=team)


def _months() -> list[date]:
    this = cache.as_of().replace(day=1)
    return periods.months(periods.shift(this, -_BEFORE), periods.shift(this, _AHEAD))


def _file_target(opened: Opened, values: Values, form_id: str) -> object:
    """Set the target, or change the one that this subject has for the month.

    `opened.seen` has the amounts that the person saw, by the target's id.
    """
    kind, subject = str(values["subject"]).split("/", 1)
    month = date.fromisoformat(str(values["month"]))
    row = {"subject_kind": kind, "subject": subject, "month": month, "amount": values["amount"]}
    id = f"{kind}/{subject}/{month}"
    opened.theirs.clear()  # they may be of another subject or month
    opened.seen["amount"] = opened.seen.get(id)
    try:
        return filing.put(Target, [row], form_id, {id: {"amount": opened.seen["amount"]}})
    except ChangedMeanwhileError:
        opened.seen |= _amounts()
        raise


def _target_said(subjects: dict[str, str], months: dict[str, str], values: Values) -> str:
    return t(
        "department.target_said",
        who=fmt.escaped(subjects[str(values["subject"])]),
        month=months[str(values["month"])],
        amount=fields.shown(fields.named(Target, "amount"), values["amount"]),
    )


def _target_rows(subjects: dict[str, str]) -> None:
    """One line per subject, one column per month of the fiscal year."""
    year = periods.preset("year", cache.as_of(), cache.settings().fiscal_month)
    rows = cache.frame("targets").filter(
        pl.col("month").is_between(year.since, year.until, closed="left")
    )
    if rows.is_empty():
        st.caption(t("department.none"))
        return
    key = pl.concat_str("subject_kind", pl.lit("/"), "subject", ignore_nulls=True)
    named = rows.with_columns(who=key.replace(subjects), amount=pl.col("amount") / fmt.SCALE)
    months = [m.isoformat() for m in periods.months(*year)]
    wide = named.with_columns(pl.col("month").cast(pl.String)).pivot(
        "month", index=["subject_kind", "who"], values="amount"
    )
    columns = [month for month in months if month in wide.columns]
    wide = wide.sort("subject_kind", "who").select("who", *columns)
    st.dataframe(
        wide,
        hide_index=True,
        height="content" if wide.height <= 16 else 560,
        column_config={"who": TextColumn(t("department.subject")), **_headers(columns)},
        placeholder=fmt.UNKNOWN,
        alt=t("department.targets"),
    )


def _headers(columns: list[str]) -> dict[str, ColumnConfig]:
    language = session.language()
    return {
        month: NumberColumn(
            fmt.month_name(date.fromisoformat(month).month, language), format="%,.0f"
        )
        for month in columns
    }
