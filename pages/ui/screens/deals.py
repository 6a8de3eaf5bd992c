"""Deals: find, add and edit them, move them from stage to stage, win or lose them."""

from datetime import date
from functools import partial

import polars as pl
import streamlit as st

from data.records import Deal, StageEvent
from pages.ui import acting, cache, fields, filing, forms, layout, listing, menu, picking, session
from pages.ui import format as fmt
from pages.ui.colliding import Opened
from pages.ui.forms import Sheet, Values
from pages.ui.session import t

ADDRESS, NEW, CUSTOMER = "deal", "new", "with"
_LISTED = (
    "name", "customer_id", "stage", "amount", "expected_on", "rep_id", "product", "opened_on",
    "closed_on",
)  # fmt: skip
_ASKED = (
    "name", "product", "source", "kind", "amount", "cost", "opened_on", "expected_on", "stage",
)  # fmt: skip
_FACTS = (
    "name", "customer_id", "rep_id", "product", "source", "kind", "amount", "cost", "opened_on",
    "expected_on",
)  # fmt: skip
_MOVE = {  # what a move into a stage of this kind asks
    "open": ("closed_on", "expected_on", "amount"),
    "won": ("amount", "cost", "closed_on"),
    "lost": ("loss_reason", "closed_on"),
}
_NEEDED = {
    "open": {"closed_on"},
    "won": {"amount", "closed_on"},
    "lost": {"loss_reason", "closed_on"},
}
_SHOWN = ("open", "won", "lost", "all")
_SEARCHED = ("deal", "customer", "product")


def pipeline() -> None:
    """All deals with filters and a search; a ticked row opens it."""
    deals = cache.frame("deals")
    if deals.is_empty():
        with layout.empty("request_quote", _none(), t("deals.empty_why")):
            _new_button()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        words = {shown: t(f"deals.{shown}") for shown in _SHOWN}
        status = st.segmented_control(
            t("deals.show"),
            _SHOWN,
            default="open",
            required=True,
            format_func=lambda shown: words[shown],
            key="deals.show",
            label_visibility="collapsed",
        )
        rep = acting.one_or_all("deals.rep")
        asked = listing.search("deals.search", t("deals.search"))
        _new_button()
    found = _found(deals, str(status), rep, asked)
    layout.answer(_answer(found))
    ids = found["deal_id"].head(listing.MOST).to_list()
    rows = cache.rows(Deal, ids=ids)
    rows = pl.DataFrame({"id": ids}, schema={"id": pl.String}).join(
        rows, on="id", maintain_order="left"
    )
    chosen = listing.table(Deal, rows, _LISTED, key=f"deals.rows.{status}", count=found.height)
    if chosen:
        _open(chosen)
        st.rerun()


def _none() -> str:
    """That there are no deals, or none within reach."""
    return t("deals.empty" if cache.department("deals").is_empty() else "deals.empty_reached")


def _found(deals: pl.DataFrame, status: str, rep: str | None, asked: str | None) -> pl.DataFrame:
    """The deals asked for: the most urgent first while open, else the last closed first."""
    customers = cache.frame("customers").select("customer_id", "customer")
    deals = deals.join(customers, on="customer_id", how="left")
    if status != "all":
        deals = deals.filter(pl.col("status") == status)
    if rep:
        deals = deals.filter(pl.col("rep_id") == rep)
    is_open = status == "open"
    by = "expected_on" if is_open else "closed_on"
    deals = deals.sort(by, "deal_id", descending=[not is_open, False], nulls_last=True)
    return listing.searched(deals, asked, _SEARCHED)


def _answer(deals: pl.DataFrame) -> str:
    """How many of the deals found are open, for how much, and how many are overdue."""
    is_open = deals.filter(pl.col("status") == "open")
    if is_open.is_empty():
        return t("deals.answer_closed", count=fmt.count(deals.height))
    amount = cache.look(session.language()).money(int(is_open["amount"].sum()))
    overdue = is_open.filter(pl.col("expected_on") < cache.as_of()).height
    said = t("deals.answer", count=fmt.count(is_open.height), amount=amount)
    return said + (t("deals.answer_overdue", count=fmt.count(overdue)) if overdue else "")


def _new_button() -> None:
    if not cache.rights().may("enter"):
        return
    st.button(
        t("deals.new"),
        key="deals.add",
        icon=":material/add:",
        type="primary",
        on_click=partial(_open, NEW),
    )


def _open(deal_id: str) -> None:
    session.put_in_address(ADDRESS, deal_id)


def new(rep_id: str) -> None:
    """The form of a new deal of the rep."""
    key = "deals.new"
    with layout.section(t("deals.new"), t("deals.new_why")):
        customer, place = picking.customer(
            forms.widget(key, "customer_id"),
            rep_id,
            value=session.in_address(CUSTOMER),
        )
        stages = _stages("open")
        forms.draw(
            Sheet(
                key=key,
                record=Deal,
                names=_ASKED if stages else _ASKED[:-1],
                file=filing.add_deal,
                saved=lambda values: t("deals.added", name=_name(values)),
                send=t("deals.add"),
                values={"opened_on": cache.now().date(), "stage": next(iter(stages), None)},
                given={"rep_id": rep_id, "customer_id": customer},
                leads={"customer_id": place},
                required=frozenset(("customer_id",)),
                options={"stage": stages} if stages else {},
                after=partial(_open, forms.form_id(key)),
                said_at="deals",
            )
        )


