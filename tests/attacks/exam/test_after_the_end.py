"""What is saved after the end is no part of an exam, however the file system is made to look."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tfprep.grader.submission.candidates import last_saved, modified

END = 1_000_000.0


def save(path: Path, at: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"content")
    os.utime(path, (at, at))
    return path


def saved_model(folder: Path) -> None:
    save(folder / "saved_model.pb", END - 60)
    save(folder / "variables" / "variables.index", END - 60)
    save(folder / "variables" / "variables.data-00000-of-00001", END - 60)


def with_new_variables(folder: Path) -> None:
    """Trained on, and the variables alone copied over the old ones."""
    saved_model(folder)
    save(folder / "variables" / "variables.data-00000-of-00001", END + 90_000)


def with_new_assets(folder: Path) -> None:
    saved_model(folder)
    save(folder / "assets" / "vocabulary.txt", END + 90_000)


def with_a_new_model_below(folder: Path) -> None:
    """A folder is as old as the list of what is in it, whatever is written into a file below."""
    save(folder / "deep" / "best.h5", END + 90_000)
    for each in (folder / "deep", folder):
        os.utime(each, (END - 60, END - 60))


@pytest.mark.parametrize("cheat", [with_new_variables, with_new_assets, with_a_new_model_below])
def test_a_folder_is_as_young_as_its_newest_part(cheat: Callable[[Path], None], tmp_path: Path) -> None:
    cheat(tmp_path / "mymodel")
    assert last_saved(tmp_path, END, modified) is None


def test_the_honest_neighbour_s_folder_is_taken_though_a_file_manager_looked_into_it(tmp_path: Path) -> None:
    saved_model(tmp_path / "mymodel")
    save(tmp_path / "mymodel" / ".DS_Store", END + 60)
    assert last_saved(tmp_path, END, modified) == (tmp_path / "mymodel", END - 60)
