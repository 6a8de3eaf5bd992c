"""The import screen: files, columns, a check, the import, and its undo."""

import polars as pl
import pytest

from data import entry, importing
from data.actor import MACHINE
from data.importing import template, uploads
from data.records import Customer, Deal, Rep
from data.store import Store
from tests.actors import by

DEALS = """\
Deal Name,Deal Stage,Amount,Close Date,Create Date,Deal owner,Company
Second line,Closed Won,1200,2026-03-25,2026-01-08,Li Na,Hengyuan
Spare parts,Closed Lost,500,2026-04-13,2026-02-03,Wu Gang,Borui
New plant,Appointment,7000,2026-12-30,2026-03-02,Li Na,Hengyuan
"""


@pytest.fixture
def screen(driver, tmp_path, monkeypatch):
    """The screen with a place of its own for the drafts."""
    monkeypatch.setattr(uploads.tempfile, "tempdir", str(tmp_path))
    driver.open("import")
    return driver


def upload(driver, **texts):
    files = [(f"{name}.csv", text.encode(), "text/csv") for name, text in texts.items()]
    driver.test.file_uploader[0].set_value(files)
    driver.test.run()
    return driver.checked()


def tables(driver):
    return [pl.from_pandas(table.value) for table in driver.test.dataframe]


def draft(driver):
    return driver.test.session_state["importing.draft"]


def shown(driver, kind):
    return "\n".join(str(e.value) for e in getattr(driver.test, kind))


def template_files(tmp_path):
    """The filled template's files of three records, as texts."""
    written = template.write(tmp_path / "template", "zh")
    texts = {path.stem: path.read_text("utf-8-sig") for path in written}
    return {name: texts[name] for name in ("reps", "customers", "deals")}


# ---- the whole way


@pytest.mark.usefixtures("small")
def test_three_files_with_a_bad_row_are_checked_imported_and_taken_back(screen, tmp_path):
    files = template_files(tmp_path)
    header, deal = files["deals"].splitlines()
    bad = deal.replace("deal-1", "deal-2").replace("680000", "many")
    stage = deal.replace("deal-1", "deal-1").replace("stage-1", "quote")
    files["deals"] = "\n".join([header, stage, bad.replace("stage-1", "quote")])
    before = {record: screen.store.rows(record) for record in (Customer, Deal, Rep)}
    upload(screen, **files)
    assert [part.record for part in draft(screen).chosen] == ["rep", "customer", "deal"]
    screen.press("importing.to.columns").press("importing.to.check")
    counts, rejects, *_ = tables(screen)
    assert counts.filter(pl.col("record") == "Deal").row(0)[1:5] == (1, 0, 0, 1)
    assert rejects.row(0)[1:5] == ("deals.csv", 3, "金额", "many")
    assert screen.by_key("importing.to.done").disabled
    screen.set("importing.skips", True)
    screen.press("importing.to.done")
    assert "**3** rows are new" in screen.text
    assert screen.store.rows(Deal, ids=["deal-1"]).height == 1
    folder = draft(screen).folder
    assert screen.store.imports()["source"][0] == "reps.csv, customers.csv +1"
    screen.press("importing.undo.1").press("importing.undo_yes")
    assert "taken back as a whole" in screen.text
    for record, rows in before.items():
        assert screen.store.rows(record).equals(rows)
    assert not folder.exists()


@pytest.mark.usefixtures("small")
def test_the_mapping_of_the_screen_imports_the_same_by_the_command_line(screen, tmp_path):
    upload(screen, deals=DEALS)
    screen.press("importing.to.columns")
    screen.set("importing.in.deals.csv.column.Company", "product")
    screen.press("importing.to.check")
    assert "**4** rows would be new" in screen.text
    screen.press("importing.to.done")
    screen.by_key("importing.name").set_value("our deals")
    screen.press("importing.save_it")
    assert "our deals" in screen.text
    saved = screen.store.mappings()["our deals"]
    own = tmp_path / "own"
    own.mkdir()
    (own / "deals.csv").write_text(DEALS, encoding="utf-8")
    (tmp_path / "our.toml").write_text(saved, encoding="utf-8")
    result = importing.run(tmp_path / "our.toml", own, screen.store, actor=MACHINE)
    assert result.total("unchanged") == 4
    assert (result.total("new", "changed"), result.rejects.height) == (0, 0)


