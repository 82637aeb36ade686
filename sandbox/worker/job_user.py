"""The user that a job runs as: how its processes are found and ended, and its files removed.

SeparateUser   a user id that no job had before, for each job of a worker in a container
SameUser       the worker's own user, for a worker in a plain subprocess
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from ..protocol.removal import remove_tree, tree_size
from . import kernel
from .processes import Process, descendants, processes_of_user, proportional_memory, threads_of_user

_KILL_SECONDS: Final = 10.0
"""Seconds after which killed processes must be gone."""
_FIRST_USER: Final = 10_000
_MOST_MEASURED: Final = 64
"""Processes whose shared memory is measured: the kernel goes through all the memory of each."""
_CLEANER: Final = _FIRST_USER - 1
"""The real user id of the process that cleans up after a job: the job cannot send signals to it."""
_USERS: Final = 50_000
"""Within the 65,536 ids that a rootless engine, or one with mapped users, has."""
_SPARE_TASKS: Final = 32
"""The kernel allows a job so many tasks more than its limit: the worker then sees them, and ends the job."""
MOST_FILES: Final = 30_000
"""Files and folders that a job may have at once: looking at more, and removing them, takes too much time."""
_SHARED_PLACES: Final = ("/tmp", "/dev/shm", "/dev/mqueue", "/run/lock", "/var/tmp")  # noqa: S108
"""Where any user may leave files."""


class LeftBehind(Exception):
    """Something of a job could not be removed: this worker must not run another one."""


class JobUser(ABC):
    """The user of one job, whose directory is `folder`; `number` counts the worker's jobs."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder

    @abstractmethod
    def chown(self, file: Path) -> None:
        """Before the fork: makes the job the owner of its directory and of the file in it."""

    @abstractmethod
    def drop_privileges(self, processes: int) -> None:
        """In the fork: becomes this user for good, with at most so many processes."""

    @abstractmethod
    def processes(self) -> list[Process]:
        """The job's running processes."""

    @abstractmethod
    def memory_used(self, processes: list[Process]) -> int:
        """Bytes of memory that these processes of the job hold together."""

    @abstractmethod
    def disk_used(self) -> tuple[int, int]:
        """Bytes of files that the job has written, and how many files and folders there are."""

    @abstractmethod
    def clean_up(self) -> None:
        """Ends every process of the job and removes every file of it. Raises LeftBehind."""


class SameUser(JobUser):
    """The worker's own user: the job's processes are the worker's descendants, orphans among them."""

    def chown(self, file: Path) -> None:
        """Nothing to do: both have this owner."""

    def drop_privileges(self, processes: int) -> None:
        """Limits the number of processes only, which the kernel counts for all processes of the user."""
        if kernel.ON_LINUX and os.getuid():
            most = threads_of_user(os.getuid()) + most_tasks(processes) + _SPARE_TASKS
            kernel.limit({resource.RLIMIT_NPROC: most})

    def processes(self) -> list[Process]:
        """What the worker started, and what that started."""
        return descendants(os.getpid())

    def memory_used(self, processes: list[Process]) -> int:
        """Shared memory is counted once, unless there are so many processes that measuring takes too long."""
        few = len(processes) <= _MOST_MEASURED
        return sum(proportional_memory(each) if few else each.memory_bytes for each in processes)

    def disk_used(self) -> tuple[int, int]:
        """What lies in the job's directory."""
        return tree_size(self.folder, MOST_FILES)

    def clean_up(self) -> None:
        """Stops all processes, so that none starts another, then kills them."""
        _kill_until_none(self.processes, self._kill)
        reap()
        remove_tree(self.folder)
        if self.folder.exists():
            raise LeftBehind("A file of a job could not be removed.")

    def _kill(self) -> None:
        for action in (signal.SIGSTOP, signal.SIGKILL):
            for process in self.processes():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.pid, action)


