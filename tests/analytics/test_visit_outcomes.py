import random
from datetime import timedelta
from itertools import pairwise

import pytest

from analytics import visit_outcomes
from analytics.visit_outcomes import FOLLOWED_DAYS

PERIOD = {"since": "2026-02-01", "until": "2026-03-01"}
SPAN = timedelta(days=FOLLOWED_DAYS)
LADDER = ("lead", "visit", "quote", "won")


def by_kind(make, *rows, **asked):
    query = make.query(by="kind", **(PERIOD | asked))
    return visit_outcomes.by_dimension(make.build(*rows), query).collect()


def follow_up(make, *rows, **asked):
    """What followed the one visit, and when."""
    query = make.query(**(PERIOD | asked))
    found = visit_outcomes.outcome_rows(make.build(*rows), query).collect()
    return found.select("follow_up", "moved_on").row(0)[0]


def about(make, *moves, **values):
    """A visit of 10 February to a deal with these moves."""
    events = [make.event("D1", n, *move) for n, move in enumerate(moves)]
    return [make.visit("V1", "2026-02-10", deal_id="D1"), make.deal("D1", **values), *events]


@pytest.mark.parametrize(
    ("stage", "on", "expected"),
    [
        ("quote", "2026-02-09", "stayed"),
        ("quote", "2026-02-10", "advanced"),
        ("quote", "2026-02-24", "advanced"),
        ("quote", "2026-02-25", "stayed"),
        ("lead", "2026-02-12", "stayed"),  # backwards
        ("visit", "2026-02-12", "stayed"),  # where it was
        ("won", "2026-02-12", "advanced"),
    ],
)
def test_a_deal_advances_by_a_step_up_the_ladder_within_the_span(make, stage, on, expected):
    assert follow_up(make, *about(make, ("visit", "2026-02-01"), (stage, on))) == expected


def test_a_win_without_history_is_a_step(make):
    won = {"status": "won", "stage": "won", "closed_on": "2026-02-12"}
    assert follow_up(make, *about(make, **won)) == "advanced"
    assert follow_up(make, *about(make, **won), as_of="2026-02-28") == "advanced"


def test_a_visit_is_not_judged_before_its_span_is_over(make):
    rows = about(make, ("visit", "2026-02-01"), ("quote", "2026-02-12"))
    assert follow_up(make, *rows, as_of="2026-02-23") == "too_soon"
    assert follow_up(make, *rows, as_of="2026-02-24") == "advanced"


def test_a_visit_to_no_deal_or_a_closed_one_is_not_watched(make):
    lost = {"status": "lost", "stage": "lost", "closed_on": "2026-02-09"}
    assert follow_up(make, *about(make, **lost)) == "no_deal"
    assert follow_up(make, *about(make, **(lost | {"closed_on": "2026-02-10"}))) == "stayed"
    assert follow_up(make, make.visit("V1", "2026-02-10")) == "no_deal"


def test_groups_hold_what_is_on_record(make):
    rows = [
        *about(make, ("visit", "2026-02-01"), ("quote", "2026-02-12")),
        make.visit("V2", "2026-02-03", has_outcome=True, next_on="2026-02-20", minutes=20),
        make.visit("V3", "2026-02-03", next_on="2026-02-03", minutes=60),
        make.visit("V4", "2026-02-03", kind="task", is_visit=False, has_outcome=True),
    ]
    row = by_kind(make, *rows).row(0, named=True)
    assert {name: row[name] for name in ("visits", "noted", "with_next", "watched")} == {
        **{"visits": 3, "noted": 1, "with_next": 1, "watched": 1},
    }
    assert (row["advanced"], row["advanced_rate"], row["timed"]) == (1, 1.0, 2)
    assert (row["p25_minutes"], row["median_minutes"], row["p75_minutes"]) == (30, 40, 50)
    assert (row["noted_rate"], row["next_rate"]) == pytest.approx((1 / 3, 1 / 3))


def test_a_department_that_never_notes_outcomes_has_an_unknown_share(make):
    row = by_kind(make, make.visit("V1")).row(0, named=True)
    assert row["noted"] is row["noted_rate"] is row["with_next"] is row["next_rate"] is None


def steps_forward(moves):
    """The days on which the stage was further up the ladder than the one before."""
    return {
        on
        for (before, _), (after, on) in pairwise(moves)
        if before != "lost" and after != "lost" and LADDER.index(after) > LADDER.index(before)
    }


@pytest.mark.parametrize("seed", range(3))
def test_the_base_rate_equals_a_count_of_every_day(make, seed):
    rng = random.Random(seed)
    query = make.query("2026-03-20", **PERIOD, by="kind")
    rows, open_days, followed = [make.visit("V1")], 0, 0
    for number in range(40):
        deal_id, day = f"D{number}", query.since + timedelta(days=rng.randint(-40, 25))
        opened_on, moves = day, [(rng.choice(LADDER[:2]), day)]
        while rng.random() < 0.8 and moves[-1][0] not in ("won", "lost"):
            day += timedelta(days=rng.randint(0, 25))
            moves.append((rng.choice((*LADDER, "lost")), day))
        end = moves[-1][1] if moves[-1][0] in ("won", "lost") else None
        status = moves[-1][0] if end else "open"
        state = {"status": status, "stage": moves[-1][0], "closed_on": end}
        rows.append(make.deal(deal_id, opened_on=opened_on, **state))
        rows += [make.event(deal_id, n, *move) for n, move in enumerate(moves)]
        steps = steps_forward(moves)
        last = min(query.until - timedelta(days=1), query.as_of - SPAN, end or query.as_of)
        for n in range((last - max(opened_on, query.since)).days + 1):
            on = max(opened_on, query.since) + timedelta(days=n)
            open_days += 1
            followed += any(on <= step <= on + SPAN for step in steps)
    found = visit_outcomes.by_dimension(make.build(*rows), query).collect()
    assert 0 < followed < open_days
    assert found["base_rate"].item() == pytest.approx(followed / open_days, abs=1e-12)
