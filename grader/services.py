"""What tfprep does with a submission, as functions that a command, an exam or a web server can call.

Nothing here knows a command line, a terminal or HTML. Whoever calls hands in the ledger, the data store and
the sandbox, and decides what to show of the values that come back.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

from ..errors import Interrupted, best_effort
from ..files.text import Tell, say_nothing
from ..problems import Dataset, DataStore, Problem, Split, find
from ..sandbox import Sandbox
from .evaluation import make_evaluation_set
from .grade import Graded, WorthExplaining, always, grade
from .records import Attachment, Curves
from .scoring.card import Record, ScoreCard
from .submission import DEFAULT_POLICY, SubmissionPolicy
from .submission.submission import (
    LoadedArtifact,
    LocatedArtifact,
    Submission,
    locate_artifact,
    read_submission,
    require_model,
)

if TYPE_CHECKING:
    from .admission import Admission
    from .ledger import Ledger
    from .scoring.analysis import Analysis
    from .training_trend import Trend

logger = logging.getLogger(__name__)

"""Takes one sentence for the person who waits."""
T = TypeVar("T")
ATTEMPTS: Final = 100
"""At one hidden test set, where nobody says otherwise."""
NO_CURVES: Final = "Its report shows no training curves, as its training log could not be read"
_NOT_DIVIDED: Final = "This hidden test set is not divided into halves: --final changes nothing."


@dataclass(frozen=True)
class SubmissionRequest:
    """What somebody wants graded. Whatever is left out is taken from the workspace around it."""

    path: Path | None = None
    """A model file, a SavedModel folder, a training script or a workspace."""
    problem: str | None = None
    """A problem's number or name."""
    data_source: str | None = None
    """"tfds", "package", "auto" or the path of a mentor's own files."""
    final: bool = False
    """Score it on the final half of the hidden test set, where that is divided."""
    note: str = ""
    """In the learner's words, kept with the submission."""
    anyway: bool = False
    """Use an attempt where `attempts.py` would use none."""


@dataclass(frozen=True)
class GradingTools:
    """What grading needs from its caller."""

    store: DataStore
    open_sandbox: Callable[[Submission], AbstractContextManager[Sandbox]]
    """Opens a sandbox for a submission. Raises SandboxUnavailable."""
    tell: Tell = say_nothing
    """Gets what the person should know meanwhile, and each line that a training script prints."""
    attempt_limit: int = ATTEMPTS
    """So many scored attempts somebody may make in practice at the hidden test set of one data source."""


@dataclass(frozen=True)
class Practice:
    """Takes every submission, and keeps nothing with it."""

    learner: str

    @property
    def is_exam(self) -> bool:
        """Always False."""
        return False

    @property
    def split(self) -> Split:
        """The hidden test set."""
        return Split.HIDDEN

    @property
    def policy(self) -> SubmissionPolicy:
        """What one's own practice may hold: as the problem says."""
        return DEFAULT_POLICY

    def same_as(self, submission: Submission) -> int | None:
        """Always None."""
        return None

    def admit(self, dataset: Dataset) -> None:
        """Accepts every data set."""

    def attachments(self, graded: Graded) -> Sequence[Attachment]:
        """Always empty."""
        return ()

    def returning_lost_time(self) -> AbstractContextManager[None]:
        """Does nothing: practice has no time limit."""
        return nullcontext()


@dataclass(frozen=True)
class ReportData:
    """Everything a page shows that a score card does not hold. Each part may be missing."""

    analysis: Analysis | None = None
    no_analysis: str = ""
    """A sentence on why there is none, where one could be expected."""
    figures_of: int | None = None
    """The number of the earlier attempt that the analysis is of, where it is not of this one."""
    curves: Curves | None = None
    baselines: tuple[tuple[str, float], ...] = ()
    """What needs no learning, and its metric on the same examples, the worst first."""
    attempts: tuple[Record, ...] = ()
    """This learner's at this problem, oldest first, the submission itself among them."""
    notes: Mapping[int, str] = field(default_factory=dict)
    """What the learner noted on attempts, by number."""


@dataclass(frozen=True)
class Reported:
    """A record, and what a report shows beside it."""

    record: Record
    report_data: ReportData
    again: bool = False
    """It was recorded before: this very model was submitted again."""


@dataclass(frozen=True)
class Checked:
    """The card of a submission that was graded on validation data; nothing was recorded."""

    card: ScoreCard
    dataset: Dataset


