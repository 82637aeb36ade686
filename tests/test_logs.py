"""The log: a fault of ours always leaves its traceback in it, and hidden data never gets into it."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from tfprep import cli, logs
from tfprep.errors import Misuse, SandboxUnavailable
from tfprep.grader import services
from tfprep.grader.ledger import Ledger
from tfprep.grader.services import GradingTools, Practice, SubmissionRequest
from tfprep.problems import Split

from .grader.made import Modelled, cars
from .one_dataset import OneDataset

H5 = b"\x89HDF\r\n\x1a\n"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A home of its own; afterwards the log goes nowhere again."""
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TFPREP_LOG", raising=False)
    yield tmp_path / "home"
    logs.stop_logging()


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """The exit code of `tfprep WORDS`, run in this process."""
    monkeypatch.setattr("sys.argv", ["tfprep", *words])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert isinstance(ended.value.code, int)
    return ended.value.code


def test_a_bug_of_ours_leaves_its_traceback_in_the_log_and_the_message_names_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tfprep.problems.all_problems", lambda: 1 // 0)
    assert run(monkeypatch, "problems") == 3
    assert str(home / "logs" / "tfprep.log") in capsys.readouterr().err
    log = (home / "logs" / "tfprep.log").read_text("utf-8")
    assert "ZeroDivisionError" in log
    assert "commands/learner.py" in log


def test_a_named_fault_of_ours_leaves_the_traceback_of_its_cause(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail() -> None:
        try:
            raise OSError("the disk is full")
        except OSError as error:
            raise SandboxUnavailable("The sandbox failed.", "Try again.") from error

    monkeypatch.setattr("tfprep.problems.all_problems", fail)
    assert run(monkeypatch, "problems") == 3
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "tfprep.log" in told
    log = (home / "logs" / "tfprep.log").read_text("utf-8")
    assert "OSError: the disk is full" in log
    assert "SandboxUnavailable: The sandbox failed." in log


def test_misuse_is_no_fault_and_leaves_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "history", "--problem", "nothing") == 2
    assert "tfprep.log" not in capsys.readouterr().err
    assert not (home / "logs").exists()


def test_a_home_that_cannot_hold_a_log_ends_no_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "file"))
    assert run(monkeypatch, "--debug", "problems") == 0
    assert "Logging error" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "variable", "shown"),
    [("", "", False), ("--verbose", "", False), ("--debug", "", True), ("", "debug", True)],
)
def test_the_log_is_shown_to_who_asks(
    option: str,
    variable: str,
    shown: bool,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("TFPREP_LOG", variable)
    assert run(monkeypatch, *filter(None, [option]), "problems") == 0
    assert ("DEBUG tfprep.cli" in capsys.readouterr().err) is shown


def test_an_unknown_level_is_misuse(tmp_path: Path) -> None:
    with pytest.raises(Misuse, match="debug, info"):
        logs.start_logging(tmp_path, environment={"TFPREP_LOG": "loud"})


def test_old_lines_are_moved_to_files_that_are_dropped_in_the_end(tmp_path: Path) -> None:
    logs.start_logging(tmp_path)
    logger = logging.getLogger("tfprep.test")
    for _ in range(60):
        logger.info("x" * 100_000)
    files = list(tmp_path.iterdir())
    assert 1 < len(files) <= 4
    assert sum(file.stat().st_size for file in files) < 5 * 2**20


def test_nothing_of_hidden_data_is_logged(tmp_path: Path) -> None:
    logs.start_logging(tmp_path / "logs", "debug")
    dataset = cars(tmp_path / "data")
    (tmp_path / "mymodel.h5").write_bytes(H5)
    hidden = dataset.inputs(Split.HIDDEN)["features"]
    labels = dataset.labels(Split.HIDDEN).values

    def break_at_the_hidden_inputs(inputs: object) -> object:
        raise ValueError(f"cannot read {hidden[0].tolist()} with label {labels[0]}")

    request = SubmissionRequest(tmp_path / "mymodel.h5", "regression", anyway=True)
    for model in (lambda inputs: labels[: len(inputs)] + 1.0, break_at_the_hidden_inputs):
        sandbox = Modelled(model)
        tools = GradingTools(OneDataset(dataset), lambda submission, box=sandbox: nullcontext(box))
        with Ledger.open(tmp_path / "ledger.db") as ledger:
            try:
                services.submit(request, Practice("ada"), ledger, tools)
            except ValueError as error:
                logging.getLogger("tfprep.test").error("failed", exc_info=error)
    log = (tmp_path / "logs" / "tfprep.log").read_text("utf-8")
    assert "submission 1 recorded" in log
    assert "ValueError: …" in log
    assert "in break_at_the_hidden_inputs" in log
    logged = {float(number) for number in re.findall(r"\d+\.\d{3,}", log)}
    secrets = np.concatenate([hidden.ravel(), labels.ravel(), labels.ravel() + 1])
    assert not [number for number in logged if np.isclose(secrets, number, rtol=1e-4, atol=0).any()]
