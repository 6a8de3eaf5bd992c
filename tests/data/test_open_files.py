import csv
import io
import json
import shutil
import threading
import zipfile
from datetime import datetime, timedelta
from decimal import Decimal

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analytics import catalogue
from analytics.query import Query
from data import archive, audit, entry, migrate, open_files, restore, snapshot
from data.actor import Actor
from data.archive import Manifest
from data.errors import (
    ArchiveAlteredError,
    BackupNoRoomError,
    FolderNotEmptyError,
    NotAllowedError,
    StoreNewerError,
)
from data.records import Customer
from data.store import Store
from tests import running
from tests.actors import by

GM = by("gm")
FORMULAS = ("=1+1", "+1", "-1", "@x", "＝1", "\t=1", "'=1", "''", "'", "", " =1", "\r", "a\rb\n")
texts = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20),
    st.sampled_from(FORMULAS),
    st.none(),
)
money = st.none() | st.decimals(Decimal(0), Decimal(10) ** 13, places=4)


def tables(path):
    """Every table of a store file, in an order of its own."""
    with duckdb.connect(str(path), read_only=True) as connection:
        names = snapshot.contents(connection).rows.keys() - {"migrations"}
        return {n: connection.sql(f"SELECT * FROM {n} ORDER BY ALL").pl() for n in sorted(names)}


def same(one, other, *, but=()):
    assert one.keys() == other.keys()
    for name in one.keys() - set(but):
        assert_frame_equal(one[name], other[name])


def built(made, path):
    open_files.build(made, path)
    return tables(path)


@pytest.fixture
def made(department, tmp_path):
    return open_files.write(department, tmp_path / "export", GM)


@pytest.fixture(scope="module")
def demo(demo_file, tmp_path_factory):
    """A demo store and its export."""
    folder = tmp_path_factory.mktemp("open")
    store = Store(running.copied(demo_file, folder / "yeji.duckdb"))
    made = open_files.write(store, folder / "export", GM)
    store.close()
    return folder, made


@pytest.mark.parametrize("lacking", ["csv", "parquet"])
def test_a_department_comes_back_equal_from_either_format(demo, lacking, tmp_path):
    folder, made = demo
    shutil.copytree(folder / "export", tmp_path / "export")
    shutil.rmtree(tmp_path / "export" / lacking)
    original, target = folder / "yeji.duckdb", tmp_path / "yeji.duckdb"
    shutil.copy(audit.key_path(original), audit.key_path(target))
    done = restore.restore(tmp_path / "export", target, GM)
    assert done.is_log_whole
    before, after = tables(original), tables(target)
    height = made.manifest.rows["audit"]
    for name in ("sessions", "invitations"):
        assert before.pop(name).is_empty() == after.pop(name).is_empty()
    log = {name: found.pop("audit").head(height) for name, found in (("b", before), ("a", after))}
    assert_frame_equal(log["b"], log["a"])
    same(before, after)
    stores = Store(original), Store(target)
    today = stores[0].today()
    asked = Query(today - timedelta(days=365), today + timedelta(days=1), today)
    for name in ("overview", "rep-ranking", "margin", "win-rate", "funnel"):
        one, other = (catalogue.run(name, store.frame, asked) for store in stores)
        assert_frame_equal(one, other)
    for store in stores:
        store.close()


def test_every_table_is_exported_or_withheld(made):
    names = set(made.manifest.rows)
    assert names <= {*open_files.EXPORTED, *open_files.WITHHELD}
    for kind in ("parquet", "csv"):
        files = {path.stem for path in (made.path / kind).iterdir()}
        assert files == names & set(open_files.EXPORTED)


def test_no_secret_is_exported(made):
    for path in (made.path / "parquet").iterdir():
        secrets = [n for n in pl.read_parquet_schema(path) if "hash" in n or "token" in n]
        assert secrets == (["hash"] if path.stem == "audit" else [])


def test_parquet_has_exact_types(demo):
    schema = pl.read_parquet_schema(demo[1].path / "parquet" / "deals.parquet")
    assert schema["amount"] == pl.Decimal(18, 4)
    assert schema["closed_on"] == pl.Date
    assert schema["created_at"] == pl.Datetime("us")


def test_csv_is_for_spreadsheets_and_runs_nothing(department, file_record, tmp_path):
    for number, name in enumerate(("=HYPERLINK(1)", "＝1", "-2+3", "公司")):
        file_record(Customer, id=f"X{number}", name=name)
    made = open_files.write(department, tmp_path / "export", GM)
    content = (made.path / "csv" / "customers.csv").read_bytes().decode()
    assert content.startswith("\ufeffid,")
    read = csv.DictReader(io.StringIO(content.removeprefix("\ufeff"), newline=""))
    names = [row["name"] for row in read if row["id"].startswith("X")]
    assert names == ["'=HYPERLINK(1)", "'＝1", "'-2+3", "公司"]


@given(st.lists(texts, min_size=1, max_size=30))
def test_any_text_survives_a_csv(values):
    frame = pl.DataFrame({"id": range(len(values)), "text": values}, schema_overrides={"text": str})
    written = frame.with_columns(open_files.inert("text")).write_csv(line_terminator="\r\n")
    read = pl.read_csv(io.BytesIO(written.encode()), infer_schema=False)
    assert read.with_columns(open_files.bare("text"))["text"].to_list() == values


customers = st.fixed_dictionaries(
    {"name": texts.map(lambda text: text or "?"), "note": texts, "region": texts}
    | {"registered_capital": money, "address": texts}
)


@pytest.fixture(scope="module")
def any_store(tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("any") / "yeji.duckdb")
    yield store
    store.close()


