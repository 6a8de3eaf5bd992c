import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import duckdb
import polars as pl
import pytest

from data import audit, entry
from data.connection import Connection
from data.errors import NotFoundError, RefusedError, StoreClosedError
from data.records import Customer, StageEvent
from data.store import Store
from data.writer import GROUP, Writer
from tests.actors import by

THREADS, FORMS = 8, 30


@pytest.fixture
def connection(tmp_path):
    opened = Connection(tmp_path / "yeji.duckdb")
    yield opened
    opened.close()


@pytest.fixture
def writer(connection, clock):
    running = Writer(connection, b"key", lambda: clock.now.replace(tzinfo=None))
    yield running
    running.close()


def _put(name):
    """Work that stores one setting and logs it."""

    def work(transaction):
        transaction.write("settings", "INSERT INTO settings VALUES (?, '1')", [name])
        transaction.log(by("gm"), "settings", after={"name": name})
        return name

    return work


def _refuse(transaction):
    raise NotFoundError(record="Deal", id="D1")


def _write_then_refuse(transaction):
    _put("half")(transaction)
    raise NotFoundError(record="Deal", id="D1")


class Held:
    """Work that waits, so that what is queued meanwhile becomes one group."""

    def __init__(self, writer):
        self._go = threading.Event()
        self._begun = threading.Event()
        self._done = writer.submit(self._wait, alone=True)
        assert self._begun.wait(10)

    def _wait(self, transaction):
        self._begun.set()
        assert self._go.wait(10)

    def release(self):
        self._go.set()
        self._done.result(10)


def _group(writer, *works):
    """The outcomes of work that is committed together: values or errors."""
    held = Held(writer)
    futures = [writer.submit(work) for work in works]
    held.release()
    return [future.exception(10) or future.result(10) for future in futures]


def _names(connection):
    with connection.cursor() as cursor:
        return [n for (n,) in cursor.execute("SELECT name FROM settings ORDER BY name").fetchall()]


def _log_height(connection):
    with connection.cursor() as cursor:
        [(height, last)] = cursor.execute("SELECT count(*), max(seq) FROM audit").fetchall()
    assert height == (last or 0)
    return height


def _until(is_so):
    changed = threading.Event()
    while not is_so():
        changed.wait(0.001)  # gives the other threads their turn


def test_waiting_work_is_one_commit(writer, connection):
    assert _group(writer, _put("a"), _put("b"), _put("c")) == ["a", "b", "c"]
    assert writer.versions["settings"] == 1
    assert _names(connection) == ["a", "b", "c"]
    assert _log_height(connection) == 3


def test_a_long_queue_is_several_commits(writer):
    _group(writer, *(_put(f"{i:03}") for i in range(2 * GROUP + 1)))
    assert writer.versions["settings"] == 3


def test_a_refusal_harms_no_other_work_and_no_commit(writer, connection):
    first, refusal, last = _group(writer, _put("a"), _refuse, _put("b"))
    assert (first, last) == ("a", "b")
    assert isinstance(refusal, NotFoundError)
    assert writer.versions["settings"] == 1
    assert _names(connection) == ["a", "b"]


@pytest.mark.parametrize("failing", [_put("a"), _write_then_refuse, lambda t: t.write("x", "x")])
def test_failing_work_is_undone_and_the_rest_stored_one_by_one(writer, connection, failing):
    outcomes = _group(writer, _put("a"), failing, _put("b"))
    assert outcomes[::2] == ["a", "b"]
    assert isinstance(outcomes[1], duckdb.Error | NotFoundError)
    assert writer.versions["settings"] == 2
    assert _names(connection) == ["a", "b"]
    assert _log_height(connection) == 2


