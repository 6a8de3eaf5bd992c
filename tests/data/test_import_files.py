import csv
import io
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from xlsxwriter import Workbook

from data.importing.errors import FileError
from data.importing.files import FILE, HIDDEN, LINE, Folder, read
from data.importing.grammar import FileOptions
from tests.data.exports import BASE, CUSTOMERS

FILES = Path(__file__).parent / "files"
TEXT = "id,name\n1,苏州恒远精密\n2,上海新达\n"


def rows(path: Path, **options: object) -> list[dict[str, str | None]]:
    table = read(path, FileOptions(**options))
    return table.select(pl.exclude(HIDDEN)).to_dicts()


def lines(path: Path) -> list[int]:
    return read(path, FileOptions())[LINE].to_list()


@pytest.fixture
def file(tmp_path: Path):
    def write(content: bytes | str, name: str = "a.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"], ids=lambda name: name
)
def test_an_encoding_is_found_out(file, encoding):
    assert rows(file(TEXT.encode(encoding))) == [
        {"id": "1", "name": "苏州恒远精密"},
        {"id": "2", "name": "上海新达"},
    ]


def test_an_encoding_that_is_a_guess_is_told(export):
    export.says(BASE, CUSTOMERS).has("customers.csv", "id,name\nC1,恒远\n".encode("gb18030"))
    notice = export.run().notices.select("file", "line", "value", "code").rows()
    assert notice == [("customers.csv", None, "gb18030", "encoding_guessed")]
    options = '[files."customers.csv"]\nencoding = "gb18030"'
    assert export.says(options, BASE, CUSTOMERS).run().notices.is_empty()
    export.says(BASE, CUSTOMERS).has("customers.csv", "id,name\nC1,恒远\n")
    assert export.run().notices.is_empty()


def test_another_encoding_is_said(file):
    assert rows(file("id\nJosé Ø\n".encode("cp1252")), encoding="cp1252") == [{"id": "José Ø"}]


@pytest.mark.parametrize("mark", [",", ";", "\t", "|"])
def test_a_delimiter_is_found_out(file, mark):
    text = TEXT.replace(",", mark)
    assert rows(file(text))[0] == {"id": "1", "name": "苏州恒远精密"}


def test_delimiters_inside_quoted_headers_do_not_count(file):
    assert rows(file('id;"a, b, c, d"\n1;x\n')) == [{"id": "1", "a, b, c, d": "x"}]


def test_the_sep_line_of_a_spreadsheet_is_obeyed(file):
    path = file("sep=|\r\nid|a,b,c\r\n1|x\r\n")
    assert rows(path) == [{"id": "1", "a,b,c": "x"}]
    assert lines(path) == [3]


def test_line_numbers_count_quoted_line_ends_and_blank_lines(file):
    path = file('id,"na\nme"\r\n1,"a\r\nb"\r\n\r\n2,c\r\n')
    assert rows(path) == [{"id": "1", "na me": "a\r\nb"}, {"id": "2", "na me": "c"}]
    assert lines(path) == [3, 6]


def test_old_line_ends_are_line_ends(file):
    assert rows(file("id,name\r1,a\r2,b\r")) == [
        {"id": "1", "name": "a"},
        {"id": "2", "name": "b"},
    ]


def test_a_quotation_mark_inside_a_cell_is_a_character(file):
    path = file('id,size\n1,12" screen\n2,"a\nb"\n3,c\n')
    assert rows(path) == [
        {"id": "1", "size": '12" screen'},
        {"id": "2", "size": "a\nb"},
        {"id": "3", "size": "c"},
    ]
    assert lines(path) == [2, 3, 5]


@pytest.mark.parametrize("end", ["", " screen"])
def test_inch_marks_on_two_lines_do_not_swallow_what_is_between(file, end):
    path = file(f'id,size\n1,12"{end}\n2,\n3,15"{end}\n')
    assert [row["size"] for row in rows(path)] == [f'12"{end}', None, f'15"{end}']


def test_text_after_a_closing_quotation_mark_is_an_error(file):
    with pytest.raises(FileError) as error:
        rows(file('id,name\n1,"a" b\n2,"c"\n'))
    assert error.value.problem.values == {"line": "2"}


def test_a_quotation_mark_that_is_never_closed_names_its_line(file):
    with pytest.raises(FileError) as error:
        rows(file('id,name\n1,a\n2,"b\n3,c\n'))
    assert error.value.problem.code == "quotes_wrong"
    assert error.value.problem.values == {"line": "3"}


def test_a_header_further_down_is_found_where_the_mapping_says(file):
    path = file("Exported by X\n\nid,name\n1,a\n")
    assert rows(path, header_line=3) == [{"id": "1", "name": "a"}]
    assert read(path, FileOptions(header_line=3))[LINE].to_list() == [4]


