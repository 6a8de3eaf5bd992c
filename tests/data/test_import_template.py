import polars as pl
import pytest

from data.importing import template
from data.importing.errors import MappingError, TemplateExistsError
from data.importing.files import HIDDEN, read
from data.importing.grammar import FileOptions
from data.records import RECORDS, Customer, Visit
from tests.data.exports import counted


@pytest.fixture
def filled(export):
    export.mapping = template.NAME
    return export


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_template_imports_as_it_is_in_either_language(filled, language):
    template.write(filled.folder, language)
    result = filled.run()
    assert result.rejects.rows() == []
    assert result.counts.select("record", "new").rows() == [(name, 1) for name in RECORDS]
    assert set(filled.run().counts["unchanged"]) == {1}


def test_both_languages_fill_the_same_rows(filled):
    template.write(filled.folder, "zh")
    filled.run()
    for path in filled.folder.glob("*.csv"):
        path.unlink()
    template.write(filled.folder, "en")
    assert set(filled.run().counts["unchanged"]) == {1}


def test_there_is_one_file_per_record_with_the_words_of_its_fields(tmp_path):
    paths = template.write(tmp_path / "new", "zh")
    assert [path.stem for path in paths] == [record.TABLE for record in RECORDS.values()]
    headers = (
        read(tmp_path / "new" / "visits.csv", FileOptions()).select(pl.exclude(HIDDEN)).columns
    )
    assert headers == [field.about.zh for field in Visit.fields()]
    assert all(path.read_bytes().startswith(b"\xef\xbb\xbf") for path in paths)


def test_header_words_of_one_record_are_distinct():
    for record in RECORDS.values():
        words = [{f.name, f.about.zh, f.about.en} for f in template.asked(record)]
        assert sum(map(len, words)) == len(set().union(*words)), record.__name__


def test_a_filled_file_is_never_overwritten(tmp_path):
    (tmp_path / "visits.csv").write_text("mine")
    with pytest.raises(TemplateExistsError):
        template.write(tmp_path, "zh")
    assert [path.name for path in tmp_path.iterdir()] == ["visits.csv"]


def test_a_spreadsheet_and_some_columns_are_enough(filled):
    pl.DataFrame({"编号": ["C1"], "客户名称": ["恒远"], "客户分类": ["放弃"]}).write_excel(
        filled.folder / "customers.xlsx"
    )
    assert counted(filled.run(), "Customer") == (1, 0, 0, 0)
    assert filled.store.rows(Customer)["tracking"].to_list() == ["abandoned"]


def test_a_column_that_must_be_there_is_asked_for(filled):
    filled.has("customers.csv", "编号,地区\nC1,江苏\n")
    with pytest.raises(MappingError) as error:
        filled.run()
    [problem] = error.value.problems
    assert (problem.place, problem.values["column"]) == (
        "customers.*",
        "name / 客户名称 / Customer name",
    )
