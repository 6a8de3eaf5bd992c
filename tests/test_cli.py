import csv
import io
import json
import os
import threading
from datetime import timedelta
from decimal import Decimal

import pytest

from analytics import catalogue
from analytics.catalogue import REPORTS
from analytics.query import DIMENSIONS, Query
from data.actor import MACHINE
from data.store import Store
from pages.ui import export, terminal
from pages.ui.readable import Reader
from tests import running

PERIOD = ("--since", "2026-01-01", "--until", "2027-01-01")


@pytest.fixture
def own_demo(demo_file, tmp_path):
    """A demo store this test may write to."""
    return running.copied(demo_file, tmp_path / "own.duckdb")


def rows(done):
    assert done.code == 0, done.err
    return json.loads(done.out, parse_float=Decimal)


@pytest.fixture(scope="module")
def demo(demo_file, tmp_path_factory):
    """A demo store that stays open: most of what a command costs is opening one."""
    store = Store(running.copied(demo_file, tmp_path_factory.mktemp("cli") / "demo.duckdb"))
    yield store
    store.close()


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_prints_in_every_format(demo, name):
    today = demo.today()
    found = catalogue.run(name, demo.frame, Query(today, today - timedelta(days=60), today))
    reader, few = Reader("en", demo.settings().timezone), found.head(40)
    assert terminal.table_text(few, reader, "CNY").strip()
    assert len(json.loads(terminal.json_text(few))) == few.height
    printed = export.csv_bytes(few, reader).decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(printed, newline="")))) == few.height + 1


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_a_report_is_printed_as_asked(demo_file, form):
    done = running.typed(demo_file, "report", "rep-ranking", *PERIOD, "--format", form)
    assert done.code == 0, done.err
    first = {"table": "Rank", "csv": "\ufeffRank,", "json": "["}[form]
    assert done.out.lstrip().startswith(first)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_running_app_prints_the_same_bytes(demo_file, live_app, form, language):
    asked = ("report", "win-rate", *PERIOD, "--by", "team", "--format", form, "--lang", language)
    here = running.typed(demo_file, *asked, language=language)
    there = running.command(live_app.store, *asked)
    assert here.code == there.code == 0
    assert here.out == there.out
    assert here.out


def test_csv_and_json_hold_the_same_figures(demo_file):
    asked = ("report", "win-rate", *PERIOD, "--by", "team", "--lang", "en", "--format")
    table = running.typed(demo_file, *asked, "csv").out.removeprefix("\ufeff")
    objects = rows(running.typed(demo_file, *asked, "json"))
    lines = list(csv.DictReader(io.StringIO(table, newline="")))
    assert [line["Group"] for line in lines] == [row["group"] for row in objects]
    assert [Decimal(line["Won"]) for line in lines] == [row["won_amount"] for row in objects]


def test_filters_take_names_and_ids_of_reps(demo_file):
    asked = ("report", "win-rate", *PERIOD, "--format", "json")
    everyone = rows(running.typed(demo_file, *asked))
    one = everyone[0]
    by_id = rows(running.typed(demo_file, *asked, "--rep", one["group_id"]))
    by_name = rows(running.typed(demo_file, *asked, "--rep", one["group"]))
    assert by_id == by_name
    assert [row["won"] for row in by_id if row["group_id"] == one["group_id"]] == [one["won"]]
    assert sum(row["deals"] for row in by_id) == one["deals"]


def test_a_customer_and_the_days_of_silence_can_be_asked_for(demo_file):
    asked = ("report", "customers-dormant", "--format", "json")
    quiet = rows(running.typed(demo_file, *asked, "--idle-days", "90"))
    assert quiet
    assert min(row["idle_days"] for row in quiet) > 90
    first = quiet[0]
    assert len(rows(running.typed(demo_file, *asked))) > len(quiet)
    one = rows(running.typed(demo_file, *asked, "--customer", first["customer"]))
    assert first["customer_id"] in [row["customer_id"] for row in one]
    assert {row["customer"] for row in one} == {first["customer"]}


def test_a_filter_may_be_given_several_times(demo_file):
    asked = ("report", "win-rate", *PERIOD, "--by", "team", "--format", "json")
    teams = [row["group"] for row in rows(running.typed(demo_file, *asked))][:2]
    both = rows(running.typed(demo_file, *asked, "--team", teams[0], "--team", teams[1]))
    assert [row["group"] for row in both if row["deals"]] == teams


