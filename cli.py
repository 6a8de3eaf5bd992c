"""The same product from a terminal: `python cli.py --help`.

Only one process can hold the store. While the app runs, a command goes to it, and the app
carries out the very same functions with its own store.
"""

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import TextIO

import polars as pl

from analytics import catalogue, within
from analytics.query import Query
from data import anchors, archive, audit, backup, demo, open_files, permission, policy, restore
from data.actor import MACHINE
from data.audit_log import Asked
from data.columns import is_storable
from data.errors import (
    FileNotWrittenError,
    NotAllowedError,
    NotFoundError,
    StoreBusyError,
    UndoRefusedError,
    YejiError,
)
from data.importing import conflict_file, lookalikes, template
from data.importing import undo as take_back
from data.importing.errors import ImportRefusedError
from data.importing.result import ImportResult
from data.importing.run import run as import_folder
from data.location import backup_folder, store_path
from data.records import Contact
from data.store import Store
from pages.ui import (
    audit_words,
    backup_words,
    export,
    i18n,
    import_words,
    names,
    questions,
    relay,
    terminal,
    users,
)
from pages.ui import format as fmt
from pages.ui.arguments import HelpError, UsageError, language_of, parser
from pages.ui.questions import Question, QuestionError
from pages.ui.readable import Reader
from pages.ui.relay import Command, Console

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True)
class Job:
    """One command under way."""

    asked: argparse.Namespace
    command: Command
    console: Console

    def words(self, key: str, **values: object) -> str:
        """Words of `cli.toml` in the person's language."""
        return i18n.text(self.command.language, f"cli.{key}", **values)

    def say(self, key: str, **values: object) -> None:
        """One line beside the result."""
        self.console.err(self.words(key, **values) + "\n")

    def tell(self, lines: Sequence[str]) -> None:
        """Lines of the result for a person to read."""
        self.console.out("".join(f"{line}\n" for line in lines))

    def progress(self, step: str, done: int, total: int) -> None:
        """How far an import is."""
        words = i18n.text(self.command.language, f"import.step_{step}")
        self.console.note(f"{words} {done:,} / {total:,}")

    def path(self, typed: str | Path) -> Path:
        """A path as the person meant it: from the folder they are in."""
        return self.command.folder / Path(typed).expanduser()


def main(argv: Sequence[str] | None = None) -> int:
    """Carry out one command; the exit code is 0, 1 (it failed) or 2 (it was no command)."""
    os.umask(0o077)  # a store, and what an import refuses, is for nobody else to read
    words = tuple(sys.argv[1:] if argv is None else argv)
    try:
        return run(Command(words, Path.cwd(), language_of(words)), TERMINAL)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        return INTERRUPTED


def run(command: Command, console: Console) -> int:
    """Carry out what was typed; the exit code of `main`."""
    return _in_words(lambda: _carry_out(_job(command, console)), command, console)


def execute(command: Command, console: Console, store: Store) -> int:
    """Carry out a terminal's command on a store that is open: the app's end of the relay."""

    def work() -> int:
        job = _job(command, console)
        return RUNS[job.asked.command](job, store)

    return _in_words(work, command, console)


def _in_words(work: Callable[[], int], command: Command, console: Console) -> int:
    """The exit code of `work`; what can go wrong as one sentence instead of a traceback."""
    language = command.language
    try:
        return work()
    except HelpError as words:
        console.out(str(words))
        return DONE
    except (UsageError, QuestionError, YejiError) as error:
        console.err("".join(f"{line}\n" for line in _told(error, language)))
        return FAILED if isinstance(error, YejiError) else MISUSED


def _told(error: UsageError | QuestionError | YejiError, language: str) -> list[str]:
    """What went wrong, in lines."""
    match error:
        case UsageError():
            return [i18n.text(language, "cli.usage", message=error)]
        case QuestionError():
            return [questions.sentence(language, error)]
        case ImportRefusedError():
            return import_words.refusal(error, language)
        case UndoRefusedError():
            return import_words.undo_refusal(error, language)
        case _:
            return [i18n.sentence(language, error)]


