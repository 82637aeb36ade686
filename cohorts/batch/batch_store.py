"""A batch's side of the ledger: what is known already, and how what has finished is kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeVar

from ...errors import LedgerUnavailable
from ...files.text import SENTENCE_LIMIT, one_line
from ...grader.grade import Graded
from ...grader.records.cohort import Attempt, CacheKey, CohortEntry, CohortNote, Pending, Regraded
from ...grader.scoring.card import Timings
from ...grader.submission.submission import Submission
from ..prepared_problem import PreparedProblem
from .worker_threads import Fault, FaultKind

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

NOT_YET: Final = "Not graded yet."
_AGAIN: Final = "It was graded on other data, under other rules or by another version of the grader."


class HandedIn(Protocol):
    """A file that somebody handed in, as it was placed."""

    @property
    def learner(self) -> str:
        """The learner's id."""

    @property
    def problem(self) -> str:
        """The problem's id."""

    @property
    def found_at(self) -> str:
        """Where it was found, for people."""

    @property
    def when(self) -> datetime | None:
        """When it was handed in, where anything tells."""


T = TypeVar("T", bound=HandedIn)


class Key(NamedTuple):
    """By what a cohort's entries are told apart: the same bytes of the same learner are one."""

    learner: str
    problem: str
    digest: str


@dataclass(frozen=True)
class PendingJob:
    """A submission on its way, without its bytes."""

    pending: Pending
    submission: Submission
    prepared: PreparedProblem
    handed_in: datetime | None
    attempt: Attempt | None = None
    """The entry it has already, where it is graded again."""

    @property
    def key(self) -> Key:
        """Which entry it is."""
        return Key(self.pending.learner, self.pending.problem, self.submission.digest)

    def twin(self, environment: str = "") -> CacheKey:
        """By what its score is known, once the environment is."""
        prepared = self.prepared
        return CacheKey(
            self.submission.digest,
            prepared.dataset.fingerprint,
            prepared.grader,
            environment,
            prepared.grading_config,
        )


@dataclass(frozen=True)
class Finished:
    """A ticket and its card. `copied_from` is the submission that was run, where this one was not."""

    job: PendingJob
    graded: Graded
    copied_from: int | None = None


class BatchStore:
    """Keeps a batch's results under a cohort's name. Every verb raises LedgerUnavailable."""

    def __init__(self, ledger: Ledger, note: CohortNote, by: str) -> None:
        self._ledger, self._note, self._by = ledger, note, by
        self.known: dict[Key, Attempt] = {}
        """What had an entry before this batch."""
        self.twins: dict[CacheKey, int] = {}
        """What was run, for any cohort, and its submission."""

    def open(self, handed: Sequence[T]) -> list[T]:
        """Notes everything as pending; gives it back with what failed us before at the end.

        There it does not hold up the others.
        """
        book = self._ledger.cohorts
        before = {_place(each): each.why for each in book.read(self._note.name).pending}
        whys = {_place(each): before.get(_place(each), NOT_YET) for each in handed}
        book.save(
            replace(self._note, pending=tuple(Pending(*found_at, why) for found_at, why in whys.items()))
        )
        attempts = book.attempts(self._note.name)
        self.known = {
            Key(each.entry.learner, each.entry.problem, each.entry.digest): each for each in attempts
        }
        self.twins = dict(book.cached())
        return sorted(handed, key=lambda each: whys[_place(each)] != NOT_YET)

    def keep(
        self, finished: Sequence[Finished], failed: Callable[[PendingJob, Fault], None]
    ) -> dict[Key, int]:
        """Keeps all of them at once, and gives their numbers; what cannot be kept alone has `failed`."""
        try:
            records = self._ledger.record_all(
                (replace(one.graded, submission=one.job.submission), self._companion(one)) for one in finished
            )
        except LedgerUnavailable:
            raise
        except Exception as error:  # noqa: BLE001 - one card that the ledger cannot take must not end the rest
            if len(finished) > 1:
                alone = [self.keep([one], failed) for one in finished]
                return {key: number for numbers in alone for key, number in numbers.items()}
            said = one_line(f"tfprep failed to keep it: {type(error).__name__}: {error}", SENTENCE_LIMIT)
            failed(finished[0].job, Fault(said, FaultKind.GRADER))
            return {}
        return {one.job.key: record.number for one, record in zip(finished, records, strict=True)}

    def copy(self, number: int) -> Graded:
        """What is kept of a submission, to be kept under another name."""
        record, predictions = self._ledger.read(number), self._ledger.predictions(number)
        nobodys = Submission(record.card.problem, "", "", None, b"", record.digest, record.size)
        return without_time(
            Graded(nobodys, record.card, predictions, weight_fingerprint=record.weight_fingerprint)
        )

    def explain(self, pending: Pending) -> None:
        """Keeps why something has no result yet."""
        self._ledger.cohorts.set_reasons(self._note.name, [pending])

    def settle(self, settled: Iterable[Pending]) -> None:
        """These are pending no longer."""
        self._ledger.cohorts.settle(self._note.name, settled)

    def _companion(self, one: Finished) -> CohortEntry | Regraded:
        job = one.job
        if job.attempt is not None:
            return Regraded(
                entry=job.attempt.entry_number,
                grading_config=job.prepared.grading_config,
                inputs=job.prepared.inputs.digest,
                by=self._by,
                why=_AGAIN,
                copied_from=one.copied_from,
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
            copied_from=one.copied_from,
        )


def has_changed(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """Whether its card could come out otherwise today.

    A score depends on data, bands and the grader; whether something can be scored at all, on data and terms.
    """
    card = attempt.record.card
    if card.fingerprints is None or card.fingerprints.data != prepared.dataset.fingerprint:
        return True
    before, now = json.loads(attempt.entry.grading_config), json.loads(prepared.grading_config)
    if card.score is None:
        return bool(before["terms"] != now["terms"])
    return card.fingerprints.grader != prepared.grader or bool(before["bands"] != now["bands"])


def without_time(graded: Graded) -> Graded:
    """The same result, which took no time: it was not run."""
    return replace(graded, card=replace(graded.card, timings=Timings()))


def _place(each: HandedIn | Pending) -> tuple[str, str, str]:
    return each.learner, each.problem, each.found_at
