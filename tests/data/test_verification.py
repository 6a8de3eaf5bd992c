"""The file is changed with DuckDB itself, as somebody would who has it; then it is verified."""

import shutil
from contextlib import closing
from datetime import date
from decimal import Decimal

import duckdb
import polars as pl
import pytest

from data import (
    accounts,
    anchors,
    archive,
    backup,
    columns,
    entry,
    open_files,
    restore,
    verification,
)
from data.actor import MACHINE
from data.audit import Chain, entries, key_path, read_key
from data.errors import NotADemoError
from data.records import Customer, Deal, Rep, Stage
from data.store import Store
from data.verification import Finding


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A closed store whose rows came by forms, by imports, and by forms after these."""
    path = tmp_path_factory.mktemp("written") / "yeji.duckdb"
    with closing(Store(path)) as store:
        file(store, Stage, id="won", name_zh="赢单", name_en="Won", kind="won", position=1)
        for number in (1, 2):
            file(store, Rep, id=f"R{number}", name=f"Rep {number}", team="East")
            file(store, Customer, id=f"C{number}", name=f"Customer {number}")
        bring(store, Deal, *(deal(f"D{n}", n) for n in range(1, 6)))
        bring(store, Deal, deal("D5", 50))
        bring(store, Customer, {"id": "C7", "name": "七号有限公司"})
        entry.edit(store, Deal, "D1", {"amount": Decimal(100)}, MACHINE, "first")
        entry.edit(store, Deal, "D1", {"amount": Decimal("101.5")}, MACHINE, "second")
        note = {"note": "买方'quoted\" \\ text\nline"}
        entry.edit(store, Customer, "C1", note, MACHINE, "third")
        store.save_settings({"department_en": "East"}, MACHINE)
        store.access.write(lambda turn: accounts.create(turn, "R1", "li.na"))
        store.access.write(lambda turn: accounts.set_password(turn, "R1", "the hash"))
        store.admission.invite("R2", "wu.gang", MACHINE)
    return path


def file(store, record, **values):
    entry.add(store, record, values, MACHINE, entry.new_form_id())


def bring(store, record, *rows, **options):
    types = columns.schema(record)
    frame = pl.DataFrame(rows, schema={name: types[name] for name in rows[0]}, orient="row")
    store.load({record.__name__: frame}, actor=MACHINE, origin="import", source="crm", **options)


def deal(id, amount):
    return {"id": id, "rep_id": "R1", "opened_on": date(2026, 3, 2), "amount": Decimal(amount)}


@pytest.fixture
def path(written, tmp_path):
    """The file of this test's own."""
    for beside in written.parent.iterdir():
        shutil.copy(beside, tmp_path)
    return tmp_path / written.name


@pytest.fixture
def height(path):
    """How many rows the log has."""
    return anchors.of(path)[-1].seq


@pytest.fixture
def lived_in(path):
    """The store, open."""
    with closing(Store(path)) as store:
        yield store


@pytest.fixture
def changed(path):
    """What verifying finds after the statements have changed the closed file."""

    def change(*statements, known=()):
        with duckdb.connect(str(path)) as connection:
            for statement in statements:
                connection.execute(statement)
            known = [*anchors.of(path), *known]
            return list(verification.verify(connection, read_key(path), known).findings)

    return change


def found(findings):
    return [(f.code, f.table, f.id) for f in findings]


def test_what_forms_imports_and_settings_wrote_is_whole(lived_in):
    verdict = lived_in.verify()
    assert verdict.findings == ()
    assert verdict.rows == lived_in.audit_rows().height
    assert verdict.anchor == anchors.of(lived_in.path)[-1]


def test_a_reopened_store_is_whole(changed):
    assert changed() == []


def test_an_edited_row_of_the_log_is_named(changed):
    assert changed("UPDATE audit SET person = 'somebody' WHERE seq = 5") == [Finding("altered", 5)]


def test_rows_taken_out_of_the_log_are_named(changed):
    [first, *_] = changed("DELETE FROM audit WHERE seq IN (3, 4)")
    assert first == Finding("removed", 3, 2)


def test_a_row_put_into_the_log_is_named(changed, height):
    row = "INSERT INTO audit SELECT * REPLACE (seq + 1 AS seq) FROM audit ORDER BY seq DESC LIMIT 1"
    [first, *_] = changed(row)
    assert first == Finding("altered", height + 1)


