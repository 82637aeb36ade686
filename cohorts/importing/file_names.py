"""Reads the learner in the name of a file that is in nobody's folder."""

from __future__ import annotations

import re
from typing import Final

from .layouts import drive
from .path_patterns import Aliases

_EDGES: Final = re.compile(r"[\s_.\-()\[\]]+")
_MODEL_WORDS: Final = frozenset({"model", "mymodel"})
_NOBODY: Final = frozenset({"my", "submission", "final", "best", "starter"})


def learner_in(name: str, aliases: Aliases) -> str:
    """What is left of `ada_problem1.h5` without the problem and the model; empty where nothing names anybody.

    Of `Ada Lovelace - mymodel.h5`, which Google Classroom writes, it is what stands before the hyphen.
    """
    learner, _ = drive.split_name(name)
    if learner:
        return learner.strip()
    stem = name.rpartition(".")[0] if "@" in name else name.partition(".")[0]
    words = [word for word in _EDGES.split(aliases.without(stem)) if word]
    plain = " ".join(word for word in words if word not in _MODEL_WORDS)
    return "" if plain in _NOBODY else plain
