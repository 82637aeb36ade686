"""Matches each file to a learner and a problem, by its path. What does not match is listed, never guessed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from ...classroom.moodle_words import read_cell, read_time
from ...classroom.roster import worksheet_number
from ...classroom.rules import CohortRules, in_zone
from ...classroom.sources.source import shown_path
from ...classroom.sources.units import Parts, PathKind, Unit, without_zip
from ...classroom.sources.unwanted import may_be_somebodys
from ...files.text import listed, one_line
from ...problems import all_problems
from . import Draft
from .choosing import Digest, NamedUnit, choose_attempts
from .containers import Containers, ReadOwner
from .layouts import teams
from .matches import Matched, Matches
from .owner import PLATFORMS, NamedBy, NamedOwner, NoMatch
from .path_owner import PathReader
from .path_patterns import Aliases
from .roster_index import RosterIndex
from .worksheet import NO_TIME, Worksheet

_PUBLIC_DATA: Final = "data"
"""The folder of a workspace that holds the public data."""
_SUBMODULES: Final = ".gitmodules"
"""Git's own list of them."""

_WHO = "Write whose it is, or - to leave it out."
_WHICH = "Write the number of the problem, or - as the learner to leave it out."
_CHECK = "Check learner and problem, or write - as the learner to leave it out."
_ONE = "Keep the line of the file that counts; write - as the learner of the others."
_FILE = "Write the path of the file that counts, or - as the learner."
_HIDDEN = (
    "It holds a model where learners' folders stand. Its name begins with a dot: it was not looked into."
)
_NO_DOT = "If it is a learner's, take the dot from its name, and run this again."

IsSettled = Callable[[Unit], bool]
"""Whether a mentor has said what a unit is."""


@dataclass(frozen=True)
class AboutSource:
    """What is known of a source beside its paths."""

    name: str
    """The folder's or zip's own, which may name a problem."""
    problem: str | None = None
    """The id of the problem where nothing in a path names one; None to take the source's name."""
    roster: str = ""
    """The name of the roster's file, where one is given with the source."""
    submissions: ReadOwner | None = None
    """Gradescope's list of who handed in what, as a layout."""
    clones: Collection[Parts] = ()
    """The folders that are clones of a repository."""
    outputs: Collection[Parts] = ()
    """Folders that were not entered, though a training may have written a model there."""


