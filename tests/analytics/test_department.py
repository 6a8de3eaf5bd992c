from datetime import date

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import conversion, department, margins, reps, targets
from analytics.schemas import require

MARCH = {"since": "2026-03-01", "until": "2026-04-01"}


def overview(make, rows, **asked):
    """The current and the previous row."""
    frame = department.overview(make.build(*rows), make.query(**asked)).collect()
    return tuple(frame.iter_rows(named=True))


def monthly(make, rows, **asked):
    return department.monthly(make.build(*rows), make.query(**asked)).collect()


def spring(make):
    """A few deals of February and March."""
    return [
        make.rep("R1", team="North"),
        make.won("D1", "2026-03-10", amount=1000, cost=600, opened_on="2026-02-01"),
        make.won("D2", "2026-03-20", amount=500, opened_on="2026-03-01"),
        make.lost("D3", "2026-03-20", amount=500, opened_on="2026-03-02"),
        make.won("D4", "2026-02-10", amount=800, cost=900, opened_on="2026-01-01"),
        make.deal("D5", opened_on="2026-03-31", amount=70),
        make.deal("D6", opened_on="2026-02-01", amount=30),
        make.visit("V1", "2026-03-05"),
        make.visit("V2", "2026-02-05"),
        make.visit("V3", "2026-02-06"),
        make.visit("V4", "2026-03-06", is_visit=False),
        make.target("R1", "2026-03-01", 3000),
        make.target("R1", "2026-02-01", 1600),
    ]


def test_the_overview_of_a_finished_month_against_the_one_before(make):
    current, previous = overview(make, spring(make), as_of="2026-03-31", **MARCH)
    assert current == {
        "period": "current",
        "since": date(2026, 3, 1),
        "until": date(2026, 4, 1),
        "won_amount": 1500,
        "gross_profit": 400,
        "known_amount": 1000,
        "margin_rate": 0.4,
        "unknown_count": 1,
        "won": 2,
        "lost": 1,
        "open": 2,
        "open_amount": 100,
        "decided": 3,
        "decided_won": 2,
        "win_rate": pytest.approx(2 / 3),
        "win_amount_rate": 0.75,
        "median_cycle_days": 28.0,
        "new_deals": 3,
        "visits": 1,
        "target_amount": 3000,
        "attainment_rate": 0.5,
        "elapsed_rate": 1.0,
    }
    assert (previous["since"], previous["until"]) == (date(2026, 2, 1), date(2026, 3, 1))
    assert (previous["won_amount"], previous["gross_profit"]) == (800, -100)
    assert previous["margin_rate"] == -0.125
    assert (previous["new_deals"], previous["visits"]) == (2, 2)
    assert previous["attainment_rate"] == 0.5


def test_open_deals_of_the_previous_row_stood_a_month_earlier(make):
    rows = [
        make.won("D1", "2026-03-02", opened_on="2026-01-01", amount=10),
        make.event("D1", 1, "lead", "2026-01-01"),
        make.event("D1", 2, "won", "2026-03-02"),
        make.deal("D2", opened_on="2026-03-01", amount=20),
    ]
    current, previous = overview(make, rows, as_of="2026-03-15", **MARCH)
    assert (current["open"], current["open_amount"]) == (1, 20)
    assert (previous["open"], previous["open_amount"]) == (1, 10)


def test_a_running_month_is_compared_with_the_same_days(make):
    rows = [
        make.won("D1", "2026-02-15", amount=10),
        make.won("D2", "2026-02-16", amount=100),
        make.won("D3", "2026-03-15", amount=7),
        make.target("R1", "2026-02-01", 1000),
        make.target("R1", "2026-03-01", 1000),
    ]
    current, previous = overview(make, rows, as_of="2026-03-15", **MARCH)
    assert (current["won_amount"], previous["won_amount"]) == (7, 10)
    assert previous["until"] == date(2026, 2, 16)
    assert (current["attainment_rate"], previous["attainment_rate"]) == (0.007, 0.01)
    assert current["elapsed_rate"] == pytest.approx(15 / 31)
    assert previous["elapsed_rate"] == pytest.approx(15 / 28)


def test_a_cut_year_is_compared_with_the_whole_targets_of_the_year_before(make):
    rows = [
        make.deal("D1", opened_on="2024-01-01"),
        *(make.target("R1", f"2025-{month:02}-01", 100) for month in range(1, 13)),
    ]
    _, previous = overview(make, rows, since="2026-01-01", until="2027-01-01")
    assert previous["until"] == date(2025, 7, 1)
    assert previous["target_amount"] == 1200


