"""The policy table against what the product does: every role, every report and record."""

from datetime import timedelta

import polars as pl
import pytest

from analytics import catalogue, within
from analytics.query import Query
from analytics.schemas import TABLES
from data import permission, policy
from data.people import Person
from data.records import BY_TABLE, RECORDS, ROLES
from data.store import Store
from tests import policy_tables, running


@pytest.fixture(scope="module")
def store(demo_file, tmp_path_factory):
    opened = Store(running.copied(demo_file, tmp_path_factory.mktemp("policy") / "demo.duckdb"))
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def person(store):
    """Somebody of each role: one of the department's, else one who only signs in."""
    reps = store.frame("reps").filter(pl.col("status") == "regular").sort("rep_id")

    def found(role):
        ids = reps.filter(pl.col("role") == role)["rep_id"].to_list()
        return store.person(ids[0]) if ids else Person(role, role, role)

    return {role: found(role) for role in ROLES}


@pytest.fixture(scope="module")
def department(store):
    """Every report about the last year, made once, as everybody's screens take it."""
    tables, made = {}, {}

    def read(table):
        if table not in tables:
            tables[table] = store.frame(table)
        return tables[table]

    def report(name):
        if name not in made:
            query = Query(running.TODAY, running.TODAY - timedelta(days=365))
            made[name] = catalogue.run(name, read, query)
        return made[name]

    return report


def test_every_role_has_its_rights():
    assert policy.ROLES.keys() == ROLES.keys()
    for rights in policy.ROLES.values():
        assert rights.reads <= RECORDS.keys()
        assert {name.split(".")[0] for name in rights.writes | rights.withheld} <= RECORDS.keys()
        assert rights.actions <= policy.ACTIONS.keys()


@pytest.mark.parametrize("role", ROLES)
def test_a_role_reads_the_records_of_the_table_and_no_others(store, person, role):
    scope = permission.scope(person[role])
    whole = policy.rights(role).reach is policy.Reach.ALL
    for name, record in RECORDS.items():
        seen, everything = store.rows(record, scope), store.rows(record)
        if name not in policy.rights(role).reads:
            assert seen.is_empty(), name
            if record.TABLE in TABLES:
                assert store.frame(record.TABLE, scope).is_empty(), name
            assert store.ids(record.TABLE, scope).is_empty(), name
        elif whole or name in ("Rep", "Membership", "Stage"):
            assert seen.height == everything.height, name
        elif everything.height:
            assert 0 < seen.height < everything.height, name


@pytest.mark.parametrize("role", ROLES)
def test_a_report_names_only_what_the_role_sees_and_its_figures_are_everybodys(
    store, person, department, role
):
    scope = permission.scope(person[role])
    seen = {table: store.ids(table, scope) for table in BY_TABLE}
    names = dict(store.frame("customers").select("customer", "customer_id").iter_rows())
    own = {names[name] for name in store.frame("customers", scope)["customer"]}
    for name, report in catalogue.REPORTS.items():
        rows, everything = within.limited(department(name), seen.__getitem__), department(name)
        about = within.subjects(report.schema)
        if not about:
            assert rows.equals(everything), name
            continue
        for column in about:
            assert set(rows[column].drop_nulls()) <= set(seen[within.SUBJECTS[column]]), name
        if "customer" in rows.columns:
            assert {names[customer] for customer in rows["customer"].drop_nulls()} <= own, name
        if scope.is_whole:
            assert rows.equals(everything), name


@pytest.mark.parametrize("page", policy_tables.PAGES)
def test_the_docs_hold_the_table(page):
    text = (policy_tables.ROOT / "docs" / page).read_text(encoding="utf-8")
    assert text == policy_tables.inserted(text, policy_tables.PAGES[page]), (
        "run: python -m tests.policy_tables"
    )


def test_every_action_belongs_to_somebody():
    assert set().union(*(rights.actions for rights in policy.ROLES.values())) == set(policy.ACTIONS)


def test_only_who_may_merge_may_say_that_a_customer_is_another():
    for role, rights in policy.ROLES.items():
        can = rights.may_write("Customer", "merged_into_id")
        assert can == rights.may("merge"), role
