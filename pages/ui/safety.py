"""The headers that keep a browser to what the product needs."""

import base64
import hashlib
import re
from collections.abc import Iterator

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from pages.ui.entrance import visitor

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_YEAR = 365 * 24 * 3600
_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}
_FILES = "/media/"  # what the app hands out: pictures and downloads, never pages
_NOTHING = "default-src 'none'; frame-ancestors 'none'; sandbox"


def safe_headers(app: ASGIApp) -> ASGIApp:
    """Gives every answer the headers of `_ALWAYS`, unless it has stricter ones of its own."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return

        async def add(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(raw=list(message["headers"]))
                for name, value in _wanted(scope):
                    headers.setdefault(name, value)
                message = {**message, "headers": headers.raw}
            await send(message)

        await app(scope, receive, add)

    return asgi


def _wanted(scope: Scope) -> Iterator[tuple[str, str]]:
    yield from _ALWAYS.items()
    if visitor.is_secure(scope):
        yield "Strict-Transport-Security", f"max-age={_YEAR}"
    if scope["path"].startswith(_FILES):
        yield "Content-Security-Policy", _NOTHING


def page_policy(scope: Scope, body: bytes) -> str:
    """What Streamlit's page may load: scripts of this app and the inline ones it came with.

    Nothing is evaluated and nothing fetched from another site: Streamlit asks Google for the
    picture of a menu icon. Its styles are written into the page as it runs.
    """
    scripts = " ".join(f"'sha256-{_digest(text)}'" for text in _INLINE.findall(body))
    host = Headers(scope=scope).get("host", "")
    socket = f"{'wss' if visitor.is_secure(scope) else 'ws'}://{host}"
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {scripts}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self' {socket}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _digest(text: bytes) -> str:
    return base64.b64encode(hashlib.sha256(text).digest()).decode()
