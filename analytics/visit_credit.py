"""What won deals brought, shared over the visits made to win them.

A rule of sharing is an agreement, no finding: none of them says what would have happened
without a visit. Shares are whole ten-thousandths and add up to what the deal brought.
Source: the single- and multi-touch attribution rules of marketing; the largest remainder
method (Hamilton) for the ten-thousandths that are left over.
"""

import polars as pl

from analytics import facts, measures
from analytics.query import DIMENSIONS, Query
from analytics.report import Frames, Report
from analytics.schemas import KEY

RULES = ("first", "last", "linear", "decay")
HALF_LIFE_DAYS = 14
_NEWEST = 2**50  # weight of a deal's newest visit: halves stay whole, 8,000 visits a deal fit
_TABLES = tuple(dict.fromkeys((*facts.FACT_TABLES, *facts.VISIT_TABLES, "deal_lines")))
_BROUGHT = ("amount", "gross_profit")
_OF_DEALS = ("customer", "product", "source", "region", "industry", "size")

CREDIT = pl.Schema(
    {
        "group_id": pl.String,
        "group": pl.String,
        "has_visits": pl.Boolean,  # false: the row of the won deals that nobody visited
        "visits": pl.Int64,  # that carry credit
        "deals": pl.Int64,  # to which they belong
        "amount": pl.Int64,
        "amount_rate": pl.Float64,  # of all rows
        "gross_profit": pl.Int64,  # null: no cost is known
        "unknown_count": pl.Int64,  # of the deals: their cost is not, or not wholly, known
    }
)
CREDIT_ROWS = pl.Schema(
    {
        "deal_id": pl.String,
        "deal": pl.String,
        "customer": pl.String,
        "closed_on": pl.Date,
        "visit_id": pl.String,  # null: the deal has no visit, and its whole amount stands here
        "visited_on": pl.Date,
        "kind": KEY,
        "rep_id": KEY,  # who made the visit
        "rep": KEY,
        "team": KEY,
        "manager": KEY,
        "product": KEY,
        "source": KEY,
        "region": KEY,
        "industry": KEY,
        "size": KEY,
        "amount": pl.Int64,
        "gross_profit": pl.Int64,
        "is_known": pl.Boolean,  # the deal's cost is wholly known
    }
)


def credit_rows(frames: Frames, query: Query) -> pl.LazyFrame:
    """What each visit is credited with by the rule `query.credit`, one of RULES.

    The deals won in the period are shared over the visits linked to them, up to and
    including the closing day, whoever made them; tasks and e-mails are none. The filters
    choose the deals, so all credits add up to what these deals brought.

    - first, last: the earliest, the latest; visits of one moment share equally
    - linear: all equally
    - decay: half as much for each HALF_LIFE_DAYS that lie between a visit and the last one

    Returns:
        CREDIT_ROWS, one row per visit with credit and one per deal without visits; by
        closing day, the latest first, then deal and moment. Gross profit is of the part of
        a deal whose cost is known, null where nothing is; a loss is shared like a profit.

    Raises:
        ValueError: `query.credit` is none of RULES.
    """
    return (
        _credits(frames, query)
        .join(frames["deals"].select("deal_id", "deal"), on="deal_id", how="left")
        .sort(-pl.col("closed_on").to_physical(), "deal_id", "visited_at", "visit_id")
        .select(CREDIT_ROWS.names())
    )


def by_dimension(frames: Frames, query: Query) -> pl.LazyFrame:
    """Credit by the visits' kind or by a dimension: `credit_rows`, added up.

    Rep, team and manager are those of the visit. A deal stands in each group that has a
    visit of its own with credit.

    Returns:
        CREDIT, one row per group by its label, the unknown one after them; the deals
        without visits are a row of their own at the end.
    """
    has_visits = pl.col("visit_id").is_not_null()
    keys = [pl.when(has_visits).then(key) for key in facts.group_keys(query.by)]
    summary = _credits(frames, query).group_by(has_visits.alias("has_visits"), *keys).agg(**_sums())
    return (
        facts.grouped(summary)
        .sort("has_visits", descending=True, maintain_order=True)
        .with_columns(amount_rate=measures.rate(pl.col("amount"), pl.col("amount").sum()))
        .select(CREDIT.names())
    )


