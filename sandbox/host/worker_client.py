"""The host's side of a worker: one conversation in frames over any pair of streams.

A launcher supplies a `Transport`; everything else is the same for a container and for a subprocess. The
worker is our code, but it runs beside strangers' code: one that sends anything unexpected is ended, and
`SandboxUnavailable` is raised. The verbs are listed in `worker/worker.py`.
"""

from __future__ import annotations

import codecs
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Protocol, TypeVar

from ...errors import SandboxUnavailable, WorkerLost
from ...files.text import LINE_LIMIT, one_line, terminal_line
from ..protocol.contract import MAX_WALL_CLOCK_FACTOR, Limits, PredictRequest
from ..protocol.frames import BadFrame, pack_head, read_head
from ..protocol.packing import PackedInputs
from .reply import (
    ParsedReply,
    crashed,
    expect_shape,
    failed_at_file,
    failed_before_script,
    kept_waiting,
    read_model,
    read_predictions,
)
from .sandbox import Ending, JobTimings, Outcome, PredictJob, TrainJob

logger = logging.getLogger(__name__)
T = TypeVar("T")

_GRACE: Final = 30.0
"""Seconds beyond a job's own limit before the worker itself counts as lost."""
_TRANSFER: Final = 120.0
"""Seconds that sending or receiving one payload may take."""
_SLACK: Final = 2**20 + 64
_CHUNK: Final = 2**18
_LONGEST_TEXT: Final = 500
"""Characters of what the worker reports of itself."""
_NOT_UNDERSTOOD: Final = "The sandbox worker sent something that tfprep does not understand."


class Transport(Protocol):
    """The streams of one running worker, and its end."""

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends everything. Raises OSError; TimeoutError after `seconds`."""

    def receive(self, size: int, seconds: float) -> bytes:
        """From 1 to `size` bytes; none at the stream's end. Raises OSError; TimeoutError after `seconds`."""

    def close(self) -> None:
        """Ends the worker and everything that it started, at once. May be called twice."""

    def error_output(self) -> str:
        """The end of what the worker itself printed, for the person who has to repair it."""


@dataclass(frozen=True)
class JobReply:
    """What a worker said of one job, unread: it is read where the job came from, on whichever host it ran."""

    done: Mapping[str, Any]
    """The worker's header: how the job ended."""
    payload: bytes
    """The job's own frames."""
    environment: Mapping[str, str]
    """As the worker reported it when it was ready."""
    timings: JobTimings
    """Start, transfer and total."""
    printed: str = ""
    """The tail of what a script printed."""

    def predicted(self, job: PredictJob) -> Outcome:
        """What came of a predicting job, with nothing that may not be told.

        Raises:
            FailedAtFile: our own code failed at the model, or other programs kept the job from its time.
            BadFrame: the worker's header is none.
        """
        reply = self.parsed(job)
        if reply.fault is not None:
            raise failed_at_file(reply.fault)
        reply = replace(reply, outcome=expect_shape(reply.outcome, job.outputs))
        if reply.outcome.refusal is not None:
            from .redaction import redact

            reply = redact(reply, job)
        return self._outcome(reply)

    def parsed(self, job: PredictJob) -> ParsedReply:
        """The reply of a predicting job, before it is decided what may be told. Raises BadFrame."""
        counts = [inputs.count for inputs in (job.inputs, *job.extra_inputs)]
        most = job.limits.reply_bytes
        return self._read(job.limits, lambda: read_predictions(self.payload, counts, most))

    def trained(self, job: TrainJob) -> Outcome:
        """What came of a script.

        Raises:
            SandboxUnavailable: our own code failed before the script began.
            FailedAtFile, BadFrame: as for `predicted`.
        """
        reply = self._read(job.limits, lambda: read_model(self.payload, job.limits.reply_bytes))
        if reply.fault is not None:
            raise failed_before_script(reply.fault)
        return self._outcome(reply)

    def _read(self, limits: Limits, read: Callable[[], ParsedReply]) -> ParsedReply:
        """How the job ended, as the worker saw it; only a job that finished has its own reply read."""
        why = one_line(self.done.get("why"), _LONGEST_TEXT)
        match self.done.get("end"):
            case "finished":
                return read()
            case "timed_out":
                return ParsedReply(Outcome(Ending.TIMED_OUT))
            case "kept_waiting" if limits.wall_clock_factor >= MAX_WALL_CLOCK_FACTOR:
                return ParsedReply(Outcome(Ending.TIMED_OUT))
            case "kept_waiting":
                raise kept_waiting(limits)
            case "out_of_memory":
                return ParsedReply(Outcome(Ending.OUT_OF_MEMORY))
            case "crashed" | "exceeded" as code:
                return ParsedReply(crashed(code, why or "It ended without a reason."))
            case _:
                raise BadFrame(_NOT_UNDERSTOOD)

    def _outcome(self, reply: ParsedReply) -> Outcome:
        total = self.timings.total
        timings = replace(self.timings, load=min(reply.load, total), predict=min(reply.predict, total))
        return replace(reply.outcome, log=self.printed, timings=timings, environment=self.environment)


