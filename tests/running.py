"""The real app and command line in processes of their own, for tests that talk to them."""

import os
import re
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO
from zoneinfo import ZoneInfo

import cli
from data.store import Store
from pages.ui.relay import Command, Console
from tests import signing_in

ROOT = Path(__file__).parents[1]
START_SECONDS = 90
STOP_SECONDS = 30
TODAY = datetime.now(ZoneInfo("Asia/Shanghai")).date()  # of a new store, not of the machine
# Filled by the demo on whatever day the tests run: a calendar year begins empty.
TWELVE_MONTHS = f"{TODAY - timedelta(days=365)}..{TODAY}"


@dataclass(frozen=True)
class Running:
    """A running app: its store, its port and what it logged so far.

    `token` is of a session as general manager.
    """

    store: Path
    port: int
    log: list[str]
    token: str

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"


def environment(store: Path, **extra: str) -> dict[str, str]:
    return {**os.environ, "YEJI_DB": str(store), "LC_ALL": "C.UTF-8", **extra}


@dataclass(frozen=True)
class Done:
    """How a command ended: its exit code and what it printed."""

    code: int
    out: str
    err: str


def typed(store: Path, *argv: str, folder: Path | None = None, language: str = "en") -> Done:
    """Carry out a command in this process; `command` is slower and goes all the way."""
    out: list[str] = []
    err: list[str] = []
    console = Console(out.append, err.append, note=lambda text: None)
    words = ("--db", str(store), *argv)
    code = cli.run(Command(words, folder or store.parent, language), console)
    return Done(code, "".join(out), "".join(err))


def command(store: Path, *argv: str, stdin: bytes = b"", **extra: str) -> Done:
    """Run `cli.py` in a process of its own, as a person would."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "cli.py"), *argv],
        cwd=store.parent,
        env=environment(store, **extra),
        input=stdin,
        capture_output=True,
        check=False,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


def piped_to_nobody(store: Path, *argv: str) -> Done:
    """Run `cli.py` with an output that nobody reads any more."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, str(ROOT / "cli.py"), *argv],
            env=environment(store),
            stdout=writing,
            stderr=subprocess.PIPE,
            check=False,
        )
        return Done(done.returncode, "", done.stderr.decode())
    finally:
        os.close(writing)


def fill(folder: Path, *, leave: int = 0) -> Path:
    """Use up the disk of a folder but for `leave` bytes; the file that does it."""
    state = os.statvfs(folder)
    filler = folder / "filler"
    filler.write_bytes(bytes(max(0, state.f_bavail * state.f_frsize - leave)))
    return filler


def copied(store: Path, copy: Path) -> Path:
    """A store of its own with the same content; nobody may have `store` open."""
    for suffix in ("", ".key"):
        shutil.copy(f"{store}{suffix}", f"{copy}{suffix}")
    return copy


def session(store: Path, role: str = "gm") -> str:
    """The token of a new session as somebody of this role, in a store that nobody has open."""
    opened = Store(store)
    try:
        return signing_in.as_role(opened, role)
    finally:
        opened.close()


@contextmanager
def app(store: Path, *, is_asked: bool = True, port: int = 0, **extra: str) -> Iterator[Running]:
    """Serve `store` on a free port until the block ends; `extra` goes into the environment.

    Unless `is_asked`, no request was made before: the first one waits until the app is ready.
    """
    token = session(store)
    process = subprocess.Popen(
        [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)],
        cwd=ROOT,
        env=environment(store, **extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
    )
    log: list[str] = []
    reader = threading.Thread(target=lambda: log.extend(process.stdout))
    try:
        running = Running(store, announced_port(process.stdout, log), log, token)
        reader.start()
        if is_asked:
            urllib.request.urlopen(f"{running.url}/api/health", timeout=START_SECONDS).close()
        yield running
    finally:
        stop(process)
        if reader.is_alive():
            reader.join()
        process.stdout.close()


def stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    finally:
        process.kill()


def announced_port(lines: IO[str], log: list[str]) -> int:
    for line in lines:
        log.append(line)
        if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
            return int(found[1])
    raise AssertionError("the app did not start:\n" + "".join(log))
