"""A department that files forms from many threads until it is killed, and what holds then."""

import json
import multiprocessing
import random
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from decimal import Decimal
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import polars as pl

from data import entry
from data.errors import StoreClosedError
from data.records import Customer, Rep, Stage, Visit
from data.store import Store
from tests.actors import by

WHO = by("rep")
PHASES = {  # of the department's life -> seconds within which it is killed
    "filing": 0.05, "checkpoint": 0.3, "import": 0.4, "close": 0.15, "open": 0.06,
}  # fmt: skip
WRITERS = 8
LADDER = {"lead": "open", "won": "won"}
KINDS = ("visit", "deal", "move", "batch", "edit", "report", "settings")
ROWS = {"deal": 2, "move": 2, "batch": 3, "rep": 2}  # that a form of this kind writes; else one
LOADED = 20_000  # visits of one import
_BUSY = 40  # changes of tables at most before the phase begins
_AUTOMATIC = "16KB"  # of log, then a commit moves it into the file

_spawn = multiprocessing.get_context("forkserver")
_spawn.set_forkserver_preload([__name__])


class Left(NamedTuple):
    """What a killed department had acknowledged, and the versions it had seen by then."""

    forms: list[str]
    versions: dict[str, int]


def found(path: Path) -> None:
    """Make a department of one rep and one customer for each thread."""
    store = Store(path)
    for position, (stage, kind) in enumerate(LADDER.items(), start=1):
        row = {"id": stage, "name_zh": stage, "name_en": stage, "kind": kind, "position": position}
        entry.add(store, Stage, row, WHO, f"stage-{stage}")
    for n in range(WRITERS):
        entry.add(store, Rep, {"id": f"R{n}", "name": f"Rep {n}"}, WHO, f"rep-{n}")
        entry.add(store, Customer, {"id": f"C{n}", "name": f"Customer {n}"}, WHO, f"customer-{n}")
    store.close()


def killed(path: Path, phase: str, seed: int) -> Left:
    """Let the department file until it is killed in `phase`; what it had said by then."""
    left = Left([], {})
    if phase == "open":  # with a log to read again
        _kill(path, "filing", -seed, left)
    _kill(path, phase, seed, left)
    return left


def _kill(path: Path, phase: str, seed: int, left: Left) -> None:
    hears, says = _spawn.Pipe(duplex=False)
    process = _spawn.Process(target=_department, args=(path, phase, seed, says))
    process.start()
    says.close()
    for said in _heard(hears, left):
        if said == phase:
            break
    process.join(random.Random(seed).uniform(0, PHASES[phase]))
    process.kill()
    list(_heard(hears, left))
    process.join()


def _heard(hears: Connection, left: Left) -> Iterator[str]:
    """What the department says: a form that it acknowledges, or its phase."""
    with suppress(EOFError):
        while True:
            said, versions = hears.recv()
            if said not in PHASES:
                left.forms.append(said)
                left.versions.update(versions)
            yield said


def _department(path: Path, phase: str, seed: int, says: Connection) -> None:
    """File from many threads, and meanwhile do what `phase` is about."""
    if phase == "open":
        says.send((phase, {}))
    store = Store(path)
    if phase == "checkpoint":
        with store._connection.cursor() as cursor:
            cursor.execute(f"SET GLOBAL checkpoint_threshold = '{_AUTOMATIC}'")
    with ThreadPoolExecutor(WRITERS) as pool:
        for thread in range(WRITERS):
            pool.submit(_files, store, f"{seed}-{thread}", thread, says)
        until = sum(store.versions().values()) + random.Random(seed).randint(1, _BUSY)
        while sum(store.versions().values()) < until:
            time.sleep(0.001)  # of the department that is killed, not of the test
        says.send((phase, {}))
        if phase == "import":
            _load(store, f"import-{seed}", says)
        elif phase == "close":
            store.close()


