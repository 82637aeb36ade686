"""Grades submissions side by side: a pool of threads, and in each thread a sandbox of its own."""

from __future__ import annotations

import contextlib
import logging
import threading
import traceback
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import count
from typing import Final, Self

from ...errors import FailedAtFile, SandboxUnavailable, WorkerLost
from ...files.text import SENTENCE_LIMIT, one_line
from ...sandbox import Limits, Outcome, PredictJob, Sandbox, TrainJob, WorkerPool
from ..grade import Graded, grade
from ..submission.submission import Submission
from .prepared_problem import PreparedProblem

logger = logging.getLogger(__name__)

_STOP_SECONDS: Final = 0.5
"""Between two attempts to end all jobs: one may have begun meanwhile."""
WALL_CLOCK_FACTOR: Final = 1.2
"""A job of a batch may take its limit times this by the clock, however busy the machine is."""
_LOOK_SECONDS: Final = 0.5
"""Between two looks whether the pool has more slots than before."""
_STOP_ATTEMPTS: Final = 60
"""After so many, a thread that does not end is left alone."""


@dataclass(frozen=True)
class GradingJob:
    """A submission to grade, and the problem it is for."""

    submission: Submission
    prepared: PreparedProblem


class FaultKind(Enum):
    """Which part of ours failed."""

    SANDBOX = auto()
    """No sandbox could be used: other submissions will have the same fault."""
    WORKER = auto()
    """A worker was lost at this submission, perhaps by its doing."""
    GRADER = auto()
    """The grader failed at this submission alone."""
    FILE = auto()
    """Our code failed at this file, and the same worker answers other models: others have nothing to fear."""


@dataclass(frozen=True)
class Fault:
    """Why a submission has no card: the fault is ours, and no attempt was used."""

    why: str
    kind: FaultKind = FaultKind.SANDBOX
    trace: str = field(default="", repr=False)


GradingOutcome = Graded | Fault


MakePool = Callable[[Limits], WorkerPool]
"""Makes the workers, for the largest of the jobs to come."""
MakeExecutor = Callable[[int], Executor]
"""Makes an executor with at most so many threads."""


def _threads(slots: int) -> Executor:
    return ThreadPoolExecutor(slots, thread_name_prefix="tfprep-worker")


class GradingExecutor:
    """Those who grade for a batch. The pool is made at the first job: a batch without one needs no engine."""

    def __init__(
        self, make_pool: Callable[[], WorkerPool], make_executor: MakeExecutor, stack: ExitStack
    ) -> None:
        self._make_pool, self._make_executor, self._stack = make_pool, make_executor, stack
        self._opened: tuple[GradingThreads, Executor] | None = None

    @property
    def slots(self) -> int:
        """As many as the pool has just now; one until it is made."""
        return 1 if self._opened is None else self._opened[0].slots

    def submit(self, job: GradingJob) -> Future[GradingOutcome]:
        """Grades the submission in a slot, as soon as one is free. An error becomes a `Fault`.

        Raises:
            SandboxUnavailable: the pool cannot be made.
        """
        if self._opened is None:
            pool = self._make_pool()
            threads = self._stack.enter_context(GradingThreads(pool))
            self._opened = threads, self._stack.enter_context(self._make_executor(pool.most_slots))
        threads, executor = self._opened
        return executor.submit(threads.grade, job)

    def stop(self, running: Collection[Future[GradingOutcome]]) -> None:
        """Ends the jobs of these futures at once, and returns when they have ended."""
        if self._opened is not None:
            self._opened[0].stop(running)


@contextmanager
def executor_for(
    make_pool: Callable[[], WorkerPool], make_executor: MakeExecutor = _threads
) -> Iterator[GradingExecutor]:
    """An executor with a thread for each slot of a pool. On leaving, every sandbox is closed."""
    with ExitStack() as stack:
        yield GradingExecutor(make_pool, make_executor, stack)


@contextmanager
def stopping(executor: GradingExecutor, running: Collection[Future[GradingOutcome]]) -> Iterator[None]:
    """Ends what runs where a person stops the command, or our code fails."""
    try:
        yield
    except BaseException:
        executor.stop(tuple(running))
        raise


