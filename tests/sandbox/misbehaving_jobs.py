"""A worker without TensorFlow, whose jobs keep to the protocol and misbehave otherwise.

Run in place of the package `worker`, with the same options. The "model" that it is sent is the name of a job
below; the one prediction it gives for one input is its process id.
"""

from __future__ import annotations

import contextlib
import ctypes
import importlib
import io
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

Reply = Any
PredictAgain = Callable[[Mapping[str, Any], Sequence[int]], Callable[[Reply], None]]
SHARED_PLACES = [Path(place) for place in ("/tmp", "/dev/shm", "/var/tmp")]
DEPTH = 1100
IN_A_CONTAINER = Path("/opt/tfprep/sandbox")


def send(reply: Reply, number: float) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([[float(number)]]), allow_pickle=False)
    header = {"reply": "predicted", "facts": {}, "load": 0.0, "predict": 0.0, "sizes": [buffer.tell()]}
    reply.send(header, buffer.getvalue())


def predict_again(request: Mapping[str, Any], inputs: Sequence[int]) -> Callable[[Reply], None]:
    return lambda reply: send(reply, os.getpid())


def while_waiting(do: Callable[[], None]) -> Callable[[Reply], PredictAgain]:
    """A job that replies, and does something while it waits for further inputs."""

    def job(reply: Reply) -> PredictAgain:
        send(reply, os.getpid())
        threading.Thread(target=do, daemon=True).start()
        return predict_again

    return job


def exits() -> None:
    time.sleep(0.1)
    os._exit(3)


def grows() -> None:
    kept = []
    while True:
        time.sleep(0.01)
        kept.append(b"x" * 10**7)


def fills() -> None:
    with Path("huge").open("wb") as file:
        while True:
            time.sleep(0.01)
            file.write(bytes(10**7))


def writes_many_files(reply: Reply) -> None:
    for folder in range(120):
        Path(str(folder)).mkdir()
        for number in range(300):
            os.mknod(f"{folder}/{number}")
    time.sleep(1000)


def loops(reply: Reply) -> None:
    while True:
        pass


def spawns() -> None:
    for _ in range(500):
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                time.sleep(1000)


def prints() -> None:
    while True:
        print("noise" * 1000, flush=True)


def honest(reply: Reply) -> PredictAgain:
    send(reply, os.getpid())
    return predict_again


def never_replies_again(reply: Reply) -> PredictAgain:
    send(reply, os.getpid())
    return lambda request, inputs: lambda reply: time.sleep(1000)


def does_not_exit(reply: Reply) -> PredictAgain:
    """Does not exit when it is told to; nor does its child."""
    os._exit = lambda code: time.sleep(1000)  # type: ignore[assignment]
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.close(3)
        time.sleep(1000)
    send(reply, os.getpid())
    return predict_again


def closes_requests(reply: Reply) -> PredictAgain:
    """Runs on, and shuts down the socket that requests arrive by."""
    os._exit = lambda code: time.sleep(1000)  # type: ignore[assignment]
    send(reply, os.getpid())
    socket.socket(fileno=os.dup(4)).shutdown(socket.SHUT_RDWR)
    return predict_again


def shares_its_pipe(reply: Reply) -> PredictAgain:
    """Its child holds the pipe of its reply open."""
    if os.fork() == 0:
        time.sleep(1000)
    send(reply, os.getpid())
    return predict_again


def closes_its_pipe(reply: Reply) -> PredictAgain:
    os.close(3)
    return predict_again


def replies_too_much(reply: Reply) -> PredictAgain:
    os.write(3, bytes(2**16))
    for _ in range(64):
        os.write(3, bytes(2**16))
    os.close(3)
    return predict_again


def forges_requests(reply: Reply) -> PredictAgain:
    """Writes into the socket that only the worker should write into."""
    os.set_blocking(4, False)
    with contextlib.suppress(OSError):
        while True:
            os.write(4, b'\x00\x00\x00\x10{"verb": "done"}' * 100)
    os.set_blocking(4, True)
    send(reply, os.getpid())
    return predict_again


def raises(reply: Reply) -> PredictAgain:
    def work(reply: Reply) -> None:
        raise ValueError("as it does")

    send(reply, os.getpid())
    return lambda request, inputs: work


def leaves_files(reply: Reply) -> PredictAgain:
    """Leaves files and a memory segment wherever any user can, and nothing in its own directory."""
    for place in SHARED_PLACES:
        with contextlib.suppress(OSError):
            (place / "left").mkdir()
            (place / "left" / "file").write_text("left")
    ctypes.CDLL(None).shmget(4711, 4096, 0o1666)
    send(reply, os.getpid())
    return predict_again


def finds_leftovers(reply: Reply) -> None:
    """How many of these are still there."""
    found = sum((place / "left").exists() for place in SHARED_PLACES)
    library = ctypes.CDLL(None)
    found += (library.shmget(4711, 4096, 0) >= 0) + (library.semget(4711, 3, 0) >= 0)
    send(reply, found + (library.msgget(4711, 0) >= 0))


def leaves_a_segment(reply: Reply) -> PredictAgain:
    """And a set of semaphores, and a queue."""
    library = ctypes.CDLL(None)
    assert library.shmget(4711, 4096, 0o1666) >= 0
    assert library.semget(4711, 3, 0o1666) >= 0
    assert library.msgget(4711, 0o1666) >= 0
    send(reply, os.getpid())
    return predict_again


