"""Where the store and its backups lie."""

import os
from pathlib import Path

_DEFAULT = Path(__file__).parent / "local" / "yeji.duckdb"


def store_path() -> Path:
    """The file that YEJI_DB names, else data/local/yeji.duckdb beside the code; absolute."""
    named = os.environ.get("YEJI_DB")
    return Path(named).expanduser().absolute() if named else _DEFAULT


def backup_folder(store: Path) -> Path:
    """The folder that YEJI_BACKUPS names, else backups/ beside the store; absolute."""
    named = os.environ.get("YEJI_BACKUPS")
    return Path(named).expanduser().absolute() if named else store.with_name("backups")
