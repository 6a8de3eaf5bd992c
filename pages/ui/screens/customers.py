"""The customer archive: find, add and edit customers and their contacts."""

from dataclasses import replace
from functools import partial

import polars as pl
import streamlit as st

from data.errors import YejiError
from data.records import VISIT_KINDS, Contact, Customer
from pages.ui import (
    acting,
    alike,
    cache,
    fields,
    filing,
    forms,
    i18n,
    layout,
    listing,
    menu,
    session,
)
from pages.ui import format as fmt
from pages.ui.forms import Sheet, Values
from pages.ui.session import t

ADDRESS, NEW = "customer", "new"
_LISTED = (
    "name", "code", "region", "industry", "size_band", "tracking", "owner_rep_id", "created_on",
)  # fmt: skip
_ESSENTIAL = (
    "name", "code", "region", "industry", "size_band", "tracking", "owner_rep_id", "address",
    "tax_number",
)  # fmt: skip
_SEARCHED = ("name", "code", "tax_number", "region", "industry", "address", "products", "note")
_CONTACT_LISTED = ("name", "role", "position", "phone")
_CONTACT_WIDTHS = {"name": 100, "role": 88, "position": 88, "phone": 104}
_CONTACT_ASKED = (
    "name", "role", "department", "position", "phone", "email", "age", "relations", "background",
    "note",
)  # fmt: skip
_LAST_VISITS = 5


def archive() -> None:
    """All customers with a search; a ticked row opens its file."""
    rows = cache.rows(Customer).sort("name", "id")
    if rows.is_empty():
        with layout.empty("contacts", none(), t("customers.empty_why")):
            _new_button()
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        asked = listing.search("customers.search", t("customers.search"))
        owner = acting.one_or_all("customers.owner")
        _new_button()
    if owner:
        rows = rows.filter(pl.col("owner_rep_id") == owner)
    found = listing.searched(rows, asked, _SEARCHED)
    layout.answer(_answer(found))
    shown = found.head(listing.MOST)
    chosen = listing.table(Customer, shown, _LISTED, key="customers.rows", count=found.height)
    if chosen:
        _open(chosen)
        st.rerun()


def none() -> str:
    """That there are no customers, or none within reach."""
    is_empty = cache.department("customers").is_empty()
    return t("customers.empty" if is_empty else "customers.empty_reached")


def _answer(customers: pl.DataFrame) -> str:
    """How many there are, how many can be tracked, how many nobody looks after."""
    trackable = customers.filter(pl.col("tracking") == "trackable").height
    alone = customers["owner_rep_id"].null_count()
    said = t("customers.answer", count=fmt.count(customers.height), trackable=fmt.count(trackable))
    return said + (t("customers.answer_alone", count=fmt.count(alone)) if alone else "")


def _new_button() -> None:
    st.button(
        t("customers.new"),
        key="customers.add",
        icon=":material/add:",
        type="primary",
        on_click=partial(_open, NEW),
    )


def _open(customer_id: str | None) -> None:
    session.put_in_address(ADDRESS, customer_id)


def new() -> None:
    """The form of a new customer; saved, its file opens so that contacts can follow."""
    forms.back(ADDRESS)
    with layout.section(t("customers.file"), t("customers.file_new_why")):
        key = "customers.new"
        form_id = forms.form_id(key)  # the new customer's id
        forms.draw(
            Sheet(
                key=key,
                record=Customer,
                names=_ESSENTIAL,
                file=partial(filing.add, Customer),
                saved=lambda values: _saying("customers.added", values),
                send=t("customers.add"),
                values={"tracking": "potential", "owner_rep_id": _owner()},
                required=frozenset(("owner_rep_id",) if cache.scope().is_limited else ()),
                given={"created_on": cache.now().date()},
                after=partial(_open, form_id),
                said_at="customers",
                before=partial(alike.demand, key),
            )
        )
        alike.offer(key, ADDRESS)


def _owner() -> str | None:
    """Who looks after a new customer: whoever adds it, where that is theirs to say."""
    own, reps = session.current_person().rep_id, fields.reachable("reps")
    return own if cache.scope().is_limited and own in reps else None


def one(customer_id: str) -> None:
    """One customer's file: facts, contacts, and what happened lately."""
    forms.back(ADDRESS)
    rows = cache.rows(Customer, ids=[customer_id])
    if rows.is_empty():
        forms.gone()
        return
    row = rows.row(0, named=True)
    st.header(fmt.escaped(row["name"]), anchor=False)
    menu.link(
        "customer",
        label=t("customers.whole"),
        icon=":material/arrow_forward:",
        query_params={"lang": session.language(), ADDRESS: customer_id},
    )
    forms.said("customers")
    left, right = st.columns([1.3, 1], gap="small")
    with left, layout.card(t("customers.file"), height="content"):
        _facts(row)
    with right:
        with layout.card(t("customers.contacts"), height="content"):
            _contacts(customer_id)
        with layout.card(t("customers.recent"), height="content"):
            _recent(customer_id)


