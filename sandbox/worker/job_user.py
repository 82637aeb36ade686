"""Under whose name a job runs, how its processes are found, and how nothing of it stays.

OwnUser    a user id that no job had before: what the worker in a container gives each job
SameUser   the worker's own user: all that is possible for a learner's plain subprocess
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import stat
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from . import kernel
from .processes import Process, descendants, list_processes, shared_fairly

_PATIENCE: Final = 10.0
"""Seconds that killed processes may take to be gone."""
_FIRST_USER: Final = 10_000
_LOOKED_AT: Final = 64
"""Processes. The kernel walks through all the memory of each."""
_KEEPER: Final = _FIRST_USER - 1
"""Whom the kernel asks about before a signal goes to a process that has another user's rights for now."""
_USERS: Final = 50_000
"""Within what an engine without root, or with mapped users, has: 65,536 ids."""
_SEEN: Final = 32
"""So many tasks more than it may have does the kernel let a job start: too many are seen, and ended."""
_SHARED_PLACES: Final = ("/tmp", "/dev/shm", "/dev/mqueue", "/run/lock", "/var/tmp")  # noqa: S108
"""Where any user may leave files."""


class StillThere(Exception):
    """Something of a job could not be removed: this worker must not take another one."""


class JobUser(Protocol):
    """One job's identity."""

    def settle(self) -> None:
        """Before the fork: makes the job's directory."""

    def hand_over(self, file: Path) -> None:
        """Before the fork: gives the job its directory and the file that was put there."""

    def enter(self, processes: int) -> None:
        """In the fork: takes the identity on, for good, with at most so many processes."""

    def living(self) -> list[Process]:
        """The job's processes that have not ended."""

    def memory_used(self, living: list[Process]) -> int:
        """Bytes of memory these processes of the job hold together."""

    def disk_used(self) -> int:
        """Bytes the job has written."""

    def evict(self) -> None:
        """Ends every process of the job and removes every file. Raises StillThere."""


class SameUser:
    """A job under the worker's own user id, told by descent: orphans come back to the worker."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._worker = os.getpid()

    def settle(self) -> None:
        """Makes the job's directory."""
        self.folder.mkdir(mode=0o700, parents=True)

    def hand_over(self, file: Path) -> None:
        """Both are the job's already."""

    def enter(self, processes: int) -> None:
        """Nothing changes but the number of processes, which the kernel counts for the whole user."""
        if kernel.ON_LINUX and os.getuid():
            mine = sum(process.threads for process in list_processes() if process.user == os.getuid())
            kernel.limit({resource.RLIMIT_NPROC: mine + most_tasks(processes) + _SEEN})

    def living(self) -> list[Process]:
        """What the worker started and what that started."""
        return [process for process in descendants(list_processes(), self._worker) if not process.dead]

    def memory_used(self, living: list[Process]) -> int:
        """What they share is counted once, unless they are so many that looking would take too long."""
        few = len(living) <= _LOOKED_AT
        return sum(shared_fairly(process) if few else process.memory for process in living)

    def disk_used(self) -> int:
        """Bytes in the job's directory."""
        return sum(_sizes(self.folder))

    def evict(self) -> None:
        """Stops all, so that none starts another, then kills all."""
        _repeat_until_none(self.living, self._kill)
        reap()
        shutil.rmtree(self.folder, onerror=lambda *_: None)
        if self.folder.exists():
            _open_up(self.folder)
            shutil.rmtree(self.folder, ignore_errors=True)

    def _kill(self) -> None:
        for action in (signal.SIGSTOP, signal.SIGKILL):
            for process in self.living():
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.kill(process.number, action)


