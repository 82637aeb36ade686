"""The host's side of the conversation: anything unexpected ends the worker, and is our fault."""

from __future__ import annotations

import io
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tfprep.errors import FailedAtFile, SandboxUnavailable, WorkerLost
from tfprep.sandbox import ArtifactKind, Ending, InputForm, Limits, PredictJob, pack_inputs
from tfprep.sandbox.host.public_data import pack_public
from tfprep.sandbox.host.worker_client import WorkerClient
from tfprep.sandbox.protocol.frames import pack_frame

READY = pack_frame({"verb": "ready", "environment": {"python": "3.11"}})
INPUTS = pack_inputs({"a": np.zeros((3, 2), np.float32)}, (InputForm("a", (2,), "float32"),))
KEPT = pack_frame({"verb": "inputs_kept", "digest": INPUTS.digest})
JOB = PredictJob(ArtifactKind.H5, b"model", INPUTS, ((1,),), Limits(seconds=1, reply_bytes=2**16))


class ScriptedTransport:
    """A worker that sends given bytes, in small pieces, whatever it receives; late when it has no more."""

    def __init__(self, sent: bytes, ended: bool = True) -> None:
        self.sent = io.BytesIO(sent)
        self.ended = ended
        self.received = b""
        self.closed = 0

    def send(self, data: memoryview, seconds: float) -> None:
        self.received += bytes(data)

    def receive(self, size: int, seconds: float) -> bytes:
        data = self.sent.read(min(size, 7))
        if not data and not self.ended:
            raise TimeoutError
        return data

    def close(self) -> None:
        self.closed += 1

    def error_output(self) -> str:
        return "\x1b[1mout of disk\n"


def done(reply: bytes, end: str = "finished", why: str = "") -> bytes:
    return pack_frame({"verb": "done", "end": end, "why": why}, reply)


def predictions(values: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, values)
    return pack_frame({"reply": "predicted", "facts": {}, "load": 0.0, "predict": 0.0}, buffer.getvalue())


def ready(sent: bytes, ended: bool = True) -> tuple[WorkerClient, ScriptedTransport]:
    transport = ScriptedTransport(READY + sent, ended)
    client = WorkerClient(transport)
    client.await_ready(1)
    return client, transport


def test_a_whole_conversation() -> None:
    values = np.arange(3, dtype=np.float32).reshape(3, 1)
    log = pack_frame({"verb": "log"}, b"loading\n")
    client, transport = ready(KEPT + log + done(predictions(values)) + log + done(predictions(values + 1)))
    first, second = client.predict(JOB), client.predict(JOB)
    np.testing.assert_array_equal(first.predictions, values)
    np.testing.assert_array_equal(second.predictions, values + 1)
    assert first.log == "", "what a model prints is dropped"
    assert first.environment == {"python": "3.11"}
    assert transport.received.count(INPUTS.packed) == 1
    assert transport.closed == 0


@pytest.mark.parametrize(
    ("end", "ending"),
    [("timed_out", Ending.TIMED_OUT), ("out_of_memory", Ending.OUT_OF_MEMORY), ("crashed", Ending.CRASHED)],
)
def test_how_the_worker_saw_a_job_end_outranks_its_reply(end: str, ending: Ending) -> None:
    client, _ = ready(KEPT + done(predictions(np.zeros((3, 1))), end, "It wrote too much."))
    outcome = client.predict(JOB)
    assert outcome.ending is ending
    assert outcome.predictions is None


def test_a_job_that_was_kept_from_its_time_has_no_verdict_where_others_wait() -> None:
    """Where nobody waits it had three times its limit, and took too long."""
    sent = KEPT + done(predictions(np.zeros((3, 1))), "kept_waiting", "It took longer.")
    client, transport = ready(sent)
    with pytest.raises(FailedAtFile, match="so busy that the file did not get the"):
        client.predict(replace(JOB, limits=replace(JOB.limits, wall_clock_factor=1.2)))
    assert transport.closed == 0
    assert ready(sent)[0].predict(JOB).ending is Ending.TIMED_OUT


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        KEPT,
        KEPT + b"\x00" * 5,
        KEPT + done(b"")[:-1][:20],
        KEPT + pack_frame({"verb": "done", "end": "passed"}),
        KEPT + pack_frame({"verb": "ready"}),
        KEPT + pack_frame({}),
        KEPT + pack_frame({"verb": "done", "end": "finished"}, bytes(2**21)),
        KEPT + b"\xff" * 100,
        pack_frame({"verb": "fault", "message": "no space left"}),
    ],
)
def test_a_worker_that_is_lost_or_not_understood_is_our_fault_and_is_ended(sent: bytes) -> None:
    client, transport = ready(sent)
    with pytest.raises(SandboxUnavailable) as raised:
        client.predict(JOB)
    assert transport.closed
    assert raised.value.what.isprintable()
    assert "out of disk" in raised.value.what
    assert raised.value.remedy


def test_a_lost_worker_is_logged_with_what_it_printed(caplog: pytest.LogCaptureFixture) -> None:
    client, _ = ready(b"")
    with pytest.raises(WorkerLost):
        client.predict(JOB)
    (logged,) = caplog.messages
    assert "out of disk" in logged


def test_a_silent_worker_is_our_fault() -> None:
    client, transport = ready(KEPT, ended=False)
    with pytest.raises(WorkerLost, match="in time"):
        client.predict(JOB)
    assert transport.closed


def test_a_worker_that_never_gets_ready_is_our_fault_and_no_job_s() -> None:
    with pytest.raises(SandboxUnavailable, match="in time") as raised:
        WorkerClient(ScriptedTransport(b"", ended=False)).await_ready(1)
    assert not isinstance(raised.value, WorkerLost)
    with pytest.raises(SandboxUnavailable, match="no space left"):
        WorkerClient(
            ScriptedTransport(pack_frame({"verb": "fault", "message": "no space left"}))
        ).await_ready(1)


@settings(max_examples=200)
@given(st.binary(max_size=400))
def test_arbitrary_bytes_from_a_worker_are_our_fault(sent: bytes) -> None:
    client, _ = ready(KEPT + sent)
    with pytest.raises(SandboxUnavailable):
        client.predict(JOB)


def test_public_data_dated_before_1980_is_sent(tmp_path: Path) -> None:
    (tmp_path / "old.csv").write_text("x")
    os.utime(tmp_path / "old.csv", (0, 0))
    with zipfile.ZipFile(io.BytesIO(pack_public(b"pass", tmp_path))) as packed:
        assert packed.read("data/old.csv") == b"x"
