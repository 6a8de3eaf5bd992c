"""Who belonged to which team, under whom, on a day."""

import polars as pl

from analytics.report import Frames

TABLES = ("reps", "rep_teams")  # of_days() reads these


def of_days(days: pl.LazyFrame, frames: Frames) -> pl.LazyFrame:
    """Rep, team and manager by name, one row per (rep_id, day) of `days`.

    The membership valid on the day counts, the latest begun if several are; the rep's own
    row where there is none. Facts ask once per rep and day: there are far fewer than facts.
    """
    is_running = pl.col("until_on").is_null() | (pl.col("day") < pl.col("until_on"))
    valid = (
        days.join(frames["rep_teams"], on="rep_id")
        .filter((pl.col("from_on") <= pl.col("day")) & is_running)
        .group_by("rep_id", "day")
        .agg(pl.col("team", "manager_id").sort_by("from_on").last(), is_member=pl.lit(True))
    )
    own = frames["reps"].select("rep_id", "rep", own_team="team", own_manager="manager_id")
    managers = frames["reps"].select(manager_id="rep_id", manager="rep")
    return (
        days.join(own, on="rep_id", how="left")
        .join(valid, on=["rep_id", "day"], how="left")
        .with_columns(
            team=pl.when("is_member").then("team").otherwise("own_team"),
            manager_id=pl.when("is_member").then("manager_id").otherwise("own_manager"),
        )
        .join(managers, on="manager_id", how="left")
        .select("rep_id", "day", "rep", "team", "manager")
    )
