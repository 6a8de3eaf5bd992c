"""Whatever stands in the cells of an import is stored, or refused by file, line and reason."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import importing
from data.actor import MACHINE
from data.importing import template
from data.importing.errors import ImportRefusedError
from data.records import RECORDS
from data.store import Store
from pages.ui import i18n, import_words
from tests.hostile import crafted


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    opened = Store(tmp_path_factory.mktemp("cells") / "yeji.duckdb")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A filled template, of which a case replaces one file."""
    folder = tmp_path_factory.mktemp("sheets")
    template.write(folder, "en")
    return folder


@st.composite
def sheets(draw):
    """A file of the template with rows of any texts."""
    record = draw(st.sampled_from(list(RECORDS.values())))
    names = [field.name for field in record.fields() if field.about.in_import]
    example = {field.name: field.about.example for field in record.fields()}
    cells = [st.one_of(st.just(example[name]), crafted.texts) for name in names]
    rows = draw(st.lists(st.tuples(*cells), min_size=1, max_size=3))
    text = io.StringIO()
    csv.writer(text).writerows([names, *rows])
    return record.TABLE, text.getvalue().encode()


@settings(max_examples=settings().max_examples // 2)
@given(sheets(), st.booleans())
def test_any_cells_are_stored_or_refused(store, folder, sheet, skip_bad):
    table, written = sheet
    for path in folder.glob("*.csv"):
        path.write_bytes(written if path.stem == table else b"")
    (folder / f"{table}.csv").write_bytes(written)
    try:
        result = importing.run(template.NAME, folder, store, actor=MACHINE, skip_bad=skip_bad)
    except ImportRefusedError as error:
        assert error.problems
        return
    for language in i18n.LANGUAGES:
        assert import_words.summary(result, language)
        assert len(import_words.problems(result.rejects, language)) >= result.rejects.height > -1
        import_words.rejects_csv(result.rejects, language)


def test_the_store_is_whole_after_all_of_it(store):
    assert store.verify().findings == ()
