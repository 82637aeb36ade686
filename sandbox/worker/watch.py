"""Watches a job: its time, memory, files and processes, and reads what it prints and replies.

A job that keeps its model loaded is followed from reply to reply, and watched while it waits in between.
"""

from __future__ import annotations

import contextlib
import math
import os
import select
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from ..protocol.contract import Limits
from .cpu_timeout import Stopwatch
from .job import JobProcess, send_request
from .job_user import MOST_FILES, JobUser, LeftBehind, most_tasks
from .kernel import memory_kills
from .pipe import CHUNK, HostGone, HostPipe, write_all
from .processes import Process, is_ending, own_memory

_INTERVAL: Final = 0.05
"""Seconds between two checks of a job's limits."""
_WAITING_INTERVAL: Final = 0.25
"""The same while it waits for a request: a look costs milliseconds, and a worker may wait for hours."""
_FRAME_SLACK: Final = 2**20 + 64
"""Bytes of a frame's prefix and header, beside its payload."""
_EXIT_SECONDS: Final = 0.1
"""Seconds in which a job that waits for requests may end by itself, before it is ended."""

_CRASHES: Final = (signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE, signal.SIGABRT)

Forward = Callable[[memoryview], None]
"""Takes some of a job's output."""


def ignore(chunk: memoryview) -> None:
    """Drops a job's output."""


class Tail:
    """The last bytes of a job's output that are not forwarded yet, in one buffer that is wiped after use."""

    def __init__(self, capacity: int) -> None:
        self._data = bytearray(max(1, capacity))
        self._used = 0

    def feed(self, chunk: memoryview) -> None:
        """Adds output; where it is more than the capacity, the oldest is dropped."""
        chunk = chunk[-len(self._data) :]
        overflow = max(0, self._used + len(chunk) - len(self._data))
        self._data[: self._used - overflow] = self._data[overflow : self._used]
        self._used -= overflow
        self._data[self._used : self._used + len(chunk)] = chunk
        self._used += len(chunk)

    def drain(self, forward: Forward) -> None:
        """Forwards what is there, and wipes it."""
        if self._used:
            forward(memoryview(self._data)[: self._used])
        self._data[:] = bytes(len(self._data))
        self._used = 0


@dataclass(frozen=True)
class JobEnd:
    """How a job ended."""

    how: str
    """ "finished", "timed_out", "kept_waiting" by other programs, "out_of_memory", "crashed"; or "exceeded":
    any other limit."""
    why: str = ""
    """A sentence for the author of the submission."""


