"""What follows from a write: team history from the reps, a deal's sums from its lines.

Each function reads what was just written and returns the rows that no longer agree
with it, with the values they must get; the form and the import store them.
"""

from datetime import date

import duckdb
import polars as pl

from data.columns import schema
from data.records import Membership

_SINCE_EVER = date(1900, 1, 1)
_PLACE = ["team", "manager_id"]


def line_sums(cursor: duckdb.DuckDBPyConnection, deal_ids: list[str]) -> pl.DataFrame:
    """The deals whose amount or cost is not the sum of their lines: id, amount, cost.

    The cost is unknown where any line's is. Deals without lines are left out.
    """
    query = """
        SELECT d.id, s.amount, s.cost
        FROM deals AS d
        JOIN (
            SELECT
                deal_id,
                sum(amount)::DECIMAL(18, 4) AS amount,
                CASE WHEN count(cost) = count(*) THEN sum(cost)::DECIMAL(18, 4) END AS cost
            FROM deal_lines
            WHERE deal_id IN (SELECT unnest($ids::VARCHAR[]))
            GROUP BY deal_id
        ) AS s ON s.deal_id = d.id
        WHERE d.amount IS DISTINCT FROM s.amount OR d.cost IS DISTINCT FROM s.cost
        ORDER BY d.id
    """
    return cursor.sql(query, params={"ids": deal_ids}).pl()


def memberships(cursor: duckdb.DuckDBPyConnection, rep_ids: list[str], today: date) -> pl.DataFrame:
    """The rows of team history to write for reps that are new or changed place.

    A rep without history gets a row since the day of hiring. Where team or manager
    differ from the row in force, that row ends today and another begins; a row that
    began today is corrected instead.
    """
    reps = cursor.sql(
        "SELECT id AS rep_id, team, manager_id, hired_on FROM reps "
        "WHERE id IN (SELECT unnest($ids::VARCHAR[]))",
        params={"ids": rep_ids},
    ).pl()
    history = _history(cursor, rep_ids)
    current = _in_force(history, today)
    newcomers = reps.join(history, on="rep_id", how="anti").with_columns(
        from_on=pl.col("hired_on").fill_null(_SINCE_EVER), until_on=pl.lit(None, pl.Date)
    )
    moved = reps.join(newcomers, on="rep_id", how="anti").join(
        current, on="rep_id", how="left", suffix=":was"
    )
    moved = moved.filter(
        pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}:was")) for c in _PLACE)
    )
    ended = current.join(moved, on="rep_id", how="semi").filter(pl.col("from_on") < today)
    return pl.concat(
        part.with_columns(
            id=pl.concat_str("rep_id", pl.col("from_on").dt.to_string("iso"), separator="/")
        ).select(schema(Membership).names())
        for part in (
            newcomers,
            ended.with_columns(until_on=pl.lit(today)),
            moved.with_columns(from_on=pl.lit(today)),
        )
    ).sort("id")


def places(cursor: duckdb.DuckDBPyConnection, rep_ids: list[str], today: date) -> pl.DataFrame:
    """The reps whose team or manager is not that of their row in force: id, team, manager_id."""
    reps = cursor.sql(
        "SELECT id AS rep_id, team, manager_id FROM reps "
        "WHERE id IN (SELECT unnest($ids::VARCHAR[]))",
        params={"ids": rep_ids},
    ).pl()
    current = _in_force(_history(cursor, rep_ids), today)
    return (
        current.join(reps, on="rep_id", suffix=":was")
        .filter(pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}:was")) for c in _PLACE))
        .select(pl.col("rep_id").alias("id"), *_PLACE)
        .sort("id")
    )


def _history(cursor: duckdb.DuckDBPyConnection, rep_ids: list[str]) -> pl.DataFrame:
    return cursor.sql(
        "SELECT rep_id, team, manager_id, from_on, until_on FROM rep_teams "
        "WHERE rep_id IN (SELECT unnest($ids::VARCHAR[]))",
        params={"ids": rep_ids},
    ).pl()


def _in_force(history: pl.DataFrame, today: date) -> pl.DataFrame:
    """The row of each rep that holds today; the latest where several do."""
    return (
        history.filter(
            pl.col("from_on") <= today,
            pl.col("until_on").is_null() | (pl.col("until_on") > today),
        )
        .sort("from_on")
        .unique("rep_id", keep="last", maintain_order=True)
    )
