"""What columns are recognised, measured on the headers of six systems, and made a mapping."""

import tomllib
from pathlib import Path

import polars as pl
import pytest

from data import importing
from data.importing import choice, draft, files, mapping, naming, recognise
from data.importing.evidence import Column
from data.importing.grammar import FileOptions
from tests.actors import by
from tests.data.exports import counted

ANSWERS = Path(__file__).parent / "files" / "crm_headers.toml"
FIGURES = {  # system -> counterparts found, columns given a field that is not theirs; at most
    "espocrm": (35, 0),
    "frappe": (26, 1),
    "hubspot": (14, 0),
    "pipedrive": (26, 0),
    "salesforce": (48, 0),
    "zoho": (35, 1),
}
NOTHING = naming.Known({}, {})


def tables(folder):
    return {path.name: files.read(path, FileOptions()) for path in sorted(folder.glob("*.csv"))}


def table(**columns):
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.String))


def one(file="file.csv", **columns):
    """What the columns of one file are."""
    [sheet] = recognise.recognise({file: table(**columns)})
    return sheet


def headers(file, *names):
    return one(file, **{name: [] for name in names})


def fields(sheet):
    return {guess.header: guess.field for guess in sheet.guesses if guess.field}


def column(*cells):
    return Column("x", pl.Series(cells, dtype=pl.String))


# ---- six systems


@pytest.fixture(scope="module")
def exports(shared_data):
    """The header files by system, and what each of their columns is."""
    found = tables(shared_data / "crm_export_headers")
    known = tomllib.loads(ANSWERS.read_text(encoding="utf-8"))
    assert {f"{name}.csv" for name in known} == set(found)
    for name, answer in known.items():
        assert set(answer.get("columns", {})) <= set(found[f"{name}.csv"].columns), name
    return {
        system: {file: (rows, known[file[:-4]]) for file, rows in found.items() if system in file}
        for system in FIGURES
    }


@pytest.mark.parametrize("system", FIGURES)
def test_columns_of_six_systems_are_recognised(exports, system):
    right, wrong = _right_and_wrong(exports[system], keep_names=True)
    known = sum(len(answer.get("columns", {})) for _, answer in exports[system].values())
    assert (right, known) == (FIGURES[system][0],) * 2
    assert wrong <= FIGURES[system][1]


def test_columns_are_recognised_without_the_names_of_the_files(exports):
    found = [_right_and_wrong(export, keep_names=False) for export in exports.values()]
    right, wrong = map(sum, zip(*found, strict=True))
    assert right == sum(figure for figure, _ in FIGURES.values())
    assert right / (right + wrong) >= 0.95


def _right_and_wrong(export, *, keep_names):
    """Columns given their field in the right record, columns given another one."""
    named = {f if keep_names else f"{n}.csv": part for n, (f, part) in enumerate(export.items())}
    sheets = recognise.recognise({file: rows for file, (rows, _) in named.items()})
    right = wrong = 0
    for sheet in sheets:
        answer = named[sheet.file][1]
        is_ours = sheet.record == answer.get("record")
        for header, field in fields(sheet).items():
            is_right = is_ours and answer["columns"].get(header) == field
            right, wrong = right + is_right, wrong + (not is_right)
    return right, wrong


def test_a_whole_export_is_imported_by_what_was_recognised(store, tmp_path, shared_data):
    folder = shared_data / "salesforce_wave"
    found = tables(folder)
    parts = choice.Files(found)
    chosen = [choice.of_sheet(sheet, found[sheet.file]) for sheet in recognise.recognise(found)]
    adds = naming.strangers(chosen, parts, NOTHING)
    said = draft.mapping(chosen, parts, NOTHING, adds)
    result = run(store, said, folder, tmp_path)
    assert result.rejects.is_empty()
    assert counted(result, "Deal") == (5197, 0, 0, 0)
    assert counted(result, "Visit") == (15637, 0, 0, 0)
    assert counted(result, "StageEvent") == (17502, 0, 0, 0)


def run(store, said, folder, tmp_path, **options):
    """Import a folder by a document, through its file as the command line does."""
    path = tmp_path / "made.toml"
    path.write_text(draft.text(said), encoding="utf-8")
    return importing.run(path, folder, store, actor=by("assistant"), **options)


# ---- by name


