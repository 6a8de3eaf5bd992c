"""Visits in one look: whom they reached, what was agreed and kept, what followed."""

import polars as pl

from analytics import appointments, at_risk, coverage, facts, visit_outcomes
from analytics.query import Query
from analytics.report import Frames, Report

_TABLES = tuple(dict.fromkeys((*facts.VISIT_TABLES, *facts.FACT_TABLES, *at_risk.TABLES)))
_COVERED = ("customers", "customers_visited", "coverage_rate")
_KEPT = ("due", "kept", "kept_rate", "not_due")
_OUTCOMES = (
    *("visits", "noted", "noted_rate", "with_next", "next_rate"),
    *("watched", "advanced", "advanced_rate", "base_rate"),
)

SUMMARY = pl.Schema(
    {
        **{name: visit_outcomes.OUTCOMES[name] for name in _OUTCOMES},  # visits: null: none kept
        **{name: coverage.COVERAGE[name] for name in _COVERED},
        **{name: appointments.KEPT[name] for name in _KEPT},
    }
)


def summary(frames: Frames, query: Query) -> pl.LazyFrame:
    """One row: the figures of the reports `visit-outcomes`, `coverage` and `appointments`.

    Visits are null where the department had recorded none by `as_of`.
    """
    parts = [
        visit_outcomes.totals(frames, query).select(_OUTCOMES),
        coverage.totals(frames, query).select(_COVERED),
        appointments.totals(frames, query).select(_KEPT),
        facts.visits_recorded(frames, query),
    ]
    return pl.concat(parts, how="horizontal").select(
        pl.when("has_visits").then("visits").alias("visits"), *list(SUMMARY)[1:]
    )


REPORTS = (Report("visit-summary", _TABLES, SUMMARY, summary),)
