"""The reports of the forecast and their laws, on departments made row by row."""

import random
from datetime import date, timedelta

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from analytics import facts, forecast, forecast_backtest, measures

REPORTS = (*forecast.REPORTS, forecast_backtest.REPORTS[0])
AS_OF = date(2026, 6, 14)
FIRST = date(2025, 2, 1)
AMOUNTS = ("p10_amount", "p50_amount", "p90_amount", "mean_amount")


def department(make, seed=1, deals=420):
    """Fifteen months of a department: skips, losses, returns, orders, some amounts unknown."""
    rng = random.Random(seed)
    rows = [
        make.rep("R1", team="North"),
        make.rep("R2", team="South"),
        make.rep("R3", team="South"),
    ]
    rows += [make.customer("C1", region="Jiangsu"), make.customer("C2", region="Anhui")]
    rows += [
        make.target(rep, date(2026, month, 1), 60_000_000)
        for rep in ("R1", "R2", "R3")
        for month in (4, 5, 6)
    ]
    for number in range(deals):
        rows += _deal(make, rng, f"D{number:03}")
    return rows


def _deal(make, rng, deal_id):
    day = FIRST + timedelta(days=rng.randrange((AS_OF - FIRST).days + 1))
    about = {
        "rep_id": rng.choice(("R1", "R2", "R3")),
        "customer_id": rng.choice(("C1", "C2")),
        "amount": rng.choice((None, *range(500_000, 9_000_000, 250_000))),
    }
    if rng.random() < 0.04:
        return [make.won(deal_id, day, opened_on=None, **about)]
    opened_on, moves = day, [("lead", day)]
    for stage in ("visit", "quote", rng.choice(("won", "won", "lost")), "quote", "won"):
        day += timedelta(days=rng.randint(0, 40))
        if day > AS_OF or rng.random() < 0.15:
            break
        moves.append((stage, day))
        if stage in ("won", "lost") and rng.random() < 0.9:
            break
    stage, closed_on = moves[-1]
    state = {"stage": stage, "status": "open"}
    if stage in ("won", "lost"):
        state |= {"status": stage, "closed_on": closed_on}
    row = make.deal(deal_id, opened_on=opened_on, **about, **state)
    return [row, *(make.event(deal_id, n, *move) for n, move in enumerate(moves, start=1))]


@pytest.fixture(scope="module")
def rows(make):
    return department(make)


@pytest.fixture(scope="module")
def run(make, rows):
    """A report of the department, made once for each question."""
    frames, made = make.build(*rows), {}

    def run(report, **asked):
        key = (report, *asked.items())
        if key not in made:
            made[key] = report(frames, make.query(**{"as_of": AS_OF} | asked)).collect()
        return made[key]

    return run


def total(forecasts, period, part="total"):
    return forecasts.filter(period=period, part=part).row(0, named=True)


laws = pytest.mark.parametrize("report", REPORTS, ids=lambda r: r.name)


@laws
def test_the_order_of_records_changes_nothing(make, rows, run, report):
    shuffled = make.build(*random.Random(7).sample(rows, len(rows)))
    again = report.make(shuffled, make.query(as_of=AS_OF)).collect()
    assert_frame_equal(run(report.make), again)


@laws
def test_nothing_that_happened_after_as_of_is_known(make, rows, run, report):
    day = date(2026, 3, 10)
    then = make.build(*make.known_at(rows, day))
    known = report.make(then, make.query(as_of=day)).collect()
    assert_frame_equal(run(report.make, as_of=day), known)


def test_a_month_of_the_back_test_is_the_forecast_of_its_first_day(run):
    months = run(forecast_backtest.backtest)
    firsts = [date(2025, m, 1) for m in range(9, 13)] + [date(2026, m, 1) for m in range(1, 6)]
    assert months["month"].to_list() == firsts  # before, fewer than 30 deals had been won
    for row in months[::4].iter_rows(named=True):
        then = total(run(forecast.forecast, as_of=row["month"]), "month")
        assert [row[n] for n in AMOUNTS[:3]] == [then[n] for n in AMOUNTS[:3]]
        open_part = total(run(forecast.forecast, as_of=row["month"]), "month", "open")
        assert row["open_only_amount"] - open_part["mean_amount"] >= 0


