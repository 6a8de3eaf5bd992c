"""The company account: OpenID Connect by Streamlit's own login, whose routes these are.

Streamlit talks to the provider and leaves what it said in a signed cookie. That cookie is taken
once, soon after the provider signed it, and given back for a session of ours: so signing out,
closing an account or leaving ends a company sign-in like any other.
"""

import json
import time
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Scope
from streamlit import auth_util
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import (
    TOKENS_COOKIE_NAME,
    USER_COOKIE_NAME,
)

from data.errors import CompanyAccountError, EmailMissingError
from pages.ui.entrance import visitor

START = "/signin/company"
STREAMLIT = ("/auth/login", "/oauth2callback")  # open to all while there is a provider
_PROVIDER = "default"
_NEXT_COOKIE = "yeji-next"  # the page asked for: Streamlit comes back to the first one
_SECONDS = 600  # from the provider's signature to our session, at most


def is_configured() -> bool:
    """Whether .streamlit/secrets.toml names a provider in its section [auth]."""
    section = auth_util.get_secrets_auth_section()
    return bool(auth_util.get_validated_redirect_uri() and section.get("client_id"))


async def start(request: Request) -> Response:
    """Send the browser to the provider; where it wanted to go is kept meanwhile."""
    if not is_configured():
        return RedirectResponse("/signin", HTTPStatus.SEE_OTHER)
    query = f"provider={auth_util.encode_provider_token(_PROVIDER)}"
    response = RedirectResponse(f"{STREAMLIT[0]}?{query}", HTTPStatus.SEE_OTHER)
    response.set_cookie(
        _NEXT_COOKIE,
        request.query_params.get("next", "").encode().hex(),
        max_age=_SECONDS,
        httponly=True,
        samesite="lax",
        secure=visitor.is_secure(request.scope),
    )
    return response


def email(scope: Scope) -> str | None:
    """The e-mail of who just came from the provider; None when nobody did.

    Raises:
        CompanyAccountError: too long ago, or by a cookie that is not Streamlit's.
        EmailMissingError: the provider names none, or one that it has not verified.
    """
    if not is_configured() or USER_COOKIE_NAME not in visitor.cookies(scope):
        return None
    written = auth_util.get_cookie_with_chunks(lambda name: _signed(scope, name), USER_COOKIE_NAME)
    said = json.loads(written) if written else {}
    if not 0 <= time.time() - said.get("iat", 0) + 60 <= _SECONDS + 60:  # clocks differ a little
        raise CompanyAccountError
    if not said.get("email") or said.get("email_verified", True) not in (True, "true"):
        raise EmailMissingError
    return str(said["email"])


def _signed(scope: Scope, name: str) -> bytes | None:
    value = visitor.cookies(scope).get(name, "").encode("latin-1")
    return decode_signed_value(get_cookie_secret(), name, value) if value else None


def target(scope: Scope) -> str:
    """The page that was asked for before."""
    try:
        return bytes.fromhex(visitor.cookies(scope).get(_NEXT_COOKIE, "")).decode()
    except ValueError:
        return ""


def drop(response: Response, scope: Scope) -> None:
    """Take back what Streamlit left in the browser."""
    known = (USER_COOKIE_NAME, TOKENS_COOKIE_NAME)
    for name in visitor.cookies(scope):
        if name == _NEXT_COOKIE or name.startswith(known):
            response.delete_cookie(name, httponly=True, samesite="lax")
