"""Tax numbers, telephone numbers and addresses in one form."""

import polars as pl

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of GB 32100, without I O S V Z
_LENGTH = 18
_UNTIL_2015 = 15  # region and organisation: nine characters that the number of today still has


def tidy(column: str) -> pl.Expr:
    """A number in capitals of one width, without blanks and dashes; blank is null."""
    told = pl.col(column).str.normalize("NFKC").str.to_uppercase()
    bare = told.str.replace_all(r"[^0-9A-Z]", "")
    return pl.when(bare != "").then(bare)


def is_wrong_credit_code(column: str) -> pl.Expr:
    """Eighteen characters that are no unified social credit code (GB 32100).

    Any other length is some other country's number and never wrong.
    """
    code = tidy(column)
    values = {letter: value for value, letter in enumerate(ALPHABET)}
    digits = [code.str.slice(i, 1).replace_strict(values, default=None) for i in range(_LENGTH)]
    total = pl.sum_horizontal(
        *(digit * pow(3, i, 31) for i, digit in enumerate(digits)), ignore_nulls=False
    )
    is_right = total - digits[-1] * pow(3, 17, 31) + digits[-1]
    return (code.str.len_chars() == _LENGTH) & ~(is_right % 31 == 0).fill_null(False)


def check_character(start: str) -> str:
    """The last character of a unified social credit code whose first seventeen are `start`."""
    total = sum(ALPHABET.index(letter) * pow(3, i, 31) for i, letter in enumerate(start))
    return ALPHABET[-total % 31]


def organisation(column: str) -> pl.Expr:
    """What a tax number says of whom it is: the old and the new one of a firm say the same."""
    code = tidy(column)
    length = code.str.len_chars()
    return (
        pl.when(length == _LENGTH)
        .then(code.str.slice(8, 9))
        .when(length == _UNTIL_2015)
        .then(code.str.slice(6, 9))
        .otherwise(code)
    )


def telephone(number: pl.Expr) -> pl.Expr:
    """A number without country, leading zero and extension; fewer than seven digits are none."""
    said = number.str.normalize("NFKC").str.to_lowercase()
    main = said.str.replace(r"(?:转|ext|分机|x|#).*$", "")
    main = main.str.replace(r"^\s*(?:\+|00)86", "").str.replace(
        r"^(\D*0?\d{2,3}\D+\d{7,8})\D+\d{1,5}$", "$1"
    )
    digits = main.str.replace_all(r"\D", "").str.replace(r"^(?:86)?0?(1\d{10})$", "$1")
    bare = digits.str.strip_chars_start("0")
    return pl.when(bare.str.len_chars() >= 7).then(bare)


def is_mobile(number: pl.Expr) -> pl.Expr:
    """A number of one person, not of a house."""
    return number.str.contains(r"^1[3-9]\d{9}$")


def street(column: str) -> pl.Expr:
    """Road and house of an address, without the places before; null without a house number."""
    told = pl.col(column).str.normalize("NFKC").str.to_lowercase()
    bare = told.str.replace_all(r"[\s,.、，。]", "").str.replace(r"^.*(?:省|市|区|县|镇|乡)", "")
    return pl.when(bare.str.contains(r"\d") & (bare.str.len_chars() >= 5)).then(bare)
