"""Matches each file to a learner and a problem, by its path. What does not match is listed, never guessed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from ...classroom.rules import CohortRules, in_zone
from ...files.text import one_line
from ...grader.records.cohort import Learner, Unmatched
from ...problems import all_problems
from .path_patterns import Aliases, Kind, NamedBy, NamedOwner, Parts, Unit, owner_of, without_zip
from .roster_index import NoMatch, RosterIndex

_PUBLIC_DATA: Final = "data"
"""The folder of a workspace that holds the public data."""
_NAMED: Final = 5
"""So many file names are listed in a message."""


@dataclass(frozen=True)
class Matched:
    """One attempt: a learner, a problem and a file or SavedModel."""

    learner: str
    problem: str
    unit: Unit
    order: int = 0
    """Among the attempts of this learner at this problem, from the oldest."""
    handed_in: datetime | None = None
    """When it was handed in, where the roster is a Moodle worksheet, which has it."""


@dataclass(frozen=True)
class _Candidate:
    """A unit, and the learner and problems that its path names."""

    unit: Unit
    owner: NamedOwner
    problems: frozenset[str]


@dataclass
class _Matches:
    """What is matched so far, and what is not."""

    matched: list[Matched] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    models: dict[tuple[str, str], list[_Candidate]] = field(default_factory=lambda: defaultdict(list))
    """By learner and problem."""
    others: dict[tuple[str, str], list[_Candidate]] = field(default_factory=lambda: defaultdict(list))
    """Files where a model is expected that do not look like one, by learner and problem."""
    rest: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    """All other files, by their topmost folder."""
    with_work: set[str] = field(default_factory=set)
    """Topmost folders in which a model or a script was found."""

    def refuse(self, unit: Unit, why: str) -> None:
        self.unmatched.append(Unmatched(unit.found_at, why))


class Matcher:
    """Matches the units of one source, a folder or zip with this name, under a cohort's rules."""

    def __init__(self, roster_index: RosterIndex, rules: CohortRules, name: str) -> None:
        self._roster_index = roster_index
        self._rules = rules
        self._aliases = Aliases(all_problems())
        self._known = {problem.id for problem in all_problems()}
        self._fallback = self._aliases.named((without_zip(name),))
        if len(self._fallback) != 1:
            self._fallback = frozenset(rules.ids) if len(rules.ids) == 1 else frozenset()

    def match(self, units: Iterable[Unit]) -> tuple[list[Matched], list[Unmatched]]:
        """The units that match, and those that do not. Files beside a model that was found are in neither."""
        matches = _Matches()
        for unit in units:
            self._add(unit, matches)
        for (learner, problem), candidates in matches.models.items():
            self._match(learner, problem, candidates, matches)
        for (learner, problem), candidates in matches.others.items():
            if (learner, problem) not in matches.models:
                self._match_others(learner, problem, candidates, matches)
        for top, units_there in matches.rest.items():
            if top not in matches.with_work:
                why = f"There is no model here, but {_file_names(units_there)}."
                matches.unmatched.append(Unmatched(one_line(top), why))
        return matches.matched, matches.unmatched

    def _add(self, unit: Unit, matches: _Matches) -> None:
        owner = owner_of(unit.parts, self._aliases)
        wanted = unit.kind is Kind.MODEL or (unit.kind is Kind.SCRIPT and self._rules.allow_scripts)
        if owner is None:
            if unit.kind is not Kind.COMPANION:
                matches.refuse(unit, "It is not in a learner's folder, and its name does not name a learner.")
            return
        candidate = _Candidate(unit, owner, self._problems(owner))
        if wanted and _PUBLIC_DATA not in owner.rest_of_path[1:-1]:
            matches.with_work.add(unit.parts[0])
            try:
                matches.models[self._key(candidate)].append(candidate)
            except NoMatch as error:
                matches.refuse(unit, str(error))
        elif unit.kind in {Kind.OTHER, Kind.SCRIPT} and self._is_expected(candidate):
            try:
                matches.others[self._key(candidate)].append(candidate)
            except NoMatch:
                matches.rest[unit.parts[0]].append(unit)
            else:
                matches.with_work.add(unit.parts[0])
        else:
            matches.rest[unit.parts[0]].append(unit)

    def _key(self, candidate: _Candidate) -> tuple[str, str]:
        """The learner and the problem, by their ids. Raises NoMatch."""
        problem = self._problem(candidate)
        return self._learner(candidate.owner).id, problem

    def _match(self, learner: str, problem: str, candidates: list[_Candidate], matches: _Matches) -> None:
        """One model matches; of several, all match where Canvas counted them, else none."""
        if spellings := self._other_spellings(candidates):
            both = " and ".join(map(repr, spellings))
            for candidate in candidates:
                matches.refuse(candidate.unit, f"{both} look alike. Are they one person? A roster says so.")
            return
        chosen = [candidate for candidate in candidates if candidate.unit.kind is Kind.MODEL] or candidates
        if len(chosen) == 1 or _are_attempts(chosen):
            ordered = sorted(chosen, key=lambda candidate: candidate.owner.resubmission)
            matches.matched += [
                Matched(learner, problem, candidate.unit, order, self._handed_in(candidate.owner))
                for order, candidate in enumerate(ordered, 1)
            ]
            return
        names = _file_names([candidate.unit for candidate in chosen])
        for candidate in chosen:
            why = f"{learner} has {names} for {problem}. Keep one, or name one in a manifest."
            matches.refuse(candidate.unit, why)

    def _match_others(
        self, learner: str, problem: str, candidates: list[_Candidate], matches: _Matches
    ) -> None:
        """A single file matches, whatever its name: the grader says what is wrong with it."""
        units = [candidate.unit for candidate in candidates]
        if len(units) == 1 and units[0].kind is Kind.OTHER and not self._other_spellings(candidates):
            handed_in = self._handed_in(candidates[0].owner)
            matches.matched.append(Matched(learner, problem, units[0], handed_in=handed_in))
            return
        why = f"There is no model here, but {_file_names(units)}."
        if any(unit.kind is Kind.SCRIPT for unit in units):
            why = "There is a script and no model here, and this cohort takes no scripts (allow_scripts)."
        matches.unmatched.append(Unmatched(_folder(units[0]), why))

    def _problems(self, owner: NamedOwner) -> frozenset[str]:
        rest = owner.rest_of_path
        return self._aliases.named(rest) or self._aliases.numbered(rest) or self._fallback

    def _problem(self, candidate: _Candidate) -> str:
        """The one problem that the path names. Raises NoMatch where it names none, or several."""
        if not candidate.problems:
            raise NoMatch("Its path does not name a problem.")
        if len(candidate.problems) > 1:
            raise NoMatch(f"It names several problems: {', '.join(sorted(candidate.problems))}.")
        (problem,) = candidate.problems
        if problem not in self._rules.ids:
            why = "is not one of this cohort's" if problem in self._known else "does not exist"
            raise NoMatch(f"{problem} {why}.")
        return problem

    def _learner(self, owner: NamedOwner) -> Learner:
        if owner.named_by is NamedBy.MOODLE:
            return self._roster_index.find_moodle(owner.name, owner.number)
        if owner.named_by is NamedBy.CANVAS:
            return self._roster_index.find_canvas(owner.name, owner.number)
        return self._roster_index.find(owner.name)

    def _handed_in(self, owner: NamedOwner) -> datetime | None:
        """The time in the worksheet. Its numbers belong to the assignment that the file was handed in for."""
        if owner.named_by is not NamedBy.MOODLE:
            return None
        columns = self._learner(owner).columns
        if "Identifier" not in columns:
            return None
        return read_moodle_time(columns.get("Last modified (submission)", ""), self._rules.zone)

    def _other_spellings(self, candidates: list[_Candidate]) -> tuple[str, ...]:
        owner = candidates[0].owner
        return self._roster_index.spellings(owner.number or owner.name)

    def _is_expected(self, candidate: _Candidate) -> bool:
        """Whether a model is expected here: in a problem's folder, or where a platform puts its files."""
        folders = candidate.owner.rest_of_path[:-1]
        if _PUBLIC_DATA in folders[1:]:
            return False
        named = any(self._aliases.is_problem(part) for part in folders)
        return named or candidate.owner.named_by is not NamedBy.PERSON