class WorkerClient:
    """A conversation with one worker, from its "ready" to its end."""

    def __init__(self, transport: Transport, clock: Callable[[], float] = time.monotonic) -> None:
        self._transport = transport
        self._clock = clock
        self._kept_inputs: set[str] = set()
        self._launched = clock()
        self._is_ready = False
        self._unbilled_start = 0.0
        self._loaded: PredictJob | None = None
        """The job whose model the worker still has loaded."""
        self.environment: Mapping[str, str] = {}
        self.has_ended = False
        """The worker has said that it takes no further job."""
        self.reply: JobReply | None = None
        """Of the last job; not of a model of ours."""

    @property
    def transport(self) -> Transport:
        """Its streams."""
        return self._transport

    @classmethod
    def reattached(cls, transport: Transport, environment: Mapping[str, str], seconds: float) -> WorkerClient:
        """A conversation with a worker that rests, and has answered. Raises WorkerLost: it has not."""
        client = cls(transport)
        client.environment, client._is_ready = environment, True
        client.rest(seconds)
        return client

    def rest(self, seconds: float) -> None:
        """Has the worker end the last job's process and remove every input. Raises WorkerLost."""
        self._loaded = None
        self._kept_inputs.clear()
        self._send({"verb": "rest"}, b"")
        header, _ = self._receive_frame(0, self._clock() + seconds)
        self._expect(header, "rested")

    def await_ready(self, seconds: float) -> None:
        """Waits until the worker is ready: one for models has loaded TensorFlow.

        Raises:
            SandboxUnavailable: it has not, after this many seconds.
        """
        header, _ = self._receive_frame(0, self._clock() + seconds)
        self._expect(header, "ready")
        if not isinstance(header.get("environment"), dict):
            raise self._lost("The sandbox worker started without reporting its versions.")
        self.environment = read_environment(header["environment"])
        self._unbilled_start = self._clock() - self._launched
        self._is_ready = True
        logger.debug("A worker is ready after %.1f seconds: %s", self._unbilled_start, self.environment)

    def predict(self, job: PredictJob) -> Outcome:
        """Has the worker predict with the job's model. Raises WorkerLost, FailedAtFile."""
        self.reply = None
        self.reply = reply = self._exchange(job, self._bill_start())
        return self._understand(lambda: reply.predicted(job))

    def try_model(self, job: PredictJob) -> ParsedReply:
        """Its whole reply for a model of ours, whose time counts as the worker's start. Raises WorkerLost."""
        began = self._clock()
        reply = self._exchange(job, 0.0)
        parsed = self._understand(lambda: reply.parsed(job))
        if self._unbilled_start:
            self._unbilled_start += self._clock() - began
        return parsed

    def _exchange(self, job: PredictJob, start: float) -> JobReply:
        """The worker's reply to a job. `start`: seconds that are billed for the worker's own start."""
        began = self._clock()
        for inputs in (job.inputs, *job.extra_inputs):
            self._send_inputs_once(inputs)
        verb, payload = ("predict_again", b"") if self._has_loaded(job) else ("predict", job.model)
        self._send({"verb": verb, **_make_request(job).as_header()}, payload)
        sent = self._clock()
        # What a model prints is dropped: it could print the hidden inputs.
        done, payload = self._await_done(job.limits, JobLog(0))
        self._loaded = job if done.get("model_loaded") is True else None
        return self._replied(done, payload, JobTimings(start=start, transfer=sent - began), began)

    def train(self, job: TrainJob) -> Outcome:
        """Has the worker run a script.

        Raises:
            WorkerLost: it broke.
            SandboxUnavailable: the public data is bad, or our own code failed before the script began.
        """
        from .public_data import pack_public

        start, began = self._bill_start(), self._clock()
        self._loaded = self.reply = None
        self._send({"verb": "train", "limits": asdict(job.limits)}, pack_public(job.script, job.public))
        sent = self._clock()
        log = JobLog(job.limits.log_bytes, job.watch)
        done, payload = self._await_done(job.limits, log)
        reply = self._replied(done, payload, JobTimings(start=start, transfer=sent - began), began)
        self.reply = reply = replace(reply, printed=log.close())
        return self._understand(lambda: reply.trained(job))

    def close(self) -> None:
        """Ends the worker."""
        self._transport.close()

    def _has_loaded(self, job: PredictJob) -> bool:
        """Whether the job is for the model that the worker has loaded."""
        loaded = self._loaded
        return (
            job.predict_again
            and loaded is not None
            and job.model is loaded.model
            and (job.kind, job.outputs) == (loaded.kind, loaded.outputs)
        )

    def _send_inputs_once(self, inputs: PackedInputs) -> None:
        if inputs.digest in self._kept_inputs:
            return
        self._send({"verb": "keep_inputs", "digest": inputs.digest}, inputs.packed)
        header, _ = self._receive_frame(0, self._clock() + _TRANSFER)
        self._expect(header, "inputs_kept")
        if inputs.is_kept:
            self._kept_inputs.add(inputs.digest)

    def _await_done(self, limits: Limits, log: JobLog) -> tuple[dict[str, Any], bytes]:
        """Logs what the job prints until it is done; returns the worker's header and the job's own frame."""
        deadline = self._clock() + limits.seconds * limits.wall_clock_factor + _GRACE
        most = max(limits.reply_bytes, limits.log_bytes) + _SLACK
        while True:
            header, payload = self._receive_frame(most, deadline)
            if header.get("verb") != "log":
                self._expect(header, "done")
                self.has_ended = header.get("worker_ends") is True
                return header, payload
            log.feed(payload)

    def _replied(
        self, done: Mapping[str, Any], payload: bytes, timings: JobTimings, began: float
    ) -> JobReply:
        total = self._clock() - began + timings.start
        return JobReply(done, payload, self.environment, replace(timings, total=total))

    def _understand(self, read: Callable[[], T]) -> T:
        """What was read of a reply. Raises WorkerLost where it is no reply."""
        try:
            return read()
        except BadFrame as error:
            raise self._lost(_NOT_UNDERSTOOD) from error

    def _bill_start(self) -> float:
        """The seconds that the worker's start took: for its first job only."""
        start, self._unbilled_start = self._unbilled_start, 0.0
        return start

    def _send(self, header: Mapping[str, Any], payload: bytes) -> None:
        try:
            self._transport.send(memoryview(pack_head(header, len(payload))), _TRANSFER)
            self._transport.send(memoryview(payload), _TRANSFER)
        except OSError as error:
            raise self._lost("The sandbox worker was lost while a job was sent to it.") from error

    def _receive_frame(self, most: int, deadline: float) -> tuple[dict[str, Any], bytes]:
        try:
            header, length = read_head(lambda count: self._receive_exactly(count, deadline), most)
            return header, self._receive_exactly(length, deadline + _TRANSFER if length else deadline)
        except TimeoutError as error:
            raise self._lost("The sandbox worker did not answer in time.") from error
        except (OSError, EOFError) as error:
            raise self._lost("The sandbox worker was lost.") from error
        except BadFrame as error:
            raise self._lost(_NOT_UNDERSTOOD) from error

    def _receive_exactly(self, count: int, deadline: float) -> bytes:
        data = bytearray()
        while len(data) < count:
            left = deadline - self._clock()
            if left <= 0:
                raise TimeoutError
            chunk = self._transport.receive(min(_CHUNK, count - len(data)), left)
            if not chunk:
                raise EOFError
            data += chunk
        return bytes(data)

    def _expect(self, header: Mapping[str, Any], verb: str) -> None:
        if header.get("verb") == "fault":
            fault = one_line(header.get("message"), _LONGEST_TEXT)
            raise self._lost(f"The sandbox worker failed: {fault}")
        if header.get("verb") != verb:
            raise self._lost(_NOT_UNDERSTOOD)

    def _lost(self, what: str) -> SandboxUnavailable:
        """The error to raise, after ending a worker that can no longer be trusted."""
        error = WorkerLost if self._is_ready else SandboxUnavailable
        output = self._transport.error_output()[-4 * _LONGEST_TEXT :]
        printed = one_line(output, 4 * _LONGEST_TEXT)[-_LONGEST_TEXT:]
        self._transport.close()
        message = f"{what} It printed: {printed}" if printed else what
        logger.error("%s", message)
        return error(
            message, "Submit again: a new worker is started. If this happens again, run `tfprep doctor`."
        )


