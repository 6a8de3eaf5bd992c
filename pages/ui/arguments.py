"""What may be typed after `python cli.py`."""

import argparse
from collections.abc import Callable, Sequence
from datetime import date
from typing import NoReturn

from analytics.catalogue import REPORTS
from analytics.periods import AGAINST
from analytics.query import Query
from analytics.reps import RANK_COLUMNS
from analytics.scorecard import COMPONENTS
from analytics.visit_credit import RULES
from data.actions import ACTIONS, SUBJECTS
from pages.ui import i18n, questions, users

Words = Callable[..., str]


class UsageError(Exception):
    """The command line is none; the text says how, in the person's language."""


class HelpError(Exception):
    """Somebody asked how a command is used; the text says it, in their language."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise instead of leaving the process: the app parses commands too."""
        raise UsageError(message)

    def print_help(self, file: object = None) -> NoReturn:
        """Raise likewise: the words go to whoever asked, not to the app's own output."""
        raise HelpError(self.format_help())


def language_of(argv: Sequence[str]) -> str:
    """The language asked for by --lang, else the terminal's."""
    early = _Parser(add_help=False)
    early.add_argument("--lang", choices=list(i18n.LANGUAGES), default=i18n.of_environment())
    try:
        return str(early.parse_known_args(argv)[0].lang)
    except UsageError:  # the whole line is refused for it in a moment
        return i18n.of_environment()


def parser(language: str) -> argparse.ArgumentParser:
    """The whole command line, described in one language.

    Its `parse_args` raises UsageError where argparse would leave the process.
    """

    def words(key: str, **values: object) -> str:
        return i18n.text(language, f"cli.{key}", **values)

    top = _Parser(prog="cli.py", description=words("about"))
    _shared_arguments(top, words, default=None)
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, describe in _COMMANDS.items():
        about = words(f"about_{name}")
        command = commands.add_parser(name, help=about, description=about)
        _shared_arguments(command, words, default=argparse.SUPPRESS)  # keep what stands before
        describe(command, words)
    return top


def _shared_arguments(parser: argparse.ArgumentParser, words: Words, default: str | None) -> None:
    about = words("lang")
    parser.add_argument("--db", default=default, metavar="PATH", help=words("db"))
    parser.add_argument("--lang", default=default, choices=list(i18n.LANGUAGES), help=about)


def _demo_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--if-empty", action="store_true", help=words("if_empty"))
    parser.add_argument("--scale", type=_positive, default=1, metavar="N", help=words("scale"))


def _import_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("mapping", metavar="MAPPING", help=words("mapping"))
    parser.add_argument("folder", metavar="FOLDER", help=words("folder"))
    parser.add_argument("--dry-run", action="store_true", help=words("dry_run"))
    parser.add_argument("--skip-bad", action="store_true", help=words("skip_bad"))
    parser.add_argument("--conflicts", metavar="FILE", help=words("conflicts"))
    parser.add_argument("--duplicates", metavar="FILE", help=words("duplicates"))
    about = words("import_as_of")
    parser.add_argument("--as-of", type=_day(words), metavar="DAY", help=about)


def _imports_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--undo", type=_positive, metavar="NUMBER", help=words("undo"))


def _report_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    reports = ", ".join(REPORTS)
    groups = dict.fromkeys(name for report in REPORTS.values() for name in report.by)
    parser.add_argument("name", metavar="NAME", help=words("name", names=reports))
    for option in ("since", "until", "as-of"):
        about = words(option.replace("-", "_"))
        parser.add_argument(f"--{option}", type=_day(words), metavar="DAY", help=about)
    about = words("by", names=", ".join(groups))
    parser.add_argument("--by", metavar="DIMENSION", help=about)
    parser.add_argument("--grain", choices=questions.GRAINS, default="deal", help=words("grain"))
    about = words("rank_by", names=", ".join(RANK_COLUMNS))
    parser.add_argument("--rank-by", default="won_amount", metavar="COLUMN", help=about)
    about = words("weights", names=", ".join(COMPONENTS))
    parser.add_argument("--weights", default="", metavar="NAME=N,...", help=about)
    about = words("against")
    parser.add_argument("--against", choices=AGAINST, default=AGAINST[0], help=about)
    parser.add_argument("--as", dest="person", metavar="ID", help=words("as_person"))
    parser.add_argument("--credit", choices=RULES, default="linear", help=words("credit"))
    about = words("idle_days", default=Query.idle_days)
    parser.add_argument(
        "--idle-days", type=_positive, default=Query.idle_days, metavar="N", help=about
    )
    parser.add_argument("--limits", default="", metavar="N,N,N", help=words("limits"))
    parser.add_argument("--pair", nargs=2, default=(), metavar="VALUE", help=words("pair"))
    for name in questions.FILTERS:
        about = words(f"filter_{name}" if name in ("rep", "customer") else "filter")
        parser.add_argument(f"--{name}", action="append", default=[], metavar="VALUE", help=about)
    formats = ("table", "csv", "json")
    parser.add_argument("--format", choices=formats, default="table", help=words("format"))


def _folder_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("folder", metavar="FOLDER", help=words("into"))


def _own_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--yes", action="store_true", help=words("yes"))


def _backup_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("--to", metavar="FOLDER", help=words("backup_to"))
    parser.add_argument("--list", action="store_true", help=words("backup_list"))


def _restore_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    parser.add_argument("source", metavar="BACKUP", help=words("source"))
    parser.add_argument("--check", action="store_true", help=words("restore_check"))
    parser.add_argument("--yes", action="store_true", help=words("yes"))
    parser.add_argument("--without-key", action="store_true", help=words("without_key"))


def _audit_arguments(parser: argparse.ArgumentParser, words: Words) -> None:
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    verify = verbs.add_parser("verify", help=words("about_verify"), description=words("verify"))
    _shared_arguments(verify, words, default=argparse.SUPPRESS)
    verify.add_argument(
        "--anchor", action="append", default=[], metavar="FILE", help=words("anchor")
    )
    about = words("about_audit_export")
    export = verbs.add_parser("export", help=about, description=about)
    _shared_arguments(export, words, default=argparse.SUPPRESS)
    for option in ("since", "until"):
        export.add_argument(f"--{option}", type=_day(words), metavar="DAY", help=words(option))
    export.add_argument(
        "--person", action="append", default=[], metavar="ID", help=words("audit_person")
    )
    for option, names in (("action", list(ACTIONS)), ("record", list(SUBJECTS))):
        about = words(f"audit_{option}", names=", ".join(names))
        export.add_argument(
            f"--{option}", action="append", default=[], choices=names, metavar="NAME", help=about
        )
    export.add_argument("--id", metavar="ID", help=words("audit_id"))


_COMMANDS: dict[str, Callable[[argparse.ArgumentParser, Words], None]] = {
    "demo": _demo_arguments,
    "import": _import_arguments,
    "imports": _imports_arguments,
    "report": _report_arguments,
    "template": _folder_arguments,
    "own": _own_arguments,
    "backup": _backup_arguments,
    "restore": _restore_arguments,
    "export": _folder_arguments,
    "audit": _audit_arguments,
    "user": users.arguments,
}


def _day(words: Words) -> Callable[[str], date]:
    def day(text: str) -> date:
        try:
            return date.fromisoformat(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(words("bad_day", text=text)) from error

    return day


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(text)
    return int(text)
