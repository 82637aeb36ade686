"""What both sandboxes share: a warm worker for models, and a new one for each script or Lambda layer.

Whose fault it is where a model cannot be used, is settled here: a worker answers a model that is known to be
good when it starts, and again before a submission is blamed for what a broken worker could explain.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Self

from ...errors import FailedAtFile
from ..protocol.contract import Limits
from . import canary
from .sandbox import Outcome, PredictJob, TrainJob
from .worker_client import WorkerClient


class WorkerSandbox(ABC):
    """A sandbox of workers. A subclass has a name, and starts them."""

    def __init__(self) -> None:
        self._warm: WorkerClient | None = None
        self._warm_limits: Limits | None = None

    @property
    @abstractmethod
    def name(self) -> str:
        """ "docker" or "local"."""

    @abstractmethod
    def launch(self, limits: Limits) -> WorkerClient:
        """A worker that is ready, with room for jobs with these limits. Raises SandboxUnavailable."""

    def fits(self, launched_for: Limits, wanted: Limits) -> bool:
        """Whether a worker launched for some limits has room for a job with others."""
        return (
            launched_for.memory_bytes >= wanted.memory_bytes and launched_for.disk_bytes >= wanted.disk_bytes
        )

    def predict(self, job: PredictJob) -> Outcome:
        """Predicts in the warm worker, or in a new one where the model brings code of its own."""
        if job.allow_lambda:
            return self._in_new_worker(job.limits, lambda client: client.predict(job))
        client = self._warm_worker(job.limits)
        try:
            outcome = predict_for_sure(client, job)
            if client.has_ended:
                self._end_warm_worker()
            return outcome
        except FailedAtFile:
            raise  # The worker answers other models.
        except BaseException:
            # Also on Ctrl-C: a worker in the middle of a job cannot take the next one.
            self._end_warm_worker()
            raise

    def train(self, job: TrainJob) -> Outcome:
        """Runs a script in a new worker."""
        return self._in_new_worker(job.limits, lambda client: client.train(job))

    def close(self) -> None:
        """Ends every worker."""
        self._end_warm_worker()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _in_new_worker(self, limits: Limits, use: Callable[[WorkerClient], Outcome]) -> Outcome:
        client = self._launch_tried(limits)
        try:
            return use(client)
        finally:
            client.close()

    def _launch_tried(self, limits: Limits) -> WorkerClient:
        """A worker that has answered a model that is known to be good. Raises SandboxUnavailable."""
        client = self.launch(limits)
        try:
            canary.check_canary(client, canary.FIRST)
        except BaseException:
            client.close()
            raise
        return client

    def _warm_worker(self, limits: Limits) -> WorkerClient:
        if self._warm is None or self._warm_limits is None or not self.fits(self._warm_limits, limits):
            self._end_warm_worker()
            self._warm, self._warm_limits = self._launch_tried(limits), limits
        return self._warm

    def _end_warm_worker(self) -> None:
        client, self._warm = self._warm, None
        if client is not None:
            client.close()


def predict_for_sure(client: WorkerClient, job: PredictJob) -> Outcome:
    """The outcome of a job; where it failed, the worker has answered the model that is known to be good.

    Raises:
        SandboxUnavailable: the worker does not answer that model.
        FailedAtFile: it does, and our own code failed at the job's.
        WorkerLost: the worker broke.
    """
    try:
        outcome = client.predict(job)
    except FailedAtFile:
        canary.check_canary(client, job.kind)
        raise
    if canary.is_in_doubt(outcome) and not client.has_ended:
        canary.check_canary(client, job.kind)
    return outcome
