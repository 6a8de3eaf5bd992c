"""The sentence and cards of one customer's page."""

from typing import Any, NamedTuple

import polars as pl
import streamlit as st

from analytics.query import Query
from data.records import CONTACT_ROLES, Contact, Customer, Field, Visit
from pages.ui import cache, codes, fields, filters, layout, listing, menu, picking, session, tables
from pages.ui import format as fmt
from pages.ui.charts import customers as charts
from pages.ui.charts.figure import Look
from pages.ui.screens.figures import card_money
from pages.ui.session import t

ADDRESS = "customer"
SEGMENT_MONTHS = 24
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

Row = dict[str, Any]


class Opened(NamedTuple):
    """The customer whose page is open."""

    id: str
    name: str
    query: Query  # everything about this customer so far
    now: Row  # report `overview`
    care: Row  # report `customer-care`
    score: Row | None  # report `customer-rfm` of the last months, None without an order in them


def opened() -> Opened | None:
    """The customer that the address names, if the store knows it."""
    asked = session.in_address(ADDRESS)
    found = cache.frame("customers").filter(pl.col("customer_id") == (asked or ""))
    if asked is None or found.is_empty():
        return None
    whole = Query(as_of=cache.as_of())
    query = Query(as_of=whole.as_of, customer=(asked,))
    scores = cache.report("customer-rfm", filters.trailing(whole, SEGMENT_MONTHS))
    return Opened(
        id=asked,
        name=found["customer"][0],
        query=query,
        now=cache.report("overview", query).row(0, named=True),
        care=_of(cache.report("customer-care", whole), asked) or {},
        score=_of(scores, asked),
    )


def _of(rows: pl.DataFrame, customer_id: str) -> Row | None:
    found = rows.filter(pl.col("customer_id") == customer_id)
    return None if found.is_empty() else found.row(0, named=True)


def choose() -> None:
    """A search for the customer to open; the empty state where there is none."""
    if cache.frame("customers").is_empty():
        with layout.empty("domain", t("customers.empty"), t("customers.empty_why")):
            st.page_link(menu.address("customers"), label=t("customers.new"), icon=":material/add:")
        return
    if session.in_address(ADDRESS):
        st.warning(t("customer.not_known"))
    with layout.card(t("customer.choose"), t("customer.choose_why"), height="content"):
        chosen, _ = picking.customer("customer.choose", None)
    if chosen:
        session.put_in_address(ADDRESS, chosen)
        st.rerun()


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
            st.page_link(
                menu.address(address),
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


def sentence(known: Opened, look: Look) -> str:
    """The answer: what was won with whom, when they were last seen, whether they slip away."""
    name, won = fmt.escaped(known.name), known.now["won"]
    amount = look.money(known.now["won_amount"])
    key = "customer.answer_won" if won else "customer.answer_no_order"
    parts = [t(key, name=name, count=fmt.count(won), amount=amount), _silence(known.care)]
    return t("overview.semicolon").join(part for part in parts if part) + t("overview.stop")


def _silence(care: Row) -> str:
    if care.get("since_days") is None:
        return t("customer.answer_no_contact")
    words = t("customer.answer_contact", days=fmt.count(care["since_days"]))
    if care["usual_gap_days"] is not None:
        words += t("customer.answer_usual", gap=_gap(care))
    if care["is_at_risk"]:
        return words + t("customer.answer_at_risk")
    return words + (t("customer.answer_dormant") if care["is_dormant"] else "")


def _gap(care: Row) -> str:
    gap = care["usual_gap_days"]
    return fmt.count(gap, 0 if gap.is_integer() else 1)


def badges(known: Opened) -> None:
    """Which kind of customer this is: tracking class and segment."""
    tracking, score = known.care.get("tracking"), known.score
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if tracking:
            st.badge(codes.word(session.language(), "tracking", tracking), color="gray")
        if score is None:
            st.caption(t("customer.no_segment", months=SEGMENT_MONTHS), width="content")
            return
        st.badge(t(f"segment.{score['segment']}"), color="blue")
        why = t(f"customer_analysis.why_{score['segment']}")
        st.caption(t("customer.segment", months=SEGMENT_MONTHS, why=why), width="content")


def wall(known: Opened, look: Look) -> None:
    """Six figures: what was won and left, what is open, how often they buy, when last seen."""
    now = known.now
    costed = {"known": fmt.count(now["won"] - now["unknown_count"]), "all": fmt.count(now["won"])}
    costs = t("rep.profit_fact", **costed) if now["won"] else t("overview.none_won")
    closed = {"closed": fmt.count(now["won"] + now["lost"]), "won": fmt.count(now["won"])}
    with st.grid(6, min_column_width=150, gap="small"):
        _money("won_amount", now, t("customer.orders", count=fmt.count(now["won"])), look)
        _money("gross_profit", now, costs, look)
        layout.kpi(t("columns.margin_rate"), fmt.rate(now["margin_rate"]), fact=costs)
        _open(known, look)
        fact = t("overview.closed_fact", **closed)
        layout.kpi(t("columns.win_rate"), fmt.rate(now["win_rate"]), fact=fact)
        _contact_card(known.care)


def _money(name: str, now: Row, fact: str, look: Look) -> None:
    value, exact = card_money(now[name], look), look.exact(now[name])
    layout.kpi(t(f"columns.{name}"), value, fact=fact, exact=exact)


def _open(known: Opened, look: Look) -> None:
    """What is open; unknown while no open deal has an amount."""
    listed = cache.report("deals", known.query)
    amounts = listed.filter(pl.col("status").cast(pl.String) == "open")["amount"]
    is_unknown = amounts.len() > 0 and not amounts.count()
    now = {"open_amount": None if is_unknown else known.now["open_amount"]}
    key = "customer.open_unknown" if is_unknown else "overview.open_fact"
    _money("open_amount", now, t(key, count=fmt.count(known.now["open"])), look)


def _contact_card(care: Row) -> None:
    fact = t("customer.no_gap")
    if care.get("usual_gap_days") is not None:
        fact = t("customer.gap", gap=_gap(care))
    layout.kpi(t("customer.last_contact"), fmt.count(care.get("since_days")), fact=fact)


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