def _facts(row: Values) -> None:
    rest = (f.name for f in Customer.fields() if f.about.in_form and f.name not in _ESSENTIAL)
    asked = (*_ESSENTIAL, *rest)
    key = f"customers.{row['id']}"
    sheet = Sheet(
        key=key,
        record=Customer,
        names=asked,
        file=partial(filing.add, Customer),
        saved=lambda values: _saying("customers.saved", values),
        send=t("customers.save"),
        before=partial(alike.demand, key, before=row),
    )
    forms.edit(sheet, row)
    alike.offer(key, ADDRESS)


def _saying(key: str, values: Values) -> str:
    return t(key, name=fmt.escaped(str(values["name"])))


def _contacts(customer_id: str) -> None:
    """The customer's contacts; a ticked one is edited below, else a new one is added."""
    rows = cache.rows(Contact, match={"customer_id": customer_id}).sort("name", "id")
    chosen = None
    if rows.is_empty():
        st.caption(t("customers.contacts_none"))
    else:
        key = f"contacts.rows.{customer_id}"
        chosen = listing.table(
            Contact, rows, _CONTACT_LISTED, key=key, count=rows.height, widths=_CONTACT_WIDTHS
        )
    if chosen:
        _contact(rows.filter(pl.col("id") == chosen).row(0, named=True))
    else:
        st.markdown(f"**{t('customers.contact_new')}**")
        key, send = f"contacts.{customer_id}", t("customers.contact_add")
        given = {"customer_id": customer_id}
        forms.draw(replace(_contact_sheet(key), send=send, given=given))


def _contact(row: Values) -> None:
    """The form of one contact; what is hidden is not in it, so that it stays as it is."""
    st.markdown(f"**{_saying('customers.contact_edit', row)}**")
    key, masked = f"contacts.{row['id']}", cache.masked(Contact)
    whole = _contact_sheet(f"{key}.whole")
    shown = _revealed(row, is_open=forms.is_drawn(whole)) if masked else {}
    if shown is None:
        _offer(row)
        asked = tuple(name for name in _CONTACT_ASKED if name not in masked)
        forms.edit(replace(_contact_sheet(key), names=asked), row)
    else:
        forms.edit(whole if shown else _contact_sheet(key), {**row, **shown})


def _contact_sheet(key: str) -> Sheet:
    return Sheet(
        key=key,
        record=Contact,
        names=_CONTACT_ASKED,
        file=partial(filing.add, Contact),
        saved=lambda values: _saying("customers.contact_saved", values),
        send=t("customers.contact_save"),
    )


def _revealed(row: Values, *, is_open: bool) -> Values | None:
    """The hidden fields of the contact, if the person asked and nothing changed since.

    A form that is open with them keeps what was entered: it tells by itself what changed.
    """
    shown: Values | None = session.recall(f"contacts.shown.{row['id']}")
    is_current = shown is not None and shown["updated_at"] == row["updated_at"]
    return shown if is_current or is_open else None


def _offer(row: Values) -> None:
    """Say what is hidden, and the button that shows it."""
    st.caption(t("customers.personal_kept"))
    if st.button(t("customers.personal_show"), key="contacts.show", icon=":material/visibility:"):
        try:
            shown = cache.reveal(Contact, str(row["id"]))
        except YejiError as error:
            st.error(i18n.sentence(session.language(), error))
        else:
            session.keep(f"contacts.shown.{row['id']}", shown)
            st.rerun()


def _recent(customer_id: str) -> None:
    """The last visits and the open deals, with the ways to file more."""
    visits = cache.frame("visits").filter(pl.col("customer_id") == customer_id)
    if visits.is_empty():
        st.caption(t("customers.visits_none"))
    reps, language = fields.options("reps"), session.language()
    newest = visits.sort("visited_on", "visit_id", descending=True).head(_LAST_VISITS)
    for visit in newest.iter_rows(named=True):
        st.text(
            t(
                "customers.visit_line",
                day=fmt.day(visit["visited_on"], language),
                kind=VISIT_KINDS[visit["kind"]](language),
                rep=reps.get(visit["rep_id"], ""),
            )
        )
    is_open = (pl.col("customer_id") == customer_id) & (pl.col("status") == "open")
    deals = cache.frame("deals").filter(is_open)
    st.caption(_open_deals(deals) if deals.height else t("customers.deals_none"))
    with st.container(horizontal=True):
        for address, icon in (("visits", "add"), ("deals", "add")):
            menu.link(
                address,
                label=t("customers.file_visit" if address == "visits" else "customers.new_deal"),
                icon=f":material/{icon}:",
                query_params={"with": customer_id, **({"deal": NEW} if address == "deals" else {})},
            )


def _open_deals(deals: pl.DataFrame) -> str:
    look = cache.look(session.language())
    amount = look.money(int(deals["amount"].sum()))
    return t("customers.deals_open", count=deals.height, amount=amount)
