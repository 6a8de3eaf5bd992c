import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import reps, scores
from analytics.schemas import require

MONTH = {"since": "2026-06-01", "until": "2026-07-01"}
SETTINGS = {
    "timezone": '"Asia/Shanghai"',
    "report_due_weekday": "5",
    "report_due_time": '"18:00"',
    "holidays": "[]",
}


def ranking(make, *rows, **asked):
    return reps.ranking(make.build(*rows), make.query(**(MONTH | asked))).collect()


def named(frame, rep_id):
    return frame.row(by_predicate=pl.col("rep_id") == rep_id, named=True)


def deals(make, rep_id, won, lost, on="2026-06-10", **values):
    made = [make.won(f"{rep_id}-{on}-w{n}", on, rep_id=rep_id, **values) for n in range(won)]
    return made + [make.lost(f"{rep_id}-{on}-l{n}", on, rep_id=rep_id) for n in range(lost)]


def test_ranks_follow_the_column_and_ties_the_name(make):
    people = [make.rep(f"R{n}", rep=name) for n, name in enumerate("DBCA")]
    rows = [*deals(make, "R0", 1, 0), *deals(make, "R1", 1, 0), *deals(make, "R2", 2, 0)]
    shown = ranking(make, *people, *rows)
    assert shown.select("rank", "rep", "won_amount").rows() == [
        (1, "C", 2_000_000),
        (2, "B", 1_000_000),
        (3, "D", 1_000_000),
        (4, "A", 0),
    ]


@pytest.mark.parametrize("column", scores.LESS_IS_BETTER)
def test_less_is_better_for_losses_and_what_a_deal_takes(make, column):
    rows = [
        *deals(make, "R1", 1, 3, opened_on="2026-01-01"),
        *deals(make, "R2", 1, 1, opened_on="2026-06-01"),
        *(make.visit(f"V{n}", "2026-06-02", rep_id="R1") for n in range(5)),
        make.visit("V9", "2026-06-02", rep_id="R2"),
    ]
    assert ranking(make, *rows, rank_by=column)["rep_id"].to_list() == ["R2", "R1"]


def test_an_unknown_figure_is_unranked_and_last(make):
    rows = [*deals(make, "R1", 1, 0), *deals(make, "R2", 1, 0, cost=1_200_000)]
    shown = ranking(make, *rows, rank_by="margin_rate")
    assert shown.select("rank", "rep_id", "margin_rate").rows() == [
        (1, "R2", -0.2),
        (None, "R1", None),
    ]


def test_a_column_that_cannot_rank_is_refused(make):
    with pytest.raises(ValueError, match="no ranking by team"):
        ranking(make, rank_by="team")


def test_the_adjusted_rate_ranks_by_its_lower_end_and_leaves_short_records_unranked(make):
    rows = [
        *deals(make, "LUCKY", 4, 0),
        *deals(make, "SHORT", 4, 1),
        *deals(make, "LONG", 45, 15),
        *deals(make, "WEAK", 10, 40),
    ]
    shown = ranking(make, *rows, rank_by="adjusted_rate")
    assert shown["rep_id"].to_list() == ["LONG", "SHORT", "WEAK", "LUCKY"]
    assert shown["rank"].to_list() == [1, 2, 3, None]
    lucky = named(shown, "LUCKY")
    assert lucky["win_rate"] == 1
    assert lucky["adjusted_rate"] < 0.9
    assert named(shown, "LONG")["adjusted_rate"] < named(shown, "SHORT")["win_rate"]


def test_adjusted_rates_are_the_same_whoever_is_shown(make):
    rows = [*deals(make, "R1", 3, 4), *deals(make, "R2", 9, 2), *deals(make, "R3", 1, 7)]
    whole = ranking(make, *rows, rank_by="adjusted_rate")
    alone = ranking(make, *rows, rank_by="adjusted_rate", rep="R3")
    assert_frame_equal(alone, whole.filter(pl.col("rep_id") == "R3"))
    assert alone["rank"].to_list() == [3]


def test_a_team_filter_shows_the_team_of_the_periods_last_day(make):
    rows = [
        make.member("R1", "North", until_on="2026-06-20"),
        make.member("R1", "South", "2026-06-20"),
        *deals(make, "R1", 1, 0),
        *deals(make, "R2", 2, 0),
    ]
    shown = ranking(make, *rows, team="South")
    assert shown.select("rank", "rep_id", "team", "won").rows() == [(2, "R1", "South", 1)]


