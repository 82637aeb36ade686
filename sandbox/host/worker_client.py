"""The host's side of a worker: one conversation in frames over any pair of streams.

A launcher supplies a `Transport`; everything else is the same for a container and for a subprocess. The
worker is ours, but it runs beside strangers: whatever odd it sends ends it, and raises `SandboxUnavailable`.
"""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, Protocol

from ...errors import SandboxUnavailable, WorkerLost
from ...files.text import one_line
from ..protocol.contract import LONGEST_WAIT, Limits
from ..protocol.frames import BadFrame, pack_head, read_head
from .job_log import Log
from .redaction import redact
from .reply import ParsedReply, crashed, read_model, read_predictions
from .sandbox import Ending, JobTimings, Outcome, PackedInputs, PredictJob, TrainJob

_GRACE: Final = 30.0
"""Seconds beyond a job's own limit before the worker itself counts as lost."""
_SENDING: Final = 120.0
"""Seconds that sending or receiving one payload may take."""
_SLACK: Final = 2**20 + 64
_CHUNK: Final = 2**18
_LAST_WORDS: Final = 500


class Transport(Protocol):
    """A running worker, as its launcher sees it: two streams, and an end to everything."""

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends everything. Raises OSError (TimeoutError when late)."""

    def receive(self, size: int, seconds: float) -> bytes:
        """From 1 to `size` bytes; none when the stream has ended. Raises OSError (TimeoutError when late)."""

    def close(self) -> None:
        """Ends the worker and everything it started, at once. May be called twice."""

    def last_words(self) -> str:
        """What the worker itself printed last, for the person who has to repair it."""


class WorkerClient:
    """A conversation with one worker, from its "ready" to its end."""

    def __init__(self, wire: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self._wire = wire
        self._clock = clock
        self._kept: set[str] = set()
        self._started = clock()
        self._is_ready = False
        self._unbilled = 0.0
        self._loaded: PredictJob | None = None
        """The job whose model the worker has loaded and can ask for more."""
        self.environment: Mapping[str, str] = {}

    def await_ready(self, seconds: float) -> None:
        """Waits until the worker has loaded TensorFlow.

        Raises:
            SandboxUnavailable: it does not say so in time.
        """
        header, _ = self._receive_frame(0, self._clock() + seconds)
        self._expect(header, "ready")
        found = header.get("environment")
        if not isinstance(found, dict):
            raise self._lost("The sandbox worker started without saying what it is.")
        self.environment = {one_line(name, 40): one_line(text, 200) for name, text in found.items()}
        self._unbilled = self._clock() - self._started
        self._is_ready = True

    def predict(self, job: PredictJob) -> Outcome:
        """Asks a model. Raises SandboxUnavailable."""
        start, began = self._bill(), self._clock()
        for inputs in (job.inputs, *job.extra_inputs):
            self._keep(inputs)
        asked = {
            "digest": job.inputs.digest,
            "extra_inputs": [inputs.digest for inputs in job.extra_inputs],
            "limits": asdict(job.limits),
        }
        if self._has_loaded(job):
            self._send({"verb": "predict_again", **asked}, b"")
        else:
            self._send({"verb": "predict", **asked, **_examinee(job)}, job.model)
        sent = self._clock()
        # A model can print the questions that it reads: nobody hears it.
        done, payload = self._follow(job.limits, Log(0))
        self._loaded = job if done.get("model_loaded") is True else None
        counts = (job.inputs.count, *(inputs.count for inputs in job.extra_inputs))
        told = self._conclude(done, lambda: read_predictions(payload, counts, job.limits.reply_bytes))
        return self._finish(redact(told, job), "", JobTimings(start=start, transfer=sent - began), began)

    def train(self, job: TrainJob) -> Outcome:
        """Runs a script. Raises SandboxUnavailable."""
        start, began = self._bill(), self._clock()
        self._loaded = None
        self._send({"verb": "train", "limits": asdict(job.limits)}, pack_public(job.script, job.public))
        sent = self._clock()
        log = Log(job.limits.log_bytes, job.watch)
        done, payload = self._follow(job.limits, log)
        told = self._conclude(done, lambda: read_model(payload, job.limits.reply_bytes))
        return self._finish(told, log.close(), JobTimings(start=start, transfer=sent - began), began)

    def close(self) -> None:
        """Ends the worker."""
        self._wire.close()

    def _has_loaded(self, job: PredictJob) -> bool:
        """Whether this is asked of a model that the worker has loaded."""
        loaded = self._loaded
        return (
            job.predict_again
            and loaded is not None
            and job.model is loaded.model
            and (job.kind, job.outputs) == (loaded.kind, loaded.outputs)
        )

    def _keep(self, inputs: PackedInputs) -> None:
        if inputs.digest in self._kept:
            return
        self._send({"verb": "keep_inputs", "digest": inputs.digest}, inputs.packed)
        header, _ = self._receive_frame(0, self._clock() + _SENDING)
        self._expect(header, "inputs_kept")
        self._kept.add(inputs.digest)

    def _follow(self, limits: Limits, log: Log) -> tuple[dict[str, Any], bytes]:
        """Passes on what the job prints until it is done."""
        deadline = self._clock() + limits.seconds * LONGEST_WAIT + _GRACE
        while True:
            header, payload = self._receive_frame(
                max(limits.reply_bytes, limits.log_bytes) + _SLACK, deadline
            )
            if header.get("verb") != "log":
                self._expect(header, "done")
                return header, payload
            log.feed(payload)

    def _conclude(self, done: Mapping[str, Any], read: Callable[[], ParsedReply]) -> ParsedReply:
        """What the worker saw of the job's end decides; only a job that finished is listened to."""
        why = one_line(done.get("why"), _LAST_WORDS)
        endings = {"timed_out": Ending.TIMED_OUT, "out_of_memory": Ending.OUT_OF_MEMORY}
        match done.get("end"):
            case "finished":
                return read()
            case "timed_out" | "out_of_memory" as how:
                return ParsedReply(Outcome(endings[how]))
            case "crashed" | "exceeded" as how:
                return ParsedReply(crashed(how, why or "It ended without a reason."))
            case _:
                raise self._lost("The sandbox worker said something that was not understood.")

    def _finish(self, told: ParsedReply, log: str, timings: JobTimings, began: float) -> Outcome:
        total = self._clock() - began + timings.start
        spent = replace(timings, load=min(told.load, total), predict=min(told.predict, total), total=total)
        return replace(told.outcome, log=log, timings=spent, environment=self.environment)

    def _bill(self) -> float:
        """The seconds its start took, charged to the first job only."""
        start, self._unbilled = self._unbilled, 0.0
        return start

    def _send(self, header: Mapping[str, Any], payload: bytes) -> None:
        try:
            self._wire.send(memoryview(pack_head(header, len(payload))), _SENDING)
            self._wire.send(memoryview(payload), _SENDING)
        except OSError as error:
            raise self._lost("The sandbox worker was lost while it was being sent a job.") from error

    def _receive_frame(self, most: int, deadline: float) -> tuple[dict[str, Any], bytes]:
        try:
            header, length = read_head(lambda count: self._exactly(count, deadline), most)
            return header, self._exactly(length, deadline + _SENDING if length else deadline)
        except TimeoutError as error:
            raise self._lost("The sandbox worker did not answer in time.") from error
        except (OSError, EOFError) as error:
            raise self._lost("The sandbox worker was lost.") from error
        except BadFrame as error:
            raise self._lost("The sandbox worker said something that was not understood.") from error

    def _exactly(self, count: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < count:
            left = deadline - self._clock()
            if left <= 0:
                raise TimeoutError
            chunk = self._wire.receive(min(_CHUNK, count - len(data)), left)
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _expect(self, header: Mapping[str, Any], verb: str) -> None:
        if header.get("verb") == "fault":
            raise self._lost(f"The sandbox worker gave up: {one_line(header.get('message'), _LAST_WORDS)}")
        if header.get("verb") != verb:
            raise self._lost("The sandbox worker said something that was not understood.")

    def _lost(self, what: str) -> SandboxUnavailable:
        """The fault to raise, after ending a worker that can no longer be trusted."""
        fault = WorkerLost if self._is_ready else SandboxUnavailable
        words = one_line(self._wire.last_words()[-4 * _LAST_WORDS :], 4 * _LAST_WORDS)[-_LAST_WORDS:]
        self._wire.close()
        return fault(
            f"{what} Its last words: {words}" if words else what,
            "Submit again: a fresh worker is started. If it stays, see what `tfprep doctor` says.",
        )


def _examinee(job: PredictJob) -> dict[str, Any]:
    """What a worker needs to know of a model that it is to load."""
    return {
        "kind": job.kind.value,
        "forms": [form.as_header() for form in job.inputs.forms],
        "outputs": [list(shape) for shape in job.outputs],
        "allow_lambda": job.allow_lambda,
    }


def pack_public(script: bytes, public: Path) -> bytes:
    """A script and the public data as one zip: script.py, and the regular files of the folder below data/."""
    buffer = io.BytesIO()
    try:
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("script.py", script)
            for path in sorted(public.rglob("*")):
                if path.is_file() and not path.is_symlink():
                    archive.write(path, f"data/{path.relative_to(public).as_posix()}")
    except (OSError, ValueError) as error:
        raise SandboxUnavailable(
            f"The public data in {public} could not be read: {error}", "Run `tfprep data fetch` again."
        ) from error
    return buffer.getvalue()
