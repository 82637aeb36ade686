"""The first sentence of every command comes at once: nothing heavy is imported, built or asked before it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from time import monotonic
from typing import Final

import pytest

IMPORTS: Final = "import click, rich.console, sqlalchemy.orm, numpy, pydantic, docker"
"""What a command needs whatever it does; on two quiet cores that takes less than half a second."""
LONGEST: Final = 2.0
"""Times as long as the imports alone, and so within a second. TensorFlow takes six times as long."""


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("first")
    seconds_to_first_byte(
        folder, "-m", "tfprep.cli", "start", "regression", "--into", "work", "--data", "package"
    )
    return folder / "work"


def seconds_to_first_byte(place: Path, *words: str) -> float:
    """Runs this Python with words; how long until it prints, on either stream, or ends."""
    environment = {**os.environ, "TFPREP_HOME": str(place.parent / "home"), "TFPREP_LEARNER": "ada"}
    began = monotonic()
    with subprocess.Popen(
        [sys.executable, *words],
        cwd=place,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        took = monotonic() - began
        process.stdout.read()
    return took


@pytest.mark.slow
@pytest.mark.parametrize("words", ["history", "doctor", "cohort list", "submit nofile.h5"])
def test_the_first_sentence_takes_little_longer_than_the_imports(words: str, workspace: Path) -> None:
    """The best of up to four tries, measured beside each other: a busy machine slows both."""
    tries = []
    for _ in range(4):
        alone = seconds_to_first_byte(workspace, "-c", IMPORTS)
        tries.append(seconds_to_first_byte(workspace, "-m", "tfprep.cli", *words.split()) / alone)
        if tries[-1] <= LONGEST:
            return
    pytest.fail(f"`tfprep {words}`: {min(tries):.1f} times as long as the imports")
