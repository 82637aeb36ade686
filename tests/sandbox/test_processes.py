"""Which processes a job has, and what each of them holds."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tfprep.sandbox.worker import processes
from tfprep.sandbox.worker.processes import (
    Process,
    descendants,
    is_ending,
    processes_of_user,
    proportional_memory,
)

SIZE = 50 * 2**20
WAIT = "import time; print('ready', flush=True); time.sleep(60)"
FORK = "import os, time; os.fork() or time.sleep(60); "
SHARED_MEMORY = f"import mmap; kept = mmap.mmap(-1, {SIZE}); kept.write(b'x' * {SIZE}); "
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells shared memory from files")


@pytest.fixture
def start() -> Iterator[Callable[[str], subprocess.Popen[bytes]]]:
    """Starts a Python program, and waits until it prints "ready"."""
    with ExitStack() as stack:

        def started(code: str) -> subprocess.Popen[bytes]:
            command = [sys.executable, "-S", "-c", code]
            process = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))
            stack.callback(process.kill)
            assert process.stdout is not None
            assert process.stdout.readline() == b"ready\n"
            return process

        yield started


def found(pid: int) -> Process | None:
    return next((each for each in descendants(os.getpid()) if each.pid == pid), None)


def test_a_child_and_its_child_are_found(start: Callable[[str], subprocess.Popen[bytes]]) -> None:
    parent = start(FORK + WAIT)
    assert found(parent.pid) is not None
    assert len(descendants(parent.pid)) == 1
    assert {parent.pid, os.getpid()} <= {each.pid for each in processes_of_user(os.getuid())}


def test_a_process_that_has_ended_is_not_found_before_anybody_waits_for_it(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    process = start(WAIT)
    assert not is_ending(process.pid)
    os.kill(process.pid, 9)
    deadline = time.monotonic() + 60
    while found(process.pid) is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert process.returncode is None, "it is a zombie"
    assert is_ending(process.pid) is (sys.platform == "linux")
    assert descendants(2**22 + 1) == []


@linux_only
def test_shared_memory_counts_and_in_part_for_each_process_that_shares_it(
    start: Callable[[str], subprocess.Popen[bytes]],
) -> None:
    plain, sharing = (
        start(WAIT),
        start(SHARED_MEMORY + "import os; os.fork() or __import__('time').sleep(60); " + WAIT),
    )
    alone, parent = found(plain.pid), found(sharing.pid)
    assert alone is not None
    assert parent is not None
    assert SIZE <= parent.memory_bytes - alone.memory_bytes < 1.5 * SIZE
    assert proportional_memory(parent) < parent.memory_bytes


@linux_only
def test_a_file_that_is_read_through_memory_does_not_count(
    start: Callable[[str], subprocess.Popen[bytes]], tmp_path: Path
) -> None:
    (tmp_path / "file").write_bytes(bytes(SIZE))
    code = f"import mmap; file = open({str(tmp_path / 'file')!r}, 'rb'); "
    code += "kept = mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ); sum(kept[::4096]); "
    plain, reader = found(start(WAIT).pid), found(start(code + WAIT).pid)
    assert plain is not None
    assert reader is not None
    assert reader.memory_bytes - plain.memory_bytes < SIZE / 2


def test_without_linux_resident_memory_counts(
    start: Callable[[str], subprocess.Popen[bytes]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processes, "ON_LINUX", False)
    process = found(start(SHARED_MEMORY + WAIT).pid)
    assert process is not None
    assert process.memory_bytes > SIZE
