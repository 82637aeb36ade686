"""An exam hall: a machine whose clocks are set by hand, small data, models that know how good they are."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from tfprep.errors import SandboxUnavailable
from tfprep.exams.service import ExamContext, ExamRequest, ExamService
from tfprep.grader import Graded, Submission, grade, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.exam import Category, ClockReading, ExamSession
from tfprep.problems import Dataset, Split
from tfprep.sandbox import Ending, Outcome, Refusal

from ..grader.examples import Scripted, answered, make_mnist
from ..grader.made import cars

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
H5 = b"\x89HDF\r\n\x1a\n"


@dataclass
class Machine:
    """A machine's clocks, moved by hand."""

    calendar: datetime = NOON
    steady: float = 5_000.0
    starts: int = 1

    def look(self) -> ClockReading:
        return ClockReading(self.calendar, f"start {self.starts}", self.steady)

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
class Hall:
    """Everything a sitting needs, on a folder of its own."""

    root: Path
    datasets: dict[str, Dataset]
    blank: Path
    """A ledger without a record, which is copied: making one takes longer than most tests."""
    machine: Machine = field(default_factory=Machine)
    broken: bool = False
    """The sandbox cannot be used."""
    graded: int = 0

    def __post_init__(self) -> None:
        self.home = self.root / "home"
        self.home.mkdir()
        shutil.copyfile(self.blank, self.home / "ledger.db")
        self.ledger = Ledger.open(self.home / "ledger.db", now=lambda: self.machine.calendar)
        self.proctor = ExamService(self.ledger, self.home, self.machine.look)

    def begin(self, minutes: float = 60, *, practice: bool = False, learner: str = "ada") -> ExamSession:
        """An exam of problems 1 and 2, which weigh 40 and 60 points together."""
        return self.proctor.begin(
            ExamRequest(
                learner=learner,
                folder=self.root / f"exam of {learner}",
                datasets=tuple(self.datasets.values()),
                weights=(10, 15),
                allowed=timedelta(minutes=minutes),
                practice=practice,
            )
        )

    def save(self, sitting: ExamSession, problem: str, model: bytes) -> Path:
        """A model saved in a category's folder, now by the machine's calendar."""
        path = self.folder(sitting, problem) / "mymodel.h5"
        path.write_bytes(H5 + model)
        now = self.machine.calendar.timestamp()
        os.utime(path, (now, now))
        return path

    def folder(self, sitting: ExamSession, problem: str) -> Path:
        (category,) = (each for each in sitting.plan.categories if each.problem == problem)
        return sitting.plan.folder / category.folder

    def submit(self, sitting: ExamSession, problem: str, model: bytes) -> int:
        """Saves a model, submits it as the command does, and gives the submission's number."""
        path = self.save(sitting, problem, model)
        seat = self.proctor.seat([path])
        assert seat is not None
        with self.proctor.returning_lost_time(seat, lambda line: None):
            self.proctor.admit(seat, sitting.learner, self.datasets[problem])
            return self.record(seat, path)

    def record(self, seat: ExamContext, path: Path) -> int:
        graded = self.grade(read_submission(path, seat.category.problem, seat.sitting.learner), seat.category)
        return self.ledger.record(graded, seat.entry(graded)).number

    def settle(self) -> tuple[ExamSession, ...]:
        """What the next command of any kind does."""
        return tuple(self.proctor.settle(sitting, self.grade) for sitting in self.proctor.overdue())

    def grade(self, submission: Submission, category: Category) -> Graded:
        """The real grader; the sandbox answers as the model says of itself: right, poor or broken."""
        if self.broken:
            raise SandboxUnavailable("The sandbox is away.", "Wait.")
        self.graded += 1
        dataset = self.datasets[category.problem]
        return grade(submission, dataset, Scripted(_answer(submission.artifact, dataset)))


def make_datasets(folder: Path) -> dict[str, Dataset]:
    """Small data of problems 1 and 2."""
    return {"problem1": cars(folder / "cars"), "problem2": make_mnist(folder / "digits", validation=20)}


def make_blank(folder: Path) -> Path:
    """A ledger without a record."""
    path = folder / "ledger.db"
    Ledger.open(path).close()
    return path


def _answer(model: bytes, dataset: Dataset) -> Outcome:
    if model.endswith(b"broken"):
        return Outcome(Ending.REFUSED, refusal=Refusal("input_shape", "It takes a secret shape."))
    values = dataset.labels(Split.HIDDEN).values
    labels = np.eye(10, dtype=np.float32)[values] if values.dtype == np.int64 else values[:, None]
    return answered(labels if b"right" in model else np.zeros_like(labels, dtype=np.float32))
