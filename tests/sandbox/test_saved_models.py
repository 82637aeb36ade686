"""A script's model is found wherever it saved it, and of several none is guessed."""

import sys
from pathlib import Path

import pytest

from tfprep.sandbox import ArtifactKind, Ending, Sandbox
from tfprep.sandbox.worker import job
from tfprep.sandbox.worker.reply import Refused
from tfprep.sandbox.worker.saved_models import NotedSaves, find_model
from tfprep.sandbox.worker.train_job import explain_exit

from .jobs import run_script

H5 = b"\x89HDF\r\n\x1a\n" + bytes(50)


def save(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"PK\x03\x04" if name.casefold().endswith(".keras") else H5)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        (["mymodel.h5"], "mymodel.h5"),
        (["MyModel.H5"], "MyModel.H5"),
        (["mymodel.h5", "best.h5", "saved/mymodel.h5"], "mymodel.h5"),
        (["saved/mymodel.h5"], "saved/mymodel.h5"),
        (["saved/models/final/net.keras"], "saved/models/final/net.keras"),
        (["saved/mymodel.h5", "checkpoints/epoch1.h5", "checkpoints/epoch2.h5"], "saved/mymodel.h5"),
        (["export/1/saved_model.pb"], "export/1"),
        (["net.h5", "ckpt.weights.h5", "data/given.h5", ".keras/models/vgg16.h5"], "net.h5"),
        (["best.KERAS"], "best.KERAS"),
    ],
)
def test_the_model_is_found_in_the_scripts_folder_and_below(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], names: list[str], found: str
) -> None:
    save(tmp_path, *names)
    assert find_model(tmp_path)[1] == tmp_path.resolve() / found
    usual = Path(found).stem.casefold() == "mymodel" and "/" not in found
    assert capsys.readouterr().out == ("" if usual else f"The model is taken from {found}.\n")


def test_a_model_outside_of_the_scripts_folder_is_found_where_it_was_noted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    save(tmp_path, "elsewhere/net.h5")
    (tmp_path / "job").mkdir()
    place = tmp_path / "elsewhere/net.h5"
    assert find_model(tmp_path / "job", [tmp_path / "job/../elsewhere/net.h5", place]) == ("h5", place)
    assert str(place) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("names", "which"),
    [
        (["a.h5", "saved/b.keras"], "none is called mymodel"),
        (["one/mymodel.h5", "two/mymodel.h5"], "several are called mymodel"),
    ],
)
def test_of_several_models_the_places_are_named(tmp_path: Path, names: list[str], which: str) -> None:
    save(tmp_path, *names)
    with pytest.raises(Refused, match=which) as refused:
        find_model(tmp_path)
    for name in names:
        assert name in refused.value.message


def test_a_script_that_raised_has_saved_what_keras_wrote_to_its_end_and_nothing_else(tmp_path: Path) -> None:
    save(tmp_path, "mymodel.h5", "checkpoints/best.keras")
    with pytest.raises(Refused, match="without saving a model"):
        find_model(tmp_path, only_noted=True)
    noted = [tmp_path / "checkpoints/best.keras"]
    assert find_model(tmp_path, noted, only_noted=True) == ("keras", noted[0].resolve())


@pytest.mark.parametrize("named", ["", "filepath", "export_dir"])
def test_a_place_is_noted_once_a_save_to_it_is_done_and_no_longer_when_another_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    """However `model.save`, `model.export` and `tf.saved_model.save` are told it."""
    monkeypatch.chdir(tmp_path)
    saves = NotedSaves()

    def fails(model: object, *arguments: object, **more: object) -> None:
        assert saves.places == []
        raise OSError("The disk is full.")

    place = {named: "saved/net.h5"} if named else {}
    arguments = () if named else (Path("saved/net.h5"),)
    saves._noting(lambda *_, **__: None)("model", *arguments, **place)
    assert saves.places == [tmp_path / "saved/net.h5"]
    with pytest.raises(OSError, match="disk"):
        saves._noting(fails)("model", *arguments, **place)
    assert saves.places == []


SAVE = """
import keras
model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
model.save("mymodel.h5")
"""
SAVE_HALF = """
keras.src.legacy.saving.legacy_h5_format.save_weights_to_hdf5_group = None
model.save("mymodel.h5")
"""


@pytest.mark.slow
def test_a_script_that_raises_after_it_saved_a_model_has_saved_it(local: Sandbox, public: Path) -> None:
    outcome = run_script(local, public, f"{SAVE}print({{}}['acc'])\n")
    assert (outcome.ending, outcome.model_kind) == (Ending.COMPLETED, ArtifactKind.H5)
    (said,) = outcome.facts.adaptations
    assert said.startswith(
        "The script ended with KeyError after it had saved a model. That model was graded."
    )
    assert "KeyError: 'acc'" in outcome.log


@pytest.mark.slow
def test_a_save_that_raises_leaves_half_a_model_and_none_to_grade(local: Sandbox, public: Path) -> None:
    outcome = run_script(local, public, SAVE + SAVE_HALF)
    assert (outcome.ending, outcome.refusal and outcome.refusal.code) == (Ending.CRASHED, "raised")


def test_a_link_and_weights_alone_are_no_model(tmp_path: Path) -> None:
    save(tmp_path, "mymodel.weights.h5", "outside/net.h5")
    (tmp_path / "job").mkdir()
    (tmp_path / "job/mymodel.h5").symlink_to(tmp_path / "outside/net.h5")
    with pytest.raises(Refused, match="without saving a model"):
        find_model(tmp_path / "job")


def test_a_tree_without_end_is_walked_only_so_deep(tmp_path: Path) -> None:
    save(tmp_path, "a/" * 40 + "net.h5")
    with pytest.raises(Refused, match="without saving a model"):
        find_model(tmp_path)


# How a script ends itself


@pytest.mark.parametrize(
    ("code", "told"),
    [
        (None, None),
        (0, None),
        (False, None),
        (3, "The script ended with exit status 3."),
        (True, "The script ended with exit status 1."),
        ("", "The script ended itself: "),
        ("Gap 1 is still empty: build the model.", "ended itself: Gap 1 is still empty: build the model."),
        (("data", 2), "('data', 2)"),
    ],
)
def test_what_a_script_ends_itself_with_is_kept(
    capsys: pytest.CaptureFixture[str], code: object, told: str | None
) -> None:
    said = explain_exit(code)
    assert said == told or (told and said and told in said)
    if not isinstance(code, int | None):
        assert capsys.readouterr().err == f"{code}\n"


class Untold(int):
    """A status, and an error's text, that cannot be written."""

    def __str__(self) -> str:
        raise ValueError("no text")

    __int__ = __str__  # type: ignore[assignment]


@pytest.mark.parametrize("code", [Untold(3), 10**5000], ids=["own class", "too long"])
def test_an_exit_that_cannot_be_written_is_still_the_scripts_own(code: object) -> None:
    said = explain_exit(code)
    assert said == f"The script ended with exit status <{type(code).__name__}>."


@pytest.mark.parametrize("stream", [None, object()])
def test_a_script_may_put_anything_in_place_of_its_output(
    monkeypatch: pytest.MonkeyPatch, stream: object
) -> None:
    """A logger of a course's that has `write` alone: what was saved before counts."""
    monkeypatch.setattr(sys, "stdout", stream)
    monkeypatch.setattr(sys, "stderr", stream)
    job._flush()
