"""Behind Tab: names of problems, numbers of submissions, and never an error."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from tfprep.cli import tfprep
from tfprep.commands.completion import problem_names, submission_numbers
from tfprep.grader import grade
from tfprep.grader.ledger import Ledger

from .grader.examples import Scripted, make_mnist, predicted, probabilities, submitted

CONTEXT = click.Context(tfprep)
NAME = click.Argument(["name"])


def offered(incomplete: str) -> list[str]:
    return [item.value for item in problem_names(CONTEXT, NAME, incomplete)]


def test_problems_are_offered_by_name_and_by_number_once_one_is_begun() -> None:
    assert offered("")[:5] == ["regression", "mnist", "flowers", "imdb", "forecast"]
    assert offered("f") == ["flowers", "forecast"]
    assert offered("problem")[:5] == [f"problem{number}" for number in range(1, 6)]
    assert offered("3") == ["3"]


def test_submissions_are_offered_newest_first_with_what_they_earned(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path))
    graded = grade(submitted(), make_mnist(tmp_path / "data"), Scripted(predicted(probabilities(200))))
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        for _ in range(2):
            ledger.record(graded)
    items = submission_numbers(CONTEXT, NAME, "")
    assert [(item.value, item.help) for item in items] == [(n, "problem2, 5 of 5") for n in ("2", "1")]
    assert [item.value for item in submission_numbers(CONTEXT, NAME, "1")] == ["1"]


def test_where_no_ledger_can_be_read_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFPREP_LEDGER", "nonsense://")
    assert submission_numbers(CONTEXT, NAME, "") == []


def test_the_commands_offer_them() -> None:
    start = tfprep.get_command(CONTEXT, "start")
    assert start is not None
    (name,) = [each for each in start.params if each.name == "name"]
    assert [item.value for item in name.shell_complete(CONTEXT, "fl")] == ["flowers"]
