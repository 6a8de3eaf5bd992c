"""Changes of a weekly report: draft, submit, withdraw, read, review.

A submitted report stays editable until it is reviewed, and keeps the moment it was
first submitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from data import collisions
from data.changes import blank, normal, record_id, stored
from data.checks import Problem, refusal
from data.known import Known, RowWrite, Values
from data.records import WorkReport


@dataclass(frozen=True)
class SaveReport:
    """A rep's report of one week, new or not; `week` is its Monday.

    What `values` does not name stays as it is stored. `seen` is what the person saw in them.
    """

    rep_id: str
    week: date
    values: Mapping[str, object]
    submit: bool
    seen: Mapping[str, object] | None = None

    @property
    def id(self) -> str:
        """The report's id."""
        return record_id(WorkReport, self._key())

    def _key(self) -> Values:
        key = {"kind": "weekly", "rep_id": self.rep_id, "period_on": self.week}
        return normal(WorkReport, key)

    def plan(self, known: Known) -> list[RowWrite]:
        """The report with the new values; refused once it is reviewed."""
        before = known.row(WorkReport, self.id)
        base = before.values if before else blank(WorkReport) | self._key() | {"id": self.id}
        _refuse_reviewed(base)
        values = normal(WorkReport, self.values)
        collisions.check("WorkReport", self.id, base, values, self.seen)
        after = base | values
        if self.submit:
            after |= {"status": "submitted", "submitted_at": base["submitted_at"] or known.now}
        return [RowWrite(WorkReport, self.id, before, after)]


@dataclass(frozen=True)
class WithdrawReport:
    """A submitted report becomes a draft again."""

    id: str

    def plan(self, known: Known) -> list[RowWrite]:
        """The report as a draft; refused once it is reviewed."""
        before = stored(known, WorkReport, self.id)
        _refuse_reviewed(before.values)
        return [RowWrite(WorkReport, self.id, before, before.values | {"status": "draft"})]


@dataclass(frozen=True)
class ReadReport:
    """A leader has opened a submitted report; only the first time counts."""

    NEEDS: ClassVar = "review"
    id: str

    def plan(self, known: Known) -> list[RowWrite]:
        """The report with the moment it was first read; a draft is nobody's to read."""
        before = stored(known, WorkReport, self.id)
        _refuse_draft(before.values)
        read_at = before.values["read_at"] or known.now
        return [RowWrite(WorkReport, self.id, before, before.values | {"read_at": read_at})]


@dataclass(frozen=True)
class ReviewReport:
    """A leader has reviewed a submitted report; a second review replaces the first."""

    NEEDS: ClassVar = "review"
    id: str
    person: str
    comment: str | None

    def plan(self, known: Known) -> list[RowWrite]:
        """The reviewed report; it can no longer be edited."""
        before = stored(known, WorkReport, self.id)
        _refuse_draft(before.values)
        after = before.values | normal(WorkReport, {"comment": self.comment})
        after |= {
            "status": "reviewed",
            "read_at": after["read_at"] or known.now,
            "reviewed_at": known.now,
            "reviewed_by": self.person,
        }
        return [RowWrite(WorkReport, self.id, before, after)]


def _refuse_reviewed(report: Values) -> None:
    if report["status"] == "reviewed":
        raise refusal([Problem("status", "report_reviewed")])


def _refuse_draft(report: Values) -> None:
    if report["status"] == "draft":
        raise refusal([Problem("status", "report_is_draft")])
