"""The view model of an exam at home, put in words once: terminal and page only render it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...exams.result import CategoryResult, ExamResult
from ...files.text import in_words
from ...grader.records.exam import TO_PASS, ExamEnding, ExamSession, counted_submission, restarted
from ..wording import Table, columns, moment

PRACTICE = "This is practice: your own machine held the clock, the models and the grader. Nobody signed it."
_OF_MENTOR = (
    "Its result is not made here: your mentor grades what you hand in, on examples that are not here."
)
_ENDINGS = {
    ExamEnding.FINISHED: "finished by the learner",
    ExamEnding.TIME_UP: "time was up",
    ExamEnding.ABANDONED: "abandoned",
}
_GAP = timedelta(minutes=2)


@dataclass(frozen=True)
class ExamResultView:
    """The result of an exam at home, in words."""

    result: ExamResult

    @property
    def heading(self) -> str:
        """Which exam, and whose."""
        return f"Practice exam {self.result.exam} of {self.result.learner}"

    @property
    def meta(self) -> str:
        """From when to when, and how it ended."""
        result = self.result
        return f"{moment(result.started)} to {moment(result.ended)}, {_ENDINGS[result.ending]}"

    @property
    def tone(self) -> str:
        """The verdict's code, by which a page colours itself."""
        return "passed" if self.result.passed else "partial"

    @property
    def verdict(self) -> str:
        """In words."""
        return "Passed" if self.result.passed else "Not passed"

    @property
    def total(self) -> str:
        """Of 100 points."""
        return f"{self.result.total:g}"

    @property
    def sentence(self) -> str:
        """The points, and the time that was used."""
        return points_and_time(self.result.total, self.result.spent, self.result.allowed)

    @property
    def notes(self) -> tuple[str, ...]:
        """How it was taken: time given back, models that were taken from the folder, clocks that disagree."""
        result = self.result
        notes = [PRACTICE]
        if result.practice:
            notes.append("The clock could be paused.")
        notes += [
            f"{in_words(timedelta(seconds=each.seconds))} were given back for a fault of ours: {each.why}"
            for each in result.returned
            if each.seconds
        ]
        if taken := [category.name for category in result.categories if category.automatic]:
            notes.append(
                f"Taken from the folder when time was up: {', '.join(taken)}. tfprep did not see when they "
                "were saved: the times are the file system's."
            )
        if (gap := timedelta(seconds=result.gap_seconds)) > _GAP:
            notes.append(
                f"The two clocks of this machine disagreed by up to {in_words(gap)}: it was paused, or its "
                "clock was set."
            )
        if result.restarts:
            notes.append(restarted(result.restarts))
        return (*notes, *result.left_out)

    @property
    def table(self) -> Table:
        """Score, points, submissions and time of each category."""
        numbers = ("Points", "Submissions", "Time")
        rows = (
            (
                category.name,
                score_of(category),
                f"{category.points:g} of {category.possible:g}",
                str(category.submissions),
                in_words(timedelta(seconds=category.seconds)) if category.seconds else "-",
            )
            for category in self.result.categories
        )
        return Table("Categories", columns("Category", "Score", *numbers, numbers=numbers), tuple(rows))

    @property
    def fingerprints(self) -> Table:
        """Digests of all that the scores depend on."""
        rows = (
            (each.name, each.data_source, each.data[:16], each.scoring[:16], each.artifact[:16])
            for each in self.result.categories
        )
        return Table(
            "Fingerprints", columns("Category", "Data source", "Data", "Scoring", "Model"), tuple(rows)
        )


def points_and_time(total: float, spent: timedelta, allowed: timedelta) -> str:
    """For example "93.5 of 100 points; 90 pass. 4 h 05 min of 5 h 00 min were used."."""
    return f"{total:g} of 100 points; {TO_PASS} pass. {in_words(spent)} of {in_words(allowed)} were used."


