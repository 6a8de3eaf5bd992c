from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import facts
from analytics.query import UNKNOWN
from analytics.schemas import require


def found(make, rows, **asked):
    """Deal facts by deal id."""
    frame = facts.deals(make.build(*rows), make.query(**asked)).collect()
    return {row["deal_id"]: row for row in frame.iter_rows(named=True)}


def reopened(make):
    """Lost on 1 March, opened again on 1 April, won on 1 May."""
    return [
        make.won("D1", "2026-05-01", opened_on="2026-01-10"),
        make.event("D1", 1, "lead", "2026-01-10"),
        make.event("D1", 2, "quote", "2026-02-01"),
        make.event("D1", 3, "lost", "2026-03-01"),
        make.event("D1", 4, "quote", "2026-04-01"),
        make.event("D1", 5, "won", "2026-05-01"),
    ]


@pytest.mark.parametrize(
    ("as_of", "stage", "status", "closed_on"),
    [
        ("2026-01-10", "lead", "open", None),
        ("2026-02-28", "quote", "open", None),
        ("2026-03-01", "lost", "lost", date(2026, 3, 1)),
        ("2026-03-31", "lost", "lost", date(2026, 3, 1)),
        ("2026-04-01", "quote", "open", None),
        ("2026-05-01", "won", "won", date(2026, 5, 1)),
        ("2026-06-30", "won", "won", date(2026, 5, 1)),
    ],
)
def test_a_reopened_deal_is_lost_in_between(make, as_of, stage, status, closed_on):
    deal = found(make, reopened(make), as_of=as_of)["D1"]
    assert (deal["stage"], deal["status"], deal["closed_on"]) == (stage, status, closed_on)


def test_a_deal_opened_later_does_not_exist(make):
    assert found(make, reopened(make), as_of="2026-01-09") == {}


def test_an_order_exists_from_its_closing_day(make):
    rows = [make.won("D1", "2026-03-01", opened_on=None)]
    assert found(make, rows, as_of="2026-02-28") == {}
    assert found(make, rows, as_of="2026-03-01")["D1"]["status"] == "won"


def test_an_open_deal_without_any_day_exists(make):
    assert "D1" in found(make, [make.deal("D1", opened_on=None)])


def test_a_deal_without_history_is_open_until_it_closes(make):
    rows = [make.lost("D1", "2026-03-01", loss_reason="Price")]
    before, after = (found(make, rows, as_of=day)["D1"] for day in ("2026-02-28", "2026-03-01"))
    assert (before["status"], before["stage"], before["closed_on"]) == ("open", None, None)
    assert before["loss_reason"] is None
    assert (after["status"], after["loss_reason"]) == ("lost", "Price")


def test_events_of_one_day_follow_their_sequence(make):
    rows = [
        make.deal("D1", stage="quote"),
        make.event("D1", 3, "visit", "2026-02-01"),
        make.event("D1", 1, "visit", "2026-02-01"),
        make.event("D1", 2, "lead", "2026-02-01"),
        make.event("D1", 4, "quote", "2026-06-01"),
    ]
    assert found(make, rows, as_of="2026-02-01")["D1"]["stage"] == "visit"


def test_a_closing_noted_twice_counts_from_its_first_day(make):
    rows = [
        make.deal("D1", stage="quote"),
        make.event("D1", 1, "lost", "2026-02-01"),
        make.event("D1", 2, "lost", "2026-02-09"),
        make.event("D1", 3, "quote", "2026-06-01"),
    ]
    assert found(make, rows, as_of="2026-03-01")["D1"]["closed_on"] == date(2026, 2, 1)


def test_a_deal_lost_twice_closed_on_the_second_day(make):
    rows = [
        make.deal("D1", stage="quote"),
        make.event("D1", 1, "lost", "2026-02-01"),
        make.event("D1", 2, "quote", "2026-03-01"),
        make.event("D1", 3, "lost", "2026-04-01"),
        make.event("D1", 4, "quote", "2026-06-01"),
    ]
    assert found(make, rows, as_of="2026-05-01")["D1"]["closed_on"] == date(2026, 4, 1)


def moved_rep(make):
    return [
        make.rep("R1", team="South", manager_id="M2"),
        make.rep("M1", rep="Ma"),
        make.rep("M2", rep="Mo"),
        make.member("R1", "North", "2020-01-01", "2026-03-01", manager_id="M1"),
        make.member("R1", "South", "2026-03-01", manager_id="M2"),
    ]


