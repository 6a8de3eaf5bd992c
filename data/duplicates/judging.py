"""Whether two customers that share a key are one, why, and how sure that is."""

from collections.abc import Callable

import polars as pl
from rapidfuzz import fuzz, process
from rapidfuzz.distance import LCSseq, Levenshtein, Prefix

from data.duplicates import numbers
from data.duplicates.names import BRAND

PAIRS = pl.Schema(
    {
        "left_id": pl.String(),
        "right_id": pl.String(),
        "level": pl.String(),  # LEVELS
        "reasons": pl.List(pl.String()),  # codes, the strongest first
        "score": pl.Float64(),  # 0..100, to sort by
    }
)
LEVELS = ("certain", "likely")

_LONG = 5  # characters of a core in which one wrong letter is no other name
_NEAR = 80.0  # ratio of two names that one hand may have written
_NUMERALS = "[一二三四五六七八九十0-9]"
_SIDES = ("left", "right")
_BY_NAME = {  # the first that holds says how the names are related
    "same_name": pl.col("same_plain"),
    "same_core": pl.col("same_core"),  # but for place or legal form
    "sounds_same": pl.col("same_sound"),
    "shortened": pl.col("is_part"),
    "one_letter": pl.col("edits") == 1,
    "same_brand": pl.col("same_brand"),  # in another script, or with other words
}
_BESIDE = {"same_phone": pl.col("same_phone"), "same_address": pl.col("same_address")}
REASONS = ("same_tax_number", *_BY_NAME, *_BESIDE)


def judged(found: pl.DataFrame, left: pl.DataFrame, right: pl.DataFrame) -> pl.DataFrame:
    """PAIRS of those `found` (left_id, right_id) that may be one, the surest first."""
    sides = [
        rows.select(pl.all().name.prefix(f"{side}_"))
        for side, rows in zip(_SIDES, (left, right), strict=True)
    ]
    pairs = found.join(sides[0], on="left_id").join(sides[1], on="right_id")
    facts = _compared(pairs.with_columns(**_shared()))
    told = facts.with_columns(level=_level(), reasons=_reasons()).drop_nulls("level")
    order = (pl.col("level") == "likely", -pl.col("score"), "left_id", "right_id")
    return told.select(list(PAIRS)).cast(PAIRS).sort(order)


def _same(name: str) -> pl.Expr:
    return pl.col(f"left_{name}").eq(pl.col(f"right_{name}")).fill_null(False)


def _shared() -> dict[str, pl.Expr]:
    """What two customers have in common, and what speaks against them."""
    left, right = pl.col("left_places"), pl.col("right_places")
    is_within = left.list.set_difference(right).list.len() == 0
    is_around = right.list.set_difference(left).list.len() == 0
    has_both = (left.list.len() > 0) & (right.list.len() > 0)
    phones = pl.col("left_phones").list.set_intersection("right_phones")
    knows_both = pl.col("left_organisation").is_not_null() & (
        pl.col("right_organisation").is_not_null()
    )
    names = ("branch", "plain", "core", "sound", "brand")
    return {
        **{f"same_{name}": _same(name) for name in names},
        "same_tax": _same("organisation"),
        "other_tax": knows_both & ~_same("organisation"),
        "same_places": has_both & is_within & is_around,
        "fits": (is_within | is_around) & (has_both | ~_elsewhere()),
        "same_phone": phones.list.len() > 0,
        "same_mobile": phones.list.eval(numbers.is_mobile(pl.element())).list.any(),
        "same_address": _same("street"),
    }


def _elsewhere() -> pl.Expr:
    """The two are known to be in different provinces."""
    left, right = (
        pl.when(pl.col(f"{side}_provinces").list.len() > 0)
        .then(f"{side}_provinces")
        .otherwise(pl.concat_list(f"{side}_area").list.drop_nulls())
        for side in _SIDES
    )
    has_both = (left.list.len() > 0) & (right.list.len() > 0)
    return has_both & (left.list.set_intersection(right).list.len() == 0)


def _compared(pairs: pl.DataFrame) -> pl.DataFrame:
    """The pairs with how far their cores are apart."""
    left, right = pairs["left_core"].to_list(), pairs["right_core"].to_list()
    measured = pairs.with_columns(
        score=_measured(fuzz.ratio, left, right),
        edits=_measured(Levenshtein.distance, left, right),
        start=_measured(Prefix.similarity, left, right),
        kept=_measured(LCSseq.similarity, left, right),
    )
    lengths = [pl.col(f"{side}_core").str.len_chars() for side in _SIDES]
    numerals = [pl.col(f"{side}_core").str.extract_all(_NUMERALS).list.join("") for side in _SIDES]
    shorter = pl.min_horizontal(lengths)
    has_brand = pl.col("start") >= BRAND
    is_long = (shorter >= _LONG) & (numerals[0] == numerals[1])
    return measured.with_columns(
        is_part=(pl.col("kept") == shorter) & has_brand,
        is_short=((lengths[0] < lengths[1]) & ~pl.col("left_is_full"))
        | ((lengths[1] < lengths[0]) & ~pl.col("right_is_full")),
        is_slip=(pl.col("edits") == 1) & has_brand & is_long,
        shorter=shorter,
    )


def _measured(scorer: Callable[..., float], left: list[str], right: list[str]) -> pl.Series:
    return pl.Series(process.cpdist(left, right, scorer=scorer), dtype=pl.Float64)


def _level() -> pl.Expr:
    """How sure it is that two customers are one; null: they are not."""
    col, sure, perhaps = pl.col, pl.lit("certain"), pl.lit("likely")
    is_here = col("same_branch") & col("fits")
    has_evidence = col("same_phone") | col("same_address")
    is_whole = col("same_places") | (col("same_plain") & (col("shorter") > BRAND))
    is_sure = col("same_core") & (is_whole | has_evidence)
    is_registered = col("same_core") & col("same_places") & col("same_branch")
    return (
        pl.when(col("same_tax"))
        .then(pl.when("same_branch").then(sure))
        .when(col("other_tax"))
        .then(pl.when(is_registered).then(perhaps))
        .when(is_here & is_sure)
        .then(sure)
        .when(is_here & (_is_named_alike() | _is_known_by_other_facts(has_evidence)))
        .then(perhaps)
    )


def _is_named_alike() -> pl.Expr:
    """One name in two spellings, whatever else is known."""
    col = pl.col
    is_telling = (col("shorter") > BRAND) | col("same_places")
    is_abbreviation = col("is_part") & col("is_short") & is_telling
    return col("same_core") | col("same_sound") | col("is_slip") | is_abbreviation


def _is_known_by_other_facts(has_evidence: pl.Expr) -> pl.Expr:
    """Names that alone would not do: a mobile is one person's, a house may have many firms."""
    col = pl.col
    is_close = col("same_core") | col("same_sound") | col("is_part") | col("is_slip")
    left, right = (col(f"{side}_core").str.contains(r"\p{Han}") for side in _SIDES)
    is_translated = col("same_brand") & (left != right)
    is_near = col("same_brand") | (col("score") >= _NEAR)
    return (col("same_mobile") & is_near) | (has_evidence & (is_close | is_translated))


def _reasons() -> pl.Expr:
    by_name = pl.coalesce(pl.when(fact).then(pl.lit(code)) for code, fact in _BY_NAME.items())
    beside = [pl.when(fact).then(pl.lit(code)) for code, fact in _BESIDE.items()]
    tax = pl.when("same_tax").then(pl.lit("same_tax_number"))
    return pl.concat_list(tax, by_name, *beside).list.drop_nulls()
