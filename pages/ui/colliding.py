"""What others changed in a form that is open: told field by field, to be kept or taken."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from data.collisions import Author
from pages.ui import cache, session
from pages.ui import format as fmt
from pages.ui.session import t

Values = Mapping[str, object]
Places = Mapping[str, DeltaGenerator]  # by field
_LONGEST = 200  # characters of a value in a sentence


@dataclass
class Theirs:
    """A field that somebody else changed: what the person saw, what it is now, who did it."""

    was: object
    now: object
    author: Author | None


@dataclass
class Opened:
    """An open form: what it shows at first, what counts as seen, what collided and is undecided.

    Saving again keeps the person's own entries: by then they have seen the others'.
    """

    shown: dict[str, object]
    seen: dict[str, object]
    theirs: dict[str, Theirs] = field(default_factory=dict)

    def collide(self, names: Iterable[str], stored: Values, authors: Mapping[str, Author]) -> None:
        """Note that `stored` has other values in these fields than the person saw."""
        for name in names:
            self.theirs[name] = Theirs(self.seen.get(name), stored[name], authors.get(name))
            self.seen[name] = stored[name]

    def take(self, name: str) -> object:
        """The other's value of a field, which the form is to show from now on."""
        self.shown[name] = self.theirs.pop(name).now
        return self.shown[name]


@dataclass(frozen=True)
class Telling:
    """How the fields of a form are spoken of: their titles, and a value in words.

    `take(name)` is the callback that shows the other's value; a field outside the form's frame
    (`outside`) has a button of its own.
    """

    titles: Mapping[str, str]
    words: Callable[[str, object], str]
    take: Callable[[str], None]
    outside: frozenset[str] = frozenset()


def opened(key: str, row: Values, *, anew: bool = False) -> Opened:
    """The form that is open under `key`, or `anew`: of `row` as it is now."""
    known: Opened | None = session.recall(key)
    if known is None or anew:
        known = Opened(dict(row), dict(row))
        session.keep(key, known)
    return known


def tell(form: Opened, key: str, telling: Telling, places: Places, top: DeltaGenerator) -> None:
    """Say in `top` who changed what, and under each field what it was and is, with a way to it."""
    if not form.theirs:
        return
    people = dict.fromkeys(_who(theirs.author) for theirs in form.theirs.values())
    titles = [telling.titles[name] for name in form.theirs]
    sep = t("common.sep")
    top.warning(t("forms.meanwhile", who=sep.join(people), fields=sep.join(titles)))
    for name, theirs in form.theirs.items():
        line = t("forms.meanwhile_field", **_told(name, theirs, telling))
        with places.get(name, top).container(gap="xxsmall"):
            st.markdown(f":small[:orange[:material/sync_problem: {line}]]")
            if name in places:
                _offer(name, f"{key}.take.{name}", telling)


def _offer(name: str, key: str, telling: Telling) -> None:
    """The button that shows the other's value."""
    button = st.button if name in telling.outside else st.form_submit_button
    label, icon = t("forms.take"), ":material/input:"
    button(label, key=key, icon=icon, type="tertiary", on_click=telling.take, args=(name,))


def _told(name: str, theirs: Theirs, telling: Telling) -> dict[str, str]:
    moment = cache.local(theirs.author.at) if theirs.author else None
    return {
        "title": telling.titles[name],
        "who": _who(theirs.author),
        "moment": fmt.moment(moment, session.language()),
        "was": _short(telling.words(name, theirs.was)),
        "now": _short(telling.words(name, theirs.now)),
    }


def _who(author: Author | None) -> str:
    """The name of who made a change; the person themself has it from another window."""
    if author is None:
        return t("forms.somebody")
    if author.person == session.current_person().id:
        return t("forms.you_elsewhere")
    return fmt.escaped(cache.teller(session.language()).person(author.person))


def _short(words: str) -> str:
    return fmt.escaped(words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…")