class JobLog:
    """What a job prints, safe to show: each finished line goes to `watch`, and the tail is kept.

    Args:
        most_bytes: of the tail, in UTF-8.
    """

    def __init__(self, most_bytes: int, watch: Callable[[str], None] = lambda line: None) -> None:
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._watch = watch
        self._most = most_bytes
        self._lines: deque[str] = deque()
        self._kept = 0
        self._open = ""

    def feed(self, printed: bytes) -> None:
        """Takes more output, in pieces of any size."""
        text = self._open + self._decode(printed).replace("\r\n", "\n")
        *lines, self._open = text.split("\n")
        for line in lines:
            self._add(line)
        if len(self._open) > 4 * LINE_LIMIT:
            # A line without an end: its last part is all that a terminal would show.
            self._open = self._open[-LINE_LIMIT:]

    def close(self) -> str:
        """The tail of everything, its last line finished or not."""
        self._open += self._decode(b"", True)
        if self._open:
            self._add(self._open)
            self._open = ""
        return "\n".join(self._lines)

    def _add(self, line: str) -> None:
        shown = terminal_line(line)
        self._lines.append(shown)
        self._kept += len(shown.encode()) + 1
        while self._lines and self._kept > self._most:
            self._kept -= len(self._lines.popleft().encode()) + 1
        self._watch(shown)


def read_environment(found: object) -> dict[str, str]:
    """What a worker says of where it computes, each in one line; empty for anything else."""
    some = found.items() if isinstance(found, dict) else ()
    return {one_line(name, 40): one_line(text, 200) for name, text in some}


def _make_request(job: PredictJob) -> PredictRequest:
    return PredictRequest(
        kind=job.kind,
        digest=job.inputs.digest,
        extra_inputs=tuple(inputs.digest for inputs in job.extra_inputs),
        forms=job.inputs.forms,
        outputs=job.outputs,
        limits=job.limits,
        once=tuple(each.digest for each in (job.inputs, *job.extra_inputs) if not each.is_kept),
    )