def test_a_tail_cut_off_shows_against_the_anchor_of_closing(changed, height):
    cut = changed(f"DELETE FROM audit WHERE seq > {height - 1}")
    assert cut[0] == Finding("cut", height - 1, 1)


def test_a_tail_cut_off_shows_against_a_backups_anchor_alone(changed, path, height, tmp_path):
    kept = anchors.path(path).rename(tmp_path / "of a backup")
    statements = (
        f"DELETE FROM audit WHERE seq > {height - 1}",
        "DELETE FROM invitations WHERE used_at IS NULL",  # what the cut row told
        "DELETE FROM accounts WHERE login = 'wu.gang'",
    )
    assert changed(*statements) == []
    assert changed(known=anchors.read(kept)) == [Finding("cut", height - 1, 1)]


def test_a_log_written_anew_with_its_key_shows_against_an_anchor(changed, path):
    [*_, last] = anchors.of(path)
    other = last._replace(hash="0" * 64)
    assert changed(known=[other]) == [Finding("rewritten", last.seq)]


def test_another_key_is_the_first_row_and_nothing_more(changed, path):
    key_path(path).unlink()
    assert changed() == [Finding("altered", 1)]


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE deals SET amount = 999 WHERE id = 'D1'", ("edited", "deals", "D1")),
        ("UPDATE deals SET product = 'x' WHERE id = 'D1'", ("edited", "deals", "D1")),
        ("UPDATE customers SET note = NULL WHERE id = 'C1'", ("edited", "customers", "C1")),
        ("UPDATE customers SET name = 'x' WHERE id = 'C2'", ("edited", "customers", "C2")),
        ("UPDATE reps SET role = 'gm' WHERE id = 'R2'", ("edited", "reps", "R2")),
        ("DELETE FROM deals WHERE id = 'D1'", ("deleted", "deals", "D1")),
        ("DELETE FROM stages WHERE id = 'won'", ("deleted", "stages", "won")),
        (
            "INSERT INTO deals SELECT * REPLACE ('DX' AS id, now()::TIMESTAMP AS created_at) "
            "FROM deals WHERE id = 'D2'",
            ("added", "deals", "DX"),
        ),
        (
            "INSERT INTO reps SELECT * REPLACE ('RX' AS id) FROM reps WHERE id = 'R1'",
            ("added", "reps", "RX"),
        ),
        ("UPDATE deals SET amount = 999 WHERE id = 'D2'", ("bulk", "deals", None)),
        ("UPDATE customers SET name = 'x' WHERE id = 'C7'", ("bulk", "customers", None)),
        ("DELETE FROM deals WHERE id = 'D5'", ("bulk", "deals", None)),
        (
            "INSERT INTO deals SELECT * REPLACE ('DX' AS id) FROM deals WHERE id = 'D2'",
            ("bulk", "deals", None),
        ),
        ("UPDATE settings SET value = '\"West\"'", ("whole", "settings", None)),
        ("INSERT INTO settings VALUES ('currency', '\"USD\"')", ("whole", "settings", None)),
        ("UPDATE accounts SET password_hash = 'mine'", ("whole", "accounts", None)),
        ("UPDATE accounts SET role = 'gm'", ("whole", "accounts", None)),
        (
            "INSERT INTO invitations SELECT * REPLACE ('mine' AS token_hash) FROM invitations",
            ("whole", "invitations", None),
        ),
        (
            "UPDATE import_changes SET before = replace(before, '5', '6')",
            ("whole", "import_changes", None),
        ),
    ],
)
def test_a_table_changed_behind_the_log_is_found(changed, statement, named):
    assert found(changed(statement)) == [named]


def test_rows_told_and_untold_are_both_found(changed):
    statement = "UPDATE deals SET amount = amount + 1 WHERE id IN ('D1', 'D2')"
    assert found(changed(statement)) == [("edited", "deals", "D1"), ("bulk", "deals", None)]


def test_an_edit_that_a_form_went_over_is_found(changed, path, height):
    changed("UPDATE deals SET product = 'x' WHERE id = 'D1'")
    with closing(Store(path)) as store:
        entry.edit(store, Deal, "D1", {"source": "y"}, MACHINE, "later")
    assert changed() == [Finding("replaced", height + 1, table="deals", id="D1")]


