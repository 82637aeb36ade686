"""Which saved model of a workspace is meant is told or asked, and never guessed in silence."""

import os
import shlex
from pathlib import Path

import pytest

from tfprep.errors import BadSubmission
from tfprep.grader import pick_submission
from tfprep.grader.submission.candidates import command_for, last_saved, modified

from .model_files import H5, SAVED_MODEL, lay_out, write

COPIES = [
    "mymodel (1).h5",  # Chrome, Edge
    "mymodel(1).h5",  # Firefox
    "mymodel-1.h5",  # Safari
    "mymodel copy 2.keras",  # Finder
    "mymodel - Kopie.h5",  # Windows in German
    "Copy of mymodel.h5",  # Google Drive
    "mymodel.h5.1",  # wget
    "mymodel (1).hdf5",
    "MYMODEL (1).KERAS",
    "mymodel (1).zip",
    "mymodel.keras.zip",
    "mymodel (1).tar.gz",
]


def saved_at(path: Path, when: float) -> Path:
    write(path, H5)
    os.utime(path, (when, when))
    return path


def test_the_newest_model_in_a_workspace_is_picked(tmp_path: Path) -> None:
    saved_at(tmp_path / "mymodel.h5", 1_000)
    newest = saved_at(tmp_path / "mymodel.keras", 2_000)
    saved_at(tmp_path / "other.h5", 3_000)
    told: list[str] = []
    assert pick_submission(tmp_path, told.append) == newest
    first, second = told
    assert "'mymodel.keras' is taken: it is newer than 'mymodel.h5'" in first
    assert "'other.h5' is newer, but is not called mymodel" in second
    assert "`tfprep submit other.h5`" in second


def test_a_saved_model_folder_is_as_old_as_its_graph(tmp_path: Path) -> None:
    saved_at(tmp_path / "mymodel.h5", 2_000)
    lay_out(tmp_path / "mymodel", SAVED_MODEL)
    os.utime(tmp_path / "mymodel/saved_model.pb", (3_000, 3_000))
    os.utime(tmp_path / "mymodel", (1_000, 1_000))
    assert pick_submission(tmp_path) == tmp_path / "mymodel"


@pytest.mark.parametrize("apart", [0, 0.6])
def test_two_models_of_the_same_age_are_both_named(tmp_path: Path, apart: float) -> None:
    saved_at(tmp_path / "mymodel.h5", 2_000)
    saved_at(tmp_path / "mymodel.keras", 2_000 + apart)
    with pytest.raises(BadSubmission) as error:
        pick_submission(tmp_path)
    assert error.value.code == "ambiguous"
    assert "mymodel.h5" in error.value.message
    assert "mymodel.keras" in error.value.message
    assert "tfprep submit mymodel" in error.value.message


def test_an_empty_workspace_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadSubmission, match="Run the starter"):
        pick_submission(tmp_path)


def test_a_model_under_another_name_is_pointed_to(tmp_path: Path) -> None:
    write(tmp_path / "final.h5", H5)
    with pytest.raises(BadSubmission, match=r"tfprep submit final\.h5"):
        pick_submission(tmp_path)


def test_a_workspace_that_does_not_exist_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(BadSubmission, match="cannot be read"):
        pick_submission(tmp_path / "nowhere")


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_that_is_newer_is_asked_about_with_a_command_that_a_shell_takes(
    tmp_path: Path, name: str
) -> None:
    saved_at(tmp_path / "mymodel.h5", 1_000)
    saved_at(tmp_path / name, 2_000)
    with pytest.raises(BadSubmission) as error:
        pick_submission(tmp_path)
    assert error.value.code == "ambiguous"
    assert f"{name!r} is newer than 'mymodel.h5'" in error.value.message
    commands = error.value.message.split("`")[1::2]
    assert [shlex.split(command) for command in commands] == [
        ["tfprep", "submit", name],
        ["tfprep", "submit", "mymodel.h5"],
    ]


@pytest.mark.parametrize("name", COPIES)
def test_a_copy_that_is_alone_is_taken_and_told(tmp_path: Path, name: str) -> None:
    told: list[str] = []
    saved_at(tmp_path / name, 1_000)
    assert pick_submission(tmp_path, told.append) == tmp_path / name
    assert told == [f"{name!r} is taken: there is no other saved model called mymodel."]


def test_a_copy_that_is_older_is_not_taken_and_that_is_told(tmp_path: Path) -> None:
    saved_at(tmp_path / "mymodel (1).h5", 1_000)
    newest = saved_at(tmp_path / "mymodel.h5", 2_000)
    told: list[str] = []
    assert pick_submission(tmp_path, told.append) == newest
    assert told == ["'mymodel.h5' is taken: it is newer than 'mymodel (1).h5'."]


def test_of_several_copies_each_is_named(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        saved_at(tmp_path / f"mymodel ({number}).h5", 1_000 * number)
    with pytest.raises(BadSubmission) as error:
        pick_submission(tmp_path)
    for number in (1, 2, 3):
        assert f"`tfprep submit 'mymodel ({number}).h5'`" in error.value.message


@pytest.mark.parametrize("name", ["MYMODEL.H5", "MyModel.keras", "mymodel.hdf5", "Mymodel.Zip"])
def test_the_usual_name_in_other_letters_is_taken_without_a_word(tmp_path: Path, name: str) -> None:
    told: list[str] = []
    saved_at(tmp_path / name, 1_000)
    assert pick_submission(tmp_path, told.append) == tmp_path / name
    assert told == []


def test_weights_notes_and_logs_are_no_candidates(tmp_path: Path) -> None:
    newest = saved_at(tmp_path / "mymodel.h5", 1_000)
    for name in ("mymodel.weights.h5", "mymodel.txt", "mymodel_history.csv", "data.zip", "train.csv.gz"):
        saved_at(tmp_path / name, 2_000)
    (tmp_path / "mymodel_logs").mkdir()
    told: list[str] = []
    assert pick_submission(tmp_path, told.append) == newest
    assert told == []


def test_an_unpacked_keras_file_is_a_candidate(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "mymodel", {"config.json": b"{}", "model.weights.h5": H5})
    assert pick_submission(tmp_path) == folder


def test_a_name_that_could_steer_a_terminal_is_not_offered(tmp_path: Path) -> None:
    saved_at(tmp_path / "mymodel\x1b[2J.h5", 1_000)
    with pytest.raises(BadSubmission, match="There is no saved model here"):
        pick_submission(tmp_path)


def test_a_command_is_spelled_for_the_folder_that_one_is_in(tmp_path: Path) -> None:
    path = tmp_path / "my work" / "-mymodel.h5"
    assert command_for(path) == "`tfprep submit ./-mymodel.h5`"
    assert command_for(path, here=tmp_path) == "`tfprep submit 'my work/-mymodel.h5'`"


def test_when_an_exam_ends_the_newest_counts_whatever_a_browser_called_it(tmp_path: Path) -> None:
    saved_at(tmp_path / "mymodel.h5", 1_000)
    saved_at(tmp_path / "mymodel (1).h5", 2_000)
    saved_at(tmp_path / "mymodel (2).h5", 3_000)
    assert last_saved(tmp_path, 2_500, modified) == (tmp_path / "mymodel (1).h5", 2_000)
    assert last_saved(tmp_path / "nowhere", 2_500) is None
