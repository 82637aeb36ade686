"""Finds the learners that a path or a manifest names: by a whole id, address or name, never by a part.

What is only like somebody's name is a suggestion, which stands in the list of what could not be placed.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Set
from typing import Final, NoReturn

from ...classroom.moodle_words import clean_name, is_participant, read_cell
from ...classroom.roster import worksheet_number
from ...files.text import NAME_LIMIT, listed, match_key, one_line, word_characters
from ...grader.records.cohort import Learner
from .names import fold, loose, plain_forms
from .owner import NamedBy, NamedOwner, NoMatch
from .roster_groups import Groups

_KNOWN_BY: Final = (
    *("Username", "ID number", "SIS Login ID", "SIS User ID", "Identifier", "login_id", "user_id"),
    *("github_username", "github", "login", "username", "sid", "student id", "matriculation number"),
)
"""Columns whose values may name a person."""
_FEW_DIGITS: Final = re.compile(r"\d{1,3}")
_BETWEEN: Final = re.compile(r"_(\d+)_")
"""Canvas takes these underscores out of a name (`sanitize_user_name`)."""
_LIKE: Final = 0.86
_SUGGESTED: Final = 3
_MOST_WORDS: Final = 10
"""Of a name."""
_START: Final = 3
"""Letters at the beginning of a word that two spellings of a name share in one word at least."""
_MOST_NEAR: Final = 100
"""A beginning that so many names share tells nobody apart."""
_MOST_COMPARED: Final = 500
"""So many names are compared letter by letter: in a hostile source there may be any number of them."""

_NO_SUBMITTER: Final = (
    "Only Gradescope's list (submission_metadata.yml) tells whose {} is, and it is missing or lacks it."
)

Ids = dict[str, set[str]]
"""The ids of learners by a key."""


class RosterIndex:
    """A roster, searchable; without one, everybody whose name is found."""

    def __init__(self, roster: Iterable[Learner] | None) -> None:
        self.is_open = roster is None
        """Whether there is no roster, so that everybody who is named is a learner."""
        self._people: dict[str, Learner] = {}
        self._exact: Ids = {}
        self._folded: Ids = {}
        self._moodle: Ids = {}
        self._numbered: Ids = {}
        self._canvas: dict[str, str] = {}
        """Learners by Canvas's ids."""
        self._squeezed: Ids = {}
        self._loose: Ids = {}
        self._starts: dict[str, set[str]] = {}
        """Loose keys by the beginnings of their words."""
        self._groups = Groups()
        self._spelled: dict[str, set[str]] = {}
        self._hidden: set[str] = set()
        """What the worksheet writes for a name."""
        self._compared = 0
        for learner in roster or ():
            self._add(learner)

    @property
    def learners(self) -> tuple[Learner, ...]:
        """The roster; without one, everybody found so far, by id."""
        people = self._people.values()
        return tuple(sorted(people, key=lambda one: one.id)) if self.is_open else tuple(people)

    def columns(self, identity: str) -> Mapping[str, str]:
        """The roster's columns of the learner with this id; empty where there is none."""
        return self._people[identity].columns if identity in self._people else {}

    def shown(self, identity: str) -> str:
        """The name of the learner with this id, as a message may show it."""
        return self._people[identity].shown if identity in self._people else one_line(identity)

    def knows(self, name: str) -> bool:
        """Whether the roster has somebody of this name."""
        return not self.is_open and bool(name in self._people or self._folded.get(fold(name)))

    def find(self, name: str) -> Learner:
        """The learner with this id, login, e-mail address or full name. Raises NoMatch."""
        if self.is_open:
            return self._add_new(name)
        if name in self._people:
            return self._people[name]
        return self._people[self._only(self._called(name), name)]

    def find_all(self, owner: NamedOwner) -> tuple[Learner, ...]:
        """Whoever a path names: one learner, or all of a group. Raises NoMatch."""
        if self.is_open:
            return self._new(owner)
        if owner.submitters:
            return tuple(self._find_submitter(person) for person in owner.submitters)
        if owner.named_by is NamedBy.GRADESCOPE:
            raise NoMatch(_NO_SUBMITTER.format(one_line(owner.name)))
        found = _FINDERS.get(owner.named_by, RosterIndex._find_person)(self, owner)
        return tuple(self._people[identity] for identity in sorted(found))

    def spellings(self, name: str) -> tuple[str, ...]:
        """Without a roster: all spellings of this name, where there are several. They may be two people."""
        spelled = self._spelled.get(match_key(name), set())
        return tuple(sorted(map(one_line, spelled))) if len(spelled) > 1 else ()

    def suggest(self, name: str) -> tuple[str, ...]:
        """The ids of those whom a name may mean; at most a few."""
        keys = loose(name)
        found = {one for key in keys for one in self._loose.get(key, ())}
        if found and len(word := min(keys)) >= _START and " " not in word:
            # A login that is like a first name may be anybody's who is called so.
            sharing = (key for key in self._starts.get(word[:_START], ()) if word in key.split())
            found = found.union(*(self._loose[key] for key in sharing))
        if not found and self._compared < _MOST_COMPARED:
            self._compared += 1
            words = {word for word in min(keys).split() if len(word) >= _START}
            sets = [self._starts.get(word[:_START], set()) for word in words]
            near = set().union(*(keys for keys in sets if len(keys) <= _MOST_NEAR))
            close = difflib.get_close_matches(min(keys), near, 2, _LIKE)
            close = close or [key for key in near if words & set(key.split())]
            found = {one for key in close for one in self._loose[key]}
        return tuple(sorted(found)) if len(found) <= _SUGGESTED else ()

    def _find_person(self, owner: NamedOwner) -> Set[str]:
        """By the whole name; a name that begins anywhere, such as a repository's, by each that it may be."""
        name = owner.name
        found = set().union(*map(self._called, (name, *owner.other_names))) or self._of_two_halves(name)
        if owner.named_by is NamedBy.FILE and _FEW_DIGITS.fullmatch(fold(name)):
            raise NoMatch(
                f"{one_line(name)!r} is only a number. It may be a file's number, not a learner's.", found
            )
        in_somebodys = any(self._folded.get(fold(part)) for part in owner.rest_of_path[:-1])
        if not (found or in_somebodys) and (members := self._groups.members(name, *owner.other_names)):
            return members
        return {self._only(found, name)}

    def _called(self, name: str) -> set[str]:
        """Whose name this is, character by character; else whose it is with others between its words."""
        return self._exact.get(match_key(name)) or self._folded.get(fold(name), set())

    def _of_two_halves(self, name: str) -> set[str]:
        """Of "4711 Ada Lovelace": whom both halves name, which must be one person."""
        words = fold(name).split()
        for cut in range(1, min(len(words), _MOST_WORDS)):
            first, second = " ".join(words[:cut]), " ".join(words[cut:])
            if found := self._folded.get(first, set()) & self._folded.get(second, set()):
                return found
        return set()

    def _find_in_moodle(self, owner: NamedOwner) -> Set[str]:
        """By name; the worksheet's number counts where the name is like, or is hidden."""
        name = clean_name(owner.name)
        named, numbered = self._moodle.get(name, set()), self._numbered.get(owner.number, set())
        if not named and (found := self._find_copy_of_group(owner.name, numbered)):
            return found
        if (is_participant(owner.name) or name in self._hidden) and not named:
            return {self._only(numbered, f"{owner.name} {owner.number}")}
        if both := named & numbered:
            return {self._only(both, owner.name)}
        members = self._groups.members(owner.name, by=NamedBy.MOODLE)
        if members and named:
            raise NoMatch(f"{one_line(owner.name)!r} is a group and a person.", named)
        if members:
            return members
        if numbered:
            self._disagree(owner, numbered, named)
        return {self._only(named, owner.name)}

    def _find_copy_of_group(self, name: str, numbered: set[str]) -> Set[str]:
        """Of "Team Rocket-Ada Lovelace": the group. Moodle before 4.1 wrote a copy for each member."""
        for hyphen in list(re.finditer("-", name))[:_MOST_WORDS]:
            group, person = name[: hyphen.start()], clean_name(name[hyphen.end() :])
            is_hidden = is_participant(person) or person in self._hidden
            people = numbered if is_hidden else self._moodle.get(person, set())
            if not people:
                continue
            members = self._groups.members(group, by=NamedBy.MOODLE, among=people)
            if people & members and (not numbered or people & members & numbered):
                return members
            if not members and people & numbered:
                return people & numbered
        return set()

    def group_of(self, identity: str, owner: NamedOwner) -> tuple[str, bool]:
        """The learner's group whose work a path is, and whether a member's number proves the assignment.

        The group is empty where the path names a person.
        """
        group, name = read_cell(self.columns(identity), "groups"), clean_name(owner.name)
        if group and name == clean_name(group):
            return group, False
        if group and name.startswith(f"{clean_name(group)}-"):
            members = self._numbered.get(owner.number, set())
            return group, any(read_cell(self.columns(one), "groups") == group for one in members)
        return "", False

    def _find_in_canvas(self, owner: NamedOwner) -> Set[str]:
        """By Canvas's form of the name, and its id where the roster is Canvas's."""
        named = self._squeezed.get(word_characters(owner.name), set())
        numbered = {self._canvas[owner.number]} if owner.number in self._canvas else set()
        if both := named & numbered:
            return both
        members = self._groups.members(owner.name, by=NamedBy.CANVAS, among=numbered)
        if not named and members and (not numbered or members & numbered):
            return members
        if numbered:
            self._disagree(owner, numbered, named)
        if named and all(_is_canvas(self._people[one].columns) for one in named):
            raise NoMatch(
                f"{one_line(owner.name)!r} has another number in the roster than {owner.number}.", named
            )
        return {self._only(named, f"{owner.name} ({owner.number})", owner.name)}

    def _disagree(self, owner: NamedOwner, numbered: set[str], named: set[str]) -> NoReturn:
        person = self._people[next(iter(numbered))]
        whose = f"The number {owner.number} is {one_line(person.shown)}'s"
        name = repr(one_line(owner.name))
        if named:
            raise NoMatch(f"{whose}, and the name {name} is somebody else's.", named)
        if _is_like(owner.name, person):
            raise NoMatch(
                f"{whose}, and the name {name} is like it, but not the same. Is it theirs?", numbered
            )
        raise NoMatch(
            f"{whose} and the name is {name}. If that is a group, the roster needs a column group.",
            self.suggest(owner.name),
        )

    def _find_submitter(self, person: tuple[str, ...]) -> Learner:
        """Somebody of a platform's list: by id, else by address, else by name."""
        for text in person:
            if found := self._called(text):
                return self._people[self._only(found, text)]
        return self._people[self._only(set(), person[-1])]

    def _add(self, learner: Learner) -> None:
        columns = learner.columns
        self._people[learner.id] = learner
        names = [learner.name, *_with_comma(learner.name)]
        known = [*learner.known_as, *names]
        known += [one for name, one in columns.items() if match_key(name) in _KNOWN]
        for text in filter(str.strip, known):
            _note(self._exact, match_key(text), learner)
            _note(self._folded, fold(text), learner)
        for text in names:
            _note(self._moodle, clean_name(text), learner)
        if _is_canvas(columns):
            self._canvas[learner.roster_id or learner.id] = learner.id
        word, number = worksheet_number(columns)
        if number:
            _note(self._numbered, number, learner)
            self._hidden.add(clean_name(word))
        for text in _orders(learner):
            _note(self._squeezed, word_characters(text), learner)
        for text in (learner.name, learner.id, learner.email.partition("@")[0]):
            for key in loose(text):
                _note(self._loose, key, learner)
                for word in key.split():
                    self._starts.setdefault(word[:_START], set()).add(key)
        self._groups.add(learner)

    def _new(self, owner: NamedOwner) -> tuple[Learner, ...]:
        """Without a roster: whom the path names, by the platform's number where it has one."""
        if owner.named_by is NamedBy.FILE:
            name = one_line(owner.name)
            raise NoMatch(
                "It is not in a learner's folder. Without a roster, a file's name does not name a learner.",
                (name,) if name.strip("?. ") else (),
            )
        if owner.submitters:
            return tuple(self._add_new(person[0], person[-1]) for person in owner.submitters)
        if owner.named_by is NamedBy.GRADESCOPE:
            raise NoMatch(_NO_SUBMITTER.format(one_line(owner.name)))
        if not owner.number:
            return (self._add_new(owner.name),)
        learner = self._add_new(owner.number, owner.name)
        if match_key(learner.name) != match_key(one_line(owner.name)):
            raise NoMatch(
                f"The number {owner.number} is {learner.name!r}'s too: one of them is a group. Give a roster."
            )
        return (learner,)

    def _add_new(self, identifier: str, name: str = "") -> Learner:
        """Somebody new, or found before. Two spellings of one name are both kept; see `spellings`."""
        identity = one_line(identifier)
        if not identity.strip("?. ") or len(identifier) > NAME_LIMIT:
            raise NoMatch("This cannot be a learner's name: it is empty, too long, or not printable.")
        self._spelled.setdefault(match_key(identifier), set()).add(identifier)
        return self._people.setdefault(identity, Learner(identity, one_line(name)))

    def _only(self, found: Set[str], identifier: str, name: str = "") -> str:
        if len(found) > 1:
            several = listed(sorted(found))
            raise NoMatch(f"{one_line(identifier)!r} may be any of {several}.", sorted(found)[:3])
        if not found:
            suggestions = self.suggest(name or identifier)
            people = " or ".join(one_line(self._people[one].shown) for one in suggestions)
            raise NoMatch(
                f"Nobody in the roster is called {one_line(identifier)!r}."
                + (f" Is it {people}?" if people else ""),
                suggestions,
            )
        return next(iter(found))


