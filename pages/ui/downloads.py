"""Files too large to pass through Streamlit, which would hold them in memory.

A file is offered to one person under an address that nobody can guess, sent to them once
straight from the disk, and removed. What nobody fetched goes after a while, at the next
offer or request.
"""

import secrets
import shutil
import threading
import time
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response
from starlette.routing import Route

from pages.ui import cache
from pages.ui.entrance import visitor

PATH = "/api/download"
MINUTES = 10  # an offer holds


class _Offer(NamedTuple):
    path: Path  # alone in its folder
    person: str
    until: float


_offers: dict[str, _Offer] = {}
_lock = threading.Lock()


def offer(path: Path, person: str) -> str:
    """The address at which the person can fetch `path` once; its folder goes with it."""
    _let_go()
    token = secrets.token_urlsafe(32)
    with _lock:
        _offers[token] = _Offer(path, person, time.monotonic() + 60 * MINUTES)
    return f"{PATH}/{token}"


def route() -> Route:
    """Sends what is offered."""
    return Route(f"{PATH}/{{token}}", fetch)


async def fetch(request: Request) -> Response:
    """The file, once and to whom it was offered."""
    _let_go()
    person = await run_in_threadpool(cache.signed_in, visitor.token(request.scope))
    found = _taken(request.path_params["token"], person.id if person else None)
    if found is None:
        return PlainTextResponse("gone", HTTPStatus.GONE)
    return FileResponse(
        found.path,
        filename=found.path.name,
        headers={"Cache-Control": "no-store"},
        background=BackgroundTask(_remove, found.path),
    )


def _taken(token: str, person: str | None) -> _Offer | None:
    with _lock:
        found = _offers.get(token)
        if found is None or found.person != person or not found.path.exists():
            return None
        return _offers.pop(token)


def _let_go() -> None:
    with _lock:
        ended = [token for token, offer in _offers.items() if offer.until < time.monotonic()]
        gone = [_offers.pop(token) for token in ended]
    for offer in gone:
        _remove(offer.path)


def _remove(path: Path) -> None:
    shutil.rmtree(path.parent, ignore_errors=True)
