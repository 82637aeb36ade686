"""The worker sees that its host has gone, on Linux and where poll(2) is macOS's."""

from __future__ import annotations

import os
import select

import pytest

from tfprep.sandbox.worker.pipe import HostPipe

from .worker_off_linux import PollOfXnu


@pytest.mark.parametrize("poll", [select.poll, PollOfXnu])
def test_a_closed_pipe_is_a_host_that_has_gone(poll: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tfprep.sandbox.worker.pipe.select.poll", poll)
    reading, writing = os.pipe()
    pipe = HostPipe(reading, writing)
    assert not pipe.host_is_gone()
    assert not pipe.has_input()
    os.write(writing, b"x")
    assert pipe.has_input()
    assert not pipe.host_is_gone()
    os.read(reading, 1)
    os.close(writing)
    assert pipe.host_is_gone()
    os.close(reading)
