"""Handing over a rep's customers and open deals: chosen, shown, done, and taken back."""

from dataclasses import dataclass

import polars as pl
import streamlit as st

from data.errors import YejiError
from data.records import REP_STATUS, Customer, Deal
from pages.ui import acting, cache, fields, filing, forms, i18n, layout, listing, session
from pages.ui import format as fmt
from pages.ui.session import t

_CUSTOMERS, _DEALS = ("name", "region", "tracking"), ("name", "customer_id", "stage", "amount")
_WIDTHS = {"name": 200, "customer_id": 170, "region": 90, "tracking": 100, "stage": 90}
_LAST, _FORM = "hand_over.last", "hand_over.form"


@dataclass(frozen=True)
class Holding:
    """What goes from one rep to another."""

    giver: str
    taker: str | None
    customers: pl.DataFrame
    deals: pl.DataFrame  # open ones


def held() -> pl.DataFrame:
    """The reps within reach who have customers or open deals: how many; who has left first."""
    reps = cache.frame("reps").select(pl.col("rep_id", "rep", "status").cast(pl.String))
    counted = [
        rows.group_by(rep_id=pl.col(owner).cast(pl.String)).agg(pl.len().alias(name))
        for name, owner, rows in (
            ("customers", "owner_rep_id", cache.frame("customers")),
            ("deals", "rep_id", _open_deals()),
        )
    ]
    for counts in counted:
        reps = reps.join(counts, on="rep_id", how="left")
    return (
        reps.filter(pl.col("rep_id").is_in(cache.reached("reps").implode()))
        .with_columns(pl.col("customers", "deals").fill_null(0))
        .filter((pl.col("customers") > 0) | (pl.col("deals") > 0))
        .sort(pl.col("status") != "left", "rep", "rep_id")
    )


def _open_deals() -> pl.DataFrame:
    return cache.frame("deals").filter(pl.col("status") == "open")


def sentence(held: pl.DataFrame) -> str:
    """What people who have left still have."""
    left = held.filter(pl.col("status") == "left")
    counts = {name: fmt.count(int(left[name].sum())) for name in ("customers", "deals")}
    if left.is_empty():
        return t("hand_over.answer_none")
    return t("hand_over.answer", people=left.height, **counts)


def choose(held: pl.DataFrame) -> Holding | None:
    """The choice of who gives what to whom; None while there is nothing to give."""
    with layout.section(t("hand_over.choose"), t("hand_over.why")):
        if held.is_empty():
            st.caption(t("hand_over.nothing"))
            return None
        givers = {row["rep_id"]: _giver(row) for row in held.to_dicts()}
        giver = st.selectbox(
            t("hand_over.giver"),
            list(givers),
            format_func=lambda rep: givers.get(rep, rep),
            key="hand_over.giver",
            filter_mode="contains",
        )
        takers = {rep: name for rep, name in acting.active().items() if rep != giver}
        taker = st.selectbox(
            t("hand_over.taker"),
            list(takers),
            index=None,
            format_func=lambda rep: takers.get(rep, rep),
            key="hand_over.taker",
            placeholder=t("forms.choose"),
            filter_mode="contains",
        )
        return _holding(giver, taker)


def _giver(row: dict[str, str]) -> str:
    counts = t("hand_over.counts", customers=row["customers"], deals=row["deals"])
    left = f" · {REP_STATUS['left'](session.language())}" if row["status"] == "left" else ""
    return f"{row['rep']}{left} · {counts}"


def _holding(giver: str, taker: str | None) -> Holding:
    """All that the giver has, or the customers that are chosen with their deals."""
    customers = cache.frame("customers").filter(pl.col("owner_rep_id") == giver).sort("customer")
    deals = _open_deals().filter(pl.col("rep_id") == giver)
    names = dict(customers.select("customer_id", "customer").iter_rows())
    chosen = st.multiselect(
        t("hand_over.which"),
        list(names),
        format_func=lambda customer: names.get(customer, customer),
        key=f"hand_over.which.{giver}",
        placeholder=t("hand_over.which_all"),
    )
    if chosen:
        inside = pl.col("customer_id").is_in(chosen)
        customers, deals = customers.filter(inside), deals.filter(inside)
    return Holding(giver, taker, customers, deals)


def preview(chosen: Holding) -> None:
    """How much goes, the rows, and the button that does it."""
    with layout.card(t("hand_over.preview"), height="content"):
        counts = {"customers": chosen.customers.height, "deals": chosen.deals.height}
        amount = cache.look(session.language()).money(int(chosen.deals["amount"].sum()))
        st.markdown(fmt.literal(t("hand_over.goes", amount=amount, **counts)))
        if st.button(
            t("hand_over.send"),
            key="hand_over.send",
            type="primary",
            icon=":material/move_up:",
            disabled=chosen.taker is None,
            help=t("hand_over.taker_first") if chosen.taker is None else None,
        ):
            _send(chosen)
        _rows(chosen)


def _rows(chosen: Holding) -> None:
    parts = (
        (Customer, chosen.customers["customer_id"], _CUSTOMERS),
        (Deal, chosen.deals["deal_id"], _DEALS),
    )
    for record, ids, names in parts:
        if ids.len():
            shown = cache.rows(record, ids=ids.head(listing.MOST).to_list()).sort("name", "id")
            listing.show(record, shown, names, widths=_WIDTHS)


def _send(chosen: Holding) -> None:
    assert chosen.taker  # the button is off without
    ids = chosen.customers["customer_id"].to_list(), chosen.deals["deal_id"].to_list()
    if _done(chosen.giver, chosen.taker, *ids):
        session.keep(_LAST, (chosen.giver, chosen.taker, *ids))
        name = fmt.escaped(fields.options("reps")[chosen.taker])
        said = t("hand_over.said", name=name, customers=len(ids[0]), deals=len(ids[1]))
        forms.say("hand_over", said)
        st.rerun()


def _done(giver: str, taker: str, customers: list[str], deals: list[str]) -> bool:
    """Hand over, or say why it cannot be done."""
    try:
        filing.hand_over(giver, taker, customers, deals, session.once(_FORM, forms.new_id))
    except YejiError as error:
        st.error(i18n.sentence(session.language(), error))
        return False
    session.forget(_FORM)
    return True


def last() -> None:
    """What was handed over last in this session, with the way back."""
    forms.said("hand_over")
    done = session.recall(_LAST)
    if done is None:
        return
    giver, taker, customers, deals = done
    if st.button(t("hand_over.undo"), key="hand_over.undo", icon=":material/undo:") and _done(
        taker, giver, customers, deals
    ):
        session.forget(_LAST)
        forms.say("hand_over", t("hand_over.undone"))
        st.rerun()
