"""What can go wrong in a way a person may see.

Each error has a `code`, the key of its sentence in `pages/ui/locale/errors.toml`, and
the values that fill it. `str(error)` is English, for logs.
"""

import polars as pl


class YejiError(Exception):
    """Base: a sentence exists for it in every language."""

    code = "unexpected"

    def __init__(self, **values: object) -> None:
        self.values = values
        super().__init__(f"{self.code}: {values}" if values else self.code)


class StoreBusyError(YejiError):
    """Another process holds the store. Values: path, process."""

    code = "store_busy"


class StoreNewerError(YejiError):
    """The store was written by a newer Yeji. Values: path, migration."""

    code = "store_newer"


class NotAStoreError(YejiError):
    """The file is no Yeji store. Values: path."""

    code = "not_a_store"


class StoreReadOnlyError(YejiError):
    """The folder or file cannot be written. Values: path."""

    code = "store_read_only"


class DiskFullError(YejiError):
    """The disk is full; nothing of the change was kept. Values: path."""

    code = "disk_full"


class StoreClosedError(YejiError):
    """The store is shutting down; the change was not kept."""

    code = "store_closed"


class AuditKeyError(YejiError):
    """The file of the audit log's key holds none. Values: path."""

    code = "audit_key"


class AnchorsError(YejiError):
    """There is no such file of anchors, or none in it. Values: path."""

    code = "anchors"


class BackupNoRoomError(YejiError):
    """No room for a backup or a restore; what was there before stays. Values: path."""

    code = "backup_no_room"


class BackupNotWrittenError(YejiError):
    """The folder of a backup or a restore cannot be written; what was there stays. Values: path."""

    code = "backup_not_written"


class FolderNotEmptyError(YejiError):
    """An export goes into a new or empty folder. Values: path."""

    code = "folder_not_empty"


class NotAnArchiveError(YejiError):
    """There is no backup and no export there. Values: path."""

    code = "not_an_archive"


class ArchiveAlteredError(YejiError):
    """A backup or an export is not as it was made. Values: path."""

    code = "archive_altered"


class ArchiveForeignError(YejiError):
    """A backup is not sealed with this key: of another store, or altered. Values: path, key."""

    code = "archive_foreign"


class NoKeyError(YejiError):
    """There is no key of the audit log to prove a backup with. Values: path."""

    code = "no_key"


class RefusedError(YejiError):
    """A form was refused. `problems` is a frame of `data.checks.PROBLEMS`, never empty."""

    code = "refused"

    def __init__(self, problems: pl.DataFrame) -> None:
        self.problems = problems
        super().__init__(problems=problems.rows())


class ChangedMeanwhileError(YejiError):
    """Somebody else changed `fields` of a record since they were read. Values: record, id."""

    code = "changed_meanwhile"

    def __init__(self, record: str, id: str, fields: tuple[str, ...] = ()) -> None:
        self.fields = fields
        super().__init__(record=record, id=id)


class NotFoundError(YejiError):
    """The record to change is not in the store (any more). Values: record, id."""

    code = "not_found"


class NotAllowedError(YejiError):
    """The actor's role does not allow it. Values: what was asked, for the log."""

    code = "not_allowed"


class NotADemoError(YejiError):
    """Only a store of demo data may be emptied."""

    code = "not_a_demo"


class StoreInUseError(YejiError):
    """Demo data goes into an empty store only; this one holds records."""

    code = "store_in_use"


class FileNotWrittenError(YejiError):
    """A file outside the store cannot be written. Values: path."""

    code = "file_not_written"


class NoSuchImportError(YejiError):
    """No import has this number. Values: number."""

    code = "import_unknown"


class ImportUndoneError(YejiError):
    """The import was taken back already. Values: number."""

    code = "import_undone"


class TooOldError(YejiError):
    """What the import changed is no longer kept. Values: number, days."""

    code = "import_too_old"


class LooksAlikeError(YejiError):
    """The customer looks like a stored one, and nobody has said that it is another."""

    code = "looks_alike"


class UndoRefusedError(YejiError):
    """Rows are in the way of taking an import back; `blocks` is a frame of `undoing.BLOCKS`.

    Values: number, count.
    """

    code = "undo_refused"

    def __init__(self, number: int, blocks: pl.DataFrame) -> None:
        self.blocks = blocks
        super().__init__(number=number, count=blocks.height)


class NotSignedInError(YejiError):
    """Nobody is signed in (any more)."""

    code = "not_signed_in"


class SignInFailedError(YejiError):
    """Login and password belong to nobody who may come in; it does not say why."""

    code = "sign_in_failed"


class TooManyAttemptsError(YejiError):
    """Too many tries to sign in. Values: minutes, until the next one."""

    code = "too_many_attempts"


class DemoClosedError(YejiError):
    """The demo cannot be looked at without an account: it is none, or is seen from elsewhere."""

    code = "demo_closed"


class CompanyAccountError(YejiError):
    """What the company's provider said is too old, or was not said by it."""

    code = "company_account"


class EmailUnknownError(YejiError):
    """No open account has the e-mail that the company's provider named. Values: email."""

    code = "email_unknown"


class EmailMissingError(YejiError):
    """The company's provider names no e-mail, or one that it has not verified."""

    code = "email_missing"


class EmailRefusedError(YejiError):
    """That is no e-mail address. Values: email."""

    code = "email_refused"


class EmailTakenError(YejiError):
    """Somebody else's account has this e-mail. Values: email."""

    code = "email_taken"


class NobodyError(YejiError):
    """No account, or several, are meant by what was typed. Values: who."""

    code = "nobody"


class LinkInvalidError(YejiError):
    """A one-time link was never made, is used up or too old."""

    code = "link_invalid"


class PasswordWrongError(YejiError):
    """The present password is another one."""

    code = "password_wrong"


class PasswordTooShortError(YejiError):
    """Values: shortest, in characters."""

    code = "password_too_short"


class PasswordTooLongError(YejiError):
    """Values: longest, in bytes."""

    code = "password_too_long"


class PasswordGuessableError(YejiError):
    """A guesser would soon try this password."""

    code = "password_guessable"


class LoginRefusedError(YejiError):
    """A login has a sign that it may not have. Values: login."""

    code = "login_refused"


class LoginTakenError(YejiError):
    """Somebody else has this login. Values: login."""

    code = "login_taken"


class LastAdministratorError(YejiError):
    """Nobody would be left who may manage accounts."""

    code = "last_administrator"