class Watch:
    """Follows one job. Its reply goes to a file, unread: it was written beside a stranger's code."""

    def __init__(self, job: JobProcess, user: JobUser, limits: Limits, pipe: HostPipe) -> None:
        self._job, self._user, self._limits = job, user, limits
        self._pipe = pipe
        self._reply = job.reply
        self._spool = -1
        self._tail = Tail(limits.log_bytes)
        self._scratch = bytearray(CHUNK)
        self._stopwatch = Stopwatch(limits.seconds, wall_clock_factor=limits.wall_clock_factor)
        self._worker_memory = own_memory()
        self._memory_kills = memory_kills()
        self._open = {job.reply, job.log}
        self._is_running = True
        self.reply_length = 0
        self.is_over = False
        """The job has ended."""
        self.left_behind = False
        """The job has ended, and something of it could not be removed: no other may run here."""

    def follow(self, spool: int) -> JobEnd:
        """Follows the job until it ends, is ended, or has replied and keeps its model loaded.

        Its output is forwarded to the host, and its reply written to the file descriptor `spool`.

        Raises:
            HostGone: the host has closed the pipe; the job was ended.
        """
        self._spool, self.reply_length = spool, 0
        try:
            end = self._until(self._has_replied, self._forward) or self._check_reply()
            if end is None:
                self._tail.drain(self._forward)
                return JobEnd("finished")
            self._end(self._forward)
            return self._check_reply() or end
        except HostGone:
            self.end()
            raise
        finally:
            self._spool = -1
            self._wipe()

    def wait(self) -> None:
        """Watches a job that waits, until the host sends something. Raises HostGone."""
        self._stopwatch = Stopwatch(math.inf)
        if not self.is_over and self._until(
            self._pipe.has_input, ignore, self._pipe.incoming, interval=_WAITING_INTERVAL
        ):
            self.end()
        self._wipe()

    def send(self, request: Mapping[str, Any], limits: Limits, inputs: Sequence[int]) -> None:
        """Sends a job that waits a request, and descriptors of its inputs; `follow` reads the reply.

        Ends a job that cannot be reached.
        """
        self._limits = limits
        self._stopwatch = Stopwatch(
            limits.seconds, wall_clock_factor=limits.wall_clock_factor, running=self._user.processes()
        )
        os.close(self._reply)
        self._reply, reply_end = os.pipe()
        os.set_blocking(self._reply, False)
        self._open.add(self._reply)
        try:
            if self._job.requests is not None:
                send_request(self._job.requests, request, reply_end, inputs)
        except OSError:
            self.end()
        finally:
            os.close(reply_end)

    def end(self) -> None:
        """Ends the job and drops its last output."""
        if not self.is_over:
            self._end(ignore)

    def _until(
        self, condition: Callable[[], bool], forward: Forward, *also: int, interval: float = _INTERVAL
    ) -> JobEnd | None:
        """How the job ended, or why it must; None once `condition` holds. `also` wakes it, too."""
        poll = select.poll()
        for descriptor in (*self._open, *also):
            poll.register(descriptor, select.POLLIN | select.POLLHUP)
        with _wake_at_end(self._job.pid, poll):
            next_check = time.monotonic() + interval
            while True:
                self._read(poll.poll(interval * 1000), poll)
                ended, status = os.waitpid(self._job.pid, os.WNOHANG)
                if ended:
                    self._is_running = False
                    return explain(status, self._ran_out_of_memory())
                if condition():
                    return None
                if time.monotonic() >= next_check:
                    self._tail.drain(forward)
                    if self._pipe.host_is_gone():
                        raise HostGone
                    if end := self._check_limits():
                        return end
                    next_check = time.monotonic() + interval

    def _ran_out_of_memory(self) -> bool | None:
        """Whether the system has ended a process for memory since the job began; None where nobody knows."""
        before, now = self._memory_kills, memory_kills()
        return None if before is None or now is None else now > before

    def _has_replied(self) -> bool:
        """Whether its reply is complete, and it waits for further requests.

        The kernel closes the pipe of a process that dies before it tells its end: that is no reply.
        """
        if self._job.requests is None or self._reply in self._open:
            return False
        return not is_ending(self._job.pid)

    def _forward(self, chunk: memoryview) -> None:
        self._pipe.send({"verb": "log"}, chunk)

    def _check_limits(self) -> JobEnd | None:
        """Which limit the job has exceeded; None while it has not."""
        limits = self._limits
        processes = self._user.processes()
        # Before time and memory: a fork bomb uses up both.
        most = most_tasks(limits.processes)
        if sum(process.threads for process in processes) > most:
            return JobEnd("exceeded", f"It started more than {most} processes or threads.")
        if self._stopwatch.is_late(processes):
            how = "kept_waiting" if self._stopwatch.kept_waiting else "timed_out"
            return JobEnd(how, f"It took longer than {limits.seconds:g} seconds.")
        if self._uses_too_much_memory(processes):
            return JobEnd(
                "out_of_memory", f"It used more than {limits.memory_bytes / 2**30:.3g} GiB of memory."
            )
        size, files = self._user.disk_used()
        if files > MOST_FILES:
            return JobEnd("exceeded", f"It wrote more than {MOST_FILES:,} files and folders.")
        if size > limits.disk_bytes:
            return JobEnd("exceeded", f"It wrote more than {limits.disk_bytes / 2**30:.3g} GiB of files.")
        return self._check_reply()

    def _check_reply(self) -> JobEnd | None:
        if self.reply_length <= self._limits.reply_bytes + _FRAME_SLACK:
            return None
        return JobEnd("exceeded", f"Its reply is larger than {self._limits.reply_bytes / 2**20:.0f} MiB.")

    def _uses_too_much_memory(self, processes: list[Process]) -> bool:
        most = self._limits.memory_bytes + self._worker_memory
        # The sum counts shared pages once for each process: only where it is too much, they are measured.
        if sum(process.memory_bytes for process in processes) <= most:
            return False
        return len(processes) == 1 or self._user.memory_used(processes) > most

    def _end(self, forward: Forward) -> None:
        """Ends everything of the job, then reads its last output: after that it cannot print without end."""
        self.is_over = True
        self._close_requests()
        try:
            self._user.clean_up()
        except LeftBehind:
            # What a job leaves does not change how it ended: it could choose that.
            self.left_behind = True
        for descriptor in tuple(self._open):
            while descriptor in self._open and self._read_one(descriptor):
                pass
        self._tail.drain(forward)
        self._wipe()
        os.close(self._reply)
        os.close(self._job.log)

    def _close_requests(self) -> None:
        """Lets a job that waits for requests end by itself, which takes less time than ending it."""
        if self._job.requests is None:
            return
        self._job.requests.close()
        deadline = time.monotonic() + (_EXIT_SECONDS if self._reply not in self._open else 0)
        poll = select.poll()
        with _wake_at_end(self._job.pid, poll):
            while self._is_running and time.monotonic() < deadline:
                poll.poll(_EXIT_SECONDS * 100)
                self._is_running = os.waitpid(self._job.pid, os.WNOHANG)[0] == 0

    def _wipe(self) -> None:
        """Wipes the buffers: a later job, a fork of this process, finds no output of this one."""
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
        if descriptor == self._job.log:
            self._tail.feed(view[:count])
        else:
            self._save(view[:count])
        return True

    def _save(self, chunk: memoryview) -> None:
        self.reply_length += len(chunk)
        if self.reply_length <= self._limits.reply_bytes + _FRAME_SLACK:
            write_all(self._spool, chunk)


