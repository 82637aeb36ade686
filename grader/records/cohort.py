"""A cohort as the ledger keeps it: its learners and rules, their submissions, and what a mentor decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from functools import cached_property
from typing import Any, Final

from ...files.text import one_line
from ..scoring.card import Record
from . import Attachment
from .rules import RecordedRules

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
    """When the sitting began, as its notes say; None where an earlier version graded it."""
    stands: bool | None = None
    """Whether nothing speaks against it by itself; None where an earlier version graded it."""
    models: Mapping[str, str] | None = None
    """sha256 of each model, by the problem's id."""
    facts: Mapping[str, str] | None = None
    """Of the sitting, as its notes said when they were seen first: a digest of each; None as `stands`."""
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
    """Canvas's assignment of a problem, by its id, as the rules name it."""
    assignments: Mapping[str, float | None] = field(default_factory=dict)
    """The course's own assignments in Canvas, as the roster has them, and the points each is worth."""
    places: Mapping[tuple[str, str, str], str] = field(default_factory=dict)
    """Where a run found a file last, by learner, problem and digest."""
    exams: tuple[ExamTotal, ...] = ()
    """Every result of a mentor's exam that was collected; `classroom.exam_totals` says which count."""
    notes: tuple[str, ...] = ()
    """What whoever reads these results should know about their rules, a sentence or two each."""

    @cached_property
    def open_work(self) -> frozenset[tuple[str, str]]:
        """The learner and problem of what is pending, or not placed; "" where the problem is not known."""
        pending = {(each.learner, each.problem) for each in self.pending}
        return frozenset(pending | {(each.learner, each.problem) for each in self.unmatched})


@dataclass(frozen=True)
class CohortEntry(Attachment):
    """A learner's file in a cohort. The same bytes of the same learner are one entry, wherever they lay."""

    cohort: str
    learner: str
    problem: str
    """Its id."""
    digest: str
    """sha256 of the artifact, in hex."""
    found_at: str
    """Where in the folder it was found first."""
    grading_config: str
    """Scoring and policy, in one canonical line of JSON: see `scoring.specification.grading_config`."""
    inputs: str
    """The digest of the hidden inputs: while it is the same, the predictions can be scored again."""
    handed_in: datetime | None = None
    """Where a path, the manifest or the roster has it."""
    copied_from: int | None = None
    """The submission whose card this is, where the same model was run before; None where it ran itself."""
    fault: str | None = None
    """The `FaultClass` of what kept it from being scored; None where that is not known."""


@dataclass(frozen=True)
class FoundFile:
    """A file that a run found."""

    learner: str
    problem: str
    found_at: str
    digest: str
    """sha256 of the artifact, in hex; empty while it has no entry."""
    handed_in: datetime | None
    marked_late: bool | None = None
    """Whether the platform calls it late; None where it does not say."""


@dataclass(frozen=True)
class Instructions:
    """What a mentor said about a source, in this run and in those before."""

    problem: str = ""
    """The id of the problem of files whose path names none."""
    manifests: tuple[str, ...] = ()
    """Every corrected list of what could not be placed, as text, oldest first."""
    aside: tuple[str, ...] = ()
    """The paths of what these lists left aside: of the same learner and problem another file counts."""
    digest: str = ""
    """Of a source that is a file, while there is such a list: sha256, in hex."""
    draft: str = ""
    """Of the draft that was written for the mentor: sha256, in hex; empty where nothing was left to place."""


@dataclass(frozen=True)
class Run:
    """A run of `cohort grade`, as far as it decides which attempt of a learner is the last one."""

    source: str
    begun_at: datetime
    files: tuple[FoundFile, ...]
    """In the order of the source."""
    told: Instructions = field(default_factory=Instructions)


@dataclass(frozen=True)
class Regraded(Attachment):
    """An entry that counts with another submission's number from now on; the old one is kept."""

    entry: int
    """The entry's own number, as in `Attempt.entry_number`."""
    grading_config: str
    inputs: str
    by: str
    why: str
    act: str
    """The same text for all that is regraded together: what is taken back together."""
    copied_from: int | None = None
    fault: str | None = None
    """As in `CohortEntry`."""


