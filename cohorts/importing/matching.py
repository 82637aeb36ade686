"""Which learner and which problem each thing is for. What is not told is listed with why, never guessed."""

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
from .path_patterns import Aliases, Kind, NamedBy, NamedOwner, Parts, Unit, whose, without_zip
from .roster_index import Nobody, RosterIndex

_PUBLIC_DATA: Final = "data"
"""The folder of a workspace that holds what everybody was given."""
_NAMED: Final = 5


@dataclass(frozen=True)
class Matched:
    """One attempt: whose, for what, and where it lies."""

    learner: str
    problem: str
    unit: Unit
    order: int = 0
    """Attempts of one learner at one problem, oldest first."""
    when: datetime | None = None
    """When it was handed in, where the roster tells: a Moodle worksheet does."""


@dataclass(frozen=True)
class Claim:
    """A thing, and what its path says."""

    unit: Unit
    said: NamedOwner
    problems: frozenset[str]


@dataclass
class Sorted:
    """What has been placed so far, and what has not."""

    placed: list[Matched] = field(default_factory=list)
    unmatched: list[Unmatched] = field(default_factory=list)
    groups: dict[tuple[str, str], list[Claim]] = field(default_factory=lambda: defaultdict(list))
    """Models, by learner and problem."""
    others: dict[tuple[str, str], list[Claim]] = field(default_factory=lambda: defaultdict(list))
    """What lies where a model is expected and does not look like one."""
    bare: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))
    """Whatever else there is, by its topmost folder."""
    busy: set[str] = field(default_factory=set)
    """Topmost folders in which a model or a script was found."""

    def refuse(self, unit: Unit, why: str) -> None:
        """List a thing that cannot be placed."""
        self.unmatched.append(Unmatched(unit.found_at, why))


