"""The shipped mapping of order lines: on a small export with its traps, and on a real one."""

import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from data import importing
from data.records import Customer, Deal, DealLine, Rep, Target
from data.store import Store
from tests.actors import by
from tests.data.exports import PERSON

EXCERPT = {
    "FactResellerSales.csv": """
        SalesOrderNumber,OrderDate,ProductKey,ResellerKey,EmployeeKey,OrderQuantity,TotalProductCost,SalesAmount
        SO1,2017-07-01,349,676,285,1,NULL,2024.99
        SO1,2017-07-01,350,676,285,3,10.50,6074.97
        SO2,2020-05-31,349,676,272,1,2500.00,2024.99
        """,
    "Product.csv": """
        ProductKey,Product,EnglishProductCategoryName
        349,"HL Road Frame - Black, 58",Components
        350,Helmet,Accessories
        """,
    "Resellers.csv": """
        ResellerKey,BusinessType,ResellerName,City,StateProvinceName,Country_Region
        676,Ware House,A Bike Store,Seattle,Washington,United States
        """,
    "ResellerSalesTargets.csv": "\ufeffYear,EmployeeID,"
    "M01,M02,M03,M04,M05,M06,M07,M08,M09,M10,M11,M12\r\n"
    "2017,716374314,,NULL,NULL,NULL,NULL,NULL,200,400,600,400,800,800\r\n"
    "2017,112432117,NULL,NULL,NULL,NULL,NULL,NULL,500,1500,1000,1000,2200,1750",
}


@pytest.fixture
def small(export):
    for name, text in EXCERPT.items():
        export.has(name, text)
    export.mapping = "adventureworks"
    assert export.run().rejects.rows() == []
    return export.store


def test_lines_become_won_orders_with_an_unknown_cost_where_one_is(small):
    fields = ("id", "status", "closed_on", "opened_on", "amount", "cost")
    assert small.rows(Deal).sort("id").select(fields).rows() == [
        ("SO1", "won", date(2017, 7, 1), None, Decimal("8099.96"), None),
        ("SO2", "won", date(2020, 5, 31), None, Decimal("2024.99"), Decimal("2500")),
    ]
    assert small.rows(DealLine).sort("id").select("id", "category", "cost").rows() == [
        ("SO1/1", "Components", None),
        ("SO1/2", "Accessories", Decimal("10.5")),
        ("SO2/1", "Components", Decimal("2500")),
    ]


def test_wide_targets_in_thousands_find_their_people(small):
    targets = small.rows(Target).sort("id")
    assert targets.filter(subject="285").select("month", "amount").row(0) == (
        date(2017, 7, 1),
        Decimal(200_000),
    )
    assert targets.height == 12
    assert small.rows(Rep).sort("id").select("id", "name").rows() == [
        ("112432117", "112432117"),
        ("272", "stephen0"),
        ("285", "tsvi0"),
    ]


# ---- the real export


@pytest.fixture(scope="module")
def folder(shared_data: Path) -> Path:
    return shared_data / "adventureworks"


@pytest.fixture(scope="module")
def answers(folder: Path) -> dict:
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def works(folder: Path, tmp_path_factory: pytest.TempPathFactory):
    store = Store(tmp_path_factory.mktemp("adventureworks") / "yeji.duckdb")
    result = importing.run(
        "adventureworks", folder, store, actor=by(PERSON), as_of=date(2020, 5, 31)
    )
    assert result.stored
    assert result.rejects.rows() == []
    yield store
    store.close()


@pytest.fixture(scope="module")
def lines(works: Store) -> pl.DataFrame:
    deals = works.rows(Deal).select("customer_id", "rep_id", "closed_on", deal_id="id")
    customers = works.rows(Customer).select("industry", "region", customer_id="id")
    people = works.rows(Rep).select(rep_id="id", rep="name")
    table = works.rows(DealLine).join(deals, on="deal_id").join(customers, on="customer_id")
    return table.join(people, on="rep_id")


def test_the_real_export_has_every_line_and_order(works, lines):
    assert (lines.height, works.rows(Deal).height) == (57851, 3616)
    unknown = lines.filter(pl.col("cost").is_null())
    assert (unknown.height, unknown["deal_id"].n_unique()) == (76, 8)
    assert works.rows(Deal)["cost"].null_count() == 8


def test_the_real_margin_over_known_costs(works, lines, answers):
    known = lines.drop_nulls("cost")
    amount, cost = known["amount"].sum(), known["cost"].sum()
    want = answers["excl_null"]
    assert (known.height, known["deal_id"].n_unique()) == (want["lines"], 3608)
    assert (float(amount), float(cost)) == (want["revenue"], want["cost"])
    assert round(float((amount - cost) / amount), 6) == 0.012828
    assert known.filter(pl.col("cost") > pl.col("amount")).height == 20567
    deals = works.rows(Deal).drop_nulls("cost")
    assert deals.filter(pl.col("cost") > pl.col("amount")).height == 1517


@pytest.mark.parametrize(
    ("by", "group"),
    [("category", "by_category"), ("region", "by_country"), ("industry", "by_business_type")],
)
def test_the_real_export_adds_up_by(lines, answers, by, group):
    rows = lines.group_by(by).agg(
        pl.len(), pl.col("deal_id").n_unique(), pl.sum("amount").cast(pl.Float64)
    )
    want = {n: (r["lines"], r["orders"], r["revenue"]) for n, r in answers[group].items()}
    assert {row[0]: row[1:] for row in rows.iter_rows()} == want


def test_real_orders_belong_to_the_people_of_the_answers(lines, answers):
    rows = lines.group_by("rep").agg(pl.len(), pl.sum("amount").cast(pl.Float64))
    want = {
        login.split("\\")[1]: (row["lines"], row["revenue"])
        for login, row in answers["by_employee"].items()
    }
    assert {row[0]: row[1:] for row in rows.iter_rows()} == want


def test_real_targets_are_those_of_the_answers(works, answers):
    keys = {row["national_id"]: key for key, row in answers["employee_map"].items()}
    year = pl.col("month").dt.year().alias("year")
    rows = works.rows(Target).group_by(year, "subject").agg(pl.sum("amount").cast(pl.Float64))
    want = {}
    for name, row in answers["target_attainment"].items():
        said, national = name.split("|")
        want[int(said), keys.get(national, national)] = row["target"]
    assert {row[:2]: row[2] for row in rows.iter_rows()} == want


def test_a_month_without_a_target_has_no_row(works):
    ranjit = works.rows(Target, match={"subject": "292"}).filter(pl.col("month").dt.year() == 2018)
    assert sorted(ranjit["month"].dt.month().to_list()) == [7, 8, 9, 10, 11, 12]


def test_the_real_export_twice_changes_nothing(works, folder):
    versions = works.versions()
    result = importing.run("adventureworks", folder, works, actor=by(PERSON))
    assert result.counts.select(pl.sum("new", "changed", "conflicts")).row(0) == (0, 0, 0)
    assert works.versions() == versions