class GradingThreads:
    """The slots' sandboxes: each is made at its slot's first job, and made again after a fault.

    A thread has a slot for as long as it grades one submission: slots of a cluster become more and fewer.
    """

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._stopping = threading.Event()
        self._changed = threading.Condition()
        self._numbers = count()
        self._free: list[int] = []
        """Slots that nobody uses; the last one is the one that was used last."""
        self._used = 0
        self._opened: dict[int, tuple[Sandbox, ExitStack]] = {}
        """By slot."""

    @property
    def slots(self) -> int:
        """The pool's, just now."""
        return self._pool.slots

    def grade(self, job: GradingJob) -> GradingOutcome:
        """Grades a submission; once more in a new sandbox where the first one failed."""
        outcome = self._try(job)
        try_again = isinstance(outcome, Fault) and outcome.kind in (FaultKind.SANDBOX, FaultKind.WORKER)
        return self._try(job) if try_again and not self._stopping.is_set() else outcome

    def stop(self, running: Collection[Future[GradingOutcome]]) -> None:
        """Ends all jobs at once, and waits until their threads have ended. No job begins from now on."""
        self._stopping.set()
        for _ in range(_STOP_ATTEMPTS):
            # Where the engine does not answer, the workers end themselves when this process has ended.
            with contextlib.suppress(SandboxUnavailable):
                self._pool.end()
            if not wait(running, timeout=_STOP_SECONDS).not_done:
                return

    def __enter__(self) -> GradingThreads:
        return self

    def __exit__(self, *_: object) -> None:
        with ExitStack() as closing:  # all of them, whatever one of them raises
            closing.callback(self._pool.close)
            for made in self._opened.values():
                closing.enter_context(made[1])

    def _try(self, job: GradingJob) -> GradingOutcome:
        try:
            with self._slot() as slot:
                return _grade(job, self._sandbox(slot))
        except FailedAtFile as error:
            return Fault(one_line(str(error), SENTENCE_LIMIT), FaultKind.FILE)
        except SandboxUnavailable as error:
            kind = FaultKind.WORKER if isinstance(error, WorkerLost) else FaultKind.SANDBOX
            return Fault(one_line(str(error), SENTENCE_LIMIT), kind)
        except Exception as error:  # one submission that we fail at must not end the others
            logger.exception("grading failed for submission %s", job.submission.digest)
            why = one_line(f"tfprep failed to grade it: {type(error).__name__}: {error}", SENTENCE_LIMIT)
            return Fault(why, FaultKind.GRADER, trace=traceback.format_exc())

    @contextmanager
    def _slot(self) -> Iterator[int]:
        """A slot, for one submission. Its sandbox is closed where it failed. Raises SandboxUnavailable."""
        with self._changed:
            # One goes on where the pool has no slot: it tells why.
            while not self._stopping.is_set() and self._used >= max(1, self._pool.slots):
                self._changed.wait(_LOOK_SECONDS)
            if self._stopping.is_set():
                raise SandboxUnavailable("The batch was stopped.", "Run the command again to go on.")
            self._used += 1
            slot = self._free.pop() if self._free else next(self._numbers)
        try:
            yield slot
        except FailedAtFile:
            raise
        except SandboxUnavailable:
            self._discard(slot)
            raise
        finally:
            with self._changed:
                self._used -= 1
                self._free.append(slot)
                self._changed.notify()

    def _sandbox(self, slot: int) -> Sandbox:
        """The slot's. Raises SandboxUnavailable."""
        if slot not in self._opened:
            opened = ExitStack()
            sandbox: Sandbox = opened.enter_context(self._pool.make(slot))
            self._opened[slot] = sandbox, opened
        return self._opened[slot][0]

    def _discard(self, slot: int) -> None:
        """Closes the slot's sandbox: the next job gets a new one."""
        if slot in self._opened:
            _, opened = self._opened.pop(slot)
            with contextlib.suppress(SandboxUnavailable):
                opened.close()


@dataclass(frozen=True)
class TimeLimitedSandbox:
    """A sandbox whose jobs others wait for: no file takes more time than WALL_CLOCK_FACTOR allows.

    A job that other programs kept from its time has no verdict then, and is pending.
    """

    sandbox: Sandbox

    @property
    def name(self) -> str:
        """The sandbox's."""
        return self.sandbox.name

    def predict(self, job: PredictJob) -> Outcome:
        """As the sandbox does, within WALL_CLOCK_FACTOR."""
        factor = min(job.limits.wall_clock_factor, WALL_CLOCK_FACTOR)
        return self.sandbox.predict(replace(job, limits=replace(job.limits, wall_clock_factor=factor)))

    def train(self, job: TrainJob) -> Outcome:
        """As the sandbox does, within WALL_CLOCK_FACTOR."""
        factor = min(job.limits.wall_clock_factor, WALL_CLOCK_FACTOR)
        return self.sandbox.train(replace(job, limits=replace(job.limits, wall_clock_factor=factor)))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """The sandbox is closed by who opened it."""


def _grade(job: GradingJob, sandbox: Sandbox) -> Graded:
    prepared = job.prepared
    return grade(job.submission, prepared.evaluation_set, TimeLimitedSandbox(sandbox), policy=prepared.policy)
