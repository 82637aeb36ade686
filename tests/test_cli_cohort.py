"""`tfprep cohort` as a mentor uses it: hostile and honest files on a real engine, and what comes after."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfprep.cli import tfprep
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import Unmatched
from tfprep.grader.records.cohort_runs import CohortNote

from . import warm_python
from .cars import RULES, write_cars
from .cohorts.text_models import GradingSetup, copy_setup, hand_in, make_setup

MODELS = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
def linear(weight, name, layers=()):
    layer = keras.layers.Dense(1)
    model = keras.Sequential([keras.layers.Input((9,)), *layers, layer])
    weights = np.zeros((9, 1)); weights[3] = weight
    layer.set_weights([weights, np.full(1, 10.0)])
    model.save(name)
linear(0.01, "honest.keras")
linear(0.01, "late.h5")
linear(0.0092, "near.h5")
linear(float("nan"), "nan.h5")
linear(0.01, "lambda.keras", [keras.layers.Lambda(lambda x: x)])
"""


def run(where: Path, *words: str, **environment: str) -> Result:
    """`tfprep WORDS` in this process, on a ledger."""
    home = {
        "TFPREP_HOME": str(where.parent / "home"),
        "TFPREP_LEDGER": str(where),
        "TFPREP_LEARNER": "m. ortiz",
    }
    return CliRunner().invoke(tfprep, ["cohort", *words], env={**home, **environment})


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> GradingSetup:
    setup = make_setup(tmp_path_factory.mktemp("setup"))
    setup.grade(hand_in("ann", "right 10"), hand_in("bob", "right 1"), hand_in("cy", "nan right 5"))
    return setup


@pytest.fixture
def setup(graded: GradingSetup, tmp_path: Path) -> GradingSetup:
    return copy_setup(graded, tmp_path)


def points(setup: GradingSetup) -> dict[str, float]:
    values = json.loads(run(setup.where, "status", "--json").stdout)
    index = [problem["id"] for problem in values["problems"]].index("problem2")
    return {one["id"]: one["results"][index]["points"] for one in values["learners"]}


# What a mentor does afterwards


def test_status_shows_everyone(setup: GradingSetup) -> None:
    shown = run(setup.where, "status")
    assert shown.exit_code == 0, shown.output
    for word in ("spring", "ann", "bob", "cy", "invalid"):
        assert word in shown.stdout


def test_status_lists_unmatched_files_as_text(setup: GradingSetup) -> None:
    with Ledger.open(setup.where) as ledger:
        ledger.cohorts.begin_run(
            CohortNote("spring", unmatched=(Unmatched("[red]x[/red]\x1b[31m", "No problem."),))
        )
    shown = run(setup.where, "status").stdout
    assert "[red]x[/red]" in shown
    assert "\x1b" not in shown


def test_an_override_counts_until_it_is_taken_back_and_the_audit_tells_both(setup: GradingSetup) -> None:
    done = run(setup.where, "override", "cy", "mnist", "--score", "4", "--reason", "The upload broke it.")
    assert done.exit_code == 0, done.output
    assert points(setup)["cy"] == 4
    run(setup.where, "override", "cy", "2", "--remove", "--reason", "It was another file.")
    assert points(setup)["cy"] == 0
    audit = json.loads(run(setup.where, "audit", "--json").stdout)
    assert [(one["by"], one["score"], one["reason"]) for one in audit if one["learner"]] == [
        ("m. ortiz", 4.0, "The upload broke it."),
        ("m. ortiz", None, "It was another file."),
    ]
    assert "The upload" in run(setup.where, "audit").stdout


@pytest.mark.parametrize(
    "words",
    [
        ("override", "ann", "2", "--reason", "x"),
        ("override", "ann", "2", "--reason", "x", "--score", "6"),
        ("override", "ann", "2", "--score", "3"),
        ("override", "ann", "2", "--score", "3", "--remove", "--reason", "x"),
        ("regrade", "--undo", "--rerun"),
        ("regrade", "--undo", "--learner", "ann"),
        ("grade", "no-such-folder"),
        ("grade", ".", "--workers", "0"),
    ],
)
def test_misuse_is_refused_and_changes_nothing(setup: GradingSetup, words: tuple[str, ...]) -> None:
    before = points(setup)
    assert run(setup.where, *words).exit_code == 2
    assert points(setup) == before


def test_a_learner_or_cohort_that_is_not_there_is_an_error(setup: GradingSetup) -> None:
    nobody = run(setup.where, "override", "zoe", "2", "--score", "3", "--reason", "x")
    assert "nobody called 'zoe'" in str(nobody.exception)
    assert "No cohort is called 'winter'" in str(run(setup.where, "status", "--cohort", "winter").exception)


def test_without_a_cohort_the_error_says_how_to_make_one(tmp_path: Path) -> None:
    assert "tfprep cohort grade" in str(run(tmp_path / "ledger.db", "status").exception)


def test_rules_are_tried_before_there_is_a_cohort(tmp_path: Path) -> None:
    rules, where = tmp_path / "cohort.toml", tmp_path / "ledger.db"
    rules.write_text('attempts = "last"\n[late]\nper_day = 0.1\n')
    shown = run(where, "rules", str(rules))
    assert shown.exit_code == 0, shown.output
    assert "There is no cohort with these rules yet." in shown.output
    assert {"attempts", "late.per_day"} <= set(shown.output.split())
    changes = json.loads(run(where, "rules", str(rules), "--json").stdout)["changes"]["rules"]
    assert [each["key"] for each in changes] == ["attempts", "late.per_day"]
    rules.write_text('attempts = "lats"\n')
    assert 'expected "best" or "last"' in str(run(where, "rules", str(rules)).exception)
    assert "There is no cohort yet" in str(run(where, "rules", str(rules), "--apply").exception)


