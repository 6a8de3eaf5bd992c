"""`cli.py user`: accounts and one-time links from a terminal."""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from data import accounts
from data.actor import Actor
from data.admission import Admission
from data.errors import NobodyError
from data.records import ROLES
from pages.ui import links, terminal
from pages.ui.readable import Reader

Words = Callable[..., str]
LISTED = ("name", "role", "team", "login", "account", "seen_at")


def arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    """What may be typed after `user`."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)

    def verb(name: str, *positional: str) -> argparse.ArgumentParser:
        about = words(f"user_{name.replace('-', '_')}")
        made = verbs.add_parser(name, help=about, description=about)
        for argument in positional:
            made.add_argument(argument, metavar=argument.upper(), help=words(f"user_{argument}"))
        return made

    verb("list")
    added = verb("add", "name")
    added.add_argument("--role", choices=list(ROLES), required=True, help=words("user_role"))
    for asks_login in (added, verb("link", "who")):
        asks_login.add_argument("--login", help=words("user_login"))
    verb("email", "who").add_argument("email", nargs="?", help=words("user_address"))
    verb("close", "who")
    verb("reopen", "who")
    verb("admin-link")


@dataclass(frozen=True)
class Users:
    """Who asks, in which language, and where the app answers."""

    admission: Admission
    actor: Actor
    words: Words
    reader: Reader
    base: str

    def run(self, asked: argparse.Namespace) -> str:
        """Carry out one verb; what it says.

        Raises:
            NobodyError: no login, id or name is the one that was typed, or several are.
            YejiError: what `data.admission` refuses.
        """
        match asked.verb:
            case "add":
                login = asked.login or asked.name
                id = self.admission.add(asked.name, asked.role, login, self.actor)
                return self._link(id)
            case "link":
                return self._link(self._id(asked.who), asked.login)
            case "email" | "close" | "reopen":
                return self._changed(asked)
            case "admin-link":
                token = self.admission.set_up_link(self.actor)
                return self._told(
                    self.words("user_set_up", days=accounts.LINK_DAYS), links.SET_UP, token
                )
        rows = listed(self.admission.everybody(self.actor), self.reader.language)
        return terminal.table_text(rows.select(LISTED), self.reader, "")

    def _changed(self, asked: argparse.Namespace) -> str:
        id = self._id(asked.who)
        if asked.verb == "email":
            self.admission.set_email(id, asked.email, self.actor)
        elif asked.verb == "close":
            self.admission.close(id, self.actor)
        else:
            self.admission.reopen(id, self.actor)
        said = {"email": "user_email_kept", "close": "user_closed", "reopen": "user_reopened"}
        return self.words(said[asked.verb], who=asked.who) + "\n"

    def _link(self, id: str, login: str | None = None) -> str:
        token = self.admission.invite(id, login, self.actor)
        guest = self.admission.guest(token)
        names = {"name": guest.name, "login": guest.login}
        said = self.words("user_invited", **names, days=accounts.LINK_DAYS)
        return self._told(said, links.JOIN, token)

    def _told(self, said: str, path: str, token: str) -> str:
        return f"{said}\n{links.link(self.base, path, token)}\n"

    def _id(self, who: str) -> str:
        known = self.admission.everybody(self.actor)
        for column in ("login", "id", "name"):
            found: Sequence[str] = known.filter(pl.col(column) == who)["id"].to_list()
            if len(found) == 1:
                return found[0]
        raise NobodyError(who=who)


def listed(people: pl.DataFrame, language: str) -> pl.DataFrame:
    """The rows of `Admission.everybody` with `id` and the columns of LISTED."""
    roles = {role: words(language) for role, words in ROLES.items()}
    named = people.with_columns(pl.col("role").replace(roles))  # contacts have roles of one name
    return named.rename({"state": "account"}).select("id", *LISTED)