def _carry_out(job: Job) -> int:
    """Carry out a command here, or have the app do it that holds the store."""
    if job.asked.command == "template":
        return _template(job)
    path = job.path(job.asked.db or store_path())
    if job.asked.command == "restore":
        return _restore(job, path)
    if job.asked.command == "own" and not job.asked.yes:
        if not _agreed(job, "ask_own", path=path):
            return FAILED
        agreed = replace(job.command, argv=(*job.command.argv, "--yes"))
        job = replace(job, command=agreed)
    try:
        store = Store(path)
    except StoreBusyError:
        code = _relayed(job, path)
        if code is None:
            raise
        return code
    try:
        return RUNS[job.asked.command](job, store)
    finally:
        store.close()


def _relayed(job: Job, path: Path) -> int | None:
    """What the app made of the command; None when no app holds the store."""
    door = relay.door_of(path.resolve())
    try:
        return relay.send(door, job.command, job.console) if door else None
    except ConnectionError:
        job.say("no_answer")
        return FAILED


def _agreed(job: Job, question: str, **values: object) -> bool:
    """Whether the person says yes; a terminal that nobody sits at does not."""
    job.console.err(job.words(question, **values))
    is_agreed = sys.stdin.readline().strip().lower() in ("y", "yes", "是")
    if not is_agreed:
        job.say("kept")
    return is_agreed


def _job(command: Command, console: Console) -> Job:
    if not all(is_storable(word) and "\0" not in word for word in command.argv):
        raise UsageError(i18n.text(command.language, "cli.not_text"))
    return Job(parser(command.language).parse_args(command.argv), command, console)


# ---- the commands


def _demo(job: Job, store: Store) -> int:
    """Fill an empty store with the demo department."""
    if job.asked.if_empty and not store.is_empty():
        demo.refresh_if_stale(store, store.today())
        job.say("not_empty", path=store.path)
        return DONE
    demo.fill(store, store.today(), job.asked.scale, MACHINE)
    job.say("filled", path=store.path)
    return DONE


def _own(job: Job, store: Store) -> int:
    """Empty the demo, so that a department can begin with its own data."""
    store.empty_demo(MACHINE)
    job.say("emptied")
    return DONE


def _report(job: Job, store: Store) -> int:
    """Print a report."""
    asked = job.asked
    typed = Question(
        name=asked.name,
        since=asked.since,
        until=asked.until,
        as_of=asked.as_of,
        by=asked.by,
        grain=asked.grain,
        rank_by=asked.rank_by,
        against=asked.against,
        credit=asked.credit,
        idle_days=asked.idle_days,
        weights=asked.weights,
        limits=asked.limits,
        pair=asked.pair,
        filters={name: getattr(asked, name) for name in questions.FILTERS},
    )
    settings = store.settings()
    question = questions.query(typed, store.frame, settings.as_of or store.today())
    rows = catalogue.run(asked.name, store.frame, question)
    if asked.person is not None:
        rows = _seen_by(asked.person, rows, question, store)
    store.note(MACHINE, "export", questions.told(typed, asked.format, rows), "Report", asked.name)
    reader = Reader(job.command.language, settings.timezone, by=question.by)
    if asked.format == "csv":
        job.console.out(export.csv_bytes(rows, reader).decode())
    elif asked.format == "json":
        job.console.out(terminal.json_text(rows))
    else:
        job.console.out(terminal.table_text(rows, reader, settings.currency))
    return DONE


def _seen_by(id: str, rows: pl.DataFrame, question: Query, store: Store) -> pl.DataFrame:
    """The rows that a person's own screens show of a report.

    Raises:
        NotFoundError: nobody (any more) has this id.
        NotAllowedError: their role sees no figures, or not this customer.
    """
    person = store.person(id)
    if person is None:
        raise NotFoundError(record="Rep", id=id)
    scope = permission.scope(person)
    is_reached = set(question.customer) <= set(store.ids("customers", scope))
    if not (policy.rights(person.role).may("figures") and is_reached):
        raise NotAllowedError(action="figures", person=id)
    return within.limited(rows, lambda table: store.ids(table, scope))