def _load(store: Store, form: str, says: Connection) -> None:
    visits = pl.select(
        id=pl.format("{}-{}", pl.lit(form), pl.int_range(LOADED)),
        rep_id=pl.lit("R1"),
        visited_at=pl.datetime(2026, 1, 1) + pl.duration(seconds=pl.int_range(LOADED)),
    )
    store.load({"Visit": visits}, actor=WHO, origin="import", source=form)
    says.send((form, store.versions()))


def _files(store: Store, name: str, thread: int, says: Connection) -> None:
    """File forms of every kind, every fifth of them twice; say each once it is stored."""
    chance, deal, number = random.Random(name), "", 0
    with suppress(StoreClosedError):
        while True:
            number += 1
            kind = chance.choice(KINDS)
            kind = "deal" if kind == "move" and not deal else kind
            form = f"{kind}-{name}-{number}"
            is_twice = not number % 5 and kind != "settings"  # which have no id
            for _ in range(1 + is_twice):
                _file(store, form, thread, number, deal)
            deal = form if kind == "deal" else "" if kind == "move" else deal
            says.send((form, store.versions()))


def _file(store: Store, form: str, thread: int, number: int, deal: str) -> None:
    rep, customer, today = f"R{thread}", f"C{thread}", store.today()
    match form.partition("-")[0]:
        case "visit":
            moment = datetime(2026, 1, 5, 9) + timedelta(minutes=number)
            visit = {"rep_id": rep, "customer_id": customer, "visited_at": moment}
            entry.add(store, Visit, {**visit, "minutes": 5, "topic": form}, WHO, form)
        case "deal":
            values = {"rep_id": rep, "customer_id": customer, "opened_on": today}
            entry.add_deal(store, values, WHO, form)
        case "move":
            entry.move_deal(store, deal, "won", today, WHO, form, amount=Decimal(number))
        case "batch":
            rows = [{"id": f"{form}/{n}", "name": f"{form}/{n}"} for n in range(ROWS["batch"])]
            entry.put(store, Customer, rows, WHO, form)
        case "edit":
            entry.edit(store, Customer, customer, {"note": form}, WHO, form)
        case "report":
            week = today - timedelta(weeks=number)
            entry.save_report(store, rep, week, {"summary": form}, WHO, form, submit=False)
        case "settings":
            store.save_settings({"department_en": form}, WHO)


def check(store: Store, left: Left) -> None:
    """Nothing acknowledged is lost, nothing is half there, and the log is whole."""
    assert store.verify().findings == ()  # each row of a table, too, is as the log has it
    log, forms = store.audit_rows(), _forms(store)
    _check_acknowledged(left, log, set(forms.values()))
    _check_whole(store, log, forms)
    for name, version in left.versions.items():
        assert store.versions()[name] >= version, name


def _forms(store: Store) -> dict[datetime, str]:
    """When each form was stored -> its id."""
    with store._connection.cursor() as cursor:
        rows = cursor.execute("SELECT filed_at, id FROM forms").fetchall()
    assert len(dict(rows)) == len(rows) == len({form for _, form in rows})
    return dict(rows)


def _after(log: pl.DataFrame, action: str, name: str) -> list[object]:
    rows = log.filter(pl.col("action") == action)["after"]
    return [json.loads(after)[name] for after in rows]


def _check_acknowledged(left: Left, log: pl.DataFrame, forms: set[str]) -> None:
    set_to, loaded = _after(log, "settings", "department_en"), _after(log, "load", "source")
    for form in left.forms:
        kept = {"settings": set_to, "import": loaded}.get(form.split("-")[0])
        assert kept.count(form) == 1 if kept is not None else form in forms, form


def _check_whole(store: Store, log: pl.DataFrame, forms: dict[datetime, str]) -> None:
    """Each form has all rows of its kind, nothing was written beside forms, imports are whole."""
    rows = Counter(log.filter(pl.col("record").is_not_null())["happened_at"])
    assert rows == {at: ROWS.get(form.split("-")[0], 1) for at, form in forms.items()}
    visits = store.rows(Visit).filter(pl.col("origin") == "import")["id"]
    heights = dict(visits.str.replace(r"-\d+$", "").value_counts().iter_rows())
    assert heights == dict.fromkeys(_after(log, "load", "source"), LOADED)
