"""Files and folders appear whole or not at all."""

import errno
import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tfprep.files.atomic import (
    remove_folder,
    remove_leftovers,
    unfinished_folder,
    whole_file,
    whole_folder,
    write_once,
    write_whole,
)


def test_a_file_is_replaced_whole_and_is_its_owner_s(tmp_path: Path) -> None:
    path = tmp_path / "new" / "page.html"
    assert write_whole(path, "old \ud800") == path
    assert path.read_text("utf-8") == "old ?"
    write_whole(path, b"new", mode=0o644)
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o644)
    assert list(path.parent.iterdir()) == [path]


def test_an_error_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = write_whole(tmp_path / "file", "old")
    with pytest.raises(TypeError), whole_file(path) as file:
        file.writelines([b"half of the n", "ew"])  # type: ignore[list-item]
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old", [path])


def test_what_is_written_once_stays(tmp_path: Path) -> None:
    write_once(tmp_path / "key", b"first")
    write_once(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == b"first"
    assert list(tmp_path.iterdir()) == [tmp_path / "key"]


@pytest.mark.parametrize("error", [errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK])
def test_a_file_system_without_hard_links_does_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: int
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("tfprep.files.atomic.os.link", refuse)
    contents = [str(number).encode() for number in range(32)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda content: write_once(tmp_path / "key", content), contents))
    first = (tmp_path / "key").read_bytes()
    assert first in contents
    write_once(tmp_path / "key", b"second")
    assert (tmp_path / "key").read_bytes() == first
    assert stat.S_IMODE((tmp_path / "key").stat().st_mode) == 0o600


def test_a_folder_appears_whole_and_goes_whole(tmp_path: Path) -> None:
    with whole_folder(tmp_path / "data") as folder:
        (folder / "file").write_text("x")
        assert not (tmp_path / "data").exists()
    assert (tmp_path / "data" / "file").read_text() == "x"
    remove_folder(tmp_path / "data")
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_killed_processes_are_removed(tmp_path: Path) -> None:
    with unfinished_folder(tmp_path / "other") as other:
        (tmp_path / ".unfinished-data-abc").mkdir()
        remove_leftovers(tmp_path / "data")
        assert list(tmp_path.iterdir()) == [other]
