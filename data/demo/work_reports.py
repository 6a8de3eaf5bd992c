"""The demo's weekly reports, written from the visits and deals of each week."""

import numpy as np
import polars as pl

from data.demo import journeys
from data.demo.deals import QUOTE, STAGE_IDS
from data.demo.staff import Staff, manager_names
from data.demo.weeks import first_monday, timetable, week_of
from data.demo.words import COMMENTS, PROBLEMS, PROGRESS, ROUTINE_PLAN, WEEKDAYS
from data.demo.world import DAY_MINUTES, MONEY, World

_KEY = ["rep", "week"]
_NEGOTIATION = STAGE_IDS.index("negotiation")
_PROJECTS = 4  # most projects in one report
_TROUBLE_SHARE = 0.35
_COMMENT_SHARE = 0.65
_UNFINISHED_SHARE = 0.6  # of the drafts: next week is still empty


def records(
    world: World, staff: Staff, visits: pl.DataFrame, steps: pl.DataFrame, ids: pl.Series
) -> pl.DataFrame:
    """WorkReport records begun by now, of the weeks shown, by rep and week.

    A report tells of the visits and steps up to now, its plan comes from those of the week
    after, happened or not. `visits`: rep, moment, customer, topic, outcome. `steps`: rep,
    moment, deal, seq, stage, customer, amount. Both are of the whole world; `ids` are the
    deals' ids.
    """
    visits = _with_week(world, visits)
    steps = _with_week(world, steps)
    seen, done = (frame.filter(pl.col("moment") <= world.now) for frame in (visits, steps))
    weeks = _drawn(world, timetable(world, staff))
    first_week = int(week_of(world, np.array([world.shown_from + 6]))[0])
    begun = weeks.filter((pl.col("begun") <= world.now) & (pl.col("week") >= first_week))
    told = (
        begun.join(_visited(seen), on=_KEY, how="left", maintain_order="left")
        .join(_moved(done), on=_KEY, how="left", maintain_order="left")
        .join(_projects(done, ids), on=_KEY, how="left", maintain_order="left")
        .join(_planned(visits, steps), on=_KEY, how="left", maintain_order="left")
    )
    return _texts(told).pipe(_records, world, staff)


def _with_week(world: World, frame: pl.DataFrame) -> pl.DataFrame:
    days = frame["moment"].to_numpy() // DAY_MINUTES
    return frame.with_columns(
        week=week_of(world, days), weekday=(days - first_monday(world)) % len(WEEKDAYS)
    )


def _drawn(world: World, weeks: pl.DataFrame) -> pl.DataFrame:
    """The timetable with what chance adds to each report."""
    chance = world.chance("weekly texts")
    count = weeks.height
    return weeks.with_columns(
        has_trouble=chance.random(count) < _TROUBLE_SHARE,
        trouble=pl.Series(PROBLEMS).gather(chance.integers(0, len(PROBLEMS), count)),
        has_comment=chance.random(count) < _COMMENT_SHARE,
        remark=pl.Series(COMMENTS).gather(chance.integers(0, len(COMMENTS), count)),
        is_unfinished=chance.random(count) < _UNFINISHED_SHARE,
        optimism=chance.uniform(0.6, 1.5, count),
        hope=chance.exponential(4, count),
        more_visits=chance.integers(-1, 3, count),
    )


def _visited(seen: pl.DataFrame) -> pl.DataFrame:
    """Per rep and week, how many were visited and one of the visits about a deal."""
    about_deal = pl.col("deal") >= 0
    return seen.group_by(_KEY, maintain_order=True).agg(
        visits=pl.len(),
        customers=pl.col("customer").n_unique(),
        met=pl.col("customer").filter(about_deal).last(),
        outcome=pl.col("outcome").filter(about_deal).last(),
    )


def _moved(done: pl.DataFrame) -> pl.DataFrame:
    """Per rep and week, what became of the deals."""
    won = pl.col("stage") == journeys.WON
    return done.group_by(_KEY, maintain_order=True).agg(
        opened=(pl.col("seq") == 1).sum(),
        quoted=(pl.col("stage") == QUOTE).sum(),
        won=won.sum(),
        won_amount=pl.col("amount").filter(won).sum(),
        signed=pl.col("customer").filter(won).unique(maintain_order=True).head(2).str.join("、"),
        negotiating=pl.col("customer").filter(pl.col("stage") == _NEGOTIATION).last(),
    )