class Matcher:
    """Places what lies in a source called `name`."""

    def __init__(self, roster_index: RosterIndex, rules: CohortRules, name: str) -> None:
        self._roster_index = roster_index
        self._rules = rules
        self._aliases = Aliases(all_problems())
        self._known = {problem.id for problem in all_problems()}
        self._fallback = self._aliases.told((without_zip(name),))
        if len(self._fallback) != 1:
            self._fallback = frozenset(rules.ids) if len(rules.ids) == 1 else frozenset()

    def match(self, units: Iterable[Unit]) -> tuple[list[Matched], list[Unmatched]]:
        """Every unit is placed, listed as unplaced, or lies beside work that was found."""
        sorted_ = Sorted()
        for unit in units:
            self._sort(unit, sorted_)
        for (learner, problem), claims in sorted_.groups.items():
            self._settle(learner, problem, claims, sorted_)
        for (learner, problem), claims in sorted_.others.items():
            if (learner, problem) not in sorted_.groups:
                self._settle_others(learner, problem, claims, sorted_)
        for top, units_there in sorted_.bare.items():
            if top not in sorted_.busy:
                why = f"There is no model here, but {_names(units_there)}."
                sorted_.unmatched.append(Unmatched(one_line(top), why))
        return sorted_.placed, sorted_.unmatched

    def _sort(self, unit: Unit, into: Sorted) -> None:
        said = whose(unit.parts, self._aliases)
        wanted = unit.kind is Kind.MODEL or (unit.kind is Kind.SCRIPT and self._rules.allow_scripts)
        if said is None:
            if unit.kind is not Kind.COMPANION:
                into.refuse(unit, "It does not lie in a learner's folder, and its name tells no learner.")
            return
        claim = Claim(unit, said, self._problems(said))
        if wanted and _PUBLIC_DATA not in said.rest[1:-1]:
            into.busy.add(unit.parts[0])
            self._sort_wanted(claim, into)
        elif unit.kind in {Kind.OTHER, Kind.SCRIPT} and self._is_expected(claim):
            self._sort_other(claim, into)
        else:
            into.bare[unit.parts[0]].append(unit)

    def _sort_wanted(self, claim: Claim, into: Sorted) -> None:
        try:
            problem, learner = self._problem(claim), self._learner(claim.said)
        except Nobody as error:
            into.refuse(claim.unit, str(error))
        else:
            into.groups[learner.id, problem].append(claim)

    def _sort_other(self, claim: Claim, into: Sorted) -> None:
        try:
            problem, learner = self._problem(claim), self._learner(claim.said)
        except Nobody:
            into.bare[claim.unit.parts[0]].append(claim.unit)
        else:
            into.busy.add(claim.unit.parts[0])
            into.others[learner.id, problem].append(claim)

    def _settle(self, learner: str, problem: str, claims: list[Claim], into: Sorted) -> None:
        """One model is placed; several are, where Canvas counted them; else none is."""
        if twins := self._twins(claims):
            for claim in claims:
                pair = " and ".join(map(repr, twins))
                into.refuse(claim.unit, f"{pair} look alike. Are they one person? A roster tells.")
            return
        chosen = [claim for claim in claims if claim.unit.kind is Kind.MODEL] or claims
        if len(chosen) == 1 or _are_attempts(chosen):
            ordered = sorted(chosen, key=lambda claim: claim.said.again)
            into.placed += [
                Matched(learner, problem, claim.unit, order, self._when(claim.said))
                for order, claim in enumerate(ordered, 1)
            ]
            return
        names = _names([claim.unit for claim in chosen])
        for claim in chosen:
            into.refuse(
                claim.unit, f"{learner} has {names} for {problem}. Keep one, or name one in a manifest."
            )

    def _settle_others(self, learner: str, problem: str, claims: list[Claim], into: Sorted) -> None:
        """A lone file is handed in, whatever it is called: the grader says what is wrong with it."""
        units = [claim.unit for claim in claims]
        if any(unit.kind is Kind.SCRIPT for unit in units):
            into.unmatched.append(
                Unmatched(
                    _folder(units[0]),
                    "There is a script and no model here, and this cohort takes no scripts (allow_scripts).",
                )
            )
        elif len(units) == 1 and not self._twins(claims):
            into.placed.append(Matched(learner, problem, units[0], when=self._when(claims[0].said)))
        else:
            into.unmatched.append(
                Unmatched(_folder(units[0]), f"There is no model here, but {_names(units)}.")
            )

    def _problems(self, said: NamedOwner) -> frozenset[str]:
        return self._aliases.told(said.rest) or self._aliases.told_by_number(said.rest) or self._fallback

    def _problem(self, claim: Claim) -> str:
        """The one problem that is told. Raises Nobody, which says what is told instead."""
        if not claim.problems:
            raise Nobody("It does not say which problem it is for.")
        if len(claim.problems) > 1:
            raise Nobody(f"It names several problems: {', '.join(sorted(claim.problems))}.")
        (problem,) = claim.problems
        if problem not in self._rules.ids:
            there = "is not one of this cohort's" if problem in self._known else "is none that there is"
            raise Nobody(f"{problem} {there}.")
        return problem

    def _learner(self, said: NamedOwner) -> Learner:
        if said.voice is NamedBy.MOODLE:
            return self._roster_index.find_moodle(said.name, said.number)
        if said.voice is NamedBy.CANVAS:
            return self._roster_index.find_canvas(said.name, said.number)
        return self._roster_index.find(said.name)

    def _when(self, said: NamedOwner) -> datetime | None:
        """The number tells that the worksheet is of the assignment to which this was handed in."""
        if said.voice is not NamedBy.MOODLE:
            return None
        columns = self._learner(said).columns
        if "Identifier" not in columns:
            return None
        return read_moodle_time(columns.get("Last modified (submission)", ""), self._rules.zone)

    def _twins(self, claims: list[Claim]) -> tuple[str, ...]:
        said = claims[0].said
        return self._roster_index.twins(said.number or said.name)

    def _is_expected(self, claim: Claim) -> bool:
        """Whether a model should lie here: in a problem's folder, or where a platform puts its files."""
        folders = claim.said.rest[:-1]
        if _PUBLIC_DATA in folders[1:]:
            return False
        told = any(self._aliases.is_problem(part) for part in folders)
        return told or claim.said.voice is not NamedBy.PERSON


def read_moodle_time(text: str, zone: tzinfo | None) -> datetime | None:
    """A time as Moodle writes it in English ("Friday, 5 June 2026, 1:05 PM"); else None."""
    for form in ("%A, %d %B %Y, %I:%M %p", "%A, %d %B %Y, %H:%M"):
        with suppress(ValueError):
            return in_zone(datetime.strptime(text.strip(), form), zone)
    return None


def _are_attempts(claims: list[Claim]) -> bool:
    """Whether Canvas numbered them: one file, handed in again and again."""
    same = {claim.said.rest for claim in claims}
    counts = {claim.said.again for claim in claims}
    return len(same) == 1 and len(counts) == len(claims) and claims[0].said.voice is NamedBy.CANVAS


def _names(units: list[Unit]) -> str:
    shown = [repr(one_line(unit.parts[-1], 60)) for unit in units[:_NAMED]]
    more = f" and {len(units) - _NAMED:,} more" if len(units) > _NAMED else ""
    return ", ".join(shown) + more


def _folder(unit: Unit) -> str:
    return one_line("/".join(unit.parts[:-1]) or unit.parts[0], 240)


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
    problems = any(aliases.told((part,)) for part in below)
    several = len(below) > 1 and not problems
    if roster_index.knows(top) or whose((top, "x"), aliases) != NamedOwner(NamedBy.PERSON, top, rest=("x",)):
        return ()
    return (top,) if several or (top == name and not problems) else ()


def in_order(placed: Iterable[Matched]) -> list[Matched]:
    """By learner, problem and age: one order for one content, wherever it lies."""
    return sorted(placed, key=lambda one: (one.learner, one.problem, one.order, one.unit.parts))
