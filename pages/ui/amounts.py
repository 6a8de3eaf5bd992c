"""Numbers as people type them, without Streamlit: 1,244,200 or 124.42万 or ¥1.2M, read exactly.

Text fields take them: a number field of Streamlit has no thousands commas, drops what it
cannot read without a word, and is late to say what it holds when the page is left.
"""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

_UNITS = {"": 0, "千": 3, "k": 3, "万": 4, "m": 6, "亿": 8, "bn": 9}  # powers of ten
_AMOUNT = re.compile(
    r"(?P<sign>[-+]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?P<part>\.\d+)?(?P<unit>千|k|万|m|亿|bn)?"
)
_DROPPED = re.compile(r"[\s¥$€£元]")
_LEAST = 2  # decimals shown of any amount


@dataclass(frozen=True)
class Unreadable:
    """What was typed where a number belongs and is none; `code` is that of its words."""

    text: str
    code: str = "not_an_amount"


def read(typed: str | None) -> Decimal | Unreadable | None:
    """The amount in currency units; None for an empty entry.

    Full-width digits, currency signs, spaces, thousands commas and the units 千 万 亿 k M bn
    are understood. A comma anywhere else is not: it may mean a decimal point.
    """
    if not (typed or "").strip():
        return None
    plain = _DROPPED.sub("", unicodedata.normalize("NFKC", str(typed)).replace("−", "-")).lower()
    parts = _AMOUNT.fullmatch(plain)
    if parts is None:
        return Unreadable(str(typed).strip())
    number = parts["sign"] + parts["whole"].replace(",", "") + (parts["part"] or "")
    return Decimal(number).scaleb(_UNITS[parts["unit"] or ""])


def whole(typed: str | None) -> int | Unreadable | None:
    """The whole number; None for an empty entry."""
    number = read(typed)
    if isinstance(number, Unreadable) or (number is not None and number != int(number)):
        return Unreadable(str(typed).strip(), "not_a_number")
    return None if number is None else int(number)


def shown(amount: Decimal | None) -> str | None:
    """1,244,200.00: as `read` reads it back, all decimals it has and at least two."""
    if amount is None:
        return None
    whole, _, part = f"{amount:f}".partition(".")
    return f"{int(whole):,}.{part.rstrip('0').ljust(_LEAST, '0')}" if amount >= 0 else f"{amount:f}"