def read_moodle_time(text: str, zone: tzinfo | None) -> datetime | None:
    """A time as Moodle writes it in English ("Friday, 5 June 2026, 1:05 PM"); else None."""
    for form in ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M"):
        with suppress(ValueError):
            return in_zone(datetime.strptime(text.strip(), form), zone)
    return None


def wrapper_of(paths: list[Parts], name: str, roster_index: RosterIndex) -> Parts:
    """The one folder that a zip is often packed in, where that is not a learner's own; else nothing.

    It has the zip's own name, or several folders in it, of which none is a problem's.
    """
    tops = {parts[0] for parts in paths}
    if len(tops) != 1 or min(map(len, paths)) < 2:
        return ()
    (top,) = tops
    aliases = Aliases(all_problems())
    below = {parts[1] for parts in paths if len(parts) > 2}
    problems = any(aliases.named((part,)) for part in below)
    several = len(below) > 1 and not problems
    plain = NamedOwner(NamedBy.PERSON, top, rest_of_path=("x",))
    if roster_index.knows(top) or owner_of((top, "x"), aliases) != plain:
        return ()
    return (top,) if several or (top == name and not problems) else ()


def in_order(matched: Iterable[Matched]) -> list[Matched]:
    """By learner, problem and age: the same order for the same files, in a folder or a zip."""
    return sorted(matched, key=lambda one: (one.learner, one.problem, one.order, one.unit.parts))


def _are_attempts(candidates: list[_Candidate]) -> bool:
    """Whether Canvas numbered them: one file that was handed in several times."""
    names = {candidate.owner.rest_of_path for candidate in candidates}
    counts = {candidate.owner.resubmission for candidate in candidates}
    by_canvas = candidates[0].owner.named_by is NamedBy.CANVAS
    return len(names) == 1 and len(counts) == len(candidates) and by_canvas


def _file_names(units: list[Unit]) -> str:
    shown = [repr(one_line(unit.parts[-1], 60)) for unit in units[:_NAMED]]
    more = f" and {len(units) - _NAMED:,} more" if len(units) > _NAMED else ""
    return ", ".join(shown) + more


def _folder(unit: Unit) -> str:
    return one_line("/".join(unit.parts[:-1]) or unit.parts[0], 240)