def submit(request: SubmissionRequest, admission: Admission, ledger: Ledger, tools: GradingTools) -> Reported:
    """Grade a submission on the hidden test set, and record it; then gather what its report shows.

    Where the hidden test set is divided (`problems/halves.py`), practice is scored on its feedback half, and
    an exam and `request.final` on its final half.

    A model that was graded before is not graded again: its record is returned, and `tools.tell` says so.
    A note that comes with it becomes that record's.

    Nothing that comes after the recording fails: what cannot be had is missing, and `tools.tell` says so.
    In practice the record tells the figures of the best attempt so far where this one does not beat it by
    more than chance (`scoring/ladder.py`); then it is not explained either.

    Args:
        request: what to grade.
        admission: whose submission it is, and whether it may be graded now.
        ledger: an open ledger, which keeps the submission.
        tools: the data store, the sandbox, and who is told about progress.

    Raises:
        BadSubmission: there is nothing to grade: no file, two candidates, no workspace, a file that is no
            model, or a model older than its starter. Nothing is recorded.
        UnknownProblem, BadData, DataUnavailable: the problem or its data cannot be had.
        ExamError: an exam does not allow it.
        NoAttemptsLeft: all attempts in practice are used. Nothing is recorded.
        SandboxUnavailable: the sandbox failed. Nothing is recorded.
        LedgerUnavailable: the ledger failed. Nothing is recorded.
        Interrupted: a person stopped it. The message says whether the submission is recorded.
    """
    from . import attempts, training_log  # `check` has no use for them

    with admission.returning_lost_time():
        with interrupted("Interrupted. Nothing was recorded."):
            place, submission = _read(request, admission, tools)
            work = place.load(tools.store, tools.tell)
            admission.admit(work.dataset)
            dataset = _scored_data(request, admission, work.dataset, tools.tell)
            if earlier := _graded_before(request, admission, submission, dataset, ledger, tools.tell):
                attempts.keep_note(request.note, earlier, ledger, tools.tell)
                return replace(_with_report_data(earlier, ledger, tools.store), again=True)
            attempt = None
            if not admission.is_exam:
                attempt = attempts.next_attempt(admission.learner, dataset, ledger, tools.attempt_limit)
            worth = partial(ledger.practice.would_disclose, attempt) if attempt is not None else always
            graded = grade_on(
                submission,
                dataset,
                tools,
                admission.split,
                worth,
                policy=admission.policy,
                trend=_trend_of(work),
            )
            used = () if attempt is None or graded.card.value is None else (attempt,)
            notes = attempts.notes_of(request.note, work, submission)
            attachments = (*admission.attachments(graded), *used, notes)
        with interrupted(
            "Interrupted while the submission was recorded.", "`tfprep history` shows if it was."
        ):
            record = ledger.record(graded, *attachments)
    logger.info("submission %d recorded: %s, %s", record.number, work.problem.id, record.card.verdict.value)
    with reporting(record.number):
        best_effort(
            lambda: training_log.keep_curves(record, work, graded, ledger, tools.tell),
            None,
            NO_CURVES,
            tools.tell,
        )
        return _with_report_data(record, ledger, tools.store)


def reporting(number: int) -> AbstractContextManager[None]:
    """A context after a submission was recorded: Ctrl-C in it raises Interrupted, which says so."""
    return interrupted(
        f"Interrupted. Submission {number} is recorded, and its report is not finished.",
        f"`tfprep report {number}` shows it.",
    )


@contextmanager
def interrupted(what: str, remedy: str = "") -> Iterator[None]:
    """A context in which Ctrl-C raises Interrupted with these sentences."""
    try:
        yield
    except KeyboardInterrupt as error:
        raise Interrupted(what, remedy) from error


def check(request: SubmissionRequest, admission: Admission, tools: GradingTools) -> Checked:
    """Grade a submission on the public validation data; nothing is recorded.

    Args:
        request: what to grade.
        admission: whose submission it is, and whether it may be graded now.
        tools: the data store, the sandbox, and who is told about progress.

    Raises:
        BadSubmission, UnknownProblem, BadData, DataUnavailable, ExamError, SandboxUnavailable: as `submit`.
    """
    place = locate_artifact(request.path, request.problem, request.data_source, tools.tell)
    submission = read_submission(place.artifact, place.problem.id, admission.learner)
    require_model(submission)
    work = place.load(tools.store, tools.tell)
    admission.admit(work.dataset)
    graded = grade_on(submission, work.dataset, tools, Split.VALIDATION, trend=_trend_of(work))
    return Checked(graded.card, work.dataset)


