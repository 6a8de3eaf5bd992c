"""What one browser session knows: language, person, filters. The only home of session_state."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

import streamlit as st

from data import sessions
from data.actor import Actor
from data.errors import NotSignedInError
from data.people import Person
from pages.ui import cache, i18n  # the cache imports this module, too: both only use it later

FILTERS = ("team", "rep", "region", "industry", "product", "size", "source")
EARLIEST, LATEST = date(1950, 1, 1), date(2100, 12, 31)  # days that a period may name
PERIODS = ("month", "quarter", "year", "all", "custom")
AGAINST = ("previous", "last_year", "team", "department")  # what figures are compared with
# A browser takes __Host- from this host over https only, so no neighbour can plant one.
COOKIE, SECURE_COOKIE = "yeji", "__Host-yeji"
_UNASKED = "unasked"  # the key under which a run is known to be nobody's wish
_HERE = "127.0.0.1"  # Streamlit does not tell the address of this machine
_ADDRESSED = ("period", "against", *FILTERS)  # names in the address that the filter row owns


@dataclass(frozen=True)
class Filters:
    """The filter row as the person set it. `since` and `last` (inclusive) only when custom."""

    period: str = "month"
    since: date | None = None
    last: date | None = None
    chosen: tuple[tuple[str, tuple[str, ...]], ...] = ()
    against: str = "previous"

    def values(self, name: str) -> tuple[str, ...]:
        """The chosen values of one filter; empty means all."""
        return dict(self.chosen).get(name, ())

    def choosing(self, name: str, values: tuple[str, ...]) -> "Filters":
        """The filters with one of them changed."""
        kept = {**dict(self.chosen), name: values}
        chosen = tuple((n, kept[n]) for n in FILTERS if kept.get(n))
        return replace(self, chosen=chosen)

    def over(self, period: str, since: date | None = None, last: date | None = None) -> "Filters":
        """The filters over another period."""
        return replace(self, period=period, since=since, last=last)


def token() -> str | None:
    """The token that the browser opened its connection with; the gate has let it in then."""
    cookies = st.context.cookies
    return cookies.get(SECURE_COOKIE) or cookies.get(COOKIE)


def current_person() -> Person:
    """Who asks, as of this moment.

    Raises:
        NotSignedInError: nobody (any more).
    """
    person = cache.signed_in(token(), is_use=False)
    if person is None:
        raise NotSignedInError
    return person


def actor() -> Actor:
    """The person as the store's writes and its audit log know them."""
    return Actor(current_person().id, place())


def place() -> str:
    """The network address of the browser."""
    return st.context.ip_address or _HERE


def token_hash() -> str:
    """What the store keeps of the token."""
    return sessions.hashed(token() or "")


def here() -> str:
    """The address of the screen, from the root on."""
    path = urlsplit(st.context.url or "").path or "/"
    query = urlencode([(n, v) for n in st.query_params for v in st.query_params.get_all(n)])
    return f"{path}?{query}" if query else path


def origin() -> str:
    """The scheme, host and port that the browser asks for."""
    parts = urlsplit(st.context.url or "")
    return f"{parts.scheme}://{parts.netloc}"


def is_over() -> bool:
    """Whether nobody is signed in any more; asking does not count as use."""
    return cache.signed_in(token(), is_use=False) is None


def rerun_unasked() -> NoReturn:
    """Run the screen again because something has changed; that does not count as use."""
    st.session_state[_UNASKED] = True
    st.rerun()


def admit() -> bool:
    """Whether somebody is signed in; what the session kept for somebody else goes."""
    is_use = not st.session_state.pop(_UNASKED, False)
    person = cache.signed_in(token(), is_use=is_use)
    if person is not None and st.session_state.get("person", person.id) != person.id:
        st.session_state.clear()
    if person is not None:
        st.session_state["person"] = person.id
    return person is not None


def language() -> str:
    """The language, zh or en: from the URL, else what this session used, else the browser's."""
    asked = st.query_params.get("lang")
    if asked in i18n.LANGUAGES and asked != st.session_state.get("language.left"):
        st.session_state["language"] = asked
    if "language" not in st.session_state:
        st.session_state["language"] = i18n.of_locale(st.context.locale)
    return str(st.session_state["language"])


def set_language(chosen: str) -> None:
    """Switch the session's language and put it into the address.

    A callback. A run that the browser asked for before it knew still has the language that is
    left in its address; it counts again once the address has followed, see `follow_language`.
    """
    st.session_state["language.left"] = language()
    st.session_state["language"] = chosen
    st.query_params["lang"] = chosen
    st.session_state["language.clicked"] = True


