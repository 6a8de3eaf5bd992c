"""One-time links, as people are given them."""

from urllib.parse import urlencode

SET_UP, JOIN = "/setup", "/join"


def link(base: str, path: str, token: str) -> str:
    """The address that a token opens; `base` is where the app answers, without a slash."""
    return f"{base}{path}?{urlencode({'token': token})}"