@settings(max_examples=4)
@given(st.lists(customers, min_size=1, max_size=20), st.sampled_from(["csv", "parquet"]))
def test_any_department_comes_back_equal(any_store, tmp_path_factory, rows, lacking):
    folder = tmp_path_factory.mktemp("law")
    with any_store._connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers")
        for number, row in enumerate(rows):
            names = ("id", *row, "tracking", "origin", "created_at", "updated_at")
            values = (str(number), *row.values(), "trackable", "entry", *[datetime(1970, 1, 1)] * 2)
            places = ", ".join("?" * len(values))
            cursor.execute(f"INSERT INTO customers ({', '.join(names)}) VALUES ({places})", values)
    made = open_files.write(any_store, folder / "export", GM)
    shutil.rmtree(made.path / lacking)
    found = built(made, folder / "built.duckdb")["customers"]
    with any_store.reading() as cursor:
        assert_frame_equal(cursor.sql("SELECT * FROM customers ORDER BY ALL").pl(), found)


def test_an_export_is_of_one_moment_while_people_write(department, tmp_path):
    stopped, filed = threading.Event(), []

    def write():
        while not stopped.is_set():
            entry.add(department, Customer, {"name": f"C{len(filed)}"}, GM, entry.new_form_id())
            filed.append(True)

    thread = threading.Thread(target=write)
    thread.start()
    while len(filed) < 3:
        thread.join(0.01)
    made = open_files.write(department, tmp_path / "export", GM)
    stopped.set()
    thread.join()
    found = built(made, tmp_path / "built.duckdb")
    added = found["audit"].filter(pl.col("action") == "insert", record="Customer")
    assert found["customers"].height == added.height
    assert (found["audit"]["seq"][-1], found["audit"]["hash"][-1]) == made.manifest.anchor[:2]


def test_an_export_is_noted_in_the_log(department, made):
    last = department.audit_rows().row(-1, named=True)
    assert (last["action"], last["person"]) == ("export", "gm")
    assert json.loads(last["after"])["rows"] == sum(made.manifest.rows.values())


def test_only_who_may_export_does(department, tmp_path):
    with pytest.raises(NotAllowedError):
        open_files.write(department, tmp_path / "export", Actor("R1"))
    assert not (tmp_path / "export").exists()


def test_nothing_is_overwritten(department, made, tmp_path):
    (tmp_path / "file").write_text("mine")
    for path in (made.path, tmp_path / "file"):
        with pytest.raises(FolderNotEmptyError):
            open_files.write(department, path, GM)
    (tmp_path / "empty").mkdir()
    assert open_files.write(department, tmp_path / "empty", GM).is_whole


def test_a_full_disk_leaves_no_half_export(department, small_disk):
    (small_disk / "filler").write_bytes(bytes(shutil.disk_usage(small_disk).free - 16 * 1024))
    with pytest.raises(BackupNoRoomError):
        open_files.write(department, small_disk / "export", GM)
    assert {path.name for path in small_disk.iterdir()} == {"filler"}


def test_an_altered_export_is_refused(department, made):
    with (made.path / "csv" / "customers.csv").open("a") as file:
        file.write("C9\r\n")
    with pytest.raises(ArchiveAlteredError):
        archive.proven(made.path, department.path)


def test_a_table_in_neither_format_is_missed(department, made, tmp_path):
    for kind in ("csv", "parquet"):
        (made.path / kind / f"customers.{kind}").unlink()
    found = archive.proven(made.path, department.path)
    with pytest.raises(ArchiveAlteredError):
        open_files.build(found, tmp_path / "built.duckdb")


def test_an_export_of_an_older_version_is_brought_up_to_date(department, tmp_path):
    folder, old = tmp_path / "sql", tmp_path / "old"
    folder.mkdir()
    for file in sorted(migrate.FOLDER.glob("*.sql"))[:2]:
        shutil.copy(file, folder)
    (old / "parquet").mkdir(parents=True)
    with duckdb.connect() as connection:
        migrate.apply(connection, folder)
        connection.execute("INSERT INTO settings VALUES ('currency', '\"EUR\"')")
        contents = snapshot.contents(connection)
        for table in contents.rows:
            connection.execute(f"COPY {table} TO '{old}/parquet/{table}.parquet'")
    moment = datetime(2026, 1, 1).astimezone()
    told = Manifest(
        kind="export", made_at=moment, reason="asked", person="gm", **contents._asdict()
    )
    archive.seal(old, told, audit.read_key(department.path))
    target = tmp_path / "new" / "yeji.duckdb"
    target.parent.mkdir()
    shutil.copy(audit.key_path(department.path), audit.key_path(target))
    restore.restore(old, target, GM)
    store = Store(target)
    assert store.settings().currency == "EUR"
    store.close()


def test_an_export_of_a_newer_version_is_refused(made, tmp_path):
    newer = made.manifest.model_copy(update={"migrations": ("9999_later.sql",)})
    with pytest.raises(StoreNewerError):
        open_files.build(made._replace(manifest=newer), tmp_path / "built.duckdb")


def test_a_zip_holds_the_same(department, tmp_path):
    made = open_files.zipped(department, tmp_path / "yeji.zip", GM)
    with zipfile.ZipFile(made.path) as file:
        names = set(file.namelist())
        file.extractall(tmp_path / "unpacked")
    assert names == {f"yeji/{name}" for name in (*made.manifest.files, archive.MANIFEST)}
    found = archive.proven(tmp_path / "unpacked" / "yeji", department.path)
    assert built(found, tmp_path / "built.duckdb")["customers"].height == 2
    assert {path.name for path in tmp_path.glob("yeji.zip*")} == {"yeji.zip"}
