import ast
from pathlib import Path

import pytest

from data import importing
from data.importing import mapping, template
from data.importing.errors import MappingError, Problem
from data.importing.run import named
from data.records import RECORDS
from pages.ui import i18n
from tests.data.exports import BASE, CUSTOMERS, DEALS

PACKAGE = Path(importing.__file__).parent
FEED = {"file": "a.csv", "columns": {"id": "id", "name": "name"}}


def problems(said: dict[str, object]) -> list[Problem]:
    with pytest.raises(MappingError) as error:
        mapping.parse(said, "test")
    assert error.value.values == {"name": "test", "count": len(error.value.problems)}
    return list(error.value.problems)


def places(said: dict[str, object]) -> list[tuple[str, str]]:
    return [(problem.place, problem.code) for problem in problems(said)]


def with_column(**column: object) -> dict[str, object]:
    return {"customer": {**FEED, "columns": {**FEED["columns"], "region": column}}}


def in_folder(export) -> list[Problem]:
    with pytest.raises(MappingError) as error:
        export.run()
    return list(error.value.problems)


@pytest.mark.parametrize(
    ("said", "place", "code"),
    [
        ({}, "test", "no_records"),
        ({"custmer": FEED}, "custmer", "key_unknown"),
        ({"customer": {**FEED, "colums": {}}}, "customer[1].colums", "key_unknown"),
        ({"customer": [FEED, {"columns": {}}]}, "customer[2]", "file_or_rows"),
        ({"customer": {**FEED, "file": "../a.csv"}}, "customer[1].file", "file_outside"),
        ({"customer": FEED, "settings": {"currency": "yuan"}}, "settings.currency", "key_wrong"),
        (
            {"customer": FEED, "settings": {"is_demo": True}},
            "settings.is_demo",
            "setting_not_by_mapping",
        ),
        ({"customer": {"file": "a.csv"}}, "customer[1].columns", "field_missing"),
        (with_column(), "customer[1].columns.region", "column_needs_one_source"),
        (
            with_column(column="a", value="b"),
            "customer[1].columns.region",
            "column_needs_one_source",
        ),
        (with_column(column="a", extract="("), "customer[1].columns.region", "extract_wrong"),
        (
            with_column(column="a", of_group="sum"),
            "customer[1].columns.region.of_group",
            "no_group_by",
        ),
        (with_column(colum="a"), "customer[1].columns.region.colum", "key_unknown"),
        (
            {"customer": {**FEED, "columns": {**FEED["columns"], "citty": "c"}}},
            "customer[1].columns.citty",
            "field_unknown",
        ),
        (
            {"customer": {**FEED, "columns": {**FEED["columns"], "tracking": {"value": "hot"}}}},
            "customer[1].columns.tracking",
            "not_among_choices",
        ),
        (
            {
                "target": {
                    "file": "a.csv",
                    "columns": {"id": "x", "subject": "s", "month": "m", "amount": "a"},
                }
            },
            "target[1].columns.id",
            "id_is_made",
        ),
        (
            {
                "customer": {
                    **FEED,
                    "columns": {"id": "i", "name": {"column": "n", "if_unknown": "empty"}},
                }
            },
            "customer[1].columns.name.if_unknown",
            "cannot_be_empty",
        ),
    ],
)
def test_what_a_mapping_gets_wrong_is_told_with_its_place(said, place, code):
    assert (place, code) in places(said)


def test_a_condition_on_a_conditional_field_is_refused():
    columns = {
        "id": "id",
        "rep_id": "rep",
        "closed_on": {"column": "day", "when": {"status": "won"}},
        "expected_on": {"column": "day", "when": {"closed_on": ""}},
    }
    said = {"deal": {"file": "deals.csv", "columns": columns}}
    assert ("deal[1].columns.expected_on.when", "when_of_when") in places(said)


def test_what_only_the_product_writes_is_no_field_of_a_mapping():
    columns = {"rep_id": "r", "period_on": "w", "projects": "p"}
    said = {"work_report": {"file": "a.csv", "columns": columns}}
    assert places(said) == [("work_report[1].columns.projects", "field_unknown")]


def test_everything_wrong_is_listed_at_once():
    said = {
        "customer": {
            "file": "a.csv",
            "columns": {"id": "i", "nam": "n", "tracking": {"value": "x"}},
        }
    }
    assert {code for _, code in places(said)} == {
        "field_unknown",
        "field_missing",
        "not_among_choices",
    }


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"[customer\n", "toml_wrong"), ("名 = 1".encode("gb18030"), "toml_wrong")],
)
def test_what_is_no_toml_is_told(export, content, code):
    (export.folder / "test.toml").write_bytes(content)
    assert [problem.code for problem in in_folder(export)] == [code]


def test_an_unknown_mapping_names_those_there_are(export):
    export.mapping = "salesfarce"
    [problem] = in_folder(export)
    assert problem.code == "mapping_not_found"
    assert problem.values == {"known": "yeji, adventureworks, salesforce"}


@pytest.mark.parametrize("name", ["salesforce", "adventureworks", template.NAME])
def test_shipped_mappings_can_be_used(name):
    assert named(name, {}).name == name


def test_a_missing_file_and_a_missing_column_are_told_together(export):
    export.says(BASE, CUSTOMERS, DEALS).has("customers.csv", "id,nmae\nC1,a\n")
    found = {(problem.place, problem.code): problem.values for problem in in_folder(export)}
    assert found["customers.csv", "column_missing"] == {"column": "name", "known": "nmae, id"}
    assert ("deals.csv", "file_missing") in found


def test_a_missing_lookup_file_is_told(export):
    export.says(
        BASE,
        """
        [[customer]]
        file = "customers.csv"
        [customer.columns]
        id = "id"
        name = "name"
        region = { column = "city", lookup = { file = "cities.csv", key = "c", take = "r" } }
        """,
    ).has("customers.csv", "id,name,city\nC1,a,b\n")
    assert [(p.place, p.code) for p in in_folder(export)] == [("cities.csv", "file_missing")]


def test_a_folder_with_none_of_the_files_is_told(export):
    export.mapping = template.NAME
    assert [problem.code for problem in in_folder(export)] == ["no_files"]


def _codes(tree: ast.AST) -> set[str]:
    """Second arguments of problems and faults, first ones of the grammar's own errors."""
    position = {"Problem": 1, "Fault": 1, "PydanticCustomError": 0}
    return {
        node.args[at].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and (at := position.get(getattr(node.func, "id", ""))) is not None
        and len(node.args) > at
        and isinstance(node.args[at], ast.Constant)
    }


def test_every_reason_has_a_sentence_in_both_languages():
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.glob("*.py")]
    codes = set().union(*map(_codes, trees)) | {"unknown_reference", "unknown_reference_emptied"}
    assert len(codes) > 40
    assert sorted(code for code in codes if not i18n.has(f"errors.{code}")) == []


def test_sections_are_named_after_the_records():
    assert list(mapping.SECTIONS.values()) == list(RECORDS.values())
    assert {"deal_line", "stage_event", "work_report"} < set(mapping.SECTIONS)
