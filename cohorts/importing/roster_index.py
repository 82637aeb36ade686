"""Finds whom a folder, a file or a manifest names; nobody is found by halves."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Final

from ...files.text import NAME_LIMIT, match_key, one_line, word_characters
from ...grader.records.cohort import Learner

_KNOWN_BY: Final = ("Username", "ID number", "SIS Login ID", "SIS User ID", "Identifier")
"""Columns of a platform's export by whose values a person may be named."""
_NUMBER: Final = re.compile(r"\d+$")


class Nobody(Exception):
    """No learner, or more than one, goes by what is said. The message says which."""


class RosterIndex:
    """A roster, searchable; or, without one, everybody whose name turns up."""

    def __init__(self, roster: Iterable[Learner] | None) -> None:
        self._open = roster is None
        self._people: dict[str, Learner] = {}
        self._named: dict[str, set[str]] = {}
        self._numbered: dict[str, set[str]] = {}
        self._squeezed: dict[str, set[str]] = {}
        self._spelled: dict[str, set[str]] = {}
        for learner in roster or ():
            self._add(learner)

    @property
    def learners(self) -> tuple[Learner, ...]:
        """The roster; without one, everybody found so far, by id."""
        people = self._people.values()
        return tuple(sorted(people, key=lambda one: one.id)) if self._open else tuple(people)

    def knows(self, name: str) -> bool:
        """Whether a roster names somebody so."""
        return not self._open and bool(self._named.get(match_key(name)))

    def find(self, name: str) -> Learner:
        """Who is called so, by id, login, e-mail address or full name. Raises Nobody."""
        if self._open:
            return self._welcome(name)
        if name in self._people:
            return self._people[name]
        return self._only(self._named.get(match_key(name), set()), name)

    def find_moodle(self, name: str, number: str) -> Learner:
        """Who has this number in a grading worksheet; where the roster has none, who has the name."""
        if self._open:
            return self._welcome(number, name)
        if any("Identifier" in learner.columns for learner in self._people.values()):
            return self._only(self._numbered.get(number, set()), f"{name} ({number})")
        return self._only(self._named.get(match_key(name), set()), name)

    def find_canvas(self, name: str, number: str) -> Learner:
        """Who has this Canvas id; where the roster has another kind of ids, whose name is written so."""
        if self._open:
            return self._welcome(number, name)
        if number in self._people and "Section" in self._people[number].columns:
            return self._people[number]
        return self._only(self._squeezed.get(word_characters(name), set()), f"{name} ({number})")

    def twins(self, name: str) -> tuple[str, ...]:
        """Without a roster: all spellings of this name, where there are several; they may be two people."""
        spelled = self._spelled.get(match_key(name), set())
        return tuple(sorted(map(one_line, spelled))) if len(spelled) > 1 else ()

    def _add(self, learner: Learner) -> None:
        self._people[learner.id] = learner
        first, _, last = learner.name.rpartition(" ")
        known = [learner.id, learner.email, learner.name, f"{last}, {first}"]
        known += [learner.columns.get(column, "") for column in _KNOWN_BY]
        for said in filter(str.strip, known):
            self._named.setdefault(match_key(said), set()).add(learner.id)
        if number := _NUMBER.search(learner.columns.get("Identifier", "").strip()):
            self._numbered.setdefault(number.group(), set()).add(learner.id)
        for said in _orders(learner):
            self._squeezed.setdefault(word_characters(said), set()).add(learner.id)

    def _welcome(self, said: str, name: str = "") -> Learner:
        """Somebody new, or found before. Two spellings of one name are both remembered; see `twins`."""
        identity = one_line(said)
        if not identity.strip("?. ") or len(said) > NAME_LIMIT:
            raise Nobody("This is no name of a learner: it is empty, too long, or cannot be shown.")
        self._spelled.setdefault(match_key(said), set()).add(said)
        return self._people.setdefault(identity, Learner(identity, one_line(name)))

    def _only(self, found: set[str], said: str) -> Learner:
        if len(found) > 1:
            raise Nobody(f"{one_line(said)!r} may be any of {', '.join(sorted(found)[:5])}.")
        if not found:
            raise Nobody(f"Nobody in the roster goes by {one_line(said)!r}.")
        return self._people[next(iter(found))]


def _orders(learner: Learner) -> Iterable[str]:
    """The name as Canvas may sort it: the last word first, or the last two of three, and so on."""
    words = learner.name.split()
    yield from (" ".join(words[cut:] + words[:cut]) for cut in range(len(words)))
    yield from filter(None, [_sortable(learner.columns)])


def _sortable(columns: Mapping[str, str]) -> str:
    return columns.get("Student", "")
