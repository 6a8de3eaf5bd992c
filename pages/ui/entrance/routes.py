"""What the pages of the way in do: sign in and out, set up, join."""

from collections.abc import Callable, Mapping
from functools import cache as once
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

import anyio
from anyio import to_thread
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from data import passwords
from data.access import DEMO_ROLES
from data.errors import (
    CompanyAccountError,
    DemoClosedError,
    EmailMissingError,
    EmailUnknownError,
    LinkInvalidError,
    SignInFailedError,
    TooManyAttemptsError,
    YejiError,
)
from pages.ui import cache, codes, i18n
from pages.ui.entrance import company, pages, visitor
from pages.ui.entrance.gate import LOGO, MARK, SIGN_IN, SIGN_OUT, STYLE
from pages.ui.links import JOIN, SET_UP

_IMAGES = Path(__file__).parents[1] / "images"
_LARGEST_FORM = 16 * 1024
_HASHES = 2  # at once; those who wait keep no thread of the app
_STATUS = {
    SignInFailedError: HTTPStatus.UNAUTHORIZED,
    TooManyAttemptsError: HTTPStatus.TOO_MANY_REQUESTS,
    DemoClosedError: HTTPStatus.FORBIDDEN,
    CompanyAccountError: HTTPStatus.FORBIDDEN,
    EmailMissingError: HTTPStatus.FORBIDDEN,
    EmailUnknownError: HTTPStatus.FORBIDDEN,
    LinkInvalidError: HTTPStatus.GONE,
}

Form = Mapping[str, str]
Values = Mapping[str, object]
_Result = TypeVar("_Result")


def routes() -> list[BaseRoute]:
    """The routes of the way in; none needs a session."""
    return [
        Route(SIGN_IN, sign_in, methods=["GET", "POST"]),
        Route(company.START, company.start),
        Route(SIGN_OUT, sign_out, methods=["GET", "POST"]),
        Route(SET_UP, set_up, methods=["GET", "POST"]),
        Route(JOIN, join, methods=["GET", "POST"]),
        Route(STYLE, lambda request: pages.style()),
        Route(LOGO, lambda request: FileResponse(_IMAGES / "logo.svg")),
        Route(MARK, lambda request: FileResponse(_IMAGES / "mark.svg")),
    ]


async def sign_in(request: Request) -> Response:
    """The sign-in page; POST signs in and goes on to the page that was asked for."""
    old = visitor.token(request.scope)
    if request.method == "GET":
        if await run_in_threadpool(cache.signed_in, old):
            return _onward(request, request.query_params.get("next"))
        return await _from_company(request) or await _sign_in_page(request, request.query_params)
    form = await _form(request)
    place = visitor.place(request.scope)
    try:
        if role := form.get("demo"):
            if not visitor.is_here(request.scope):
                raise DemoClosedError
            work = partial(cache.access().sign_in_to_demo, role, place, old)
        else:
            login, password = form.get("login", ""), form.get("password", "")
            work = partial(cache.access().sign_in, login, password, place, old)
        token = await _in_turn(work)
    except YejiError as error:
        return await _sign_in_page(request, form, error)
    return _signed_in(request, token, form.get("next"))


async def _from_company(request: Request) -> Response | None:
    """The session of who just came back from the company's provider; None when nobody did."""
    scope, place = request.scope, visitor.place(request.scope)
    old = visitor.token(scope)
    try:
        email = company.email(scope)
        if email is None:
            return None
        token = await run_in_threadpool(cache.access().sign_in_by_email, email, place, old)
    except YejiError as error:
        response = await _sign_in_page(request, request.query_params, error)
    else:
        response = _signed_in(request, token, company.target(scope))
    company.drop(response, scope)
    return response


async def _sign_in_page(request: Request, form: Form, error: YejiError | None = None) -> Response:
    scope = request.scope
    language = visitor.language(scope)
    state = await run_in_threadpool(cache.admission().state)
    is_open_demo = cache.settings().is_demo and visitor.is_here(scope)
    target = form.get("next", "")
    values = {
        "title": i18n.text(language, "signin.title"),
        "department": cache.settings().department(language),
        "login": form.get("login", ""),
        "wrong": i18n.sentence(language, error) if error else None,
        "demo_roles": _roles(language) if is_open_demo else {},
        "has_accounts": state.has_accounts,
        "has_company": company.is_configured(),
        "needs_set_up": state.needs_set_up,
    }
    kept = {"next": target} if _is_own(target) else {}
    return pages.page(
        scope, "signin", values, kept=kept, status=_status(error), headers=_retry(error)
    )


def _roles(language: str) -> dict[str, str]:
    return {role: codes.word(language, "role", role) for role in DEMO_ROLES}


async def sign_out(request: Request) -> Response:
    """Ask whether to sign out; POST does it."""
    scope = request.scope
    token = visitor.token(scope)
    person = await run_in_threadpool(cache.signed_in, token)
    language = visitor.language(scope)
    if person and request.method == "GET":
        values: Values = {
            "title": i18n.text(language, "signin.sign_out"),
            "why": i18n.text(language, "signin.sign_out_ask", name=person.name),
            "command": None,
            "sign_out": i18n.text(language, "signin.sign_out"),
            "onward": "/",
            "onward_words": i18n.text(language, "signin.back"),
        }
        return pages.page(scope, "message", values)
    if token:
        await run_in_threadpool(cache.access().sign_out, token, visitor.place(scope))
    response = RedirectResponse(SIGN_IN, HTTPStatus.SEE_OTHER)
    visitor.drop(response, scope)
    return response


