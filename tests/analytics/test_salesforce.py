"""A real CRM export, through the shipped mapping, against independent answers."""

import json
from datetime import date

import duckdb
import numpy as np
import polars as pl
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, SurvfuncRight

from analytics import catalogue, facts, win_curves
from analytics.forecasting import calendar, gathering, history, model
from analytics.query import Query
from data.importing.run import run
from data.store import Store
from tests.actors import by

QUARTERS = {f"2016-Q{n}": (f"2016-{3 * n - 2:02}-01", f"2016-{3 * n + 1:02}-01") for n in (1, 2, 3)}
PERIODS = {
    "FY2016": ("2016-01-01", "2017-01-01"),
    **QUARTERS,
    "2016-Q4": ("2016-10-01", "2017-01-01"),
    "2017-H1": ("2017-01-01", "2017-07-01"),
}
GROUPS = {
    "rep": "by_rep",
    "team": "by_team",
    "manager": "by_manager",
    "industry": "by_industry",
    "product": "by_product",
    "source": "by_lead_source",
    "size": "by_account_type",
}


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "salesforce_wave"


@pytest.fixture(scope="module")
def store(folder, tmp_path_factory):
    store = Store(tmp_path_factory.mktemp("salesforce") / "store.duckdb")
    run("salesforce", folder, store, actor=by("test"), as_of=date(2017, 6, 1))
    yield store
    store.close()


