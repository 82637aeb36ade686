"""Grades a cohort's submissions side by side: only what has no result yet, and each result is stored at once.

Each file is read and known by its digest. It is graded already, or the same model was run before, or it is
run. Few jobs are under way at a time, so that memory does not grow with the cohort. Results are committed
before they are shown: a batch that is killed loses at most what was running, and the next one goes on there.
"""

from __future__ import annotations

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import replace
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Final, Generic

from ...errors import BadSubmission, FailedAtFile, OurFault
from ...files.text import SENTENCE_LIMIT, one_line
from ...grader.grade import Graded
from ...grader.parallel.prepared_problem import PreparedProblem, has_changed
from ...grader.parallel.worker_threads import Fault, FaultKind, GradingExecutor, GradingJob, GradingOutcome
from ...grader.records.cohort import Pending
from ...grader.records.cohort_runs import Attempt, CacheKey, CohortNote
from ...grader.scoring.card import Verdict
from ...grader.scoring.reasons import FaultClass
from ...grader.submission.submission import Submission
from .batch_store import NOT_YET, BatchStore, EntryKey, FinishedJob, PendingJob, T, not_run
from .progress import BatchCounts, OnProgress, Progress, ignore_progress, stop_requests

if TYPE_CHECKING:
    from ...grader.ledger import Ledger

logger = logging.getLogger(__name__)

MAX_SANDBOX_FAULTS: Final = 3
"""After so many in a row the batch stops: the sandbox does not work."""
MAX_OTHER_FAULTS: Final = 20
"""After so many in a row the batch stops. A few strange submissions must not stop the others."""
MAX_JOBS: Final = 64
"""Jobs under way at once. More than workers, so that these are always busy."""
MAX_BYTES: Final = 64 * 2**20
"""Of the submissions under way at once; never fewer jobs than workers."""
_SETTLE_AT_ONCE: Final = 500
_CAME_LATE: Final = "It was handed in while this run had begun. Run the command again."
_WAIT_SECONDS: Final = 0.25
"""Between two checks whether a person wants to stop."""

RunAgain = Callable[[Attempt, PreparedProblem], bool]
"""Whether a submission that was graded before is run again."""


