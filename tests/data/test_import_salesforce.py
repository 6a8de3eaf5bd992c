"""The shipped mapping of a Salesforce export: on a small one with its traps, and on a real one."""

import json
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from data import importing
from data.records import Customer, Deal, Rep, StageEvent, Target, Visit
from data.store import Store
from tests.actors import by
from tests.data.exports import PERSON

EXCERPT = {
    "User.csv": """
        UserRole.Name,External_Id__c,Name
        West Sales,U.1,Mark Kelly
        RVP West,U.18,Troy Mcmahon
        """,
    "Manager.csv": "External_Id__c,Manager.External_Id__c\nU.1,U.18\n",
    "Account.csv": """
        External_Id__c,Name,Owner.External_Id__c,Type,Industry,BillingStreet,BillingCity,BillingState,BillingCountry,Ownership,CreatedDate__c
        A.1,CommercePrint,U.18,SMB,Retail,1 Main,Steventon,OH,USA,Private,2016-11-04 00:00:00
        A.2,"Key, Inc",U.1,T100,Media,,,WA,USA,Public,2016-11-05 00:00:00
        """,
    "Contact.csv": """
        Account.External_Id__c,External_Id__c,FirstName,LastName
        A.1,C.1,Suzanne,Brewer
        A.1,C.2,Ann,Lee
        """,
    "Opportunity.csv": """
        External_Id__c,LeadSource,Amount,Account.External_Id__c,Owner.External_Id__c,Name,Type,StageName,CloseDate,DateTimeCreated__c
        O.1,Reseller,6406,A.1,U.1,CommercePrint 35,Add-On,Closed Won,2016-11-28,2016-11-04 00:00:00
        O.2,Other,0,A.2,U.1,Key 1,New,Closed Lost,2017-01-22,2016-10-26 00:00:00
        O.3,Other,9,A.2,U.1,Key 2,New,Negotiation,2017-08-30,2017-05-26 00:00:00
        """,
    "OpportunityLineItem.csv": """
        External_Id__c,Opportunity.External_Id__c,PricebookEntry.External_Id__c
        L.1,O.1,B.1
        L.2,O.2,B.1
        L.3,O.3,B.1
        """,
    "PricebookEntry.csv": "External_Id__c,Product2.External_Id__c\nB.1,P.1\n",
    "Product2.csv": "Name,External_Id__c\nTowing Equioment,P.1\n",
    "OpportunityHistory.csv": """
        External_Id__c,StageName__c,CreatedDate__c,Opportunity.External_Id__c
        H.12,Qualification,2016-11-04 00:00:00,O.1
        H.11,Closed Lost,2016-11-28 00:00:00,O.1
        H.10,Closed Won,2016-11-28 00:00:00,O.1
        """,
    "Event.csv": """
        What.External_Id__c,Owner.External_Id__c,External_Id__c,Subject,DurationInMinutes,ActivityDateTime
        O.1,U.1,E.1,Discovery,34,2016-11-11 00:00:00
        O.3,U.18,E.2,Briefing,0,2017-06-13 00:00:00
        """,
    "Task.csv": """
        What.External_Id__c,Owner.External_Id__c,ActivityDate,External_Id__c,TaskSubtype,CallDurationInSeconds,Subject
        O.1,U.1,2016-11-17,T.1,Call,2450,Follow up
        O.1,U.1,2016-11-18,T.2,Email,830,Send offer
        O.2,U.1,2016-11-19,T.3,Task,290,Ask marketing
        """,
    "Quota.csv": """
        User.External_Id__c,OwnerName__c,StartDate__c,QuotaAmount__c
        U.1,Jeffrey Thomas,2016-01-01,300000
        """,
}


@pytest.fixture
def small(export):
    for name, text in EXCERPT.items():
        export.has(name, text)
    export.has("Manager.csv", "\ufeff" + EXCERPT["Manager.csv"])  # a BOM on this file only
    export.mapping = "salesforce"
    assert export.run().rejects.rows() == []
    return export.store


def test_deals_have_status_days_and_product(small):
    fields = ("status", "closed_on", "expected_on", "opened_on", "product", "amount", "cost")
    assert small.rows(Deal).sort("id").select(fields).rows() == [
        ("won", date(2016, 11, 28), None, date(2016, 11, 4), "Towing Equioment", 6406, None),
        ("lost", date(2017, 1, 22), None, date(2016, 10, 26), "Towing Equioment", 0, None),
        ("open", None, date(2017, 8, 30), date(2017, 5, 26), "Towing Equioment", 9, None),
    ]


def test_history_keeps_the_sources_order_within_a_day(small):
    events = small.rows(StageEvent).sort("seq")["stage"].to_list()
    assert events == ["Qualification", "Closed Lost", "Closed Won"]


def test_activities_carry_deal_customer_and_contact(small):
    fields = ("id", "deal_id", "customer_id", "contact_id", "kind", "minutes")
    assert small.rows(Visit).sort("id").select(fields).rows() == [
        ("E.1", "O.1", "A.1", "C.1", "visit", 34),
        ("E.2", "O.3", "A.2", None, "visit", None),
        ("T.1", "O.1", "A.1", "C.1", "call", 41),
        ("T.2", "O.1", "A.1", "C.1", "email", None),
        ("T.3", "O.2", "A.2", None, "task", None),
    ]


def test_people_have_their_managers_and_quotas_go_by_id(small):
    assert small.rows(Rep).sort("id").select("name", "team", "role", "manager_id").rows() == [
        ("Mark Kelly", "West Sales", "rep", "U.18"),
        ("Troy Mcmahon", "RVP West", "manager", None),
    ]
    assert small.rows(Target).select("subject", "month", "amount").rows() == [
        ("U.1", date(2016, 1, 1), 300000)
    ]


