"""The problems there are: every folder `problemN_name` beside this file that declares one."""

from __future__ import annotations

import difflib
import importlib
import re
from pathlib import Path

from ..errors import UnknownProblem
from .problem import Problem

FOLDER = re.compile(r"problem[1-9][0-9]*_[a-z0-9_]+")


def all_problems() -> tuple[Problem, ...]:
    """Every problem, by number. A new folder is found with no other change."""
    return tuple(sorted(map(_declared_in, _folders()), key=lambda problem: problem.number))


def find(name: str) -> Problem:
    """The problem called so: "3", "problem3", "flowers" and "problem3_flowers" all name the same one.

    Raises:
        UnknownProblem: with the nearest name there is.
    """
    names = {alias: folder for folder in _folders() for alias in _names(folder)}
    wanted = name.strip().lower().replace("-", "_")
    if wanted in names:
        return _declared_in(names[wanted])
    nearest = difflib.get_close_matches(wanted, names, n=1, cutoff=0.5)
    listed = ", ".join(f"{problem.number} {problem.name}" for problem in all_problems())
    offer = f"Did you mean {nearest[0]!r}?" if nearest else f"There are: {listed}."
    raise UnknownProblem(f"No problem is called {name!r}. {offer}")


def _folders() -> list[str]:
    """The names of the folders that declare a problem; none is imported."""
    folders = [path for path in Path(__file__).parent.iterdir() if FOLDER.fullmatch(path.name)]
    return [folder.name for folder in folders if (folder / "__init__.py").is_file()]


def _names(folder: str) -> tuple[str, ...]:
    """For "problem3_flowers": "flowers", "problem3", "3" and "problem3_flowers"."""
    identifier, _, name = folder.partition("_")
    return name, identifier, identifier.removeprefix("problem"), folder


def _declared_in(folder: str) -> Problem:
    module = importlib.import_module(f"{__package__}.{folder}")
    problem: Problem = module.problem
    return problem
