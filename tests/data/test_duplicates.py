"""Finding customers that may be one: a labelled set, and laws."""

import hashlib
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from data.duplicates import finding, names, numbers

LABELLED = pl.read_csv(Path(__file__).parent / "files" / "duplicate_pairs.csv", infer_schema=False)
FACTS = ("name", "tax_number", "region", "address")
HALVES = ("tune", "held_out")


def half(pair: str) -> str:
    return HALVES[hashlib.sha256(pair.encode()).digest()[0] % 2]


def side(pairs: pl.DataFrame, which: str) -> pl.DataFrame:
    """One customer of each labelled pair, its id the pair's."""
    phones = pl.col(f"{which}_phones").fill_null("").str.split("; ")
    facts = [pl.col(f"{which}_{name}").alias(name) for name in FACTS]
    told = pairs.select(pl.col("pair").alias("id"), *facts, phones.alias("phones"))
    return told.select(list(finding.PARTIES))


def parties(*rows: dict[str, object]) -> finding.Prepared:
    """Customers with these values; ids are their positions unless they have one."""
    blank = {**dict.fromkeys(finding.PARTIES), "phones": []}
    told = [{**blank, "id": str(i), **row} for i, row in enumerate(rows)]
    return finding.prepared(pl.DataFrame(told, schema=finding.PARTIES))


def found(one: dict[str, object], other: dict[str, object]) -> tuple[str, list[str]] | None:
    """Level and reasons of two customers; None when they are two."""
    rows = finding.between(parties(one), parties(other)).select("level", "reasons").rows()
    return rows[0] if rows else None


@pytest.mark.parametrize("which", HALVES)
def test_precision_and_recall_on_the_labelled_pairs(which):
    pairs = LABELLED.filter(pl.Series([half(pair) == which for pair in LABELLED["pair"]]))
    assert pairs.height >= 150
    sides = (finding.prepared(side(pairs, which)) for which in "ab")
    hits = finding.between(*sides).filter(pl.col("left_id") == pl.col("right_id"))
    same = set(pairs.filter(pl.col("same") == "1")["pair"])
    right = len(same & set(hits["left_id"]))
    assert right / hits.height >= 0.9
    assert right / len(same) >= 0.9
    sure = set(hits.filter(pl.col("level") == "certain")["left_id"])
    assert len(sure & same) / len(sure) >= 0.95


def test_every_customer_of_the_set_is_found_in_either_direction():
    one, other = (finding.prepared(side(LABELLED, which)) for which in "ab")
    there = finding.between(one, other)
    back = finding.between(other, one).rename({"left_id": "right_id", "right_id": "left_id"})
    assert there.height > 100
    assert_frame_equal(back.select(there.columns), there, check_row_order=False)


def test_the_order_of_rows_does_not_matter():
    every = pl.concat([side(LABELLED, "a"), side(LABELLED, "b").with_columns(pl.col("id") + "b")])
    pairs = finding.among(finding.prepared(every))
    assert pairs.height > 100
    shuffled = every.sample(fraction=1, shuffle=True, seed=7)
    assert_frame_equal(finding.among(finding.prepared(shuffled)), pairs)


TEXT = st.text(alphabet=st.characters(codec="utf-8"), max_size=60) | st.text(
    alphabet="苏州市無錫恆远精密機械有限公司（）() ＡＢ1Ⅳ㈱İß", max_size=30
)


@settings(max_examples=60, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=20))
def test_a_normal_name_is_its_own_normal_name(texts):
    once = names.normal(pl.Series(texts, dtype=pl.String))
    assert names.normal(once).to_list() == once.to_list()


@settings(max_examples=30, deadline=None)
@given(st.lists(TEXT, min_size=1, max_size=8))
def test_any_text_can_be_compared(texts):
    rows = [
        {"name": text, "tax_number": text, "region": text, "address": text, "phones": [text]}
        for text in texts
    ]
    pairs = finding.among(parties(*rows))
    assert set(pairs["level"]) <= {"certain", "likely"}
    assert pairs["reasons"].list.len().min() != 0


