"""Codes that are shown as words: which column holds which, said once by the declarations."""

import polars as pl

from analytics.win_curves import ALL, OTHERS
from data import records
from pages.ui.i18n import has, text

LOCAL = "local"  # who acts until people sign in, as the audit and the reviews keep it
_SUMS = {ALL: "common.all", OTHERS: "common.others"}  # groups that stand for several
_CHOICES: dict[str, records.Choices] = {
    "status": {**records.DEAL_STATUS, **records.REP_STATUS, **records.REPORT_STATUS},
    "kind": records.VISIT_KINDS,
    "size": records.SIZES,
    "size_band": records.SIZES,
    "source": records.SOURCES,
    "industry": records.INDUSTRIES,
    "region": records.REGIONS,
    "loss_reason": records.LOSS_REASONS,
    "reason": records.LOSS_REASONS,
    "tracking": records.TRACKING,
    "reviewed_by": {LOCAL: records.Words("本机用户", "Local user")},
    "role": {**records.ROLES, **records.CONTACT_ROLES},
    "event": {**records.VISIT_KINDS, **records.DEAL_STATUS},
}
_WORDED = (
    "tier",
    "period",
    "segment",
    "counted",
    "outcome",
    "appointment",
    "follow_up",
    "certainty",
    "method",
    "move",
    "lever",
    "step",
)  # locale/<column> has their words


def word(language: str, column: str, code: str) -> str:
    """The words of a code; a code nobody declared (a source's own) is shown as it is."""
    if code in _SUMS:
        return text(language, _SUMS[code])
    if column in _CHOICES and code in _CHOICES[column]:
        return _CHOICES[column][code](language)
    return text(language, f"{column}.{code}") if has(f"{column}.{code}") else code


def worded(frame: pl.DataFrame, language: str, *, by: str = "") -> pl.DataFrame:
    """The frame with every coded column as words; a column `group` has the codes of `by`."""
    changes = []
    for name in frame.columns:
        column = by if name == "group" else name
        if name == "group" or column in (*_CHOICES, *_WORDED):
            codes = frame[name].cast(pl.String).unique().drop_nulls().to_list()
            known = {code: word(language, column, code) for code in codes}
            changes.append(pl.col(name).cast(pl.String).replace(known))
    return frame.with_columns(changes)
