"""What the page of docs says is true: its mappings can be used, its fields are those there are."""

import re
import tomllib
from pathlib import Path

import pytest

from data.importing import mapping, template
from data.importing.grammar import Column, Feed
from data.records import Deal
from data.store import Store
from tests.data.exports import Export

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "import.md", DOCS / "import.zh-CN.md"]


@pytest.fixture(params=PAGES, ids=lambda path: path.name)
def page(request: pytest.FixtureRequest) -> str:
    return request.param.read_text(encoding="utf-8")


def mappings(page: str) -> list[str]:
    blocks = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    return [block for block in blocks if "[[" in block]


def test_every_mapping_of_the_page_can_be_used(page):
    found = [mapping.parse(tomllib.loads(block), "page") for block in mappings(page)]
    assert [next(iter(said.feeds)) for said in found] == ["Stage", "Deal", "Target", "StageEvent"]


def test_the_page_lists_every_record_and_field(page):
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", page, re.MULTILINE))
    assert rows == {
        section: ", ".join(
            f"**{field.name}**" if field.required else field.name
            for field in template.asked(record)
        )
        for section, record in mapping.SECTIONS.items()
    }


def test_the_page_lists_every_choice(page):
    said = {
        field: words.split("；")[0].split(";")[0]
        for fields, words in re.findall(r"^\| (`\w+\.\w+`.*?) \| (.*) \|$", page, re.MULTILINE)
        for field in re.findall(r"`(\w+\.\w+)`", fields)
    }
    assert said == {
        f"{section}.{field.name}": ", ".join(
            choice for choice in field.about.choices if choice not in ("task", "email")
        )
        for section, record in mapping.SECTIONS.items()
        for field in record.fields()
        if field.about.choices
    }


def test_the_page_names_every_option(page):
    options = {*Column.model_fields, *Feed.model_fields, *mapping.SETTABLE} - {"columns"}
    assert sorted(name for name in options if name not in page) == []


def test_the_first_mapping_works_as_told(export: Export, store: Store):
    [page, _] = [path.read_text(encoding="utf-8") for path in PAGES]
    export.says(mappings(page)[0]).has(
        "deals.csv",
        """
        Record ID,Deal Name,Owner,Deal Stage,Create Date,Close Date,Amount (K)
        1,Line 2,Li,Offer,08/01/2026,2026-05-01,1.5
        2,Line 3,Li,Won,08/01/2026,31/01/2026,-
        3,Line 4,Wu,Won,08/01/2026,31/01/2026,20
        """,
    )
    assert export.run().rejects["code"].to_list() == ["won_needs_amount"]
    assert export.run(skip_bad=True).stored
    assert store.rows(Deal).sort("id").select("id", "status", "amount").rows() == [
        ("1", "open", 1500),
        ("3", "won", 20000),
    ]