def _projects(done: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    """Per rep and week, the deals that moved and how they stand, as JSON."""
    note = pl.col("stage").replace_strict(
        list(range(len(STAGE_IDS))), [PROGRESS[stage] for stage in STAGE_IDS]
    )
    moved = done.group_by([*_KEY, "deal"], maintain_order=True).agg(pl.col("stage").last())
    project = pl.struct(deal_id="deal_id", note=note).struct.json_encode()
    return (
        moved.with_columns(deal_id=ids.gather(moved["deal"]))
        .sort("stage", descending=True, maintain_order=True)
        .group_by(_KEY, maintain_order=True)
        .agg(projects=pl.format("[{}]", project.head(_PROJECTS).str.join(", ")))
    )


def _planned(visits: pl.DataFrame, steps: pl.DataFrame) -> pl.DataFrame:
    """Per rep and week, what the next week will bring: visits, the first ones, won amount."""
    week_before = pl.col("week") - 1
    weekday = pl.col("weekday").replace_strict(list(range(len(WEEKDAYS))), list(WEEKDAYS))
    is_new = pl.col("customer").is_first_distinct() & (pl.col("deal") >= 0)
    call = pl.format("{}{}：{}", weekday, "customer", "topic").filter(is_new)
    ahead = visits.with_columns(week=week_before).group_by(_KEY, maintain_order=True)
    amount = pl.col("amount").filter(pl.col("stage") == journeys.WON).sum()
    wins = steps.with_columns(week=week_before).group_by(_KEY, maintain_order=True)
    return ahead.agg(visits_ahead=pl.len(), calls=call.head(2).str.join("；")).join(
        wins.agg(amount_ahead=amount), on=_KEY, how="left", maintain_order="left"
    )


def _texts(told: pl.DataFrame) -> pl.DataFrame:
    """The report's own columns, out of what is known of its week."""
    done = pl.format(
        "本周拜访{}次、{}家客户，新增商机{}个，报价{}单。",
        *(pl.col(name).fill_null(0) for name in ("visits", "customers", "opened", "quoted")),
    )
    won = pl.col("won").fill_null(0) > 0
    signed = pl.format(
        "签约{}单共{}万：{}。", "won", (pl.col("won_amount") / 1e4).round(1), "signed"
    )
    planned = pl.col("amount_ahead").fill_null(0) * pl.col("optimism") / 1e4 + pl.col("hope")
    trouble = pl.col("trouble").str.replace("{customer}", pl.col("met"), literal=True)
    return told.with_columns(
        summary=pl.concat_str(
            done,
            pl.when(won).then(signed),
            pl.format("{}进入商务谈判。", "negotiating"),
            pl.format("{}：{}。", "met", "outcome"),
            ignore_nulls=True,
        ),
        problems=pl.when("has_trouble").then(trouble).fill_null("无"),
        plan=pl.when(pl.col("calls") != "").then("calls").otherwise(pl.lit(ROUTINE_PLAN)),
        visits_planned=(pl.col("visits_ahead").fill_null(5) + pl.col("more_visits")).clip(3),
        amount_planned=planned.round(0).cast(pl.Int64) * 10_000,
        projects=pl.col("projects").fill_null("[]"),
    )


def _records(told: pl.DataFrame, world: World, staff: Staff) -> pl.DataFrame:
    """Fields that the running week does not have yet are null."""
    rep, week = told["rep"].to_numpy(), told["week"].to_numpy()
    submitted, reviewed = (pl.col(name) <= world.now for name in ("submitted", "reviewed"))
    status = pl.when(reviewed).then(pl.lit("reviewed")).when(submitted).then(pl.lit("submitted"))
    has_plan = submitted | ~pl.col("is_unfinished")
    remark = pl.col("remark").str.replace("{customer}", pl.col("met"), literal=True)
    moments = {
        f"{name}_at": _moments(world, told[name]) for name in ("submitted", "read", "reviewed")
    }
    frame = told.select(
        rep_id=staff.ids.gather(rep),
        period_on=world.dates(first_monday(world) + 7 * week),
        status=status.otherwise(pl.lit("draft")),
        summary="summary",
        projects="projects",
        problems=pl.when(has_plan).then("problems"),
        visits_planned=pl.when(has_plan).then("visits_planned"),
        amount_planned=pl.when(has_plan).then("amount_planned").cast(MONEY),
        plan=pl.when(has_plan).then("plan"),
        **moments,
        reviewed_by=pl.when(reviewed).then(manager_names(world, staff).gather(rep)),
        comment=pl.when(reviewed & pl.col("has_comment")).then(remark),
    )
    id_ = pl.format("weekly/{}/{}", "rep_id", "period_on").alias("id")
    return frame.select(id_, pl.lit("weekly").alias("kind"), *frame.columns)


def _moments(world: World, minutes: pl.Series) -> pl.Series:
    """Minutes as UTC moments, null where they are still to come."""
    past = minutes <= world.now
    return world.moments(minutes.set(~past, 0).to_numpy()).set(~past, None)