class Matcher:
    """Matches the units of one source.

    Args:
        index: the roster.
        rules: the cohort's.
        about: what is known of the source.
        digest: what only units of equal bytes share.
    """

    def __init__(self, index: RosterIndex, rules: CohortRules, about: AboutSource, digest: Digest) -> None:
        self._index, self._rules, self._digest = index, rules, digest
        self._name, self._outputs = without_zip(about.name), about.outputs
        self._aliases = Aliases(all_problems())
        self._known = {one.id for one in all_problems()}
        people = () if index.is_open else index.learners
        self.worksheet = Worksheet(about.roster, about.problem, people, self._aliases)
        """The grading worksheet that was given with the source."""
        self._unread: dict[NamedBy, dict[str, str]] = {}
        """By platform and learner: what stands there for a time, and is none."""
        self._paths = PathReader(index, self._aliases, about.clones, about.submissions)
        self._fallback = frozenset({about.problem}) if about.problem else self._aliases.named((self._name,))
        if len(self._fallback) != 1:
            self._fallback = frozenset(rules.ids) if len(rules.ids) == 1 else frozenset()

    def match(self, units: Sequence[Unit], is_settled: IsSettled = lambda unit: False) -> Matches:
        """The units that match, and those that do not. Files beside a model that was found are in neither.

        Args:
            units: every file and SavedModel.
            is_settled: whether a mentor has said what a unit is: it is in neither.
        """
        matches = Matches()
        paths = (unit.parts for unit in units)
        containers = Containers(paths, self._name, self._index, self._aliases, self._paths)
        for unit in units:
            above, parts = containers.split(unit.parts)
            if is_settled(unit):
                if owner := self._paths.owner(above, parts):
                    matches.workers.add(owner.key)
                    matches.settled[unit.parts] = owner, above
            elif not containers.is_dropped(unit.parts):
                self._add(unit, above, parts, matches)
        for (learner, problem), candidates in matches.models.items():
            self._match(learner, problem, candidates, matches)
        for (learner, problem), candidates in matches.others.items():
            if (learner, problem) not in matches.models:
                self._match_others(learner, problem, candidates, matches)
        self._list_rest(matches)
        self._list_outputs(containers, matches)
        return matches

    def _add(self, unit: Unit, above: Parts, parts: Parts, matches: Matches) -> None:
        owner = self._paths.owner(above, parts)
        wanted = unit.kind is PathKind.MODEL or (unit.kind is PathKind.SCRIPT and self._rules.allow_scripts)
        if owner is None or (owner.named_by is NamedBy.FILE and not wanted):
            if unit.kind is not PathKind.KNOWN_FILE:
                why = "It is not in a learner's folder, and its name does not name a learner."
                named = self._aliases.named((*above, *parts)) or self._fallback
                matches.refuse(unit, why, _WHO, ("", _only(named)))
            return
        top = (*above, parts[0])
        candidate = NamedUnit(unit, owner, self._problems(above, owner), above)
        if wanted and not owner.is_text and not _is_data(above, owner):
            matches.with_work.add(top)
            matches.workers.add(owner.key)
            self._add_work(candidate, matches)
        elif (
            unit.kind in {PathKind.OTHER, PathKind.SCRIPT}
            and not owner.is_text
            and self._is_expected(above, owner)
        ):
            matches.workers.add(owner.key)
            try:
                for learner, problem in self._keys(candidate):
                    matches.others[learner, problem].append(candidate)
            except NoMatch:
                matches.rest[top].append(candidate)
            else:
                matches.with_work.add(top)
        else:
            matches.rest[top].append(candidate)

    def _add_work(self, candidate: NamedUnit, matches: Matches) -> None:
        try:
            for key in self._keys(candidate):
                matches.models[key].append(candidate)
        except NoMatch as error:
            learner, problem = _only(error.suggestions), _only(candidate.problems)
            if not learner:
                learner = self._guess(candidate.owner)[1]
            to_do = _WHICH if learner and not problem else _CHECK if learner else _WHO
            when = self._handed_in(learner, problem, candidate)
            matches.refuse(candidate.unit, str(error), to_do, (learner, problem), when)

    def _keys(self, candidate: NamedUnit) -> list[tuple[str, str]]:
        """Each learner and the problem, by their ids. Raises NoMatch."""
        problem = self._problem(candidate)
        return [(learner.id, problem) for learner in self._index.find_all(candidate.owner)]

    def _match(self, learner: str, problem: str, candidates: list[NamedUnit], matches: Matches) -> None:
        """One model matches, or one of each attempt; where it is not clear which one, none does."""
        if spellings := self._other_spellings(candidates):
            both = " and ".join(map(repr, spellings))
            why = f"{both} look alike. Are they one person? A roster says so."
            for candidate in candidates:
                when = self._handed_in(learner, problem, candidate)
                matches.refuse(candidate.unit, why, _CHECK, (learner, problem), when)
            return
        if chosen := choose_attempts(candidates, self._digest):
            for order, candidate in enumerate(chosen, 1):
                matches.matched.append(self._matched(learner, problem, candidate, order))
            return
        models = [one for one in candidates if one.unit.kind is PathKind.MODEL] or candidates
        why = f"{learner} has {_file_names(models)} for {problem}. Keep one, or name one in a manifest."
        for candidate in models:
            when = self._handed_in(learner, problem, candidate)
            matches.refuse(candidate.unit, why, _ONE, (learner, problem), when)

    def _match_others(
        self, learner: str, problem: str, candidates: list[NamedUnit], matches: Matches
    ) -> None:
        """A single file matches, whatever its name: the grader says what is wrong with it."""
        if (
            len(candidates) == 1
            and candidates[0].unit.kind is PathKind.OTHER
            and candidates[0].unit.parts[-1] != _SUBMODULES
            and not self._other_spellings(candidates)
        ):
            matches.matched.append(self._matched(learner, problem, candidates[0]))
            return
        units = [candidate.unit for candidate in candidates]
        why = _no_model(candidates)
        if any(unit.kind is PathKind.SCRIPT for unit in units):
            why = "There is a script and no model here, and this cohort takes no scripts (allow_scripts)."
        path = shown_path(units[0].parts[:-1] or units[0].parts)
        when = self._handed_in(learner, problem, candidates[0]) if len(units) == 1 else None
        matches.drafts.append(Draft(learner, problem, path, why, _FILE, when))

    def complete(self, one: Matched, matches: Matches) -> Matched:
        """A file that a mentor placed, with what its path tells. A time in the mentor's line goes first."""
        if one.unit.parts not in matches.settled:
            return one
        owner, above = matches.settled[one.unit.parts]
        if one.handed_in is not None:
            owner = replace(owner, handed_in=one.handed_in)
        return self._matched(
            one.learner, one.problem, NamedUnit(one.unit, owner, frozenset(), above), one.order
        )

    def _matched(self, learner: str, problem: str, candidate: NamedUnit, order: int = 0) -> Matched:
        owner, above = candidate.owner, candidate.above
        # What lies within a hand-in, its learner made; the folder above it, no learner did.
        holder = (above[-1:] or (self._name,))[0].casefold()
        stamp = (*candidate.unit.parts[: len(above) + 2], teams.TIMESTAMP)
        return Matched(
            learner,
            problem,
            candidate.unit,
            order,
            self._handed_in(learner, problem, candidate),
            owner.is_late,
            owner.named_by in PLATFORMS or holder in teams.HAND_INS,
            stamp if holder == teams.COLLECTED and owner.named_by is NamedBy.PERSON else (),
        )

    def _list_rest(self, matches: Matches) -> None:
        """Folders of learners in which there is nothing to grade, where they have nothing elsewhere."""
        served = {learner for learner, _ in matches.models}
        for top, candidates in matches.rest.items():
            listed = [
                one for one in candidates if one.unit.kind is not PathKind.KNOWN_FILE or one.owner.is_text
            ]
            if top in matches.with_work or not listed:
                continue
            if all(one.owner.is_text and one.owner.key in matches.workers for one in listed):
                continue
            problem = _only(frozenset().union(*(one.problems for one in listed)))
            learners, guess = self._guess(listed[0].owner)
            if any((one, problem) in matches.models or (not problem and one in served) for one in learners):
                continue
            why = _no_model(listed)
            if all(one.owner.is_text for one in listed):
                why = "Only a text was handed in here, and no file."
            when = self._handed_in(guess, problem, listed[0]) if len(listed) == 1 else None
            matches.drafts.append(Draft(guess, problem, shown_path(top), why, _FILE, when))

    def _guess(self, owner: NamedOwner) -> tuple[tuple[str, ...], str]:
        """The ids of whom a path names, and of the one whom it may name; both empty where that is nobody."""
        if self._index.is_open:
            return (owner.number or owner.name,), owner.number or owner.name
        try:
            learners = tuple(one.id for one in self._index.find_all(owner))
        except NoMatch as error:
            return (), _only(error.suggestions)
        return learners, _only(learners)

    def _list_outputs(self, containers: Containers, matches: Matches) -> None:
        """Folders that were not entered, where nothing else of the same learner was found."""
        seen = set(matches.with_work)
        for folder in self._outputs:
            above, parts = containers.split((*folder, ""))
            top = (*above, parts[0])
            if may_be_somebodys(folder[-1]):
                if len(parts) == 2 and _stand_learners_in(above, matches):
                    matches.drafts.append(Draft("", "", shown_path(folder), _HIDDEN, _NO_DOT))
            elif top not in seen and len(parts) > 2:
                seen.add(top)
                why = "A folder of this name is not looked into, and nothing else was found beside it."
                matches.drafts.append(Draft("", "", shown_path(folder), why, _FILE))

    def _problems(self, above: Parts, owner: NamedOwner) -> frozenset[str]:
        rest = (*above, *owner.rest_of_path)
        return self._aliases.named(rest) or self._aliases.numbered(owner.rest_of_path) or self._fallback

    def _problem(self, candidate: NamedUnit) -> str:
        """The one problem that the path names. Raises NoMatch where it names none, or several."""
        if not candidate.problems:
            raise NoMatch("Its path does not name a problem. If all are for one, give --problem.")
        if len(candidate.problems) > 1:
            raise NoMatch(f"It names several problems: {', '.join(sorted(candidate.problems))}.")
        (problem,) = candidate.problems
        if problem not in self._rules.ids:
            why = "is not one of this cohort's" if problem in self._known else "does not exist"
            raise NoMatch(f"{problem} {why}.")
        return problem

    def _handed_in(self, learner: str, problem: str, candidate: NamedUnit) -> datetime | None:
        """The time in the path, or in the worksheet where that is proven to be this assignment's."""
        owner = candidate.owner
        if owner.handed_in is not None:
            return in_zone(owner.handed_in, self._rules.zone)
        columns = self._index.columns(learner)
        if owner.named_by is not NamedBy.MOODLE:
            self._note_unread(learner, owner, owner.unread_time)
            return None
        group, is_proven = self._index.group_of(learner, owner)
        if group:
            cell = self.worksheet.time_of(group, problem, (self._name, *candidate.above), is_proven)
        elif owner.number and worksheet_number(columns)[1] == owner.number:
            cell = read_cell(columns, "submitted")
        else:
            return None
        moment = read_time(cell)
        if moment is None and cell not in NO_TIME:
            self._note_unread(learner, owner, cell)
        return in_zone(moment, self._rules.zone) if moment else None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a mentor should know of hand-in times, a sentence each."""
        return (*self.worksheet.notes, *(self._unread_note(*each) for each in self._unread.items()))

    def _note_unread(self, learner: str, owner: NamedOwner, written: str) -> None:
        if learner and written:
            self._unread.setdefault(owner.named_by, {})[learner] = written

    def _unread_note(self, platform: NamedBy, times: dict[str, str]) -> str:
        is_worksheet = platform is NamedBy.MOODLE
        whose = "The worksheet" if is_worksheet else platform.value.capitalize()
        to_do = "Write it as 2026-06-05 13:05." if is_worksheet else "Give it in a manifest's column `when`."
        learner, written = next(iter(times.items()))
        who = self._index.shown(learner) + (f" and {len(times) - 1:,} more" if len(times) > 1 else "")
        return f"{whose}'s hand-in time of {who} cannot be read: {one_line(written, 60)!r}. {to_do}"

    def _other_spellings(self, candidates: list[NamedUnit]) -> tuple[str, ...]:
        owner = candidates[0].owner
        return self._index.spellings(owner.number or owner.name)

    def _is_expected(self, above: Parts, owner: NamedOwner) -> bool:
        """Whether a model is expected here: in a problem's folder, or where a platform puts its files."""
        folders = (*above, *owner.rest_of_path[:-1])
        if _is_data(above, owner):
            return False
        named = any(self._aliases.is_problem(part) for part in folders)
        return named or owner.named_by in PLATFORMS


