"""Which results of a mentor's exam count: the only one of each learner that nothing speaks against.

Those that an earlier tfprep collected were signed by whoever took the exam; they stay as they were read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..grader.records.cohort import ExamTotal


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


def exam_results(totals: Sequence[ExamTotal]) -> tuple[ExamResults, ...]:
    """Each exam that results were collected of, in the order in which they were.

    Args:
        totals: genuine results, no file twice.
    """
    against = speaks_against(totals)
    found = []
    for exam in dict.fromkeys(each.exam for each in totals):
        ours = [each for each in totals if each.exam == exam]
        refused = tuple(_with_remarks(each, against[each.digest]) for each in ours if against[each.digest])
        counted = {each.learner: each for each in ours if not against[each.digest]}
        found.append(ExamResults(exam, counted, refused))
    return tuple(found)


def speaks_against(totals: Sequence[ExamTotal]) -> Mapping[str, tuple[str, ...]]:
    """What speaks against each result, alone and beside the others, by the file's digest."""
    several = Counter((each.exam, each.learner) for each in totals if each.notes is None or not each.remarks)
    names: dict[str, set[str]] = defaultdict(set)
    for each in totals:
        if each.notes is None:
            names[each.signer].add(each.learner)

    def remarks(each: ExamTotal) -> Iterator[str]:
        yield from each.remarks
        if several[each.exam, each.learner] > 1 and (each.notes is None or not each.remarks):
            yield f"There are {several[each.exam, each.learner]} results of {each.learner}."
        if others := names[each.signer] - {each.learner} if each.notes is None else ():
            yield f"The same key signed for {', '.join(sorted(others))}."

    return {each.digest: tuple(remarks(each)) for each in totals}


def _with_remarks(total: ExamTotal, remarks: tuple[str, ...]) -> ExamTotal:
    return replace(total, remarks=remarks)
