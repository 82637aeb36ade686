"""A batch's side of the ledger: what was graded before, and how each result is stored."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar
from uuid import uuid4

from ...errors import LedgerUnavailable
from ...files.text import SENTENCE_LIMIT, one_line
from ...grader.grade import Graded
from ...grader.parallel.prepared_problem import PreparedProblem
from ...grader.parallel.worker_threads import Fault, FaultKind
from ...grader.records.cohort import Pending
from ...grader.records.cohort_runs import Attempt, CacheKey, CohortEntry, CohortNote, Regraded
from ...grader.scoring.card import Timings
from ...grader.submission.submission import Submission

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

logger = logging.getLogger(__name__)

NOT_YET: Final = "Not graded yet."
_RUN_AGAIN: Final = "It was graded on other data, under other rules or by another version of the grader."


class SubmittedFile(Protocol):
    """A file with its learner and problem."""

    @property
    def learner(self) -> str:
        """The learner's id."""

    @property
    def problem(self) -> str:
        """The problem's id."""

    @property
    def found_at(self) -> str:
        """Its path in the source, as it may be shown."""

    @property
    def handed_in(self) -> datetime | None:
        """When it was handed in, aware of its time zone; None where that is not known."""

    @property
    def is_late(self) -> bool | None:
        """Whether the platform calls it late; None where it does not say."""


T = TypeVar("T", bound=SubmittedFile)


class EntryKey(NamedTuple):
    """Identifies an entry of a cohort: the same bytes of the same learner are one entry."""

    learner: str
    problem: str
    digest: str


@dataclass(frozen=True)
class PendingJob:
    """A submission that is to be graded, without its bytes."""

    pending: Pending
    submission: Submission
    prepared: PreparedProblem
    handed_in: datetime | None
    attempt: Attempt | None = None
    """Its entry, where it was graded before."""

    @property
    def key(self) -> EntryKey:
        """Its entry's key."""
        return EntryKey(self.pending.learner, self.pending.problem, self.submission.digest)

    def cache_key(self, environment: str = "") -> CacheKey:
        """By what a score is found that was computed before, in this environment."""
        return CacheKey(
            self.submission.digest,
            self.prepared.dataset.fingerprint,
            environment,
            self.prepared.grading_config,
        )


@dataclass(frozen=True)
class FinishedJob:
    """A job and its card. `copied_from` is the submission that was run, where this one was not."""

    job: PendingJob
    graded: Graded
    copied_from: int | None = None


class BatchStore:
    """Stores a batch's results as entries of a cohort. Every method raises LedgerUnavailable."""

    def __init__(self, ledger: Ledger, note: CohortNote, reason: str = "") -> None:
        self._ledger, self._note, self._reason, self._act = ledger, note, reason, note.act or uuid4().hex
        self.known: dict[EntryKey, Attempt] = {}
        """The entries from before this batch."""
        self.cached: dict[CacheKey, int] = {}
        """What was run, for any cohort, and its submission's number."""

    def open(self, files: Sequence[T]) -> list[T]:
        """Begins a run with every file pending. Returns the files, those that failed before at the end."""
        cohorts, name = self._ledger.cohorts, self._note.name
        before = {_key(each): each.why for each in cohorts.read(name).pending}
        reasons = {_key(each): before.get(_key(each), NOT_YET) for each in files}
        listed = {
            _key(each): Pending(*_key(each), reasons[_key(each)], each.handed_in, each.is_late)
            for each in files
        }
        cohorts.begin_run(replace(self._note, pending=tuple(listed.values())))
        entries = ((each.entry, each) for each in cohorts.attempts(name))
        self.known = {EntryKey(entry.learner, entry.problem, entry.digest): each for entry, each in entries}
        # What a person wants run again is run, and not copied from what was run before.
        self.cached = {} if self._reason else dict(cohorts.cached())
        return sorted(files, key=lambda each: reasons[_key(each)] != NOT_YET)

    def keep(
        self, finished: Sequence[FinishedJob], on_fault: Callable[[PendingJob, Fault], None]
    ) -> dict[EntryKey, int]:
        """Stores all results together and returns their numbers.

        Where that fails for other reasons than the ledger, each is stored alone, and `on_fault` gets those
        that cannot be.
        """
        try:
            records = self._ledger.record_all(
                (replace(each.graded, submission=each.job.submission), self._attachment(each))
                for each in finished
            )
        except LedgerUnavailable:
            raise
        except Exception as error:  # one card that the ledger cannot take must not end the others
            if len(finished) > 1:
                alone = [self.keep([each], on_fault) for each in finished]
                return {key: number for numbers in alone for key, number in numbers.items()}
            logger.exception("storing the result of %s failed", finished[0].job.submission.digest)
            why = one_line(
                f"tfprep failed to store its result: {type(error).__name__}: {error}", SENTENCE_LIMIT
            )
            on_fault(finished[0].job, Fault(why, FaultKind.GRADER))
            return {}
        return {each.job.key: record.number for each, record in zip(finished, records, strict=True)}

    def copy(self, number: int) -> Graded:
        """The stored result of a submission, to be stored for another learner."""
        record, predictions = self._ledger.read(number), self._ledger.predictions(number)
        anonymous = Submission(record.card.problem, "", "", None, b"", record.digest, record.size)
        return not_run(
            Graded(anonymous, record.card, predictions, weight_fingerprint=record.weight_fingerprint)
        )

    def explain(self, pending: Pending) -> None:
        """Stores why a submission has no result yet."""
        self._ledger.cohorts.set_reasons(self._note.name, [pending])

    def resolve_pending(self, settled: Mapping[Pending, str]) -> None:
        """Stores that these are no longer pending, each with its digest."""
        self._ledger.cohorts.resolve_pending(self._note.name, settled)

    def _attachment(self, finished: FinishedJob) -> CohortEntry | Regraded:
        job = finished.job
        if job.attempt is not None:
            return Regraded(
                entry=job.attempt.entry_number,
                grading_config=job.prepared.grading_config,
                inputs=job.prepared.inputs.digest,
                by=self._note.by,
                why=self._reason or _RUN_AGAIN,
                act=self._act,
                copied_from=finished.copied_from,
                fault=_fault(finished.graded),
            )
        return CohortEntry(
            cohort=self._note.name,
            learner=job.pending.learner,
            problem=job.pending.problem,
            digest=job.submission.digest,
            found_at=job.pending.found_at,
            grading_config=job.prepared.grading_config,
            inputs=job.prepared.inputs.digest,
            handed_in=job.handed_in,
            copied_from=finished.copied_from,
            fault=_fault(finished.graded),
        )


def _fault(graded: Graded) -> str:
    return "" if graded.fault is None else graded.fault.value


def not_run(graded: Graded) -> Graded:
    """The same result without timings: it was copied, not run."""
    return replace(graded, card=replace(graded.card, timings=Timings()))


def _key(each: SubmittedFile | Pending) -> tuple[str, str, str]:
    return each.learner, each.problem, each.found_at
