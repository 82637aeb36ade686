"""Who of a new roster is in the cohort already, under the id of an earlier roster.

One person may be `u101` in a list of one's own, `ada@example.org` in Moodle's worksheet and `4711` in Canvas.
What was handed in is kept by the first of these: the new row gets that id, and `roster_id` has the roster's.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import replace

from ..errors import BadCohort
from ..files.text import counted, one_line
from ..grader.records.cohort import Learner
from .importing.names import fold

Pairs = Mapping[str, Learner]
"""By the id in the new roster: the person as the cohort knows them."""


def with_known_ids(
    known: Sequence[Learner],
    roster: Sequence[Learner],
    tell: Callable[[str], None],
    confirm: Callable[[str], bool],
) -> tuple[Learner, ...]:
    """The roster, with the ids by which the cohort knows those who handed something in.

    Args:
        known: these people.
        roster: the new one.
        tell: takes a sentence about those who are known by an id or an e-mail address.
        confirm: asks about those of whom only the name is the same, or only the id.

    Raises:
        BadCohort: an id is another person's now.
    """
    _ask_about_others(known, roster, confirm)
    ours = [one for one in known if one.id not in {each.id for each in roster}]
    theirs = [one for one in roster if one.id not in {each.id for each in known}]
    same: dict[str, Learner] = {}
    for key in _by_roster_id, _by_address:
        same |= _pairs(ours, theirs, key)
        ours = [one for one in ours if one not in same.values()]
        theirs = [one for one in theirs if one.id not in same]
    if same:
        tell(f"{_are_known(same)}. Under these, what they handed in stays theirs.")
    addresses = {one.id: one.email for one in theirs}
    named = _pairs(ours, theirs, _by_name)
    likely = {new: one for new, one in named.items() if not (one.email and addresses[new])}
    if likely and confirm(f"Judged by the name alone, {_are_known(likely)}. Are they the same people?"):
        same |= likely
    return tuple(_as_known(one, same[one.id]) if one.id in same else one for one in roster)


def _ask_about_others(
    known: Iterable[Learner], roster: Iterable[Learner], confirm: Callable[[str], bool]
) -> None:
    """Where somebody's id seems to be another person's in the new roster; a name may be in another script."""
    by_id = {one.id: one for one in known}
    others = [(by_id[one.id], one) for one in roster if one.id in by_id and _are_two(by_id[one.id], one)]
    if not others:
        return
    old, new = others[0]
    question = (
        f"The id {one_line(new.id)} is {old.shown}'s in this cohort, and {new.shown}'s in the new "
        f"roster{_and_more(others)}. {'Is it one person' if len(others) == 1 else 'Is each one person'}?"
    )
    if not confirm(question):
        raise BadCohort(
            "Nothing was graded.",
            "Give a roster with the ids of before, or a cohort of its own with --cohort.",
        )


def _are_two(old: Learner, new: Learner) -> bool:
    """Whether neither the address nor a word of the name is the same."""
    if not (old.name and new.name) or (old.email and old.email.casefold() == new.email.casefold()):
        return False
    return not set(fold(old.name).split()) & set(fold(new.name).split())


def _by_roster_id(one: Learner) -> str:
    return one.roster_id or one.id


def _by_address(one: Learner) -> str:
    return one.email.strip().casefold()


def _by_name(one: Learner) -> str:
    return fold(one.name or one.id)


def _pairs(
    ours: Iterable[Learner], theirs: Iterable[Learner], key: Callable[[Learner], str]
) -> dict[str, Learner]:
    """Who share a key that nobody else has, by the id in the roster."""
    by_key: dict[str, tuple[list[Learner], list[Learner]]] = defaultdict(lambda: ([], []))
    for place, people in enumerate((ours, theirs)):
        for one in people:
            by_key[key(one)][place].append(one)
    both = [(old, new) for text, (old, new) in by_key.items() if text and len(old) == len(new) == 1]
    return {new[0].id: old[0] for old, new in both}


def _as_known(one: Learner, known: Learner) -> Learner:
    return replace(one, id=known.id, email=one.email or known.email, roster_id=one.id)


def _are_known(same: Pairs) -> str:
    new, old = next(iter(same.items()))
    verb = "is in the cohort under another id" if len(same) == 1 else "are in the cohort under other ids"
    people = counted(len(same), "learner")
    return f"{people} of the new roster {verb}: {one_line(new)} is {one_line(old.id)}{_and_more(same)}"


def _and_more(several: Sized) -> str:
    return f", and {len(several) - 1:,} more" if len(several) > 1 else ""