class SeparateUser(JobUser):
    """A user id of the job's own. Needs the capabilities SETUID, SETGID and CHOWN; cleans up as that user."""

    def __init__(self, folder: Path, number: int) -> None:
        super().__init__(folder, number)
        self.user = _FIRST_USER + number % _USERS
        self._file: Path | None = None
        self._used_before, self._files_before = _used(folder.parent), _files(folder.parent)

    def chown(self, file: Path) -> None:
        """Makes this user their owner."""
        self._file = file
        os.chown(file, self.user, self.user)
        os.chown(self.folder, self.user, self.user)

    def drop_privileges(self, processes: int) -> None:
        """Becomes this user, with no way back."""
        kernel.limit({resource.RLIMIT_NPROC: most_tasks(processes) + _SPARE_TASKS})
        # However many processes it starts, the worker that ends them gets a core first.
        os.nice(10)
        os.setgroups([])
        os.setresgid(self.user, self.user, self.user)
        os.setresuid(self.user, self.user, self.user)

    def processes(self) -> list[Process]:
        """Every process of this user."""
        return processes_of_user(self.user)

    def memory_used(self, processes: list[Process]) -> int:
        """As the container's control group counts it; where there is none, shared memory counts for each."""
        counted = kernel.container_memory()
        if counted is None:
            return sum(process.memory_bytes for process in processes)
        return counted - _used(self.folder.parent)

    def disk_used(self) -> tuple[int, int]:
        """How much more the file system holds than before: one job runs at a time."""
        place = self.folder.parent
        return max(0, _used(place) - self._used_before), max(0, _files(place) - self._files_before)

    def clean_up(self) -> None:
        """As this user: kills all that it may, then deletes all that it owns."""
        _kill_until_none(self.processes, lambda: self._as_user(_kill_all_of_this_user))
        if not self._removed_all_at_once():
            self._as_user(self._delete_everything)
            with contextlib.suppress(OSError):
                self.folder.rmdir()
        reap()
        self._check_nothing_left()

    def _removed_all_at_once(self) -> bool:
        """Removes the directory and the one file in it; False where there is more to delete."""
        try:
            if self._file is not None:
                self._file.unlink()
            self.folder.rmdir()
        except OSError:
            return False
        return not kernel.holds_shared_memory(self.user) and not any(self._left_in_shared_places())

    def _as_user(self, action: Callable[[], None]) -> None:
        """Runs `action` in a process with this user's rights, which this user cannot stop or kill."""
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            os.setgroups([])
            os.setresgid(_CLEANER, self.user, _CLEANER)
            os.setresuid(_CLEANER, self.user, _CLEANER)
            action()
        finally:
            os._exit(0)

    def _delete_everything(self) -> None:
        remove_tree(self.folder)
        for left in self._left_in_shared_places():
            if left.is_dir(follow_symlinks=False):
                remove_tree(Path(left.path))
            else:
                with contextlib.suppress(OSError):
                    Path(left.path).unlink()
        kernel.remove_shared_memory(self.user)

    def _check_nothing_left(self) -> None:
        if (
            self.folder.exists()
            or any(self._left_in_shared_places())
            or kernel.holds_shared_memory(self.user)
        ):
            raise LeftBehind("Something of a job could not be removed.")

    def _left_in_shared_places(self) -> Iterator[os.DirEntry[str]]:
        for place in _SHARED_PLACES:
            with contextlib.suppress(OSError), os.scandir(place) as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        if entry.stat(follow_symlinks=False).st_uid == self.user:
                            yield entry


def reap() -> None:
    """Waits for every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _kill_until_none(processes: Callable[[], list[Process]], kill: Callable[[], None]) -> None:
    deadline = time.monotonic() + _KILL_SECONDS
    while processes():
        kill()
        reap()
        if time.monotonic() > deadline:
            raise LeftBehind(f"{len(processes())} processes of a job could not be killed.")
        time.sleep(0.001)


def _kill_all_of_this_user() -> None:
    # To all at once: a fork bomb cannot start new ones meanwhile.
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def _used(folder: Path) -> int:
    status = os.statvfs(folder)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def _files(folder: Path) -> int:
    """How many files and folders a file system holds; 0 where it does not count them."""
    status = os.statvfs(folder)
    return status.f_files - status.f_ffree


def most_tasks(processes: int) -> int:
    """How many threads a job with this limit of processes may have: TensorFlow starts several per core."""
    return processes + 16 * (os.cpu_count() or 1)
