"""Every problem has hints, shown one after the other, and none in an exam."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfprep.cli import tfprep
from tfprep.problems import Problem, all_problems, find
from tfprep.problems.hints import HintsShown, hints_of


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def run(*words: str) -> Result:
    return CliRunner().invoke(tfprep, list(words))


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.id)
def test_every_problem_has_hints_and_none_is_its_solution(problem: Problem) -> None:
    hints = hints_of(problem)
    assert len(hints) >= 3
    assert all(len(hint) > 80 for hint in hints)
    assert not any("model.save(" in hint or "Sequential(" in hint for hint in hints)


def test_each_call_shows_one_more_and_in_the_end_all_of_them(home: Path) -> None:
    hints = hints_of(find("mnist"))
    for number, text in enumerate(hints, 1):
        shown = run("hint", "2").output
        assert f"Hint {number} of {len(hints)}" in shown
        assert text in shown
        assert f"Hint {number - 1} of" not in shown
    last = run("hint", "2").output
    assert all(text in last for text in hints)
    assert "no more hints" in last


def test_again_shows_what_was_shown_and_no_more(home: Path) -> None:
    assert "No hint was shown yet" in run("hint", "2", "--again").output
    run("hint", "2")
    assert run("hint", "2", "--again").output.count("Hint ") == 1
    assert "Hint 2 of" in run("hint", "2").output


def test_outside_of_a_workspace_it_asks_for_a_name(home: Path) -> None:
    done = run("hint")
    assert (done.exit_code, "tfprep hint 2" in done.output) == (2, True)


def test_a_damaged_count_begins_anew(tmp_path: Path) -> None:
    (tmp_path / "hints.json").write_text('{"problem2": "many"}')
    shown = HintsShown(tmp_path / "hints.json")
    assert shown.of(find("2")) == 0
    shown.keep(find("2"), 2)
    assert shown.of(find("2")) == 2