def follow_language() -> None:
    """At the beginning of a run: whether the browser's address has followed the last switch."""
    is_own = st.session_state.pop("language.clicked", False)  # this run's address is our writing
    if not is_own and st.query_params.get("lang") == st.session_state.get("language"):
        st.session_state.pop("language.left", None)


def t(key: str, **values: object) -> str:
    """Words of `key` in the session's language."""
    return i18n.text(language(), key, **values)


def words(prefix: str, names: Iterable[str]) -> dict[str, str]:
    """The words of options, made before a widget shows them: name -> words of prefix.name."""
    return {name: t(f"{prefix}.{name}") for name in names}


def mode() -> str:
    """The mode, light or dark; in every chart's key, since colours resolve at mounting."""
    return str(st.context.theme.type or "light")


def filters() -> Filters:
    """The session's filters; a changed address (shared link, Back) wins over what was kept."""
    here = {n: st.query_params.get_all(n) for n in _ADDRESSED if n in st.query_params}
    if here and here != st.session_state.get("filters.written"):
        st.session_state["filters"] = parsed(here)
    return st.session_state.get("filters", Filters())


def keep_filters(chosen: Filters) -> None:
    """Keep the filters for every screen of this session."""
    st.session_state["filters"] = chosen


def write_address() -> None:
    """Put language and filters into the address, so that a reload or a shared link keeps them."""
    wanted = of_filters(filters())
    st.session_state["filters.written"] = wanted
    _put({"lang": [language()], **wanted})


def address(chosen: Filters) -> dict[str, list[str]]:
    """The query of a link to a screen with these filters, in the session's language."""
    return {"lang": [language()], **of_filters(chosen)}


def of_filters(chosen: Filters) -> dict[str, list[str]]:
    """The filters as the names and values of an address, which `parsed` reads."""
    period = f"{chosen.since}..{chosen.last}" if chosen.period == "custom" else chosen.period
    against = {} if chosen.against == AGAINST[0] else {"against": [chosen.against]}
    return {"period": [period], **against, **{n: list(v) for n, v in chosen.chosen}}


def write_language() -> None:
    """Put the language into the address of a screen without filters."""
    if st.query_params.get("lang") != language():
        st.query_params["lang"] = language()


def in_address(name: str) -> str | None:
    """What the address says under `name`, e.g. which customer is open."""
    return st.query_params.get(name)


def put_in_address(name: str, value: str | None) -> None:
    """Write one value of the address; None takes it out."""
    if value is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != value:
        st.query_params[name] = value


def _put(wanted: dict[str, list[str]]) -> None:
    kept = {n: st.query_params.get_all(n) for n in st.query_params}
    others = {n: v for n, v in kept.items() if n not in ("lang", *_ADDRESSED)}
    if kept != {**wanted, **others}:
        st.query_params.from_dict({**wanted, **others})


def parsed(query: dict[str, list[str]]) -> Filters:
    """Filters from an address; a period that cannot be read falls back to the month.

    Days beyond EARLIEST and LATEST become these, a range typed backwards is turned round.
    """
    period = query.get("period", ["month"])[0]
    against = query.get("against", AGAINST)[0]
    read = Filters(
        chosen=tuple((n, tuple(query[n])) for n in FILTERS if query.get(n)),
        against=against if against in AGAINST else AGAINST[0],
    )
    if ".." in period:
        try:
            days = sorted(date.fromisoformat(p) for p in period.split("..", 1))
        except ValueError:
            return read
        since, last = (min(max(day, EARLIEST), LATEST) for day in days)
        return read.over("custom", since, last)
    return read.over(period) if period in PERIODS else read


def recall(key: str, default: Any = None) -> Any:  # noqa: ANN401 - values are the caller's own
    """What this session kept under `key`."""
    return st.session_state.get(key, default)


def has(key: str) -> bool:
    """Whether this session keeps anything under `key`; a widget that was drawn keeps its value."""
    return key in st.session_state


def keep(key: str, value: object) -> None:
    """Keep a value under `key` for this session."""
    st.session_state[key] = value


def everything() -> dict[str, Any]:
    """All that this session keeps, widgets included, for callbacks.

    Any other access is a point where Streamlit may break off for what the person did next,
    and a callback that is broken off there loses that click.
    """
    return st.session_state.to_dict()


def start(key: str, value: object) -> None:
    """What a widget of that key shows at first; later it keeps what the person entered."""
    if value is not None and key not in st.session_state:
        st.session_state[key] = value


def forget(*keys: str) -> None:
    """Drop kept values; a widget of that key starts anew."""
    for key in keys:
        st.session_state.pop(key, None)


def once(key: str, make: Callable[[], str]) -> str:
    """A value made the first time it is asked for, e.g. a form's id until it is filed."""
    if key not in st.session_state:
        st.session_state[key] = make()
    return str(st.session_state[key])