def test_what_the_back_test_calls_won_was_won(make, rows, run):
    deals = facts.deals(make.build(*rows), make.query(as_of=AS_OF)).filter(measures.WON)
    month = pl.col("closed_on").dt.month_start()
    won = deals.group_by(month=month).agg(won=pl.col("amount").sum()).collect()
    months = run(forecast_backtest.backtest).join(won, on="month")
    assert months["won_amount"].to_list() == months["won"].to_list()
    before = dict(won.rows())
    assert [r["last_year_amount"] for r in months.to_dicts()] == [
        before.get(r["month"].replace(year=r["month"].year - 1), 0)
        if r["month"] >= date(2026, 2, 1)
        else None
        for r in months.to_dicts()
    ]


@pytest.mark.parametrize("period", forecast.PERIODS)
def test_the_parts_means_add_up_and_the_bands_are_in_order(run, period):
    rows = run(forecast.forecast).filter(period=period)
    means = dict(rows.select("part", "mean_amount").rows())
    assert means["total"] == means["won"] + means["open"] + means["new"]
    assert (
        rows.select(
            (pl.col("p10_amount") <= pl.col("p50_amount"))
            & (pl.col("p50_amount") <= pl.col("p90_amount"))
        )
        .to_series()
        .all()
    )
    whole = total(rows, period)
    assert whole["p10_amount"] >= means["won"]
    assert whole["gap_amount"] == whole["target_amount"] - whole["p50_amount"]
    assert whole["not_measurable"] is None


def test_the_quarter_holds_the_month(run):
    rows = run(forecast.forecast)
    month, quarter = (total(rows, name) for name in forecast.PERIODS)
    assert (month["since"], month["until"]) == (date(2026, 6, 1), date(2026, 7, 1))
    assert (quarter["since"], quarter["until"]) == (date(2026, 4, 1), date(2026, 7, 1))
    assert quarter["target_amount"] == 3 * month["target_amount"]
    still_open = [total(rows, name, "open")["p50_amount"] for name in forecast.PERIODS]
    assert still_open[0] == still_open[1]  # both end on the same day


def test_the_fiscal_year_moves_the_quarter(make, rows):
    frames = make.build(*rows, make.setting("fiscal_month", "2"))
    made = forecast.forecast(frames, make.query(as_of=AS_OF)).collect()
    assert total(made, "quarter")["since"] == date(2026, 5, 1)
    assert total(made, "quarter")["mean_amount"] > total(made, "month")["mean_amount"]


@pytest.mark.parametrize("by", ["rep", "region"])
def test_filters_share_one_forecast(run, by):
    values = {"rep": ("R1", "R2", "R3"), "region": ("Jiangsu", "Anhui")}[by]
    whole = run(forecast.forecast)
    parts = [run(forecast.forecast, **{by: value}) for value in values]
    for name, part in whole.select("period", "part").rows():
        means = sum(total(made, name, part)["mean_amount"] for made in parts)
        assert total(whole, name, part)["mean_amount"] == pytest.approx(means, abs=3)
    targets = [total(made, "month")["target_amount"] for made in parts]
    if by == "rep":
        assert sum(targets) == total(whole, "month")["target_amount"]
    else:
        assert targets == [None, None]  # targets are not split by region


def test_the_deals_are_the_open_ones_and_make_their_part(make, rows, run):
    deals = run(forecast.deals)
    still_open = facts.deals(make.build(*rows), make.query(as_of=AS_OF)).filter(measures.OPEN)
    assert sorted(deals["deal_id"]) == sorted(still_open.collect()["deal_id"])
    for name in forecast.PERIODS:
        mean = total(run(forecast.forecast), name, "open")["mean_amount"]
        assert deals[f"{name}_expected_amount"].sum() == pytest.approx(mean, abs=deals.height)
        assert deals[f"{name}_win_rate"].is_between(0, 1).all()
    assert deals["stage_days"].is_between(0, (AS_OF - FIRST).days).all()