@pytest.mark.parametrize(
    ("file", "names", "record", "found"),
    [
        (
            "客户导入.xlsx",
            ["客户名称", "统一社会信用代码", "所属行业", "省份", "客户经理", "公司地址", "录入人"],
            "customer",
            ["name", "tax_number", "industry", "region", "owner_rep_id", "address", None],
        ),
        (
            "export.csv",
            ["商机名称", "客户", "负责人", "销售阶段", "预计签单日期", "销售金额", "丢单原因"],
            "deal",
            ["name", "customer_id", "rep_id", "stage", "expected_on", "amount", "loss_reason"],
        ),
        (
            "跟进记录.csv",
            ["跟进时间", "所属客户", "跟进人", "跟进方式", "跟进内容", "下次跟进时间"],
            "visit",
            ["visited_at", "customer_id", "rep_id", "kind", "topic", "next_on"],
        ),
        (
            "contacts.csv",
            ["Full Name", "Company", "Job Title", "Mobile Phone", "E-mail Address", "Fax"],
            "contact",
            ["name", "customer_id", "position", "phone", "email", None],
        ),
        ("目标.csv", ["姓名", "月份", "销售目标"], "target", ["subject", "month", "amount"]),
        ("员工.csv", ["工号", "姓名", "部门", "岗位"], "rep", ["id", "name", "team", "role"]),
    ],
)
def test_columns_are_known_by_their_words(file, names, record, found):
    sheet = headers(file, *names)
    assert sheet.record == record
    assert [guess.field for guess in sheet.guesses] == found


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("Estimated Closing Date", "expected_on"),
        ("DATE_CREATED", "opened_on"),
        ("Responsible", "rep_id"),
        ("Opportunity Onwer", "rep_id"),
        ("　商机金额（元）", "amount"),
        ("Contact", None),
    ],
)
def test_a_header_is_known_in_other_words(header, field):
    sheet = headers("deals.csv", "Deal Name", "Deal Stage", header)
    assert sheet.record == "deal"
    assert sheet.field(header) == field


@pytest.mark.parametrize("file", ["leads.csv", "销售线索.xlsx", "Quotes 2026.csv"])
def test_what_is_no_record_here_is_left_out(file):
    assert headers(file, "Last Name", "Company", "Email", "Mobile").record is None


def test_a_file_of_which_nothing_is_known_is_left_out():
    assert one(a=["1"], b=["x"]).record is None


def test_declared_words_are_known_in_both_languages():
    for record, declaration in mapping.SECTIONS.items():
        for language in ("zh", "en"):
            asked = choice.declared(record).values()
            names = [field.about.words(language) for field in asked]
            found = recognise.as_record("x.csv", table(**{n: [] for n in names}), record)
            assert [guess.field for guess in found.guesses] == [f.name for f in asked], declaration


# ---- by content


def test_columns_without_words_are_known_by_what_they_hold():
    sheet = one(
        "people.csv",
        姓名=["王建国", "李明"],
        客户名称=["恒远", "博瑞"],
        a=["wang@hy.cn", "li@br.cn"],
        b=["138 1234 5678", "0512-6688 1234"],
        c=["决策人", "技术"],
    )
    assert sheet.record == "contact"
    assert [sheet.field(h) for h in "abc"] == ["email", "phone", "role"]
    assert {g.by for g in sheet.guesses} == {"name", "content"}


def test_ids_of_another_file_tell_a_reference():
    customers = table(客户编号=["K1", "K2"], 客户名称=["恒远", "博瑞"])
    deals = table(商机编号=["D1", "D2", "D3"], 商机名称=list("abc"), ref=["K1", "K2", "K2"])
    sheets = recognise.recognise({"客户.csv": customers, "商机.csv": deals})
    assert [sheet.record for sheet in sheets] == ["customer", "deal"]
    assert sheets[1].field("ref") == "customer_id"


def test_a_column_that_cannot_hold_what_its_header_says_is_not_taken_for_it():
    sheet = one("deals.csv", 商机名称=["a", "b"], 负责人=["x", "y"], 成交日期=["是", "否"])
    assert sheet.field("成交日期") is None


def test_a_status_with_the_words_of_a_pipeline_is_the_stage():
    names = {"Deal Name": ["a", "b"], "Deal Owner": ["x", "y"]}
    assert one("deals.csv", **names, Status=["Won", "Open"]).field("Status") == "status"
    assert one("deals.csv", **names, Status=["Won", "Demo"]).field("Status") == "stage"


