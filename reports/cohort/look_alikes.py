"""Groups of look-alikes in words, for the terminal and the page: a question, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Final

from ...cohorts.integrity.look_alikes import HONEST_PAIRS, Group, GroupMember
from ...cohorts.integrity.similarity import Similarity
from ...files.text import counted, joined
from ..wording import moment

NOTE: Final = (
    "This is a question for people, not a verdict, and no score was changed. There are honest reasons: "
    "work in a group, one model that all began with, or one script with one seed."
)
COLUMNS: Final = ("Alike in", "Learners", "Evidence")
KINDS: Final = {
    Similarity.FILE: "same file",
    Similarity.WEIGHTS: "same weights",
    Similarity.NEAR: "near-identical weights",
    Similarity.MISTAKES: "same mistakes",
}
_TOGETHER: Final = "handed in as a group"
_NAMED: Final = 12
"""So many names are listed."""


@dataclass(frozen=True)
class GroupView:
    """A group in words."""

    learners: str
    question: str
    first: str
    """Who handed in first, or that nobody can say."""
    rows: tuple[tuple[str, str, str], ...]
    """As COLUMNS."""


def base_rate() -> str:
    """How often independent work was named, as it was measured."""
    weights, mistakes = HONEST_PAIRS[Similarity.NEAR], HONEST_PAIRS[Similarity.MISTAKES]
    return (
        f"Measured on models that were trained apart: of {weights:,} pairs none was named by weights, "
        f"and of {mistakes:,} none by mistakes."
    )


def tell(group: Group, names: Mapping[str, str], zone: tzinfo = UTC) -> GroupView:
    """A group in words, times in `zone`. `names` are the learners' by id; without one, the id is shown."""
    rows = [(KINDS[each.kind], _list(each.learners, names), each.text) for each in group.likenesses]
    rows += [
        (_TOGETHER, _list(each, names), "They handed in one work as a group.") for each in group.together
    ]
    if group.untold:
        rows.append(("", "", f"And {counted(group.untold, 'more pair')} of these people."))
    return GroupView(
        learners=_list((each.learner for each in group.members), names),
        question=f"Did these {len(group.members)} people work together?",
        first=_tell_first(group, names, zone),
        rows=tuple(rows),
    )


def _tell_first(group: Group, names: Mapping[str, str], zone: tzinfo) -> str:
    if not group.firsts:
        return "Nobody can say who came first: not all hand-in times are known, or they are the same."
    first, second = (_with_time(each, names, zone) for each in group.firsts)
    return f"Handed in first: {first}, then {second}."


def _with_time(member: GroupMember, names: Mapping[str, str], zone: tzinfo) -> str:
    when = "" if member.handed_in is None else f" ({moment(member.handed_in, zone)})"
    return f"{names.get(member.learner, member.learner)}{when}"


def _list(learners: Iterable[str], names: Mapping[str, str]) -> str:
    """For example "Ada, Bob and Cem"."""
    shown = [names.get(each, each) for each in learners]
    if len(shown) > _NAMED:
        shown = [*shown[:_NAMED], f"{len(shown) - _NAMED:,} more"]
    return joined(shown)
