"""The gate before everything that is not public: HTTP, websocket, media and uploads."""

from http import HTTPStatus
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from pages.ui import cache, relay
from pages.ui.entrance import company, visitor
from pages.ui.links import JOIN, SET_UP

SIGN_IN, SIGN_OUT = "/signin", "/signout"
STYLE, LOGO, MARK = "/signin/style.css", "/signin/logo.svg", "/signin/mark.svg"
HEALTH = "/api/health"
_OPEN = {SIGN_IN, SIGN_OUT, SET_UP, JOIN, company.START, STYLE, LOGO, MARK, HEALTH, relay.PATH}
_PUBLIC = "/static/"  # Streamlit's own scripts, styles and fonts: public code, nobody's data
_POLICY_VIOLATION = 1008  # RFC 6455, 7.4.1


def gate(app: ASGIApp) -> ASGIApp:
    """Lets in who is signed in; sends pages to the sign-in and refuses everything else."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _is_open(scope) or await _is_let_in(scope):
            await app(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": _POLICY_VIOLATION})
        else:
            await _refusal(scope)(scope, receive, send)

    return asgi


def _is_open(scope: Scope) -> bool:
    if scope["type"] != "http":
        return False
    path = scope["path"]
    if path in company.STREAMLIT:
        return company.is_configured()
    return path in _OPEN or (path.startswith(_PUBLIC) and ".." not in path)


async def _is_let_in(scope: Scope) -> bool:
    token = visitor.token(scope)
    return bool(token) and await run_in_threadpool(cache.signed_in, token) is not None


def _refusal(scope: Scope) -> Response:
    accepted = Headers(scope=scope).get("accept", "")
    if scope["method"] != "GET" or "text/html" not in accepted:
        return PlainTextResponse("sign in first", HTTPStatus.UNAUTHORIZED)
    query = scope["query_string"].decode("latin-1")
    here = f"{scope['path']}?{query}" if query else scope["path"]
    target = SIGN_IN if here == "/" else f"{SIGN_IN}?{urlencode({'next': here})}"
    return RedirectResponse(target, HTTPStatus.SEE_OTHER, {"Cache-Control": "no-store"})