@pytest.mark.parametrize(
    ("cells", "formats"),
    [
        (["2026-01-08", "2026/1/9 10:00", "2026年1月10日"], [""]),
        (["08/01/2026", "31/12/2026"], ["DD/MM/YYYY"]),
        (["01/02/2026"], ["DD/MM/YYYY", "MM/DD/YYYY"]),
        (["Jan 8, 2026", "Dec 24, 2026"], ["MMM D, YYYY"]),
        (["20260108"], ["YYYYMMDD"]),
        (["恒远 2026"], []),
        (["12.5"], []),
    ],
)
def test_how_days_are_written_is_read_from_the_cells(cells, formats):
    assert column(*cells).day_formats == formats


def test_marks_of_numbers_are_read_from_the_cells():
    assert column("1.234,50", "12,00").marks == (",", ".")
    assert column("1,234.50", "12").marks is None
    assert not column("a", "b").is_number


# ---- the mapping that is made


class Sheets:
    """Files and what was recognised of them, to be changed and imported."""

    def __init__(self, tmp_path, **texts):
        self.folder = tmp_path / "upload"
        self.folder.mkdir()
        for name, text in texts.items():
            (self.folder / f"{name}.csv").write_text(text, encoding="utf-8")
        found = tables(self.folder)
        self.files = choice.Files(found)
        self.chosen = [
            choice.of_sheet(sheet, found[sheet.file]) for sheet in recognise.recognise(found)
        ]

    def said(self, known=NOTHING, adds=()):
        return draft.mapping(self.chosen, self.files, known, adds)

    def run(self, store, tmp_path, known=NOTHING, adds=(), **options):
        return run(store, self.said(known, adds), self.folder, tmp_path, **options)


DEALS = """\
Deal Name,Deal Stage,Amount,Close Date,Create Date,Deal owner,Company
Second line,Closed Won,"1.200,50",03/25/2026,01/08/2026,Li,Hengyuan
Spare parts,Closed Lost,"500,00",04/13/2026,02/03/2026,Wu,Borui
New plant,Appointment,"7.000,00",12/30/2026,03/02/2026,Li,Hengyuan
"""


def test_deals_of_one_sheet_with_names_are_imported(store, tmp_path):
    sheets = Sheets(tmp_path, deals=DEALS)
    strangers = naming.strangers(sheets.chosen, sheets.files, NOTHING)
    assert strangers == {
        "customer": ["Hengyuan", "Borui"],
        "rep": ["Li", "Wu"],
        "stage": ["Closed Won", "Closed Lost", "Appointment"],
    }
    result = sheets.run(store, tmp_path, adds=strangers)
    assert result.rejects.is_empty()
    deals = store.frame("deals").sort("amount")
    shown = deals.select(pl.col("status").cast(pl.String), "closed_on", "expected_on", "amount")
    assert [
        (status, str(closed), str(expected)) for status, closed, expected, _ in shown.rows()
    ] == [
        ("lost", "2026-04-13", "None"),
        ("won", "2026-03-25", "None"),
        ("open", "None", "2026-12-30"),
    ]
    assert deals["amount"].to_list() == [5_000_000, 12_005_000, 70_000_000]


def test_names_become_the_ids_that_the_store_has(store, tmp_path):
    sheets = Sheets(tmp_path, deals=DEALS)
    known = naming.Known(
        {"rep": frozenset({"R1"})}, {"rep": {"Li": "R1"}, "stage": {"Appointment": "s1"}}
    )
    [feed] = sheets.said(known)["deal"]
    assert feed["columns"]["rep_id"] == {"column": "Deal owner", "replace": {"Li": "R1"}}
    assert feed["columns"]["stage"]["replace"] == {"Appointment": "s1"}
    assert naming.strangers(sheets.chosen, sheets.files, known)["rep"] == ["Wu"]


def test_rows_without_ids_are_the_stored_ones_of_their_name(tmp_path):
    sheets = Sheets(tmp_path, customers="Customer Name,Industry\nHengyuan,x\nBorui,y\n")
    known = naming.Known({"customer": frozenset({"C1"})}, {"customer": {"Borui": "C1"}})
    [feed] = sheets.said(known)["customer"]
    assert feed["columns"]["id"] == {"column": "Customer Name", "replace": {"Borui": "C1"}}