def test_who_renames_a_cohort_is_told_what_the_next_grading_goes_by(setup: GradingSetup) -> None:
    done = run(setup.where, "rename", "spring", "Spring 2026")
    assert done.exit_code == 0, done.output
    assert "What was graded for this cohort before is asked about." in done.output


@pytest.mark.slow
def test_export_and_report_write_to_the_given_folder(setup: GradingSetup, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run(setup.where, "export", "--out", str(out)).exit_code == 0
    shown = run(setup.where, "report", "--out", str(out))
    assert shown.exit_code == 0, shown.output
    names = {path.name for path in out.iterdir()}
    assert {"gradebook.csv", "canvas.csv", "moodle.csv", "results.json", "cohort.html"} <= names
    with (out / "gradebook.csv").open(encoding="utf-8-sig", newline="") as opened:
        assert [row["learner"] for row in csv.DictReader(opened)] == ["ann", "bob", "cy"]


# A whole evening on a real engine


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with everyone's files, some of them hostile, and the mentor's own data."""
    folder = tmp_path_factory.mktemp("evening")
    warm_python.run(["-c", MODELS], cwd=folder, check=True)
    write_cars(folder / "cars.csv")
    (folder / "cohort.toml").write_text(RULES)
    submissions = {
        "ada": "honest.keras",
        "bo": "near.h5",
        "cop": "honest.keras",
        "nan": "nan.h5",
        "lam": "lambda.keras",
    }
    for learner, model in submissions.items():
        learner_folder = folder / "all" / learner / "problem1"
        learner_folder.mkdir(parents=True)
        shutil.copy(folder / model, learner_folder / f"mymodel{Path(model).suffix}")
    (folder / "all" / "wrong" / "problem1").mkdir(parents=True)
    (folder / "all" / "wrong" / "problem1" / "mymodel.h5").write_text("I have no model.")
    bomb = folder / "all" / "bomb" / "problem1" / "mymodel.keras"
    bomb.parent.mkdir(parents=True)
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", "{}")
        archive.writestr("metadata.json", "{}")
        archive.writestr("model.weights.h5", bytes(600 * 2**20))
    (folder / "all" / "stray.h5").write_text("whose?")
    return folder


def command(evening: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """A mentor's command, as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "tfprep.cli", "cohort", *words],
        cwd=evening,
        env={**os.environ, "TFPREP_HOME": str(evening / "home"), "TFPREP_LEARNER": "m. ortiz"},
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )


@pytest.mark.slow
@pytest.mark.docker
def test_an_evening_with_hostile_files_ends_in_a_gradebook(evening: Path) -> None:
    """Wrong file, NaN, a zip bomb, a Lambda layer, a copy and honest models: each gets its own result."""
    done = command(evening, "grade", "all", "--out", "out", "--gpus", "none")
    assert done.returncode == 1, done.stderr  # the stray file could not be matched
    assert "stray.h5" in done.stdout
    assert "Graded 7 of 7" in done.stderr
    with (evening / "out" / "gradebook.csv").open(encoding="utf-8-sig", newline="") as opened:
        rows = {row["learner"]: row for row in csv.DictReader(opened)}
    earned = {learner: (row["problem1 points"], row["problem1 verdict"]) for learner, row in rows.items()}
    assert earned["ada"] == earned["cop"] == ("5", "passed")
    assert earned["bo"] == ("3", "partial")
    assert {earned[learner] for learner in ("nan", "lam", "wrong", "bomb")} == {("0", "invalid")}
    for learner, word in {"nan": "NaN", "lam": "Lambda", "wrong": "text", "bomb": "unpacks"}.items():
        assert word in rows[learner]["problem1 reason"]
    assert (evening / "out" / "cohort.html").is_file()

    again = command(evening, "grade", "all", "--gpus", "none")
    assert "0 graded, 7 known already" in again.stdout

    (evening / "cohort.toml").write_text(RULES.replace("5.0, 4.0, 3.0, 2.0, 1.0", "9.0, 8.0, 7.0, 6.0, 5.0"))
    unconfirmed = command(evening, "regrade")
    assert unconfirmed.returncode == 2
    assert "Nobody answered, so nothing was changed" in unconfirmed.stderr + unconfirmed.stdout
    confirmed = command(evening, "regrade", "--yes")
    assert confirmed.returncode == 0, confirmed.stderr
    assert "1 would get another score" in confirmed.stdout
    assert "scored again by the rules of today: 1 score changed." in confirmed.stdout
    moved = json.loads(command(evening, "status", "--json").stdout)
    assert {one["id"]: one["results"][0]["points"] for one in moved["learners"]}["bo"] == 5

    undone = command(evening, "regrade", "--undo", "--yes")
    assert undone.returncode == 0, undone.stderr
    assert "1 would get another score" in undone.stdout
    moved = json.loads(command(evening, "status", "--json").stdout)
    assert {one["id"]: one["results"][0]["points"] for one in moved["learners"]}["bo"] == 3
    assert command(evening, "regrade", "--yes").returncode == 0

    kinder = (evening / "cohort.toml").read_text()
    (evening / "cohort.toml").write_text("allow_lambda = true\n" + kinder)
    old_key = command(evening, "grade", "all", "--rerun-changed", "--workers", "1", "--gpus", "none")
    assert "allow_lambda has no effect any more" in old_key.stderr + old_key.stdout
    assert "0 graded" in old_key.stdout
    moved = json.loads(command(evening, "status", "--json").stdout)
    scores = {one["id"]: one["results"][0]["points"] for one in moved["learners"]}
    assert (scores["lam"], scores["ada"], scores["bo"], scores["bomb"]) == (0, 5, 5, 0)