def _is_data(above: Parts, owner: NamedOwner) -> bool:
    """Whether a file is in the public data of a workspace."""
    return _PUBLIC_DATA in (*above[-1:], *owner.rest_of_path)[1:-1]


def in_order(matched: Iterable[Matched]) -> list[Matched]:
    """By learner, problem and age: the same order for the same files, in a folder or a zip."""
    return sorted(matched, key=lambda one: (one.learner, one.problem, one.order, one.unit.parts))


def _stand_learners_in(above: Parts, matches: Matches) -> bool:
    """Whether learners' folders stand in a folder, as far as any work was found."""
    return not matches.with_work or any(top[:-1] == above for top in matches.with_work)


def _only(several: Iterable[str]) -> str:
    found = list(several)
    return found[0] if len(found) == 1 else ""


def _no_model(candidates: Sequence[NamedUnit]) -> str:
    why = f"There is no model here, but {_file_names(candidates)}."
    if any(one.unit.parts[-1] == _SUBMODULES for one in candidates):
        why += " A submodule is another repository, and is not fetched. Its address stands there: give that."
    return why


def _file_names(candidates: Sequence[NamedUnit]) -> str:
    """The files' names; with their folders, where two names are the same."""
    names = [one.unit.parts[-1] for one in candidates]
    if len(set(names)) < len(names):
        names = ["/".join(one.unit.parts[-3:]) for one in candidates]
    return listed(repr(one_line(name, 60)) for name in names)