def _import(job: Job, store: Store) -> int:
    """Import a folder by a mapping; what was refused and what conflicts goes to files."""
    asked = job.asked
    mapping = job.path(asked.mapping)
    result = import_folder(
        mapping if mapping.is_file() else asked.mapping,
        job.path(asked.folder),
        store,
        actor=MACHINE,
        dry_run=asked.dry_run,
        skip_bad=asked.skip_bad,
        conflicts=job.path(asked.conflicts) if asked.conflicts else None,
        duplicates=job.path(asked.duplicates) if asked.duplicates else None,
        as_of=asked.as_of,
        progress=job.progress,
    )
    job.console.note("")
    job.tell(import_words.summary(result, job.command.language))
    _tell_rejects(job, result)
    _tell_conflicts(job, result)
    _tell_duplicates(job, result)
    is_clean = result.rejects.is_empty() and result.duplicates.is_empty()
    return DONE if is_clean or result.stored else FAILED


def _tell_rejects(job: Job, result: ImportResult) -> None:
    language = job.command.language
    if result.notices.height:
        words = import_words.problems(result.notices, language)
        job.tell([i18n.text(language, "import.notices"), *words])
    if result.rejects.height:
        path = job.path(f"rejects-{result.mapping}.csv")
        with _writing(path):
            path.write_bytes(import_words.rejects_csv(result.rejects, language))
        words = import_words.problems(result.rejects, language)
        job.tell([i18n.text(language, "import.rejects", path=path), *words])
        if not result.stored:
            job.tell([i18n.text(language, "import.how_to_skip")])


def _tell_conflicts(job: Job, result: ImportResult) -> None:
    if result.conflicts.height:
        path = job.path(f"conflicts-{result.mapping}.csv")
        with _writing(path):
            conflict_file.write(path, result.conflicts)
        count = result.conflicts.height
        job.tell([i18n.text(job.command.language, "import.conflicts", count=count, path=path)])


def _tell_duplicates(job: Job, result: ImportResult) -> None:
    """List the new customers that look like stored ones, in a file that takes the decision."""
    if result.duplicates.height:
        language = job.command.language
        path = job.path(f"duplicates-{result.mapping}.csv")
        with _writing(path):
            lookalikes.write(path, result.duplicates, i18n.section(language, "alike"))
        count = result.duplicates["id"].n_unique()
        job.tell(import_words.duplicates(result.duplicates, language))
        job.tell([i18n.text(language, "import.duplicates", count=count, path=path)])


def _imports(job: Job, store: Store) -> int:
    """List the imports, or take one of them back."""
    language = job.command.language
    if job.asked.undo:
        job.tell(import_words.undone(take_back(store, job.asked.undo, MACHINE), language))
    else:
        job.tell(import_words.history(store.imports(), language, store.settings().zone))
    return DONE


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise FileNotWrittenError(path=path) from error


def _template(job: Job) -> int:
    """Write the CSV template; it needs no store."""
    folder = job.path(job.asked.folder)
    with _writing(folder):
        files = template.write(folder, job.command.language)
    job.say("template_written", count=len(files), folder=folder)
    return DONE


def _backup(job: Job, store: Store) -> int:
    """Make a backup, or list those there are."""
    folder = job.path(job.asked.to) if job.asked.to else backup_folder(store.path)
    if job.asked.list:
        made = backup.listed(folder, audit.read_key(store.path))
        job.tell(backup_words.lines(made, job.command.language, store.settings().zone))
        return DONE
    made_now = backup.make(store, folder, MACHINE)
    size = fmt.size(made_now.manifest.size)
    job.say("backed_up", path=made_now.path, size=size)
    return DONE


def _restore(job: Job, path: Path) -> int:
    """Put an archive in the place of the store, or only check it; no app may run meanwhile."""
    asked = job.asked
    source = job.path(asked.source)
    found = restore.check(source, None if asked.without_key else path)
    moment = f"{found.manifest.made_at:%Y-%m-%d %H:%M} UTC"
    if asked.check:
        job.say("archive_whole", path=source, moment=moment)
        return DONE
    if (
        path.exists()
        and not asked.yes
        and not _agreed(job, "ask_restore", path=path, moment=moment)
    ):
        return FAILED
    done = restore.restore(source, path, MACHINE, without_key=asked.without_key)
    job.say("restored", path=path, moment=moment)
    if done.kept:
        job.say("replaced_kept", path=done.kept)
    if not done.is_log_whole:
        job.say("log_not_whole")
    return DONE