async def set_up(request: Request) -> Response:
    """Make the first administrator by the link that the console has shown."""
    form = request.query_params if request.method == "GET" else await _form(request)
    token = form.get("token", "")
    try:
        await run_in_threadpool(cache.admission().check_set_up, token)
    except LinkInvalidError as error:
        return _no_link(request, error, "python cli.py user admin-link")
    words = {"title": "signin.set_up", "why": "signin.set_up_why", "send": "signin.set_up_send"}
    show = partial(_password_page, request, form, SET_UP, words, asks_name=True)
    if request.method == "GET":
        return show()
    given = (form.get("name", ""), form.get("login", ""), form.get("password", ""))
    place = visitor.place(request.scope)
    return await _chosen(
        request, form, show, partial(cache.admission().set_up, token, *given, place)
    )


async def join(request: Request) -> Response:
    """Choose a password by a one-time link."""
    form = request.query_params if request.method == "GET" else await _form(request)
    token = form.get("token", "")
    try:
        guest = await run_in_threadpool(cache.admission().guest, token)
    except LinkInvalidError as error:
        return _no_link(request, error)
    words = {"title": "signin.join", "why": "signin.join_why", "send": "signin.join_send"}
    known = {"token": token, "login": guest.login, "name": guest.name}
    show = partial(_password_page, request, known, JOIN, words, asks_name=False)
    if request.method == "GET":
        return show()
    old, place = visitor.token(request.scope), visitor.place(request.scope)
    work = partial(cache.admission().join, token, form.get("password", ""), place, old)
    return await _chosen(request, form, show, work)


def _password_page(
    request: Request,
    form: Form,
    action: str,
    words: Mapping[str, str],
    wrong: str | None = None,
    *,
    asks_name: bool,
) -> Response:
    language = visitor.language(request.scope)
    name, login = form.get("name", ""), form.get("login", "")
    values = {
        **{key: i18n.text(language, text, name=name) for key, text in words.items()},
        "action": action,
        "token": form.get("token", ""),
        "asks_name": asks_name,
        "name": name,
        "login": login,
        "wrong": wrong,
        "shortest": passwords.SHORTEST,
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if wrong else HTTPStatus.OK
    kept = {"token": form.get("token", "")}
    return pages.page(request.scope, "password", values, kept=kept, status=status)


async def _chosen(
    request: Request, form: Form, show: Callable[[str], Response], work: Callable[[], str]
) -> Response:
    """Take a new password, or show its form again with what is wrong."""
    language = visitor.language(request.scope)
    if form.get("password") != form.get("again"):
        return show(i18n.text(language, "signin.differ"))
    try:
        token = await _in_turn(work)
    except YejiError as error:
        return show(i18n.sentence(language, error))
    return _signed_in(request, token, None)


def _no_link(request: Request, error: YejiError, command: str | None = None) -> Response:
    """Say that a link is void, and how to get another one."""
    language = visitor.language(request.scope)
    key = "signin.set_up_how" if command else "signin.forgotten"
    values: Values = {
        "title": i18n.sentence(language, error),
        "why": i18n.text(language, key),
        "command": command,
        "sign_out": None,
        "onward": SIGN_IN,
        "onward_words": i18n.text(language, "signin.title"),
    }
    return pages.page(request.scope, "message", values, status=_status(error))


def _signed_in(request: Request, token: str, target: str | None) -> Response:
    response = _onward(request, target)
    visitor.keep(response, request.scope, token)
    return response


def _onward(request: Request, target: str | None) -> Response:
    """To the page that was asked for, in the language that was chosen here."""
    path, _, query = (target if target and _is_own(target) else "/").partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name != "lang"]
    query = urlencode([("lang", visitor.language(request.scope)), *kept])
    return RedirectResponse(f"{path}?{query}", HTTPStatus.SEE_OTHER)


def _is_own(target: str) -> bool:
    """Whether it is a path of this app, which a browser cannot read as another site."""
    if not target.startswith("/") or target.startswith(("//", "/\\")) or not target.isprintable():
        return False
    parts = urlsplit(target)
    return not parts.netloc and not parts.path.startswith((SIGN_IN, SIGN_OUT, SET_UP, JOIN))


async def _form(request: Request) -> Form:
    """The fields of a form; one that is too large has none."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > _LARGEST_FORM:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


async def _in_turn(work: Callable[[], _Result]) -> _Result:
    """Do work that hashes a password, in a thread, when it is its turn."""
    return await to_thread.run_sync(work, limiter=_turns())


@once
def _turns() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(_HASHES)


def _status(error: YejiError | None) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 200)


def _retry(error: YejiError | None) -> dict[str, str]:
    if not isinstance(error, TooManyAttemptsError):
        return {}
    return {"Retry-After": str(60 * int(str(error.values["minutes"])))}
