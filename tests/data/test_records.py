import re
from pathlib import Path

import polars as pl
import pytest

from data import columns, records
from data.changes import blank
from data.records import RECORDS

TYPES = {
    pl.String(): "VARCHAR",
    pl.Int64(): "BIGINT",
    pl.Decimal(18, 4): "DECIMAL(18,4)",
    pl.Date(): "DATE",
    pl.Datetime("us"): "TIMESTAMP",
}
KEPT = {"origin": "VARCHAR", "created_at": "TIMESTAMP", "updated_at": "TIMESTAMP"}
EVERY = {**RECORDS, **{record.__name__: record for record in records.BESIDE.values()}}
each_record = pytest.mark.parametrize("record", EVERY.values(), ids=list(EVERY))


@pytest.fixture
def table_columns(store):
    with store._connection.cursor() as cursor:
        return cursor.execute(
            "SELECT table_name, column_name, data_type, is_nullable FROM duckdb_columns() "
            "WHERE NOT internal ORDER BY column_index"
        ).fetchall()


@each_record
def test_a_table_is_as_its_record_declares(record, table_columns):
    actual = {c: kind for table, c, kind, _ in table_columns if table == record.TABLE}
    declared = {name: TYPES[kind] for name, kind in columns.schema(record).items()}
    assert actual == {**declared, **KEPT}  # later migrations add columns at the end


@each_record
def test_a_table_refuses_empty_cells_where_the_record_does(record, table_columns):
    nullable = {c for table, c, _, empty in table_columns if table == record.TABLE and empty}
    optional = {f.name for f in record.fields() if not f.required and f.default is None}
    assert nullable == optional


@each_record
def test_a_reference_names_a_table_and_a_choice_has_words(record):
    for field in record.fields():
        assert field.about.refers in {None, *records.BY_TABLE}
        assert all(words.zh and words.en for words in field.about.choices.values())
        assert field.default in {None, *field.about.choices} or not field.about.choices


@each_record
def test_references_come_before_their_users(record):
    order = [r.TABLE for r in EVERY.values()]
    for field in record.fields():
        if field.about.refers:
            assert order.index(field.about.refers) <= order.index(record.TABLE)


@each_record
def test_rules_and_keys_name_fields_of_the_record(record):
    names = set(columns.schema(record))
    assert set(record.KEY) <= names
    for rule in record.RULES:
        assert rule.field in names
        assert set(rule.broken.meta.root_names()) <= names


@each_record
def test_the_choices_of_a_checked_column_are_the_declared_ones(record):
    migrations = Path(columns.__file__).parent / "sql" / "migrations"
    text = "".join(file.read_text("utf-8") for file in sorted(migrations.glob("*.sql")))
    table = re.search(rf"CREATE TABLE {record.TABLE} \((.*?)\n\);", text, re.DOTALL)[1]
    fields = {field.name: field for field in record.fields()}
    for name, listed in re.findall(r"CHECK \((\w+) IN \(([^)]*)\)\)", table):
        assert [c.strip("' ") for c in listed.split(",")] == list(fields[name].about.choices)


@each_record
def test_a_record_validates_its_own_example(record):
    examples = {field.name: field.about.example for field in record.fields() if field.about.example}
    ids = {f.name: "x" for f in record.fields() if f.required and f.name not in examples}
    assert record.model_validate({**ids, **examples})


def test_blank_values_are_the_declared_defaults():
    assert blank(records.Rep)["role"] == "rep"
    assert blank(records.Rep)["name"] is None
