"""The daily commands in terminals that cannot write every character: spelled differently, never an error."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from tfprep import cli
from tfprep.commands import context
from tfprep.grader import grade, services, watching
from tfprep.grader.ledger import Ledger
from tfprep.grader.records import Curve, Curves, Notes
from tfprep.home import Home
from tfprep.problems import Split, find
from tfprep.sandbox import ModelFacts

from .grader import made
from .grader.examples import submitted
from .reports.cards import PARTIAL

WORDS = "José · 学 ≥ 0.85 … “dropout” ² é"
COMMANDS = {
    ("diff", "1", "2"): "Submission",
    ("hint", "1"): "of 4 for problem1",
    ("watch",): "was saved",
    ("history",): "Jos",
    ("ready",): "of 100",
}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with two attempts, whose notes and starters have characters of many scripts."""
    root = tmp_path_factory.mktemp("home")
    dataset = made.cars(tmp_path_factory.mktemp("data") / "cars")
    labels = dataset.labels(Split.HIDDEN).values
    with Ledger.open(Home.find({"TFPREP_HOME": str(root)}).ledger_url) as ledger:
        for error in (1.0, 0.2):
            wrong = labels + np.float32(error)
            model = made.Modelled(lambda inputs: wrong[: len(inputs)], ModelFacts(optimizer=WORDS))  # noqa: B023
            graded = grade(replace(submitted(), problem="problem1", learner="ada"), dataset, model)
            curves = Curves("history.csv", (Curve("val_loss", (1, 2), (1.0, error)),))
            ledger.record(graded, Notes(f"{WORDS} {error}", f"# {WORDS} {error}\n"), curves)
    return root


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
@pytest.mark.parametrize("words", COMMANDS, ids=lambda words: words[0])
def test_a_command_s_output_is_written_in_any_encoding(
    words: tuple[str, ...], encoding: str, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFPREP_HOME", str(root))
    monkeypatch.setenv("TFPREP_LEARNER", "ada")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(watching, "saved_models", lambda folder, wait: [tmp_path / "学.h5"] * 2)
    checked = SimpleNamespace(
        card=replace(PARTIAL, reason=WORDS), dataset=SimpleNamespace(problem=find("1"), bands=PARTIAL.bands)
    )
    monkeypatch.setattr(services, "check", lambda *asked: checked)
    context.open_output()
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding, context.ERRORS, write_through=True)
    monkeypatch.setattr("sys.stdout", stream)
    cli.tfprep.main(list(words), standalone_mode=False)
    assert COMMANDS[words] in written.getvalue().decode(encoding)