def _read(
    request: SubmissionRequest, admission: Admission, tools: GradingTools
) -> tuple[LocatedArtifact, Submission]:
    """What was handed in, read before any data is fetched for it. Raises BadSubmission: it is no model."""
    from . import attempts

    place = locate_artifact(request.path, request.problem, request.data_source, tools.tell)
    submission = read_submission(place.artifact, place.problem.id, admission.learner)
    if not admission.is_exam:
        require_model(submission, ", so no attempt was used")
    if stale := attempts.older_than_starter(place.artifact, submission):
        if not (admission.is_exam or request.anyway):
            raise stale
        tools.tell(stale.message)
    return place, submission


def _scored_data(request: SubmissionRequest, admission: Admission, dataset: Dataset, tell: Tell) -> Dataset:
    """The data with the half of its hidden test set that is scored; all of it where it is not divided."""
    if not (request.final or admission.is_exam):
        return dataset.feedback
    if request.final and not dataset.final.half:
        tell(_NOT_DIVIDED)
    return dataset.final


def _graded_before(  # noqa: PLR0913, PLR0917 - what tells one submission from another
    request: SubmissionRequest,
    admission: Admission,
    submission: Submission,
    dataset: Dataset,
    ledger: Ledger,
    tell: Tell,
) -> Record | None:
    """The record of this very model, where it needs no other attempt; says so."""
    from . import attempts

    if admission.is_exam:
        number = admission.same_as(submission)
        return None if number is None else ledger.read(number)
    earlier = None if request.anyway else attempts.graded_before(submission, dataset, ledger)
    if earlier:
        tell(attempts.same_model(earlier))
    return earlier


def _trend_of(work: LoadedArtifact) -> Trend | None:
    """How the model was trained, where there is a log to read."""
    folder = work.workspace
    if folder is None or not (any(folder.glob("[!.]*.csv")) or any(folder.glob("[!.]*.json"))):
        return None
    from .training_log import trend_of

    return trend_of(work)


def grade_on(  # noqa: PLR0913 - what a grading needs
    submission: Submission,
    dataset: Dataset,
    tools: GradingTools,
    split: Split,
    worth: WorthExplaining = always,
    *,
    policy: SubmissionPolicy = DEFAULT_POLICY,
    trend: Trend | None = None,
) -> Graded:
    """Open a sandbox for a submission and grade it on one split of a data set.

    Args:
        submission: what was read of a file or folder.
        dataset: with the split, and the half of it that is scored.
        tools: the data store, the sandbox, and who is told about progress.
        split: VALIDATION, or HIDDEN, whose inputs are then mixed with changed copies.
        worth: whether predictions are explained, for instance because their figures are told.
        policy: what a submission may hold, and how many seconds it may take.
        trend: how the model was trained, where a log tells it.

    Raises:
        BadData: the data set has no such split on this machine.
        SandboxUnavailable: the sandbox failed.
    """
    dataset.require(split)
    logger.info("grading %.12s on the %s split of %s", submission.digest, split.value, dataset.problem.id)
    key = tools.store.key_for("changed copies") if split is Split.HIDDEN else None
    with tools.open_sandbox(submission) as sandbox:
        evaluation_set = make_evaluation_set(dataset, split, key)
        return grade(
            submission,
            evaluation_set,
            sandbox,
            policy=policy,
            watch=tools.tell,
            worth_explaining=worth,
            trend=trend,
        )


def report(number: int | None, ledger: Ledger, store: DataStore, problem: Problem | None = None) -> Reported:
    """A recorded submission with everything that a report shows.

    Args:
        number: the submission's; None for the last one.
        ledger: an open ledger.
        store: holds the data that its predictions are analysed with. Nothing is fetched.
        problem: without a number, the last one of this problem.

    Raises:
        NoSuchRecord: there is no such submission.
        LedgerUnavailable: the ledger failed.
    """
    record = ledger.last(problem.id if problem else None) if number is None else ledger.read(number)
    return _with_report_data(record, ledger, store)


def history(ledger: Ledger, learner: str | None = None, problem: str | None = None) -> tuple[Record, ...]:
    """The records, oldest first; only those of one learner or of one problem (its number or name) if given.

    Raises:
        UnknownProblem: no problem has this name.
        LedgerUnavailable: the ledger failed.
    """
    return ledger.history(learner=learner, problem=find(problem).id if problem else None)


def _with_report_data(record: Record, ledger: Ledger, store: DataStore) -> Reported:
    from .report_data import ReportDataLoader  # `check` has no use for it

    return Reported(record, ReportDataLoader(ledger, store).gather(record))
