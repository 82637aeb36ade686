"""An exam exams: a machine whose clocks are set by hand, small data, models that know how good they are."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tfprep.errors import SandboxUnavailable
from tfprep.exams.endings import ExamEndings
from tfprep.exams.learner_service import ExamContext
from tfprep.exams.request import ExamRequest
from tfprep.exams.result import ExamResult
from tfprep.files.text import Tell
from tfprep.grader import Graded, Submission, grade, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.exam import ClockReading, ExamSession, PlannedProblem
from tfprep.grader.submission.candidates import TimeOf, modified
from tfprep.problems import Dataset, Split
from tfprep.sandbox import Ending, Outcome, Refusal

from ..grader.examples import Scripted, make_mnist, predicted
from ..grader.made import cars

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
H5 = b"\x89HDF\r\n\x1a\n"


@dataclass
class Machine:
    """A machine's clocks, moved by hand."""

    calendar: datetime = NOON
    steady: float = 5_000.0
    starts: int = 1
    faked: timedelta = timedelta()
    """By how much a library before the program's clocks sets the calendar ahead of the kernel's."""

    def read_clock(self) -> ClockReading:
        return ClockReading(self.calendar + self.faked, f"start {self.starts}", self.steady, off=self.faked)

    def wait(self, minutes: float) -> None:
        self.calendar += timedelta(minutes=minutes)
        self.steady += 60 * minutes

    def restart(self, minutes_off: float) -> None:
        self.calendar += timedelta(minutes=minutes_off)
        self.starts += 1
        self.steady = 0.0

    def set_calendar(self, minutes: float) -> None:
        self.calendar += timedelta(minutes=minutes)


@dataclass
class ExamSetup:
    """A home with a ledger, its exams, and the machine's clocks."""

    root: Path
    datasets: dict[str, Dataset]
    blank: Path
    """A ledger without a record, which is copied: making one takes longer than most tests."""
    machine: Machine = field(default_factory=Machine)
    broken: bool = False
    """The sandbox cannot be used."""
    graded: int = 0
    time_of: TimeOf = modified
    """By which time of a file an exam knows when it was saved: a test can set only this one."""

    def __post_init__(self) -> None:
        self.home = self.root / "home"
        self.home.mkdir()
        shutil.copyfile(self.blank, self.home / "ledger.db")
        self.ledger = Ledger.open(self.home / "ledger.db", now=lambda: self.machine.calendar)
        self.service = ExamEndings(self.ledger, self.home, self.machine.read_clock, self.time_of)

    def start(self, minutes: float = 60, *, practice: bool = False, learner: str = "ada") -> ExamSession:
        """An exam of problems 1 and 2, which weigh 40 and 60 points together."""
        return self.service.start(
            ExamRequest(
                learner=learner,
                folder=self.root / f"exam of {learner}",
                datasets=tuple(self.datasets.values()),
                weights=(10, 15),
                allowed=timedelta(minutes=minutes),
                practice=practice,
            )
        )

    def save(self, session: ExamSession, problem: str, model: bytes) -> Path:
        """A model saved in a category's folder. Its modification time, by which the exam knows when it was
        saved, is set to the machine's calendar; `st_ctime` is the real time, months later."""
        path = self.folder(session, problem) / "mymodel.h5"
        path.write_bytes(H5 + model)
        now = self.machine.calendar.timestamp()
        os.utime(path, (now, now))
        assert path.stat().st_mtime == now < path.stat().st_ctime
        return path

    def folder(self, session: ExamSession, problem: str) -> Path:
        (category,) = (each for each in session.plan.categories if each.problem == problem)
        return session.plan.folder / category.folder

    def submit(self, session: ExamSession, problem: str, model: bytes) -> int:
        """Saves a model, submits it as the command does, and gives the submission's number."""
        path = self.save(session, problem, model)
        context = self.service.context_of([path])
        assert context is not None
        with self.service.returning_lost_time(context, lambda line: None):
            self.service.admit(context, session.learner, self.datasets[problem])
            return self.record(context, path)

    def record(self, context: ExamContext, path: Path) -> int:
        graded = self.grade(
            read_submission(path, context.category.problem, context.session.learner), context.category
        )
        return self.ledger.record(graded, context.attachment(graded)).number

    def end_if_over(self) -> tuple[ExamSession, ...]:
        """What the next command of any kind does."""
        return tuple(self.service.end_if_over(session, self.grade) for session in self.service.overdue())

    def grade(self, submission: Submission, category: PlannedProblem) -> Graded:
        """The real grader; the sandbox predicts as the model says of itself: right, poor or broken."""
        if self.broken:
            raise SandboxUnavailable("The sandbox is away.", "Wait.")
        self.graded += 1
        dataset = self.datasets[category.problem]
        return grade(submission, dataset, Scripted(_predict(submission.artifact, dataset)))


def make_datasets(folder: Path) -> dict[str, Dataset]:
    """Small data of problems 1 and 2."""
    return {"problem1": cars(folder / "cars"), "problem2": make_mnist(folder / "digits", validation=20)}


def make_blank(folder: Path) -> Path:
    """A ledger without a record."""
    path = folder / "ledger.db"
    Ledger.open(path).close()
    return path


def _predict(model: bytes, dataset: Dataset) -> Outcome:
    if model.endswith(b"broken"):
        return Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "It takes a secret shape."))
    values = dataset.labels(Split.HIDDEN).values
    labels = np.eye(10, dtype=np.float32)[values] if values.dtype == np.int64 else values[:, None]
    return predicted(labels if b"right" in model else np.zeros_like(labels, dtype=np.float32))


MINUTE = timedelta(minutes=1)


def fail(
    exams: ExamSetup,
    context: ExamContext | None,
    error: Exception,
    minutes: float,
    tell: Tell = print,
    *,
    own_settings: Sequence[str] = (),
) -> None:
    """A command in an exam that fails after some minutes."""
    with exams.service.returning_lost_time(context, tell, own_settings):
        exams.machine.wait(minutes)
        raise error


def result_of(session: ExamSession) -> ExamResult:
    return ExamResult.stored(session.result)


def scores(session: ExamSession) -> list[int | None]:
    return [category.score for category in result_of(session).categories]
