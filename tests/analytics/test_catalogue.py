import pytest

from analytics import catalogue
from analytics.query import FILTERS, Query
from analytics.schemas import TABLES, SchemaError


@pytest.fixture
def read(make):
    """Reads the tables of a random department."""
    tables = {name: frame.collect() for name, frame in make.build(*make.random_rows(7)).items()}
    return tables.__getitem__


@pytest.mark.parametrize("name", catalogue.REPORTS)
def test_every_report_keeps_its_schema(make, read, name):
    report = catalogue.REPORTS[name]
    assert set(report.tables) <= TABLES.keys()
    assert catalogue.run(name, read, make.query(since="2026-01-01")).schema == report.schema


@pytest.mark.parametrize("name", catalogue.REPORTS)
def test_every_report_answers_an_empty_department(make, name):
    empty = {table: frame.collect() for table, frame in make.build().items()}
    query = make.query(since="2026-01-01", until="2026-07-01")
    result = catalogue.run(name, empty.__getitem__, query)
    assert result.schema == catalogue.REPORTS[name].schema


@pytest.mark.parametrize("name", catalogue.REPORTS)
def test_every_report_takes_every_filter_at_once(make, read, name):
    query = make.query(**dict.fromkeys(FILTERS, ("", "nowhere")))
    assert catalogue.run(name, read, query).schema == catalogue.REPORTS[name].schema


def test_names_are_unique():
    modules = catalogue._MODULES
    assert sum(len(module.REPORTS) for module in modules) == len(catalogue.REPORTS)


def test_a_table_without_a_column_is_named(make, read):
    def broken(table):
        frame = read(table)
        return frame.drop("closed_on") if table == "deals" else frame

    with pytest.raises(SchemaError, match="closed_on"):
        catalogue.run("win-rate", broken, make.query())


def test_an_unknown_report_is_refused(make, read):
    with pytest.raises(KeyError, match="nothing"):
        catalogue.run("nothing", read, make.query())


def test_a_query_without_filters_asks_about_everyone(make):
    asked = make.query(**dict.fromkeys(FILTERS, ("one",)), by="team")
    assert asked.unfiltered() == make.query(by="team")
    assert {asked, make.query()} == {make.query(), asked}  # hashable: it is a cache key


def test_filters_are_fields_of_a_query():
    assert set(FILTERS) <= set(Query.__dataclass_fields__)
