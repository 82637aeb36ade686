"""What a path says: the problems that it names, and the learner in a file's own name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final

from ...classroom.sources.units import Parts, without_zip
from ...files.text import match_key
from ...problems import Problem
from .layouts import drive
from .names import fold

_PROBLEM: Final = re.compile(r"problem[\s_.-]*([0-9]{1,4})(?![0-9])")
_WORD: Final = re.compile(r"[a-z]+")
_WORD_OR_REST: Final = re.compile(r"[a-z]+|[^a-z]+")
_END: Final = re.compile(r"(?:\.weights)?(?:\.(?:h5|hdf5|keras|zip|tgz|tar|gz|py))+$", re.IGNORECASE)
"""Of a model's or a script's name. A dot before it may stand in a name: `ann.lee.h5`."""
_WORDS: Final = re.compile(r"([\s_.\-()\[\]]+)")
_GAP: Final = re.compile(r"[_.\-]?\s+[_.\-]?")
"""Where a word was taken out, or between two. Other characters are the name's own."""
_MODEL_WORDS: Final = frozenset({"model", "mymodel"})
_NOBODY: Final = frozenset({"", "my", "submission", "final", "best", "starter"})


class Aliases:
    """How the problems may be named in a path. Results are cached: folders repeat."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self._ids = {problem.name: problem.id for problem in problems}
        self._whole = {f"{identity}_{name}" for name, identity in self._ids.items()} | set(self._ids)
        self.is_problem = cache(self._is_problem)
        """Whether a folder's name is a problem's name and nothing more: "Problem 3", "flowers"."""
        self._named_in = cache(self._find_names)

    def named(self, rest_of_path: Parts) -> frozenset[str]:
        """The ids of every problem that the parts name; also of problems that do not exist."""
        return frozenset().union(*map(self._named_in, rest_of_path))

    def numbered(self, rest_of_path: Parts) -> frozenset[str]:
        """Of `learner/3/mymodel.h5`: the problem whose number is a folder's whole name."""
        numbers = {f"problem{int(part)}" for part in rest_of_path[:-1] if re.fullmatch(r"[1-9][0-9]?", part)}
        return frozenset(numbers & set(self._ids.values()))

    def without(self, part: str) -> str:
        """The part without what names a problem: "ada_problem1" is "ada_"."""
        words = _WORD_OR_REST.findall(_PROBLEM.sub(" ", match_key(part)))
        return "".join(" " if word in self._ids else word for word in words)

    def _is_problem(self, part: str) -> bool:
        plain = re.sub(r"[\W_]+", "_", match_key(without_zip(part))).strip("_")
        return plain in self._whole or _PROBLEM.fullmatch(plain.replace("_", " ")) is not None

    def _find_names(self, part: str) -> frozenset[str]:
        low = match_key(part)
        numbers = {f"problem{int(number)}" for number in _PROBLEM.findall(low)}
        return frozenset(numbers | {self._ids[word] for word in _WORD.findall(low) if word in self._ids})


def learner_in(name: str, aliases: Aliases) -> str:
    """What is left of `ada_problem1.h5` without the problem and the model; empty where nothing names anybody.

    Of `Ada Lovelace - mymodel.h5`, which Google Classroom writes, it is what stands before the hyphen.
    """
    learner, _ = drive.split_name(name)
    if learner:
        return learner.strip()
    words = _WORDS.split(aliases.without(_END.sub("", name)))
    plain = _GAP.sub(" ", "".join(" " if word in _MODEL_WORDS else word for word in words)).strip()
    return "" if fold(plain) in _NOBODY else plain