def test_a_deal_counts_for_the_team_of_its_closing_day(make):
    rows = [
        *moved_rep(make),
        make.won("before", "2026-02-28"),
        make.won("on_the_day", "2026-03-01"),
        make.deal("open"),
    ]
    teams = {name: (deal["team"], deal["manager"]) for name, deal in found(make, rows).items()}
    assert teams == {
        "before": ("North", "Ma"),
        "on_the_day": ("South", "Mo"),
        "open": ("South", "Mo"),
    }
    assert found(make, rows, as_of="2026-02-28")["open"]["team"] == "North"


def test_a_rep_who_left_keeps_the_team_of_the_present_row(make):
    rows = [
        make.rep("R1", team="North", status="left", left_on="2026-03-01"),
        make.member("R1", "North", "2020-01-01", "2026-03-01"),
        make.won("D1", "2026-04-01"),
    ]
    assert found(make, rows)["D1"]["team"] == "North"


def test_a_rep_without_history_has_the_present_team(make):
    rows = [make.rep("R1", team="North", manager_id="M"), make.rep("M", rep="Ma"), make.deal("D1")]
    deal = found(make, rows)["D1"]
    assert (deal["team"], deal["manager"]) == ("North", "Ma")


def test_a_membership_holds_from_its_first_day_until_before_its_last(make):
    rows = [
        make.rep("R1", team="South"),
        make.member("R1", "North", "2026-02-01", "2026-03-01"),
        *(make.won(day, day) for day in ("2026-01-31", "2026-02-01", "2026-02-28", "2026-03-01")),
    ]
    assert {day: deal["team"] for day, deal in found(make, rows).items()} == {
        "2026-01-31": "South",
        "2026-02-01": "North",
        "2026-02-28": "North",
        "2026-03-01": "South",
    }


def test_a_membership_without_team_is_no_team(make):
    rows = [make.rep("R1", team="North"), make.member("R1", None), make.deal("D1")]
    assert found(make, rows)["D1"]["team"] is None


def test_of_overlapping_memberships_the_latest_counts(make):
    rows = [make.member("R1", "South", "2026-01-01"), make.member("R1", "North", "2020-01-01")]
    assert found(make, [*rows, make.deal("D1")])["D1"]["team"] == "South"


def test_a_deal_without_customer_has_unknown_dimensions(make):
    deal = found(make, [make.deal("D1")])["D1"]
    assert [deal[c] for c in ("customer", "region", "industry", "size")] == [None] * 4


def test_filters_choose_values_and_unknown_is_one(make):
    rows = [
        make.customer("C1", region="Jiangsu", size="large"),
        make.customer("C2", region="Anhui"),
        make.deal("D1", customer_id="C1", product="Lathe"),
        make.deal("D2", customer_id="C2", product="Press", rep_id="R2"),
        make.deal("D3", source="Fair"),
    ]
    for asked, expected in [
        ({"region": "Jiangsu"}, {"D1"}),
        ({"region": ("Jiangsu", UNKNOWN)}, {"D1", "D3"}),
        ({"region": UNKNOWN}, {"D3"}),
        ({"rep": "R2"}, {"D2"}),
        ({"product": "Press", "region": "Anhui"}, {"D2"}),
        ({"product": "Press", "region": "Jiangsu"}, set()),
        ({"size": "large"}, {"D1"}),
        ({"source": "Fair"}, {"D3"}),
        ({"team": "nowhere"}, set()),
    ]:
        assert found(make, rows, **asked).keys() == expected, asked


def test_a_visit_takes_customer_and_product_from_its_deal(make):
    rows = [
        *moved_rep(make),
        make.customer("C1", region="Jiangsu"),
        make.deal("D1", customer_id="C1", product="Lathe", source="Fair"),
        make.visit("V1", "2026-02-02", deal_id="D1"),
        make.visit("V2", "2026-04-02", customer_id="C1"),
        make.visit("V3", "2026-07-01"),
    ]
    visits = facts.visits(make.build(*rows), make.query()).sort("visit_id").collect()
    assert visits.select("visit_id", "region", "product", "source", "team").rows() == [
        ("V1", "Jiangsu", "Lathe", "Fair", "North"),
        ("V2", "Jiangsu", None, None, "South"),
    ]


def test_a_customer_is_chosen_by_id_also_through_a_deal(make):
    rows = [make.customer(c, customer="Hengyuan") for c in ("C1", "C2")]
    rows += [make.deal(f"D{n}", customer_id=f"C{n}") for n in (1, 2)]
    rows += [make.visit(f"V{n}", deal_id=f"D{n}") for n in (1, 2)]
    frames, query = make.build(*rows), make.query(customer="C1", since="2026-01-01")
    assert found(make, rows, customer="C1").keys() == {"D1"}
    for visits in (facts.visits_within, facts.bare_visits_within):
        assert visits(frames, query).collect()["visit_id"].to_list() == ["V1"]


