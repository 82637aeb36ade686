"""What the ledger keeps of a cohort: what each run found, what was graded, and what a mentor decided."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from ..scoring.card import Record
from . import Attachment
from .cohort import ExamTotal, Learner, Override, Pending, Unmatched


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
    instructions: Instructions = field(default_factory=Instructions)


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
class RecordedRules:
    """The text of a `cohort.toml` and of the table of extensions beside it; never the secret in it."""

    path: str = ""
    """Where the file was; empty where a cohort has none, and the usual rules count."""
    text: str | None = ""
    """Without the secret. None where a version before step 0011 graded, which kept the path alone."""
    extensions: str = ""
    """The CSV that `extensions_file` names, as text."""
    secret: str = ""
    """Tells which secret divides the data, without telling it; empty where there is none."""

    @property
    def digest(self) -> str:
        """sha256, in hex, over all but the path."""
        parts = (self.text or "", self.extensions, self.secret)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()


@dataclass(frozen=True)
class AppliedRules:
    """That rules began to count for a cohort."""

    rules: RecordedRules
    by: str
    when: datetime
    reason: str


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
    instructions: Instructions = field(default_factory=Instructions)
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