def category_table(session: ExamSession) -> Table:
    """Each category of a session: what was submitted and what counts."""
    rows = []
    for category in session.plan.categories:
        entries = session.submissions_of(category.problem)
        entry = counted_submission(entries)
        score = "-" if entry is None or entry.score is None else f"{entry.score} of 5"
        last = "never submitted" if not entries else entries[-1].fault and f"last: {entries[-1].fault}"
        rows.append((category.folder, f"{category.weight:g}", str(len(entries)), score, last))
    counts = "On validation data" if session.plan.mentor else "Counts"
    names = ("Folder", "Weight", "Submitted", counts, "Note")
    return Table("Categories", columns(*names, numbers=("Weight", "Submitted")), tuple(rows))


def describe_time(session: ExamSession) -> str:
    """The time left, in a sentence."""
    clock = session.clock
    if not session.running and session.plan.mentor:
        return f"This exam has ended. `tfprep exam hand-in` makes the file for your mentor. {_OF_MENTOR}"
    if not session.running:
        return "This exam has ended; `tfprep exam result` shows its result."
    back = f" {in_words(clock.returned)} were given back." if clock.returned else ""
    state = "Paused: " if clock.paused else ""
    return f"{state}{in_words(clock.left)} left of {in_words(clock.allowed)}.{back}"


def left_out(session: ExamSession) -> tuple[str, ...]:
    """What could not be taken when a mentor's exam ended, a sentence each."""
    if not session.plan.mentor or not session.result:
        return ()
    found: list[str] = json.loads(session.result).get("left_out", [])
    return tuple(found)


def exam_rules(session: ExamSession) -> tuple[str, ...]:
    """The rules, a sentence or two each."""
    pause = (
        "`tfprep exam pause` stops the clock, and the result says so."
        if session.plan.practice
        else "The clock does not stop: not for a closed terminal, not for a restart."
    )
    told = (
        (
            "You see 0 to 5 on the validation data, or the kind of fault (load, shape, values, time). What "
            "counts is your mentor's grading, on hidden examples that are not on this machine."
        )
        if session.plan.mentor
        else (
            "You see 0 to 5, or the kind of fault (load, shape, values, time); the full reports open at the "
            "end."
        )
    )
    end = (
        "`tfprep exam status` shows the time left. `tfprep exam hand-in` ends it, and makes the file for "
        "your mentor."
        if session.plan.mentor
        else "`tfprep exam status` shows the time left, `tfprep exam finish` ends it. This is practice."
    )
    return (
        f"You have {in_words(session.clock.allowed)}. {pause}",
        "Each folder is one category: fill the gaps in starter.py, train, then run `tfprep submit` in it, "
        "as often as you like. Models trained elsewhere may be dropped in.",
        told,
        "The last submission that can be scored counts. When time is up, the last model saved in each folder "
        "counts as submitted, and the result says that nobody submitted it.",
        f"A category never submitted scores zero. {TO_PASS} of 100 points pass.",
        end,
    )


def session_record(session: ExamSession) -> dict[str, Any]:
    """A session for programs: no more than the exam shows."""
    return {
        "exam": session.number,
        "learner": session.learner,
        "folder": str(session.plan.folder),
        "started": session.started.isoformat(),
        "running": session.running,
        "practice": session.plan.practice,
        "graded_by": "mentor" if session.plan.mentor else "this machine",
        "paused": session.clock.paused,
        "allowed_seconds": session.clock.allowed.total_seconds(),
        "left_seconds": session.clock.left.total_seconds() if session.running else 0.0,
        "returned_seconds": session.clock.returned.total_seconds(),
        "left_out": list(left_out(session)),
        "categories": [
            {
                "problem": category.problem,
                "folder": category.folder,
                "weight": category.weight,
                "submissions": [
                    {"number": entry.number, "score": entry.score, "fault": entry.fault}
                    for entry in session.submissions_of(category.problem)
                ],
            }
            for category in session.plan.categories
        ],
    }


def score_of(category: CategoryResult) -> str:
    """In words, also where there is none."""
    if category.score is not None:
        return f"{category.score} of 5"
    return "not scored" if category.submissions else "never submitted"
