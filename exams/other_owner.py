"""Under whose name a platform put a file: evidence for the mentor, where that is not whose hand-in it is.

Platforms write people into paths: "Ada Lovelace_4711_assignsubmission_file_/…", "lovelaceada_15_50_a.tfexam".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from ..files.text import match_key, word_characters
from ..grader.records.cohort import Learner

Names = Mapping[str, str]
"""How a platform may write somebody, and their id. What several people may be written as is left out."""
_SHORTEST: Final = 3
"""Characters of a name or an id that is looked for."""


def names_of(learners: Iterable[Learner]) -> Names:
    """How platforms may write the people of a roster."""
    found: dict[str, set[str]] = defaultdict(set)
    for learner in learners:
        for spelling in _spellings(learner):
            if len(spelling) >= _SHORTEST:
                found[spelling].add(learner.id)
    return {spelling: ids.pop() for spelling, ids in found.items() if len(ids) == 1}


def other_owner(path: str, learner: str, names: Names) -> str:
    """The id of the one person other than `learner` whom a path names; empty where it names none or more."""
    parts = (token for part in path.split("/") for token in (part, *part.split("_")))
    named = {
        names[key] for token in parts for key in (match_key(token), word_characters(token)) if key in names
    }
    return named.pop() if len(named) == 1 and learner not in named else ""


def _spellings(learner: Learner) -> Iterator[str]:
    yield match_key(learner.id)
    yield match_key(learner.name)
    first, _, last = learner.name.rpartition(" ")
    yield word_characters(learner.name)
    yield word_characters(last + first)  # as Canvas writes it: the last name first
