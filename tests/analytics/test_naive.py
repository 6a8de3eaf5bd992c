import pytest
from polars.testing import assert_frame_equal

from analytics import conversion, naive
from analytics.schemas import require

# One of each fate: won straight, won by skipping, lost late, lost at once, back, open.
SIX = (
    ("lead", "visit", "quote", "won"),
    ("lead", "won"),
    ("lead", "visit", "quote", "lost"),
    ("lost",),
    ("lead", "visit", "quote", "lead", "visit"),
    ("lead",),
)


def deals(make, paths, *, day=1):
    """Deals opened on that day of February that enter the stages of their path day by day."""
    rows = []
    for number, path in enumerate(paths):
        deal_id, last = f"D{day}-{number}", path[-1]
        days = [f"2026-02-{day + n:02}" for n in range(len(path))]
        closed = {"status": last, "closed_on": days[-1]} if last in ("won", "lost") else {}
        rows.append(make.deal(deal_id, stage=last, opened_on=days[0], **closed))
        rows += [make.event(deal_id, n + 1, path[n], days[n]) for n in range(len(path))]
    return rows


def said(make, rows, method, **asked):
    """The rows of one method by stage: count, whole, naive, honest, bias."""
    made = naive.naive(make.build(*rows), make.query(**asked)).collect()
    columns = ("count", "whole", "naive_rate", "honest_rate", "bias_rate")
    return {
        row["stage"]: tuple(row[name] for name in columns)
        for row in made.iter_rows(named=True)
        if row["method"] == method
    }


def near(*figures):
    return pytest.approx(figures)


def test_closed_deals_only_forget_the_third_that_is_still_open(make):
    """Of ten times six deals 20 are won, 20 lost, and 20 have long been open."""
    found = said(make, deals(make, SIX * 10), "closed_only")
    assert found == {None: near(20, 40, 1 / 2, 1 / 3, 1 / 6)}


def test_a_snapshot_says_nobody_quotes_and_knows_no_won_deal(make):
    """Wukong CRM's funnel counts open deals by present stage; four of six have quoted."""
    assert said(make, deals(make, SIX), "snapshot") == {
        "lead": near(1, 2, 1 / 2, 5 / 6, -1 / 3),
        "visit": near(1, 2, 1 / 2, 4 / 6, -1 / 6),
        "quote": near(0, 2, 0, 4 / 6, -4 / 6),
    }


def test_survivors_count_returns_twice_and_forget_who_was_lost(make):
    """Frappe CRM's funnel counts log rows of the deals that are not lost: five of four."""
    found = said(make, deals(make, SIX * 10), "survivors")
    assert found["lead"] == near(50, 40, 5 / 4, 5 / 6, 5 / 12)
    assert found["visit"] == near(30, 40, 3 / 4, 4 / 6, 1 / 12)
    assert found["won"] == near(20, 40, 1 / 2, 1 / 3, 1 / 6)


def test_the_stage_a_deal_is_in_counts_though_the_history_does_not_tell(make):
    rows = [make.deal("D1", stage="visit"), make.won("D2", "2026-03-01")]
    found = said(make, rows, "survivors")
    assert [found[stage][0] for stage in ("lead", "visit", "quote", "won")] == [0, 1, 0, 1]


def test_the_bias_is_unknown_where_the_honest_figure_is(make):
    """Six deals are too few for a curve; reaching a stage is counted, so it is known."""
    found = said(make, deals(make, SIX), "survivors")
    assert found["won"] == (2, 4, 0.5, None, None)
    assert said(make, deals(make, SIX), "closed_only") == {None: (2, 4, 0.5, None, None)}


def test_only_deals_opened_in_the_period_count(make):
    rows = deals(make, SIX * 10) + deals(make, SIX[:1] * 20, day=20)
    asked = {"since": "2026-02-01", "until": "2026-02-02"}
    assert said(make, rows, "closed_only", **asked)[None][:2] == (20, 40)
    assert said(make, rows, "closed_only", as_of="2026-02-01")[None][:2] == (0, 10)


def test_nothing_open_leaves_no_snapshot_and_no_bias_of_closed_deals(make):
    rows = deals(make, (SIX[0], SIX[3]) * 10)
    assert said(make, rows, "snapshot")["lead"][1:3] == (0, None)
    assert said(make, rows, "closed_only")[None] == near(10, 20, 1 / 2, 1 / 2, 0)


def test_honest_stages_are_those_of_the_funnel(make, rows):
    frames, query = make.build(*rows), make.query(since="2025-03-01")
    funnel = conversion.funnel(frames, query).collect()
    reached = dict(funnel.select("stage", "reached_rate").rows())
    for row in naive.naive(frames, query).collect().iter_rows(named=True):
        if row["stage"] in ("lead", "visit", "quote"):
            assert row["honest_rate"] == reached[row["stage"]]


def test_neither_row_order_nor_later_records_matter(make, rows):
    query = make.query(as_of="2026-01-31")
    result = naive.naive(make.build(*rows), query).collect()
    assert_frame_equal(naive.naive(make.build(*rows[::-1]), query).collect(), result)
    known = make.known_at(rows, query.as_of)
    assert_frame_equal(naive.naive(make.build(*known), query).collect(), result)


def test_empty_tables_keep_the_schema(make):
    made = naive.naive(make.build(), make.query())
    assert require(made, naive.NAIVE).collect_schema() == naive.NAIVE
