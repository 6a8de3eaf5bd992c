"""Provinces and cities as they stand in names of firms."""

from functools import cache
from pathlib import Path

from pypinyin import lazy_pinyin

NATION = "中国"
_LEVELS = (
    "壮族自治区|回族自治区|维吾尔自治区|自治区|特别行政区"
    "|工业园区|高新区|开发区|新区|省|市|区|县|镇"
)


@cache
def within() -> dict[str, str]:
    """Place -> its province, for provinces too."""
    lines = (Path(__file__).parent / "places.txt").read_text(encoding="utf-8").splitlines()
    known = {}
    for line in lines:
        head, _, cities = line.partition(":")
        province = head.split()[0]
        known.update(dict.fromkeys([province, *cities.split()], province))
    return known


@cache
def in_latin() -> dict[str, str]:
    """Word of an English name -> place; one that several places share stands for none: ""."""
    lines = (Path(__file__).parent / "places.txt").read_text(encoding="utf-8").splitlines()
    known = {"china": NATION}
    for line in lines:
        head, _, cities = line.partition(":")
        province, english = head.split()
        known[english.lower()] = province
        for city in cities.split():
            word = "".join(lazy_pinyin(city))
            known[word] = "" if word in known else city
    return known


@cache
def pattern(*, provinces: bool = False) -> str:
    """A place with its level, as a regular expression; of `provinces` only, or of all."""
    return f"(?:{'|'.join(names(provinces=provinces))})(?:{_LEVELS})?"


@cache
def names(*, provinces: bool = False) -> list[str]:
    """The names of places, longer ones first."""
    known = [name for name, province in within().items() if name == province or not provinces]
    return sorted(known, key=len, reverse=True)
