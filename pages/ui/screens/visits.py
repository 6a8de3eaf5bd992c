"""Filing visits: one short form, the visits filed lately, the appointments ahead."""

from datetime import UTC, datetime, timedelta
from functools import partial

import polars as pl
import streamlit as st

from data.records import Contact, Visit
from pages.ui import cache, fields, filing, forms, layout, listing, menu, picking, session
from pages.ui import format as fmt
from pages.ui.forms import Sheet, Values
from pages.ui.screens import customers
from pages.ui.session import t

ADDRESS, CUSTOMER = "visit", "with"
_ASKED = ("contact_id", "deal_id", "visited_at", "minutes", "kind", "next_on", "topic", "outcome")
_LISTED = ("visited_at", "customer_id", "kind", "minutes", "outcome")
_RECENT, _AHEAD = 30, 8
_QUARTER = 15  # minutes between the moments the form offers


def no_customers() -> None:
    """The empty state of somebody without customers."""
    with layout.empty("contacts", customers.none(), t("visits.no_customers_why")):
        _add_customer()


def _add_customer() -> None:
    menu.link(
        "customers",
        label=t("visits.add_customer"),
        icon=":material/add:",
        query_params={"customer": "new"},
    )


def new(rep_id: str) -> None:
    """The form of a visit of the rep."""
    key = "visits.new"
    with layout.section(t("visits.new"), t("visits.new_why")):
        customer, place = picking.customer(
            forms.widget(key, "customer_id"), rep_id, value=session.in_address(CUSTOMER)
        )
        narrowed = _narrowed(customer)
        forms.draw(
            Sheet(
                key=key,
                record=Visit,
                names=_ASKED,
                file=partial(filing.add, Visit),
                saved=partial(_saying, "visits.filed"),
                send=t("visits.file"),
                values={"visited_at": _now(), "kind": "visit", **_only(customer, narrowed)},
                given={"rep_id": rep_id, "customer_id": customer},
                leads={"customer_id": place},
                options=narrowed,
                depends=customer or "",
                hints={} if customer else dict.fromkeys(narrowed, t("visits.customer_first")),
            )
        )
        with st.container(horizontal=True, vertical_alignment="center"):
            st.caption(t("visits.missing_customer"), width="content")
            _add_customer()


def edit(visit_id: str) -> None:
    """The form of a visit that was filed before."""
    forms.back(ADDRESS)
    rows = cache.rows(Visit, ids=[visit_id])
    if rows.is_empty():
        forms.gone()
        return
    row = rows.row(0, named=True)
    key = f"visits.{visit_id}"
    with layout.section(t("visits.edit")):
        if not cache.writable(Visit, row):
            forms.told(Visit, row, ("customer_id", "rep_id", *_ASKED))
            return
        customer, place = picking.customer(
            forms.widget(key, "customer_id"), row["rep_id"], value=row["customer_id"]
        )
        sheet = Sheet(
            key=key,
            record=Visit,
            names=_ASKED,
            file=partial(filing.add, Visit),
            saved=partial(_saying, "visits.saved"),
            send=t("forms.save"),
            given={"customer_id": customer},
            leads={"customer_id": place},
            options=_narrowed(customer),
            depends=customer or "",
        )
        forms.edit(sheet, row)


def _narrowed(customer: str | None) -> dict[str, dict[str, str]]:
    """The contacts and deals of one customer, by id; open deals first."""
    of_customer = {"customer_id": customer}
    contacts = cache.rows(Contact, match=of_customer)["id"].to_list() if customer else []
    deals = cache.frame("deals").filter(pl.col("customer_id") == (customer or ""))
    deals = deals.sort(pl.col("status") != "open", "opened_on", descending=[False, True])
    return {
        "contact_id": fields.some("contacts", contacts),
        "deal_id": fields.some("deals", deals["deal_id"].to_list()),
    }


def _only(customer: str | None, narrowed: dict[str, dict[str, str]]) -> Values:
    """What needs no choice: the only contact, the only open deal."""
    is_open = (pl.col("customer_id") == (customer or "")) & (pl.col("status") == "open")
    deals = cache.frame("deals").filter(is_open)["deal_id"].to_list()
    found = {"contact_id": list(narrowed["contact_id"]), "deal_id": deals}
    return {name: ids[0] for name, ids in found.items() if len(ids) == 1}


def _now() -> datetime:
    """The last quarter of an hour, in UTC: a visit is filed after it took place."""
    now = cache.now().replace(second=0, microsecond=0)
    return (now - timedelta(minutes=now.minute % _QUARTER)).astimezone(UTC).replace(tzinfo=None)


def _saying(key: str, values: Values) -> str:
    words = {
        name: fmt.escaped(fields.shown(fields.named(Visit, name), values[name]))
        for name in ("customer_id", "visited_at", "minutes")
    }
    return t(
        key, customer=words["customer_id"], moment=words["visited_at"], minutes=words["minutes"]
    )


def recent(rep_id: str) -> None:
    """The rep's last visits; a ticked row opens it."""
    with layout.card(t("visits.recent"), height="content"):
        own = cache.frame("visits").filter(pl.col("rep_id") == rep_id)
        last = own.sort("visited_on", "visit_id", descending=True).head(_RECENT)
        if last.is_empty():
            st.caption(t("visits.recent_none"))
            return
        rows = cache.rows(Visit, ids=last["visit_id"].to_list())
        rows = rows.sort("visited_at", "id", descending=True)
        chosen = listing.table(Visit, rows, _LISTED, key="visits.rows", count=rows.height)
        if chosen:
            session.put_in_address(ADDRESS, chosen)
            st.rerun()


def appointments(rep_id: str) -> None:
    """The rep's appointments from today on, the next first.

    Those that somebody made who has left since are for whoever owns the customer now.
    """
    with layout.card(t("visits.next"), height="content"):
        ahead = _is_due_to(rep_id) & (pl.col("next_on") >= cache.as_of())
        visits = cache.frame("visits").filter(ahead).sort("next_on", "visit_id").head(_AHEAD)
        if visits.is_empty():
            st.caption(t("visits.next_none"))
        names, language = fields.options("customers"), session.language()
        for day, customer in visits.select("next_on", "customer_id").iter_rows():
            st.text(f"{fmt.short_day(day, language)}  {names.get(customer, fmt.UNKNOWN)}")


def _is_due_to(rep_id: str) -> pl.Expr:
    owned = cache.frame("customers").filter(pl.col("owner_rep_id") == rep_id)["customer_id"]
    left = cache.frame("reps").filter(pl.col("status") == "left")["rep_id"].cast(pl.String)
    is_inherited = pl.col("customer_id").is_in(owned.implode())
    is_inherited &= pl.col("rep_id").cast(pl.String).is_in(left.implode())
    return (pl.col("rep_id") == rep_id) | is_inherited
