"""Characters in one script, and as they are said."""

from collections.abc import Mapping
from functools import cache

import polars as pl
from opencc import OpenCC
from pypinyin import lazy_pinyin

_CJK = [chr(point) for point in range(0x3400, 0xA000)]


def simplified(texts: pl.Series) -> pl.Series:
    """The texts with simplified characters in place of traditional ones."""
    return _replaced(texts, _simple())


def spoken(texts: pl.Series) -> pl.Series:
    """The texts as they are said, without tones; of several sounds the most common."""
    return _replaced(texts, _sounds())


def _replaced(texts: pl.Series, by: Mapping[str, str]) -> pl.Series:
    here = by.keys() & set("".join(texts.drop_nulls()))
    return texts.str.replace_many({old: by[old] for old in sorted(here)}) if here else texts


@cache
def _simple() -> dict[str, str]:
    told = OpenCC("t2s").convert("".join(_CJK))
    return {old: new for old, new in zip(_CJK, told, strict=True) if old != new}


@cache
def _sounds() -> dict[str, str]:
    return dict(zip(_CJK, lazy_pinyin("\n".join(_CJK).split("\n")), strict=True))
