"""A lock is held by one process, and vanishes with it however it ends."""

import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tfprep.errors import HomeUnavailable
from tfprep.files.atomic import Locked, file_lock, try_file_lock

HOLDER = """
import sys
sys.path[:0] = {paths!r}
from pathlib import Path
from tfprep.files.atomic import try_file_lock
with try_file_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_vanishes_with_its_killed_holder(tmp_path: Path) -> None:
    path = tmp_path / "data.lock"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(paths=sys.path), str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == b"held\n"
    with pytest.raises(Locked), try_file_lock(path):
        pass
    messages: list[str] = []

    def tell(line: str) -> None:
        messages.append(line)
        holder.kill()

    with file_lock(path, tell):
        assert messages == ["Another tfprep is preparing this data; waiting for it."]
    holder.communicate()


def test_a_lock_is_let_go_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), try_file_lock(tmp_path / "lock"):
        raise ZeroDivisionError
    with try_file_lock(tmp_path / "lock"):
        pass


@pytest.mark.parametrize(
    "error",
    [
        NotImplementedError("FileSystem does not appear to support flock"),
        PermissionError(13, "Permission denied", "data.lock"),
        OSError(28, "No space left on device", "data.lock"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("lock", [try_file_lock, lambda path: file_lock(path, print)])
def test_a_lock_that_cannot_be_taken_is_not_told_as_another_s(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: Exception,
    lock: Callable[[Path], AbstractContextManager[None]],
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr("tfprep.files.atomic.FileLock.acquire", refuse)
    with (
        pytest.raises(HomeUnavailable, match="A lock cannot be taken") as caught,
        lock(tmp_path / "data.lock"),
    ):
        pass
    assert "TFPREP_HOME" in caught.value.remedy
