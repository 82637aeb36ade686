"""The problems there are: every folder `problemN_name` beside this file that declares one.

A folder elsewhere with a `problem.toml` is one too: see `folders.py`. What cannot be used is left out.
"""

from __future__ import annotations

import difflib
import importlib
import random
import re
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import UnknownProblem
from .problem import Category, Problem

if TYPE_CHECKING:
    from .folders import Found

USUAL: Final = range(1, 6)
"""The numbers of the problems that stand for their categories where nobody chose others."""
_NUMBERED = re.compile(r"^(?:problem|category|p)?_?[0-9]*(?:_|$)")
_WORD = re.compile(r"[a-z]{3,}")
_COMMON = frozenset(
    {"the", "from", "about", "how", "many", "which", "predict", "problem", "its", "and", "next"}
)
"""Words that say nothing about a problem."""
_FOLDER = re.compile(r"(problem([1-9][0-9]*))_([a-z0-9_]+)")


def all_problems() -> tuple[Problem, ...]:
    """Every problem, by number, then those of others by name. A new folder is found with no other change."""
    return (*map(_declared_in, _folders()), *_elsewhere()[0])


def unusable_problems() -> tuple[str, ...]:
    """A sentence on each folder elsewhere that cannot be used as a problem."""
    return _elsewhere()[1]


def usual_problems() -> tuple[Problem, ...]:
    """One of each category: those of an exam and of a cohort for which nobody chose others."""
    chosen = (folder for folder, (_, number, _) in _folders().items() if int(number) in USUAL)
    return tuple(map(_declared_in, chosen))


def draw_problem(
    category: str, lately: Collection[str] = (), seed: int | None = None, pool: Collection[str] = ()
) -> Problem:
    """A problem of a category, at random: the same one for the same seed.

    Args:
        category: "A" to "E".
        lately: ids of problems that are not drawn while the category has others.
        seed: another draw each time where it is None.
        pool: ids of problems of which one is drawn; all there are where it is empty.

    Raises:
        UnknownProblem: where the pool has none of the category.
    """
    known = (problem for problem in all_problems() if not pool or problem.id in pool)
    whole = [problem for problem in known if problem.category == category]
    if not whole:
        raise UnknownProblem(f"None of these problems is of category {category}: {', '.join(pool)}.")
    fresh = [problem for problem in whole if problem.id not in lately]
    return random.Random(seed).choice(fresh or whole)  # noqa: S311 - it is no secret


def draw_exam(lately: Collection[str], seed: int, pool: Collection[str] = ()) -> tuple[Problem, ...]:
    """A problem of each category, in the exam's order: the same ones for the same seed and ids.

    Of a pool of problems' ids, one of each category that it has.
    """
    held = {problem.category for problem in all_problems() if not pool or problem.id in pool}
    each = [(place, category) for place, category in enumerate(Category) if category in held]
    return tuple(
        draw_problem(category, lately, seed * len(Category) + place, pool) for place, category in each
    )


def find(name: str) -> Problem:
    """The problem called so: "3", "problem3", "flowers" and "problem3_flowers" all name the same one.

    No other problem is loaded.

    Raises:
        UnknownProblem: with the nearest name there is.
    """
    folders = _folders()
    aliases = {alias: folder for folder, names in folders.items() for alias in (folder, *names)}
    wanted = name.strip().lower().replace("-", "_")
    if wanted in aliases:
        return _declared_in(aliases[wanted])
    outside = _find_folders(folders)
    if wanted in outside.folders:
        return _read_folder(outside.folders[wanted])
    nearest = _nearest(wanted, folders, outside.folders)
    listed = ", ".join([*(f"{number} {short}" for _, number, short in folders.values()), *outside.folders])
    offer = f"Did you mean {nearest!r}?" if nearest else f"There are: {listed}."
    raise UnknownProblem(f"No problem is called {name!r}. {offer}")


def names() -> tuple[tuple[str, str, str], ...]:
    """Of each problem its id, number and name: "problem3", "3", "flowers". None is loaded.

    Those of others have no number.
    """
    own = _folders()
    return (*own.values(), *((name, "", name) for name in _find_folders(own).folders))


def _nearest(wanted: str, folders: dict[str, tuple[str, str, str]], outside: Iterable[str]) -> str:
    """The name that was probably meant; empty where none is near, or only a number was wrong.

    Of "problem7", 5 is no nearer than 1. "digits" and "cars" are words of a problem's title or task.
    """
    word = _NUMBERED.sub("", wanted).strip("_")
    if not word:
        return ""
    near: dict[str, str] = {}
    for folder, (_, _, short) in folders.items():
        problem = _declared_in(folder)
        said = _WORD.findall(f"{problem.title} {problem.task}".lower())
        # Of a word that several problems use, the first is meant.
        near = {each.removesuffix("s"): short for each in said if each not in _COMMON} | near
    near |= {short: short for short in (*(short for _, _, short in folders.values()), *outside)}
    found = difflib.get_close_matches(word, near, n=1, cutoff=0.6) or difflib.get_close_matches(
        word.removesuffix("s"), near, n=1, cutoff=0.75
    )
    return near[found[0]] if found else ""


def _folders() -> dict[str, tuple[str, str, str]]:
    """The folders that declare a problem, by number; each with its problem's id, number and name."""
    found = (_FOLDER.fullmatch(path.parent.name) for path in Path(__file__).parent.glob("*/__init__.py"))
    named = {match[0]: (match[1], match[2], match[3]) for match in found if match}
    return dict(sorted(named.items(), key=lambda item: int(item[1][1])))


def _elsewhere() -> tuple[list[Problem], tuple[str, ...]]:
    """The problems of others, and a sentence on each folder that cannot be used."""
    found = _find_folders(_folders())
    usable: list[Problem] = []
    told = list(found.unusable)
    for folder in found.folders.values():
        try:
            usable.append(_read_folder(folder))
        except UnknownProblem as error:
            told.append(str(error))
    return usable, tuple(told)


def _find_folders(own: dict[str, tuple[str, str, str]]) -> Found:
    """The folders elsewhere. Names of tfprep's own problems are taken."""
    from .folders import find_folders  # only where another problem is asked for than tfprep's own

    return find_folders(frozenset(short for _, _, short in own.values()))


def _read_folder(folder: Path) -> Problem:
    from .folders import read_folder

    return read_folder(folder)


def _declared_in(folder: str) -> Problem:
    problem: Problem = importlib.import_module(f"{__package__}.{folder}").problem
    return problem
