"""Numbers as people write them: 1,234.50; (1.234,50); ¥ 12.5万; 3.2M USD; 800 元."""

import re
from collections.abc import Mapping
from types import MappingProxyType

import polars as pl

EXACT = pl.Decimal(38, 10)
POWERS: Mapping[str, int] = MappingProxyType(
    {"k": 3, "m": 6, "b": 9, "千": 3, "万": 4, "百万": 6, "千万": 7, "亿": 8, "万亿": 12}
)
_CURRENCY = (
    r"(?:(?:CN|US|HK|NT)?[¥$]|[€£₩₹]|元|圆|人民币|"
    r"(?i:CNY|RMB|USD|EUR|GBP|HKD|TWD|JPY|KRW|INR|SGD|AUD|CAD|CHF))"
)


def parse(texts: pl.Series, decimal: str = ".", thousands: str = ",") -> pl.Series:
    """The numbers as Decimal(38, 10); null where a text is no number.

    Thousands marks must stand where thousands are: `1,5` is no number rather than 15 when
    the comma is the thousands mark. A currency sign or code may stand before or after;
    brackets or a trailing minus mean less than zero; POWERS lists the suffixes.
    """
    if decimal != ".":
        return _written(texts, decimal, thousands)
    plain = texts.cast(EXACT, strict=False)
    rest = plain.is_null() & texts.is_not_null()
    if not rest.any():
        return plain
    return plain.zip_with(~rest, _written(texts.set(~rest, None), decimal, thousands))


def _written(texts: pl.Series, decimal: str, thousands: str) -> pl.Series:
    """As `parse`, for texts that are not plain digits."""
    usual = (
        texts.str.normalize("NFKC")
        .str.replace_many(["−", "–"], ["-", "-"])
        .str.replace(r"^\(\s*([^-]*?)\s*\)$", "-$1")
        .str.replace(r"^([^-]*?)\s*-$", "-$1")
    )
    parts = usual.str.extract_groups(_pattern(decimal, thousands)).struct.unnest()
    number = pl.col("number")
    if thousands:
        number = number.str.replace_all(thousands, "", literal=True)
    power = pl.col("suffix").str.to_lowercase()
    power = power.replace_strict(dict(POWERS), default=0, return_dtype=pl.Int64)
    scaled = pl.concat_str(  # the power as an exponent is exact
        pl.coalesce("sign", "inner", pl.lit("")),
        number.str.replace_all(decimal, ".", literal=True),
        pl.lit("e"),
        power.cast(pl.String),
    )
    return parts.select(scaled.cast(EXACT, strict=False)).to_series().rename(texts.name)


def _pattern(decimal: str, thousands: str) -> str:
    point, mark = re.escape(decimal), re.escape(thousands)
    whole = rf"\d{{1,3}}(?:{mark}\d{{2,3}})*{mark}\d{{3}}|\d+" if mark else r"\d+"
    suffixes = "|".join(sorted(POWERS, key=len, reverse=True))
    return (
        rf"^(?:(?P<sign>-)\s*(?:{_CURRENCY})?|(?:{_CURRENCY})?\s*(?P<inner>-)?)\s*"
        rf"(?P<number>(?:{whole})(?:{point}\d*)?|{point}\d+)"
        rf"\s*(?P<suffix>(?i:{suffixes}))?\s*(?:{_CURRENCY})?$"
    )
