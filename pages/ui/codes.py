"""Codes that are shown as words: which column holds which, said once by the declarations."""

import polars as pl

from analytics.win_curves import ALL, OTHERS
from data import records, schedule
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
    "reviewed_by": {
        LOCAL: records.Words("本机用户", "Local user"),
        schedule.PRODUCT.id: records.Words("自动备份", "Backup schedule"),
        "administrator": records.Words("首位管理员", "First administrator"),
    },
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
    "verdict",
    "finding",
    "measure",
    "standing",
    "filing",
    "part",
    "not_measurable",
    "effect",
    "bunched",
    "account",
)  # locale/<column> has their words
_NAMING = {  # another file has their words
    "against": "period",
    "dimension": "columns",
    "compared_with": "outlier",
}
_VERDICT = "_verdict"  # ends the name of a column that holds one


def word(language: str, column: str, code: str) -> str:
    """The words of a code; a code nobody declared (a source's own) is shown as it is."""
    if code in _SUMS:
        return text(language, _SUMS[code])
    if column in _CHOICES and code in _CHOICES[column]:
        return _CHOICES[column][code](language)
    key = f"{_NAMING.get(column, column)}.{code}"
    return text(language, key) if has(key) else code


def worded(frame: pl.DataFrame, language: str, *, by: str = "") -> pl.DataFrame:
    """The frame with every coded column as words.

    A column `group` has the codes of `by`, or of the dimension that its row names.
    """
    changes: list[pl.Series | pl.Expr] = []
    for name in frame.columns:
        column = "verdict" if name.endswith(_VERDICT) else by if name == "group" else name
        if name == "group" and "dimension" in frame.columns:
            changes.append(_of_dimension(frame, language))
        elif name == "group" or column in (*_CHOICES, *_WORDED, *_NAMING):
            codes = frame[name].cast(pl.String).unique().drop_nulls().to_list()
            known = {code: word(language, column, code) for code in codes}
            changes.append(pl.col(name).cast(pl.String).replace(known).alias(name))
    return frame.with_columns(changes)


def _of_dimension(frame: pl.DataFrame, language: str) -> pl.Series:
    """A column `group` as words, each row by its own dimension."""
    pairs = frame.select("dimension", "group").iter_rows()
    words = [None if code is None else word(language, by or "", code) for by, code in pairs]
    return pl.Series("group", words, pl.String)
