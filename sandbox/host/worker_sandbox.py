"""What both sandboxes share: a warm worker for models, and a new one for each script.

Whose fault it is where a model cannot be used, is settled here: a worker answers a model that is known to be
good when it starts, and again before a submission is blamed for what a broken worker could explain. For a
script, whose own worker serves nothing else, the warm one answers.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, Self, runtime_checkable

import numpy as np

from ...errors import FailedAtFile, SandboxUnavailable, WorkerLost
from ..protocol.contract import ArtifactKind, InputForm, Limits
from ..protocol.packing import pack_inputs
from .reply import log_fault
from .sandbox import Ending, Outcome, PredictJob, TrainJob
from .worker_client import JobReply, Transport, WorkerClient

if TYPE_CHECKING:
    from .kept_worker import DetachedWorker, KeptWorker, KeptWorkers
    from .reply import ParsedReply

logger = logging.getLogger(__name__)

FIRST: Final = ArtifactKind.H5
"""The form that a new worker answers: it is inspected, rewritten and loaded with classes of ours."""
TRIED: Final = {"keras": "3.15", "tensorflow": "2.21"}
"""The newest release of each that tfprep was tried with: `pyproject.toml` allows none after it."""
_FILES: Final = {
    ArtifactKind.H5: "model.h5",
    ArtifactKind.KERAS: "model.keras",
    ArtifactKind.SAVED_MODEL: "saved_model.zip",
}
_FOLDER: Final = Path(__file__).parent / "canary_models"
_INPUTS: Final = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
_PREDICTIONS: Final = np.array([[1321], [1654]], np.float32)
_SECONDS: Final = 60.0
_REST_SECONDS: Final = 5.0
"""For a worker that does nothing to remove what its last job left; one that takes longer is not used."""
_IN_DOUBT: Final = (
    "crashed",
    "custom_layer",
    "load_raised",
    "model_raised",
    "no_reply",
    "not_a_model",
    "not_numbers",
    "raised",
)
"""Refusal codes of what a broken installation could bring about as well as a broken model."""


@runtime_checkable
class DetachableTransport(Transport, Protocol):
    """The streams of a worker that can outlive this process."""

    def detach(self) -> DetachedWorker:
        """The worker for its keeper: its streams where that lacks them, and where the worker is."""

    def release(self) -> None:
        """Closes the streams in this process: the worker goes on."""


class WorkerSandbox(ABC):
    """A sandbox of workers. A subclass has a name, and starts them."""

    def __init__(self) -> None:
        self._warm: WorkerClient | None = None
        self._warm_limits: Limits | None = None
        self._kept_workers: KeptWorkers | None = None
        self._taken: KeptWorker | None = None
        """Of the warm worker, where it was kept."""
        self.reply: JobReply | None = None
        """Of the last job that ended, unread; None where none came back."""

    def keep_worker(self, kept_workers: KeptWorkers | None) -> Self:
        """Takes its first worker from there, and leaves it there at the end; not where that is None."""
        self._kept_workers = kept_workers
        return self

    @property
    @abstractmethod
    def name(self) -> str:
        """ "docker" or "local"."""

    @abstractmethod
    def launch(self, limits: Limits, *, for_script: bool = False) -> WorkerClient:
        """A worker that is ready, with room for jobs with these limits. Raises SandboxUnavailable.

        Args:
            for_script: it serves one script and no model: it has not loaded TensorFlow.
        """

    @abstractmethod
    def key(self) -> str:
        """All that decides how a worker runs here, beside its limits: one with another key is not taken."""

    @abstractmethod
    def reattach(self, detached: DetachedWorker) -> DetachableTransport:
        """The streams of a worker that was kept. Raises OSError."""

    def fits(self, launched_for: Limits, wanted: Limits) -> bool:
        """Whether a worker launched for some limits has room for a job with others."""
        return (
            launched_for.memory_bytes >= wanted.memory_bytes and launched_for.disk_bytes >= wanted.disk_bytes
        )

    def predict(self, job: PredictJob) -> Outcome:
        """Predicts in the warm worker."""
        self.reply = None
        client = self._warm_worker(job.limits)
        try:
            outcome = predict_for_sure(client, job)
            self.reply = client.reply
            if client.has_ended:
                self._end_warm_worker()
            return outcome
        except FailedAtFile:
            self.reply = client.reply
            if client.has_ended:
                self._end_warm_worker()
            raise  # The worker answers other models.
        except BaseException:
            # Also on Ctrl-C: a worker in the middle of a job cannot take the next one.
            self._end_warm_worker()
            raise

    def train(self, job: TrainJob) -> Outcome:
        """Runs a script in a new worker; where that fails, the warm one answers a good model first."""
        self.reply = None
        client = self.launch(job.limits, for_script=True)
        try:
            outcome = client.train(job)
        finally:
            client.close()
        environment = outcome.environment
        if outcome.ending is not Ending.COMPLETED:
            environment = self.warm_up(job.limits)
        self.reply = client.reply and replace(client.reply, environment=environment)
        return replace(outcome, environment=environment)

    def warm_up(self, limits: Limits) -> Mapping[str, str]:
        """Has the warm worker, or a new one for these limits, answer a good model; returns its environment.

        Raises:
            SandboxUnavailable: there is none that does.
        """
        try:
            if self._warm is None:
                return self._warm_worker(limits).environment
            check_canary(self._warm, FIRST)
            return self._warm.environment
        except BaseException:
            self._end_warm_worker()
            raise

    def close(self) -> None:
        """Ends every worker, or leaves the warm one for the next command."""
        self._keep_warm_worker()
        self._end_warm_worker()
        if self._kept_workers is not None:
            self._kept_workers.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def _launch_tried(self, limits: Limits) -> WorkerClient:
        """A worker that has answered a model that is known to be good. Raises SandboxUnavailable."""
        client = self.launch(limits)
        try:
            check_canary(client, FIRST)
        except BaseException:
            client.close()
            raise
        return client

    def _warm_worker(self, limits: Limits) -> WorkerClient:
        if self._warm is None or self._warm_limits is None or not self.fits(self._warm_limits, limits):
            self._end_warm_worker()
            self._take_kept_worker(limits)
        if self._warm is None:
            self._warm, self._warm_limits = self._launch_tried(limits), limits
        return self._warm

    def _end_warm_worker(self) -> None:
        client, self._warm = self._warm, None
        if client is not None:
            client.close()
        if self._taken is not None:
            self._taken.drop()
            self._taken = None

    def _take_kept_worker(self, limits: Limits) -> None:
        """Has the kept worker as the warm one, if it answers at once and has room for these limits."""
        taken = self._kept_workers.take(self.key()) if self._kept_workers is not None else None
        if taken is None:
            return
        state, self._taken = taken.state, taken
        try:
            if self.fits(launched_for := Limits(**state["limits"]), limits):
                transport = self.reattach(taken.detached)
                taken.detached.files.clear()  # They are the transport's now.
                self._warm = WorkerClient.reattached(transport, state["environment"], _REST_SECONDS)
                self._warm_limits = launched_for
                return
        except (SandboxUnavailable, OSError, KeyError, TypeError, ValueError) as error:
            logger.info("The kept worker is not used: %s", error)
        self._end_warm_worker()

    def _keep_warm_worker(self) -> None:
        """Leaves the warm worker for the next command, once nothing of this one's is left in it."""
        if self._kept_workers is None or self._warm is None or self._warm_limits is None:
            return
        transport = self._warm.transport
        if not isinstance(transport, DetachableTransport):
            return
        try:
            self._warm.rest(_REST_SECONDS)
            detached = transport.detach()
        except (SandboxUnavailable, OSError) as error:
            logger.info("The worker is not kept: %s", error)
            return
        told = {
            "key": self.key(),
            "limits": asdict(self._warm_limits),
            "environment": dict(self._warm.environment),
        }
        detached.state.update(told)
        if self._kept_workers.give(detached, self._taken):
            transport.release()
            self._warm = self._taken = None
        detached.close()


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
        check_canary(client, job.kind)
        raise
    if is_in_doubt(outcome) and not client.has_ended:
        check_canary(client, job.kind)
    return outcome


