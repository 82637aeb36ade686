"""What is right: who has which model, and whose files are listed, for a class in a layout with a roster.

Computed from the people alone; nothing here reads a path.
"""

from __future__ import annotations

from dataclasses import dataclass

from .layouts import HEAD, Layout, is_late
from .people import Fault, Person, speakers
from .rosters import Roster


@dataclass(frozen=True)
class Known:
    """The right result."""

    placed: dict[str, tuple[bytes, ...]]
    """Every attempt of each learner, oldest first, by the roster's key."""
    listed: int
    """How many files are listed."""
    late: frozenset[str] = frozenset()
    """Whom the platform calls late, of those who are placed."""


def known_right(people: list[Person], layout: Layout, roster: Roster) -> Known:
    """What the importer must find."""
    if layout.by == "team":
        return _known_of_teams(people, roster)
    placed: dict[str, tuple[bytes, ...]] = {}
    listed = 0
    late: set[str] = set()
    for one in people:
        listed += layout.has_texts and one.fault is Fault.TEXT
        if not one.files or (layout.one_file_each and len(one.files) > 1):
            continue
        if not _is_found(one, layout, roster) or one.fault is Fault.TWO:
            listed += len(one.files) + bool(layout.has_versions and one.earlier)
        else:
            counts = one.counts if one.counts is not None else next(iter(one.files.values()))
            earlier = (HEAD + one.earlier,) if layout.has_versions and one.earlier else ()
            placed[roster.key(one)] = (*earlier, HEAD + counts)
            if layout.name == "canvas" and is_late(one):
                late.add(roster.key(one))
    return Known(placed, listed, frozenset(late))


def _known_of_teams(people: list[Person], roster: Roster) -> Known:
    """Everybody in the roster has what the one who spoke for their team handed in."""
    spoken = speakers(people)
    if "team" not in roster.knows:
        return Known({}, sum(len(one.files) for one in spoken.values()))
    models = {team: one.counts for team, one in spoken.items() if one.counts is not None}
    members = [one for one in people if one.fault is not Fault.STRANGER and one.team in models]
    return Known({roster.key(one): (HEAD + models[one.team],) for one in members}, 0)


def _is_found(one: Person, layout: Layout, roster: Roster) -> bool:
    """Whether a path of this layout tells who somebody is, to this roster."""
    if one.fault is Fault.STRANGER:
        return False
    by = layout.by
    if layout.name == "canvas":
        return "name" in roster.knows
    if one.fault is Fault.PLAIN_NAME and by in {"name", "login", "any"}:
        return False
    return by in roster.knows if by != "any" else bool(roster.knows & {"name", "login", "email"})