def _sums() -> dict[str, pl.Expr]:
    """Sums over the credits of one group."""
    profit = pl.col("gross_profit")
    return {
        "visits": pl.col("visit_id").count().cast(pl.Int64),
        "deals": pl.col("number").n_unique().cast(pl.Int64),
        "amount": pl.col("amount").sum(),
        "gross_profit": pl.when(profit.count() > 0).then(profit.sum()),
        "unknown_count": pl.col("number").filter(~pl.col("is_known")).n_unique().cast(pl.Int64),
    }


def _credits(frames: Frames, query: Query) -> pl.LazyFrame:
    """CREDIT_ROWS without the deal's name, with the moment and a number per deal; unordered."""
    if query.credit not in RULES:
        raise ValueError(f"no credit by {query.credit}")
    won = _won(frames, query).cache()  # the visits are sought by it, and joined to it
    visits = _visits(won, frames, query).cache()
    unvisited = won.join(visits, on="number", how="anti")
    return pl.concat([_shared(visits, query.credit), unvisited], how="diagonal")


def _won(frames: Frames, query: Query) -> pl.LazyFrame:
    """Deals won in the period with what they brought, as far as that is known."""
    inside = measures.within("closed_on", query.since, query.until)
    won = facts.deals(frames, query).filter(measures.WON, inside)
    return facts.with_known_cost(won, frames).select(
        *("deal_id", "closed_on", *_OF_DEALS, "amount"),
        gross_profit=pl.col("known_amount") - pl.col("known_cost"),
        is_known=pl.col("cost").is_not_null(),
        number=pl.int_range(pl.len()),  # numbers group three times faster than ids
    )


def _visits(won: pl.LazyFrame, frames: Frames, query: Query) -> pl.LazyFrame:
    """VISIT_FACTS of the visits to these deals up to their closing day, beside the deal's."""
    days = won.select("deal_id", "closed_on")
    in_time = pl.col("visited_on") <= pl.col("closed_on")
    made = frames["visits"].filter("is_visit").join(days, on="deal_id").filter(in_time)
    visits = facts.visits({**frames, "visits": made}, query.unfiltered())
    return visits.join(won.drop(_OF_DEALS), on="deal_id")


def _shared(visits: pl.LazyFrame, rule: str) -> pl.LazyFrame:
    """The visits that carry weight, with their part of amount and gross profit.

    A ten-thousandth that cannot be divided goes to the largest remainder; of equal ones to
    the earliest visit, then to the first id.
    """
    return (
        visits.with_columns(weight=_weight(rule))
        .filter(pl.col("weight") > 0)
        .sort("visited_at", "visit_id")
        .with_columns(_part(name) for name in _BROUGHT)
    )


def _weight(rule: str) -> pl.Expr:
    """Whole numbers: sums of them do not depend on the order of the rows."""
    at, on = pl.col("visited_at"), pl.col("visited_on")
    if rule == "linear":
        return pl.lit(1, pl.Int64)
    if rule == "decay":
        days = (on.max().over("number") - on).dt.total_days()
        return (_NEWEST * pl.lit(0.5).pow(days / HALF_LIFE_DAYS)).cast(pl.Int64)
    chosen = at.min() if rule == "first" else at.max()
    return (at == chosen.over("number")).cast(pl.Int64)


def _part(name: str) -> pl.Expr:
    """Each visit's part of its deal's `name`, in proportion to the weights, by whole units."""
    whole, weight = pl.col(name), pl.col("weight")
    product = whole.cast(pl.Int128) * weight
    total = weight.sum().over("number")
    part = (product // total).cast(pl.Int64)
    left = whole - part.sum().over("number")
    place = (product % total).cast(pl.Int64).rank("ordinal", descending=True).over("number")
    return (part + (place <= left)).alias(name)


REPORTS = (
    Report("visit-credit", _TABLES, CREDIT, by_dimension, by=("kind", *DIMENSIONS)),
    Report("visit-credit-rows", _TABLES, CREDIT_ROWS, credit_rows),
)