def test_other_filters_choose_the_deals_that_count(make):
    rows = [
        make.customer("C1", region="Anhui"),
        *deals(make, "R1", 1, 0),
        *deals(make, "R2", 1, 0, customer_id="C1"),
    ]
    shown = ranking(make, *rows, region="Anhui")
    assert shown.select("rep_id", "won").rows() == [("R2", 1), ("R1", 0)]


def test_rank_change_is_places_gained_since_the_period_before(make):
    rows = [
        *deals(make, "R1", 3, 0, on="2026-05-10"),
        *deals(make, "R2", 1, 0, on="2026-05-10"),
        *deals(make, "R1", 1, 0),
        *deals(make, "R2", 2, 0),
        make.rep("NEW", hired_on="2026-06-01"),
    ]
    shown = ranking(make, *rows)
    assert shown.select("rep_id", "rank", "previous_rank", "rank_change").rows() == [
        ("R2", 1, 2, 1),
        ("R1", 2, 1, -1),
        ("NEW", 3, None, None),
    ]


def test_a_running_month_is_ranked_against_the_same_days_before(make):
    rows = [
        *deals(make, "R1", 1, 0, on="2026-05-10"),
        *deals(make, "R2", 5, 0, on="2026-05-25"),
        *deals(make, "R1", 1, 0, on="2026-06-05"),
    ]
    shown = ranking(make, *rows, as_of="2026-06-15")
    assert named(shown, "R1")["previous_rank"] == 1


def test_the_change_of_ranks_follows_the_comparison(make):
    rows = [
        *deals(make, "R1", 1, 0, on="2026-05-10"),
        *deals(make, "R2", 2, 0, on="2025-06-10"),
        *deals(make, "R1", 2, 0),
        *deals(make, "R2", 1, 0),
    ]
    shown = ranking(make, *rows, against="last_year")
    assert shown.select("rep_id", "rank_change").rows() == [("R1", 1), ("R2", -1)]


def test_an_open_period_has_no_period_before(make):
    shown = ranking(make, *deals(make, "R1", 1, 0), since=None, until=None)
    assert shown["previous_rank"].to_list() == [None]


def test_who_left_stays_for_the_periods_in_which_they_sold(make):
    gone = make.rep("GONE", status="left", left_on="2026-06-15")
    rows = [gone, *deals(make, "GONE", 1, 0, on="2026-05-10"), make.rep("R1")]
    may = {"since": "2026-05-01", "until": "2026-06-01"}
    july = {"since": "2026-07-01", "until": "2026-08-01", "as_of": "2026-07-31"}
    assert ranking(make, *rows, **may)["rep_id"].to_list() == ["GONE", "R1"]
    assert ranking(make, *rows)["rep_id"].to_list() == ["GONE", "R1"]  # there until the 15th
    assert ranking(make, *rows, **july)["rep_id"].to_list() == ["R1"]


@pytest.mark.parametrize(
    ("person", "is_listed"),
    [
        ({"role": "manager"}, False),
        ({"role": "rep", "hired_on": "2026-07-01"}, False),
        ({"role": "rep", "status": "left"}, False),  # left, nobody wrote down when
        ({"role": "rep", "hired_on": "2026-06-30"}, True),
    ],
)
def test_only_people_who_sell_are_listed(make, person, is_listed):
    assert (ranking(make, make.rep("X", **person)).height == 1) is is_listed


def test_a_manager_who_sells_or_visits_is_listed(make):
    rows = [make.rep("M", role="manager"), make.rep("N", role="gm")]
    rows += [*deals(make, "M", 1, 0), make.visit("V1", "2026-06-02", rep_id="N")]
    assert ranking(make, *rows)["rep_id"].to_list() == ["M", "N"]


