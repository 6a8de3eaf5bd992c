"""Where the store lies."""

import os
from pathlib import Path

_DEFAULT = Path(__file__).parent / "local" / "yeji.duckdb"


def store_path() -> Path:
    """The file that YEJI_DB names, else data/local/yeji.duckdb beside the code; absolute."""
    named = os.environ.get("YEJI_DB")
    return Path(named).expanduser().absolute() if named else _DEFAULT
