"""Names of firms taken apart: what they are called, where, in which branch, how it sounds."""

import polars as pl

from data.duplicates import places, script

PARTS = pl.Schema(
    {
        "core": pl.String(),  # the name without place, branch and legal form
        "brand": pl.String(),  # sound of its first two characters, or its first word
        "sound": pl.String(),  # of place and core together
        "places": pl.List(pl.String()),
        "branch": pl.String(),
        "is_full": pl.Boolean(),  # it names a legal form, so it is no abbreviation
    }
)

BRAND = 2  # characters that a Chinese firm is known by

_HAN = r"\p{Han}"
_FORM = r"(?:股[份分]|有[限线]|责任|集团|总?公司|总?厂|经营部|商[行店]|贸易行|行|店)"
_UNIT = "(?:分公司|子公司|办事处|分厂|工厂|事业部|分行|分店|营业部|分院)"
_LATIN_FORMS = (
    "co|company|ltd|limited|inc|incorporated|corp|corporation|llc|lp|llp|plc|gmbh|ag|se|kg|kgaa"
    "|sa|sas|sarl|srl|spa|bv|nv|ab|as|oy|pty|pte|kk|group|holding|holdings"
)
_IDLE = "the|and|of|und|et|branch|factory|plant"


def parts(names: pl.Series) -> pl.DataFrame:
    """PARTS of each name, in the order of the names; the same for the same name everywhere."""
    plain = normal(names)
    is_han = plain.str.contains(_HAN)
    table = pl.DataFrame({"plain": plain, "is_han": is_han}).with_row_index("row")
    taken = [_han(table.filter("is_han")), _latin(table.filter(~pl.col("is_han")))]
    told = pl.concat(taken).sort("row").with_columns(plain=plain)
    core = pl.when(pl.col("core") == "").then("plain").otherwise("core")
    return _sounding(told.with_columns(core=core))


def normal(names: pl.Series) -> pl.Series:
    """One width, one script, lower case, single blanks; a second time changes nothing."""
    lower = names.fill_null("").str.normalize("NFKC").str.to_lowercase().str.normalize("NFKC")
    return (
        script.simplified(lower)
        .str.replace_all(r"[\[【〔「『《〈{]", "(")
        .str.replace_all(r"[\]】〕」』》〉}]", ")")
        .str.replace_all(r"\s+", " ")
        .str.strip_chars()
    )


def _han(table: pl.DataFrame) -> pl.DataFrame:
    """Chinese names: place, what the firm is called, legal form, branch."""
    flat = table.select("row", flat=_flat("plain")).with_columns(branch=_branch("flat"))
    whole = pl.col("flat").str.strip_suffix(pl.col("branch"))
    named = whole.str.replace(rf"{_FORM}+$", "").str.replace_all("集团", "")
    told = flat.with_columns(
        named=pl.when(named == "").then(whole).otherwise(named),
        is_full=whole.str.contains(r"(?:公司|厂|行|店|经营部)$"),
    )
    first, last = _edges()
    inner = pl.col("named").str.replace(first, "")
    core = inner.str.replace(last, "")
    said = pl.concat_str(
        pl.col("named").str.extract(f"({first})").fill_null(""),
        inner.str.extract(f"({last})").fill_null(""),
    )
    return told.select(
        "row",
        pl.when(core == "").then("named").otherwise(core).alias("core"),
        _places_in(said).alias("places"),
        pl.col("branch").str.replace_all("[市省]", ""),
        "is_full",
    )


def _flat(plain: str) -> pl.Expr:
    """Letters and digits alone; in brackets only places, branches and numbers count."""
    telling = rf"\(({places.pattern()}|{places.NATION}|\d+|[^()]*{_UNIT})\)"
    told = pl.col(plain).str.replace_all(telling, "$1").str.replace_all(r"\([^()]*\)", "")
    return told.str.replace_all(r"[^\p{L}\p{N}]", "")


def _branch(flat: str) -> pl.Expr:
    """What follows the firm's name, or ends it as a branch; a form typed twice is none."""
    told = pl.coalesce(
        pl.col(flat).str.extract("^.*?公司(.+)$"),
        pl.col(flat).str.extract(rf".((?:{places.pattern()})?第?[\p{{Han}}\d]?{_UNIT})$"),
    )
    return pl.when(~told.str.contains(f"^{_FORM}+$")).then(told).fill_null("")


def _edges() -> tuple[str, str]:
    """Where places stand in a name: province, city and districts before it, or one behind."""
    place = places.pattern()
    province = places.pattern(provinces=True)
    first = rf"^(?:{province})?(?:{place})?(?:{_HAN}{{2,3}}(?:区|县|镇))*"
    return first, rf"(?:{place}|{places.NATION})$"


def _places_in(text: pl.Expr) -> pl.Expr:
    found = text.str.extract_all(f"{'|'.join(places.names())}|{places.NATION}")
    return found.list.unique().list.sort()


def _latin(table: pl.DataFrame) -> pl.DataFrame:
    """Names without a Chinese character, word by word."""
    words = (
        pl.col("plain")
        .str.normalize("NFKD")
        .str.replace_all(r"\p{M}", "")
        .str.replace_all("ß", "ss")
        .str.replace_all(r"['’.]", "")
        .str.extract_all(r"[\p{L}\p{N}]+")
    )
    each = table.select("row", words.alias("word")).explode("word", empty_as_null=True)
    told = each.with_columns(
        place=pl.col("word").replace_strict(places.in_latin(), default=None),
        is_form=pl.col("word").str.contains(f"^(?:{_LATIN_FORMS})$"),
    )
    is_idle = pl.col("word").str.contains(f"^(?:{_IDLE})$") | pl.col("is_form")
    return (
        told.group_by("row", maintain_order=True)
        .agg(
            core=pl.col("word").filter(pl.col("place").is_null() & ~is_idle).str.join(" "),
            whole=pl.col("word").drop_nulls().str.join(" "),
            places=pl.col("place").filter(pl.col("place") != "").unique().sort(),
            branch=pl.lit("", pl.String),
            is_full=pl.col("is_form").any().fill_null(False),
        )
        .with_columns(core=pl.when(pl.col("core") == "").then("whole").otherwise("core"))
        .select("row", "core", "places", "branch", "is_full")
    )


def _sounding(told: pl.DataFrame) -> pl.DataFrame:
    """The parts with the sounds of brand and of the whole."""
    word, start = pl.col("core").str.extract("^([a-z0-9]+)"), pl.col("core").str.slice(0, BRAND)
    told = told.with_columns(
        brand=pl.coalesce(word, start),
        sound=pl.col("places").list.join("") + pl.col("core").str.replace_all(" ", ""),
    )
    told = told.with_columns(script.spoken(told["brand"]), script.spoken(told["sound"]))
    return told.select(pl.col(name).cast(kind) for name, kind in PARTS.items())
