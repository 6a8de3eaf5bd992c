"""The pages of the way in, as HTML in the colours of the product."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

import jinja2
from starlette.responses import HTMLResponse, Response
from starlette.types import Scope
from streamlit import config

from pages.ui import i18n
from pages.ui.entrance import visitor

_FOLDER = Path(__file__).parent / "templates"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_COLOURS = (
    *("primaryColor", "backgroundColor", "secondaryBackgroundColor", "textColor", "borderColor"),
    *("grayTextColor", "redTextColor", "redBackgroundColor", "blueTextColor"),
)


@cache
def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(
    scope: Scope,
    name: str,
    values: Mapping[str, object],
    *,
    kept: Mapping[str, str] = MappingProxyType({}),
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """The page `templates/<name>.html` in the visitor's language.

    `kept` are values of the address that stay when the language is changed.
    """
    language = visitor.language(scope)

    def t(key: str, **values: object) -> str:
        return i18n.text(language, key, **values)

    others = {
        name: urlencode({**kept, "lang": code})
        for code, name in i18n.LANGUAGES.items()
        if code != language
    }
    shown = {
        "t": t,
        "language": language,
        "tag": "zh-CN" if language == "zh" else "en",
        "others": others,
        "kept": kept,
        **values,
    }
    response = HTMLResponse(_templates().get_template(f"{name}.html").render(shown), status)
    response.headers.update(
        {
            "Content-Security-Policy": _POLICY,
            "Cache-Control": "no-store",
            "Referrer-Policy": "same-origin",  # no-referrer would hide the origin of our own forms
            **(headers or {}),
        }
    )
    if language != visitor.cookies(scope).get(visitor.LANGUAGE_COOKIE):
        response.set_cookie(
            visitor.LANGUAGE_COOKIE,
            language,
            max_age=365 * 24 * 3600,
            secure=visitor.is_secure(scope),
            httponly=True,
            samesite="lax",
        )
    return response


def style() -> Response:
    """The style sheet, in the colours of .streamlit/config.toml."""
    modes = {
        mode: {name: config.get_option(f"theme.{mode}.{name}") for name in _COLOURS}
        for mode in ("light", "dark")
    }
    text = (
        _templates()
        .get_template("style.css")
        .render(modes=modes, font=config.get_option("theme.font"))
    )
    return Response(text, media_type="text/css", headers={"Cache-Control": "max-age=300"})
