"""Numbers, money and dates in the person's language, without Streamlit.

One place formats every figure: cards, axes, tables, tooltips and the terminal.
Money comes in as ten-thousandths of the currency (see `analytics.schemas`).
"""

import math
import re
from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_date, format_datetime
from babel.numbers import get_currency_symbol

from pages.ui.i18n import text

SCALE = 10_000  # ten-thousandths in one unit of currency
UNKNOWN = "—"
_LOCALES = {"zh": "zh_CN", "en": "en_GB"}
_UNITS = {
    "zh": ((1e8, "亿"), (1e4, "万"), (1, "")),
    "en": ((1e9, "bn"), (1e6, "M"), (1e3, "k"), (1, "")),
}
_BYTES = ((1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1, "B"))


def unit(top: float, language: str) -> tuple[float, str]:
    """The scale and its name that suit a largest value of `top` currency units."""
    return next((u for u in _UNITS[language] if abs(top) >= u[0]), _UNITS[language][-1])


def symbol(currency: str) -> str:
    """¥ for CNY, $ for USD, the code where no narrow sign exists."""
    return get_currency_symbol(currency, "zh_CN" if currency == "CNY" else "en_US")


def money(value: int | None, language: str, currency: str, *, small_unit: bool = False) -> str:
    """¥1,490万 or ¥14.9M: three significant digits, never fewer than the whole part has.

    `small_unit` sets the Chinese unit in small type (Markdown) for cards.
    """
    if value is None:
        return UNKNOWN
    amount = abs(value) / SCALE
    scale, name = unit(amount, language)
    x = amount / scale
    decimals = 0 if x >= 100 or scale == 1 else 1 if x >= 10 else 2
    if small_unit and language == "zh" and name:
        name = f":small[{name}]"
    return f"{'−' if value < 0 else ''}{symbol(currency)}{x:,.{decimals}f}{name}"


def exact(value: int | None, currency: str) -> str:
    """¥14,903,260.00: to the cent, for tooltips."""
    if value is None:
        return UNKNOWN
    cents = Decimal(abs(value)) / SCALE
    return f"{'−' if value < 0 else ''}{symbol(currency)}{cents:,.2f}"


def rate(value: float | None, decimals: int = 1) -> str:
    """30.4%; null is a dash."""
    return UNKNOWN if value is None else f"{value:.{decimals}%}".replace("-", "−")


def chance(value: float | None) -> str:
    """A p-value: 0.012, < 0.001."""
    if value is None:
        return UNKNOWN
    return f"{value:.3f}" if value >= 0.001 else "< 0.001"


def points(value: float | None, language: str, decimals: int = 1) -> str:
    """A difference of rates in percentage points, without its sign."""
    if value is None:
        return UNKNOWN
    return f"{abs(value) * 100:.{decimals}f} {text(language, 'common.points')}"


def count(value: float | None, decimals: int = 0) -> str:
    """1,166; null is a dash."""
    return UNKNOWN if value is None else f"{value:,.{decimals}f}".replace("-", "−")


def signed(value: float | None, decimals: int = 0) -> str:
    """A difference with its sign: +0.01 or −0.33; null is a dash."""
    return f"+{count(value, decimals)}" if value and value > 0 else count(value, decimals)


def day(value: date | None, language: str) -> str:
    """2026年11月23日 or 23 Nov 2026."""
    return UNKNOWN if value is None else format_date(value, "medium", locale=_LOCALES[language])


def short_day(value: date | None, language: str) -> str:
    """11月23日 or 23 Nov, where the year is clear."""
    pattern = "M月d日" if language == "zh" else "d MMM"
    return UNKNOWN if value is None else format_date(value, pattern, locale=_LOCALES[language])


def weekday(value: date, language: str) -> str:
    """周五 or Friday."""
    return format_date(value, "EEE" if language == "zh" else "EEEE", locale=_LOCALES[language])


def month_name(number: int, language: str) -> str:
    """9月 or September."""
    return format_date(date(2000, number, 1), "LLLL", locale=_LOCALES[language])


def month(value: date | None, language: str) -> str:
    """2026年11月 or Nov 2026."""
    pattern = "y年M月" if language == "zh" else "MMM y"
    return UNKNOWN if value is None else format_date(value, pattern, locale=_LOCALES[language])


def moment(value: datetime | None, language: str) -> str:
    """A local moment: 2026年11月23日 10:42 or 23 Nov 2026 10:42."""
    pattern = "y年M月d日 HH:mm" if language == "zh" else "d MMM y HH:mm"
    return UNKNOWN if value is None else format_datetime(value, pattern, locale=_LOCALES[language])


def short_moment(value: datetime | None, language: str) -> str:
    """11-20 16:42 or 20 Nov 16:42."""
    pattern = "MM-dd HH:mm" if language == "zh" else "d MMM HH:mm"
    return UNKNOWN if value is None else format_datetime(value, pattern, locale=_LOCALES[language])


def ticks(top: float, language: str, currency: str, n: int = 4) -> tuple[list[float], list[str]]:
    """Values (currency units) and texts of a zero-based money axis; one unit for all."""
    raw = max(top, 1) / n
    power = 10 ** math.floor(math.log10(raw))
    step = next(m * power for m in (1, 2, 2.5, 5, 10) if m * power >= raw)
    scale, name = unit(step, language)
    values = [i * step for i in range(math.ceil(max(top, 1) / step) + 1)]
    return values, ["0"] + [f"{symbol(currency)}{v / scale:,.10g}{name}" for v in values[1:]]


def plain_money(value: int | None) -> str:
    """14903260.00: machine-readable, all decimals the store holds, at least two."""
    if value is None:
        return ""
    whole = Decimal(value) / SCALE
    return f"{whole:.2f}" if value % 100 == 0 else f"{whole:.4f}"


def size(count: int) -> str:
    """9.8 MB of that many bytes."""
    scale, name = next((u for u in _BYTES if count >= u[0]), _BYTES[-1])
    return f"{count / scale:,.{1 if scale > 1 else 0}f} {name}"


def literal(sentence: str) -> str:
    """A sentence with money for Markdown, which takes what two $ enclose for a formula."""
    return sentence.replace("$", r"\$")


def escaped(name: str) -> str:
    """A name from the data for use inside a Markdown sentence: shown as it was typed."""
    whole = _LATER.sub("\u2060", _LINE_ENDS.sub(" ", name))
    return "".join(_SPELT.get(c, f"\\{c}") if c in _MARKDOWN else c for c in whole)


_MARKDOWN = set("\\`*_{}[]()<>#+-.!|~$:&@^=\"'")
_SPELT = {"$": "&#36;"}  # `literal` may follow, and would undo a backslash
_LINE_ENDS = re.compile("\r\n|[\r\n\v\f\x85\u2028\u2029]")
# Links, icons and emoji that Streamlit looks for in the text that Markdown has left: a
# character without width stands between their parts.
_LATER = re.compile(r"(?<=:)(?=//|[\w/+-]+:)|(?<=www)(?=\.)|(?<=@)", re.IGNORECASE)
