"""Choosing a customer, and the cards of one customer's page."""

import polars as pl
import streamlit as st

from analytics.query import Query
from data.records import CONTACT_ROLES, Contact, Customer, Field, Visit
from pages.ui import cache, fields, layout, listing, menu, picking, session, tables
from pages.ui import format as fmt
from pages.ui.charts import customers as charts
from pages.ui.charts.figure import Look
from pages.ui.screens.customer_figures import ADDRESS, Opened
from pages.ui.session import t

_LARGEST = 12  # customers offered for choice beside the search
_EVENT_COLUMNS = ("happened_on", "event", "said", "deal", "amount", "stage", "rep")
_DEAL_COLUMNS = (
    "deal", "status", "stage", "amount", "gross_profit", "margin_rate", "opened_on", "closed_on",
    "rep",
)  # fmt: skip
_CONTACT_COLUMNS = ("name", "role", "position", "phone", "email", "department")
_CONTACT_WIDTHS = {"name": 84, "role": 124, "position": 84, "phone": 110, "email": 160}
_HEIGHT = 420
_FEW = 11  # rows shown without scrolling
_ROLES_ICON = {True: ":material/check:", False: ":material/person_add:"}


def choose() -> None:
    """A search for the customer to open; the empty state where there is none."""
    if cache.department("customers").is_empty():
        with layout.empty("domain", t("customers.empty"), t("customers.empty_why")):
            menu.link("customers", label=t("customers.new"), icon=":material/add:")
        return
    if session.in_address(ADDRESS):
        st.warning(t("customer.not_known" if cache.sees_all() else "customer.not_reached"))
    with layout.card(t("customer.choose"), t("customer.choose_why"), height="content"):
        chosen, _ = picking.customer("customer.choose", None)
        _largest()
    if chosen:
        session.put_in_address(ADDRESS, chosen)
        st.rerun()


def _largest() -> None:
    """A button for each of the customers who ordered most."""
    care = cache.report("customer-care", Query(as_of=cache.as_of())).head(_LARGEST)
    with st.grid(4, min_column_width=150, gap="small"):
        for customer_id, name in care.select("customer_id", "customer").iter_rows():
            st.button(
                fmt.escaped(name),
                key=f"customer.choose.{customer_id}",
                icon=":material/domain:",
                on_click=session.put_in_address,
                args=(ADDRESS, customer_id),
                width="stretch",
            )


def links(known: Opened) -> None:
    """The ways to the customer's file, to what can be filed, and to another customer."""
    here = {"lang": session.language()}
    ways = (
        ("customers", "edit", t("customer.edit"), {ADDRESS: known.id}),
        ("visits", "add", t("customers.file_visit"), {"with": known.id}),
        ("deals", "add", t("customers.new_deal"), {"with": known.id, "deal": "new"}),
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        for address, icon, words, query in ways:
            menu.link(
                address,
                label=words,
                icon=f":material/{icon}:",
                query_params={**here, **query},
            )
        st.button(
            t("customer.another"),
            key="customer.another",
            icon=":material/search:",
            type="tertiary",
            on_click=_leave,
        )


def _leave() -> None:
    session.put_in_address(ADDRESS, None)
    session.keep("customer.choose", None)


def events(known: Opened, look: Look) -> None:
    """What happened, as a picture and as rows, the latest first."""
    found = cache.report("customer-timeline", known.query)
    read = t("customer.events_read", count=fmt.count(found.height))
    with layout.card(t("customer.events_title"), read, height="content"):
        if found.is_empty():
            st.caption(t("customer.events_none"))
            return
        chart = cache.chart(charts.timeline, look, ("customer-timeline", known.query))
        last = fmt.day(found["happened_on"][0], look.language)
        alt = t("customer.events_alt", count=fmt.count(found.height), last=last)
        layout.show(chart, "customer.events", alt)
        shown = found.head(listing.MOST)
        tables.table(
            _with_words(shown),
            _EVENT_COLUMNS,
            look,
            key="customer.events",
            alt=t("customer.events_title"),
            opens=("deal", "visit", "rep"),
            widths={"event": 122, "deal": 150, "stage": 80, "said": 240, "rep": 72},
            height=_HEIGHT if shown.height > _FEW else "content",
        )
        if found.height > shown.height:
            every = fmt.count(found.height)
            st.caption(t("common.first_rows", shown=fmt.count(shown.height), all=every))
        name = f"timeline-{look.language}"
        tables.downloads(found, look, name=name, key="customer.events", title="Timeline")


def _with_words(shown: pl.DataFrame) -> pl.DataFrame:
    """Events with what was said: topic and outcome of a visit, or a report's note on the deal."""
    stored = cache.rows(Visit, ids=shown["visit_id"].drop_nulls().to_list())
    words = pl.concat_str("topic", "outcome", separator=" → ", ignore_nulls=True)
    told = stored.select(visit_id="id", said=words)
    joined = shown.join(told, on="visit_id", how="left", maintain_order="left")
    return joined.with_columns(said=pl.coalesce("note", "said"))


def deals(known: Opened, look: Look) -> None:
    """Every deal with the customer, the latest first."""
    found = cache.report("deals", known.query)
    read = t("customer.deals_read", count=fmt.count(found.height))
    with layout.card(t("customer.deals_title"), read, height="content"):
        if found.is_empty():
            st.caption(t("customer.deals_none"))
            return
        money = ("gross_profit", "margin_rate")
        tables.table(
            found.head(listing.MOST),
            [name for name in _DEAL_COLUMNS if name not in money or found[name].count()],
            look,
            key="customer.deals",
            alt=t("customer.deals_title"),
            opens=("deal", "rep"),
            height=_HEIGHT if found.height > _FEW else "content",
        )
        name = f"deals-{look.language}"
        tables.downloads(found, look, name=name, key="customer.deals", title="Deals")


def contacts(known: Opened) -> None:
    """The people at the customer, and which of the six buying roles nobody is known for."""
    if not cache.reads("contacts"):
        return
    rows = cache.rows(Contact, match={"customer_id": known.id}).sort("name", "id")
    covered = set(rows["role"].drop_nulls())
    read = t("customer.roles_read", covered=len(covered), all=len(CONTACT_ROLES))
    with layout.card(t("customer.contacts_title"), read, height="content"):
        with st.container(horizontal=True, gap="small"):
            for role, words in CONTACT_ROLES.items():
                is_covered = role in covered
                st.badge(
                    words(session.language()),
                    icon=_ROLES_ICON[is_covered],
                    color="blue" if is_covered else "orange",
                )
        if rows.is_empty():
            st.caption(t("customer.contacts_none"))
            return
        listing.show(Contact, rows, _CONTACT_COLUMNS, widths=_CONTACT_WIDTHS)


def facts(known: Opened) -> None:
    """What the customer's file says, and what it leaves open."""
    row = cache.rows(Customer, ids=[known.id]).row(0, named=True)
    asked = [field for field in Customer.fields() if field.about.in_form and field.name != "name"]
    told = [field for field in asked if row[field.name] is not None]
    missing = [field.about.words(session.language()) for field in asked if field not in told]
    with layout.card(t("customer.facts_title"), height="content"):
        with st.grid(2, min_column_width=130, gap="small"):
            for field in told:
                with st.container(gap="xxsmall"):
                    st.caption(field.about.words(session.language()))
                    st.text(_fact(field, row[field.name]))
        if missing:
            st.caption(t("customer.facts_missing", fields=t("common.sep").join(missing)))


def _fact(field: Field, value: object) -> str:
    offered = field.about.offers
    return offered[value](session.language()) if value in offered else fields.shown(field, value)
