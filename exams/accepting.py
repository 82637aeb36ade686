"""Which hand-ins a mentor lets count, whatever speaks against them, and which of these words did nothing."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from ..files.text import one_line
from ..grader.records.cohort import ExamChoice, ExamTotal
from .checks import OpenedHandIn, Whose


@dataclass
class Accepted:
    """What came of the words of `--accept`."""

    hand_ins: dict[Whose, OpenedHandIn] = field(default_factory=dict)
    """Those that are to count."""
    not_applied: list[str] = field(default_factory=list)
    """A sentence for each word that did nothing, with what to do."""


def find_accepted(
    words: Collection[str], found: Sequence[OpenedHandIn], known: Sequence[ExamTotal], mentor: str
) -> Accepted:
    """Finds the hand-in that each word means: a file as it is listed, or a learner with one hand-in only.

    Args:
        words: as they were given.
        found: what lies here.
        known: what the ledger has.
        mentor: the public key whose rules may count.
    """
    accepted = Accepted()
    here = {each.identity for each in found}
    for word in dict.fromkeys(words):
        named = [each for each in found if word in (each.file, *each.copies)]
        theirs = named or [each for each in found if each.learner == word]
        ours = [each for each in theirs if each.mentor == mentor]
        before = [
            each
            for each in known
            if not named and each.learner == word and each.stands and each.digest not in here
        ]
        why = ""
        if not theirs:
            why = "No hand-in here is called so, or is of a learner with this id."
        elif not ours:
            why = "Its rules are signed by another key than this home's: nobody can let it count."
        elif len(ours) + len(before) > 1:
            files = ", ".join(
                [*(each.file for each in ours), *(f"{each.file} in {each.source}" for each in before)]
            )
            why = f"There are {len(ours) + len(before)}: {one_line(files, 600)}. Name the one: --accept FILE."
        elif (ours[0].config.exam, ours[0].learner) in accepted.hand_ins:
            why = f"Another hand-in of {ours[0].who} was accepted just before: only one can count."
        if why:
            accepted.not_applied.append(f"--accept {one_line(word, 120)} was not applied. {why}")
        else:
            accepted.hand_ins[ours[0].config.exam, ours[0].learner] = ours[0]
    return accepted


def let_count(found: OpenedHandIn) -> OpenedHandIn:
    """The hand-in, with what speaks against it as a remark."""
    told = tuple(f"The mentor let it count although: {each}" for each in found.against)
    return replace(found, stands=True, against=(), remarks=(*told, *found.remarks))


def choice_of(found: OpenedHandIn, told: Sequence[str]) -> ExamChoice:
    """What the ledger keeps of it; `told` is what the comparison with other hand-ins says."""
    why = one_line(" ".join([*found.against, *told]), 1_000)
    return ExamChoice(found.learner, found.config.exam, found.identity, found.file, why)
