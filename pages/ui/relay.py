"""A terminal's command, carried to the running app, which holds the store.

The app leaves its port and a secret in a file beside the store that only its own user can
read; the terminal sends its words and its folder, and gets back what the app prints.
"""

import asyncio
import http.client
import json
import os
import secrets
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

PATH = "/api/command"
_CONNECT_SECONDS = 5
_LARGEST_REQUEST = 64 * 1024
_DEFAULT_PORT = 8501  # of .streamlit/config.toml
_LOOPBACK = ("127.0.0.1", "::1")


@dataclass(frozen=True)
class Console:
    """Where a command prints: results to `out`, everything else to `err`.

    A `note` is progress, which the next note replaces.
    """

    out: Callable[[str], None]
    err: Callable[[str], None]
    note: Callable[[str], None]


@dataclass(frozen=True)
class Command:
    """What a person typed, in which folder, in which language."""

    argv: tuple[str, ...]
    folder: Path
    language: str


@dataclass(frozen=True)
class Door:
    """Where the running app listens, and the secret it asks for."""

    port: int
    token: str


Execute = Callable[[Command, Console], int]


def token_file(store: Path) -> Path:
    """The file beside `store` in which the running app leaves its door."""
    return store.with_name(f"{store.name}.token")


def open_door(store: Path, port: int) -> None:
    """Leave a new door with a secret of its own, where only this user can read it."""
    file = token_file(store)
    file.unlink(missing_ok=True)  # a crashed app leaves its file; its mode is not trusted either
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as target:
        json.dump({"port": port, "token": secrets.token_urlsafe(32)}, target)


def close_door(store: Path) -> None:
    """Remove what `open_door` left."""
    token_file(store).unlink(missing_ok=True)


def door_of(store: Path) -> Door | None:
    """The door of the app that holds `store`; None when it left none for this user."""
    try:
        known = json.loads(token_file(store).read_text(encoding="utf-8"))
    except (FileNotFoundError, PermissionError, json.JSONDecodeError):  # the last: half written
        return None
    return Door(known["port"], known["token"])


def address(store: Path) -> str:
    """Where the app that serves `store` answers on this machine, or would by default."""
    door = door_of(store)
    return f"http://127.0.0.1:{door.port if door else _DEFAULT_PORT}"


def send(door: Door, command: Command, console: Console) -> int | None:
    """Have the running app carry out `command`; its exit code, None when nobody answers.

    Raises:
        ConnectionError: the app refused the command or broke off in the middle of it.
    """
    connection = http.client.HTTPConnection("127.0.0.1", door.port, timeout=_CONNECT_SECONDS)
    try:
        connection.connect()
    except (ConnectionRefusedError, TimeoutError):
        return None
    assert connection.sock
    connection.sock.settimeout(None)  # an import may be silent for longer than a connect may take
    try:
        connection.request("POST", PATH, _written(command), {"Authorization": _bearer(door.token)})
        return _printed(connection.getresponse(), console)
    except http.client.HTTPException as error:
        raise ConnectionAbortedError from error
    finally:
        connection.close()


def _bearer(token: str) -> str:
    return f"Bearer {token}"


def _written(command: Command) -> str:
    known = {
        "argv": command.argv,
        "folder": str(command.folder),
        "language": command.language,
    }
    return json.dumps(known)


def _read(body: bytes) -> Command:
    known = json.loads(body)
    return Command(tuple(known["argv"]), Path(known["folder"]), known["language"])


def _printed(answer: http.client.HTTPResponse, console: Console) -> int:
    """Print the answer line by line as it comes; its last line is the exit code."""
    if answer.status != http.HTTPStatus.OK:
        raise ConnectionRefusedError(answer.status, answer.reason)
    for line in answer:
        kind, value = json.loads(line)
        if kind == "exit":
            return int(value)
        show: Callable[[str], None] = getattr(console, kind)
        show(value)
    raise ConnectionAbortedError("no exit code")


def route(execute: Execute, store: Callable[[], Path]) -> Route:
    """The app's end: carries out a command for whoever knows the secret beside `store`."""

    async def answer(request: Request) -> Response:
        if not _is_ours(request, door_of(store())):
            return PlainTextResponse("forbidden", http.HTTPStatus.FORBIDDEN)
        body = await request.body()
        if len(body) > _LARGEST_REQUEST:
            return PlainTextResponse("too large", http.HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return StreamingResponse(_lines(execute, _read(body)), media_type="application/x-ndjson")

    return Route(PATH, answer, methods=["POST"])


def _is_ours(request: Request, door: Door | None) -> bool:
    """Whether a terminal of this machine asks, with the secret. Browsers never are ours."""
    if door is None or request.client is None or request.client.host not in _LOOPBACK:
        return False
    if "origin" in request.headers:
        return False
    given = request.headers.get("authorization", "")
    return secrets.compare_digest(given.encode(), _bearer(door.token).encode())


async def _lines(execute: Execute, command: Command) -> AsyncIterator[str]:
    """What the command prints, as it prints it: one JSON pair a line."""
    loop = asyncio.get_running_loop()
    waiting: asyncio.Queue[Sequence[object] | None] = asyncio.Queue()

    def put(*line: object) -> None:
        loop.call_soon_threadsafe(waiting.put_nowait, line or None)

    def work() -> None:
        console = Console(*(partial(put, field.name) for field in fields(Console)))
        try:
            put("exit", execute(command, console))
        finally:
            put()

    task = asyncio.create_task(run_in_threadpool(work))
    while line := await waiting.get():
        yield json.dumps(line) + "\n"
    await task
