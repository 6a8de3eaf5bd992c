"""Delimited text as an all-text frame: encodings, delimiters, quotes, line numbers."""

import csv
import io
import re
from typing import NamedTuple

import polars as pl

from data.importing import limits
from data.importing.errors import FileError, Problem
from data.importing.grammar import FileOptions

DELIMITERS = ",;\t|"
EXTRA = "__extra__"  # the first cell beyond the header's last column
_GUESS = "gb18030"
_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_SEP_LINE = re.compile(rb"sep=(.)\r?\n", re.IGNORECASE)


class Text(NamedTuple):
    """What a file says."""

    header: list[str]
    rows: pl.DataFrame  # columns "0", "1", ... and EXTRA; a blank line has no values
    lines: pl.Series  # the line on which each row starts
    guessed: str | None  # the encoding, where the text does not show that it is the right one


def read(data: bytes, name: str, options: FileOptions) -> Text:
    """The rows of a text file.

    Raises:
        FileError: the text cannot be decoded, is too much, or its quotation marks do not pair.
    """
    text, encoding = _utf8(data, name, options.encoding)
    if b"\n" not in text:
        text = text.replace(b"\r", b"\n")
    text, line = _cut(text, options.header_line - 1), options.header_line
    delimiter = options.delimiter
    if sep := _SEP_LINE.match(text):  # Excel's own note on the delimiter
        delimiter, text, line = delimiter or sep[1].decode(), text[sep.end() :], line + 1
    delimiter = delimiter or _commonest(text)
    header, lines = _header(text, name, delimiter)
    limits.check_table(name, text.count(b"\n"), len(header))
    rows = _rows(_cut(text, lines), name, delimiter, len(header), line + lines)
    guessed = encoding if encoding == _GUESS and options.encoding is None else None
    return Text(header, rows, _starts(rows, line + lines), guessed)


def _utf8(data: bytes, name: str, encoding: str | None) -> tuple[bytes, str]:
    """The file as UTF-8 without BOM, and its own encoding.

    What is neither UTF-8 nor UTF-16 is taken for GB18030, which accepts most bytes.
    """
    guesses = ("utf-16",) if data.startswith(_UTF16) else ("utf-8", _GUESS)
    for attempt in (encoding,) if encoding else guesses:
        try:
            return data.decode(attempt).encode().removeprefix(_BOM), attempt
        except UnicodeError:
            continue
        except (LookupError, ValueError) as error:
            raise FileError(Problem(name, "encoding_unknown", {"encoding": attempt})) from error
    raise FileError(Problem(name, "encoding_wrong", {"encoding": encoding or ", ".join(guesses)}))


def _cut(text: bytes, lines: int) -> bytes:
    """The text after so many lines."""
    start = 0
    for _ in range(lines):
        end = text.find(b"\n", start)
        start = len(text) if end < 0 else end + 1
    return text[start:]


def _commonest(text: bytes) -> str:
    """The delimiter that occurs most often in the first line, outside quotation marks."""
    first = text.split(b"\n", 1)[0].decode()
    unquoted = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=unquoted.count)


def _header(text: bytes, name: str, delimiter: str) -> tuple[list[str], int]:
    """The header's cells and how many lines they take."""
    reader = csv.reader(_lines(text), delimiter=delimiter)
    try:
        return next(reader), reader.line_num
    except StopIteration as error:
        raise FileError(Problem(name, "file_empty")) from error
    except csv.Error as error:  # a name longer than any cell may be
        raise FileError(Problem(name, "header_wrong")) from error


def _lines(text: bytes) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")


def _rows(text: bytes, name: str, delimiter: str, width: int, line: int) -> pl.DataFrame:
    schema = {str(i): pl.String() for i in range(width)} | {EXTRA: pl.String()}
    if not text.strip():
        return pl.DataFrame(schema=schema)
    fast = _paired_quotes(text, delimiter, schema)
    if fast is not None:
        return fast
    rows = _stray_quotes(text, name, delimiter, line)
    cells = {at: [r[i] if i < len(r) else None for r in rows] for i, at in enumerate(schema)}
    return pl.DataFrame(cells, schema=schema)


def _paired_quotes(
    text: bytes, delimiter: str, schema: dict[str, pl.String]
) -> pl.DataFrame | None:
    """The rows as Polars reads them; None where quotation marks may stand inside cells."""
    if not _is_well_quoted(text, delimiter):
        return None
    try:
        return pl.read_csv(
            text,
            has_header=False,
            separator=delimiter,
            schema=schema,
            truncate_ragged_lines=True,
            missing_columns="insert",
            extra_columns="ignore",
        )
    except pl.exceptions.ComputeError:
        return None


def _is_well_quoted(text: bytes, delimiter: str) -> bool:
    """Whether every cell is wholly in quotation marks or has none.

    Polars would take another mark for the start of a quoted cell and swallow line ends.
    """
    if b'"' not in text:
        return True
    mark = re.escape(delimiter)
    cell = rf'(?:"(?:[^"]|"")*"|[^"\r\n{mark}]*)'
    whole = rf"\A(?:{cell}(?:{mark}|\r?\n|\r))*{cell}\z"
    return bool(pl.Series([text.decode()]).str.contains(whole)[0])


def _stray_quotes(text: bytes, name: str, delimiter: str, line: int) -> list[list[str]]:
    """The rows as Python reads them: a quotation mark inside a cell is an ordinary character.

    This reader is slow and sees only the files that Polars might misread.

    Raises:
        FileError: a cell that opens with a quotation mark never closes it, or goes on after it.
    """
    reader = csv.reader(_lines(text), delimiter=delimiter, strict=True)
    rows: list[list[str]] = []
    began = line
    try:
        for row in reader:
            rows.append(row)
            began = line + reader.line_num
    except csv.Error as error:
        raise FileError(Problem(name, "quotes_wrong", {"line": str(began)})) from error
    return rows


def _starts(rows: pl.DataFrame, first: int) -> pl.Series:
    """The line on which each row starts; a cell may hold line ends itself."""
    breaks = pl.sum_horizontal(pl.all().str.count_matches("\n", literal=True).fill_null(0))
    within = rows.select(breaks.cast(pl.Int64)).to_series()
    return pl.int_range(rows.height, eager=True) + first + within.cum_sum() - within
