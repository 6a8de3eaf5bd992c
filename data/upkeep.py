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
    reps, history = _reps(cursor, rep_ids), _history(cursor, rep_ids)
    newcomers = reps.join(history, on="rep_id", how="anti").with_columns(
        from_on=pl.col("hired_on").fill_null(_SINCE_EVER), until_on=pl.lit(None, pl.Date)
    )
    last = _last_begun(history, today)
    moved = reps.join(last, on="rep_id", suffix=":was").filter(_elsewhere())
    ended = last.join(moved, on="rep_id", how="semi").filter("holds", pl.col("from_on") < today)
    until_on = pl.when("holds").then("until_on")  # as was planned for the row it replaces
    began = moved.with_columns(from_on=pl.lit(today), until_on=until_on)
    stays = (newcomers, ended.with_columns(until_on=pl.lit(today)), began)
    id = pl.concat_str("rep_id", pl.col("from_on").dt.to_string("iso"), separator="/")
    columns = schema(Membership).names()
    return pl.concat(part.with_columns(id=id).select(columns) for part in stays).sort("id")


def places(cursor: duckdb.DuckDBPyConnection, rep_ids: list[str], today: date) -> pl.DataFrame:
    """The reps whose team or manager is not that of their row in force: id, team, manager_id."""
    reps = _reps(cursor, rep_ids)
    last = _last_begun(_history(cursor, rep_ids), today)
    return (
        last.filter("holds")
        .join(reps, on="rep_id", suffix=":was")
        .filter(_elsewhere())
        .select(pl.col("rep_id").alias("id"), *_PLACE)
        .sort("id")
    )


def _reps(cursor: duckdb.DuckDBPyConnection, rep_ids: list[str]) -> pl.DataFrame:
    return cursor.sql(
        "SELECT id AS rep_id, team, manager_id, hired_on FROM reps "
        "WHERE id IN (SELECT unnest($ids::VARCHAR[]))",
        params={"ids": rep_ids},
    ).pl()


def _history(cursor: duckdb.DuckDBPyConnection, rep_ids: list[str]) -> pl.DataFrame:
    return cursor.sql(
        "SELECT rep_id, team, manager_id, from_on, until_on FROM rep_teams "
        "WHERE rep_id IN (SELECT unnest($ids::VARCHAR[]))",
        params={"ids": rep_ids},
    ).pl()


def _last_begun(history: pl.DataFrame, today: date) -> pl.DataFrame:
    """Each rep's latest stay; `holds` is false where it has ended."""
    return (
        history.filter(pl.col("from_on") <= today)
        .sort("from_on")
        .unique("rep_id", keep="last", maintain_order=True)
        .with_columns(holds=pl.col("until_on").is_null() | (pl.col("until_on") > today))
    )


def _elsewhere() -> pl.Expr:
    """Team or manager differ between the two sides of a join."""
    return pl.any_horizontal(pl.col(c).ne_missing(pl.col(f"{c}:was")) for c in _PLACE)
