"""Reads a cohort's files from a repository, without checking it out: nothing in it is run or followed.

Git lists the newest commit's files and writes out those that are asked for. So there are no hooks, no links,
no submodules and no filters: a link is listed, a submodule left out, a pointer of LFS told by its content.
"""

from __future__ import annotations

import os
import re
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO, Final

from ...errors import BadCohort
from ...files.text import one_line
from ...grader.records.cohort import Unmatched
from .source import LINK, Budget, NotFetched, ReportUnmatched, check_size, shown_path
from .units import Parts, Unit, too_long
from .unwanted import is_output_folder, without_unwanted
from .zip_source import safe_name

_SECONDS: Final = 600.0
"""For a repository to arrive."""
_END_SECONDS: Final = 5.0
"""In which git ends once it has printed everything."""
_PRINTED: Final = 16 * 2**20
"""Bytes that git may print: of the list of a repository's files, and of what a server says."""
_MOST_FILES: Final = 100_000
_LIMITS: Final = 'ulimit -f 16777216; ulimit -v 8388608 2>/dev/null; exec git "$@"'
"""Of git and its helpers: 8 GiB of one file on disk, and of memory where the system limits that."""
_ADDRESS: Final = re.compile(r"(?:https://|ssh://)[^\s-]\S*|[\w.][\w.-]*@[\w.-]+:[^\s-]\S*")
_RUNNING: Final = set[int]()
"""The process ids of every git that runs."""
_TOO_LONG: Final = f"git did not finish within {_SECONDS:.0f} seconds."
_TOO_MUCH: Final = "It holds far more files than a hand-in, or its server says far too much."
_NO_REPLY: Final = "fatal: Could not read from remote repository"
_SAFE: Final = (
    *("-c", "core.hooksPath=/dev/null", "-c", "core.fsmonitor=false", "-c", "gc.auto=0"),
    *("-c", "protocol.allow=never", "-c", "protocol.https.allow=always", "-c", "protocol.ssh.allow=always"),
    *("-c", "protocol.file.allow=always", "-c", "transfer.bundleURI=false"),
)


class NotCloned(Exception):
    """A repository cannot be had. The message says why."""


class GitSource:
    """The newest commit of a repository's own branch.

    Args:
        address: https://…, ssh://…, user@host:path, or the path of a folder.
        folder: the folder of the list that has the address; paths start there.
        clone: a folder to make, for the repository.
        budget: for all that is written out.

    Raises:
        NotCloned: the address is none of these, or git cannot have what is there.
        BadCohort: git is not installed.
    """

    def __init__(self, address: str, folder: Path, clone: Path, budget: Budget) -> None:
        self._clone, self._budget = clone, budget
        self._files: dict[Parts, tuple[str, int]] = {}
        self.outputs: list[Parts] = []
        if shutil.which("git") is None:
            raise BadCohort("git is not installed, and the list has repositories.", "Install git.")
        where = address if _ADDRESS.fullmatch(address) else _local(address, folder)
        _git(
            *("clone", "--bare", "--depth=1", "--single-branch", "--no-tags", "--no-local", "--template="),
            *("--quiet", "--", where, str(clone)),
        )
        self._commit = (
            _git("--git-dir", str(clone), "rev-parse", "--verify", "HEAD^{commit}").decode().strip()
        )
        # At once: what a repository of one person is, must not end the reading of the others'.
        self._list = _git("--git-dir", str(clone), "ls-tree", "-r", "-z", "-l", "--full-tree", self._commit)
        if self._list.count(b"\0") > _MOST_FILES:
            raise NotCloned(_TOO_MUCH)

    def list_files(self, report: ReportUnmatched) -> Iterator[Parts]:
        """The commit's files."""
        refused: dict[Parts, str] = {}
        for line in self._list.split(b"\0")[:-1]:
            about, _, name = line.partition(b"\t")
            mode, _, digest, size = about.decode("ascii").split()
            parts = tuple(os.fsdecode(name).split("/"))
            if too_long(parts):
                refused[parts] = "Its name is too long."
            elif mode == "120000":
                refused[parts] = LINK
            elif mode != "160000":  # a submodule is another repository, and nobody's hand-in
                self._files[parts] = digest, int(size)
        self.outputs = list(
            dict.fromkeys(
                parts[:cut]
                for parts in self._files
                for cut, part in enumerate(parts[:-1], 1)
                if is_output_folder(part)
            )
        )
        for parts in without_unwanted([*self._files, *refused]):
            if parts in refused:
                report(Unmatched(shown_path(parts), refused[parts]))
            else:
                yield parts

    def fetch(self, unit: Unit, scratch: Path) -> Path:
        """The unit written out, if it is within the limits."""
        members = unit.members or (unit.parts,)
        size = sum(self._files[parts][1] for parts in members)
        check_size(size)
        self._budget.spend(size, scratch)
        target = scratch / safe_name(unit.parts[-1])
        for parts in members:
            path = target.joinpath(*(parts[len(unit.parts) :] if unit.members else ()))
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                with path.open("xb") as file:
                    _git("--git-dir", str(self._clone), "cat-file", "blob", self._files[parts][0], into=file)
            except (NotCloned, OSError) as error:
                raise NotFetched(f"It cannot be written out ({one_line(str(error))}).") from error
        return target

    def changed(self, parts: Parts) -> datetime | None:
        """None: what a repository says about times, its owner wrote."""
        return None

    def commit(self, parts: Parts) -> str:
        """The commit that is read, in hex."""
        return self._commit

    def close(self) -> None:
        """Nothing is open."""


