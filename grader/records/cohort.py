"""A cohort's results: its learners, what each has in each problem, and what still needs somebody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, Final

from ...files.text import one_line
from ..scoring.card import Record

PASS_MARK: Final = 90.0
"""Of a total of 100, where the rules name no other: as in the exam."""
NO_COHORT: Final = "There is no cohort yet. `tfprep cohort grade FOLDER` makes one."


@dataclass(frozen=True)
class Learner:
    """One person of a roster. Names come from files of other people: hostile until shown as plain text."""

    id: str
    """What results are keyed by: unique in the cohort."""
    name: str = ""
    email: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    """Every column of the roster as it was given: an import file for Canvas or Moodle repeats some."""
    roster_id: str = ""
    """The id in the newest roster, where the cohort knows this person by an earlier one; else empty."""

    @property
    def known_as(self) -> tuple[str, ...]:
        """Ids, e-mail address and name, without those that there are not."""
        return tuple(filter(None, (self.id, self.roster_id, self.email, self.name)))

    @property
    def shown(self) -> str:
        """The name, or the id where there is none, as a page or a message may show it."""
        return one_line(self.name) or one_line(self.id)


@dataclass(frozen=True)
class Override:
    """A mentor's own score, kept beside the machine's."""

    score: float
    """0 to 5."""
    reason: str
    by: str
    when: datetime


@dataclass(frozen=True)
class Result:
    """What one learner has in one problem."""

    problem: str
    """The problem's id, as in `Problem.id`."""
    counted: Record | None = None
    """The attempt that counts; None where nothing was handed in that could be recorded."""
    attempts: tuple[Record, ...] = ()
    """All of them, oldest first."""
    handed_in: datetime | None = None
    """When the counted attempt was handed in, where a path, the manifest or the roster has it."""
    times: Mapping[int, datetime] = field(default_factory=dict)
    """When each attempt was handed in, by its record's number; without those of which it is not known."""
    partners: Mapping[int, frozenset[str]] = field(default_factory=dict)
    """The ids of the others for whom each attempt of a group was handed in, by its record's number."""
    deadline: datetime | None = None
    """This learner's own, with any extension; None where there is none."""
    late_by: timedelta | None = None
    """Beyond deadline and grace; None where it was in time, or where there is no deadline."""
    penalty: float = 0.0
    """The share of the score that lateness costs, 0 to 1."""
    marked_late: bool = False
    """Whether a platform calls the counted attempt late, and nothing tells when it was handed in."""
    override: Override | None = None
    points: float = 0.0
    """0 to 5: what the problem counts after override and penalty."""

    @property
    def machine(self) -> int | None:
        """The grader's own score of the counted attempt; None where there is none."""
        return None if self.counted is None else self.counted.card.score


@dataclass(frozen=True)
class LearnerResult:
    """Everything one learner has."""

    learner: Learner
    results: tuple[Result, ...]
    """One for each of the cohort's problems, in their order."""
    total: float
    """0 to 100: the weighted points."""


@dataclass(frozen=True)
class Unmatched:
    """A file whose learner or problem is not known, and why. It is listed, never guessed."""

    found_at: str
    why: str
    learner: str = ""
    """The id of whom it may be; empty where nobody is like it."""
    problem: str = ""
    """The id of the problem that it may be for; empty where that is not known."""


@dataclass(frozen=True)
class Pending:
    """A submission without a result yet: not graded so far, or the fault was ours and no attempt was used."""

    learner: str
    problem: str
    found_at: str
    why: str
    handed_in: datetime | None = None
    """Where a path, the manifest or the roster has it."""
    marked_late: bool | None = None
    """Whether the platform calls it late; None where it does not say."""


