"""The command as people use it: whole processes, real data, real models, the local sandbox."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tfprep.home import Home
from tfprep.problems import find
from tfprep.sandbox.host.kept_worker import KeptWorkers

from . import warm_python

Run = subprocess.CompletedProcess[str]

MOST_MODULES = 80
"""Of ours, that `tfprep check` may load, without those of the worker."""

MODEL = """
import os, sys
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
outputs, constant, file = int(sys.argv[1]), float(sys.argv[2]), sys.argv[3]
layer = keras.layers.Dense(outputs)
model = keras.Sequential([keras.layers.Input((9,)), layer])
layer.set_weights([np.zeros((9, outputs)), np.full(outputs, constant)])
model.save(file)
"""
"""A model of nine facts that always answers the same."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds problem 1's data."""
    home = tmp_path_factory.mktemp("home")
    done = command(home, home, "data", "fetch", "regression", "--data", "package")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with an honest constant, one that answers NaN, and one that answers three numbers."""
    folder = tmp_path_factory.mktemp("models")
    for name, outputs, constant in (("constant", 1, 23.0), ("nan", 1, float("nan")), ("wide", 3, 1.0)):
        arguments = [str(outputs), str(constant), str(folder / f"{name}.h5")]
        warm_python.run(["-c", MODEL, *arguments], check=True)
    return folder


@pytest.fixture
def workspace(home: Path, tmp_path: Path) -> Path:
    """A fresh workspace of problem 1."""
    done = command(home, tmp_path, "start", "1", "--into", "work", "--data", "package")
    assert done.returncode == 0, done.stderr
    return tmp_path / "work"


def environment(home: Path) -> dict[str, str]:
    return {**os.environ, "TFPREP_HOME": str(home), "TFPREP_LEARNER": "ada", "TF_CPP_MIN_LOG_LEVEL": "2"}


def command(home: Path, place: Path, *words: str, **more: str) -> Run:
    """Run `tfprep WORDS` in `place`."""
    return warm_python.run(["-m", "tfprep.cli", *words], cwd=place, env={**environment(home), **more})


def attempts(home: Path, place: Path) -> list[dict[str, object]]:
    shown: list[dict[str, object]] = json.loads(command(home, place, "history", "--json").stdout)
    return shown


def test_start_makes_a_workspace_with_starter_statement_and_data(workspace: Path) -> None:
    assert {"starter.py", "statement.md", "data", ".tfprep.toml"} <= {
        path.name for path in workspace.iterdir()
    }
    assert (workspace / "data" / "train.csv").is_file()


def test_start_never_overwrites_work(home: Path, workspace: Path) -> None:
    (workspace / "starter.py").write_text("my work")
    again = command(home, workspace.parent, "start", "1", "--into", "work", "--data", "package")
    assert again.returncode == 2
    assert "starter.py" in again.stderr
    assert "--resume" in again.stderr
    assert "--reset" in again.stderr
    assert (workspace / "starter.py").read_text() == "my work"


def test_resume_keeps_the_work_and_fills_in_what_is_missing(home: Path, workspace: Path) -> None:
    (workspace / "starter.py").write_text("my work")
    (workspace / "statement.md").unlink()
    shutil.rmtree(workspace / "data")
    done = command(home, workspace.parent, "start", "1", "--into", "work", "--resume")
    assert done.returncode == 0, done.stderr
    assert (workspace / "starter.py").read_text() == "my work"
    assert (workspace / "statement.md").is_file()
    assert (workspace / "data" / "train.csv").is_file()


def test_reset_starts_afresh_and_keeps_a_backup(home: Path, workspace: Path) -> None:
    (workspace / "starter.py").write_text("my work")
    done = command(home, workspace.parent, "start", "1", "--into", "work", "--reset", "--data", "package")
    assert done.returncode == 0, done.stderr
    assert (workspace / "starter.py").read_text() != "my work"
    (backup,) = workspace.parent.glob("work.backup-*")
    assert (backup / "starter.py").read_text() == "my work"
    assert backup.name in done.stderr


def test_a_problem_is_drawn_from_a_category(home: Path, tmp_path: Path) -> None:
    done = command(home, tmp_path, "start", "--category", "a", "--random", "--data", "package")
    assert done.returncode == 0, done.stderr
    (starter,) = tmp_path.glob("problem*/starter.py")
    drawn = find(starter.parent.name)
    assert drawn.category == "A"
    assert f"Drawn: {drawn.id}, {drawn.title}." in done.stderr


def test_start_wants_a_name_or_a_draw_and_not_both(home: Path, tmp_path: Path) -> None:
    for words in ([], ["3", "--random", "--category", "A"], ["--random"], ["3", "--category", "A"]):
        done = command(home, tmp_path, "start", *words)
        assert done.returncode == 2
        assert "Name a problem, or draw one with --category C --random." in done.stderr


def test_a_misspelt_problem_gets_the_nearest_name_offered(home: Path, tmp_path: Path) -> None:
    done = command(home, tmp_path, "start", "flwers")
    assert done.returncode == 2
    assert "flowers" in done.stderr
    assert "Traceback" not in done.stderr


def test_submitting_outside_a_workspace_asks_which_problem(home: Path, tmp_path: Path) -> None:
    done = command(home, tmp_path, "submit")
    assert done.returncode == 2
    assert "--problem" in done.stderr


@pytest.mark.slow
def test_a_submission_is_graded_recorded_and_shown_again(home: Path, workspace: Path, models: Path) -> None:
    shutil.copy(models / "constant.h5", workspace / "mymodel.h5")
    before = len(attempts(home, workspace))
    done = command(home, workspace, "submit", "--sandbox", "local", "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 1
    assert shown["verdict"] == "partial"
    assert shown["score"] in {0, 1}
    assert shown["interval"][0] < shown["metric"] < shown["interval"][1]
    assert shown["learner"] == "ada"
    assert len(attempts(home, workspace)) == before + 1
    again = command(home, workspace, "report", str(shown["number"]), "--json")
    assert json.loads(again.stdout) == shown


@pytest.mark.slow
def test_what_is_shown_names_the_page_and_the_page_exists(home: Path, workspace: Path, models: Path) -> None:
    shutil.copy(models / "constant.h5", workspace / "mymodel.h5")
    (workspace / "history.csv").write_text("epoch,loss,val_loss\n0,9,8\n1,7,6.5\n", "utf-8")
    done = command(home, workspace, "submit", "--anyway", "--sandbox", "local")
    assert "of 5" in done.stdout
    assert "6.5 after epoch 2" in done.stdout
    (line,) = (line for line in done.stdout.splitlines() if line.startswith("Report: "))
    page = Path(line.removeprefix("Report: ")).read_text("utf-8")
    assert page.startswith("<!doctype html>")
    for words in ("Predicted against true", "Distribution of errors", "2 epochs, from history.csv"):
        assert words in page
    assert max(map(len, done.stdout.split("Report: ")[0].splitlines())) <= 80
    assert "\x1b" not in done.stdout


@pytest.mark.slow
def test_a_model_with_nan_weights_is_invalid_not_zero(home: Path, workspace: Path, models: Path) -> None:
    done = command(home, workspace, "submit", str(models / "nan.h5"), "--sandbox", "local", "--json")
    shown = json.loads(done.stdout)
    assert done.returncode == 1
    assert shown["verdict"] == "invalid"
    assert shown["score"] is None
    assert "NaN" in shown["reason"]


@pytest.mark.slow
def test_another_output_shape_is_told_expected_against_found(
    home: Path, workspace: Path, models: Path
) -> None:
    done = command(home, workspace, "submit", str(models / "wide.h5"), "--sandbox", "local", "--json")
    shown = json.loads(done.stdout)
    assert shown["verdict"] == "invalid"
    assert "(n, 1)" in shown["reason"]
    assert "(n, 3)" in shown["reason"]


@pytest.mark.slow
def test_check_records_nothing(home: Path, workspace: Path, models: Path) -> None:
    before = attempts(home, workspace)
    done = command(home, workspace, "check", str(models / "constant.h5"), "--sandbox", "local", "--json")
    assert json.loads(done.stdout)["score"] in {0, 1}
    assert attempts(home, workspace) == before


@pytest.mark.slow
@pytest.mark.parametrize("sandbox", ["local", pytest.param("docker", marks=pytest.mark.docker)])
def test_a_check_loads_few_of_our_modules(home: Path, workspace: Path, models: Path, sandbox: str) -> None:
    """As people use it: in a workspace, with the worker that waits for the next command."""
    shutil.copy(models / "constant.h5", workspace / "mymodel.h5")
    try:
        for worker in ("a new worker", "the worker that waited"):
            loaded = modules_of_check(home, workspace, sandbox, TFPREP_KEEP_MINUTES="2")
            assert len(loaded) <= MOST_MODULES, "\n".join([worker, *loaded])
    finally:
        assert KeptWorkers(Home.find({"TFPREP_HOME": str(home)}).run, 120.0).end()


def modules_of_check(home: Path, workspace: Path, sandbox: str, **more: str) -> list[str]:
    code = (
        "import atexit, sys\n"
        "from tfprep.cli import main\n"
        "atexit.register(lambda: print(*(name for name in sys.modules if name.split('.')[0] == 'tfprep')))\n"
        f"sys.argv = ['tfprep', 'check', '--sandbox', {sandbox!r}]\n"
        "main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=workspace,
        env={**environment(home), **more},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    return sorted(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("name", "content", "word"),
    [("empty.h5", b"", "empty"), ("text.h5", b"These are my notes, not a model.\n", "text")],
)
def test_a_file_that_is_no_model_is_told_and_no_attempt(
    home: Path, workspace: Path, name: str, content: bytes, word: str
) -> None:
    (workspace / name).write_bytes(content)
    before = attempts(home, workspace)
    done = command(home, workspace, "submit", name, "--sandbox", "local", "--json")
    assert (done.returncode, done.stdout) == (2, "")
    assert word in done.stderr.lower()
    assert attempts(home, workspace) == before


def test_a_missing_file_is_misuse_and_not_an_attempt(home: Path, workspace: Path) -> None:
    before = attempts(home, workspace)
    done = command(home, workspace, "submit", "nothing.h5", "--sandbox", "local")
    assert done.returncode == 2
    assert "nothing.h5" in done.stderr
    assert attempts(home, workspace) == before


@pytest.mark.slow
def test_two_candidates_of_the_same_age_are_not_guessed_between(
    home: Path, workspace: Path, models: Path
) -> None:
    for name in ("mymodel.h5", "mymodel.keras"):
        shutil.copy(models / "constant.h5", workspace / name)
        os.utime(workspace / name, (1_700_000_000, 1_700_000_000))
    done = command(home, workspace, "submit", "--sandbox", "local")
    assert done.returncode == 2
    assert "mymodel.h5" in done.stderr
    assert "mymodel.keras" in done.stderr


@pytest.mark.slow
def test_without_an_engine_the_docker_sandbox_is_our_fault_and_no_attempt(
    home: Path, workspace: Path, models: Path
) -> None:
    before = attempts(home, workspace)
    words = ("submit", "--anyway", str(models / "constant.h5"), "--sandbox", "docker")
    done = command(home, workspace, *words, DOCKER_HOST="tcp://127.0.0.1:9")
    assert done.returncode == 3
    assert "no attempt was used" in done.stderr
    assert str(home / "logs" / "tfprep.log") in done.stderr
    assert "SandboxUnavailable" in (home / "logs" / "tfprep.log").read_text("utf-8")
    assert "Traceback" not in done.stderr
    assert attempts(home, workspace) == before


@pytest.mark.slow
def test_ones_own_work_falls_back_to_the_local_sandbox_and_says_so(
    home: Path, workspace: Path, models: Path
) -> None:
    words = ("submit", "--learner", "far from engines", str(models / "constant.h5"), "--json")
    done = command(home, workspace, *words, DOCKER_HOST="tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert json.loads(done.stdout)["score"] in {0, 1}
    assert "runs as a plain process on this machine" in done.stderr


@pytest.mark.slow
def test_two_submissions_at_once_both_land(home: Path, workspace: Path, models: Path) -> None:
    before = len(attempts(home, workspace))
    line = [sys.executable, "-m", "tfprep.cli", "submit", str(models / "constant.h5"), "--sandbox", "local"]
    line.append("--anyway")
    both = [
        subprocess.Popen(line, cwd=workspace, env=environment(home), stdout=subprocess.DEVNULL)
        for _ in range(2)
    ]
    assert [process.wait() for process in both] == [1, 1]
    assert len(attempts(home, workspace)) == before + 2


@pytest.mark.slow
def test_ctrl_c_records_nothing_and_says_so(home: Path, workspace: Path) -> None:
    (workspace / "slow.py").write_text("import time\nprint('training', flush=True)\ntime.sleep(600)\n")
    before = attempts(home, workspace)
    process = subprocess.Popen(
        [sys.executable, "-m", "tfprep.cli", "submit", "slow.py", "--sandbox", "local"],
        cwd=workspace,
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if "training" in line:
            break
    family = psutil.Process(process.pid).children(recursive=True)
    process.send_signal(signal.SIGINT)
    rest, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Nothing was recorded" in rest
    assert attempts(home, workspace) == before
    _, alive = psutil.wait_procs(family, timeout=10)
    assert family
    assert not alive


def test_data_is_listed_and_removed(tmp_path: Path) -> None:
    assert command(tmp_path, tmp_path, "data", "fetch", "forecast", "--data", "package").returncode == 0
    (listed,) = json.loads(command(tmp_path, tmp_path, "data", "list", "--json").stdout)
    assert (listed["problem"], listed["data_source"]) == ("problem5", "package")
    assert command(tmp_path, tmp_path, "data", "remove", "forecast", "--yes").returncode == 0
    assert json.loads(command(tmp_path, tmp_path, "data", "list", "--json").stdout) == []
