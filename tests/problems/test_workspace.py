"""Every workspace gets a seed of its own, and is otherwise what stands in the problem's folder."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.problems import Problem, all_problems
from tfprep.problems.workspace import make_workspace, resume_workspace

from ..grader.made import digits

SEED = re.compile(r'"SEED", "(\d+)"')


def starters(folder: Path, problem: Problem) -> list[str]:
    """What two learners who start the same problem are given."""
    dataset = replace(digits(folder / "data", count=40, training=20), problem=problem)
    places = [make_workspace(folder / name, dataset).folder for name in ("ann", "bob")]
    return [(place / "starter.py").read_text("utf-8") for place in places]


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
def test_two_learners_get_starters_that_differ_in_the_seed_alone(tmp_path: Path, problem: Problem) -> None:
    first, second = starters(tmp_path, problem)
    assert len(SEED.findall(first)) == 1
    assert SEED.findall(first) != SEED.findall(second)
    plain = (problem.folder / "starter.py").read_text("utf-8")
    assert SEED.sub('"SEED", "0"', first) == SEED.sub('"SEED", "0"', second) == plain


def test_resuming_keeps_the_seed(tmp_path: Path) -> None:
    dataset = digits(tmp_path / "data", count=40, training=20)
    folder = make_workspace(tmp_path / "ann", dataset).folder
    before = (folder / "starter.py").read_text("utf-8")
    resume_workspace(folder, dataset)
    assert (folder / "starter.py").read_text("utf-8") == before
