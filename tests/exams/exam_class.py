"""A class that takes a mentor's exam: homes, clocks set by hand, and a sandbox that no model runs in.

A model says which score it is worth: `model(4)` earns 4 of 5 (tests/stand_in.py).
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tfprep.classroom.cohort_data import mentor_store
from tfprep.classroom.rules import CohortRules
from tfprep.classroom.rules_file import read_rules
from tfprep.classroom.signing import read_or_make_key
from tfprep.cohorts import Learner
from tfprep.cohorts.service import CohortService
from tfprep.exams.endings import ExamEndings
from tfprep.exams.exam_pack import ExamPackWriter, open_pack
from tfprep.exams.hand_in_grader import OnProgress
from tfprep.exams.mentor_service import ExamGradingRequest, grade_hand_ins
from tfprep.exams.outcome import ExamOutcome, GradedHandIn
from tfprep.exams.request import packed_exam
from tfprep.grader import Graded, Submission, grade, read_submission
from tfprep.grader.evaluation import make_evaluation_set
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.exam import ExamSession, PlannedProblem
from tfprep.grader.submission.candidates import modified
from tfprep.home import Home
from tfprep.problems import DataStore, Split, find

from ..cars import write_cars
from ..stand_in import StandIn, stand_in_pool
from .exam_setup import H5, Machine

OPENS = datetime(2026, 3, 1, 9, tzinfo=UTC)
CLOSES = datetime(2026, 3, 1, 16, tzinfo=UTC)
RULES = """
name = "spring"
[exam]
opens = 2026-03-01T09:00:00Z
closes = 2026-03-01T16:00:00Z
minutes = 120
[problems.regression]
data = "cars.csv"
bands = [5.0, 4.0, 3.0, 2.0, 1.0]
"""


def model(score: int, note: str = "") -> bytes:
    """A model that earns this score."""
    return H5 + f"{note} score {score} of 5".encode()


@dataclass
class HomeExam:
    """One learner with a home and a machine of their own, and the exam they sit."""

    learner: str
    home: Path
    folder: Path
    pack: Path
    ledger: Ledger
    machine: Machine = field(default_factory=Machine)
    session: ExamSession | None = None

    def __post_init__(self) -> None:
        self.service = ExamEndings(self.ledger, self.home, self.machine.read_clock, modified)

    @property
    def workspace(self) -> Path:
        """The folder of the only problem."""
        return self.folder / "problem1_regression"

    def start(self, account: str = "home owner") -> ExamSession:
        """Begins the exam from the pack."""
        store = DataStore(self.home / "data", self.learner.encode().ljust(32, b"-"))
        pack = open_pack(self.pack, store, lambda line: None)
        request = packed_exam(pack, self.folder, self.machine.read_clock().when, account)
        self.session = self.service.start(request)
        return self.session

    def save(self, content: bytes) -> Path:
        """A model saved in the folder, at the machine's time."""
        import os

        path = self.workspace / "mymodel.h5"
        path.write_bytes(content)
        now = self.machine.calendar.timestamp()
        os.utime(path, (now, now))
        return path

    def submit(self, content: bytes) -> None:
        """What `tfprep submit` does in the exam's folder."""
        path = self.save(content)
        admission = self.service.admission([path], "home owner", lambda line: None)
        assert admission.split is Split.VALIDATION
        assert admission.context is not None
        graded = self.grade(read_submission(path, "problem1", admission.learner), admission.context.category)
        self.ledger.record(graded, *admission.attachments(graded))

    def grade(self, submission: Submission, category: PlannedProblem) -> Graded:
        """On the validation data: there is no other here."""
        store = DataStore(self.home / "data", self.learner.encode().ljust(32, b"-"))
        dataset = store.load(find(category.problem), category.data_source)
        return grade(submission, make_evaluation_set(dataset, Split.VALIDATION), StandIn())

    def finish(self) -> ExamSession:
        """The exam, ended by its learner, or because time is up."""
        assert self.session is not None
        if overdue := self.service.overdue():
            return self.service.end_if_over(overdue[0], self.grade)
        return self.service.finish(self.session.learner)

    def hand_in(self, into: Path, name: str = "") -> Path:
        """Ends the exam if it runs, and writes what is handed in."""
        assert self.session is not None
        session = self.service.current(self.session.learner)
        called, content, _ = self.service.hand_in(self.finish() if session.running else session)
        into.mkdir(parents=True, exist_ok=True)
        path = into / (name or called)
        path.write_bytes(content)
        return path


