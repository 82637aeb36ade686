"""Whatever a job leaves in a folder is removed, and nothing outside of it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfprep.sandbox.protocol.removal import remove_tree, tree_size

from .misbehaving_jobs import LEAVINGS


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder to leave things in, which is the current one."""
    folder, before = tmp_path / "folder", Path.cwd()
    folder.mkdir()
    os.chdir(folder)
    yield folder
    os.chdir(before)


@pytest.mark.parametrize("leave", LEAVINGS)
def test_whatever_is_left_is_measured_and_removed(in_folder: Path, leave: Callable[[], None]) -> None:
    leave()
    os.chdir("/")
    assert tree_size(in_folder)[0] < 2**22
    remove_tree(in_folder)
    assert not in_folder.exists()


def test_links_are_not_followed(in_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x" * 10_000)
    Path("below").mkdir()
    Path("below/link").symlink_to(tmp_path / "kept")
    Path("link").symlink_to(tmp_path / "kept")
    assert tree_size(in_folder)[0] < 10_000
    remove_tree(in_folder)
    assert (tmp_path / "kept" / "file").exists()


def test_a_folder_that_is_gone_is_removed(tmp_path: Path) -> None:
    remove_tree(tmp_path / "never")


def test_of_very_many_files_no_more_is_looked_at_than_may_be_there(tmp_path: Path) -> None:
    for name in range(300):
        (tmp_path / str(name)).mkdir()
        (tmp_path / str(name) / "file").touch()
    assert tree_size(tmp_path)[1] == 600
    assert tree_size(tmp_path, 100)[1] == 101
