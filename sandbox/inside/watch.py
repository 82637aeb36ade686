"""The worker's eye on a job: time, memory, disk, processes, what it prints and what it replies."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from .job import Child, Limits
from .patience import Stopwatch
from .processes import Process, list_processes
from .tenant import Tenant, most_tasks
from .wire import CHUNK, HostGone, Wire, write_all

_INTERVAL: Final = 0.05
"""Seconds between two looks at a job's memory."""
_FRAME_SLACK: Final = 2**20 + 64
"""A frame's header, beside its payload."""

Forward = Callable[[memoryview], None]


@dataclass(frozen=True)
class End:
    """How a job's process ended, and for people why.

    "finished", "timed_out", "out_of_memory", "crashed", or "exceeded" for any other limit.
    """

    how: str
    why: str = ""


class Tail:
    """The last bytes printed that are not forwarded yet, in one place that is wiped after use."""

    def __init__(self, capacity: int) -> None:
        self._data = bytearray(max(1, capacity))
        self._used = 0

    def feed(self, chunk: memoryview) -> None:
        """Takes what was printed; where it is too much, the oldest is dropped."""
        chunk = chunk[-len(self._data) :]
        overflow = max(0, self._used + len(chunk) - len(self._data))
        self._data[: self._used - overflow] = self._data[overflow : self._used]
        self._used -= overflow
        self._data[self._used : self._used + len(chunk)] = chunk
        self._used += len(chunk)

    def drain(self, forward: Forward) -> None:
        """Hands over what is there, and forgets it."""
        if self._used:
            forward(memoryview(self._data)[: self._used])
        self._data[:] = bytes(len(self._data))
        self._used = 0


class Watch:
    """Follows one job to its end. What it replies goes to a file, unread: it was written by a stranger."""

    def __init__(self, child: Child, tenant: Tenant, limits: Limits, spool: int, wire: Wire) -> None:
        self._child, self._tenant, self._limits, self._spool = child, tenant, limits, spool
        self._wire = wire
        self._tail = Tail(limits.log_bytes)
        self._scratch = bytearray(CHUNK)
        self._stopwatch = Stopwatch(limits.seconds)
        self._idle_memory = own_memory()
        self._open = {child.reply, child.log}
        self.reply_length = 0

    def follow(self) -> End:
        """Until the job ends or is ended; then nothing of it is left. Raises StillThere, HostGone."""
        try:
            end = self._until_it_ends()
            self._end_all()
            return self._judge_reply() or end
        except HostGone:
            # Nobody waits for an answer any more: the job ends with its host.
            self._tenant.evict()
            raise
        finally:
            self._tail.drain(lambda chunk: None)
            self._scratch[:] = bytes(CHUNK)
            for descriptor in (self._child.reply, self._child.log):
                os.close(descriptor)

    def _until_it_ends(self) -> End:
        poll = select.poll()
        for descriptor in self._open:
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
        with _process_handle(self._child.number, poll):
            next_look = time.monotonic() + _INTERVAL
            while True:
                self._read(poll.poll(_INTERVAL * 1000), poll)
                ended, status = os.waitpid(self._child.number, os.WNOHANG)
                if ended:
                    return explain(status)
                if time.monotonic() >= next_look:
                    self._tail.drain(self._forward)
                    if self._wire.host_is_gone():
                        raise HostGone
                    if verdict := self._look():
                        return verdict
                    next_look = time.monotonic() + _INTERVAL

    def _forward(self, chunk: memoryview) -> None:
        self._wire.send({"verb": "log"}, chunk)

    def _look(self) -> End | None:
        """Whether the job has used more than it may."""
        limits = self._limits
        living = self._tenant.living()
        # Before time and memory: a bomb of processes takes some of both for each.
        if sum(process.threads for process in living) > most_tasks(limits.processes):
            most = most_tasks(limits.processes)
            return End("exceeded", f"It started more than {most} processes or threads.")
        if self._stopwatch.is_late(living):
            return End("timed_out", f"It took longer than {limits.seconds:g} seconds.")
        if self._is_too_large(living):
            return End("out_of_memory", f"It used more than {limits.memory_bytes / 2**30:.3g} GiB of memory.")
        if self._tenant.disk_used() > limits.disk_bytes:
            return End("exceeded", f"It wrote more than {limits.disk_bytes / 2**30:.3g} GiB of files.")
        return self._judge_reply()

    def _judge_reply(self) -> End | None:
        """Whether more has come back than may."""
        if self.reply_length <= self._limits.reply_bytes + _FRAME_SLACK:
            return None
        return End("exceeded", f"It handed back more than {self._limits.reply_bytes / 2**20:.0f} MiB.")

    def _is_too_large(self, living: list[Process]) -> bool:
        most = self._limits.memory_bytes + self._idle_memory
        # The sum counts for each fork what all share. Only where it is too much, a closer look is worth it.
        if sum(process.memory for process in living) <= most:
            return False
        return len(living) == 1 or self._tenant.memory_used(living) > most

    def _end_all(self) -> None:
        """Everything of the job is gone before its last words are read: they cannot go on for ever."""
        self._tenant.evict()
        for descriptor in tuple(self._open):
            while descriptor in self._open and self._read_one(descriptor):
                pass
        self._tail.drain(self._forward)

    def _read(self, events: list[tuple[int, int]], poll: select.poll) -> None:
        for descriptor, _ in events:
            if descriptor in self._open:
                self._read_one(descriptor)
                if descriptor not in self._open:
                    poll.unregister(descriptor)

    def _read_one(self, descriptor: int) -> bool:
        """Reads once from a pipe; False when there is nothing more now."""
        view = memoryview(self._scratch)
        try:
            count = os.readv(descriptor, [view])
        except BlockingIOError:
            return False
        if not count:
            self._open.discard(descriptor)
            return False
        if descriptor == self._child.log:
            self._tail.feed(view[:count])
        else:
            self._keep(view[:count])
        return True

    def _keep(self, chunk: memoryview) -> None:
        self.reply_length += len(chunk)
        if self.reply_length <= self._limits.reply_bytes + _FRAME_SLACK:
            write_all(self._spool, chunk)


def explain(status: int) -> End:
    """What a process's exit status says."""
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL:
        # Nobody but the kernel's memory killer sends it: the worker itself has not yet.
        return End("out_of_memory", "The system ended it because memory ran out.")
    if code < 0:
        return End("crashed", f"It was ended by {signal.Signals(-code).name}, a crash inside compiled code.")
    return End("finished") if code == 0 else End("crashed", f"It exited with status {code}.")


def own_memory() -> int:
    """Memory of this process, which every fork of it shares until it writes."""
    mine = os.getpid()
    return sum(process.memory for process in list_processes() if process.number == mine)


@contextlib.contextmanager
def _process_handle(number: int, poll: select.poll) -> Iterator[None]:
    """Wakes the poll the moment a process ends, where the system can."""
    try:
        handle = os.pidfd_open(number)
    except (AttributeError, OSError):
        yield
        return
    poll.register(handle, select.POLLIN)
    try:
        yield
    finally:
        os.close(handle)
