"""One number per rep from several figures, and how much it hangs on their weights.

No regulation says what weighs how much, so a person must choose; until then all weigh the
same. A figure becomes points by percentile rank: the share of the others in the department
who lie below, ties counting half, from 0 (last) to 100 (first). Points say who is ahead, not
by how far; no outlier can outshine the rest.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
import numpy.typing as npt
import polars as pl

from analytics import bootstrap, facts, measures, scores
from analytics.query import Query
from analytics.rank_uncertainty import TOP
from analytics.report import Frames, Report
from analytics.reps import department, scored
from analytics.schemas import KEY

Floats = npt.NDArray[np.float64]
Weights = tuple[tuple[str, float], ...]

COMPONENTS = (
    "won_amount",
    "attainment_rate",
    "margin_rate",
    "adjusted_rate",
    "visits",
    "on_time_rate",
)
LEAST_COVERED = 0.5  # with less of the weight known there is no score
SETTING = "scorecard_weights"  # of the department, where the query names no weights
_EQUAL = 10.0  # what all weigh until a person chooses
_DRAWS = 2_000
_SEED = 20261127
_TABLES = tuple(dict.fromkeys((*scores.TABLES, "settings")))
_POINTS = pl.Schema({f"{name}_points": pl.Float64() for name in COMPONENTS})

SCORECARD = pl.Schema(
    {
        "rank": pl.Int64,  # null: no score
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "score": pl.Float64,  # 0..100, the weighted mean of the points
        "covered_rate": pl.Float64,  # share of the weight whose points are known
        **_POINTS,  # 0..100; null: unknown of this person
    }
)
WEIGHTS = pl.Schema(
    {
        "measure": pl.String,
        "weight": pl.Float64,  # as it was chosen
        "weight_rate": pl.Float64,  # of all that counts; 0 where nobody's figure is known
        "people": pl.Int64,  # whose figure is known
        "is_chosen": pl.Boolean,  # False: nobody has chosen yet, all weigh the same
    }
)
SENSITIVITY = pl.Schema(
    {
        "rank": pl.Int64,
        "rep_id": KEY,
        "rep": KEY,
        "team": KEY,
        "score": pl.Float64,
        "equal_rank": pl.Int64,  # if all components weighed the same
        "best_rank": pl.Int64,  # if one weight were half or double what it is
        "worst_rank": pl.Int64,
        "first_rate": pl.Float64,  # share of random weights under which this person is first
        "top_three_rate": pl.Float64,  # among the first three
    }
)


def scorecard(frames: Frames, query: Query) -> pl.LazyFrame:
    """Everyone who sells by their weighted points, the best first.

    A component that nobody in the department has leaves the scorecard for everyone. Of a
    person without one that others have, the weight goes to the components that are known;
    with less than half of the weight known there is no score.

    Returns:
        SCORECARD, one row per person; ties by name, then id; those without a score last.
        Filters by rep and team choose rows: points and ranks are the department's.
    """
    return _finished(frames, query, _with_scores, SCORECARD)


def sensitivity(frames: Frames, query: Query) -> pl.LazyFrame:
    """How each place would move if the weights were others.

    Random weights are uniform over all ways of sharing 100 % among the components that the
    department has (Dirichlet with parameters 1), 2,000 of them. Under weights by which
    somebody would have no score, they come last.

    Returns:
        SENSITIVITY, one row per person with a score, in the order of `scorecard`.
    """
    return _finished(frames, query, _with_places, SENSITIVITY).drop_nulls("rank")


def weights(frames: Frames, query: Query) -> pl.LazyFrame:
    """What weighs how much in the scorecard.

    The weights are those of the query, else the department's, else equal ones.

    Returns:
        WEIGHTS, one row per component, in the order of COMPONENTS.
    """
    known = _points(frames, query).select(pl.col(_POINTS.names()).count())
    rows = known.join(_setting(frames), how="cross")
    return rows.map_batches(partial(_weight_rows, query.weights), schema=WEIGHTS)


def _points(frames: Frames, query: Query) -> pl.LazyFrame:
    """Everyone who sells with their points, in no order."""
    whole = department(replace(query, rank_by="won_amount"))
    people = scored(frames, facts.deals(frames, whole), whole)
    is_long = pl.col("decided") >= scores.FEWEST_DECIDED
    known = people.with_columns(adjusted_rate=pl.when(is_long).then("adjusted_rate"))
    points = {f"{name}_points": _percentile(name) for name in COMPONENTS}
    return known.select("rep_id", "rep", "team", **points)


def _percentile(name: str) -> pl.Expr:
    """Share of the others who lie below, in percent; null of one person alone."""
    below = pl.col(name).rank("average") - 1
    return 100 * measures.rate(below, pl.col(name).count() - 1)


def _setting(frames: Frames) -> pl.LazyFrame:
    """One row, `chosen`: the department's weights as JSON; an empty list if it chose none."""
    stored = frames["settings"].filter(pl.col("name") == SETTING).select(chosen="value")
    return pl.concat([stored, pl.LazyFrame({"chosen": ["[]"]})]).head(1)