def test_a_bug_in_one_piece_of_work_reaches_its_caller_only(writer, connection):
    outcomes = _group(writer, _put("a"), lambda _: 1 // 0, _put("b"))
    assert outcomes[::2] == ["a", "b"]
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert _names(connection) == ["a", "b"]


def _panic(_):
    raise pl.exceptions.PanicException("as the engine does")


def test_a_panic_of_the_engine_reaches_its_caller_and_the_writer_goes_on(writer, connection):
    outcomes = _group(writer, _put("a"), _panic, _put("b"))
    assert outcomes[::2] == ["a", "b"]
    assert isinstance(outcomes[1], pl.exceptions.PanicException)
    assert writer.submit(_put("c")).result(10) == "c"
    assert _names(connection) == ["a", "b", "c"]


class Failing(Connection):
    """A connection that panics whenever it is asked for a cursor, once it `is_failing`."""

    is_failing = False

    def cursor(self):
        if self.is_failing:
            raise pl.exceptions.PanicException("as the engine does")
        return super().cursor()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_writer_that_died_refuses_instead_of_keeping_its_callers_waiting(tmp_path, clock):
    connection = Failing(tmp_path / "yeji.duckdb")
    writer = Writer(connection, b"key", lambda: clock.now.replace(tzinfo=None))
    held = Held(writer)
    connection.is_failing = True
    waiting = [writer.submit(_put(name)) for name in "ab"]
    alone = writer.submit(_put("c"), alone=True)
    held.release()
    for future in (*waiting, alone):
        assert isinstance(future.exception(10), StoreClosedError)
    with pytest.raises(StoreClosedError):
        writer.submit(_put("d"))
    writer.close()
    connection.close()


def test_nothing_is_seen_before_the_commit(writer, connection):
    inside, go = threading.Event(), threading.Event()

    def work(transaction):
        _put("a")(transaction)
        inside.set()
        assert go.wait(10)

    future = writer.submit(work)
    assert inside.wait(10)
    assert not future.done()
    assert writer.versions["settings"] == 0
    assert _names(connection) == []
    go.set()
    future.result(10)
    assert writer.versions["settings"] == 1
    assert _names(connection) == ["a"]


def test_discarded_work_changes_nothing(writer, connection):
    def work(transaction):
        transaction.discard = True
        return _put("a")(transaction)

    assert writer.submit(work, alone=True).result(10) == "a"
    assert writer.versions["settings"] == 0
    assert _names(connection) == []
    assert _group(writer, _put("a")) == ["a"]


def test_moments_grow_although_the_clock_stands_still(writer):
    moments = _group(writer, *(lambda transaction: transaction.moment for _ in range(5)))
    assert moments == sorted(set(moments))


def test_moments_grow_over_a_restart_although_the_clock_went_back(writer, connection, clock):
    _group(writer, _put("a"))
    writer.close()
    clock.pass_days(-1)
    with connection.cursor() as cursor:
        last = audit.last_moment(cursor)
    second = Writer(connection, b"key", lambda: clock.now.replace(tzinfo=None))
    assert second.submit(lambda transaction: transaction.moment).result(10) > last
    second.close()


def test_closing_stores_what_is_queued_and_refuses_the_rest(writer, connection):
    held = Held(writer)
    futures = [writer.submit(_put(name)) for name in "abc"]
    closing = threading.Thread(target=writer.close)
    closing.start()
    held.release()
    closing.join(10)
    assert [future.result(0) for future in futures] == ["a", "b", "c"]
    assert _names(connection) == ["a", "b", "c"]
    with pytest.raises(StoreClosedError):
        writer.submit(_put("d"))


def test_forms_of_many_threads_are_each_stored_once(department):
    """Each form is sent twice, as after a lost answer; every second one a retry."""
    height = department.audit_rows()["seq"][-1]

    def file(thread):
        receipts = []
        for number in range(FORMS):
            values = {"name": f"{thread}-{number}", "owner_rep_id": "R1"}
            form = f"form {thread}-{number}"
            for _ in range(2):
                receipts.append(entry.add(department, Customer, values, by(f"p{thread}"), form))
        return receipts

    with ThreadPoolExecutor(THREADS) as pool:
        receipts = [receipt for part in pool.map(file, range(THREADS)) for receipt in part]
    assert [r.is_new for r in receipts].count(True) == THREADS * FORMS
    stored = department.rows(Customer).filter(~department.rows(Customer)["id"].is_in(["C1", "C2"]))
    assert sorted(stored["id"]) == sorted({r.ids[0] for r in receipts})
    assert department.audit_rows()["seq"][-1] == height + THREADS * FORMS
    assert audit.verify(department) is None


def test_the_same_form_from_many_threads_at_once_is_stored_once(department):
    def file(_):
        return entry.add(department, Customer, {"name": "x"}, by("gm"), "form").is_new

    with ThreadPoolExecutor(THREADS) as pool:
        assert sorted(pool.map(file, range(THREADS))) == [False] * (THREADS - 1) + [True]


def test_moves_of_one_deal_by_many_threads_keep_their_order(department):
    day = department.today()
    entry.add_deal(department, {"id": "D1", "rep_id": "R1", "opened_on": day}, by("gm"), "new")

    def move(thread):
        for number in range(5):
            stage = "quote" if (thread + number) % 2 else "lead"
            entry.move_deal(department, "D1", stage, day, by("gm"), f"{thread}-{number}")

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(move, range(THREADS)))
    events = department.rows(StageEvent).sort("seq")
    assert events["seq"].to_list() == list(range(1, events.height + 1))
    stages = events["stage"].to_list()
    assert all(a != b for a, b in pairwise(stages))
    assert department.frame("deals")["stage"].to_list() == stages[-1:]


def test_one_refused_form_among_many_threads_harms_no_other(department):
    def file(number):
        values = {"name": f"{number}", "owner_rep_id": "R9" if number % 5 == 0 else "R1"}
        try:
            return entry.add(department, Customer, values, by("gm"), f"form {number}").is_new
        except RefusedError as error:
            return error.problems["code"].to_list()

    with ThreadPoolExecutor(THREADS) as pool:
        outcomes = list(pool.map(file, range(40)))
    assert outcomes[::5] == [["unknown_reference"]] * 8
    assert outcomes.count(True) == 32
    assert department.rows(Customer).height == 2 + 32


def test_readers_see_whole_forms_only(department):
    """A deal and its stage event come in one form: no reader sees one without the other."""
    day, stop = department.today(), threading.Event()

    def read():
        while not stop.is_set():
            deals = department.frame("deals")["deal_id"]
            events = department.frame("stage_events")["deal_id"]
            assert deals.is_in(events.implode()).all()  # events are read later

    with ThreadPoolExecutor(3) as pool:
        reading = [pool.submit(read) for _ in range(2)]
        for number in range(30):
            values = {"id": f"D{number}", "rep_id": "R1", "opened_on": day}
            entry.add_deal(department, values, by("gm"), f"form {number}")
        stop.set()
        for done in reading:
            done.result(10)


def test_closing_a_store_stores_the_forms_that_wait(department, tmp_path, clock):
    held = Held(department._writer)
    with ThreadPoolExecutor(4) as pool:
        filed = [
            pool.submit(entry.add, department, Customer, {"name": f"{n}"}, by("gm"), f"form {n}")
            for n in range(4)
        ]
        _until(lambda: len(department._writer._waiting) == 4)
        closing = threading.Thread(target=department.close)
        closing.start()
        _until(lambda: not department._writer._is_open)
        held.release()
        assert all(form.result(10).is_new for form in filed)
        closing.join(10)
    reopened = Store(tmp_path / "yeji.duckdb", clock)
    assert reopened.rows(Customer).height == 6
    reopened.close()
