"""What a request says about who sends it: token, address, language."""

import os
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from data import sessions
from pages.ui import i18n, session

LANGUAGE_COOKIE = "yeji-lang"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_TRUSTED = "FORWARDED_ALLOW_IPS"  # uvicorn's own; without it, it would trust this machine
_FORWARDED = ("x-forwarded-for", "x-forwarded-proto", "x-real-ip", "forwarded", "via")


def true_address(app: ASGIApp) -> ASGIApp:
    """Takes back what uvicorn believed of a proxy that nobody has named as trusted."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and not os.environ.get(_TRUSTED) and _is_forwarded(scope):
            is_encrypted = bool(config.get_option("server.sslCertFile"))
            plain = "ws" if scope["type"] == "websocket" else "http"
            scope["scheme"] = f"{plain}s" if is_encrypted else plain
            scope["client"] = None
        await app(scope, receive, send)

    return asgi


def _is_forwarded(scope: Scope) -> bool:
    headers = Headers(scope=scope)
    return any(name in headers for name in _FORWARDED)


def is_secure(scope: Scope) -> bool:
    """Whether the browser speaks https."""
    return scope["scheme"] in ("https", "wss")


def token(scope: Scope) -> str | None:
    """The session token that the browser sends."""
    return cookies(scope).get(_cookie(scope))


def cookies(scope: Scope) -> Mapping[str, str]:
    """The cookies that the browser sends."""
    return cookie_parser(Headers(scope=scope).get("cookie", ""))


def place(scope: Scope) -> str | None:
    """The network address; None behind a proxy that is not trusted to tell it."""
    return scope["client"][0] if scope.get("client") else None


def is_here(scope: Scope) -> bool:
    """Whether the browser runs on this machine, as far as anything shows."""
    host = urlsplit(f"//{Headers(scope=scope).get('host', '')}").hostname
    return place(scope) in LOOPBACK and host in LOOPBACK and not _is_forwarded(scope)


def is_own_host(scope: Scope) -> bool:
    """Whether the browser asked for a name this app is served under (server.allowedHosts)."""
    return bool(is_host_allowed(Headers(scope=scope).get("host")))


def language(scope: Scope) -> str:
    """The language: of the address, else as chosen before, else the browser's."""
    asked = parse_qs(scope["query_string"].decode("latin-1")).get("lang", [""])[0]
    for chosen in (asked, cookies(scope).get(LANGUAGE_COOKIE)):
        if chosen in i18n.LANGUAGES:
            return chosen
    return i18n.of_locale(Headers(scope=scope).get("accept-language"))


def keep(response: Response, scope: Scope, token: str) -> None:
    """Give the browser a session."""
    _set_cookie(response, scope, token, int(sessions.LONGEST.total_seconds()))


def drop(response: Response, scope: Scope) -> None:
    """Take the session from the browser."""
    _set_cookie(response, scope, "", 0)


def _set_cookie(response: Response, scope: Scope, value: str, seconds: int) -> None:
    response.set_cookie(
        _cookie(scope),
        value,
        max_age=seconds,
        path="/",
        secure=is_secure(scope),
        httponly=True,
        samesite="lax",
    )


def _cookie(scope: Scope) -> str:
    return session.SECURE_COOKIE if is_secure(scope) else session.COOKIE