@dataclass
class ExamClass:
    """A mentor, their home, and everybody's."""

    root: Path
    blank: Path
    """A ledger without a record, which is copied."""
    learners: tuple[str, ...] = ("ada", "bob", "eve")
    text: str = RULES
    tolds: list[str] = field(default_factory=list)
    where: str = ""
    """The mentor's ledger; empty for a file in their home."""

    def __post_init__(self) -> None:
        self.place = self.root / "mentor"
        self.place.mkdir(parents=True)
        write_cars(self.place / "cars.csv")
        (self.place / "cohort.toml").write_text(self.text, "utf-8")
        rows = "".join(f"{learner},{learner.title()}\n" for learner in self.learners)
        (self.place / "roster.csv").write_text(f"id,name\n{rows}", "utf-8")
        self.home = Home(self.place / "home", str(self.place / "home" / "ledger.db"), "m. ortiz")
        self.home.make()
        shutil.copyfile(self.blank, self.home.root / "ledger.db")
        self.handed_in = self.root / "handed in"
        self.handed_in.mkdir()

    @property
    def rules(self) -> CohortRules:
        """What stands in cohort.toml."""
        return read_rules(self.place / "cohort.toml")

    @property
    def key(self) -> bytes:
        """The mentor's signing key."""
        return read_or_make_key(self.home.root)

    def pack(self) -> dict[str, Path]:
        """Everybody's pack."""
        packer = ExamPackWriter(self.rules, mentor_store(self.home, self.rules), self.key)
        people = [Learner(learner) for learner in self.learners]
        packs = packer.pack(self.root / "packs", people, lambda line: None)
        return dict(zip(self.learners, packs, strict=True))

    def home_exam(self, learner: str, pack: Path, place: str = "") -> HomeExam:
        """A learner's own machine; `place` names another one than usual."""
        home = self.root / f"home of {place or learner}"
        if not home.exists():
            home.mkdir()
            shutil.copyfile(self.blank, home / "ledger.db")
        ledger = Ledger.open(home / "ledger.db")
        return HomeExam(learner, home, self.root / f"exam of {learner} {place}", pack, ledger)

    def sit(self, learner: str, pack: Path, score: int, place: str = "") -> HomeExam:
        """An honest exam session of 40 minutes, handed in."""
        home_exam = self.home_exam(learner, pack, place)
        home_exam.start()
        home_exam.machine.wait(40)
        home_exam.submit(model(score, learner))
        home_exam.hand_in(self.handed_in)
        return home_exam

    def grade(
        self,
        accepted: tuple[str, ...] = (),
        now: datetime = CLOSES + timedelta(hours=2),
        folder: Path | None = None,
        on_progress: OnProgress = lambda done, total: None,
        *,
        rerun: bool = False,
    ) -> ExamOutcome:
        """What the mentor's command does."""
        with Ledger.open(self.where or self.home.root / "ledger.db") as ledger:
            service = CohortService(ledger, self.home, "m. ortiz", self.tolds.append)
            request = ExamGradingRequest(
                folder or self.handed_in,
                rules=self.place / "cohort.toml",
                roster=self.place / "roster.csv",
                accepted=accepted,
                rerun=rerun,
            )
            return grade_hand_ins(
                service, request, lambda limits: stand_in_pool(limits, None, None), now, on_progress
            ).outcome


def of(outcome: ExamOutcome, learner: str) -> list[GradedHandIn]:
    """The hand-ins of one learner."""
    return [each for each in outcome.hand_ins if each.hand_in.learner == learner]


def total_of(outcome: ExamOutcome, learner: str) -> float | None:
    """What counts of one learner; None where nothing does."""
    found = [each.certificate.total for each in of(outcome, learner) if each.certificate is not None]
    return found[0] if len(found) == 1 else None
