"""Reads the learner in the name of a file that is in nobody's folder."""

from __future__ import annotations

import re
from typing import Final

from .layouts import drive
from .names import fold
from .path_patterns import Aliases

_END: Final = re.compile(r"(?:\.weights)?(?:\.(?:h5|hdf5|keras|zip|tgz|tar|gz|py))+$", re.IGNORECASE)
"""Of a model's or a script's name. A dot before it may stand in a name: `ann.lee.h5`."""
_WORDS: Final = re.compile(r"([\s_.\-()\[\]]+)")
_GAP: Final = re.compile(r"[_.\-]?\s+[_.\-]?")
"""Where a word was taken out, or between two. Other characters are the name's own."""
_MODEL_WORDS: Final = frozenset({"model", "mymodel"})
_NOBODY: Final = frozenset({"", "my", "submission", "final", "best", "starter"})


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
