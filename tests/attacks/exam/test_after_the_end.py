"""What is saved after the end is no part of an exam, however the file system is made to look."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from tfprep.grader.submission.candidates import last_saved, modified

from ...exams.exam_class import CLOSES, ExamClass, model
from ...exams.exam_setup import make_blank

END = 1_000_000.0
LATE = timedelta(minutes=6)


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


@pytest.fixture
def spring(tmp_path: Path) -> ExamClass:
    return ExamClass(tmp_path, make_blank(tmp_path))


def remarks(spring: ExamClass) -> str:
    (each,) = spring.grade().hand_ins
    return " ".join((*each.hand_in.against, *each.remarks))


def test_a_exam_session_after_the_window_under_a_calendar_that_is_always_six_minutes_late(
    spring: ExamClass,
) -> None:
    """Calendar and counter agree all the time; the kernel's calendar does not."""
    home_exam = spring.home_exam("eve", spring.pack()["eve"])
    home_exam.machine.calendar, home_exam.machine.faked = CLOSES + timedelta(minutes=1), -LATE
    home_exam.start()
    home_exam.submit(model(5))
    home_exam.hand_in(spring.handed_in)
    assert "The two clocks of the machine disagreed by up to 6 min" in remarks(spring)


def test_a_hand_in_that_is_dated_back_tells_so(spring: ExamClass) -> None:
    home_exam = spring.home_exam("eve", spring.pack()["eve"])
    home_exam.machine.calendar = CLOSES - timedelta(minutes=30)
    home_exam.start()
    home_exam.submit(model(5))
    home_exam.finish()
    home_exam.machine.wait(33)
    home_exam.machine.faked = -LATE
    home_exam.hand_in(spring.handed_in)
    said = remarks(spring)
    assert "after the window closed" not in said
    assert "the program's calendar and the machine's disagreed by 6 min" in said


def test_who_sets_the_calendar_back_before_the_exam_begins_and_restarts_meanwhile_is_told(
    spring: ExamClass,
) -> None:
    """The kernel's calendar is set too. What the home holds is newer, at the first look alone."""
    home_exam = spring.home_exam("eve", spring.pack()["eve"])
    home_exam.machine.calendar, home_exam.machine.faked = CLOSES + timedelta(minutes=1), -LATE
    home_exam.start()
    home_exam.machine.calendar, home_exam.machine.faked = CLOSES - timedelta(minutes=5), timedelta()
    home_exam.machine.restart(1)
    home_exam.submit(model(5))
    home_exam.hand_in(spring.handed_in)
    said = remarks(spring)
    assert "The two clocks of the machine disagreed by up to 6 min" in said
    assert "The machine was restarted 1 time meanwhile" in said
