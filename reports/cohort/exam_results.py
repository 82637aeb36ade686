"""A cohort's exams, for people and for a spreadsheet.

exam_views   what a page shows: one view for each exam
exam_rows    exam.csv: a row for everybody on the roster, and for whoever else handed in
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ...classroom.exam_totals import ExamResults, exam_results
from ...cohorts import Cohort, Learner
from ...files.csv_tables import CsvValue
from ...files.text import one_line
from ...grader.records.cohort import ExamTotal
from ..wording import Fact

_WHO: Final = ("exam", "learner", "name", "email")


@dataclass(frozen=True)
class ExamRow:
    """One learner's result."""

    learner: str
    """As it is shown."""
    total: str
    """Of 100; "-" where nothing counts."""
    verdict: str
    """"passed", "not passed", "no result" or "does not count"."""
    why: str = ""
    """What speaks against it, or what a mentor should know of it."""


@dataclass(frozen=True)
class ExamView:
    """One exam: where it stands, and everybody's result."""

    title: str
    facts: tuple[Fact, ...]
    rows: tuple[ExamRow, ...]
    """Of the roster, in its order, then what does not count."""
    variants: tuple[str, ...]
    """How far learners' examples differ, a sentence for each problem, as the last grading told it."""


def exam_views(cohort: Cohort) -> tuple[ExamView, ...]:
    """The exams of which results were collected; nothing where there are none."""
    people = [one.learner for one in cohort.learners]
    return tuple(_view(people, each) for each in exam_results(cohort.exams))


def exam_columns(cohort: Cohort) -> Sequence[tuple[str, dict[str, float]]]:
    """For the gradebook: of each exam a column's name, and the total that counts by the learner's id."""
    found = exam_results(cohort.exams)
    return [
        (
            "exam total" if len(found) == 1 else f"exam {_when(each)}{one_line(each.exam[:8])} total",
            {who: total.total for who, total in each.counted.items()},
        )
        for each in found
    ]


def _when(exam: ExamResults) -> str:
    """The day on which the first exam session began, and a space; nothing where no notes say it."""
    begun = [each.started for each in (*exam.counted.values(), *exam.refused) if each.started is not None]
    return f"{min(begun):%Y-%m-%d} " if begun else ""


def exam_refusals(cohort: Cohort) -> Iterator[str]:
    """A line for each result that does not count."""
    for exam in exam_results(cohort.exams):
        for each in exam.refused:
            yield one_line(
                f"{each.learner}, exam {exam.exam[:16]} ({each.file}): {' '.join(each.remarks)}", 400
            )


def exam_rows(totals: Sequence[ExamTotal], people: Sequence[Learner]) -> Iterator[Sequence[CsvValue]]:
    """The rows of exam.csv; an empty total claims nothing.

    Args:
        totals: genuine results, no file twice.
        people: the roster.
    """
    found = exam_results(totals)
    problems = sorted({problem for each in found for problem in each.problems})
    points = {problem: f"{one_line(problem, 40)} points" for problem in problems}
    header = (
        *_WHO,
        "total",
        "passed",
        *points.values(),
        "what speaks against it",
        "remarks",
        "file",
        "certificate",
    )
    yield header
    for exam in found:
        others = dict.fromkeys(each.learner for each in exam.refused)
        everybody = dict.fromkeys([*(one.id for one in people), *others])
        rows = [
            _person(exam.exam, who, people) | _refused(exam, who) | _counted(exam, who, points)
            for who in everybody
        ]
        yield from ([row.get(column) for column in header] for row in rows)


def _person(exam: str, learner: str, people: Sequence[Learner]) -> dict[str, CsvValue]:
    known = next((one for one in people if one.id == learner), Learner(""))
    cells = (one_line(exam), one_line(learner), known.name, known.email)
    return dict(zip(_WHO, cells, strict=True))


def _refused(exam: ExamResults, learner: str) -> dict[str, CsvValue]:
    """What does not count of a learner, in one row with what does."""
    theirs = [each for each in exam.refused if each.learner == learner]
    if not theirs:
        return {}
    against = (" ".join(each.remarks) for each in theirs)
    if len(theirs) > 1 or learner in exam.counted:
        against = (f"{each.file}: {' '.join(each.remarks)}" for each in theirs)
    return {
        "what speaks against it": " ".join(against),
        "remarks": " ".join(one for each in theirs for one in each.notes or ()),
        "file": ", ".join(each.file for each in theirs),
    }


def _counted(exam: ExamResults, learner: str, points: Mapping[str, str]) -> dict[str, CsvValue]:
    """What counts of a learner; nothing where no result does."""
    total = exam.counted.get(learner)
    if total is None:
        return {}
    cells: dict[str, CsvValue] = {points[problem]: value for problem, value in total.points.items()}
    told = {"passed": "yes" if total.passed else "no", "remarks": " ".join(total.notes or ())}
    if total.notes is not None:
        told["certificate"] = f"{certificate_stem(total.learner, total.digest)}.json"
    return cells | {"total": total.total, "file": total.file} | told


def certificate_stem(learner: str, digest: str) -> str:
    """What the files of a certificate are called: no name of a stranger becomes a path, nor two the same."""
    safe = (each if each.isascii() and (each.isalnum() or each in "-_") else "_" for each in learner)
    return f"{''.join(safe)[:40]}-{digest[:12]}"


def _view(people: Sequence[Learner], exam: ExamResults) -> ExamView:
    totals = [exam.counted[one.id] for one in people if one.id in exam.counted]
    refused = {each.learner for each in exam.refused}
    shown = {one.id: one.shown for one in people}
    facts = [("Results", f"{len(totals):,} of {len(people):,}")]
    if totals:
        facts.append(("Passed", f"{sum(each.passed for each in totals):,}"))
        facts.append(("Mean total", f"{sum(each.total for each in totals) / len(totals):.1f}"))
    if exam.refused:
        facts.append(("Do not count", f"{len(exam.refused):,}"))
    rows = [
        ExamRow(
            one.shown,
            f"{total.total:g}",
            "passed" if total.passed else "not passed",
            " ".join(total.notes or ()),
        )
        if (total := exam.counted.get(one.id))
        else ExamRow(one.shown, "-", "no result")
        for one in people
        if one.id not in refused
    ]
    rows += [
        ExamRow(
            shown.get(each.learner, one_line(each.learner)), "-", "does not count", " ".join(each.remarks)
        )
        for each in exam.refused
    ]
    return ExamView(f"Exam {one_line(exam.exam, 16)}", tuple(facts), tuple(rows), variants_told(exam))


def variants_told(exam: ExamResults) -> tuple[str, ...]:
    """How far learners' examples differ, a sentence for each problem, as the newest results have it."""
    told: dict[str, tuple[str, str]] = {}
    for total in exam.counted.values():
        for problem, measured in (total.graded or {}).items():
            if sentence := measured.get("variants"):
                told[problem] = max(told.get(problem, ("", "")), (measured.get("at", ""), sentence))
    return tuple(one_line(sentence, 600) for _, (_, sentence) in sorted(told.items()))