def test_visits_within_leaves_out_tasks_and_other_days(make):
    rows = [
        make.visit("V1", "2026-02-28"),
        make.visit("V2", "2026-03-01"),
        make.visit("V3", "2026-03-01", is_visit=False),
        make.visit("V4", "2026-04-01"),
    ]
    asked = make.query(since="2026-03-01", until="2026-04-01")
    visits = facts.visits_within(make.build(*rows), asked).collect()
    assert visits["visit_id"].to_list() == ["V2"]


def test_the_known_part_of_a_deal_is_its_lines_with_a_cost(make):
    rows = [
        make.deal("lines", amount=300, cost=None),
        make.line("lines", 1, amount=100, cost=60),
        make.line("lines", 2, amount=200, cost=None),
        make.deal("no cost", amount=500),
        make.deal("cost", amount=500, cost=600),
        make.deal("nothing known", amount=70),
        make.line("nothing known", 1, amount=70),
    ]
    frames = make.build(*rows)
    known = facts.with_known_cost(facts.deals(frames, make.query()), frames).sort("deal_id")
    assert known.select("deal_id", "known_amount", "known_cost").collect().rows() == [
        ("cost", 500, 600),
        ("lines", 100, 60),
        ("no cost", None, None),
        ("nothing known", None, None),
    ]


def test_no_rows_keep_the_schema(make):
    frames, query = make.build(), make.query()
    assert require(facts.deals(frames, query), facts.DEAL_FACTS).collect().is_empty()
    assert require(facts.visits(frames, query), facts.VISIT_FACTS).collect().is_empty()


@pytest.mark.parametrize("days", [0, 45, 200, 400, 540])
def test_as_of_equals_dropping_later_events(make, rows, days):
    as_of = date(2025, 1, 1) + timedelta(days=days)
    query = make.query(as_of=as_of)
    for of, key in ((facts.deals, "deal_id"), (facts.visits, "visit_id")):
        now = of(make.build(*rows), query).sort(key).collect()
        then = of(make.build(*make.known_at(rows, as_of)), query).sort(key).collect()
        assert_frame_equal(now, then)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"rep": "R1"},
        {"team": "South"},
        {"region": ("", "Anhui")},
        {"product": "Lathe", "team": ("", "North")},
        {"source": "Fair", "size": "large"},
    ],
    ids=str,
)
def test_bare_facts_are_the_same_rows(make, rows, filters):
    frames, query = make.build(*rows), make.query(since="2025-06-01", **filters)
    for full, bare, key in (
        (facts.deals, facts.bare_deals, "deal_id"),
        (facts.visits_within, facts.bare_visits_within, "visit_id"),
    ):
        found, expected = (of(frames, query).sort(key).collect() for of in (bare, full))
        columns = [name for name in found.columns if name != "customer_id"]  # its deal's, if none
        assert_frame_equal(found.select(columns), expected.select(columns))


def test_every_deal_is_there_once(make, rows):
    ids = facts.deals(make.build(*rows), make.query()).collect()["deal_id"]
    made = [row.values["deal_id"] for row in rows if row.table == "deals"]
    assert ids.sort().to_list() == sorted(made)


def test_the_status_of_a_random_department_is_the_stored_one(make, rows):
    frames = make.build(*rows)
    now = facts.deals(frames, make.query()).select("deal_id", "stage", "status", "closed_on")
    stored = frames["deals"].select("deal_id", "stage", "status", "closed_on")
    assert_frame_equal(now.sort("deal_id").collect(), stored.sort("deal_id").collect())
    assert now.collect()["status"].is_in(["open", "won", "lost"]).all()


def test_past_states_do_not_depend_on_row_order(make, rows):
    query = make.query(as_of="2025-12-31")
    forward = facts.deals(make.build(*rows), query).sort("deal_id").collect()
    backward = facts.deals(make.build(*rows[::-1]), query).sort("deal_id").collect()
    assert_frame_equal(forward, backward)


def test_the_sums_of_a_deal_with_lines_are_known_exactly(make, rows):
    frames = make.build(*rows)
    known = facts.with_known_cost(facts.deals(frames, make.query()), frames).collect()
    whole = known.filter(pl.col("cost").is_not_null())
    assert whole["known_amount"].equals(whole["amount"].rename("known_amount"))
    assert whole["known_cost"].equals(whole["cost"].rename("known_cost"))