def test_the_ranked_deals_and_no_fewer_close_the_gap(make, rows, run):
    deals = run(forecast.deals).filter(pl.col("month_rank").is_not_null()).sort("month_rank")
    gap = total(run(forecast.forecast), "month")["gap_amount"]
    gain = (deals["month_expected_amount"] * (1 / deals["month_win_rate"] - 1)).to_list()
    assert gap > 0
    assert deals["month_rank"].to_list() == list(range(1, deals.height + 1))
    assert deals["month_expected_amount"].is_sorted(descending=True)
    assert sum(gain[:-1]) < gap
    assert deals["month_left_amount"][0] == pytest.approx(gap - gain[0], rel=1e-4)
    assert deals["month_left_amount"].is_sorted(descending=True)
    reached = [row for row in rows if row.table != "targets"]
    reached.append(make.target("R1", date(2026, 6, 1), 1))
    easy = forecast.deals(make.build(*reached), make.query(as_of=AS_OF)).collect()
    assert easy["month_rank"].null_count() == easy.height


def test_a_larger_target_is_less_likely_reached(make, rows):
    rates = []
    for amount in (1, 30_000_000, 10**12):
        others = [row for row in rows if row.table != "targets"]
        frames = make.build(*others, make.target("R1", date(2026, 6, 1), amount))
        made = forecast.forecast(frames, make.query(as_of=AS_OF)).collect()
        rates.append(total(made, "month")["reach_rate"])
    assert rates[0] == 1  # won already
    assert rates == sorted(rates, reverse=True)
    assert 0 < rates[-1] < 0.001


def test_on_the_last_day_all_is_certain(run):
    rows = run(forecast.forecast, as_of=date(2026, 5, 31))
    month = rows.filter(period="month", part="total").row(0, named=True)
    won = rows.filter(period="month", part="won").row(0, named=True)
    assert {month[n] for n in AMOUNTS} == {won["mean_amount"]}
    assert month["reach_rate"] == (won["mean_amount"] >= month["target_amount"])
    assert total(rows, "quarter")["p90_amount"] > total(rows, "quarter", "won")["p90_amount"]


def test_a_deal_without_history_is_judged_by_its_age(make, rows):
    more = make.deal("X", opened_on="2026-05-01", stage="quote", amount=5_000_000)
    deals = forecast.deals(make.build(*rows, more), make.query(as_of=AS_OF)).collect()
    row = deals.filter(deal_id="X").row(0, named=True)
    assert row["stage_days"] is None
    assert 0 < row["month_win_rate"] < 1


@pytest.mark.parametrize(
    ("why", "made"),
    [
        ("deals", lambda make, rows: []),
        ("orders", lambda make, rows: [r for r in rows if r.values.get("opened_on", 1) is None]),
        ("months", lambda make, rows: make.known_at(rows, date(2025, 7, 20))),
        ("wins", lambda make, rows: [r for r in rows if r.values.get("status") != "won"][:400]),
    ],
)
def test_too_short_a_history_is_said_not_guessed(make, rows, why, made):
    as_of = date(2025, 7, 20) if why == "months" else AS_OF
    frames, query = make.build(*made(make, rows)), make.query(as_of=as_of)
    known = forecast.forecast(frames, query).collect()
    assert known["not_measurable"].to_list() == [why] * 8
    assert known.filter(pl.col("part") != "won")["p50_amount"].null_count() == 6
    assert known.filter(part="won")["mean_amount"].null_count() == 0
    deals = forecast.deals(frames, query).collect()
    assert deals["month_win_rate"].null_count() == deals.height
    assert forecast_backtest.backtest(frames, query).collect().is_empty()
    trust = forecast_backtest.trust(frames, query).collect()
    assert trust["months"].to_list() == [0, 0, 0, 0]
    assert trust["error_rate"].null_count() == trust["brier_score"].null_count() == 4


def test_trust_adds_up_the_back_test(run):
    months, trust = run(forecast_backtest.backtest), run(forecast_backtest.trust)
    assert trust["method"].to_list() == ["model", "open_only", "stage", "last_year"]
    model, last = trust.row(0, named=True), trust.row(3, named=True)
    error = (months["p50_amount"] - months["won_amount"]).abs()
    assert model["error_amount"] == round(error.mean())
    assert model["inside_rate"] == months["is_inside"].mean()
    weights = months["open"] / months["open"].sum()
    assert model["brier_score"] == pytest.approx((months["brier_score"] * weights).sum())
    compared = months.drop_nulls("last_year_amount")
    assert last["months"] == compared.height
    own = (compared["p50_amount"] - compared["won_amount"]).abs().mean()
    assert last["model_error_amount"] == round(own)
