"""What a column holds, as its cells tell whatever its header says."""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

import polars as pl

from data.importing import dates, numbers, vocabulary

SAMPLE = 300  # filled cells that are looked at
FORMATS = (  # with the day first and last, besides those with the year first
    *("DD/MM/YYYY", "MM/DD/YYYY", "DD.MM.YYYY", "DD-MM-YYYY", "MM-DD-YYYY"),
    *("D MMM YYYY", "MMM D, YYYY", "DD-MMM-YYYY"),
    *("YYYYMMDD", "DD/MM/YY", "MM/DD/YY", "YYYY-MM", "YYYYMM"),
)
_CLOCKS = ("", " HH:mm", " HH:mm:ss", " hh:mm A", " h:mm A", ", HH:mm:ss", " hh:mm:ss A")
_MARKS = ((",", "."), (",", " "), (".", " "), (".", "'"))  # besides those of 1,234.50
_MAIL = r"^[^@\s]+@[^@\s]+\.[^@\s]+$"
_PHONE = r"^(?:\+?\d[\d\s().-]{6,19}\d)(?:\s*(?:x|ext\.?|转|-)\s*\d+)?$"
_DAY = (  # else no format is tried
    r"^(?:[A-Z][a-z]{2,8} )?\d{1,4}[-/.年 ]?\w{1,9}[-/.月 ,]{0,2}\d{1,4}\S?(?:[ T,].*)?$"
    r"|^[A-Z][a-z]{2,8} \d{1,2}, \d{4}(?:[ T,].*)?$|^\d{6,8}$"
)
_MOST, _SOME = 0.8, 0.3  # of the cells


class Column:
    """One column of a file; each question about its first filled cells is answered once."""

    def __init__(self, header: str, cells: pl.Series) -> None:
        """`cells` is the whole column."""
        self.header = header
        self.whole = cells
        self.cells = cells.drop_nulls().head(SAMPLE)

    @property
    def is_empty(self) -> bool:
        """No cell is filled."""
        return self.cells.is_empty()

    @cached_property
    def distinct(self) -> frozenset[str]:
        """The different texts."""
        return frozenset(self.cells)

    @cached_property
    def day_formats(self) -> list[str]:
        """The formats that read nearly all cells as days; "" is the year first.

        Several: the cells alone do not tell which.
        """
        return self._formats(_MOST)

    def _formats(self, share: float) -> list[str]:
        """The formats that read this share of the cells."""
        if self.is_empty or not _reads(self.cells.str.extract(f"({_DAY})"), share):
            return []
        if _reads(dates.days(self.cells, (), "UTC"), share):
            return [""]
        tried = ((f, [f"{f}{clock}" for clock in _CLOCKS]) for f in FORMATS)
        return [f for f, whole in tried if _reads(dates.days(self.cells, whole, "UTC"), share)]

    @cached_property
    def marks(self) -> tuple[str, str] | None:
        """The decimal and thousands marks, where they are not those of 1,234.50."""
        if self.is_empty or _mostly(numbers.parse(self.cells)):
            return None
        return next((p for p in _MARKS if _mostly(numbers.parse(self.cells, *p))), None)

    @cached_property
    def is_number(self) -> bool:
        """Nearly all cells are numbers."""
        return self.marks is not None or _mostly(numbers.parse(self.cells))

    @cached_property
    def is_mail(self) -> bool:
        """Nearly all cells are e-mail addresses."""
        return _mostly(self.cells.str.extract(f"({_MAIL})"))

    @cached_property
    def is_phone(self) -> bool:
        """Nearly all cells are telephone numbers, and no days."""
        return _mostly(self.cells.str.extract(f"({_PHONE})")) and not self.day_formats

    @cached_property
    def is_key(self) -> bool:
        """Every row has a value that no other has."""
        return (
            self.whole.len() > 1 and self.whole.null_count() == 0 and self.whole.is_unique().all()
        )

    def fits(self, kind: type) -> bool:
        """Some cells are values of a field's type; of no cells nothing is known.

        A few that are will do: the others are refused, with the reason.
        """
        if self.is_empty or kind is str:
            return True
        if kind in (date, datetime):
            return bool(self._formats(_SOME))
        is_number = self.is_number or _reads(numbers.parse(self.cells), _SOME)
        return kind in (int, Decimal) and is_number

    def clocked(self, written: str) -> list[str]:
        """The formats that read the cells: that of the day with the times of day that occur."""
        used = [f"{written}{clock}" for clock in _CLOCKS]
        found = [f for f in used if not dates.days(self.cells, (f,), "UTC").is_null().all()]
        return found or [written]

    def among(self, known: Collection[str]) -> float:
        """Which share of the different texts is known."""
        return len([text for text in self.distinct if text in known]) / max(len(self.distinct), 1)

    def choices(self, words: Mapping[str, str]) -> float:
        """Which share of the different texts is the word for a choice."""
        return len([t for t in self.distinct if vocabulary.squeezed(t) in words]) / max(
            len(self.distinct), 1
        )


def _mostly(read: pl.Series) -> bool:
    """Nearly all cells could be read."""
    return _reads(read, _MOST)


def _reads(read: pl.Series, share: float) -> bool:
    """This share of the cells could be read."""
    return bool(read.len()) and 1 - read.null_count() / read.len() >= share