def test_the_archive_keeps_what_the_source_spells(small):
    fields = ("name", "region", "industry", "size_band", "address")
    assert small.rows(Customer).sort("id").select(fields).rows() == [
        ("CommercePrint", "OH", "Retail", "SMB", "1 Main, Steventon, OH, USA"),
        ("Key, Inc", "WA", "Media", "T100", "WA, USA"),
    ]


# ---- the real export


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "salesforce_wave"


@pytest.fixture(scope="module")
def answers(folder: Path) -> dict:
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def wave(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    store = Store(tmp_path_factory.mktemp("salesforce") / "yeji.duckdb")
    result = importing.run("salesforce", folder, store, actor=by(PERSON), as_of=date(2017, 6, 1))
    assert result.stored
    assert result.rejects.rows() == []
    yield store
    store.close()


@pytest.fixture(scope="module")
def deals(wave: Store) -> pl.DataFrame:
    """Deals with the names that the answers are grouped by; amounts in dollars."""
    people = wave.rows(Rep).select(rep_id="id", rep="name", manager_id="manager_id", team="team")
    managers = people.select(manager_id="rep_id", manager="rep")
    customers = wave.rows(Customer).select("industry", "size_band", customer_id="id")
    return (
        wave.rows(Deal)
        .join(people.join(managers, on="manager_id"), on="rep_id")
        .join(customers, on="customer_id")
    )


def totals(deals: pl.DataFrame, by: str) -> dict[str, tuple]:
    def amount(status: str) -> pl.Expr:
        return pl.col("amount").filter(pl.col("status") == status).sum().cast(pl.Float64)

    rows = deals.group_by(by).agg(
        *((pl.col("status") == status).sum().alias(status) for status in ("won", "lost", "open")),
        *(amount(status).alias(f"{status}_amount") for status in ("won", "lost", "open")),
    )
    return {row[0]: row[1:] for row in rows.iter_rows()}


def test_the_real_export_has_every_deal(deals, answers):
    want = answers["overall"]
    assert deals.height == 5197
    found = dict(deals["status"].value_counts().iter_rows())
    assert found == {status: want[status] for status in ("won", "lost", "open")}
    assert found == {"won": 1166, "lost": 3769, "open": 262}
    won = deals.filter(pl.col("status") == "won")["amount"].sum()
    assert won == want["won_amount"] == 81_674_862


@pytest.mark.parametrize(
    ("by", "group"),
    [
        ("rep", "by_rep"),
        ("manager", "by_manager"),
        ("team", "by_team"),
        ("industry", "by_industry"),
        ("size_band", "by_account_type"),
        ("product", "by_product"),
        ("source", "by_lead_source"),
        ("kind", "by_deal_type"),
    ],
)
def test_the_real_export_adds_up_by(deals, answers, by, group):
    fields = ("won", "lost", "open", "won_amount", "lost_amount", "open_amount")
    want = {name: tuple(row[f] for f in fields) for name, row in answers[group].items()}
    assert totals(deals, by) == want


def test_the_real_export_has_its_history_quotas_and_activities(wave, answers):
    assert wave.rows(StageEvent).height == 17502
    entered = wave.rows(StageEvent).group_by("stage").agg(pl.col("deal_id").n_unique())
    assert dict(entered.iter_rows()) == answers["funnel_ever_entered"]
    assert wave.rows(Target).height == 408
    kinds = dict(wave.rows(Visit)["kind"].value_counts().iter_rows())
    assert kinds == {"visit": 7823, "call": 394, "email": 395, "task": 7025}
    visits = wave.rows(Visit, match={"kind": "visit"})
    assert visits.select("deal_id", "customer_id", "contact_id").null_count().row(0) == (0, 0, 0)
    assert visits["minutes"].sum() == answers["activities"]["event_minutes_total"]


def test_the_real_quotas_meet_the_bookings(wave, deals, answers):
    year = pl.col("month").dt.year() == 2016
    quotas = wave.rows(Target).filter(year).group_by(rep_id="subject").agg(quota=pl.sum("amount"))
    won = (pl.col("status") == "won") & (pl.col("closed_on").dt.year() == 2016)
    bookings = deals.filter(won).group_by("rep_id", "rep").agg(bookings=pl.sum("amount"))
    found = bookings.join(quotas, on="rep_id")
    want = answers["quota_attainment"]["FY2016"]
    assert {
        rep: (float(booked), float(quota))
        for rep, booked, quota in found.select("rep", "bookings", "quota").iter_rows()
    } == {rep: (row["bookings"], row["quota"]) for rep, row in want.items() if rep != "(all)"}


def test_days_of_the_real_export_are_those_of_its_files(wave, folder):
    said = pl.read_csv(folder / "Event.csv", infer_schema=False).select(
        visit_id="External_Id__c", day=pl.col("ActivityDate").str.to_date()
    )
    days = wave.frame("visits").select("visit_id", "visited_on")
    assert days.join(said, on="visit_id").filter(pl.col("day") != pl.col("visited_on")).is_empty()
    assert wave.settings().as_of == date(2017, 6, 1)
    assert wave.rows(StageEvent)["entered_at"].max() < datetime(2017, 6, 2)


def test_the_real_export_twice_changes_nothing(wave, folder):
    versions = wave.versions()
    result = importing.run("salesforce", folder, wave, actor=by(PERSON))
    assert result.counts.select(pl.sum("new", "changed", "conflicts")).row(0) == (0, 0, 0)
    assert wave.versions() == versions