def explain(status: int, ran_out_of_memory: bool | None = None) -> JobEnd:
    """How a process ended, from its exit status, and whether the system ended one for memory meanwhile."""
    code = os.waitstatus_to_exitcode(status)
    if code == -signal.SIGKILL and ran_out_of_memory:
        return JobEnd("out_of_memory", "The system ended it because memory ran out.")
    if code == -signal.SIGKILL:
        # The worker has not ended it yet: it, or another program of its user.
        memory = (
            "or by the system because memory ran out"
            if ran_out_of_memory is None
            else "or by another program"
        )
        return JobEnd("crashed", f"It was ended by SIGKILL: by itself, {memory}.")
    if code < 0:
        return JobEnd("crashed", f"It was ended by {_name_signal(-code)}.")
    return JobEnd("finished") if code == 0 else JobEnd("crashed", f"It exited with status {code}.")


def _name_signal(number: int) -> str:
    """For example "SIGSEGV, a crash inside compiled code", or "signal 40": real-time signals have no name."""
    try:
        name = signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
    return f"{name}, a crash inside compiled code" if number in _CRASHES else name


@contextlib.contextmanager
def _wake_at_end(pid: int, poll: select.poll) -> Iterator[None]:
    """Wakes the poll as soon as a process ends, on systems that can."""
    try:
        handle = os.pidfd_open(pid)
    except (AttributeError, OSError):
        yield
        return
    poll.register(handle, select.POLLIN)
    try:
        yield
    finally:
        os.close(handle)
