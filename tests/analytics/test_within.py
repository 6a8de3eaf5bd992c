"""Rows of reports for somebody who may not see them all."""

import polars as pl
import pytest

from analytics import catalogue, within

PUBLIC = {"rep_id", "peer_id", "owner_rep_id", "group_id"}  # ids of reps, teams and groups
TOLD = {"deal", "customer", "summary", "comment", "note"}  # columns that tell of one record


def reached(**ids):
    return lambda table: pl.Series(ids.get(table, []), dtype=pl.String)


@pytest.mark.parametrize("report", catalogue.REPORTS.values(), ids=lambda report: report.name)
def test_every_report_says_which_records_its_rows_are_about(report):
    ids = {name for name in report.schema if name.endswith("_id")}
    assert ids <= PUBLIC | within.SUBJECTS.keys()
    if TOLD & set(report.schema):
        assert within.subjects(report.schema)
    if "customer" in report.schema:
        assert {"customer_id", "deal_id"} & set(report.schema)
    assert not {"deal", "customer"} & set(report.by)


def test_figures_stay_as_they_are():
    rows = pl.DataFrame({"rep_id": ["R1", "R2"], "won_amount": [1, 2]})
    assert within.limited(rows, reached()).equals(rows)


def test_rows_about_records_out_of_reach_go():
    rows = pl.DataFrame({"deal_id": ["D1", "D2"], "customer": ["One", "Two"]})
    assert within.limited(rows, reached(deals=["D2"])).rows() == [("D2", "Two")]


def test_the_record_beside_is_left_empty_when_it_is_out_of_reach():
    rows = pl.DataFrame(
        {
            "visit_id": ["V1", "V2", None],
            "deal_id": ["D2", "D1", "D1"],
            "deal": ["Theirs", "Ours", "Ours"],
            "customer": ["Hengyuan"] * 3,
        }
    )
    kept = within.limited(rows, reached(visits=["V1"], deals=["D1"]))
    assert kept.rows() == [("V1", None, None, None), (None, "D1", "Ours", "Hengyuan")]


def test_a_week_without_a_report_goes_by_its_rep():
    rows = pl.DataFrame(
        {"rep_id": ["R1", "R2", "R2"], "report_id": [None, None, "weekly/R2"]},
        schema={"rep_id": pl.Categorical, "report_id": pl.String},
    )
    assert within.limited(rows, reached(reps=["R1"]))["rep_id"].to_list() == ["R1"]
