"""A host of a cluster whose models are plain text: what a Dask worker runs in tests, without an engine.

It knows what `text_models` knows: a model "right 7" predicts seven of ten labels. Every host imports it:
it imports little. What a host is like, its variables say: TFPREP_STAND_IN_IMAGE and TFPREP_STAND_IN_SECONDS.
"""

from __future__ import annotations

import io
import os
import signal
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from tfprep.errors import FailedAtFile, SandboxUnavailable, WorkerLost
from tfprep.sandbox.host.cluster.remote_host import RemoteHost
from tfprep.sandbox.host.image import SANDBOX
from tfprep.sandbox.host.sandbox import JobTimings, Outcome, PredictJob
from tfprep.sandbox.host.worker_client import JobReply
from tfprep.sandbox.protocol.contract import Limits, worker_digest
from tfprep.sandbox.protocol.frames import pack_frame
from tfprep.sandbox.protocol.packing import read_array

IMAGE = "TFPREP_STAND_IN_IMAGE"
SECONDS = "TFPREP_STAND_IN_SECONDS"
CLOSED = "closed-"
WORKER = worker_digest(SANDBOX)


class TextModelHost(RemoteHost):
    """Two slots, or as many as its worker offers."""

    def make_pool(self, limits: Limits, workers: int | None) -> RemotePool:
        return RemotePool(workers or 2)


@dataclass
class RemotePool:
    """Slots of this process."""

    slots: int
    stop: threading.Event = field(default_factory=threading.Event)

    def make(self, slot: int) -> RemoteTextSandbox:
        return RemoteTextSandbox(self.stop)

    def end(self) -> None:
        self.stop.set()


class RemoteTextSandbox:
    """Replies as a worker does: in frames."""

    def __init__(self, stop: threading.Event) -> None:
        self.reply: JobReply | None = None
        self._stop = stop

    def warm_up(self, limits: Limits) -> dict[str, str]:
        image = os.environ.get(IMAGE, "sha256:one")
        return {"python": "stand-in 1", "worker": WORKER, "image": image}

    def predict(self, job: PredictJob) -> Outcome:
        self.reply = None
        words = job.model.decode(errors="replace").split()
        if "kills" in words:  # the whole host's worker
            os.kill(os.getpid(), signal.SIGKILL)
        if "kills-once" in words and not Path(words[-1]).exists():
            Path(words[-1]).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        if "sleeps" in words:
            self._stop.wait(60)
            raise WorkerLost("The container is gone.")
        if "broken" in words:
            raise SandboxUnavailable("The engine went away.", "Start it.")
        if "strange" in words:
            raise FailedAtFile("tfprep could not read this model.")
        time.sleep(float(os.environ.get(SECONDS, "0")))
        predictions = self.predictions(job, words)
        buffer = io.BytesIO()
        np.save(buffer, predictions)
        frame = pack_frame({"reply": "predicted", "load": 0.0, "predict": 0.0}, buffer.getvalue())
        self.reply = JobReply({"end": "finished"}, frame, self.warm_up(job.limits), JobTimings(total=0.001))
        return self.reply.predicted(job)

    def predictions(self, job: PredictJob, words: list[str]) -> np.ndarray:
        """(n, 10), as the words say."""
        count = job.inputs.count
        predictions = np.eye(10, dtype=np.float32)[np.arange(count) % 10]
        predictions[count * int(words[words.index("right") + 1]) // 10 :] = 0.1
        return predictions

    def __enter__(self) -> RemoteTextSandbox:
        return self

    def __exit__(self, *raised: object) -> None:
        """A container would end here: a file in its process's folder says so."""
        Path(f"{CLOSED}{uuid.uuid4().hex}").touch()


class CarsHost(RemoteHost):
    """Its models predict miles per gallon from a car's weight, a little wrong."""

    def make_pool(self, limits: Limits, workers: int | None) -> RemotePool:
        return CarsPool(workers or 2)


class CarsPool(RemotePool):
    """Slots of this process."""

    def make(self, slot: int) -> RemoteTextSandbox:
        return CarsSandbox(self.stop)


class CarsSandbox(RemoteTextSandbox):
    """See tests/cars.py."""

    def predictions(self, job: PredictJob, words: list[str]) -> np.ndarray:
        """(n, 1), by the inputs."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "inputs")
            path.write_bytes(job.inputs.packed)
            cars = np.array(read_array(path, "features"))
        return (12 + cars[:, 3:4] / 100).astype(np.float32)
