"""The screen that a person lands on: Streamlit serves the first one at the root, and only there."""

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from data import policy
from pages.ui import cache, menu
from pages.ui.entrance import visitor


def first_screen(app: ASGIApp) -> ASGIApp:
    """Leads the name of a person's first screen to the root."""

    async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and await run_in_threadpool(_is_home, scope):
            query = scope["query_string"].decode("latin-1")
            await RedirectResponse(f"/?{query}" if query else "/")(scope, receive, send)
        else:
            await app(scope, receive, send)

    return asgi


def _is_home(scope: Scope) -> bool:
    if scope["path"].removeprefix("/") not in policy.SCREENS:
        return False
    person = cache.signed_in(visitor.token(scope))
    return person is not None and scope["path"] == f"/{menu.home(policy.rights(person.role))}"
