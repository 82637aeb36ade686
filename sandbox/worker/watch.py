"""The worker's eye on a job: time, memory, disk, processes, what it prints and what it replies.

A job that may stay is followed from reply to reply, and watched while it waits to be asked again.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..protocol.contract import Limits
from .cpu_timeout import Stopwatch
from .job import Child, send_request
from .job_user import JobUser, most_tasks
from .pipe import CHUNK, HostGone, HostPipe, write_all
from .processes import Process, list_processes
from .tail import Forward, Tail, ignore

_INTERVAL: Final = 0.05
"""Seconds between two looks at a job's memory."""
_FRAME_SLACK: Final = 2**20 + 64
"""A frame's header, beside its payload."""
_FAREWELL: Final = 0.1
"""Seconds in which a job that waits may end by itself, before it is ended."""


@dataclass(frozen=True)
class End:
    """How a job's process ended, and for people why.

    "finished", "timed_out", "out_of_memory", "crashed", or "exceeded" for any other limit.
    """

    how: str
    why: str = ""


class Watch:
    """Follows one job. What it replies goes to a file, unread: it was written by a stranger."""

    def __init__(self, child: Child, tenant: JobUser, limits: Limits, wire: HostPipe) -> None:
        self._child, self._tenant, self._limits = child, tenant, limits
        self._wire = wire
        self._reply = child.reply
        self._spool = -1
        self._tail = Tail(limits.log_bytes)
        self._scratch = bytearray(CHUNK)
        self._stopwatch = Stopwatch(limits.seconds)
        self._idle_memory = own_memory()
        self._open = {child.reply, child.log}
        self._runs = True
        self.reply_length = 0
        self.is_over = False
        """Nothing of the job is left."""

    def follow(self, spool: int) -> End:
        """Until the job ends, is ended, or has replied and may stay. Raises StillThere, HostGone."""
        self._spool, self.reply_length = spool, 0
        try:
            end = self._until(self._may_wait, self._forward) or self._judge_reply()
            if end is None:
                self._tail.drain(self._forward)
                return End("finished")
            self._end_all(self._forward)
            return self._judge_reply() or end
        except HostGone:
            # Nobody waits for an answer any more: the job ends with its host.
            self.dismiss()
            raise
        finally:
            self._spool = -1
            self._forget()

    def wait(self) -> None:
        """While a job that stayed has nothing to do, until the host speaks. Raises StillThere, HostGone."""
        self._stopwatch = Stopwatch(math.inf)
        if not self.is_over and self._until(self._wire.has_news, ignore, self._wire.incoming) is not None:
            self.dismiss()
        self._forget()

    def ask(self, request: Mapping[str, Any], limits: Limits) -> None:
        """Asks a job that stayed; `follow` waits for the reply. One that does not listen is dismissed."""
        self._limits, self._stopwatch = limits, Stopwatch(limits.seconds)
        os.close(self._reply)
        self._reply, reply_end = os.pipe()
        os.set_blocking(self._reply, False)
        self._open.add(self._reply)
        try:
            if self._child.requests is not None:
                send_request(self._child.requests, request, reply_end)
        except OSError:
            self.dismiss()
        finally:
            os.close(reply_end)

    def dismiss(self) -> None:
        """The job must go, and what it still says is not heard. Raises StillThere."""
        if not self.is_over:
            self._end_all(ignore)

    def _until(self, enough: Callable[[], bool], forward: Forward, *also: int) -> End | None:
        """How the job ended, or why it must; None where there was enough before. `also` wakes it too."""
        poll = select.poll()
        for descriptor in (*self._open, *also):
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
        with _process_handle(self._child.number, poll):
            next_look = time.monotonic() + _INTERVAL
            while True:
                self._read(poll.poll(_INTERVAL * 1000), poll)
                ended, status = os.waitpid(self._child.number, os.WNOHANG)
                if ended:
                    self._runs = False
                    return explain(status)
                if enough():
                    return None
                if time.monotonic() >= next_look:
                    self._tail.drain(forward)
                    if self._wire.host_is_gone():
                        raise HostGone
                    if verdict := self._look():
                        return verdict
                    next_look = time.monotonic() + _INTERVAL

    def _may_wait(self) -> bool:
        """Whether it has replied, and may be asked again."""
        return self._child.requests is not None and self._reply not in self._open

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

    def _end_all(self, forward: Forward) -> None:
        """Everything of the job is gone before its last words are read: they cannot go on for ever."""
        self.is_over = True
        self._hang_up()
        self._tenant.evict()
        for descriptor in tuple(self._open):
            while descriptor in self._open and self._read_one(descriptor):
                pass
        self._tail.drain(forward)
        self._forget()
        os.close(self._reply)
        os.close(self._child.log)

    def _hang_up(self) -> None:
        """A job that waits to be asked ends by itself, which costs less than ending it."""
        if self._child.requests is None:
            return
        self._child.requests.close()
        deadline = time.monotonic() + (_FAREWELL if self._reply not in self._open else 0)
        poll = select.poll()
        with _process_handle(self._child.number, poll):
            while self._runs and time.monotonic() < deadline:
                poll.poll(_FAREWELL * 100)
                self._runs = os.waitpid(self._child.number, os.WNOHANG)[0] == 0

    def _forget(self) -> None:
        """No later job, a fork of this process, finds what this one said."""
        self._tail.drain(ignore)
        self._scratch[:] = bytes(CHUNK)

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
