"""What stands between the network and Streamlit: pure ASGI, so that websockets pass it too."""

import gzip
import mimetypes
import re
from functools import cache
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlparse

import streamlit
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from data.errors import YejiError
from pages.ui import i18n, safety
from pages.ui.entrance import visitor

_STATIC = Path(streamlit.__file__).parent / "static"
_COMPRESSIBLE = (".js", ".css", ".svg", ".json")
_SAFE = ("GET", "HEAD", "OPTIONS")
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1
_YEAR = 365 * 24 * 3600


def startup_sentence(app: ASGIApp) -> ASGIApp:
    """Says in one sentence why the app cannot start; uvicorn would log a traceback."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan":
            await app(scope, receive, send)
            return
        failures: list[Message] = []

        async def hold(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                failures.append(message)
            else:
                await send(message)

        try:
            await app(scope, receive, hold)
        except YejiError as error:
            words = i18n.sentence(i18n.of_environment(), error)
            await send({"type": "lifespan.startup.failed", "message": words})
            raise
        except BaseException:
            for failure in failures:
                await send(failure)
            raise

    return asgi


def own_origin(app: ASGIApp) -> ASGIApp:
    """Refuses what a page of another site asks: every websocket, every request that changes.

    Streamlit would look a foreign origin up over the network first. Clients that send no
    origin are no browsers and carry nobody's cookies. A host name this app is not served
    under is refused whatever is asked: a foreign name may be made to lead here.
    """

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, send)
        elif not visitor.is_own_host(scope):
            await _refuse("unknown host", HTTPStatus.BAD_REQUEST)(scope, receive, send)
        elif _is_reading(scope) or _is_own(scope):
            await app(scope, receive, send)
        else:
            await _refuse("forbidden", HTTPStatus.FORBIDDEN)(scope, receive, send)

    return asgi


def _refuse(words: str, status: HTTPStatus) -> ASGIApp:
    """Answers a request so; a websocket's opening always gets 403."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await PlainTextResponse(words, status)(scope, receive, send)

    return asgi


def _is_reading(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in _SAFE


def _is_own(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    origin = headers.get("origin")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    return origin is None or urlparse(origin).netloc == headers.get("host")


def compressed_files(app: ASGIApp) -> ASGIApp:
    """Streamlit's scripts and styles, compressed once per process and kept by browsers.

    Streamlit sends them as they are: 8.1 MB before the first chart instead of 2.7 MB.
    Their names change with their content, so a browser never asks for one twice.
    """

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        name = scope.get("path", "").removeprefix("/")
        if _takes_gzip(scope) and name in _files():
            body = await run_in_threadpool(_compressed, name)
            headers = {
                "Content-Encoding": "gzip",
                "Vary": "Accept-Encoding",
                "Cache-Control": f"public, immutable, max-age={_YEAR}",
            }
            kind = mimetypes.guess_type(name)[0]
            await Response(body, headers=headers, media_type=kind)(scope, receive, send)
        else:
            await app(scope, receive, send)

    return asgi


def _takes_gzip(scope: Scope) -> bool:
    if scope["type"] != "http" or scope["method"] != "GET":
        return False
    return "gzip" in Headers(scope=scope).get("accept-encoding", "")


@cache
def _files() -> frozenset[str]:
    """The paths that are compressed; nothing outside this list is read."""
    return frozenset(
        path.relative_to(_STATIC).as_posix()
        for path in (_STATIC / "static").rglob("*")
        if path.suffix in _COMPRESSIBLE and path.name != "manifest.json"  # its name never changes
    )


@cache
def _compressed(name: str) -> bytes:
    return gzip.compress((_STATIC / name).read_bytes(), mtime=0)


def page_frame(app: ASGIApp) -> ASGIApp:
    """Gives the empty page its language, its title and the bounds of what it may load.

    Screen readers choose their voice by the language, browsers their font for Han
    characters; both are there before Streamlit's own words arrive.
    """

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await app(scope, receive, send)
            return
        pages: list[Message] = []
        body = bytearray()

        async def rewrite(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_page(message):
                pages.append(message)
            elif pages and message["type"] == "http.response.body":
                body.extend(message.get("body", b""))
                if not message.get("more_body"):
                    await _send_page(pages[0], bytes(body), scope, send)
            else:
                await send(message)

        await app(_plain(scope), receive, rewrite)

    return asgi


def _plain(scope: Scope) -> Scope:
    """The request of a page without leave to compress it: what is compressed is not rewritten."""
    if "text/html" not in Headers(scope=scope).get("accept", ""):
        return scope
    kept = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
    return {**scope, "headers": kept}


def _is_page(start: Message) -> bool:
    headers = Headers(raw=start["headers"])
    kind = headers.get("content-type", "")
    is_own = "content-security-policy" in headers  # a page of ours, not of Streamlit
    return start["status"] == HTTPStatus.OK and kind.startswith("text/html") and not is_own


async def _send_page(start: Message, body: bytes, scope: Scope, send: Send) -> None:
    language = visitor.language(scope)
    title = f"<title>{i18n.text(language, 'common.app')}</title>".encode()
    tag = "zh-CN" if language == "zh" else "en"
    body = body.replace(b'<html lang="en">', f'<html lang="{tag}">'.encode(), 1)
    body = re.sub(rb"<title>.*?</title>", title, body, count=1)
    headers = MutableHeaders(raw=list(start["headers"]))
    headers["Content-Length"] = str(len(body))
    headers["Content-Security-Policy"] = safety.page_policy(scope, body)
    headers["Cache-Control"] = "no-store"  # the same address is another page in another language
    for name in ("etag", "last-modified"):  # of the file, not of this page
        if name in headers:
            del headers[name]
    await send({**start, "headers": headers.raw})
    await send({"type": "http.response.body", "body": body})
