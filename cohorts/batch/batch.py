"""Grading everyone: what is missing is graded, what is known is not, and each result is kept as it comes.

The trusted process reads each file, knows it by its digest and decides: it has an entry already, it is a twin
of one that was run before, or it is run. A team works on a small window of jobs, so that memory does not grow
with the cohort. What has finished is committed together, before it is shown: killed at any moment, a batch
loses at most what was running, and the next one takes up where it was.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from ...errors import BadSubmission
from ...files.text import SENTENCE_LIMIT, one_line
from ...grader.grade import Graded
from ...grader.records.cohort import Attempt, CacheKey, CohortNote, Pending
from ...grader.scoring.card import Verdict
from ...grader.submission.submission import Submission
from ..prepared_problem import PreparedProblem
from .batch_store import NOT_YET, BatchStore, Finished, HandedIn, Key, PendingJob, has_changed, without_time
from .interruption import listening
from .progress import OnProgress, Progress, Tally, ignore_progress
from .worker_threads import Fault, FaultKind, GradingExecutor, GradingJob, GradingOutcome

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

T = TypeVar("T", bound=HandedIn)

MOST_FAULTS: Final = 3
"""So many submissions in a row that the sandbox fails, and the batch stops: it is broken."""
MOST_BUGS: Final = 20
"""So many in a row that we fail at, or lose a worker at: a few strange ones must not stop the rest."""
MOST_AT_ONCE: Final = 64
"""Submissions on their way to the team: it is kept busy, and what finishes fast is committed together."""
MOST_BYTES_AT_ONCE: Final = 64 * 2**20
"""Of all these together; the team is kept busy all the same."""
_SETTLED_AT_ONCE: Final = 500
_GLANCE_SECONDS: Final = 0.25
"""Between two looks whether somebody asked to stop."""

RunAgain = Callable[[Attempt, PreparedProblem], bool]
"""Whether something that has an entry is to be graded again."""


def never(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """What has a score keeps it."""
    return False


class Batch(Generic[T]):
    """One run over a cohort. `on_progress` is told after each commit how far it has come."""

    def __init__(
        self,
        ledger: Ledger,
        note: CohortNote,
        prepared_problems: Mapping[str, PreparedProblem],
        by: str,
        on_progress: OnProgress = ignore_progress,
    ) -> None:
        self._ledger, self._note, self._prepared, self._on_progress = (
            ledger,
            note,
            prepared_problems,
            on_progress,
        )
        self._store = BatchStore(ledger, note, by)
        self._tally = Tally()
        self._verdicts: Counter[Verdict] = Counter()
        self._entered: set[Key] = set()
        """What got an entry in this batch."""
        self._running: dict[Future[GradingOutcome], PendingJob] = {}
        self._followers: dict[Key, list[PendingJob]] = {}
        """Of everything on its way: the same bytes of the same learner, at other places."""
        self._waiting: dict[CacheKey, list[PendingJob]] = {}
        """Of everything that runs: the same model of others."""
        self._ready: list[Finished] = []
        self._settled: list[Pending] = []
        self._environment = ""
        """Where models run now; empty until one has run."""
        self._faults = self._bugs = 0
        """In a row."""
        self._done = 0

    def run(
        self,
        handed: Sequence[T],
        read: Callable[[T], Submission],
        executor: GradingExecutor,
        run_again: RunAgain = never,
    ) -> Tally:
        """Grades what has no result yet, and what has one for which `run_again` says so.

        Raises:
            CohortBusy: another program is grading this cohort.
            LedgerUnavailable: what was shown until then is kept.
            KeyboardInterrupt: what ran was ended; everything that had finished is kept.
        """
        began = monotonic()
        with self._ledger.cohorts.lock(self._note.name), listening() as asked_to_stop:
            source = self._take(self._store.open(handed), read, run_again)
            try:
                while self._fill(source, executor) or self._running or self._ready:
                    self._collect(self._finished())
                    self._call_off()
                    self._show(len(handed), began)
                    if asked_to_stop.is_set():
                        raise KeyboardInterrupt
            except BaseException:
                executor.stop(self._running)
                raise
            finally:
                if asked_to_stop.is_set():
                    self._collect([future for future in self._running if _has_card(future)])
            self._settle()
            self._show(len(handed), began)
        return self._tally

    def _take(
        self, todo: Iterable[T], read: Callable[[T], Submission], run_again: RunAgain
    ) -> Iterator[tuple[PendingJob, Submission] | None]:
        """Reads one file after another: those to be graded; None for what needs no more than a note."""
        for each in todo:
            pending = Pending(each.learner, each.problem, each.found_at, NOT_YET)
            prepared = self._prepared[each.problem]
            read_or_not = _try_to_read(each, read)
            if isinstance(read_or_not, Fault):
                self._give_up(pending, read_or_not)
                yield None
                continue
            attempt = self._store.known.get(Key(each.learner, each.problem, read_or_not.digest))
            job = PendingJob(pending, replace(read_or_not, artifact=b""), prepared, each.when, attempt)
            if job.key in self._entered or (attempt is not None and not run_again(attempt, prepared)):
                self._tally.changed += attempt is not None and has_changed(attempt, prepared)
                self._pass(job)
                yield None
            else:
                yield job, read_or_not

    def _fill(
        self, source: Iterator[tuple[PendingJob, Submission] | None], executor: GradingExecutor
    ) -> bool:
        """Keeps the team busy. False when there is nothing more to take."""
        while self._has_room(executor):
            if self._tally.stopped or len(self._settled) >= _SETTLED_AT_ONCE:
                return not self._tally.stopped
            try:
                taken = next(source)
            except StopIteration:
                return False
            if taken is not None:
                self._send(*taken, executor)
        return True

    def _has_room(self, executor: GradingExecutor) -> bool:
        count = len(self._running) + len(self._ready)
        if self._store.twins and not self._environment:
            # One goes ahead, to tell where models run now: only then is it known what was run there before.
            return count == 0
        if count <= executor.workers:
            return True
        held = sum(job.submission.size for job in self._running.values())
        return count < MOST_AT_ONCE and held < MOST_BYTES_AT_ONCE

    def _send(self, job: PendingJob, submission: Submission, executor: GradingExecutor) -> None:
        """Sends a submission where its result will come from: a twin, or the team."""
        if job.key in self._followers:
            self._followers[job.key].append(job)
            return
        self._followers[job.key] = []
        number = self._store.twins.get(job.twin(self._environment)) if self._environment else None
        if job.twin() in self._waiting:
            self._waiting[job.twin()].append(job)
        elif number is not None:
            self._ready.append(Finished(job, self._store.copy(number), number))
        else:
            self._waiting[job.twin()] = []
            self._running[executor.executor.submit(executor.work, GradingJob(submission, job.prepared))] = job

    def _finished(self) -> Iterable[Future[GradingOutcome]]:
        """What has finished, in the order it was sent; waits a while where nothing is ready to be kept."""
        if not self._running:
            return ()
        done = wait(self._running, 0 if self._ready else _GLANCE_SECONDS, FIRST_COMPLETED).done
        return [future for future in self._running if future in done]

    def _collect(self, finished: Iterable[Future[GradingOutcome]]) -> None:
        """Keeps what has finished, then what waited for it."""
        for future in finished:
            job, done = self._running[future], future.result()
            if isinstance(done, Graded):
                self._ready.append(Finished(job, done))
            else:
                self._fail(job, done)
            del self._running[future]
        while self._ready:
            ready = tuple(self._ready)
            numbers = self._store.keep(ready, self._fail)
            # Only now: an interruption before this loses nothing.
            del self._ready[: len(ready)]
            for one in ready:
                if one.job.key in numbers:
                    self._count(one, numbers[one.job.key])
        if len(self._settled) >= _SETTLED_AT_ONCE:
            self._settle()

    def _count(self, one: Finished, number: int) -> None:
        """Something was kept: counts it, and passes its result on to those who waited for it."""
        job, card = one.job, one.graded.card
        self._entered.add(job.key)
        self._verdicts[card.verdict] += 1
        self._done += 1
        self._faults = self._bugs = 0
        if job.attempt is not None:
            self._settled.append(job.pending)
        for follower in self._followers.pop(job.key, ()):
            self._pass(follower)
        if one.copied_from is not None:
            self._tally.copied += 1
            return
        self._tally.graded += 1
        if card.fingerprints is not None and job.submission.kind is not None:
            self._environment = card.fingerprints.environment
            self._store.twins[job.twin(self._environment)] = number
        for waiting in self._waiting.pop(job.twin(), ()):
            self._ready.append(Finished(waiting, without_time(one.graded), number))

    def _fail(self, job: PendingJob, fault: Fault) -> None:
        """No result for now: not for this one, nor for those who waited for it."""
        for one in (job, *self._waiting.pop(job.twin(), ())):
            for same in (one, *self._followers.pop(one.key, ())):
                self._give_up(same.pending, fault)
        self._faults += fault.kind is FaultKind.SANDBOX
        self._bugs += fault.kind is not FaultKind.SANDBOX
        if (self._faults >= MOST_FAULTS or self._bugs >= MOST_BUGS) and not self._tally.stopped:
            self._tally.stopped = fault.why

    def _call_off(self) -> None:
        """Once the batch is stopped, takes back what nobody has begun: it stays as it was, not graded yet."""
        if not self._tally.stopped:
            return
        for future in [future for future in self._running if future.cancel()]:
            job = self._running.pop(future)
            self._waiting.pop(job.twin(), None)

    def _give_up(self, pending: Pending, fault: Fault) -> None:
        self._store.explain(replace(pending, why=fault.why))
        self._tally.faults[pending.found_at] = fault
        self._verdicts[Verdict.OUR_FAULT] += 1
        self._done += 1

    def _pass(self, job: PendingJob) -> None:
        """It has an entry already."""
        self._tally.known += 1
        self._settled.append(job.pending)
        self._done += 1

    def _settle(self) -> None:
        settled, self._settled = self._settled, []
        if settled:
            self._store.settle(settled)

    def _show(self, total: int, began: float) -> None:
        self._on_progress(Progress(total, self._done, dict(self._verdicts), monotonic() - began))


def _try_to_read(each: T, read: Callable[[T], Submission]) -> Submission | Fault:
    try:
        return read(each)
    except (BadSubmission, OSError) as error:
        return Fault(one_line(str(error), SENTENCE_LIMIT), FaultKind.GRADER)
    except Exception as error:  # noqa: BLE001 - one file that we fail at must not end the others
        said = one_line(f"tfprep failed to read it: {type(error).__name__}: {error}", SENTENCE_LIMIT)
        return Fault(said, FaultKind.GRADER)


def _has_card(future: Future[GradingOutcome]) -> bool:
    return future.done() and isinstance(future.result(), Graded)
