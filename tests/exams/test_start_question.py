"""At a terminal, `tfprep exam start` asks before the clock runs. A script is taken at its word."""

from __future__ import annotations

import io
from pathlib import Path

import click
import pytest

from tfprep.commands.exam import exam
from tfprep.exams import request
from tfprep.problems import Dataset


class Terminal(io.StringIO):
    """Where somebody types."""

    def isatty(self) -> bool:
        return True


def start(stdin: io.StringIO, monkeypatch: pytest.MonkeyPatch, *words: str) -> bool:
    """Whether the exam began."""
    monkeypatch.setattr("sys.stdin", stdin)
    try:
        exam.main(["start", "--minutes", "90", *words], "exam", standalone_mode=False)
    except click.Abort:
        return False
    return Path("exam").is_dir()


@pytest.fixture(autouse=True)
def home(datasets: dict[str, Dataset], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(request, "load_problems", lambda *asked: list(datasets.values()))


def test_a_terminal_is_asked_and_no_keeps_the_clock_from_running(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert not start(Terminal("n\n"), monkeypatch)
    assert not Path("exam").exists()
    assert "in 90 minutes. The data is ready. The clock does not stop" in capsys.readouterr().err
    assert start(Terminal("y\n"), monkeypatch)


def test_a_script_is_not_asked(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(io.StringIO(), monkeypatch)
    assert "Start it now?" not in capsys.readouterr().err


def test_yes_is_an_answer(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert start(Terminal(), monkeypatch, "--yes")
    assert "Start it now?" not in capsys.readouterr().err