def test_visits_are_counted_without_tasks_and_unknown_where_none_is_recorded(make):
    sold = deals(make, "R1", 2, 0)
    assert named(ranking(make, *sold), "R1")["visits"] is None
    later = make.visit("V9", "2026-06-12")
    assert named(ranking(make, *sold, later, as_of="2026-06-11"), "R1")["visits"] is None
    visits = [
        make.visit("V1", "2026-06-02", customer_id="C1"),
        make.visit("V2", "2026-06-03", customer_id="C1"),
        make.visit("V3", "2026-06-03", customer_id="C2"),
        make.visit("V4", "2026-06-03", kind="task", is_visit=False),
        make.visit("V5", "2026-05-03"),
    ]
    shown = ranking(make, *sold, *visits, make.rep("R2"))
    first = named(shown, "R1")
    assert (first["visits"], first["customers_visited"], first["visits_per_won"]) == (3, 2, 1.5)
    second = named(shown, "R2")
    assert (second["visits"], second["visits_per_won"]) == (0, None)


def test_attainment_is_against_the_reps_own_target(make):
    rows = [
        *deals(make, "R1", 1, 0),
        make.target("R1", "2026-06-01", 4_000_000),
        make.target("North", "2026-06-01", 1, subject_kind="team"),
        make.rep("R2", team="North"),
    ]
    shown = ranking(make, *rows)
    assert named(shown, "R1")["attainment_rate"] == 0.25
    assert named(shown, "R2")["target_amount"] is None


def test_the_trend_is_six_months_up_to_that_of_as_of(make):
    rows = [
        *deals(make, "R1", 1, 0, on="2025-12-31"),
        *deals(make, "R1", 2, 0, on="2026-01-01"),
        *deals(make, "R1", 1, 0, on="2026-06-30"),
        make.rep("R2"),
    ]
    shown = ranking(make, *rows)
    assert named(shown, "R1")["trend"] == [2_000_000, 0, 0, 0, 0, 1_000_000]
    assert named(shown, "R2")["trend"] == [0] * 6


def filed(make, rep_id, week, submitted_at, **values):
    report_id = f"weekly/{rep_id}/{week}"
    return make.work_report(report_id, rep_id, week, submitted_at=submitted_at, **values)


def test_reports_on_time_are_of_those_due_in_the_period_so_far(make):
    rows = [
        *(make.setting(name, value) for name, value in SETTINGS.items()),
        make.rep("R1"),
        make.rep("R2", hired_on="2026-06-15"),
        make.rep("M", role="manager"),
        filed(make, "R1", "2026-06-01", "2026-06-05 10:00:00"),  # 18:00 in Shanghai: in time
        filed(make, "R1", "2026-06-08", "2026-06-12 10:00:01"),
        filed(make, "R1", "2026-06-22", "2026-06-26 09:00:00", status="draft"),  # withdrawn
        filed(make, "R2", "2026-06-15", "2026-06-19 09:00:00", status="reviewed"),
        make.visit("V1", "2026-06-02", rep_id="M"),
    ]
    shown = ranking(make, *rows)
    columns = ("reports_due", "reports_on_time", "on_time_rate")
    assert [named(shown, "R1")[name] for name in columns] == [4, 1, 0.25]
    assert [named(shown, "R2")[name] for name in columns] == [2, 1, 0.5]
    assert [named(shown, "M")[name] for name in columns] == [None, None, None]


def test_weeks_before_the_first_report_on_record_are_not_owed(make):
    rules = [make.setting(name, value) for name, value in SETTINGS.items()]
    rows = [*rules, make.rep("R1")]
    report = filed(make, "R1", "2026-06-15", "2026-06-19 09:00:00")
    for period in (MONTH, {"since": None, "until": None}):
        assert named(ranking(make, *rows, report, **period), "R1")["reports_due"] == 2
        assert named(ranking(make, *rows, **period), "R1")["reports_due"] is None


def test_the_first_report_on_record_is_not_known_before_it_is_submitted(make):
    rules = [make.setting(name, value) for name, value in SETTINGS.items()]
    report = filed(make, "R1", "2026-06-01", "2026-06-16 09:00:00")
    shown = ranking(make, *rules, make.rep("R1"), report, as_of="2026-06-15")
    assert named(shown, "R1")["reports_due"] is None


def test_nobody_keeps_the_schema(make):
    empty = require(reps.ranking(make.build(), make.query(**MONTH)), reps.RANKING).collect()
    assert_frame_equal(empty, pl.DataFrame(schema=reps.RANKING))


def test_every_rank_column_is_a_column_of_numbers():
    assert all(reps.RANKING[name].is_numeric() for name in reps.RANK_COLUMNS)