def test_an_edit_that_an_import_went_over_is_found(changed, path):
    changed("UPDATE customers SET name = 'x' WHERE id = 'C7'")
    with closing(Store(path)) as store:
        bring(store, Customer, {"id": "C7", "note": "new"})
    [finding] = changed()
    assert (finding.code, finding.table) == ("changed_between", "customers")


def test_a_way_back_to_an_older_image_is_found(changed):
    statement = "UPDATE deals SET amount = 100 WHERE id = 'D1'"
    assert found(changed(statement)) == [("edited", "deals", "D1")]


def test_of_many_changed_rows_some_are_named_and_all_counted(changed, path):
    names = [f"M{number:02}" for number in range(25)]
    with closing(Store(path)) as store:
        rows = [{"id": name, "name": "x"} for name in names]
        entry.put(store, Customer, rows, MACHINE, "many")
    *named, last = changed("UPDATE customers SET name = 'y' WHERE id LIKE 'M%'")
    assert [finding.id for finding in named] == names[:20]
    assert last == Finding("more", None, 5, "customers")


def test_a_dry_run_and_a_refusal_leave_nothing(lived_in):
    bring(lived_in, Deal, deal("D6", 6), dry_run=True)
    with pytest.raises(NotADemoError):
        lived_in.empty_demo(MACHINE)
    assert lived_in.verify().findings == ()


def test_an_import_taken_back_is_whole(lived_in):
    entry.edit(lived_in, Customer, "C7", {"note": "n"}, MACHINE, "late")
    bring(lived_in, Deal, deal("D5", 500), deal("D8", 8))
    lived_in.undo(lived_in.imports()["number"].max(), MACHINE)
    assert lived_in.verify().findings == ()


def test_customers_merged_apart_again_and_handed_over_are_whole(lived_in, changed, path):
    merge = entry.merge_customers(lived_in, "C1", "C2", ["note"], MACHINE, "merge").form_id
    assert lived_in.verify().findings == ()
    entry.undo_merge(lived_in, merge, MACHINE, "apart")
    entry.distinguish(lived_in, "C1", "C2", MACHINE, "two")
    entry.hand_over(lived_in, "R1", "R2", [], ["D1", "D2"], MACHINE, "leaves")
    lived_in.close()
    assert changed() == []
    assert found(changed("UPDATE merges SET gone_id = 'C9'")) == [("edited", "merges", "merge")]


@pytest.mark.parametrize("save", [backup.make, open_files.write])
def test_what_a_backup_or_an_export_gives_back_is_whole(lived_in, changed, path, tmp_path, save):
    made = save(lived_in, tmp_path / "kept", MACHINE)
    lived_in.close()
    path.unlink()
    restore.restore(made.path, path, MACHINE)
    assert changed(known=anchors.read(made.path / archive.ANCHORS)) == []
    assert found(changed("UPDATE accounts SET password_hash = 'mine'")) == [
        ("whole", "accounts", None)
    ]


def older(path):
    """Make the log one from before fingerprints and places were kept, sealed anew."""
    anchors.path(path).unlink()
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE audit SET tables = NULL, place = NULL")
        chain = Chain(read_key(path))
        for row, seq, _ in list(entries(connection)):
            chain = chain.seal(row)
            connection.execute("UPDATE audit SET hash = ? WHERE seq = ?", [chain.hash, seq])


def test_a_log_from_before_fingerprints_is_whole_and_goes_on(changed, path):
    older(path)
    with closing(Store(path)) as store:
        bring(store, Deal, deal("D9", 9))
        entry.edit(store, Customer, "C2", {"note": "n"}, MACHINE, "later")
    assert changed() == []
    assert found(changed("UPDATE customers SET name = 'x' WHERE id = 'C2'")) == [
        ("edited", "customers", "C2")
    ]
    assert ("bulk", "deals", None) in found(changed("UPDATE deals SET cost = 1 WHERE id = 'D2'"))


def test_verifying_tells_how_far_it_is(lived_in):
    told = []
    lived_in.verify(progress=lambda *event: told.append(event))
    height = lived_in.audit_rows().height
    assert ("log", height, height) in told
    assert told[-1][0] == "tables"
    assert told[-1][1] == told[-1][2] > 10


def test_people_write_while_it_is_verified(lived_in):
    def write(step, done, total):
        if step == "tables":
            file(lived_in, Customer, id=f"N{done}", name="new")

    assert lived_in.verify(progress=write).findings == ()
    assert lived_in.verify().findings == ()
