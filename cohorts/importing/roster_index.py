"""Finds the learner that a path or a manifest names: by a whole id, address or name, never by a part."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from ...files.text import NAME_LIMIT, match_key, one_line, word_characters
from ...grader.records.cohort import Learner

_KNOWN_BY: Final = ("Username", "ID number", "SIS Login ID", "SIS User ID", "Identifier")
"""Columns of a platform's export whose values may name a person."""
_NUMBER: Final = re.compile(r"\d+$")


class NoMatch(Exception):
    """A name fits no learner, or several; or a path names no problem, or several. The message says which."""


class RosterIndex:
    """A roster, searchable; without one, everybody whose name is found."""

    def __init__(self, roster: Iterable[Learner] | None) -> None:
        self._no_roster = roster is None
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
        return tuple(sorted(people, key=lambda one: one.id)) if self._no_roster else tuple(people)

    def knows(self, name: str) -> bool:
        """Whether the roster has somebody of this name."""
        return not self._no_roster and bool(self._named.get(match_key(name)))

    def find(self, name: str) -> Learner:
        """The learner with this id, login, e-mail address or full name. Raises NoMatch."""
        if self._no_roster:
            return self._add_new(name)
        if name in self._people:
            return self._people[name]
        return self._unique(self._named.get(match_key(name), set()), name)

    def find_moodle(self, name: str, number: str) -> Learner:
        """The learner with this number in a grading worksheet; where the roster has no numbers, by name."""
        if self._no_roster:
            return self._add_new(number, name)
        if any("Identifier" in learner.columns for learner in self._people.values()):
            return self._unique(self._numbered.get(number, set()), f"{name} ({number})")
        return self._unique(self._named.get(match_key(name), set()), name)

    def find_canvas(self, name: str, number: str) -> Learner:
        """The learner with this Canvas id; where the roster has other ids, by Canvas's form of the name."""
        if self._no_roster:
            return self._add_new(number, name)
        if number in self._people and "Section" in self._people[number].columns:
            return self._people[number]
        return self._unique(self._squeezed.get(word_characters(name), set()), f"{name} ({number})")

    def spellings(self, name: str) -> tuple[str, ...]:
        """Without a roster: all spellings of this name, where there are several. They may be two people."""
        spelled = self._spelled.get(match_key(name), set())
        return tuple(sorted(map(one_line, spelled))) if len(spelled) > 1 else ()

    def _add(self, learner: Learner) -> None:
        self._people[learner.id] = learner
        first, _, last = learner.name.rpartition(" ")
        known = [learner.id, learner.email, learner.name, f"{last}, {first}"]
        known += [learner.columns.get(column, "") for column in _KNOWN_BY]
        for text in filter(str.strip, known):
            self._named.setdefault(match_key(text), set()).add(learner.id)
        if number := _NUMBER.search(learner.columns.get("Identifier", "").strip()):
            self._numbered.setdefault(number.group(), set()).add(learner.id)
        for text in _orders(learner):
            self._squeezed.setdefault(word_characters(text), set()).add(learner.id)

    def _add_new(self, identifier: str, name: str = "") -> Learner:
        """Somebody new, or found before. Two spellings of one name are both kept; see `spellings`."""
        identity = one_line(identifier)
        if not identity.strip("?. ") or len(identifier) > NAME_LIMIT:
            raise NoMatch("This cannot be a learner's name: it is empty, too long, or not printable.")
        self._spelled.setdefault(match_key(identifier), set()).add(identifier)
        return self._people.setdefault(identity, Learner(identity, one_line(name)))

    def _unique(self, found: set[str], identifier: str) -> Learner:
        if len(found) > 1:
            raise NoMatch(f"{one_line(identifier)!r} may be any of {', '.join(sorted(found)[:5])}.")
        if not found:
            raise NoMatch(f"Nobody in the roster is called {one_line(identifier)!r}.")
        return self._people[next(iter(found))]


def _orders(learner: Learner) -> Iterable[str]:
    """The name as Canvas may sort it: the last word first, or the last two of three, and so on."""
    words = learner.name.split()
    yield from (" ".join(words[cut:] + words[:cut]) for cut in range(len(words)))
    if student := learner.columns.get("Student"):
        yield student
