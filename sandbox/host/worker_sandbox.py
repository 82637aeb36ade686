"""A sandbox made of workers: one kept warm for models, and one used once for a learner's own code."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ..protocol.contract import Limits
from .sandbox import Outcome, PredictJob, TrainJob
from .worker_client import WorkerClient

_Use = Callable[[WorkerClient], Outcome]


class WorkerSandbox(ABC):
    """What every launcher shares: it has only to say its name and how a worker is launched."""

    def __init__(self) -> None:
        self._warm: WorkerClient | None = None
        self._warm_for: Limits | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """ "docker" or "local"."""

    @abstractmethod
    def launch(self, limits: Limits) -> WorkerClient:
        """A worker that is ready and has room for jobs with these limits. Raises SandboxUnavailable."""

    def fits(self, launched_for: Limits, wanted: Limits) -> bool:
        """Whether a worker launched for some limits has room for a job with others."""
        return (
            launched_for.memory_bytes >= wanted.memory_bytes and launched_for.disk_bytes >= wanted.disk_bytes
        )

    def predict(self, job: PredictJob) -> Outcome:
        """Asks a model, in the warm worker where it brings no code of its own."""
        if job.allow_lambda:
            return self._once(job.limits, lambda link: link.predict(job))
        link = self._warm_link(job.limits)
        try:
            return link.predict(job)
        except BaseException:
            # Also on Ctrl-C: a worker in the middle of a job cannot take the next one.
            self._drop_warm()
            raise

    def train(self, job: TrainJob) -> Outcome:
        """Runs a script, in a worker used once."""
        return self._once(job.limits, lambda link: link.train(job))

    def close(self) -> None:
        """Ends every worker."""
        self._drop_warm()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _once(self, limits: Limits, use: _Use) -> Outcome:
        link = self.launch(limits)
        try:
            return use(link)
        finally:
            link.close()

    def _warm_link(self, limits: Limits) -> WorkerClient:
        if self._warm is None or self._warm_for is None or not self.fits(self._warm_for, limits):
            self._drop_warm()
            self._warm, self._warm_for = self.launch(limits), limits
        return self._warm

    def _drop_warm(self) -> None:
        link, self._warm = self._warm, None
        if link is not None:
            link.close()
