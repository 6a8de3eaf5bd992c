"""Every report by its name; screens, downloads and the command line all run this."""

import polars as pl

from analytics import (
    appointments,
    at_risk,
    authority,
    bridge,
    bunching,
    cohorts,
    concentration,
    conversion,
    coverage,
    customers,
    deal_ages,
    department,
    discipline,
    drafting,
    findings,
    first_visits,
    forecast,
    forecast_backtest,
    freshness,
    listing,
    losses,
    margin_spreads,
    margins,
    naive,
    outliers,
    peers,
    pipeline_rows,
    quarter,
    rank_uncertainty,
    reps,
    rollups,
    scorecard,
    strengths,
    targets,
    timeline,
    transitions,
    velocity,
    visit_calendar,
    visit_credit,
    visit_outcomes,
    visit_summary,
    visits,
    visits_per_deal,
    win_curves,
    work_reports,
)
from analytics.query import Query
from analytics.report import Read, Report
from analytics.schemas import TABLES, require

_MODULES = (
    deal_ages,
    department,
    targets,
    conversion,
    transitions,
    cohorts,
    velocity,
    losses,
    first_visits,
    pipeline_rows,
    win_curves,
    naive,
    peers,
    discipline,
    drafting,
    margins,
    margin_spreads,
    bridge,
    authority,
    bunching,
    outliers,
    listing,
    reps,
    rank_uncertainty,
    rollups,
    scorecard,
    strengths,
    visits,
    visit_calendar,
    visit_credit,
    visit_outcomes,
    visit_summary,
    visits_per_deal,
    appointments,
    coverage,
    work_reports,
    at_risk,
    concentration,
    customers,
    freshness,
    timeline,
    quarter,
    findings,
    forecast,
    forecast_backtest,
)
REPORTS: dict[str, Report] = {report.name: report for m in _MODULES for report in m.REPORTS}


def run(name: str, read: Read, query: Query) -> pl.DataFrame:
    """The rows of report `name`; `read(table)` hands over a frame of `schemas.TABLES`.

    Raises:
        KeyError: no report has this name.
        SchemaError: a frame or the result does not keep its contract.
    """
    report = REPORTS[name]
    frames = {table: require(read(table).lazy(), TABLES[table]) for table in report.tables}
    return require(report.make(frames, query), report.schema).collect()
