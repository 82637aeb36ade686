"""What runs on a host of a cluster for one mentor: this machine's sandboxes, asked in frames.

    describe    -> how many slots there are, and what a worker here computes with
    keep        inputs for the jobs to come
    predict     -> the reply of a worker, unread
    train       the same for a script, with the public data
    end         ends every job, at once and for good

It holds no label and no score. Its sandboxes are those of a batch on one machine.
"""

from __future__ import annotations

import asyncio
import io
import logging
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any, Final, Protocol

from .... import __version__
from ....errors import FailedAtFile, SandboxUnavailable
from ...protocol.contract import Limits
from ...protocol.frames import pack_frame, split_frame
from ..sandbox import Outcome, PredictJob, TrainJob
from .travel import MOST, pack_failure, pack_reply, unpack_predict

if TYPE_CHECKING:
    from ..worker_client import JobReply

logger = logging.getLogger(__name__)
_MOST_THREADS: Final = 256


class RepliedSandbox(Protocol):
    """A sandbox that tells what its worker replied, unread."""

    reply: JobReply | None

    def warm_up(self, limits: Limits) -> Mapping[str, str]: ...

    def predict(self, job: PredictJob) -> Outcome: ...

    def train(self, job: TrainJob) -> Outcome: ...

    def __enter__(self) -> Any: ...

    def __exit__(self, *raised: object) -> None: ...


class RepliedPool(Protocol):
    """A `WorkerPool` of them."""

    @property
    def slots(self) -> int: ...

    def make(self, slot: int) -> Any: ...

    def end(self) -> None: ...


@dataclass
class _Slot:
    """One sandbox, and the model that it was sent last."""

    sandbox: RepliedSandbox
    opened: ExitStack
    model: bytes = b""


@dataclass
class _State:
    """Everything that is open here."""

    pool: RepliedPool | None = None
    slots: dict[int, _Slot] = field(default_factory=dict)
    inputs: dict[str, bytes] = field(default_factory=dict)
    has_ended: bool = False

    def close(self) -> None:
        """Ends every container."""
        self.has_ended = True
        while self.slots:
            _, slot = self.slots.popitem()
            with suppress(SandboxUnavailable):
                slot.opened.close()


class RemoteHost:
    """One host's side, for as long as the mentor's command runs: a Dask actor, which goes with its client."""

    def __init__(self) -> None:
        self._state = _State()
        self._threads = ThreadPoolExecutor(_MOST_THREADS, thread_name_prefix="tfprep-host")

    def __del__(self) -> None:
        # The mentor's command has ended, or was killed: nobody asks any more.
        self._threads.shutdown(wait=False)
        Thread(target=self._state.close).start()

    def make_pool(self, limits: Limits, workers: int | None) -> RepliedPool:
        """This machine's sandboxes. Raises SandboxUnavailable."""
        from ..select_sandbox import docker_pool

        return docker_pool(limits, workers, None)

    async def call(self, message: bytes) -> bytes:
        """Answers a frame with a frame."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self.answer, message)

    def answer(self, message: bytes) -> bytes:
        """Answers a frame with a frame. Whatever fails is told in it."""
        try:
            return self._answer(message)
        except SandboxUnavailable as error:
            return pack_failure(error)
        except Exception as error:  # a pickled exception would be opened at home
            logger.exception("a job of a cluster failed")
            return pack_failure(SandboxUnavailable(f"tfprep failed on a host: {type(error).__name__}."))

    def _answer(self, message: bytes) -> bytes:
        header, payload = split_frame(message, MOST)
        match header["verb"]:
            case "describe":
                return self._describe(Limits(**header["limits"]), header["workers"])
            case "keep":
                self._state.inputs[header["digest"]] = bytes(payload)
            case "predict":
                return self._predict(header, payload)
            case "train":
                return self._train(header, payload)
            case "end":
                self._state.has_ended = True
                if self._state.pool is not None:
                    self._state.pool.end()
        return pack_frame({"end": "done"})

    def _describe(self, limits: Limits, workers: int | None) -> bytes:
        pool = self._state.pool = self.make_pool(limits, workers)
        environment = dict(self._slot(0).sandbox.warm_up(limits))
        told = {"end": "described", "slots": pool.slots, "environment": environment, "tfprep": __version__}
        return pack_frame(told)

    def _predict(self, header: Mapping[str, Any], payload: memoryview) -> bytes:
        slot = self._slot(header["slot"])
        job = unpack_predict(header, payload, self._state.inputs, slot.model)
        slot.model = job.model
        return self._run(header["slot"], slot, lambda: slot.sandbox.predict(job))

    def _train(self, header: Mapping[str, Any], payload: memoryview) -> bytes:
        slot, limits = self._slot(header["slot"]), Limits(**header["limits"])
        with tempfile.TemporaryDirectory(prefix="tfprep-script-") as scratch:
            folder = Path(scratch)
            (folder / "data").mkdir()
            with zipfile.ZipFile(io.BytesIO(payload)) as packed:
                packed.extractall(folder)
            job = TrainJob((folder / "script.py").read_bytes(), folder / "data", limits)
            return self._run(header["slot"], slot, lambda: slot.sandbox.train(job))

    def _run(self, number: int, slot: _Slot, run: Callable[[], Outcome]) -> bytes:
        """Runs a job. A sandbox that fails is closed: the slot's next job gets a new one."""
        try:
            run()
        except FailedAtFile:
            if slot.sandbox.reply is None:
                raise
        except BaseException:
            self._discard(number)
            raise
        if slot.sandbox.reply is None:
            raise SandboxUnavailable("A job ended without a reply.")
        return pack_reply(slot.sandbox.reply)

    def _slot(self, number: int) -> _Slot:
        if self._state.pool is None or self._state.has_ended:
            raise SandboxUnavailable("The batch was stopped.", "Run the command again to go on.")
        if number not in self._state.slots:
            opened = ExitStack()
            sandbox: RepliedSandbox = opened.enter_context(self._state.pool.make(number))
            self._state.slots[number] = _Slot(sandbox, opened)
        return self._state.slots[number]

    def _discard(self, number: int) -> None:
        slot = self._state.slots.pop(number, None)
        if slot is not None:
            with suppress(SandboxUnavailable):
                slot.opened.close()
