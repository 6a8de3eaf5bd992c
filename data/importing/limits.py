"""How much one file of an import may hold; what holds more is refused before it is read.

A million visits fit. What is larger than that can be cut into parts, which a mapping reads
together (`visits-*.csv`).
"""

import zipfile
from pathlib import Path

from data.importing.errors import FileError, Problem

MOST_BYTES = 200 * 2**20  # as large as an upload may be: .streamlit/config.toml
MOST_UNPACKED = 600 * 2**20  # a spreadsheet is a packed folder of XML
MOST_RATIO = 100  # real sheets are packed to a tenth or a twentieth
ANY_RATIO_UPTO = 20 * 2**20  # unpacked; so little does no harm
MOST_ROWS = 2_000_000
MOST_COLUMNS = 1_000
MOST_CELLS = 50_000_000
MOST_MAPPING_BYTES = 2**20  # one made on the import screen lists names: ten thousand of them
MOST_MEMORY = 4 * 2**30  # of the process that opens a spreadsheet
MOST_SECONDS = 120  # likewise


def check_file(path: Path) -> None:
    """Refuse a file for its size, or a packed one for what it would become.

    Raises:
        FileError: it is too large.
        OSError: it cannot be looked at.
    """
    size = path.stat().st_size
    check_size(path.name, size, MOST_BYTES)
    if zipfile.is_zipfile(path):
        _check_unpacked(path, size)


def check_size(name: str, size: int, most: int) -> None:
    """Refuse a file of more than so many bytes.

    Raises:
        FileError: it has more.
    """
    if size > most:
        raise FileError(Problem(name, "file_too_large", {"size": _mb(size), "most": _mb(most)}))


def check_table(name: str, rows: int, columns: int) -> None:
    """Refuse a table for its number of rows, columns or cells.

    Raises:
        FileError: it has too many.
    """
    counts = (
        ("rows_too_many", rows, MOST_ROWS),
        ("columns_too_many", columns, MOST_COLUMNS),
        ("cells_too_many", rows * columns, MOST_CELLS),
    )
    for code, count, most in counts:
        if count > most:
            raise FileError(Problem(name, code, {"count": f"{count:,}", "most": f"{most:,}"}))


def _check_unpacked(path: Path, size: int) -> None:
    """What the packed file says of itself; one that lies meets the limits of its own process."""
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except (zipfile.BadZipFile, NotImplementedError, UnicodeError) as error:
        raise FileError(Problem(path.name, "file_damaged")) from error
    is_bomb = unpacked > max(ANY_RATIO_UPTO, MOST_RATIO * size)
    if is_bomb or unpacked > MOST_UNPACKED:
        values = {"size": _mb(size), "unpacked": _mb(unpacked)}
        raise FileError(Problem(path.name, "file_unpacks_too_large", values))


def _mb(size: int) -> str:
    return f"{size / 2**20:,.1f} MB"
