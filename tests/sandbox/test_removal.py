"""Whatever a job leaves in a folder is removed, and nothing outside of it."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tfprep.sandbox.protocol.removal import remove_tree, tree_size

DEPTH = 1100
"""Deeper than Python's recursion goes, and a longer path than Linux and macOS take."""


@pytest.fixture
def in_folder(tmp_path: Path) -> Iterator[Path]:
    """A folder to leave things in, which is the current one."""
    folder, before = tmp_path / "folder", Path.cwd()
    folder.mkdir()
    os.chdir(folder)
    yield folder
    os.chdir(before)


def deep() -> None:
    for _ in range(DEPTH):
        Path("aaaaaaaaa").mkdir()
        os.chdir("aaaaaaaaa")
    Path("file").write_text("x")


def deep_and_closed() -> None:
    Path("a/b/c/d").mkdir(parents=True)
    Path("a/b/c/file").write_text("x")
    for path in ("a/b/c/d", "a/b/c", "a/b", "a"):
        Path(path).chmod(0)


def wide() -> None:
    for number in range(300):
        Path(str(number)).mkdir()


def odd_names() -> None:
    for name in (b"\xff\xfe", b"new\nline", b"-rf", b"~", "\u202e".encode(), b"a" * 255):
        Path(os.fsdecode(name)).mkdir()
        Path(os.fsdecode(name), os.fsdecode(name)).write_text("x")


def no_files() -> None:
    os.mkfifo("fifo")
    with socket.socket(socket.AF_UNIX) as left:
        left.bind("socket")
    Path("dangling").symlink_to("nowhere")
    Path("round").symlink_to(".")
    Path("hard").write_text("x")
    Path("hard").chmod(0)
    Path("other").hardlink_to("hard")


def sparse() -> None:
    with Path("huge").open("wb") as file:
        file.truncate(2**40)


@pytest.mark.parametrize("leave", [deep, deep_and_closed, wide, odd_names, no_files, sparse])
def test_whatever_is_left_is_measured_and_removed(in_folder: Path, leave: Callable[[], None]) -> None:
    leave()
    os.chdir("/")
    assert tree_size(in_folder) < 2**20
    remove_tree(in_folder)
    assert not in_folder.exists()


def test_links_are_not_followed(in_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "file").write_text("x" * 10_000)
    Path("below").mkdir()
    Path("below/link").symlink_to(tmp_path / "kept")
    Path("link").symlink_to(tmp_path / "kept")
    assert tree_size(in_folder) < 10_000
    remove_tree(in_folder)
    assert (tmp_path / "kept" / "file").exists()


def test_a_folder_that_is_gone_is_removed(tmp_path: Path) -> None:
    remove_tree(tmp_path / "never")
