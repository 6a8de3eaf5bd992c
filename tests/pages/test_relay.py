import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette

from pages.ui import relay
from pages.ui.relay import Command, Console

COMMAND = Command(("report", "概览"), Path("/some/folder"), "zh")


@contextmanager
def served(execute, store):
    """A server with nothing but the command route, and its door beside `store`."""
    app = Starlette(routes=[relay.route(execute, lambda: store)])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as wire:
        thread = threading.Thread(target=server.run, args=([wire],))
        thread.start()
        try:
            relay.open_door(store, wire.getsockname()[1])
            yield relay.door_of(store)
        finally:
            server.should_exit = True
            thread.join()


def told(door):
    lines = []
    console = Console(
        *(lambda text, kind=kind: lines.append((kind, text)) for kind in ("out", "err", "note"))
    )
    return relay.send(door, COMMAND, console), lines


def test_a_command_arrives_whole_and_its_output_comes_back_in_order(tmp_path):
    arrived = []

    def execute(command, console):
        arrived.append(command)
        console.note("1 / 2")
        console.out("﻿a,b\r\n业绩,1\r\n")
        console.err("one\ntwo\n")
        console.out("")
        return 1

    with served(execute, tmp_path / "store") as door:
        code, lines = told(door)
    assert arrived == [COMMAND]
    assert code == 1
    assert lines == [
        ("note", "1 / 2"),
        ("out", "﻿a,b\r\n业绩,1\r\n"),
        ("err", "one\ntwo\n"),
        ("out", ""),
    ]


def test_a_command_that_fails_unexpectedly_is_told_as_broken_off(tmp_path):
    def execute(command, console):
        console.out("half")
        raise ZeroDivisionError

    with served(execute, tmp_path / "store") as door, pytest.raises(ConnectionError):
        told(door)


def test_another_secret_is_refused(tmp_path):
    with served(lambda *_: 0, tmp_path / "store") as door, pytest.raises(ConnectionRefusedError):
        told(relay.Door(door.port, "guess"))


def test_nobody_answers_at_a_door_that_was_left_behind(tmp_path):
    with served(lambda *_: 0, tmp_path / "store") as door:
        pass
    assert told(door) == (None, [])


@pytest.mark.parametrize("left", ["", "{", '{"port": 1'])
def test_a_door_that_is_being_written_is_none_yet(tmp_path, left):
    store = tmp_path / "store"
    relay.token_file(store).write_text(left, encoding="utf-8")
    assert relay.door_of(store) is None


def test_each_opening_has_a_secret_of_its_own_and_closing_removes_it(tmp_path):
    store = tmp_path / "store"
    tokens = set()
    for _ in range(3):
        relay.open_door(store, 8501)
        tokens.add(relay.door_of(store).token)
    assert len(tokens) == 3
    relay.close_door(store)
    assert relay.door_of(store) is None
    relay.close_door(store)