def is_in_doubt(outcome: Outcome) -> bool:
    """Whether a broken installation could explain how a job ended."""
    return outcome.refusal is not None and outcome.refusal.code in _IN_DOUBT


def check_canary(client: WorkerClient, kind: ArtifactKind) -> None:
    """Has a worker answer the model, in this form.

    Raises:
        SandboxUnavailable: it does not give the predictions that are known to be right.
    """
    try:
        reply = client.try_model(_job(kind))
    except WorkerLost as error:
        raise SandboxUnavailable(error.what, error.remedy) from error
    wrong = _find_wrong(reply)
    if wrong:
        raise SandboxUnavailable(
            f"The sandbox cannot read a model that is known to be good, so it grades none: {wrong} "
            f"{_compare_releases(client)}",
            "Install these releases (`tfprep sandbox build` for Docker), and submit again.",
        )


@cache
def _job(kind: ArtifactKind) -> PredictJob:
    form = InputForm("canary", _INPUTS.shape[1:], "float32")
    inputs = pack_inputs({form.name: _INPUTS}, (form,))
    model = (_FOLDER / _FILES[kind]).read_bytes()
    return PredictJob(kind, model, inputs, (_PREDICTIONS.shape[1:],), Limits(_SECONDS))


def _find_wrong(reply: ParsedReply) -> str:
    """What is wrong with the answer, in a sentence; empty where it is right."""
    if reply.fault is not None:
        log_fault(reply.fault)
        return f"{reply.fault.error} in {reply.fault.place}: {reply.fault.message}."
    outcome = reply.outcome
    if outcome.ending is not Ending.COMPLETED or outcome.predictions is None:
        refusal = outcome.refusal
        # This model is ours: its refusal may be told as it came.
        told = f"{refusal.message} ({' '.join([refusal.code, refusal.found]).strip()})." if refusal else ""
        return told or f"It ended as {outcome.ending.value}."
    right = outcome.predictions.shape == _PREDICTIONS.shape and np.allclose(outcome.predictions, _PREDICTIONS)
    return "" if right else "Its predictions are wrong."


def _compare_releases(client: WorkerClient) -> str:
    found = [f"{name} {client.environment.get(name, 'unknown')}" for name in TRIED]
    tried = [f"{name} {release}" for name, release in TRIED.items()]
    return f"It has {' and '.join(found)}; tfprep was tried with {' and '.join(tried)}."