def test_a_running_month_can_be_compared_with_the_same_days_a_year_before(make):
    rows = [
        make.won("D1", "2025-03-15", amount=400, opened_on="2025-01-01"),
        make.won("D2", "2025-03-16", amount=70, opened_on="2025-01-01"),
        make.deal("D3", opened_on="2025-03-01", amount=30),
        make.target("R1", "2025-03-01", 1000),
    ]
    asked = {**MARCH, "as_of": "2026-03-15", "against": "last_year"}
    current, before = overview(make, rows, **asked)
    assert (current["period"], before["period"]) == ("current", "last_year")
    assert (before["since"], before["until"]) == (date(2025, 3, 1), date(2025, 3, 16))
    assert (before["won_amount"], before["new_deals"]) == (400, 1)
    assert (before["open"], before["target_amount"]) == (2, 1000)  # D2 was not won yet


@pytest.mark.parametrize("against", ["previous", "last_year"])
def test_the_earlier_row_is_the_current_one_of_a_question_about_that_period(make, rows, against):
    frames = make.build(*rows)
    asked = make.query(since="2026-04-01", until="2026-05-01", against=against)
    earlier = department.overview(frames, asked).collect().row(1, named=True)
    own = department.overview(frames, asked.compared()).collect().row(0, named=True)
    of_the_day = ("period", "open", "open_amount")  # what stood open, on another day
    assert [earlier[n] for n in own if n not in of_the_day] == [
        own[n] for n in own if n not in of_the_day
    ]


def test_all_time_has_no_previous_period(make):
    current, previous = overview(make, spring(make), as_of="2026-03-31")
    assert (current["since"], current["until"]) == (None, date(2026, 4, 1))
    assert (current["won"], current["new_deals"], current["elapsed_rate"]) == (3, 6, None)
    assert previous.pop("period") == "previous"
    assert set(previous.values()) == {None}


def test_unknown_is_not_zero(make):
    rows = [make.won("D1", "2026-03-10", amount=1000, opened_on=None)]
    current, _ = overview(make, rows, **MARCH)
    assert (current["won"], current["won_amount"], current["unknown_count"]) == (1, 1000, 1)
    unknown = ("gross_profit", "margin_rate", "win_rate", "win_amount_rate", "median_cycle_days")
    assert [current[name] for name in unknown] == [None] * 5
    unknown = ("new_deals", "visits", "target_amount", "attainment_rate")
    assert [current[name] for name in unknown] == [None] * 4


def test_nothing_won_is_a_profit_of_nothing(make):
    current, _ = overview(make, [make.lost("D1", "2026-03-10")], **MARCH)
    assert (current["won_amount"], current["gross_profit"], current["margin_rate"]) == (0, 0, None)


def test_margin_is_read_over_the_lines_with_a_cost(make):
    rows = [
        make.won("D1", "2026-03-10", amount=300, cost=None),
        make.line("D1", 1, amount=100, cost=60),
        make.line("D1", 2, amount=200),
    ]
    current, _ = overview(make, rows, **MARCH)
    assert (current["gross_profit"], current["known_amount"]) == (40, 100)
    assert (current["margin_rate"], current["unknown_count"]) == (0.4, 1)


def test_a_filter_that_targets_are_not_split_by_leaves_attainment_unknown(make):
    current, _ = overview(make, spring(make), region="", as_of="2026-03-31", **MARCH)
    assert current["won"] == 2
    assert current["target_amount"] is current["attainment_rate"] is None


def test_months_have_no_gap_and_the_future_is_unknown(make):
    months = monthly(make, spring(make), as_of="2026-03-31", since="2025-12-01", until="2026-06-01")
    assert months.select("month", "won", "won_amount", "gross_profit", "visits").rows() == [
        (date(2025, 12, 1), 0, 0, 0, 0),
        (date(2026, 1, 1), 0, 0, 0, 0),
        (date(2026, 2, 1), 1, 800, -100, 2),
        (date(2026, 3, 1), 2, 1500, 400, 1),
        (date(2026, 4, 1), None, None, None, None),
        (date(2026, 5, 1), None, None, None, None),
    ]
    assert months["attainment_rate"].to_list() == [None, None, 0.5, 0.5, None, None]


def test_all_time_begins_with_the_first_record(make):
    rows = [*spring(make), make.visit("V0", "2025-11-30")]
    months = monthly(make, rows, as_of="2026-02-28")["month"].to_list()
    assert months[0] == date(2025, 11, 1)
    assert months[-1] == date(2026, 2, 1)
    assert len(months) == 4


def test_the_year_before_is_unknown_before_the_first_deal(make):
    rows = [
        make.won("D1", "2025-03-10", opened_on="2025-02-20", amount=9),
        make.won("D2", "2025-03-31", opened_on="2025-03-01", amount=1),
    ]
    asked = {"since": "2026-01-01", "until": "2026-05-01", "as_of": "2026-03-05"}
    assert monthly(make, rows, **asked)["last_year_amount"].to_list() == [None, 0, 10, 0]