def one(deal_id: str) -> None:
    """One deal: how it moves on, its facts, its way so far."""
    rows = cache.rows(Deal, ids=[deal_id])
    if rows.is_empty():
        forms.gone()
        return
    row = rows.row(0, named=True)
    st.header(_name(row), anchor=False)
    forms.said("deals")
    left, right = st.columns([1, 1.15], gap="small")
    with left:
        if "stage" in cache.writable(Deal, row):
            with layout.card(t("deals.move"), t("deals.move_why"), height="content"):
                _move(row)
        with layout.card(t("deals.history"), height="content"):
            _history(row)
    with right, layout.card(t("deals.facts"), height="content"):
        _facts(row)


def _move(row: Values) -> None:
    """The stages as a leading choice, then what the chosen one asks."""
    stages = fields.options("stages")
    if not stages:
        st.caption(t("deals.no_stages"))
        return
    key = f"deals.move.{row['id']}"
    opened = forms.open_on(key, row)  # as it was when the stage was chosen
    if not session.recall(_pills(opened)):
        opened = forms.open_on(key, row, anew=True)
    st.markdown(_standing(row, stages))
    chosen = st.pills(
        t("deals.move_to"),
        [stage for stage in stages if stage != opened.shown["stage"]],
        format_func=lambda stage: fmt.escaped(stages[stage]),
        key=_pills(opened),
    )
    if not chosen:
        return
    kind = _kinds()[chosen]
    today = cache.now().date()
    forms.draw(
        Sheet(
            key=f"{key}.{chosen}",
            record=Deal,
            names=_MOVE[kind],
            file=partial(_file_move, opened, chosen, _MOVE[kind]),
            saved=lambda values: _moved(row, values, kind, stages[chosen]),
            send=t("deals.move_send", stage=fmt.escaped(stages[chosen])),
            values={**opened.shown, "closed_on": today},
            labels={"closed_on": t("deals.moved_on")},
            after=partial(session.forget, f"{key}.form", f"deals.{row['id']}.form"),  # both anew
            required=frozenset(_NEEDED[kind]),
            said_at="deals",
        ),
        opened,
    )


def _pills(opened: Opened) -> str:
    """The key of the choice of a stage; another one for every stage that is left."""
    return f"deals.stage.{opened.shown['id']}.{opened.shown['stage']}"


def _file_move(
    opened: Opened, stage: str, asked: tuple[str, ...], values: Values, form_id: str
) -> object:
    given = {name: values[name] for name in asked if name in values and name != "closed_on"}
    on, seen = values["closed_on"], {name: opened.seen[name] for name in (*given, "stage")}
    assert isinstance(on, date)  # every move requires it
    return filing.move_deal(str(opened.seen["id"]), stage, on, {**given, "seen": seen}, form_id)


def _moved(row: Values, values: Values, kind: str, stage: str) -> str:
    if kind != "won":
        return t("deals.moved", name=_name(row), stage=fmt.escaped(stage))
    amount = fields.shown(fields.named(Deal, "amount"), values["amount"])
    return t("deals.won_said", name=_name(row), amount=amount)


def _standing(row: Values, stages: dict[str, str]) -> str:
    stage = stages.get(str(row["stage"]))
    if stage is None:
        return t("deals.standing_none")
    events = cache.rows(StageEvent, match={"deal_id": row["id"]}).sort("seq")
    since = cache.local(events["entered_at"][-1]) if events.height else None
    day = fmt.day(since.date() if since else None, session.language())
    return t("deals.standing_stage", stage=f"**{fmt.escaped(stage)}**", day=day)


def _facts(row: Values) -> None:
    is_open, is_lost = row["status"] == "open", row["status"] == "lost"
    closing = (() if is_open else ("closed_on",)) + (("loss_reason",) if is_lost else ())
    sheet = Sheet(
        key=f"deals.{row['id']}",
        record=Deal,
        names=(*_FACTS, *closing),
        file=partial(filing.add, Deal),
        saved=lambda values: t("deals.saved", name=_name(values)),
        send=t("forms.save"),
        given={"status": row["status"]},
    )
    forms.edit(sheet, row)


def _history(row: Values) -> None:
    """The stages the deal went through, and its visits."""
    language, stages = session.language(), fields.options("stages")
    events = cache.rows(StageEvent, match={"deal_id": row["id"]}).sort("seq")
    for stage, entered_at in events.select("stage", "entered_at").iter_rows():
        entered = cache.local(entered_at)
        day = fmt.day(entered.date() if entered else None, language)
        st.text(t("deals.history_line", day=day, stage=stages.get(stage, stage)))
    if not cache.reads("visits"):
        return
    visits = cache.frame("visits").filter((pl.col("deal_id") == row["id"]) & pl.col("is_visit"))
    if visits.is_empty():
        st.caption(t("deals.visits_none"))
    else:
        last = fmt.day(visits.sort("visited_on")["visited_on"][-1], language)
        st.caption(t("deals.visits", count=visits.height, day=last))
    menu.link(
        "visits",
        label=t("deals.file_visit"),
        icon=":material/add:",
        query_params={"with": str(row["customer_id"] or "")},
    )


def _stages(kind: str) -> dict[str, str]:
    """Id -> name of the stages of a kind, in the order of the ladder."""
    ladder = cache.frame("stages").filter(pl.col("kind") == kind).sort("position")
    return fields.some("stages", ladder["stage"].cast(pl.String).to_list())


def _kinds() -> dict[str, str]:
    """Id -> open, won or lost of every stage."""
    return dict(cache.frame("stages").select("stage", "kind").iter_rows())


def _name(row: Values) -> str:
    """What a deal is called in a sentence: its name, else its product."""
    return fmt.escaped(str(row.get("name") or row.get("product") or Deal.WORDS(session.language())))
