"""Removes what a job left: trees of any depth, with any rights and any names. Host and worker both do."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex
from typing import Final

_LONG_PATH: Final = 500
"""Bytes. macOS takes 1,024, Linux 4,096, and a name may have 255."""


def remove_tree(folder: Path) -> None:
    """Removes a folder with everything in it, without following links. What cannot be removed stays.

    A subfolder whose path grows long is moved up into `folder`: so no path is longer than a system allows,
    and neither recursion nor open files grow with the depth. Nothing else may write there meanwhile.
    """
    prefix = token_hex(8)
    waiting, found = [folder], list[Path]()
    while waiting:
        path = waiting.pop()
        found.append(path)
        for inner in _remove_files(path):
            if len(os.fsencode(inner)) < _LONG_PATH:
                waiting.append(inner)
                continue
            # A folder that is moved must be writable itself.
            _allow_all(inner)
            place = folder / f"{prefix}{len(found)}.{len(waiting)}"
            with contextlib.suppress(OSError):
                waiting.append(inner.rename(place))
    for path in reversed(found):
        with contextlib.suppress(OSError):
            path.rmdir()


def tree_size(folder: Path, most: int = 2**62) -> tuple[int, int]:
    """What lies below a folder, as far as it can be read.

    Returns:
        Bytes on disk of all files, and how many files and folders there are. Once there are more than `most`,
        no more is looked at.
    """
    size, count, waiting = 0, 0, [str(folder)]
    while waiting and count <= most:
        # A path can be too long, or a folder gone or not to be read.
        with contextlib.suppress(OSError), os.scandir(waiting.pop()) as entries:
            for entry in entries:
                count += 1
                if count > most:
                    break
                with contextlib.suppress(OSError):
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_blocks * 512
    return size, count


def _remove_files(folder: Path) -> Iterator[Path]:
    """Removes what is no folder, and yields the folders."""
    _allow_all(folder)
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            with contextlib.suppress(OSError):
                if entry.is_dir(follow_symlinks=False):
                    yield Path(entry.path)
                else:
                    Path(entry.path).unlink()


def _allow_all(folder: Path) -> None:
    with contextlib.suppress(OSError):
        folder.chmod(0o700)