def test_nothing_compares_to_nothing():
    assert finding.between(parties(), parties({"name": "苏州恒远"})).is_empty()
    assert finding.among(parties()).is_empty()


@pytest.mark.parametrize(
    ("one", "other", "level", "reason"),
    [
        ("苏州恒远精密机械有限公司", "蘇州恆遠精密機械有限公司", "certain", "same_name"),
        ("ABC电子(深圳)有限公司", "ＡＢＣ电子（深圳）有限公司", "certain", "same_name"),
        ("苏州恒远机械有限公司", "苏州恒远机械股份有限公司", "certain", "same_core"),
        ("恒远精密", "苏州恒远精密机械有限公司", "likely", "shortened"),
        ("苏州恒远精密机械厂", "苏州恒源精密机械厂", "likely", "sounds_same"),
        ("苏州恒远精密机械厂", "苏州恒远精密机器厂", "likely", "one_letter"),
    ],
)
def test_why_and_how_sure(one, other, level, reason):
    assert found({"name": one}, {"name": other}) == (level, [reason])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("苏州恒远机械有限公司", "无锡恒远机械有限公司"),
        ("恒远机械有限公司", "恒远机械有限公司上海分公司"),
        ("苏州恒远机械有限公司", "苏州恒达机械有限公司"),
        ("Bosch Rexroth (Wuhan)", "Bosch Rexroth (Changzhou)"),
        ("第一机床厂", "第二机床厂"),
        ("！！！", "？？？"),
    ],
)
def test_two_firms_that_only_look_alike(one, other):
    assert found({"name": one}, {"name": other}) is None


def test_a_tax_number_decides_whatever_the_names_say():
    number = "91320594MA1TE5T05Y"
    renamed = found(
        {"name": "甲", "tax_number": number.lower()}, {"name": "乙丙", "tax_number": number}
    )
    assert renamed == ("certain", ["same_tax_number"])
    sister = {"name": "恒远机械", "tax_number": "91320594MA1TE5T05Y"}
    assert found(sister, {"name": "恒远机械", "tax_number": "91330200MA2TE5T11X"}) is None


def test_the_number_used_until_2015_is_the_same_organisation():
    old, new = "320594MA1TE5T05", "91320594MA1TE5T05Y"
    assert found({"name": "甲", "tax_number": old}, {"name": "乙", "tax_number": new}) is not None


def test_a_switchboard_is_no_proof_and_a_mobile_with_the_brand_is():
    house = {"phones": ["0512-62881000"]}
    assert found({"name": "苏州明志", **house}, {"name": "苏州德龙", **house}) is None
    person = {"phones": ["+86 138 1234 5678"]}
    one, other = {"name": "苏州恒远机械有限公司"}, {"name": "恒远模具"}
    assert found({**one, **person}, {**other, "phones": ["13812345678"]}) == (
        "likely",
        ["same_brand", "same_phone"],
    )


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("0512-66831200", "51266831200"),
        ("(0512) 6683 1200 转 8003", "51266831200"),
        ("+86 138-1234-5678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("021-56781234-601", "2156781234"),
        ("123", None),
    ],
)
def test_a_telephone_number_in_one_form(written, read):
    told = pl.DataFrame({"number": [written]}).select(numbers.telephone(pl.col("number")))
    assert told.item() == read


@pytest.mark.parametrize(
    ("number", "is_wrong"),
    [
        ("91320594MA1TE5T05Y", False),
        ("91320594ma1te5t05y", False),
        ("９１３２０５９４ＭＡ１ＴＥ５Ｔ０５Ｙ", False),
        ("91320594MA1TE5T05X", True),
        ("91320594MA1TE5T0OY", True),  # O is no character of it
        ("DE 129 273 398", False),
        ("320594MA1TE5T05", False),
    ],
)
def test_a_credit_code_has_its_check_character(number, is_wrong):
    told = pl.DataFrame({"number": [number]}).select(numbers.is_wrong_credit_code("number"))
    assert told.item() is is_wrong