@pytest.mark.usefixtures("small")
def test_a_saved_mapping_is_used_again_for_the_same_headers(screen):
    mapping = (
        '[[customer]]\nfile = "old.csv"\ncolumns = { id = "No", name = "Firm", note = "Memo" }\n'
    )
    screen.store.save_mapping("firms", mapping, MACHINE)
    upload(screen, new="No,Firm,Memo\nF1,Borui,x\n")
    screen.press("importing.to.columns")
    assert "“firms” is used" in screen.text
    screen.press("importing.to.check").press("importing.to.done")
    assert screen.store.rows(Customer, ids=["F1"])["note"].to_list() == ["x"]


# ---- files


def test_an_empty_screen_offers_a_place_for_files(screen):
    assert len(screen.test.file_uploader) == 1
    screen.set("importing.section", "past")
    assert "Nothing has been imported yet" in screen.text


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_kept(driver, store_path, language):
    driver.open("import", language)
    files = [
        ("bad.xlsx", b"PK\x03\x04 no spreadsheet", ""),
        ("../../good.csv", "客户名称,行业\n恒远,机械制造\n".encode("gb18030"), "text/csv"),
    ]
    driver.test.file_uploader[0].set_value(files)
    driver.test.run()
    driver.checked()
    assert "bad" in shown(driver, "error")
    [part] = draft(driver).chosen
    assert (part.file, part.record) == ("good.csv", "customer")
    driver.press("importing.remove.good.csv")
    assert draft(driver).chosen == ()
    driver.press("importing.give_up") if draft(driver).chosen else uploads.remove(
        draft(driver).folder
    )


def test_what_was_chosen_stays_when_a_file_comes_or_goes(screen, store_path):
    upload(screen, deals=DEALS)
    screen.press("importing.to.columns")
    screen.set("importing.in.deals.csv.column.Company", "")
    screen.press("importing.back.files")
    upload(screen, people="工号,姓名\nR9,Li Na\n")
    assert [part.file for part in draft(screen).chosen] == ["deals.csv", "people.csv"]
    screen.press("importing.remove.people.csv").press("importing.to.columns")
    assert screen.by_key("importing.in.deals.csv.column.Company").value == ""
    folder = draft(screen).folder
    screen.press("importing.give_up")
    assert not folder.exists()


# ---- columns


@pytest.mark.usefixtures("small")
def test_what_is_missing_is_named_and_may_be_the_same_for_every_row(screen):
    upload(screen, deals="Deal Name,Deal Stage,Create Date\na,Quote,01/02/2026\n")
    screen.press("importing.to.columns")
    assert "“Rep” is required" in screen.text
    assert screen.by_key("importing.to.check").disabled
    screen.set("importing.in.deals.csv.same.rep_id", "R1")
    screen.set("importing.in.deals.csv.days", "MM/DD/YYYY")
    screen.press("importing.to.check").press("importing.to.done")
    deal = screen.store.rows(Deal).row(0, named=True)
    assert (deal["rep_id"], deal["stage"], str(deal["opened_on"])) == ("R1", "quote", "2026-01-02")


@pytest.mark.usefixtures("small")
def test_words_that_are_not_known_are_given_a_meaning(screen):
    upload(screen, visits="拜访日期,客户,业务员,拜访方式\n2026-03-01,Hengyuan,Li Na,吃饭\n")
    screen.press("importing.to.columns")
    assert "1 unknown" in "".join(e.label for e in screen.test.expander)
    screen.press("importing.to.check")
    assert "are refused" in screen.text
    screen.press("importing.back.columns")
    screen.set("importing.in.visits.csv.mean.kind.吃饭", "visit")
    screen.press("importing.to.check")
    assert "**1** rows would be new" in screen.text


