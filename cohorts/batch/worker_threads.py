"""Where submissions are graded side by side: a thread each, and in each thread a sandbox of its own."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Callable, Collection, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum, auto
from itertools import count
from typing import Final, Protocol

from ...errors import SandboxUnavailable, WorkerLost
from ...files.text import SENTENCE_LIMIT, one_line
from ...grader.grade import Graded, grade
from ...grader.submission.submission import Submission
from ...sandbox import Sandbox
from ..prepared_problem import PreparedProblem

_SWEEP_SECONDS: Final = 0.5
"""Between two looks whether a job that was begun while everything was ended is running on."""
_PATIENCE: Final = 60
"""Looks, before a thread that does not come to its end is left alone."""


class WorkerPool(Protocol):
    """What workers are made from: `sandbox.pool.Crew`, or a stand-in."""

    @property
    def workers(self) -> int: ...
    @property
    def make(self) -> Callable[[int], Sandbox]: ...
    @property
    def end(self) -> Callable[[], None]: ...


@dataclass(frozen=True)
class GradingJob:
    """A submission to grade, and on what."""

    submission: Submission
    prepared: PreparedProblem


class FaultKind(Enum):
    """What of ours broke."""

    SANDBOX = auto()
    """It could not be used: others will meet the same."""
    WORKER = auto()
    """One was lost at this submission, which may have seen to it: others need not meet the same."""
    GRADER = auto()
    """We failed at this submission alone."""


@dataclass(frozen=True)
class Fault:
    """Why a submission has no card: the fault is ours, and no attempt was used."""

    why: str
    kind: FaultKind = FaultKind.SANDBOX
    trace: str = field(default="", repr=False)
    """For whoever repairs it."""


GradingOutcome = Graded | Fault


@dataclass(frozen=True)
class GradingExecutor:
    """An executor and what it is given to do: everything a batch needs to know of those who work for it."""

    executor: Executor
    work: Callable[[GradingJob], GradingOutcome]
    """Never raises: what goes wrong is a `Fault`."""
    workers: int
    stop: Callable[[Collection[Future[GradingOutcome]]], None]
    """Ends the jobs of these futures at once, and returns when they have ended."""


@contextmanager
def executor_for(pool: WorkerPool) -> Iterator[GradingExecutor]:
    """A crew at work, each of them in a thread. When it is left, every sandbox is closed."""
    with (
        GradingThreads(pool) as stations,
        ThreadPoolExecutor(pool.workers, thread_name_prefix="tfprep-worker") as executor,
    ):
        yield GradingExecutor(executor, stations.work, pool.workers, stations.stop)


class GradingThreads:
    """The threads' sandboxes, each made when its thread gets its first job, and anew after a fault."""

    def __init__(self, pool: WorkerPool) -> None:
        self._pool = pool
        self._numbers = count()
        self._here = threading.local()
        self._stopping = threading.Event()
        self._all: set[ExitStack] = set()

    def work(self, job: GradingJob) -> GradingOutcome:
        """Grades a submission; a second time in a fresh sandbox where the first one failed it."""
        fault = self._try(job)
        can_be_mended = isinstance(fault, Fault) and fault.kind is not FaultKind.GRADER
        return self._try(job) if can_be_mended and not self._stopping.is_set() else fault

    def stop(self, running: Collection[Future[GradingOutcome]]) -> None:
        """Ends what runs, at once, and waits for the threads to notice. No job is begun from now on."""
        self._stopping.set()
        for _ in range(_PATIENCE):
            # An engine out of reach ends nothing: then the workers end themselves when we are gone.
            with contextlib.suppress(SandboxUnavailable):
                self._pool.end()
            if not wait(running, timeout=_SWEEP_SECONDS).not_done:
                return

    def __enter__(self) -> GradingThreads:
        return self

    def __exit__(self, *_: object) -> None:
        for opened in tuple(self._all):
            opened.close()

    def _try(self, job: GradingJob) -> GradingOutcome:
        try:
            return _grade(job, self._sandbox())
        except SandboxUnavailable as error:
            self._discard()
            kind = FaultKind.WORKER if isinstance(error, WorkerLost) else FaultKind.SANDBOX
            return Fault(one_line(f"{error.what.rstrip('.')}. {error.remedy}".strip(), SENTENCE_LIMIT), kind)
        except Exception as error:  # noqa: BLE001 - one submission that we fail at must not end the others'
            said = one_line(f"tfprep failed at it: {type(error).__name__}: {error}", SENTENCE_LIMIT)
            return Fault(said, FaultKind.GRADER, trace=traceback.format_exc())

    def _sandbox(self) -> Sandbox:
        """This thread's. Raises SandboxUnavailable."""
        if self._stopping.is_set():
            raise SandboxUnavailable("The batch was stopped.", "Run the command again to go on.")
        known: Sandbox | None = getattr(self._here, "sandbox", None)
        if known is not None:
            return known
        if not hasattr(self._here, "slot"):
            self._here.slot = next(self._numbers)
        opened = ExitStack()
        self._here.sandbox = opened.enter_context(self._pool.make(self._here.slot))
        self._here.opened = opened
        self._all.add(opened)
        sandbox: Sandbox = self._here.sandbox
        return sandbox

    def _discard(self) -> None:
        """Closes this thread's sandbox: the next job gets a fresh one."""
        opened: ExitStack | None = getattr(self._here, "opened", None)
        self._here.sandbox = self._here.opened = None
        if opened is not None:
            self._all.discard(opened)
            with contextlib.suppress(SandboxUnavailable):
                opened.close()


def _grade(job: GradingJob, sandbox: Sandbox) -> Graded:
    """The card of a submission; with what speaks for knowing the questions by heart, where something does."""
    prepared = job.prepared
    graded = grade(job.submission, prepared.evaluation_set, sandbox, policy=prepared.policy)
    return prepared.augmentations.add_to(graded)
