"""Which results of a mentor's exam count: of each learner one, by the same rules wherever they were graded.

Those that an earlier tfprep collected were signed by whoever took the exam; they stay as they were read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from ..files.text import listed, one_line, second
from ..grader.records.cohort import ExamTotal

BEFORE: Final = "before"
"""In `ExamTotal.facts`: the contents of the hand-ins that its notes tell of."""
_WAY_OUT: Final = (
    "None counts until a person decides: `tfprep exam grade FOLDER --accept FILE` lets one of them count."
)


@dataclass(frozen=True)
class ExamResults:
    """One exam of a cohort."""

    exam: str
    counted: Mapping[str, ExamTotal]
    """By the learner's id."""
    refused: tuple[ExamTotal, ...]
    """Those that do not count; their remarks say why."""

    @property
    def problems(self) -> tuple[str, ...]:
        """The ids of the problems that were in it."""
        found = dict.fromkeys(one for each in (*self.counted.values(), *self.refused) for one in each.points)
        return tuple(sorted(found))


@dataclass(frozen=True)
class CountedHandIn:
    """Which of several hand-ins of one learner counts."""

    counts: str
    """Its digest; empty where none does."""
    why: str = ""
    """What is told of those that do not count; it names files, and is for the mentor."""
    told: str = ""
    """What the certificate of the one that counts says."""


def exam_results(totals: Sequence[ExamTotal]) -> tuple[ExamResults, ...]:
    """Each exam that results were collected of, in the order in which they were.

    Args:
        totals: genuine results, no file twice.
    """
    against = speaks_against(totals)
    found = []
    for exam in dict.fromkeys(each.exam for each in totals):
        ours = sorted((each for each in totals if each.exam == exam), key=_order)
        refused = tuple(_with_remarks(each, against[each.digest]) for each in ours if against[each.digest])
        counted = {each.learner: each for each in ours if not against[each.digest]}
        found.append(ExamResults(exam, counted, refused))
    return tuple(found)


def speaks_against(totals: Sequence[ExamTotal]) -> Mapping[str, tuple[str, ...]]:
    """What speaks against each result, alone and beside the others, by the file's digest."""
    verdicts = {which: which_counts(several) for which, several in by_learner(totals).items()}
    names: dict[str, set[str]] = defaultdict(set)
    for each in totals:
        if each.notes is None:
            names[each.signer].add(each.learner)

    def remarks(each: ExamTotal) -> Iterator[str]:
        yield from each.remarks
        verdict = verdicts.get((each.exam, each.learner))
        if verdict and verdict.counts != each.digest and (each.notes is None or not each.remarks):
            yield verdict.why
        if others := names[each.signer] - {each.learner} if each.notes is None else ():
            yield f"The same key signed for {', '.join(sorted(others))}."

    return {each.digest: tuple(remarks(each)) for each in totals}


def by_learner(totals: Sequence[ExamTotal]) -> Mapping[tuple[str, str], Sequence[ExamTotal]]:
    """The hand-ins that may count, by exam and learner: nothing speaks against them by themselves."""
    found: dict[tuple[str, str], list[ExamTotal]] = defaultdict(list)
    for each in totals:
        stands = not each.remarks if each.stands is None else each.stands
        if stands or each.chosen or each.notes is None:
            found[each.exam, each.learner].append(each)
    return found


def which_counts(several: Sequence[ExamTotal]) -> CountedHandIn:
    """Which of a learner's hand-ins of one exam counts.

    The one that the mentor chose; else of one tfprep home the exam session that began first. Of different
    homes, or of copies of one exam session, none does: who has a learner's pack could hand in a bad model
    under their name.

    Args:
        several: at least one, none twice.
    """
    if len(several) == 1:
        return CountedHandIn(several[0].digest)
    ordered = sorted(several, key=lambda each: (_begun(each), each.source, each.file, each.digest))
    counts, reason = _chosen_of(ordered)
    begun = ["an unknown time" if each.started is None else second(each.started) for each in ordered]
    found = [f"{when} ({_where(each)})" for when, each in zip(begun, ordered, strict=True)]
    revoked = "".join(
        f" A certificate was signed for the one of {second(each.started)} before: it does not count any more."
        for each in ordered
        if _is_certified(each) and each.started and each.digest != counts
    )
    who = one_line(ordered[0].learner, 60)
    there = f"There are {len(ordered):,} hand-ins of {who}"
    return CountedHandIn(
        counts,
        f"{there}: {listed(found)}. {reason}{revoked}",
        f"{there}, begun {listed(dict.fromkeys(begun))}. {reason.replace('Only the', 'The')}{revoked}",
    )


def _is_certified(total: ExamTotal) -> bool:
    return bool(total.points and not total.remarks) if total.certified is None else total.certified


def _chosen_of(ordered: Sequence[ExamTotal]) -> tuple[str, str]:
    """The digest of what counts, and a sentence why."""
    seconds = [_begun(each).replace(microsecond=0) for each in ordered]
    homes = len({each.signer for each in ordered})
    if chosen := [each.digest for each in ordered if each.chosen]:
        return chosen[-1], "The mentor chose which one counts."
    if any(each.started is None for each in ordered):
        return "", _WAY_OUT
    if first := _told_by_all(ordered):
        return (
            first,
            "They are of one exam session. Each later one lists the first, so only the first counts.",
        )
    if len(set(seconds)) == 1:
        place = "" if homes == 1 else ", in different tfprep homes"
        why = f"They began in the same second{place}: copies of one exam session."
    elif homes > 1:
        why = "They are of different tfprep homes, and one may be somebody else's."
    elif seconds[0] == seconds[1]:
        why = "Those that began in the same second are copies of one exam session."
    else:
        return ordered[0].digest, "Only the first counts."
    return "", f"{why} {_WAY_OUT}"


def _told_by_all(several: Sequence[ExamTotal]) -> str:
    """The digest of the one that all others of its home tell of; nothing where there is none."""
    if len({each.signer for each in several}) > 1 or any(each.facts is None for each in several):
        return ""
    told = {each.digest: (each.facts or {}).get(BEFORE, "").split() for each in several}
    for each in several:
        content = (each.facts or {}).get("content")
        if all(content in told[other.digest] for other in several if other is not each):
            return each.digest
    return ""


def _order(total: ExamTotal) -> tuple[str, datetime, str]:
    """The same whichever was graded last."""
    return total.learner, _begun(total), total.digest


def _begun(total: ExamTotal) -> datetime:
    return total.started or datetime.max.replace(tzinfo=UTC)


def _where(total: ExamTotal) -> str:
    return f"{total.file} in {one_line(total.source, 120)}" if total.source else total.file


def _with_remarks(total: ExamTotal, remarks: tuple[str, ...]) -> ExamTotal:
    return replace(total, remarks=remarks)
