"""Money as people type it, without Streamlit: 1,244,200 or 124.42万 or ¥1.2M, read exactly."""

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
    """What was typed where an amount belongs and is none."""

    text: str


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


def shown(amount: Decimal | None) -> str | None:
    """1,244,200.00: as `read` reads it back, all decimals it has and at least two."""
    if amount is None:
        return None
    whole, _, part = f"{amount:f}".partition(".")
    return f"{int(whole):,}.{part.rstrip('0').ljust(_LEAST, '0')}" if amount >= 0 else f"{amount:f}"