def test_repeated_and_nameless_headers_can_be_told_apart(file):
    assert rows(file("ID,ID,\n1,2,3\n")) == [{"ID": "1", "ID#2": "2", "#3": "3"}]


def test_short_rows_end_in_empty_cells(file):
    assert rows(file("a,b,c\n1\n,,3\n")) == [
        {"a": "1", "b": None, "c": None},
        {"a": None, "b": None, "c": "3"},
    ]


@pytest.mark.parametrize(
    ("content", "code"), [(b"", "file_empty"), (b"\xff\xff\x00\xff,\xff", "encoding_wrong")]
)
def test_an_unusable_text_is_one_error(file, content, code):
    with pytest.raises(FileError) as error:
        rows(file(content))
    assert error.value.problem.code == code


def test_a_spreadsheet_gives_days_and_numbers_as_text(tmp_path):
    path = tmp_path / "a.xlsx"
    with Workbook(path) as book:
        sheet = book.add_worksheet("客户")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for column, header in enumerate(("id", "day", "amount", "note")):
            sheet.write(2, column, header)
        sheet.write(3, 0, 1001)
        sheet.write_datetime(3, 1, datetime(2026, 1, 8), day)
        sheet.write(3, 2, 1234.5)
        sheet.write(3, 3, "a\nb")
        sheet.write(5, 0, "1002")
    assert rows(path, header_line=3) == [
        {"id": "1001", "day": "2026-01-08 00:00:00", "amount": "1234.5", "note": "a\nb"},
        {"id": "1002", "day": None, "amount": None, "note": None},
    ]
    assert read(path, FileOptions(header_line=3))[LINE].to_list() == [4, 6]


def test_an_old_spreadsheet_is_read_by_sheet():
    assert rows(FILES / "visits.xls", sheet="拜访") == [
        {
            "编号": "V1",
            "客户": "C1",
            "业务员": "R1",
            "方式": "拜访",
            "拜访时间": "2026-01-08 09:30:00",
            "时长(分钟)": "60",
            "洽谈内容": "第一行\n第二行",
        },
        {
            "编号": "1002",
            "客户": "C1",
            "业务员": "R1",
            "方式": "电话",
            "拜访时间": "2026-01-09 00:00:00",
            "时长(分钟)": "15",
            "洽谈内容": None,
        },
    ]


def test_a_missing_sheet_names_those_there_are():
    with pytest.raises(FileError) as error:
        rows(FILES / "visits.xls", sheet="客户")
    assert error.value.problem.values == {"sheet": "客户", "known": "说明, 拜访"}


def test_a_damaged_spreadsheet_is_one_error(file):
    with pytest.raises(FileError) as error:
        rows(file(b"nonsense", "a.xlsx"))
    assert error.value.problem.code == "file_damaged"


def test_parquet_values_become_the_text_a_file_would_hold(tmp_path):
    path = tmp_path / "a.parquet"
    pl.DataFrame(
        {
            "id": [1.0, None],
            "share": [0.25, 1e-7],
            "day": [date(2026, 1, 8), None],
            "at": pl.Series([datetime(2026, 1, 8, 9, 30), None]).dt.replace_time_zone("UTC"),
            "tags": [["a"], []],
        }
    ).write_parquet(path)
    assert rows(path) == [
        {
            "id": "1",
            "share": "0.25",
            "day": "2026-01-08",
            "at": "2026-01-08 09:30:00.000000+00:00",
        },
        {"id": None, "share": "1e-7", "day": None, "at": None},
    ]


def test_a_pattern_reads_all_parts_and_capitals_do_not_matter(tmp_path):
    for month in ("01", "02"):
        (tmp_path / f"visits-{month}.csv").write_text(f"id\n{month}\n")
    folder = Folder(tmp_path, {})
    assert folder.table("visits-*.csv").select("id", FILE).rows() == [
        ("01", "visits-01.csv"),
        ("02", "visits-02.csv"),
    ]
    assert folder.table("Visits-01.CSV")["id"].to_list() == ["01"]


CELLS = st.text(st.characters(exclude_categories=["Cs", "Cc"]) | st.sampled_from("\n\"',;"))


@given(st.lists(st.tuples(CELLS, CELLS), max_size=6))
def test_what_a_writer_quotes_is_read_back(tmp_path_factory, table):
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([("a", "b"), *table])
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(text.getvalue().encode())
    expected = [{"a": a.strip() or None, "b": b.strip() or None} for a, b in table]
    assert rows(path) == [row for row in expected if any(row.values())]