def dies(signal_number: int) -> Callable[[Reply], None]:
    """A job that a signal ends, before it replies."""

    def job(reply: Reply) -> None:
        with contextlib.suppress(OSError, ValueError):
            signal.signal(signal_number, signal.SIG_DFL)
        os.kill(os.getpid(), signal_number)
        time.sleep(0.2)
        os._exit(0)

    return job


def stops(reply: Reply) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def renames_itself(reply: Reply) -> PredictAgain:
    """And its threads; with bytes that are no text, and others that /proc is parsed by."""
    for name in (b"\xff\xfe\x80", b") Z 1 1 (", b"\nRssShmem: x"):
        ctypes.CDLL(None).prctl(15, name, 0, 0, 0)
        time.sleep(0.2)
    ctypes.CDLL(None).prctl(15, b"\xff) R 0 (\n", 0, 0, 0)
    send(reply, os.getpid())
    return predict_again


def lists_jobs(reply: Reply) -> None:
    """How many jobs have a directory; in a container, where nobody may list them, this one."""
    parent = Path.cwd().parent
    send(reply, len(list(parent.iterdir())) if os.access(parent, os.R_OK) else 1)


def leaves(leave: Callable[[], None]) -> Callable[[Reply], PredictAgain]:
    """A job that leaves something in its directory, and replies."""

    def job(reply: Reply) -> PredictAgain:
        folder = Path.cwd()
        with contextlib.suppress(OSError):
            leave()
            os.chdir(folder)
        send(reply, os.getpid())
        return predict_again

    return job


def deep() -> None:
    """Deeper than Python's recursion goes, and a longer path than Linux takes."""
    for _ in range(DEPTH):
        Path("a" * 9).mkdir()
        os.chdir("a" * 9)
    Path("file").write_text("x")


def closed() -> None:
    """Folders that nobody may open."""
    Path("a/b/c/d").mkdir(parents=True)
    Path("a/b/c/file").write_text("x")
    for path in ("a/b/c/d", "a/b/c", "a/b", "a", "."):
        Path(path).chmod(0)


def wide() -> None:
    for number in range(300):
        Path(str(number)).mkdir()
        Path(str(number), "file").write_text("x")


def odd_names() -> None:
    for name in (b"\xff\xfe", b"new\nline", b"-rf", b"~", "\u202e".encode(), b"a" * 255):
        Path(os.fsdecode(name)).mkdir()
        Path(os.fsdecode(name), os.fsdecode(name)).write_text("x")


def no_files() -> None:
    os.mkfifo("fifo")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind("socket")
    Path("dangling").symlink_to("nowhere")
    Path("round").symlink_to(".")
    Path("root").symlink_to("/")
    Path("hard").write_text("x")
    Path("hard").chmod(0)
    Path("other").hardlink_to("hard")


def sparse() -> None:
    with Path("huge").open("wb") as file:
        file.truncate(2**26)


def open_files() -> None:
    """Files without a name, and one that is mapped."""
    for number in range(50):
        file = os.open(str(number), os.O_CREAT | os.O_RDWR)
        os.write(file, b"x" * 1000)
        Path(str(number)).unlink()


LEAVINGS = (deep, closed, wide, odd_names, no_files, sparse, open_files)


def counts_processes(reply: Reply) -> None:
    """How many other processes there are below the worker."""
    worker, parents = os.getppid(), {}
    for folder in Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            if fields[0] not in "ZX":
                parents[int(folder.name)] = int(fields[1])
    below = {worker}
    while more := {one for one, parent in parents.items() if parent in below} - below:
        below |= more
    send(reply, len(below - {worker, os.getpid()}))


REPLYING = (
    honest,
    never_replies_again,
    does_not_exit,
    closes_requests,
    shares_its_pipe,
    closes_its_pipe,
    replies_too_much,
    forges_requests,
    raises,
    leaves_files,
    leaves_a_segment,
    finds_leftovers,
    counts_processes,
    stops,
    loops,
    writes_many_files,
    renames_itself,
    lists_jobs,
)
WAITING = (exits, grows, fills, spawns, prints)
SIGNALS = (1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16, 24, 25, 27, 29, 30, 31, 32, 33, 34, 40, 50, 63, 64)
STATUSES = (0, 1, 2, 69, 70, 71, 126, 127, 128, 137, 139, 255)
JOBS: dict[str, Callable[[Reply], PredictAgain | None]] = {
    **{each.__name__: each for each in REPLYING},
    **{each.__name__: while_waiting(each) for each in WAITING},
    **{each.__name__: leaves(each) for each in LEAVINGS},
    **{f"signal {number}": dies(number) for number in SIGNALS},
    **{f"exit {status}": lambda reply, status=status: os._exit(status) for status in STATUSES},
}


def main() -> None:
    folder = IN_A_CONTAINER
    if not folder.exists():
        folder = Path(__file__).resolve().parents[2] / "sandbox"
    package = ModuleType("sandbox")
    package.__path__ = [str(folder)]
    sys.modules["sandbox"] = package
    worker: Any = importlib.import_module("sandbox.worker.worker")
    contract = importlib.import_module("sandbox.protocol.contract")

    class Worker(worker.Worker):  # type: ignore[misc, name-defined]
        def _predict(self, header: Mapping[str, Any], length: int) -> None:
            def work_in(folder: Path) -> Callable[[Reply], PredictAgain | None]:
                return lambda reply: JOBS[(folder / "name").read_text()](reply)  # noqa: PLW0108 - read late

            self._run_job("name", length, contract.Limits(**header["limits"]), work_in, keep_loaded=True)

    worker.Worker = Worker
    worker.load_tensorflow = lambda: {"worker": "test"}
    worker.main(sys.argv[1:])


if __name__ == "__main__":
    main()
