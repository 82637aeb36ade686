"""The view model of an exam, put in words once: terminal and page only render it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ...classroom.signing import Signed, fingerprint
from ...errors import NotGenuine
from ...exams.collect import Collection
from ...exams.config import ExamConfig
from ...exams.result import TO_PASS, CategoryResult, ExamResult, in_words
from ...grader.records.exam import ExamEnding, ExamSession, counted_submission
from ..wording import Fact, Table, columns, moment

PROVES = (
    "It proves that the holder of this key signed exactly this result, and that no byte was changed since."
)
PROVES_NOT = (
    "It does not prove who held the key, nor that the exam was taken honestly: "
    "the key, the clock and the models were on the signer's own machine."
)
_ENDINGS = {ExamEnding.FINISHED: "finished by the learner", ExamEnding.TIME_UP: "time was up"}


@dataclass(frozen=True)
class ExamView:
    """A result whose signature holds, in words."""

    result: ExamResult
    signed: Signed

    @property
    def heading(self) -> str:
        """Which exam, and whose."""
        return f"Exam {self.result.exam} of {self.result.learner}"

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
        used, allowed = in_words(self.result.spent), in_words(self.result.allowed)
        return f"{self.total} of 100 points; {TO_PASS} pass. {used} of {allowed} were used."

    @property
    def notes(self) -> tuple[str, ...]:
        """How it was taken: practice, time given back, models that were taken from the folder."""
        result = self.result
        notes = [_config_note(result.config)] if result.config else []
        if result.practice:
            notes.append("Taken as practice: the clock could be paused.")
        notes += [
            f"{in_words(timedelta(seconds=each.seconds))} were given back for a fault of ours: {each.why}"
            for each in result.returned
        ]
        if taken := [category.name for category in result.categories if category.automatic]:
            notes.append(f"Taken from the folder when time was up: {', '.join(taken)}.")
        return tuple(notes)

    @property
    def table(self) -> Table:
        """Score, points, submissions and time of each category."""
        numbers = ("Points", "Submissions", "Time")
        rows = (
            (
                category.name,
                _score(category),
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

    @property
    def signature(self) -> tuple[Fact, ...]:
        """Whose it is, and what it proves."""
        return (
            ("signed by", self.signed.signer),
            ("public key", self.signed.key),
            ("proves", PROVES),
            ("does not prove", PROVES_NOT),
        )


def category_table(session: ExamSession) -> Table:
    """Each category of a session: what was submitted and what counts."""
    rows = []
    for category in session.plan.categories:
        entries = session.submissions_of(category.problem)
        entry = counted_submission(entries)
        score = "-" if entry is None or entry.score is None else f"{entry.score} of 5"
        last = "never submitted" if not entries else entries[-1].fault and f"last: {entries[-1].fault}"
        rows.append((category.folder, f"{category.weight:g}", str(len(entries)), score, last))
    names = ("Folder", "Weight", "Submitted", "Counts", "Note")
    return Table("Categories", columns(*names, numbers=("Weight", "Submitted")), tuple(rows))


def describe_time(session: ExamSession) -> str:
    """The time left, in a sentence."""
    clock = session.clock
    if not session.running:
        return "This exam has ended; `tfprep exam result` shows its result."
    back = f" {in_words(clock.returned)} were given back." if clock.returned else ""
    state = "Paused: " if clock.paused else ""
    return f"{state}{in_words(clock.left)} left of {in_words(clock.allowed)}.{back}"


def exam_rules(session: ExamSession) -> tuple[str, ...]:
    """The rules, a sentence or two each."""
    pause = (
        "This is practice: `tfprep exam pause` stops the clock, and the result says so."
        if session.plan.practice
        else "The clock does not stop: not for a closed terminal, not for a restart."
    )
    return (
        f"You have {in_words(session.clock.allowed)}. {pause}",
        "Each folder is one category: fill the gaps in starter.py, train, then run `tfprep submit` in it, "
        "as often as you like. Models trained elsewhere may be dropped in.",
        "You see 0 to 5, or the kind of fault (load, shape, values, time); the full reports open at the end.",
        "The last submission that can be scored counts. When time is up, the last model saved in each folder "
        "counts as submitted.",
        f"A category never submitted scores zero. {TO_PASS} of 100 points pass.",
        "`tfprep exam status` shows the time left, `tfprep exam finish` ends it.",
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
        "paused": session.clock.paused,
        "allowed_seconds": session.clock.allowed.total_seconds(),
        "left_seconds": session.clock.left.total_seconds() if session.running else 0.0,
        "returned_seconds": session.clock.returned.total_seconds(),
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


def verified_record(signed: Signed, result: ExamResult) -> dict[str, Any]:
    """A result whose signature holds, for programs."""
    return {
        "genuine": True,
        "signer": signed.signer,
        "key": signed.key,
        "proves": PROVES,
        "does_not_prove": PROVES_NOT,
        "result": result.to_values(),
    }


def collection_record(collection: Collection) -> dict[str, Any]:
    """The results of an exam that were collected, for programs."""
    return {
        "results": [
            {
                "file": each.file,
                "copies": list(each.copies),
                "learner": each.learner,
                "signer": each.signer,
                "exam": each.exam,
                "remarks": list(each.remarks),
                "result": None if each.result is None else each.result.to_values(),
            }
            for each in collection.collected
        ],
        "missing": list(collection.missing),
    }


def _config_note(text: str) -> str:
    try:
        config, key = ExamConfig.read(text)
    except NotGenuine:
        return "It names a mentor's exam; the exam configuration in it is not genuine."
    return f"For the cohort {config.cohort!r} (exam {config.exam}), signed by {fingerprint(key)}."


def _score(category: CategoryResult) -> str:
    if category.score is not None:
        return f"{category.score} of 5"
    return "not scored" if category.submissions else "never submitted"