def test_closed_won_is_the_department_s_stage_of_won_deals(tmp_path):
    sheets = Sheets(tmp_path, deals=DEALS)
    stages = {"stage": frozenset({"s1", "s9"})}
    known = naming.Known(stages, {"stage": {"赢单": "s9"}}, {"s1": "open", "s9": "won"})
    [feed] = sheets.said(known)["deal"]
    assert feed["columns"]["stage"]["replace"] == {"Closed Won": "s9"}
    [deals] = sheets.chosen
    sheets.chosen = [deals.means("stage", "Appointment", "s9")]
    [feed] = sheets.said(known)["deal"]
    ended = {"Closed Won": "won", "Closed Lost": "lost", "Appointment": "won"}
    assert feed["columns"]["status"]["values"] == ended


def test_names_become_the_ids_of_a_file_that_came_along(tmp_path):
    people = "User ID,Full Name\nR1,Li\nR2,Wu\n"
    sheets = Sheets(tmp_path, deals=DEALS, users=people)
    [feed] = sheets.said()["deal"]
    assert feed["columns"]["rep_id"]["replace"] == {"Li": "R1", "Wu": "R2"}


def test_what_a_person_changes_is_what_the_mapping_says(tmp_path):
    sheets = Sheets(tmp_path, deals=DEALS)
    [deals] = sheets.chosen
    deals = deals.gives("Create Date", None).gives("Company", "product")
    deals = deals.means("status", "Appointment", "lost").means("kind", "", "New")
    sheets.chosen = [deals]
    columns = sheets.said()["deal"][0]["columns"]
    assert "opened_on" not in columns
    assert columns["product"] == "Company"
    assert columns["status"]["values"]["Appointment"] == "lost"
    assert columns["kind"] == {"value": "New"}


def test_a_field_moves_from_one_column_to_another():
    chosen = choice.Choice("a.csv", "contact", {"A": "phone", "B": "name", "C": "name"})
    assert chosen.gives("D", "phone").fields == {"B": "name", "C": "name", "D": "phone"}
    assert chosen.gives("A", "name").headers("name") == ["B", "C", "A"]


def test_missing_fields_are_named(tmp_path):
    sheets = Sheets(tmp_path, deals="Deal Name,Deal Stage,Amount\na,Lead,5\n")
    [deals] = sheets.chosen
    assert [field.name for field in choice.missing(deals)] == ["rep_id"]
    assert list(choice.missing(deals.means("rep_id", "", "R1"))) == []


def test_ambiguous_days_are_asked_for(tmp_path):
    sheets = Sheets(tmp_path, deals="Deal Name,Deal owner,Create Date\na,Li,01/02/2026\n")
    [deals] = sheets.chosen
    assert draft.day_formats(deals, sheets.files) == ["DD/MM/YYYY", "MM/DD/YYYY"]
    american = choice.replace(deals, days="MM/DD/YYYY")
    [feed] = draft.mapping([american], sheets.files, NOTHING)["deal"]
    assert feed["columns"]["opened_on"]["date"] == ["MM/DD/YYYY"]


def test_another_record_is_recognised_anew(tmp_path):
    rows = table(Name=["a"], Company=["b"], Email=["c@d.e"])
    contact = choice.of_record("x.csv", rows, "contact")
    assert contact.fields == {"Name": "name", "Company": "customer_id", "Email": "email"}
    assert choice.of_record("x.csv", rows, None) == choice.Choice("x.csv")


def test_every_made_mapping_is_one(tmp_path):
    sheets = Sheets(
        tmp_path,
        deals=DEALS,
        活动="主题,开始时间,客户,负责人,时长(小时)\n谈,2026-03-01 10:00,Borui,Li,2\n",
        lines="Order,Product,Qty,Amount\nSecond line,Pump,2,5\nSecond line,Pipe,1,3\n",
    )
    said = sheets.said(adds=("rep", "customer", "stage"))
    assert set(said) == {"stage", "rep", "customer", "deal", "deal_line", "visit"}
    made = mapping.loads(draft.text(said).encode(), "made")
    assert made.feeds["Visit"][0].columns["minutes"].multiply == 60
    assert made.feeds["DealLine"][0].columns["line"].number_within == ("Order",)