def _export(job: Job, store: Store) -> int:
    """Write the whole department in open formats."""
    made = open_files.write(store, job.path(job.asked.folder), MACHINE).manifest
    count = f"{sum(made.rows.values()):,}"
    job.say("exported", path=job.path(job.asked.folder), count=count, size=fmt.size(made.size))
    return DONE


def _audit(job: Job, store: Store) -> int:
    """Verify the audit log, or print it."""
    return _verify(job, store) if job.asked.verb == "verify" else _audit_export(job, store)


def _verify(job: Job, store: Store) -> int:
    """Say whether the log is whole and the data agree with it; FAILED when not."""

    def progress(step: str, done: int, total: int) -> None:
        words = i18n.text(job.command.language, f"audit.step_{step}")
        job.console.note(f"{words} {done:,} / {total:,}")

    files = [job.path(typed) for typed in job.asked.anchor]
    files = [file / archive.ANCHORS if file.is_dir() else file for file in files]
    known = [anchor for file in files for anchor in anchors.read(file)]
    found = store.verify(known, progress)
    job.console.note("")
    job.tell(audit_words.verdict(found, _teller(job, store)))
    return FAILED if found.findings else DONE


def _audit_export(job: Job, store: Store) -> int:
    """Print entries of the log as CSV, and log that."""
    asked, zone = job.asked, store.settings().zone
    wanted = Asked(
        people=tuple(asked.person),
        actions=tuple(asked.action),
        records=tuple(asked.record),
        id=asked.id,
    ).during(asked.since, asked.until, zone)
    log, teller = store.audit(MACHINE), _teller(job, store)
    wanted = log.until_now(wanted)
    store.note(MACHINE, "export", {"format": "csv", "rows": log.count(wanted)}, "Audit")
    reader = Reader(job.command.language, str(zone))
    parts = (audit_words.told(rows, teller) for rows in log.pages(wanted))
    for text in export.csv_parts(parts, reader):
        job.console.out(text)
    return DONE


def _teller(job: Job, store: Store) -> audit_words.Teller:
    """Everything by its name: whoever has the terminal has the file."""
    settings, language = store.settings(), job.command.language

    @cache
    def known(table: str) -> dict[str, str]:
        if table not in names.TABLES:
            return {}
        rows = store.rows(Contact) if table == "contacts" else store.frame(table)
        return dict(names.of(table, rows, language).iter_rows())

    def person(id: str) -> str:
        return audit_words.person(id, language, store.person(id), known("reps"))

    return audit_words.Teller(language, settings.zone, settings.currency, known, person)


def _user(job: Job, store: Store) -> int:
    """Manage accounts and one-time links."""
    reader = Reader(job.command.language, store.settings().timezone)
    desk = users.Users(store.admission, MACHINE, job.words, reader, relay.address(store.path))
    job.console.out(desk.run(job.asked))
    return DONE


RUNS: dict[str, Callable[[Job, Store], int]] = {
    "demo": _demo,
    "import": _import,
    "imports": _imports,
    "report": _report,
    "own": _own,
    "backup": _backup,
    "export": _export,
    "audit": _audit,
    "user": _user,
}


def _write(stream: Callable[[], TextIO], text: str) -> None:
    """Print as UTF-8 whatever the terminal's encoding is: a CSV is the same file everywhere."""
    target = stream().buffer
    target.write(text.encode())
    target.flush()


def _note(text: str) -> None:
    """One line that the next one overwrites; nothing where no person watches."""
    if sys.stderr.isatty():
        _write(lambda: sys.stderr, f"\r{text}\x1b[K")


TERMINAL = Console(
    out=partial(_write, lambda: sys.stdout), err=partial(_write, lambda: sys.stderr), note=_note
)

if __name__ == "__main__":
    sys.exit(main())