class SeparateUser:
    """A job under a user id of its own. Needs SETUID, SETGID and CHOWN; it is cleared away as that user."""

    def __init__(self, folder: Path, number: int) -> None:
        self.folder = folder
        self.user = _FIRST_USER + number % _USERS
        self._handed_over: Path | None = None
        self._used_before = _used(folder.parent)

    def settle(self) -> None:
        """Makes the job's directory."""
        self.folder.mkdir(mode=0o700, parents=True)

    def hand_over(self, file: Path) -> None:
        """Makes both the new user's own."""
        self._handed_over = file
        os.chown(file, self.user, self.user)
        os.chown(self.folder, self.user, self.user)

    def enter(self, processes: int) -> None:
        """Becomes that user, with no way back."""
        kernel.limit({resource.RLIMIT_NPROC: most_tasks(processes) + _SEEN})
        # However many processes it starts, the worker that ends them comes first.
        os.nice(10)
        os.setgroups([])
        os.setresgid(self.user, self.user, self.user)
        os.setresuid(self.user, self.user, self.user)

    def living(self) -> list[Process]:
        """Every process of that user."""
        return [process for process in list_processes() if process.user == self.user and not process.dead]

    def memory_used(self, living: list[Process]) -> int:
        """As the kernel counts it for the container, where it tells; else what they share counts for each."""
        told = kernel.container_memory()
        return sum(process.memory for process in living) if told is None else told - _used(self.folder.parent)

    def disk_used(self) -> int:
        """What the file system holds more than before: one job runs at a time."""
        return max(0, _used(self.folder.parent) - self._used_before)

    def evict(self) -> None:
        """As that user: kills all that it may, then deletes all that it owns."""
        _repeat_until_none(self.living, lambda: self._as_user(_kill_all_of_this_user))
        if not self._left_nothing_of_its_own():
            self._as_user(self._delete_everything)
            with contextlib.suppress(FileNotFoundError):
                self.folder.rmdir()
        reap()
        self._check_nothing_left()

    def _left_nothing_of_its_own(self) -> bool:
        """Takes back its directory and the one file in it; False where there is more to be deleted."""
        try:
            if self._handed_over is not None:
                self._handed_over.unlink()
            self.folder.rmdir()
        except OSError:
            return False
        return not kernel.holds_shared_memory(self.user) and not any(self._left_in_shared_places())

    def _as_user(self, action: Callable[[], None]) -> None:
        """With that user's rights, out of its reach: it can neither stop nor end whoever clears it away."""
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            return
        try:
            os.setgroups([])
            os.setresgid(_KEEPER, self.user, _KEEPER)
            os.setresuid(_KEEPER, self.user, _KEEPER)
            action()
        finally:
            os._exit(0)

    def _delete_everything(self) -> None:
        _delete_within(self.folder, self.user)
        for place in _SHARED_PLACES:
            _delete_within(Path(place), self.user)
        kernel.remove_shared_memory(self.user)

    def _check_nothing_left(self) -> None:
        if self.folder.exists():
            raise StillThere(f"The directory of job {self.user} could not be removed.")
        for left in self._left_in_shared_places():
            raise StillThere(f"A job left {left}.")

    def _left_in_shared_places(self) -> Iterator[str]:
        for place in _SHARED_PLACES:
            with contextlib.suppress(OSError):
                for entry in os.scandir(place):
                    if entry.stat(follow_symlinks=False).st_uid == self.user:
                        yield entry.path


def reap() -> None:
    """Waits for every child that has ended."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _repeat_until_none(living: Callable[[], list[Process]], kill: Callable[[], None]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while living():
        kill()
        reap()
        if time.monotonic() > deadline:
            raise StillThere(f"{len(living())} processes of a job could not be killed.")
        time.sleep(0.001)


def _kill_all_of_this_user() -> None:
    # The kernel sends it to all at once, so that a fork bomb cannot outrun it.
    with contextlib.suppress(ProcessLookupError):
        os.kill(-1, signal.SIGKILL)


def _delete_within(folder: Path, user: int) -> None:
    """Deletes everything of `user` below a folder, following no link and leaving the folder itself."""
    with contextlib.suppress(OSError):
        if folder.stat().st_uid == user:
            folder.chmod(0o700)
        for entry in list(os.scandir(folder)):
            with contextlib.suppress(OSError):
                status = entry.stat(follow_symlinks=False)
                if status.st_uid == user:
                    _delete(Path(entry.path), status.st_mode, user)


def _delete(path: Path, mode: int, user: int) -> None:
    if stat.S_ISDIR(mode):
        try:
            _delete_within(path, user)
        except RecursionError:
            shutil.rmtree(path, ignore_errors=True)
        path.rmdir()
    else:
        path.unlink()


def _open_up(folder: Path) -> None:
    folder.chmod(0o700)
    for parent, folders, _ in os.walk(folder):
        for name in folders:
            path = Path(parent, name)
            if not path.is_symlink():
                path.chmod(0o700)


def _sizes(folder: Path) -> Iterable[int]:
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                yield os.lstat(Path(parent, name)).st_blocks * 512


def _used(folder: Path) -> int:
    status = os.statvfs(folder)
    return (status.f_blocks - status.f_bfree) * status.f_frsize


def most_tasks(processes: int) -> int:
    """How many threads a job that may start so many processes may have in all, its processes among them.

    TensorFlow starts several for every core.
    """
    return processes + 16 * (os.cpu_count() or 1)