def _finished(
    frames: Frames,
    query: Query,
    finish: Callable[[Weights, pl.DataFrame], pl.DataFrame],
    schema: pl.Schema,
) -> pl.LazyFrame:
    """The rows that `finish` makes of everyone's points, best first, cut to who is shown."""
    names = pl.col("rep", "rep_id").cast(pl.String)

    def finished(rows: pl.DataFrame) -> pl.DataFrame:
        return finish(query.weights, rows.sort(names))  # ties go by position

    rows = _points(frames, query).join(_setting(frames), how="cross")
    made = rows.map_batches(finished, schema=schema)
    return made.sort("rank", names, nulls_last=True).filter(facts.shows(query))


def _chosen(asked: Weights, chosen: str) -> tuple[Floats, bool]:
    """A weight per component, and whether a person chose it."""
    given = dict(asked or json.loads(chosen))
    weight = np.array([float(given.get(name, 0)) for name in COMPONENTS])
    return (weight, True) if weight.any() else (np.full(len(COMPONENTS), _EQUAL), False)


def _scores(points: Floats, weights: Floats) -> Floats:
    """Each person's weighted mean of the known points under each row of `weights`.

    nan where less than LEAST_COVERED of the weight, or none, is known.
    """
    known = ~np.isnan(points)
    total = (weights * known.any(axis=0)).sum(axis=1, keepdims=True)
    covered = weights @ known.T
    sums = weights @ np.nan_to_num(points).T
    is_enough = (covered > 0) & (covered >= LEAST_COVERED * total)
    return np.divide(sums, covered, out=np.full_like(sums, np.nan), where=is_enough)


def _with_scores(asked: Weights, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with rank, score and the share of the weight behind it."""
    points = rows.select(_POINTS.names()).to_numpy()
    weight, _ = _chosen(asked, rows["chosen"][0] if rows.height else "[]")
    score = _scores(points, weight[None])[0]
    known = ~np.isnan(points)
    total = (weight * known.any(axis=0)).sum()
    covered = known @ weight / total if total else np.zeros(rows.height)
    return rows.with_columns(
        score=pl.Series(score, dtype=pl.Float64).fill_nan(None),
        covered_rate=pl.Series(covered, dtype=pl.Float64),
        rank=pl.Series(bootstrap.ranks(score[None])[0], dtype=pl.Int64),
    ).select(
        pl.when(pl.col("score").is_not_null()).then("rank").alias("rank"),
        *SCORECARD.names()[1:],
    )


def _with_places(asked: Weights, rows: pl.DataFrame) -> pl.DataFrame:
    """Rows with rank, score, and the ranks under other weights."""
    points = rows.select(_POINTS.names()).to_numpy()
    weight, _ = _chosen(asked, rows["chosen"][0] if rows.height else "[]")
    nearby = bootstrap.ranks(_scores(points, _nearby(weight)))
    chance = bootstrap.ranks(_scores(points, _random(points)))
    equal = bootstrap.ranks(_scores(points, np.ones((1, len(COMPONENTS)))))
    return (
        _with_scores(asked, rows)
        .with_columns(
            equal_rank=pl.Series(equal[0], dtype=pl.Int64),
            best_rank=pl.Series(nearby.min(axis=0), dtype=pl.Int64),
            worst_rank=pl.Series(nearby.max(axis=0), dtype=pl.Int64),
            first_rate=(chance == 1).mean(axis=0),
            top_three_rate=(chance <= TOP).mean(axis=0),
        )
        .select(SENSITIVITY.names())
    )


def _nearby(weight: Floats) -> Floats:
    """The weights, and with each one halved and doubled."""
    single = np.eye(len(weight))
    return np.concatenate([[weight], weight * (1 - single / 2), weight * (1 + single)])


def _random(points: Floats) -> Floats:
    """Weights drawn at random over the components that anyone has; 0 for the others."""
    measured = ~np.isnan(points).all(axis=0)
    drawn = np.zeros((_DRAWS, len(COMPONENTS)))
    if measured.any():
        chance = np.random.default_rng(_SEED)
        drawn[:, measured] = chance.dirichlet(np.ones(measured.sum()), _DRAWS)
    return drawn


def _weight_rows(asked: Weights, rows: pl.DataFrame) -> pl.DataFrame:
    """WEIGHTS from how many people have each component."""
    weight, is_chosen = _chosen(asked, rows["chosen"][0])
    people = np.array(rows.select(_POINTS.names()).row(0))
    counted = weight * (people > 0)
    rate = counted / counted.sum() if counted.any() else counted
    columns = (COMPONENTS, weight, rate, people, [is_chosen] * len(COMPONENTS))
    return pl.DataFrame(dict(zip(WEIGHTS, columns, strict=True)), schema=WEIGHTS)


REPORTS = (
    Report("scorecard", _TABLES, SCORECARD, scorecard),
    Report("scorecard-sensitivity", _TABLES, SENSITIVITY, sensitivity),
    Report("scorecard-weights", _TABLES, WEIGHTS, weights),
)