@dataclass(frozen=True)
class Attempt:
    """An entry and the score it has now."""

    entry_number: int
    entry: CohortEntry
    record: Record
    withdrawn: bool = False
    """A mentor withdrew it: it is no attempt of this learner, and never graded again."""


@dataclass(frozen=True)
class CacheKey:
    """The same artifact under the same grading configuration: equal keys have equal scores, so one is run."""

    digest: str
    data: str
    environment: str
    grading_config: str


@dataclass(frozen=True)
class Decision:
    """One act of a mentor about one learner's problem, as the audit shows it."""

    learner: str
    problem: str
    override: Override | None
    """None where an override was taken back."""
    by: str
    when: datetime
    reason: str


@dataclass(frozen=True)
class ScoreChange:
    """One change of a score by a regrading, or by taking one back, as the audit shows it."""

    learner: str
    problem: str
    before: int
    """The submission that counted before, by its number."""
    after: int
    by: str
    when: datetime
    why: str
    score_before: int | None = None
    """0 to 5; None where the submission has none."""
    score_after: int | None = None
    undoes: bool = False
    """Whether a regrading was taken back."""
    act: str = ""
    """The same text for all that was changed together; empty where an earlier version did it."""


@dataclass(frozen=True)
class UnchangedRegrading:
    """A regrading that gave nobody a new result, as the audit shows it."""

    by: str
    when: datetime
    why: str
    count: int
    """How many submissions it was for."""
    rerun: bool = False
    """Whether models were to run again; else stored predictions were looked at."""
    learner: str = ""
    """The id of the only learner that it was for; empty for all."""
    problem: str = ""
    """The id of the only problem; empty for all."""
    verdict: str = ""
    """The only verdict; empty for all."""
    outdated: int = 0
    """How many could not be scored from their stored predictions, and would have to run again."""


@dataclass(frozen=True)
class Regrading:
    """Scores that were changed together, by one command."""

    act: str
    """Identifies it."""
    by: str
    when: datetime
    why: str
    entries: Mapping[int, int]
    """The number of the submission that counted before, by that of the entry."""


@dataclass(frozen=True)
class Withdrawal:
    """That a submission no longer counts for a learner, or counts again, as the audit shows it."""

    entry: int
    """As in `Attempt.entry_number`."""
    learner: str
    problem: str
    submission: int
    """The number of what was withdrawn."""
    withdrawn: bool
    by: str
    when: datetime
    reason: str


@dataclass(frozen=True)
class CohortSummary:
    """A cohort in a list of all."""

    name: str
    used: datetime
    learners: int
    """On the roster, or found."""
    attempts: int
    folder: str
    """What was graded last."""


@dataclass(frozen=True)
class CohortNote:
    """What is known of a cohort beside its entries."""

    name: str
    learners: tuple[Learner, ...] = ()
    """The roster; without one, everybody who was found."""
    has_roster: bool = False
    """Whether a mentor gave a roster: everybody on it is in the cohort, whatever was found."""
    assignments: Mapping[str, float | None] = field(default_factory=dict)
    """The course's own assignments in Canvas, as the roster has them, and the points each is worth."""
    rules: RecordedRules = field(default_factory=RecordedRules)
    """Those that count."""
    rules_since: datetime | None = None
    """When they began to count; None where that is not recorded."""
    told: Instructions = field(default_factory=Instructions)
    """For the run that begins."""
    why: str = ""
    """Why these rules count from now on, where they are others than before: for the audit."""
    act: str = ""
    """Of the run that begins: as in `Regraded`. Empty for one of its own."""
    folder: str = ""
    """The folder or archive that was graded last."""
    by: str = ""
    """Who graded it."""
    unmatched: tuple[Unmatched, ...] = ()
    """Of each source, what its last run could not match."""
    pending: tuple[Pending, ...] = ()
    """Of each source, what has no result yet, and is not superseded by a later run of another one."""
    runs: tuple[Run, ...] = ()
    """Every run, oldest first."""
    exams: tuple[ExamTotal, ...] = ()
    """Every result of a mentor's exam that was collected."""