def _local(address: str, folder: Path) -> str:
    """The path of a repository on this machine. Raises NotCloned for what is no such path."""
    path = folder / Path(address).expanduser()
    if "://" in address or "::" in address or not path.is_dir():
        raise NotCloned("This is neither a folder nor an address such as https://… or git@host:path.")
    return str(path.resolve())


def _git(*words: str, into: IO[bytes] | None = None) -> bytes:
    """What git prints. It asks nobody anything. Raises NotCloned, with what it says, where it fails."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    environment |= {"GIT_TERMINAL_PROMPT": "0", "GIT_LFS_SKIP_SMUDGE": "1", "LC_ALL": "C"}
    environment["GIT_SSH_COMMAND"] = os.environ.get("GIT_SSH_COMMAND", "ssh -o BatchMode=yes")
    try:
        process = subprocess.Popen(
            ("sh", "-c", _LIMITS, "git", *_SAFE, *words),
            stdin=subprocess.DEVNULL,
            stdout=into or subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
    except OSError as error:
        raise NotCloned(f"git did not start: {type(error).__name__}.") from error
    with process:
        _RUNNING.add(process.pid)
        try:
            printed, said = _read(process)
            process.wait(_END_SECONDS)
        except BaseException as error:
            _end(process.pid)
            if isinstance(error, subprocess.TimeoutExpired):
                raise NotCloned(_TOO_LONG) from error
            raise
        finally:
            _RUNNING.discard(process.pid)
    if process.returncode:
        raise NotCloned(f"git says: {_last_line(said)}")
    return printed


def end_all() -> None:
    """Ends every git that runs in another thread: Ctrl-C reaches this process alone."""
    for pid in tuple(_RUNNING):
        _end(pid)


def _end(pid: int) -> None:
    """Ends a git with what it started: ssh, and whatever reads from another machine."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


def _read(process: subprocess.Popen[bytes]) -> tuple[bytes, bytes]:
    """What git prints and what it says, until it ends. Raises NotCloned beyond the limits."""
    deadline = time.monotonic() + _SECONDS
    kept = {pipe.fileno(): bytearray() for pipe in (process.stdout, process.stderr) if pipe}
    with selectors.DefaultSelector() as waiting:
        for pipe in kept:
            waiting.register(pipe, selectors.EVENT_READ)
        while waiting.get_map():
            ready = waiting.select(deadline - time.monotonic())
            if time.monotonic() > deadline:
                raise NotCloned(_TOO_LONG)
            for key, _ in ready:
                more = os.read(key.fd, 2**16)
                kept[key.fd] += more
                if not more:
                    waiting.unregister(key.fd)
                elif len(kept[key.fd]) > _PRINTED:
                    raise NotCloned(_TOO_MUCH)
    said = kept.pop(process.stderr.fileno() if process.stderr else -1, bytearray())
    return b"".join(map(bytes, kept.values())), bytes(said)


def _last_line(said: bytes) -> str:
    lines: Sequence[str] = said.decode("utf-8", "replace").strip().splitlines() or ["nothing"]
    fatal = [line for line in lines if line.startswith("fatal:")]
    last = (fatal or lines)[-1]
    if last.startswith(_NO_REPLY):  # the cause is what ssh, or the other side, said before
        before = [line for line in lines[: lines.index(last)] if not line.startswith("Cloning into")]
        last = next((line for line in reversed(before) if any(map(str.isalnum, line))), last)
    return one_line(last.removeprefix("fatal:"), 200)