_KNOWN: Final = frozenset(map(match_key, _KNOWN_BY))
_FINDERS: Final = {NamedBy.MOODLE: RosterIndex._find_in_moodle, NamedBy.CANVAS: RosterIndex._find_in_canvas}


def _note(index: Ids, key: str, learner: Learner) -> None:
    if key:
        index.setdefault(key, set()).add(learner.id)


def _is_canvas(columns: Mapping[str, str]) -> bool:
    return "Section" in columns or "SIS Login ID" in columns or "canvas_user_id" in columns


def _is_like(name: str, person: Learner) -> bool:
    """Whether a name, as a platform writes it, may be a person's: accents, order and single letters aside."""
    forms = {word_characters(form) for order in _orders(person) for form in plain_forms(order)}
    written = {word_characters(form) for form in plain_forms(name)}
    return any(difflib.get_close_matches(form, forms, 1, _LIKE) for form in written)


def _with_comma(name: str) -> Iterable[str]:
    """The name with the family name first, wherever that begins: the comma says that it does."""
    words = name.split()
    yield from (f"{' '.join(words[cut:])}, {' '.join(words[:cut])}" for cut in range(1, len(words)))


def _orders(learner: Learner) -> Iterable[str]:
    """The name as Canvas may sort it: the last word first, or the last two of three, and so on."""
    words = learner.name.split()
    yield from (" ".join(words[cut:] + words[:cut]) for cut in range(len(words)))
    if student := learner.columns.get("Student"):
        yield _BETWEEN.sub(r"\1", student)
