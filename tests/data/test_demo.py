"""The demo department: the same every time, sound as real data, and believable on any day."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import polars as pl
import pytest

from data import checks, demo, entry
from data.columns import schema
from data.demo.world import World, spring_festival
from data.errors import StoreInUseError
from data.records import RECORDS, Customer, Deal
from data.store import Store
from tests.actors import by

MONDAY = date(2026, 11, 23)
DAYS = {
    "monday": MONDAY,
    "sunday": date(2026, 11, 22),
    "new year": date(2027, 1, 1),
    "spring festival": date(2026, 2, 17),
    "first of a month": date(2026, 6, 1),
    "leap day": date(2028, 2, 29),
}
every_day = pytest.mark.parametrize("today", DAYS.values(), ids=DAYS.keys())


@cache
def frames(today: date, scale: int = 1) -> dict[str, pl.DataFrame]:
    return demo.frames(today, scale)


def local_day(moment: str) -> pl.Expr:
    return pl.col(moment).dt.offset_by("8h").dt.date()


def won_amount(deals: pl.DataFrame, since: date) -> float:
    won = deals.filter(pl.col("status") == "won", pl.col("closed_on") >= since)
    return float(won["amount"].sum())


# ---- sound


@every_day
def test_same_day_and_seed_give_equal_frames(today):
    again = demo.frames(today)
    assert all(again[name].equals(rows) for name, rows in frames(today).items())


def test_another_seed_gives_another_department():
    other = demo.frames(MONDAY, seed=7)
    assert not other["Deal"].equals(frames(MONDAY)["Deal"])


def test_tomorrow_has_the_same_history_and_one_more_day():
    today, tomorrow = frames(date(2026, 11, 19)), frames(date(2026, 11, 20))
    for name in ("Customer", "Contact", "StageEvent", "Visit", "Target", "DealLine"):
        stable = [c for c in today[name].columns if c not in ("tracking", "cost")]
        kept = today[name].join(tomorrow[name], on=stable, how="semi", nulls_equal=True)
        assert kept.height == today[name].height, name
    assert tomorrow["Visit"].height > today["Visit"].height


@every_day
def test_every_record_keeps_its_declared_types_and_rules(today):
    made = frames(today)
    assert made.keys() == RECORDS.keys()
    for name, rows in made.items():
        declared = schema(RECORDS[name])
        assert {column: declared[column] for column in rows.columns} == rows.schema, name
        problems = checks.problems(RECORDS[name], rows, entry=True)
        assert problems.is_empty(), f"{name}: {problems}"


@every_day
def test_every_reference_leads_to_a_record(today):
    made = frames(today)
    ids = {record.TABLE: made[name]["id"] for name, record in RECORDS.items()}
    for name, record in RECORDS.items():
        for field in record.fields():
            if field.about.refers is None or not field.about.in_import:
                continue
            values = made[name][field.name].drop_nulls()
            assert values.is_in(ids[field.about.refers].implode()).all(), f"{name}.{field.name}"
    assert made["Target"]["subject"].is_in(ids["reps"].implode()).all()


@every_day
def test_ids_are_made_of_the_keys(today):
    for name, record in RECORDS.items():
        if record.KEY != ("id",):
            rows = frames(today)[name]
            joined = rows.select(pl.concat_str(record.KEY, separator="/")).to_series()
            assert joined.equals(rows["id"]), name


@every_day
def test_deals_stand_where_their_last_stage_event_left_them(today):
    made = frames(today)
    kinds = made["Stage"].select(stage="id", kind="kind")
    events = made["StageEvent"].sort("deal_id", "seq").with_columns(day=local_day("entered_at"))
    ends = events.group_by("deal_id").agg(
        first=pl.col("day").first(), last=pl.col("day").last(), at=pl.col("stage").last()
    )
    deals = made["Deal"].join(ends, left_on="id", right_on="deal_id", how="left")
    deals = deals.join(kinds, on="stage", how="left")
    assert (deals["at"] == deals["stage"]).all()
    assert (deals["kind_right"] == deals["status"]).all()
    assert (deals["first"] == deals["opened_on"]).all()
    closed = deals.filter(pl.col("status") != "open")
    assert (closed["last"] == closed["closed_on"]).all()
    assert deals["closed_on"].null_count() == (deals["status"] == "open").sum()


@every_day
def test_stage_events_are_numbered_and_never_go_back_in_time(today):
    events = frames(today)["StageEvent"].sort("deal_id", "seq")
    numbered = pl.int_range(1, pl.len() + 1).over("deal_id") == pl.col("seq")
    waited = pl.col("entered_at").diff().over("deal_id").fill_null(timedelta(0))
    assert events.select(numbered.all() & (waited >= timedelta(0)).all()).item()
    first = events["entered_at"].dt.offset_by("8h")
    assert (first.dt.weekday() <= 5).all()
    assert first.dt.hour().is_between(9, 17).all()


@every_day
def test_lines_add_up_to_their_deal(today):
    made = frames(today)
    sums = (
        made["DealLine"]
        .group_by("deal_id")
        .agg(
            pl.col("amount").sum(),
            cost=pl.when(pl.col("cost").null_count() == 0).then(pl.col("cost").sum()),
            least=pl.col("amount").min(),
        )
    )
    deals = made["Deal"].join(sums, left_on="id", right_on="deal_id", suffix=":lines")
    assert deals.height == sums.height
    assert (deals["amount"] == deals["amount:lines"]).all()
    assert deals["cost"].eq_missing(deals["cost:lines"]).all()
    assert (deals["least"] > 0).all()


@every_day
def test_nothing_is_known_of_the_future(today):
    made = frames(today)
    noon = datetime(today.year, today.month, today.day, 4, tzinfo=UTC).replace(tzinfo=None)
    for name, columns in {
        "StageEvent": ["entered_at"],
        "Visit": ["visited_at"],
        "WorkReport": ["submitted_at", "read_at", "reviewed_at"],
    }.items():
        assert made[name].select((pl.col(columns) < noon).all()).row(0) == (True,) * len(columns)
    for name, column in {"Customer": "created_on", "Rep": "hired_on", "Deal": "opened_on"}.items():
        assert made[name][column].max() <= today
    assert (made["Rep"]["left_on"].drop_nulls() <= today).all()


@every_day
def test_the_last_days_are_there(today):
    world = World(today, 0, 1)
    last_full_day = max(
        day for day in range(world.index(today) - 12, world.index(today)) if world.working[day]
    )
    newest = frames(today)["Visit"].select(local_day("visited_at").max()).item()
    assert world.index(newest) >= last_full_day


@every_day
def test_people_work_while_they_are_employed(today):
    made = frames(today)
    terms = made["Membership"].select("rep_id", "team", "from_on", "until_on")
    visits = made["Visit"].select("id", "rep_id", day=local_day("visited_at"))
    valid = visits.join(terms, on="rep_id").filter(
        pl.col("from_on") <= pl.col("day"),
        pl.col("until_on").is_null() | (pl.col("day") < pl.col("until_on")),
    )
    assert valid.height == visits.height
    present = terms.filter(pl.col("until_on").is_null())
    reps = made["Rep"].filter(pl.col("left_on").is_null())
    placed = reps.join(present, left_on="id", right_on="rep_id")
    assert placed.height == reps.height
    assert placed["team"].eq_missing(placed["team_right"]).all()


def test_closed_deals_belong_to_somebody_who_was_there():
    made = frames(MONDAY)
    left = made["Rep"].filter(pl.col("left_on").is_not_null()).select(rep_id="id", left="left_on")
    assert left.height == 1
    deals = made["Deal"].join(left, on="rep_id")
    assert deals.height > 20
    assert (deals["closed_on"] < deals["left"]).all()
    assert not made["Customer"]["owner_rep_id"].is_in(left["rep_id"].implode()).any()


# ---- believable


@every_day
def test_the_department_has_the_usual_size(today):
    made = frames(today)
    reps = made["Rep"].filter(pl.col("role") == "rep", pl.col("status") != "left")
    assert 11 <= reps.height <= 14
    assert reps["team"].n_unique() == 3
    assert (reps["status"] == "probation").any()
    assert made["Rep"].filter(pl.col("role") == "gm")["name"].to_list() == ["刘敏"]
    assert 320 <= made["Customer"].height <= 400
    assert 2_000 <= made["Deal"].height <= 2_900
    assert 9_000 <= made["Visit"].height <= 14_000
    foreign = made["Customer"]["name"].str.contains("[a-z]").mean()
    assert 0.18 <= foreign <= 0.32


@every_day
def test_deals_are_won_lost_and_open_in_believable_shares(today):
    deals = frames(today)["Deal"].with_columns(
        days=(pl.col("closed_on") - pl.col("opened_on")).dt.total_days(),
        age=(pl.lit(today) - pl.col("opened_on")).dt.total_days(),
    )
    won, lost, still = (deals.filter(pl.col("status") == s) for s in ("won", "lost", "open"))
    by_count = won.height / (won.height + lost.height)
    by_amount = float(won["amount"].sum()) / float(won["amount"].sum() + lost["amount"].sum())
    assert 0.32 <= by_count <= 0.43
    assert by_amount < by_count  # large deals are harder to win
    assert 48 <= won["days"].median() <= 72
    assert 200 <= still.height <= 400
    assert still["age"].quantile(0.25) < 50
    assert still["age"].max() > 365
    assert still["stage"].n_unique() == 5
    overdue = (still["expected_on"] < today).mean()
    assert 0.05 <= overdue <= 0.35
    assert lost["loss_reason"].n_unique() >= 6


@every_day
def test_paths_skip_go_back_and_come_again(today):
    made = frames(today)
    position = made["Stage"].select(stage="id", position="position")
    events = made["StageEvent"].join(position, on="stage").sort("deal_id", "seq")
    step = pl.col("position").diff().over("deal_id")
    shares = events.select(
        skipped=((step > 1) & (pl.col("position") <= 6)).sum() / pl.col("deal_id").n_unique(),
        back=((step < 0) & (pl.col("stage").shift() != "lost")).sum(),
        again=((step < 0) & (pl.col("stage").shift() == "lost")).sum(),
    ).row(0, named=True)
    assert 0.1 <= shares["skipped"] <= 0.6
    assert shares["back"] > 50
    assert shares["again"] > 10


@every_day
def test_margins_gather_above_the_limits_and_a_few_lose(today):
    won = frames(today)["Deal"].filter(pl.col("status") == "won")
    known = won.filter(pl.col("cost").is_not_null()).select(
        pl.col("product"), pl.col("amount", "cost").cast(pl.Float64)
    )
    assert 0.02 <= 1 - known.height / won.height <= 0.09
    assert 0.26 <= 1 - known["cost"].sum() / known["amount"].sum() <= 0.35
    margin = known.select(1 - pl.col("cost") / pl.col("amount")).to_series()
    assert 4 <= (margin < 0).sum() <= 40
    for limit in (0.3, 0.2):
        above = margin.is_between(limit, limit + 0.03, closed="left").sum()
        below = margin.is_between(limit - 0.03, limit, closed="left").sum()
        assert above > 1.3 * below
    by_product = known.group_by("product").agg(
        rate=1 - pl.col("cost").sum() / pl.col("amount").sum()
    )
    assert by_product["rate"].max() - by_product["rate"].min() > 0.15


@every_day
def test_a_quarter_of_the_deals_has_lines(today):
    made = frames(today)
    assert 0.18 <= made["DealLine"]["deal_id"].n_unique() / made["Deal"].height <= 0.32


@every_day
def test_a_piece_of_a_product_always_costs_about_the_same(today):
    lines = frames(today)["DealLine"]
    assert (lines["quantity"] % 1 == 0).all() and (lines["quantity"] >= 1).all()
    many = lines.filter(pl.col("quantity") >= 5).with_columns(
        piece=pl.col("amount").cast(pl.Float64) / pl.col("quantity").cast(pl.Float64)
    )
    spread = many.group_by("product").agg(ratio=pl.col("piece").max() / pl.col("piece").min())
    assert spread.height == 6
    assert spread["ratio"].max() < 1.25


@every_day
def test_reps_visit_six_to_nine_times_a_week(today):
    made = frames(today)
    visits = made["Visit"].with_columns(day=local_day("visited_at"))
    local = visits["visited_at"].dt.offset_by("8h")
    assert (local.dt.weekday() <= 5).all()
    assert local.dt.hour().is_between(9, 17).all()
    weekly = visits.group_by("rep_id", pl.col("day").dt.truncate("1w")).len()
    assert 6 <= weekly["len"].mean() <= 9.5
    won = made["Deal"].filter(pl.col("status") == "won")["id"]
    assert won.is_in(visits["deal_id"].implode()).mean() > 0.8


def test_spring_festival_is_quiet_and_december_busy():
    made = frames(date(2026, 12, 31))
    festival = spring_festival(2026)
    days = made["Visit"].select(local_day("visited_at")).to_series()
    assert days.is_between(festival, festival + timedelta(days=5)).sum() == 0
    won = made["Deal"].filter(pl.col("status") == "won", pl.col("closed_on").dt.year() == 2026)
    monthly = won.group_by(pl.col("closed_on").dt.month()).agg(amount=pl.col("amount").sum())
    december = monthly.filter(pl.col("closed_on") == 12)["amount"].cast(pl.Float64).item()
    assert december > 1.2 * monthly["amount"].cast(pl.Float64).mean()


@every_day
def test_the_department_is_roughly_on_target(today):
    made = frames(today)
    months = made["Target"].filter(pl.col("month") < today.replace(day=1)).group_by("month")
    targets = months.agg(target=pl.col("amount").cast(pl.Float64).sum())
    won = made["Deal"].filter(pl.col("status") == "won")
    reached = won.group_by(month=pl.col("closed_on").dt.truncate("1mo")).agg(
        amount=pl.col("amount").cast(pl.Float64).sum()
    )
    year = targets.join(reached, on="month").sort("month").tail(12)
    assert 0.85 <= year["amount"].sum() / year["target"].sum() <= 1.12
    rates = year["amount"] / year["target"]
    assert rates.min() > 0.4
    assert rates.max() < 1.6
    assert (rates >= 1).any()
    assert (rates < 1).any()


@every_day
def test_every_month_of_the_year_has_targets(today):
    months = frames(today)["Target"]["month"].unique()
    assert date(today.year, 12, 1) == months.max()
    assert date(today.year - 1, 1, 1) in months


def test_reps_differ_in_attainment():
    made = frames(MONDAY)
    year = made["Target"].filter(pl.col("month").is_between(date(2026, 1, 1), date(2026, 10, 1)))
    targets = year.group_by(rep_id="subject").agg(target=pl.col("amount").cast(pl.Float64).sum())
    won = made["Deal"].filter(
        pl.col("status") == "won",
        pl.col("closed_on").is_between(date(2026, 1, 1), date(2026, 10, 31)),
    )
    reached = won.group_by("rep_id").agg(amount=pl.col("amount").cast(pl.Float64).sum())
    rates = targets.join(reached, on="rep_id").select(pl.col("amount") / pl.col("target"))
    assert rates.min().item() < 0.75
    assert 1.1 < rates.max().item() < 1.6


@pytest.mark.parametrize("month", [3, 8, 11])
def test_the_running_month_looks_right_on_any_day(month):
    first = date(2026, month, 1)
    rates = []
    for day in (4, 11, 18, 25):
        made = frames(first.replace(day=day))
        target = float(made["Target"].filter(pl.col("month") == first)["amount"].sum())
        rates.append(won_amount(made["Deal"], first) / target)
    assert rates == sorted(rates)
    assert rates[0] < 0.5
    assert 0.3 < rates[3] < 1.4


# ---- weekly reports


def reports_of(today: date, monday: date) -> dict[str, int]:
    rows = frames(today)["WorkReport"].filter(pl.col("period_on") == monday)
    return dict(rows.group_by("status").len().rows())


def test_reports_are_filed_at_the_end_of_the_week_and_reviewed_on_monday():
    week = date(2026, 11, 16)
    assert reports_of(date(2026, 11, 16), week) == {}
    wednesday = reports_of(date(2026, 11, 18), week)
    assert wednesday.keys() == {"draft"}
    friday = reports_of(date(2026, 11, 20), week)
    assert friday["draft"] > friday.get("submitted", 0)
    monday = reports_of(date(2026, 11, 23), week)
    assert monday["submitted"] >= 10
    tuesday = reports_of(date(2026, 11, 24), week)
    assert tuesday["reviewed"] >= 8


def test_most_reports_are_in_time_some_late_and_a_few_missing():
    made = frames(MONDAY)
    reports = made["WorkReport"].filter(pl.col("period_on") < date(2026, 11, 16))
    assert (reports["period_on"].dt.weekday() == 1).all()
    friday = pl.col("period_on").cast(pl.Datetime("us")) + pl.duration(days=4, hours=10)
    late = reports.filter(pl.col("submitted_at") > friday).height / reports.height
    assert 0.04 <= late <= 0.15
    assert 0.005 <= reports["submitted_at"].null_count() / reports.height <= 0.03
    assert 0.75 <= (reports["status"] == "reviewed").mean() <= 0.95
    assert 0.3 <= reports["comment"].is_not_null().mean() <= 0.7
    expected = reports["period_on"].n_unique() * 10
    assert reports.height > expected


def test_no_report_is_asked_for_in_a_week_of_holidays():
    festival = spring_festival(2026)
    monday = festival - timedelta(days=festival.weekday())
    assert reports_of(MONDAY, monday) == {}
    assert reports_of(MONDAY, monday - timedelta(days=7))


def test_reports_tell_of_that_weeks_customers_and_deals():
    made = frames(MONDAY)
    names = made["Customer"]["name"].to_list()
    week = date(2026, 11, 16)
    reports = made["WorkReport"].filter(pl.col("period_on") == week)
    events = made["StageEvent"].filter(local_day("entered_at").is_between(week, MONDAY))
    moved = set(events["deal_id"])
    for report in reports.iter_rows(named=True):
        assert any(name in report["summary"] for name in names)
        projects = json.loads(report["projects"])
        assert {project["deal_id"] for project in projects} <= moved
        assert all(project["note"] for project in projects)


# ---- larger


def test_scale_multiplies_customers_deals_and_visits():
    small, large = frames(MONDAY), frames(MONDAY, 4)
    for name in ("Customer", "Deal", "Visit"):
        assert large[name].height == pytest.approx(4 * small[name].height, rel=0.1)
    reps = large["Rep"].filter(pl.col("role") == "rep")
    assert reps["team"].n_unique() == 6
    assert reps["name"].is_unique().all()
    assert large["Customer"]["name"].is_unique().all()
    assert checks.problems(Deal, large["Deal"], entry=True).is_empty()


# ---- in a store


@pytest.fixture
def demo_store(tmp_path: Path, clock) -> Iterator[Store]:
    opened = Store(tmp_path / "demo.duckdb", clock)
    demo.fill(opened, opened.today())
    yield opened
    opened.close()


def test_a_filled_store_is_marked_and_holds_every_row(demo_store):
    assert demo_store.settings().is_demo
    assert demo_store.settings().department("zh") != "销售部"
    for name, rows in frames(demo_store.today()).items():
        stored = demo_store.rows(RECORDS[name])
        assert stored.height == rows.height, name
        assert (stored["origin"] == "demo").all()
        assert stored.select(rows.columns).sort("id").equals(rows.sort("id"))


def test_a_store_with_records_is_not_filled(department):
    with pytest.raises(StoreInUseError):
        demo.fill(department, department.today())
    assert not department.settings().is_demo
    assert department.settings().holidays == ()


def test_an_empty_store_is_filled_once(tmp_path, clock):
    opened = Store(tmp_path / "new.duckdb", clock)
    demo.fill(opened, opened.today())
    with pytest.raises(StoreInUseError):
        demo.fill(opened, opened.today())
    opened.close()


def test_progress_is_told_for_every_record(tmp_path, clock):
    opened = Store(tmp_path / "new.duckdb", clock)
    told = set()
    demo.fill(opened, opened.today(), progress=lambda record, done, total: told.add(record))
    opened.close()
    assert told == RECORDS.keys()


def test_an_untouched_demo_is_rebuilt_on_a_later_day(demo_store, clock):
    assert not demo.refresh_if_stale(demo_store, demo_store.today())
    demo_store.save_settings({"department_zh": "我的部门"}, by("gm"))
    clock.pass_days(1)
    assert demo.refresh_if_stale(demo_store, demo_store.today())
    newest = demo_store.rows(RECORDS["Visit"])["visited_at"].max()
    assert newest.date() == demo_store.today()
    assert demo_store.settings().is_demo
    assert demo_store.settings().department_zh == "我的部门"
    assert not demo.refresh_if_stale(demo_store, demo_store.today())


def test_a_demo_somebody_wrote_to_is_kept(demo_store, clock):
    added = entry.add(demo_store, Customer, {"name": "自己的客户"}, by("gm"), entry.new_form_id())
    clock.pass_days(1)
    assert not demo.refresh_if_stale(demo_store, demo_store.today())
    assert demo_store.rows(Customer, ids=list(added.ids)).height == 1


def test_a_demo_somebody_changed_is_kept(demo_store, clock):
    deal = demo_store.rows(Deal, limit=1)["id"].item()
    clock.pass_days(1)
    entry.edit(demo_store, Deal, deal, {"name": "改名"}, by("gm"), entry.new_form_id())
    clock.pass_days(1)
    assert not demo.refresh_if_stale(demo_store, demo_store.today())


def test_leaving_the_demo_takes_its_settings_along(demo_store):
    demo_store.save_settings({"currency": "EUR"}, by("gm"))
    demo_store.empty_demo(by("gm"))
    settings = demo_store.settings()
    assert demo_store.is_empty()
    assert not settings.is_demo
    assert settings.department("en") == "Sales department"
    assert settings.holidays == ()
    assert settings.currency == "EUR"
