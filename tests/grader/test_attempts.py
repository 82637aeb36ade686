"""What is not a model, older than its starter or graded before is said, and uses no attempt."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from tfprep.errors import BadSubmission
from tfprep.grader import Submission, attempts, services
from tfprep.grader.ledger import Ledger
from tfprep.grader.records import Notes
from tfprep.grader.services import GradingTools, Practice, SubmissionRequest
from tfprep.grader.submission.submission import read_submission
from tfprep.problems.workspace import make_workspace
from tfprep.sandbox import ArtifactKind, Sandbox

from ..one_dataset import OneDataset
from . import made
from .model_files import H5, zipped


@dataclass(frozen=True)
class InExam(Practice):
    """An exam takes whatever is handed in."""

    @property
    def is_exam(self) -> bool:
        return True


@dataclass
class Scene:
    workspace: Path
    ledger: Ledger
    tools: GradingTools
    store: OneDataset
    told: list[str]

    def submit(self, name: str | None = None, *, anyway: bool = False, exam: bool = False) -> int:
        """The number of the record."""
        path = None if name is None else self.workspace / name
        admission = InExam("ada") if exam else Practice("ada")
        request = SubmissionRequest(path, anyway=anyway)
        return services.submit(request, admission, self.ledger, self.tools).record.number


@pytest.fixture
def scene(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Scene]:
    """A workspace of the cars with a model, and a model that predicts the same for each car."""
    dataset = made.cars(tmp_path / "data")
    folder = make_workspace(tmp_path / "work", dataset).folder
    (folder / "mymodel.h5").write_bytes(H5)
    monkeypatch.chdir(folder)
    sandbox = made.Modelled(lambda inputs: np.full(len(inputs), 25.0))

    def open_sandbox(submission: Submission) -> nullcontext[Sandbox]:
        return nullcontext(sandbox)

    told: list[str] = []
    store = OneDataset(dataset)
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield Scene(folder, ledger, GradingTools(store, open_sandbox, told.append), store, told)


def test_the_same_model_again_shows_its_earlier_score_and_uses_no_attempt(scene: Scene) -> None:
    assert scene.submit() == 1
    (scene.workspace / "copy.h5").write_bytes(H5)
    assert scene.submit("copy.h5") == 1
    assert len(scene.ledger.history()) == 1
    assert any("submission 1 (mymodel.h5)" in sentence for sentence in scene.told)
    assert scene.submit(anyway=True) == 2


def test_a_note_that_comes_with_the_same_model_becomes_that_submission_s(scene: Scene) -> None:
    for note in ("more epochs", "", "Adam"):
        done = services.submit(SubmissionRequest(note=note), Practice("ada"), scene.ledger, scene.tools)
    assert done.again
    assert scene.ledger.notes.by_number() == {1: "Adam"} == done.report_data.notes
    assert "The note of submission 1 is 'Adam' now; it was 'more epochs'." in scene.told


def test_check_and_submit_say_the_same_of_what_is_no_model(scene: Scene) -> None:
    (scene.workspace / "nb.ipynb").write_text('{"cells": [], "nbformat": 4}')
    request = SubmissionRequest(scene.workspace / "nb.ipynb")
    with pytest.raises(BadSubmission) as checked:
        services.check(request, Practice("ada"), scene.tools)
    with pytest.raises(BadSubmission) as submitted:
        scene.submit("nb.ipynb")
    assert checked.value.message == submitted.value.message.replace(", so no attempt was used", "")
    assert checked.value.code == submitted.value.code


def test_another_learner_s_model_and_an_exam_s_are_graded_though_they_are_the_same(scene: Scene) -> None:
    scene.submit()
    assert services.submit(SubmissionRequest(), Practice("bob"), scene.ledger, scene.tools).record.number == 2
    assert scene.submit(exam=True) == 3


def test_the_same_model_is_graded_again_on_other_data_or_by_other_rules(scene: Scene) -> None:
    scene.submit()
    assert scene.store.dataset is not None
    scene.store.dataset = replace(scene.store.dataset, fingerprint="c" * 64)
    assert scene.submit() == 2


def test_a_script_is_run_again_for_its_training_may_come_out_otherwise(scene: Scene) -> None:
    scene.submit()
    model = read_submission(scene.workspace / "mymodel.h5", "problem1", "ada")
    assert attempts.graded_before(model, scene.store.dataset, scene.ledger) is not None
    script = replace(model, kind=ArtifactKind.SCRIPT)
    assert attempts.graded_before(script, scene.store.dataset, scene.ledger) is None


NO_MODELS = {
    "table.csv": b"a,b\n1,2\n",
    "work.ipynb": b'{"cells": [], "nbformat": 4}',
    "mymodel2.h5": b"",
    "notes.zip": zipped({"notes.txt": b"hello"}),
}


@pytest.mark.parametrize("name", NO_MODELS)
def test_what_is_no_model_is_said_before_data_is_fetched_and_uses_no_attempt(scene: Scene, name: str) -> None:
    (scene.workspace / name).write_bytes(NO_MODELS[name])
    with pytest.raises(BadSubmission, match="no attempt was used"):
        scene.submit(name)
    assert (scene.ledger.history(), scene.store.loads) == ((), 0)


def test_an_exam_records_what_is_no_model(scene: Scene) -> None:
    (scene.workspace / "table.csv").write_bytes(NO_MODELS["table.csv"])
    assert scene.submit("table.csv", exam=True) == 1


def edit_starter(scene: Scene, seconds: float) -> None:
    """Change the starter so many seconds after the model was saved."""
    starter = scene.workspace / "starter.py"
    starter.write_text(starter.read_text() + "\n# wider layers\n")
    saved = time.time() - 1_000
    os.utime(scene.workspace / "mymodel.h5", (saved, saved))
    os.utime(starter, (saved + seconds, saved + seconds))


def test_a_model_older_than_its_edited_starter_is_said_and_uses_no_attempt(scene: Scene) -> None:
    edit_starter(scene, seconds=60)
    with pytest.raises(BadSubmission, match=r"starter\.py was changed after 'mymodel\.h5' was saved"):
        scene.submit()
    assert scene.ledger.history() == ()
    assert scene.submit(anyway=True) == 1
    assert any("was changed after" in sentence for sentence in scene.told)


def test_an_exam_takes_a_model_older_than_its_starter_and_says_so(scene: Scene) -> None:
    edit_starter(scene, seconds=60)
    assert scene.submit(exam=True) == 1
    assert any("was changed after" in sentence for sentence in scene.told)


@pytest.mark.parametrize("seconds", [-60, 1])
def test_a_starter_that_is_older_or_as_old_is_nothing_to_speak_of(scene: Scene, seconds: float) -> None:
    edit_starter(scene, seconds)
    assert scene.submit() == 1
    assert not any("starter" in sentence for sentence in scene.told)


def test_a_starter_that_nobody_edited_says_nothing_about_the_model(scene: Scene) -> None:
    old = time.time() - 1_000
    os.utime(scene.workspace / "mymodel.h5", (old, old))
    assert scene.submit() == 1


def test_a_note_and_the_starter_as_it_was_are_kept_with_the_attempt(scene: Scene) -> None:
    edit_starter(scene, seconds=-60)
    request = SubmissionRequest(note="dropout .3\n\x1b[31mand  wider")
    done = services.submit(request, Practice("ada"), scene.ledger, scene.tools)
    kept = scene.ledger.notes.read(done.record.number)
    assert kept.note == done.report_data.notes[done.record.number] == "dropout .3 and wider"
    assert kept.source == (scene.workspace / "starter.py").read_text()
    (scene.workspace / "starter.py").unlink()
    (scene.workspace / "starter.py").symlink_to("/etc/passwd")
    number = scene.submit(anyway=True)
    assert scene.ledger.notes.read(number) == Notes()


LOG = "epoch,loss,val_loss\n0,1.0,0.9\n1,0.5,0.6\n"


def test_a_log_is_shown_with_the_model_that_was_submitted_with_it_first_and_no_other(scene: Scene) -> None:
    (scene.workspace / "history.csv").write_text(LOG)
    first = scene.submit()
    (scene.workspace / "mymodel.h5").write_bytes(H5 + b"other")
    second = scene.submit()
    assert scene.ledger.curves.read(first) is not None
    assert scene.ledger.curves.read(second) is None
    assert "history.csv is the training log of submission 1: it is not shown as this model's." in scene.told


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_log_of_another_hour_is_of_another_training(scene: Scene, hours: int) -> None:
    (scene.workspace / "history.csv").write_text(LOG)
    written = time.time() + 3_600 * hours
    os.utime(scene.workspace / "history.csv", (written, written))
    assert scene.ledger.curves.read(scene.submit()) is None


def test_beside_workspaces_the_message_names_them(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(scene.workspace.parent)
    with pytest.raises(BadSubmission, match="go to work"):
        scene.submit()