def never(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """What was graded before is not run again."""
    return False


class Batch(Generic[T]):
    """One run over a cohort.

    Args:
        ledger: where results are stored.
        note: the cohort: its name, roster, rules and unmatched files, and who grades it.
        prepared: each problem for which something must run, and others that are at hand.
        on_progress: called after each commit.
        reason: why something is run again, for the audit.
    """

    def __init__(
        self,
        ledger: Ledger,
        note: CohortNote,
        prepared: Mapping[str, PreparedProblem],
        on_progress: OnProgress = ignore_progress,
        reason: str = "",
    ) -> None:
        self._ledger, self._note, self._prepared, self._on_progress = ledger, note, prepared, on_progress
        self._store = BatchStore(ledger, note, reason)
        self._tally = BatchCounts()
        self._verdicts: Counter[Verdict] = Counter()
        self._stored: set[EntryKey] = set()
        """Entries made in this batch."""
        self._running: dict[Future[GradingOutcome], PendingJob] = {}
        self._same_entry: dict[EntryKey, list[PendingJob]] = {}
        """For each entry under way: the other jobs for the same bytes of the same learner."""
        self._same_model: dict[CacheKey, list[PendingJob]] = {}
        """For each model that runs: the other learners' jobs for the same model."""
        self._finished: list[FinishedJob] = []
        self._queue: deque[T] = deque()
        """Files that are still to be read."""
        self._file_of: dict[Pending, T] = {}
        """The files of the jobs that wait for the same model."""
        self._settled: dict[Pending, str] = {}
        """Files that have an entry already, and their digests."""
        self._environment = ""
        """Of the sandbox, as a fingerprint; empty until a model has run."""
        self._sandbox_faults = self._other_faults = 0
        """In a row."""
        self._done = 0

    def run(
        self,
        files: Sequence[T],
        read: Callable[[T], Submission],
        executor: GradingExecutor,
        run_again: RunAgain = never,
    ) -> BatchCounts:
        """Grades every file that has no result yet, and those for which `run_again` says so.

        Raises:
            CohortBusy: another program is grading this cohort.
            LedgerUnavailable: what was shown until then is stored.
            KeyboardInterrupt: a person stopped it. Running jobs were ended; every result is stored.
        """
        began = monotonic()
        with self._ledger.cohorts.lock(self._note.name), stop_requests() as stop:
            self._queue.extend(self._store.open(files))
            take = partial(self._take, read=read, run_again=run_again)
            try:
                while self._fill(take, executor) or self._running or self._finished:
                    self._collect(self._wait())
                    self._cancel_if_stopped()
                    self._report(len(files), began)
                    if stop.is_set():
                        raise KeyboardInterrupt
            except BaseException:
                executor.stop(self._running)
                raise
            finally:
                if stop.is_set():
                    self._collect([future for future in self._running if _has_card(future)])
            self._settle()
            self._report(len(files), began)
        return self._tally

    def _take(
        self, file: T, read: Callable[[T], Submission], run_again: RunAgain
    ) -> tuple[PendingJob, Submission] | None:
        """Reads a file. Returns what is to be graded; None where it has a result, or cannot have one now."""
        pending = Pending(file.learner, file.problem, file.found_at, NOT_YET, file.handed_in, file.is_late)
        submission = _try_to_read(file, read)
        if isinstance(submission, Fault):
            self._give_up(pending, submission)
            return None
        key = EntryKey(file.learner, file.problem, submission.digest)
        attempt, prepared = self._store.known.get(key), self._prepared.get(file.problem)
        runs_again = attempt is not None and prepared is not None and run_again(attempt, prepared)
        if key in self._stored or (attempt is not None and not runs_again):
            is_other = attempt is not None and prepared is not None and has_changed(attempt, prepared)
            self._tally.changed += is_other
            self._count_known(pending, submission.digest)
            return None
        if prepared is None:
            self._give_up(pending, Fault(_CAME_LATE, FaultKind.GRADER))
            return None
        job = PendingJob(pending, replace(submission, artifact=b""), prepared, file.handed_in, attempt)
        self._file_of[pending] = file
        return job, submission

    def _fill(
        self, take: Callable[[T], tuple[PendingJob, Submission] | None], executor: GradingExecutor
    ) -> bool:
        """Gives the executor jobs while it has room. False when there are no more."""
        while self._has_room(executor):
            if self._tally.stopped or len(self._settled) >= _SETTLE_AT_ONCE:
                return not self._tally.stopped
            if not self._queue:
                return False
            taken = take(self._queue.popleft())
            if taken is not None:
                self._send(*taken, executor)
        return True

    def _has_room(self, executor: GradingExecutor) -> bool:
        count = len(self._running) + len(self._finished)
        if self._store.cached and not self._environment:
            # One job runs alone first: only then is the environment known, and with it what was run there.
            return count == 0
        if count <= executor.slots:
            return True
        size = sum(job.submission.size for job in self._running.values())
        return count < MAX_JOBS and size < MAX_BYTES

    def _send(self, job: PendingJob, submission: Submission, executor: GradingExecutor) -> None:
        """Runs a submission, or waits for the same one, or copies a result from before."""
        if job.key in self._same_entry:
            self._same_entry[job.key].append(job)
            return
        self._same_entry[job.key] = []
        number = self._store.cached.get(job.cache_key(self._environment)) if self._environment else None
        if job.cache_key() in self._same_model:
            self._same_model[job.cache_key()].append(job)
        elif number is not None:
            self._finished.append(FinishedJob(job, self._store.copy(number), number))
        else:
            self._same_model[job.cache_key()] = []
            self._running[executor.submit(GradingJob(submission, job.prepared))] = job

    def _wait(self) -> Iterable[Future[GradingOutcome]]:
        """The jobs that have ended, in the order they were sent; waits a while where there is nothing."""
        if not self._running:
            return ()
        done = wait(self._running, 0 if self._finished else _WAIT_SECONDS, FIRST_COMPLETED).done
        return [future for future in self._running if future in done]

    def _collect(self, ended: Iterable[Future[GradingOutcome]]) -> None:
        """Stores the results of what has ended, then of the jobs that waited for the same model."""
        for future in ended:
            job, outcome = self._running[future], future.result()
            if isinstance(outcome, Graded):
                self._finished.append(FinishedJob(job, outcome))
            else:
                self._fail(job, outcome)
            del self._running[future]
        while self._finished:
            finished = tuple(self._finished)
            numbers = self._store.keep(finished, self._fail)
            # Only now: an interruption before this loses nothing.
            del self._finished[: len(finished)]
            for each in finished:
                if each.job.key in numbers:
                    self._count(each, numbers[each.job.key])
        if len(self._settled) >= _SETTLE_AT_ONCE:
            self._settle()

    def _count(self, finished: FinishedJob, number: int) -> None:
        """A result was stored: counts it, and passes it on to the jobs that waited for it."""
        job, card = finished.job, finished.graded.card
        self._stored.add(job.key)
        self._verdicts[card.verdict] += 1
        self._done += 1
        self._sandbox_faults = self._other_faults = 0
        if job.attempt is not None:
            self._settled[job.pending] = job.submission.digest
        for same in self._same_entry.pop(job.key, ()):
            self._count_known(same.pending, same.submission.digest)
        if finished.copied_from is not None:
            self._tally.copied += 1
            return
        self._tally.graded += 1
        if card.fingerprints is not None and job.submission.kind is not None:
            self._environment = card.fingerprints.environment
        waiting = self._same_model.pop(job.cache_key(), [])
        if finished.graded.fault is FaultClass.TIME:
            # Of what took too long once, another run may end otherwise: nobody shares it unseen.
            self._read_again(waiting)
            return
        if card.fingerprints is not None and job.submission.kind is not None:
            self._store.cached[job.cache_key(self._environment)] = number
        for same in waiting:
            self._finished.append(FinishedJob(same, not_run(finished.graded), number))

    def _read_again(self, jobs: Iterable[PendingJob]) -> None:
        """Puts the files of these jobs, and of those that wait for their entries, back at the front."""
        again = [same for job in jobs for same in (job, *self._same_entry.pop(job.key, ()))]
        self._queue.extendleft(self._file_of[job.pending] for job in reversed(again))

    def _fail(self, job: PendingJob, fault: Fault) -> None:
        """No result for now, also for the jobs that waited for this one."""
        for each in (job, *self._same_model.pop(job.cache_key(), ())):
            for same in (each, *self._same_entry.pop(each.key, ())):
                self._give_up(same.pending, fault)
        self._sandbox_faults += fault.kind is FaultKind.SANDBOX
        self._other_faults += fault.kind in (FaultKind.WORKER, FaultKind.GRADER)
        too_many = self._sandbox_faults >= MAX_SANDBOX_FAULTS or self._other_faults >= MAX_OTHER_FAULTS
        if too_many and not self._tally.stopped:
            logger.error("the batch stops after faults in a row: %s", fault.why)
            self._tally.stopped = fault.why

    def _cancel_if_stopped(self) -> None:
        """Once the batch is stopped: cancels the jobs that no worker has begun. They stay pending."""
        if not self._tally.stopped:
            return
        for future in [future for future in self._running if future.cancel()]:
            job = self._running.pop(future)
            self._same_model.pop(job.cache_key(), None)

    def _give_up(self, pending: Pending, fault: Fault) -> None:
        self._store.explain(replace(pending, why=fault.why))
        self._tally.faults[pending.found_at] = fault
        self._verdicts[Verdict.OUR_FAULT] += 1
        self._done += 1

    def _count_known(self, pending: Pending, digest: str) -> None:
        self._tally.known += 1
        self._settled[pending] = digest
        self._done += 1

    def _settle(self) -> None:
        settled, self._settled = self._settled, {}
        if settled:
            self._store.resolve_pending(settled)

    def _report(self, total: int, began: float) -> None:
        spent = monotonic() - began
        self._on_progress(Progress(total, self._done, dict(self._verdicts), spent, self._note.name))


def _try_to_read(file: T, read: Callable[[T], Submission]) -> Submission | Fault:
    try:
        return read(file)
    except FailedAtFile as error:
        return Fault(one_line(str(error), SENTENCE_LIMIT), FaultKind.FILE)
    except (BadSubmission, OurFault, OSError) as error:
        return Fault(one_line(str(error), SENTENCE_LIMIT), FaultKind.GRADER)
    except Exception as error:  # one file that we fail at must not end the others
        logger.exception("a submission for %s could not be read", file.problem)
        why = one_line(f"tfprep failed to read it: {type(error).__name__}: {error}", SENTENCE_LIMIT)
        return Fault(why, FaultKind.GRADER)


def _has_card(future: Future[GradingOutcome]) -> bool:
    return future.done() and isinstance(future.result(), Graded)