@dataclass(frozen=True)
class ExamTotal:
    """A result of a mentor's exam, as `exam grade` found it: a genuine file, though something may speak
    against it."""

    learner: str
    """The id that it names."""
    exam: str
    """Which exam: the same text for everybody in it."""
    total: float
    """0 to 100."""
    passed: bool
    points: Mapping[str, float]
    """Of the hundred, by the problem's id."""
    file: str
    """Where it lay in the folder, as it may be shown."""
    digest: str
    """In hex, the same for one result however often it is handed in."""
    signer: str
    """The fingerprint of the key that signed it: of the learner's home."""
    remarks: tuple[str, ...] = ()
    """What speaks against it by itself, a sentence each: with any, it does not count."""
    notes: tuple[str, ...] | None = ()
    """What a mentor should know of it though it counts, a sentence each with its evidence; None where an
    earlier tfprep collected it, as whoever took the exam had signed it."""
    graded: Mapping[str, Any] | None = None
    """What `exam grade` measured of each problem, and by which rules; None where an earlier version did."""
    started: datetime | None = None
    """When the exam session began, as its notes say; None where an earlier version graded it."""
    stands: bool | None = None
    """Whether nothing speaks against it by itself; None where an earlier version graded it."""
    models: Mapping[str, str] | None = None
    """sha256 of each model, by the problem's id."""
    facts: Mapping[str, str] | None = None
    """`facts_of` its notes (exams/hand_in.py), as they were when they were seen first; None as `stands`."""
    certified: bool | None = None
    """Whether a certificate was ever signed for it; None as `stands`."""
    source: str = field(default="", compare=False)
    """Where it was collected from."""
    chosen: bool = False
    """A mentor chose that it counts."""


@dataclass(frozen=True)
class ExamChoice:
    """That a mentor lets a hand-in of an exam count, whatever speaks against it."""

    learner: str
    exam: str
    digest: str
    """As in `ExamTotal.digest`."""
    file: str
    why: str
    """What spoke against it."""
    by: str = ""
    when: datetime | None = None


EXAM_COLUMN: Final = "exam"


@dataclass(frozen=True)
class Cohort:
    """A cohort's whole state: what every page, table and export is made from."""

    name: str
    problems: tuple[str, ...]
    """Their ids."""
    weights: tuple[float, ...]
    """As many as problems; any positive numbers, only their ratios count."""
    learners: tuple[LearnerResult, ...]
    unmatched: tuple[Unmatched, ...] = ()
    pending: tuple[Pending, ...] = ()
    deadline: datetime | None = None
    """Of all problems that have none of their own."""
    zone: tzinfo | None = None
    """The time zone that the rules name: what people look at shows times in it."""
    missing_is_zero: bool = False
    """Whether an import file claims zero points for what was never handed in, instead of nothing."""
    export_total: bool = False
    """Whether import files have a column with the total."""
    pass_mark: float = PASS_MARK
    """Who has at least this total passes."""
    canvas_columns: Mapping[str, str] = field(default_factory=dict)
    """Canvas's assignment of a problem, by its id, and of the exam (`EXAM_COLUMN`), as the rules name it."""
    assignments: Mapping[str, float | None] = field(default_factory=dict)
    """The course's own assignments in Canvas, as the roster has them, and the points each is worth."""
    places: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """Where a run found a file last, by learner, problem and digest."""
    exams: tuple[ExamTotal, ...] = ()
    """Every result of a mentor's exam that was collected; `classroom.exam_totals` says which count."""
    notes: tuple[str, ...] = ()
    """What whoever reads these results should know about their rules, a sentence or two each."""

    @property
    def shown_zone(self) -> tzinfo:
        """What pages show times in: the zone that the rules name, else the deadline's, else UTC."""
        if self.zone is not None:
            return self.zone
        return UTC if self.deadline is None or self.deadline.tzinfo is None else self.deadline.tzinfo

    @cached_property
    def open_work(self) -> frozenset[tuple[str, str]]:
        """The learner and problem of what is pending, or not placed; "" where the problem is not known."""
        pending = {(each.learner, each.problem) for each in self.pending}
        return frozenset(pending | {(each.learner, each.problem) for each in self.unmatched})