@pytest.mark.usefixtures("small")
def test_another_record_and_another_field_may_be_chosen(screen):
    upload(screen, things="Name,Place\na,Borui\n")
    screen.press("importing.to.columns")
    screen.set("importing.record.things.csv", "customer")
    assert screen.by_key("importing.in.things.csv.column.Name").value == "name"
    screen.set("importing.in.things.csv.column.Place", "region")
    screen.press("importing.to.check").press("importing.to.done")
    assert screen.store.rows(Customer, ids=["a"])["region"].to_list() == ["Borui"]


@pytest.mark.usefixtures("small")
def test_names_that_are_not_added_are_refused(screen):
    upload(screen, deals=DEALS)
    screen.press("importing.to.columns")
    screen.set("importing.adds.customer", False)
    screen.press("importing.to.check")
    assert "“Borui” does not exist" in "\n".join(t.write_csv() for t in tables(screen))


# ---- the check and the list


@pytest.fixture
def edited(store_path):
    """A customer that came with an import and was changed by hand."""
    store = Store(store_path)
    rows = pl.DataFrame({"id": ["C9"], "name": ["Old"], "note": ["a"]})
    store.load({"Customer": rows}, actor=MACHINE, origin="import", source="crm")
    entry.edit(store, Customer, "C9", {"note": "mine"}, by("Li"), entry.new_form_id())
    store.close()


@pytest.mark.usefixtures("edited")
def test_values_changed_by_hand_are_kept_unless_a_person_takes_the_files(screen):
    upload(screen, customers="Customer ID,Customer Name,Note\nC9,New,theirs\n")
    screen.press("importing.to.columns").press("importing.to.check")
    assert "contradict (1)" in screen.text
    screen.press("importing.conflicts.decide").press("importing.to.done")
    row = screen.store.rows(Customer).row(0, named=True)
    assert (row["name"], row["note"]) == ("New", "mine")


@pytest.mark.usefixtures("edited")
def test_a_customer_that_looks_like_a_stored_one_waits_for_a_decision(screen):
    upload(screen, customers="Customer ID,Customer Name\nX1,Old Ltd.\nX2,Someone else\n")
    screen.press("importing.to.columns").press("importing.to.check")
    assert "look like stored ones (1)" in screen.text
    assert screen.test.button(key="importing.to.done").disabled
    screen.press("importing.duplicates.decide").press("importing.to.done")
    assert sorted(screen.store.rows(Customer)["id"]) == ["C9", "X1", "X2"]


@pytest.mark.usefixtures("edited")
def test_an_import_that_cannot_be_taken_back_says_why(screen):
    screen.set("importing.section", "past")
    screen.press("importing.undo.1")
    assert "1 records were changed since" in shown(screen, "warning")
    assert tables(screen)[-1].row(0)[1] == "Old"
    assert screen.store.imports()["can_undo"].to_list() == [True]


@pytest.mark.usefixtures("own_demo")
def test_the_first_import_replaces_the_demo_which_comes_back(screen):
    upload(screen, customers="Customer ID,Customer Name\nC9,New\n")
    screen.press("importing.to.columns").press("importing.to.check")
    assert "demo department makes way" in shown(screen, "info")
    screen.press("importing.to.done")
    assert screen.store.rows(Customer)["id"].to_list() == ["C9"]
    screen.press("importing.undo.1").press("importing.undo_yes")
    assert screen.store.settings().is_demo
    assert screen.store.rows(Customer).height > 100


@pytest.mark.usefixtures("own_demo")
def test_a_person_of_the_demo_is_told_before_and_after_that_they_go_with_it(driver):
    driver.sign_in_as("gm")
    driver.open("import")
    upload(driver, customers="Customer ID,Customer Name\nC9,New\n")
    driver.press("importing.to.columns").press("importing.to.check")
    assert "you will be signed out" in shown(driver, "warning")
    driver.press("importing.to.done")
    assert "cli.py imports --undo 1" in shown(driver, "warning")
    assert driver.store.rows(Customer)["id"].to_list() == ["C9"]