@pytest.mark.parametrize(
    ("asked", "lists"),
    [
        (("report", "sales"), tuple(REPORTS)),
        (("report", "win-rate", "--by", "weather"), DIMENSIONS),
        (("report", "rep-ranking", "--rank-by", "shoes"), ("margin_rate", "visits")),
        (("report", "win-rate", "--team", "nobody"), ("华东",)),
        (("report", "win-rate", "--since", "2026-13-01"), ("2026-13-01", "YYYY-MM-DD")),
        (("report", "win-rate", "--since", "2026-02-01", "--until", "2026-02-01"), ("--until",)),
        (("report",), ("NAME",)),
        (("dance",), ("demo", "report")),
        ((), ("COMMAND",)),
        (("demo", "--scale", "0"), ("--scale",)),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_wrong_command_gets_one_sentence_that_helps(demo_file, asked, lists, language):
    done = running.typed(demo_file, *asked, language=language)
    assert done.code == 2
    assert not done.out
    assert len(done.err.splitlines()) == 1
    assert all(word in done.err for word in lists)


def test_a_wrong_command_is_refused_the_same_way_by_the_running_app(demo_file, live_app):
    asked = ("report", "win-rate", "--team", "nobody")
    here, there = running.typed(demo_file, *asked), running.typed(live_app.store, *asked)
    assert (here.code, here.err) == (there.code, there.err)


def test_a_filled_store_is_left_alone(own_demo):
    done = running.typed(own_demo, "demo", "--if-empty")
    assert done.code == 0
    assert "has records" in done.err


def test_ones_own_department_begins_empty_once_confirmed(own_demo):
    refused = running.command(own_demo, "own", stdin=b"n\n")
    assert refused.code == 1
    assert running.command(own_demo, "demo", "--if-empty").err.count("has records")
    agreed = running.command(own_demo, "own", stdin=b"y\n")
    assert agreed.code == 0, agreed.err
    assert rows(running.command(own_demo, "report", "win-rate", "--format", "json")) == []
    again = running.command(own_demo, "own", "--yes")
    assert again.code == 1
    assert len(again.err.splitlines()) == 1


def test_nobody_at_the_terminal_means_no(own_demo):
    assert running.command(own_demo, "own").code == 1


def test_the_language_is_the_terminals_unless_asked(demo_file):
    asked = ("report", "win-rate", "--by", "team")
    chinese = running.command(demo_file, *asked, LC_ALL="zh_CN.UTF-8").out
    asked_for = running.command(demo_file, *asked, "--lang", "zh").out
    english = running.command(demo_file, *asked).out
    assert chinese == asked_for
    assert "赢单率" in chinese
    assert "Win rate" in english


def test_a_reader_that_leaves_early_is_no_error(demo_file):
    done = running.piped_to_nobody(demo_file, "report", "monthly")
    assert done.code == 0
    assert not done.err


def test_a_store_of_another_program_is_named(tmp_path):
    path = tmp_path / "text.duckdb"
    path.write_text("no store", encoding="utf-8")
    done = running.typed(path, "report", "win-rate")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert str(path) in done.err
    assert path.read_text(encoding="utf-8") == "no store"


def test_a_store_that_another_process_holds_is_busy(own_demo):
    store = Store(own_demo)
    done = running.command(own_demo, "report", "win-rate")
    store.close()
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert f"PID {os.getpid()}" in done.err


def test_a_door_left_by_a_crash_opens_nothing(own_demo):
    own_demo.with_name(f"{own_demo.name}.token").write_text('{"port": 1, "token": "x"}')
    assert running.typed(own_demo, "report", "win-rate").code == 0


def test_a_store_behind_a_link_is_found_at_the_running_app(live_app, tmp_path):
    link = tmp_path / "link.duckdb"
    link.symlink_to(live_app.store)
    assert running.typed(link, "report", "win-rate").code == 0


def test_a_file_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "sheets").write_text("a file", encoding="utf-8")
    done = running.typed(tmp_path / "store.duckdb", "template", "sheets")
    assert done.code == 1
    assert len(done.err.splitlines()) == 1
    assert str(tmp_path / "sheets") in done.err


def test_a_template_comes_back_as_records(tmp_path):
    store = tmp_path / "store.duckdb"
    written = running.typed(store, "template", "sheets", "--lang", "zh")
    assert written.code == 0, written.err
    imported = running.typed(store, "import", "yeji", "sheets", "--lang", "en")
    assert imported.code == 0, imported.err
    assert "Deal: 1 new" in imported.out


DEALS = """id,rep_id,status,closed_on,amount,cost
N-1,{rep},won,2026-03-02,1000,600
N-2,{rep},won,2026-03-03,{amount},600
"""


@pytest.fixture
def folder(tmp_path, demo_file):
    """A folder with two deals of a rep of the demo department, in the template's form."""
    rep = rows(running.typed(demo_file, "report", "win-rate", "--format", "json"))[0]["group_id"]
    folder = tmp_path / "export"
    folder.mkdir()

    def fill(amount):
        text = DEALS.format(rep=rep, amount=amount)
        (folder / "deals.csv").write_text(text, encoding="utf-8")
        return folder

    return fill


@pytest.fixture
def own_department(own_demo, tmp_path, folder):
    """A department of its own, with one rep whom the exports name."""
    running.typed(own_demo, "own", "--yes")
    staff = tmp_path / "staff"
    staff.mkdir()
    rep = folder(1)
    rep_id = (rep / "deals.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[1]
    (staff / "reps.csv").write_text(f"id,name,team\n{rep_id},Li,East\n", encoding="utf-8")
    assert running.typed(own_demo, "import", "yeji", "staff", folder=tmp_path).code == 0
    return own_demo


def won(store):
    asked = ("report", "win-rate", "--since", "2026-03-01", "--until", "2026-04-01")
    return sum(row["won_amount"] for row in rows(running.typed(store, *asked, "--format", "json")))


def test_refused_rows_store_nothing_and_are_listed(own_department, folder, tmp_path):
    folder("ten")
    done = running.typed(own_department, "import", "yeji", "export", folder=tmp_path)
    assert done.code == 1
    assert won(own_department) == 0
    told = done.out
    assert "deals.csv:3" in told
    assert "ten" in told
    rejects = (tmp_path / "rejects-yeji.csv").read_text(encoding="utf-8-sig")
    [reject] = csv.DictReader(io.StringIO(rejects, newline=""))
    assert (reject["File"], reject["Line"], reject["Value"]) == ("deals.csv", "3", "ten")
    assert reject["Reason"]


def test_what_a_file_says_cannot_steer_the_terminal(own_department, folder, tmp_path):
    folder("ten\x1b[2J\x1b]0;owned\x07")
    done = running.typed(own_department, "import", "yeji", "export", folder=tmp_path)
    assert "ten [2J" in done.out
    assert "\x1b" not in done.out + done.err
    assert "\x07" not in done.out + done.err


def test_a_setting_is_told_only_where_it_is_stored(own_department, folder, tmp_path):
    asked = ("import", "yeji", "export", "--as-of", "2026-03-31", "--lang", "en")
    folder("ten")
    assert "Setting" not in running.typed(own_department, *asked, folder=tmp_path).out
    folder(500)
    assert "Setting" not in running.typed(own_department, *asked, "--dry-run", folder=tmp_path).out
    assert (
        "Setting as_of = 2026-03-31" in running.typed(own_department, *asked, folder=tmp_path).out
    )


def test_bad_rows_may_be_left_out(own_department, folder, tmp_path):
    folder("ten")
    asked = ("import", "yeji", "export", "--skip-bad")
    assert running.typed(own_department, *asked, folder=tmp_path).code == 0
    assert won(own_department) == 1000


def test_a_dry_run_stores_nothing(own_department, folder, tmp_path):
    folder(500)
    done = running.typed(own_department, "import", "yeji", "export", "--dry-run", folder=tmp_path)
    assert done.code == 0, done.err
    assert "2 new" in done.out
    assert won(own_department) == 0


def test_importing_twice_changes_nothing_and_later_exports_update(own_department, folder, tmp_path):
    asked = ("import", "yeji", "export")
    folder(500)
    assert "2 new" in running.typed(own_department, *asked, folder=tmp_path).out
    assert "2 unchanged" in running.typed(own_department, *asked, folder=tmp_path).out
    folder(700)
    assert "1 changed" in running.typed(own_department, *asked, folder=tmp_path).out
    assert won(own_department) == 1700


def test_a_customer_that_looks_like_a_stored_one_waits_for_a_decision(own_department, tmp_path):
    for name, row in (("first", "A1,苏州恒远精密机械有限公司"), ("second", "B7,蘇州恆遠精密機械")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "customers.csv").write_text(f"id,name\n{row}\n", encoding="utf-8")
    assert running.typed(own_department, "import", "yeji", "first", folder=tmp_path).code == 0
    asked = ("import", "yeji", "second", "--lang", "en")
    done = running.typed(own_department, *asked, folder=tmp_path)
    assert done.code == 1
    assert "name differs only in place or legal form" in done.out
    decision = "duplicates-yeji.csv"
    [row] = csv.DictReader(
        io.StringIO((tmp_path / decision).read_text(encoding="utf-8-sig"), newline="")
    )
    assert (row["id"], row["stored_id"], row["choice"]) == ("B7", "A1", "same")
    done = running.typed(own_department, *asked, "--duplicates", decision, folder=tmp_path)
    assert (done.code, "1 unchanged" in done.out) == (0, True)


def test_a_store_without_imports_says_so(demo_file):
    assert "Nothing has been imported" in running.typed(demo_file, "imports").out


def test_an_import_is_listed_and_taken_back(own_department, folder, tmp_path):
    def imports(*asked):
        return running.typed(own_department, "imports", *asked)

    folder(500)
    done = running.typed(own_department, "import", "yeji", "export", folder=tmp_path)
    assert "import 2" in done.out
    assert [line[0] for line in imports().out.splitlines()] == ["2", "1"]
    assert "2 removed" in imports("--undo", "2").out
    assert won(own_department) == 0
    assert "taken back" in imports().out.splitlines()[0]
    again = imports("--undo", "2")
    assert again.code == 1
    assert "already" in again.err


def test_what_is_in_the_way_of_taking_an_import_back_is_named(own_department, folder, tmp_path):
    for amount in (500, 700):
        folder(amount)
        running.typed(own_department, "import", "yeji", "export", folder=tmp_path)
    done = running.typed(own_department, "imports", "--undo", "2", language="zh")
    assert done.code == 1
    assert "请先撤销那一次" in done.err
    assert won(own_department) == 1700


def test_a_saved_mapping_imports_by_its_name(own_department, folder, tmp_path):
    folder(500)
    store = Store(own_department)
    store.save_mapping("orders", '[[deal]]\nfile = "none.csv"\n[deal.columns]\nid = "a"', MACHINE)
    store.close()
    done = running.typed(own_department, "import", "orders", "export", folder=tmp_path)
    assert "rep_id" in done.err


def test_an_import_goes_through_the_running_app(own_department, folder, tmp_path):
    folder(500)
    with running.app(own_department):
        done = running.typed(own_department, "import", "yeji", "export", folder=tmp_path)
        assert done.code == 0, done.err
        assert "2 new" in done.out
        assert won(own_department) == 1500
    assert won(own_department) == 1500


def test_many_terminals_at_once_are_all_answered(live_app):
    asked = ("report", "win-rate", *PERIOD, "--format", "json")
    answers = []
    threads = [
        threading.Thread(target=lambda: answers.append(running.typed(live_app.store, *asked)))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({answer.out for answer in answers}) == 1
    assert {answer.code for answer in answers} == {0}


def test_a_report_is_printed_as_somebody_would_see_it(demo_file):
    def printed(name, *options):
        asked = ("report", name, *PERIOD, "--format", "json", *options)
        return rows(running.typed(demo_file, *asked))

    assert {row["rep_id"] for row in printed("visit-rows", "--as", "R01")} == {"R01"}
    assert printed("rep-ranking", "--as", "R01") == printed("rep-ranking")
    theirs = next(row for row in printed("visit-rows") if row["rep_id"] != "R01")["customer_id"]
    for options in (("--as", "nobody"), ("--as", "R01", "--customer", theirs)):
        done = running.typed(demo_file, "report", "overview", *PERIOD, *options)
        assert done.code == 1
        assert done.out == ""