@pytest.fixture(scope="module")
def reference(folder):
    return json.loads((folder / "reference.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def report(store):
    def report(name, **asked):
        days = {d: date.fromisoformat(asked.pop(d)) for d in ("since", "until") if d in asked}
        return catalogue.run(
            name, store.frame, Query(as_of=store.settings().as_of, **days, **asked)
        )

    return report


def test_the_whole_history_equals_the_issue(report):
    row = report("overview").row(0, named=True)
    assert (row["won"], row["lost"], row["open"]) == (1_166, 3_769, 262)
    assert (row["win_rate"], row["win_amount_rate"]) == pytest.approx(
        (0.236272, 0.188983), abs=6e-7
    )
    assert row["won_amount"] == 81_674_862 * 10_000
    assert row["new_deals"] == 5_197
    assert row["visits"] == 8_105  # of 7,823 events and 394 calls; the others lie ahead
    assert row["median_cycle_days"] == 41


def test_margin_is_unknown_without_costs(report):
    row = report("overview").row(0, named=True)
    assert row["gross_profit"] is row["margin_rate"] is None
    assert (row["known_amount"], row["unknown_count"]) == (0, 1_166)


@pytest.mark.parametrize("by", GROUPS)
def test_every_group_equals_the_reference(report, reference, by):
    groups = report("win-rate", by=by)
    assert set(groups["group"]) == reference[GROUPS[by]].keys()
    for group in groups.iter_rows(named=True):
        known = reference[GROUPS[by]][group["group"]]
        for name in ("deals", "won", "lost", "open"):
            assert group[name] == known[name], (group["group"], name)
        for name in ("won_amount", "lost_amount", "open_amount"):
            assert group[name] == known[name] * 10_000, (group["group"], name)
        assert group["win_rate"] == pytest.approx(known["win_rate"], abs=6e-7)
        assert group["win_amount_rate"] == pytest.approx(known["win_rate_value"], abs=6e-7)
        mean = group["mean_won_amount"]
        assert (mean and mean / 10_000) == pytest.approx(known["avg_won"], abs=1e-4)
        assert group["median_cycle_days"] == known["median_cycle_days"]


@pytest.mark.parametrize("by", ["team", "manager"])
def test_teams_and_managers_equal_the_reference(report, reference, by):
    groups = report("team-ranking", by=by)
    assert set(groups["group"]) == reference[GROUPS[by]].keys()
    for group in groups.iter_rows(named=True):
        known = reference[GROUPS[by]][group["group"]]
        assert (group["won"], group["lost"]) == (known["won"], known["lost"])
        assert group["won_amount"] == known["won_amount"] * 10_000
        assert group["win_rate"] == pytest.approx(known["win_rate"], abs=6e-7)
    parts = report("team-members", by=by)
    assert parts["won_amount"].sum() == groups["won_amount"].sum() == 81_674_862 * 10_000


def test_the_funnel_of_all_deals_equals_the_issue(report):
    assert report("funnel").select("stage", "entered", "reached").rows() == [
        (None, 5_197, 5_197),
        ("Qualification", 5_071, 5_163),
        ("Needs Analysis", 1_491, 4_071),
        ("Proposal/Quote", 1_476, 3_162),
        ("Negotiation", 1_318, 2_187),
        ("Closed Won", 1_166, 1_166),
    ]


@pytest.mark.parametrize("name", PERIODS)
def test_attainment_equals_the_reference(report, reference, name):
    since, until = PERIODS[name]
    known = reference["quota_attainment"][name]
    whole = known.pop("(all)")
    reps = report("attainment", since=since, until=until)
    assert set(reps["group"]) == known.keys()
    for row in reps.iter_rows(named=True):
        answer = known[row["group"]]
        assert row["won_amount"] == answer["bookings"] * 10_000
        assert row["target_amount"] == answer["quota"] * 10_000
        assert row["attainment_rate"] == pytest.approx(answer["attainment"], abs=6e-7)
    total = report("overview", since=since, until=until)["attainment_rate"][0]
    assert total == pytest.approx(whole["attainment"], abs=6e-7)
    known["(all)"] = whole


def test_every_month_equals_the_reference(report, reference):
    months = report("monthly")
    assert months["month"].dt.strftime("%Y-%m").to_list() == list(reference["bookings_by_month"])
    for row in months.iter_rows(named=True):
        known = reference["bookings_by_month"][f"{row['month']:%Y-%m}"]
        assert (row["won"], row["won_amount"]) == (known["won"], known["amount"] * 10_000)
        assert row["gross_profit"] is None


BOUGHT = """
    SELECT sum(Amount) AS amount FROM read_csv($file)
    WHERE StageName = 'Closed Won' GROUP BY "Account.External_Id__c" ORDER BY amount DESC
"""


def test_concentration_equals_sql_on_the_file(report, folder):
    amounts = duckdb.execute(BOUGHT, {"file": str(folder / "Opportunity.csv")}).fetchall()
    bought = [float(amount) for (amount,) in amounts]
    row = report("concentration").row(0, named=True)
    assert row["customers"] == len(bought) == 1_022
    assert (
        row["top_rate"]
        == pytest.approx(sum(bought[:10]) / sum(bought))
        == pytest.approx(0.107394, abs=5e-7)
    )
    shares = [100 * amount / sum(bought) for amount in bought]
    assert (
        row["hhi"] == pytest.approx(sum(s * s for s in shares)) == pytest.approx(41.259, abs=5e-4)
    )


PAST = """
    WITH history AS (
        SELECT "Opportunity.External_Id__c" AS deal, StageName__c AS stage,
            -split_part(External_Id__c, '.', 2)::INTEGER AS seq
        FROM read_csv($file) WHERE CreatedDate__c::DATE <= DATE '2016-12-31'
    ),
    standing AS (SELECT arg_max(stage, seq) AS stage FROM history GROUP BY deal)
    SELECT
        count(*) FILTER (stage = 'Closed Won') AS won,
        count(*) FILTER (stage = 'Closed Lost') AS lost,
        count(*) FILTER (NOT starts_with(stage, 'Closed')) AS open
    FROM standing
"""


def test_the_past_is_what_the_history_file_alone_says(store, folder):
    query = Query(as_of=date(2016, 12, 31))
    row = catalogue.run("overview", store.frame, query).row(0, named=True)
    file = str(folder / "OpportunityHistory.csv")
    known = duckdb.execute(PAST, {"file": file}).fetchone()
    assert (row["won"], row["lost"], row["open"]) == known


def test_visits_do_not_tell_won_from_lost_deals(report):
    rows = {
        (row["counted"], row["outcome"]): row
        for row in report("visits-per-deal").iter_rows(named=True)
    }
    won, lost = rows["activities", "won"], rows["activities", "lost"]
    assert (round(won["mean_visits"], 3), round(lost["mean_visits"], 3)) == (2.730, 2.715)
    assert (won["deals"], won["without_count"]) == (1_166, 50)
    assert rows["activities", "difference"]["is_different"] is False
    assert rows["visits", "difference"]["is_different"] is False


@pytest.mark.parametrize("by", ["all", "size", "rep"])
def test_win_curves_equal_statsmodels(store, report, by):
    """Recomputed from the stored deals, one group after the other; the small ones together."""
    shown = report("win-curves", by=by).drop_nulls("won_by_rate")
    query = Query(as_of=store.settings().as_of, by=by)
    frames = {table: store.frame(table).lazy() for table in facts.FACT_TABLES}
    deals = win_curves.durations(frames, query).with_columns(pl.col("group").cast(pl.String))
    named = shown["group"].unique().to_list()
    own = pl.when(pl.col("group").is_in(named)).then("group").otherwise(pl.lit("(others)"))
    for (group,), rows in deals.with_columns(own).collect().group_by("group"):
        outcome = rows["status"].cast(pl.String).replace_strict({"open": 0, "won": 1, "lost": 2})
        weights = np.ones(rows.height)
        theirs = CumIncidenceRight(
            rows["days"].to_numpy(), outcome.to_numpy(), freq_weights=weights
        )
        ours = shown.filter(pl.col("group") == group)
        at = np.searchsorted(theirs.times, ours["days"].to_numpy(), side="right")
        for rates, name in zip(theirs.cinc, ("won_by_rate", "lost_by_rate"), strict=True):
            assert np.abs(ours[name].to_numpy() - np.r_[0, rates][at]).max() < 1e-9


STAYS = """
    WITH history AS (
        SELECT "Opportunity.External_Id__c" AS deal, StageName__c AS stage,
            CreatedDate__c::DATE AS day, -split_part(External_Id__c, '.', 2)::INTEGER AS seq
        FROM read_csv($history) WHERE CreatedDate__c::DATE <= DATE '2017-06-01'
    ),
    begun AS (
        SELECT * FROM history
        QUALIFY stage IS DISTINCT FROM lag(stage) OVER (PARTITION BY deal ORDER BY seq)
    )
    SELECT deal, stage, day, lead(stage) OVER next AS next_stage, lead(day) OVER next AS left_on
    FROM begun WINDOW next AS (PARTITION BY deal ORDER BY seq)
"""


@pytest.fixture(scope="module")
def stays(folder):
    """The stays of all deals as the history file alone tells them."""
    file = str(folder / "OpportunityHistory.csv")
    with duckdb.connect() as connection:
        return connection.sql(STAYS, params={"history": file}).pl()


def test_every_move_is_one_of_the_history_file(report, stays):
    known = stays.drop_nulls("next_stage").group_by("stage", "next_stage")
    counts = known.agg(pl.len(), pl.col("deal").n_unique())
    moves = report("transitions").select("from_stage", "to_stage", "moves", "deals")
    assert sorted(moves.rows()) == sorted(counts.rows())
    kinds = report("transitions").group_by("move").agg(pl.col("moves").sum())
    assert dict(kinds.rows()) == {
        "forward": 1_700, "skip": 2_053, "won": 1_143, "lost": 4_327, "reopened": 592,
    }  # fmt: skip


def test_days_in_stage_equal_statsmodels(report, stays):
    as_of = date(2017, 6, 1)
    days = (pl.col("left_on").fill_null(as_of) - pl.col("day")).dt.total_days().clip(0)
    for row in report("stage-time").iter_rows(named=True):
        of_stage = stays.filter(stage=row["stage"])
        curve = SurvfuncRight(
            of_stage.select(days).to_series().to_numpy(),
            of_stage["left_on"].is_not_null().cast(pl.Int64).to_numpy(),
        )
        for name, share in (("median_days", 0.5), ("p90_days", 0.9)):
            reached = curve.surv_times[curve.surv_prob <= 1 - share + 1e-9]
            assert row[name] == reached[0]


COHORTS = """
    SELECT date_trunc('month', opened)::DATE AS month, age,
        count(*) FILTER (stage = 'Closed Won' AND closed <= opened + age * INTERVAL 1 MONTH) AS won,
        count(*) AS deals
    FROM (
        SELECT DateTimeCreated__c::DATE AS opened, CloseDate::DATE AS closed, StageName AS stage
        FROM read_csv($deals)
    ), range(1, 13) AS ages(age)
    WHERE last_day(opened) + age * INTERVAL 1 MONTH <= DATE '2017-06-01'
    GROUP BY month, age ORDER BY month, age
"""


def test_cohorts_equal_sql(report, folder):
    known = report("cohorts").drop_nulls("won").select("month", "age", "won", "deals")
    assert (
        known.rows()
        == duckdb.execute(COHORTS, {"deals": str(folder / "Opportunity.csv")}).fetchall()
    )


def test_velocity_is_made_of_the_reference_figures(report, reference):
    whole = reference["overall"]
    now = report("velocity").row(0, named=True)
    assert now["mean_cycle_days"] == pytest.approx(whole["avg_cycle_days"], abs=5e-5)
    product = whole["open"] * whole["win_rate"] * whole["avg_won"] / whole["avg_cycle_days"]
    assert now["day_amount"] / 10_000 == pytest.approx(product, rel=5e-6)


OPENED_WITHIN = """
    SELECT sum(Amount) FILTER (date_trunc($period, DateTimeCreated__c::DATE)
        = date_trunc($period, CloseDate::DATE)) / sum(Amount)
    FROM read_csv($deals) WHERE StageName = 'Closed Won'
"""


@pytest.mark.parametrize(("period", "share"), [("month", 0.17), ("quarter", 0.56)])
def test_much_of_a_period_is_won_from_deals_opened_in_it(report, folder, period, share):
    asked = {"deals": str(folder / "Opportunity.csv"), "period": period}
    [known] = duckdb.execute(OPENED_WITHIN, asked).fetchone()
    found = report("forecast").filter(period=period)["opened_within_rate"].unique().item()
    assert found == pytest.approx(known)
    assert round(found, 2) == share


def test_large_deals_win_less_often_and_the_forecast_knows(store):
    deals = store.frame("deals").filter(pl.col("status") != "open").sort("amount", "deal_id")
    won = (deals["status"] == "won").to_numpy()
    thirds = [part.mean() for part in np.array_split(won, 3)]
    assert thirds == sorted(thirds, reverse=True)
    query = Query(as_of=store.settings().as_of)
    frames = {table: store.frame(table).lazy() for table in gathering.TABLES}
    known = history.read(gathering.gathered(frames, query).collect(), query.as_of)
    fit = model.fitted(known, calendar.ages(known, [known.as_of]), known.as_of, 30)
    factors = fit.factors[: model.BANDS]
    assert factors[0] == max(factors) > 1.5
    assert max(factors[2:]) < 1


def test_the_forecast_beats_what_it_stands_beside(report):
    trust = {row["method"]: row for row in report("forecast-trust").iter_rows(named=True)}
    own = trust.pop("model")
    assert own["months"] == 18
    assert 0.7 <= own["inside_rate"] <= 0.95
    assert own["brier_score"] < trust["stage"]["brier_score"]
    for other in trust.values():
        assert other["model_error_amount"] < other["error_amount"]
    assert trust["open_only"]["bias_rate"] < own["bias_rate"]  # it lacks what is not yet open