def test_a_month_of_unknown_counts_has_an_unknown_profit(make):
    rows = [make.won("D1", "2026-03-10"), make.won("D2", "2026-01-10", cost=5)]
    asked = {"since": "2026-01-01", "until": "2026-04-01"}
    assert monthly(make, rows, **asked)["gross_profit"].to_list() == [999_995, 0, None]


@pytest.mark.parametrize("entry", department.REPORTS, ids=lambda r: r.name)
def test_empty_tables_keep_the_schema(make, entry):
    made = require(entry.make(make.build(), make.query()), entry.schema)
    assert made.collect().schema == entry.schema


def test_an_empty_department_has_an_overview_of_nothing(make):
    current, _ = overview(make, [], **MARCH)
    assert (current["won"], current["won_amount"], current["new_deals"]) == (0, 0, 0)
    assert current["win_rate"] is current["margin_rate"] is current["visits"] is None
    assert monthly(make, []).is_empty()


@pytest.mark.parametrize(
    ("since", "until"), [(None, None), ("2025-06-01", "2027-01-01"), ("2025-06-17", "2026-03-20")]
)
def test_months_add_up_to_the_overview(make, rows, since, until):
    asked = {"since": since, "until": until}
    sums = ("won_amount", "won", "lost", "new_deals", "visits", "target_amount")
    whole = overview(make, rows, **asked)[0]
    months = monthly(make, rows, **asked).select(pl.col(sums).sum()).row(0, named=True)
    assert months == {name: whole[name] or 0 for name in sums}


def test_the_overview_agrees_with_the_other_reports(make, rows):
    asked = {"since": "2025-07-01", "until": "2026-04-01", "by": "team"}
    frames, query = make.build(*rows), make.query(**asked)
    whole = overview(make, rows, **asked)[0]
    groups = conversion.win_rate(frames, query).collect()
    for name in ("won", "lost", "open", "won_amount", "open_amount"):
        assert groups[name].sum() == whole[name], name
    attained = targets.attainment(frames, query).collect()
    assert attained["target_amount"].sum() == (whole["target_amount"] or 0)
    funnel = conversion.funnel(frames, query).collect()
    assert funnel["reached"][0] == (whole["new_deals"] or 0)
    ranking = reps.ranking(frames, query).collect()
    for name in ("won", "lost", "won_amount"):
        assert ranking[name].sum() == whole[name], name
    quantiles = margins.quantiles(frames, query).collect().row(0, named=True)
    for name in ("won_amount", "known_amount", "gross_profit", "margin_rate", "unknown_count"):
        assert quantiles[name] == whole[name], name


def test_a_lost_deal_never_moves_money_won(make, rows):
    money = ("won_amount", "gross_profit", "known_amount", "margin_rate", "attainment_rate")
    more = [make.lost(f"L{n}", "2026-02-01", amount=9) for n in range(3)]
    before, after = (overview(make, r, since="2026-01-01") for r in (rows, [*rows, *more]))
    for now, then in zip(after, before, strict=True):
        assert [now[name] for name in money] == [then[name] for name in money]


def test_an_unknown_count_never_moves_the_margin(make, rows):
    more = [make.won(f"W{n}", "2026-02-01", amount=9) for n in range(3)]
    before, after = (overview(make, r)[0] for r in (rows, [*rows, *more]))
    assert after["margin_rate"] == before["margin_rate"]
    assert after["known_amount"] == before["known_amount"]
    assert after["unknown_count"] == before["unknown_count"] + 3


@pytest.mark.parametrize("entry", department.REPORTS, ids=lambda r: r.name)
@pytest.mark.parametrize(
    ("as_of", "since"), [("2026-01-31", None), ("2026-01-31", "2025-11-01"), ("2025-01-09", None)]
)
def test_neither_row_order_nor_later_records_matter(make, rows, entry, as_of, since):
    query = make.query(as_of=as_of, since=since)
    result = entry.make(make.build(*rows), query).collect()
    assert_frame_equal(entry.make(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(entry.make(make.build(*known), query).collect(), result)


def test_teams_add_up_to_the_department(make, rows):
    sums = ("won_amount", "won", "lost", "open", "open_amount", "new_deals", "visits")
    whole = overview(make, rows, since="2025-11-01")
    teams = [overview(make, rows, since="2025-11-01", team=t) for t in ("North", "South", "")]
    for name in sums:
        for row in (0, 1):
            parts = sum(team[row][name] or 0 for team in teams)
            assert parts == (whole[row][name] or 0), name


def test_shares_lie_between_none_and_all(make, rows):
    for row in overview(make, rows, since="2025-11-01"):
        for name in ("win_rate", "win_amount_rate", "elapsed_rate"):
            assert row[name] is None or 0 <= row[name] <= 1
