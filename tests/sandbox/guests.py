"""A worker without TensorFlow, whose jobs are these strangers: each replies as it should, and may stay.

Run in place of the package `inside`, with the same options. The "model" that it is sent is a stranger's name.
What they answer, one number to one question, is their process id.
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
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

Reply = Any
Further = Callable[[Mapping[str, Any]], Callable[[Reply], None]]
SHARED_PLACES = [Path(place) for place in ("/tmp", "/dev/shm", "/var/tmp")]
IN_A_CONTAINER = Path("/opt/tfprep/sandbox")


def tell(reply: Reply, number: float) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([[float(number)]]), allow_pickle=False)
    told = {"reply": "predicted", "facts": {}, "load": 0.0, "predict": 0.0, "sizes": [buffer.tell()]}
    reply.send(told, buffer.getvalue())


def politely(request: Mapping[str, Any]) -> Callable[[Reply], None]:
    return lambda reply: tell(reply, os.getpid())


def meanwhile(do: Callable[[], None]) -> Callable[[Reply], Further]:
    """A guest that replies, and does something while it waits to be asked again."""

    def guest(reply: Reply) -> Further:
        tell(reply, os.getpid())
        threading.Thread(target=do, daemon=True).start()
        return politely

    return guest


def dies() -> None:
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


def spawns() -> None:
    for _ in range(500):
        with contextlib.suppress(OSError):
            if os.fork() == 0:
                time.sleep(1000)


def babbles() -> None:
    while True:
        print("noise" * 1000, flush=True)


def honest(reply: Reply) -> Further:
    tell(reply, os.getpid())
    return politely


def deaf(reply: Reply) -> Further:
    tell(reply, os.getpid())
    return lambda request: lambda reply: time.sleep(1000)


def clings(reply: Reply) -> Further:
    """Hears that it must go, and stays; so does its child."""
    os._exit = lambda code: time.sleep(1000)  # type: ignore[assignment]
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    if os.fork() == 0:
        os.close(3)
        time.sleep(1000)
    tell(reply, os.getpid())
    return politely


def turns_away(reply: Reply) -> Further:
    """Lives on, and shuts the socket that requests come by."""
    os._exit = lambda code: time.sleep(1000)  # type: ignore[assignment]
    tell(reply, os.getpid())
    socket.socket(fileno=os.dup(4)).shutdown(socket.SHUT_RDWR)
    return politely


def shares(reply: Reply) -> Further:
    """Its child holds the pipe open by which it replied."""
    if os.fork() == 0:
        time.sleep(1000)
    tell(reply, os.getpid())
    return politely


def hangs_up(reply: Reply) -> Further:
    os.close(3)
    return politely


def overdoes(reply: Reply) -> Further:
    os.write(3, bytes(2**16))
    for _ in range(64):
        os.write(3, bytes(2**16))
    os.close(3)
    return politely


def forges(reply: Reply) -> Further:
    """Talks into the socket that only the worker should talk into."""
    os.set_blocking(4, False)
    with contextlib.suppress(OSError):
        while True:
            os.write(4, b'\x00\x00\x00\x10{"verb": "done"}' * 100)
    os.set_blocking(4, True)
    tell(reply, os.getpid())
    return politely


def errs(reply: Reply) -> Further:
    def work(reply: Reply) -> None:
        raise ValueError("as it does")

    tell(reply, os.getpid())
    return lambda request: work


def litters(reply: Reply) -> Further:
    """Leaves something wherever anybody can, and nothing beside its own file."""
    for place in SHARED_PLACES:
        with contextlib.suppress(OSError):
            (place / "litter").mkdir()
            (place / "litter" / "paper").write_text("paper")
    ctypes.CDLL(None).shmget(4711, 4096, 0o1666)
    tell(reply, os.getpid())
    return politely


def finds(reply: Reply) -> None:
    """How much of that there is."""
    found = sum((place / "litter").exists() for place in SHARED_PLACES)
    tell(reply, found + (ctypes.CDLL(None).shmget(4711, 4096, 0) >= 0))


def segments(reply: Reply) -> Further:
    ctypes.CDLL(None).shmget(4711, 4096, 0o1666)
    tell(reply, os.getpid())
    return politely


def counts(reply: Reply) -> None:
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
    tell(reply, len(below - {worker, os.getpid()}))


REPLYING = (
    honest,
    deaf,
    clings,
    turns_away,
    shares,
    hangs_up,
    overdoes,
    forges,
    errs,
    litters,
    segments,
    finds,
    counts,
)
WAITING = (dies, grows, fills, spawns, babbles)
GUESTS: dict[str, Callable[[Reply], Further | None]] = {
    **{each.__name__: each for each in REPLYING},
    **{each.__name__: meanwhile(each) for each in WAITING},
}


def main() -> None:
    folder = IN_A_CONTAINER
    if not folder.exists():
        folder = Path(__file__).resolve().parents[2] / "sandbox"
    package = ModuleType("sandbox")
    package.__path__ = [str(folder)]
    sys.modules["sandbox"] = package
    worker = importlib.import_module("sandbox.worker.worker")
    contract = importlib.import_module("sandbox.protocol.contract")

    class Inn(worker.Worker):  # type: ignore[misc]
        def _predict(self, header: Mapping[str, Any], length: int) -> None:
            def work_in(folder: Path) -> Callable[[Reply], Further | None]:
                return lambda reply: GUESTS[(folder / "guest").read_text()](reply)  # noqa: PLW0108 - read late

            self._do("guest", length, contract.Limits(**header["limits"]), work_in, may_stay=True)

    worker.Worker = Inn
    worker.load_tensorflow = lambda: {"worker": "inn"}
    worker.main(sys.argv[1:])


if __name__ == "__main__":
    main()
