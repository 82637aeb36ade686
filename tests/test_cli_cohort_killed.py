"""`tfprep cohort grade`, killed at any moment on a real engine: nothing is lost, nothing is scored twice."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tfprep.sandbox.host.engine import HOME, connect

from . import warm_python
from .cars import RULES, write_cars
from .kills import KILLS, random_moments

SIZE = 24
MODELS = """
import os, sys
from pathlib import Path
os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
import keras, numpy as np
for number in range(int(sys.argv[1])):
    layer = keras.layers.Dense(1)
    model = keras.Sequential([keras.layers.Input((9,)), layer])
    weights = np.zeros((9, 1)); weights[3] = 0.01 - 0.00003 * number
    layer.set_weights([weights, np.full(1, 10.0)])
    folder = Path("all", f"learner{number:02}", "problem1")
    folder.mkdir(parents=True)
    model.save(folder / "mymodel.h5")
"""
OF_THE_RUN = {"submission", "attempts", "handed_in"}
"""What two runs may tell otherwise: numbers given in the order in which workers were ready, and times."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everyone's models, one each, and the mentor's own data."""
    folder = tmp_path_factory.mktemp("evening")
    warm_python.run(["-c", MODELS, str(SIZE)], cwd=folder, check=True)
    write_cars(folder / "cars.csv")
    (folder / "cohort.toml").write_text(RULES)
    return folder


def begin(folder: Path, ledger: str) -> subprocess.Popen[bytes]:
    """The mentor's command, in a ledger of its own."""
    paths = {"TFPREP_HOME": str(folder / "home"), "TFPREP_LEDGER": str(folder / ledger)}
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "tfprep.cli",
            "cohort",
            "grade",
            "all",
            "--out",
            ledger[:-3],
            "--gpus",
            "none",
        ],
        cwd=folder,
        env={**os.environ, **paths},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(folder: Path, ledger: str) -> str:
    process = begin(folder, ledger)
    printed = process.communicate(timeout=300)[0].decode()
    assert process.returncode == 0, printed
    return printed


def stored(ledger: Path) -> dict[int, int]:
    """The score of each submission that a ledger holds."""
    try:
        with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as reader:
            return dict(reader.execute("SELECT number, score FROM scores"))
    except sqlite3.OperationalError:  # not made yet
        return {}


def results(folder: Path) -> Any:
    values = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return without_the_run(values)


def without_the_run(values: Any) -> Any:
    if isinstance(values, dict):
        return {name: without_the_run(value) for name, value in values.items() if name not in OF_THE_RUN}
    return [without_the_run(one) for one in values] if isinstance(values, list) else values


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(1500)
def test_a_batch_killed_again_and_again_on_the_engine_comes_to_the_same_results(folder: Path) -> None:
    random = random_moments()
    began = time.monotonic()
    finish(folder, "undisturbed.db")
    whole = time.monotonic() - began
    killed, before, midway = folder / "killed.db", {}, 0
    for turn in range(KILLS):
        process = begin(folder, "killed.db")
        if turn % 2:
            wait_for_more_than(before, killed, process)
            time.sleep(random.uniform(0, 0.05))
        else:
            time.sleep(random.uniform(0, whole / 2))
        process.kill()
        process.communicate()
        now = stored(killed)
        assert before.items() <= now.items(), "something that was kept is gone, or has another score"
        midway += len(before) < len(now) < SIZE
        before = now
    printed = finish(folder, "killed.db")
    assert f"{SIZE - len(before)} graded" in printed
    assert midway >= max(1, KILLS // 6), "it was hardly ever killed in the middle"
    assert len(stored(killed)) == SIZE, "something was scored twice"
    assert results(folder / "killed") == results(folder / "undisturbed")
    assert containers_of(folder / "home") == []


def wait_for_more_than(before: dict[int, int], ledger: Path, process: subprocess.Popen[bytes]) -> None:
    """Until another score is kept, or the batch is done."""
    while process.poll() is None and len(stored(ledger)) <= len(before):
        time.sleep(0.01)


def containers_of(home: Path) -> list[str]:
    client = connect()
    found = [each["Id"] for each in client.containers(all=True, filters={"label": f"{HOME}={home}"})]
    client.close()
    return found
