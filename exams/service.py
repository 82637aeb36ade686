"""Who oversees an exam: lets one begin, admits submissions, gives lost time back, and ends it in time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..errors import (
    BadData,
    BadSubmission,
    BadWorkspace,
    ExamError,
    LedgerUnavailable,
    NoSuchRecord,
    UnknownProblem,
)
from ..grader.grade import Graded
from ..grader.ledger import Ledger
from ..grader.ledger.exams import ReadClock
from ..grader.records.exam import (
    Category,
    ExamAttachment,
    ExamEnding,
    ExamPlan,
    ExamSession,
    TimeCredit,
    elapsed,
)
from ..grader.services import Practice
from ..grader.submission.submission import Submission, last_saved, read_submission
from ..problems import Dataset
from ..problems.workspace import make_workspace
from .running_exams import look, mark, marked

Grade = Callable[[Submission, Category], Graded]
"""Grades one submission on the data of its category."""
Tell = Callable[[str], None]
_THEIRS = (BadSubmission, NoSuchRecord, UnknownProblem, BadWorkspace, BadData, ExamError)
"""Errors that cost the learner their own time."""
_SLACK = 1.0
"""Seconds by which a file's time may lie behind the end: file systems round."""


@dataclass(frozen=True)
class ExamRequest:
    """What an exam is to be."""

    learner: str
    folder: Path
    datasets: Sequence[Dataset]
    weights: Sequence[float]
    """As many as data sets."""
    allowed: timedelta
    practice: bool = False
    setting: str = ""
    """The signed text of a mentor's setting."""


@dataclass(frozen=True)
class ExamContext:
    """A place in a running exam: one category of one sitting, at one moment of its time."""

    sitting: ExamSession
    category: Category

    def entry(self, graded: Graded) -> ExamAttachment:
        """What makes a graded submission one of this sitting, handed in when the seat was taken."""
        return _entry(graded, self.sitting, self.sitting.clock.spent, automatic=False)


@dataclass(frozen=True)
class SubmitAdmission:
    """Admits what `tfprep submit` was given: as a part of the running exam around it, or as practice."""

    service: ExamService
    context: ExamContext | None
    """None outside of an exam's folder."""
    learner: str
    tell: Tell

    def admit(self, dataset: Dataset) -> None:
        """As `ExamService.admit`."""
        self.service.admit(self.context, self.learner, dataset)

    def attachments(self, graded: Graded) -> tuple[ExamAttachment, ...]:
        """In an exam: the entry that makes the submission one of its own."""
        return () if self.context is None else (self.context.entry(graded),)

    def returning_lost_time(self) -> AbstractContextManager[None]:
        """As `ExamService.returning_lost_time`."""
        return self.service.returning_lost_time(self.context, self.tell)


@dataclass(frozen=True)
class CheckAdmission(Practice):
    """Admits what `tfprep check` was given: nothing while it is a problem of a running exam."""

    service: ExamService
    places: Sequence[Path]

    def admit(self, dataset: Dataset) -> None:
        """Raise ExamError in an exam's folder, and for a problem of a running exam."""
        if self.service.seat(self.places) is not None:
            raise ExamError("In an exam there is only `tfprep submit`, as often as you like.")
        self.service.admit(None, self.learner, dataset)


class ExamService:
    """Oversees the exams of one home, by its ledger and the machine's clocks."""

    def __init__(self, ledger: Ledger, home: Path, look: ReadClock = look) -> None:
        self._ledger = ledger
        self._book = ledger.exams
        self._home = home
        self._look = look

    def begin(self, wanted: ExamRequest) -> ExamSession:
        """Makes the exam's folder with a workspace for each category, then starts the clock.

        Raises:
            ExamError: where the folder is there already, or the learner sits an exam already.
            BadWorkspace: where it cannot be made.
        """
        for sitting in self._book.running():
            if sitting.learner == wanted.learner:
                raise ExamError(
                    f"{wanted.learner} sits an exam already, in {sitting.plan.folder}. "
                    "`tfprep exam finish` ends it."
                )
        folder = wanted.folder.absolute()
        if folder.exists():
            raise ExamError(f"{folder} is there already. Choose another place with --into.")
        for dataset in wanted.datasets:
            make_workspace(folder / dataset.problem.folder.name, dataset)
        categories = tuple(map(_category, wanted.datasets, wanted.weights))
        plan = ExamPlan(folder, categories, wanted.practice, wanted.setting)
        return self._marked(self._book.start(wanted.learner, plan, wanted.allowed, self._look))

    def current(self, learner: str) -> ExamSession:
        """The learner's running sitting, its clock up to now; else their last one. Raises ExamError."""
        sitting = self._book.last(learner)
        return self._tick(sitting) if sitting.running else sitting

    def pause(self, learner: str) -> ExamSession:
        """Stops the clock, where that was chosen at the start. Raises ExamError."""
        return self._marked(self._book.pause(self._practice(learner).number, self._look))

    def resume(self, learner: str) -> ExamSession:
        """Lets a paused clock run again. Raises ExamError."""
        return self._marked(self._book.resume(self._practice(learner).number, self._look))

    def seat(self, places: Sequence[Path]) -> ExamContext | None:
        """The running exam's workspace that one of the places lies in; None outside of any.

        Raises:
            ExamError: where its time is up or its clock is paused.
        """
        for sitting in self._book.running():
            found = [category for place in places if (category := sitting.category_at(place))]
            if not found:
                continue
            now = self._tick(sitting)
            if now.clock.over:
                raise ExamError("Time is up: nothing can be added. `tfprep exam result` shows the result.")
            if now.clock.paused:
                raise ExamError("The exam is paused. `tfprep exam resume` lets its clock run again.")
            return ExamContext(now, found[0])
        return None

    def admission(self, places: Sequence[Path], learner: str, tell: Tell) -> SubmitAdmission:
        """On which conditions a submission at these places is taken; `learner` is whose it is in practice.

        Raises:
            ExamError: as `seat`.
        """
        seat = self.seat(places)
        if seat is None and self.has_ended(places, learner):
            tell("The exam in this folder has ended: this is practice, and does not count for it.")
        return SubmitAdmission(self, seat, learner if seat is None else seat.sitting.learner, tell)

    def admit(self, seat: ExamContext | None, learner: str, dataset: Dataset) -> None:
        """Lets a submission pass that is what it should be where it is.

        Raises:
            ExamError: for a problem of a running exam outside of its workspace, where more would be told than
                the exam tells; and inside one, for another problem or other data.
        """
        problem = dataset.problem.id
        if seat is None:
            for sitting in self._of_home(learner):
                if sitting.asks(problem):
                    raise ExamError(
                        f"An exam with this problem is running: submit inside {sitting.plan.folder}, "
                        "or end the exam first with `tfprep exam finish`."
                    )
        elif (seat.category.problem, seat.category.data) != (problem, dataset.fingerprint):
            raise ExamError(
                f"This folder is the exam's for {seat.category.problem}, on the data the exam began with. "
                "Leave out --problem and --data."
            )

    def has_ended(self, places: Sequence[Path], learner: str) -> bool:
        """Whether one of the places lies in the learner's last exam, and that has ended."""
        try:
            sitting = self._book.last(learner)
        except ExamError:
            return False
        return not sitting.running and any(sitting.category_at(place) for place in places)

    @contextmanager
    def returning_lost_time(self, seat: ExamContext | None, tell: Tell) -> Iterator[None]:
        """Gives back the time that passed in here, where a fault of ours ends it."""
        before = self._look()
        try:
            yield
        except Exception as error:
            if seat is not None and not isinstance(error, _THEIRS):
                lost = elapsed(before, self._look())
                why = str(getattr(error, "what", "")) or f"A fault in tfprep ({type(error).__name__})."
                tell(self._give_back(seat.sitting, TimeCredit(round(lost.total_seconds(), 3), why)))
            raise

    def finish(self, learner: str) -> ExamSession:
        """Ends the learner's exam now, with what was submitted. Raises ExamError where none runs."""
        sitting = self.current(learner)
        if not sitting.running:
            raise ExamError("No exam is running. `tfprep exam start` begins one.")
        if sitting.clock.over:
            raise ExamError("Time is up: the next command settles the exam, as soon as models can be run.")
        return self._end(sitting, ExamEnding.FINISHED)

    def overdue(self) -> tuple[ExamSession, ...]:
        """The sittings that began in this home and whose time is up."""
        ticked = [self._book.tick(sitting.number, self._look) for sitting in self._marked_here()]
        return tuple(sitting for sitting in ticked if sitting.clock.over)

    def settle(self, sitting: ExamSession, grade: Grade) -> ExamSession:
        """Ends a sitting whose time is up: the last model saved in time in each folder counts as submitted.

        Once every model is graded and recorded the sitting ends; a fault of ours before leaves the rest for
        the next time. Raises whatever `grade` raises.
        """
        until = sitting.clock.end(self._look().when).timestamp() + _SLACK
        for category in sitting.plan.categories:
            lying = last_saved(sitting.plan.folder / category.folder, until)
            if lying is None:
                continue
            try:
                submission = read_submission(lying, category.problem, sitting.learner)
            except BadSubmission:  # what cannot be read was not handed in
                continue
            entries = sitting.submissions_of(category.problem)
            if not entries or entries[-1].digest != submission.digest:
                graded = grade(submission, category)
                entry = _entry(graded, sitting, sitting.clock.allowed, automatic=True)
                self._ledger.record(graded, entry)
        return self._end(self._book.tick(sitting.number, self._look), ExamEnding.TIME_UP)

    def unsubmitted(self, sitting: ExamSession) -> tuple[Path, ...]:
        """Saved models in the exam's folder that are not what was submitted last."""
        until = self._look().when.timestamp() + _SLACK
        lying = []
        for category in sitting.plan.categories:
            path = last_saved(sitting.plan.folder / category.folder, until)
            if path is None:
                continue
            entries = sitting.submissions_of(category.problem)
            digest = read_submission(path, category.problem, sitting.learner).digest
            if not entries or entries[-1].digest != digest:
                lying.append(path)
        return tuple(lying)

    def _tick(self, sitting: ExamSession) -> ExamSession:
        return self._marked(self._book.tick(sitting.number, self._look))

    def _give_back(self, sitting: ExamSession, returned: TimeCredit) -> str:
        """What to tell the learner about it."""
        try:
            self._marked(self._book.give_back(sitting.number, returned, self._look))
        except (LedgerUnavailable, ExamError) as error:
            return f"This was our fault, but the lost time could not be given back: {error}"
        from .result import in_words

        back = in_words(timedelta(seconds=returned.seconds))
        return f"This was our fault: {back} are given back to your exam."

    def _end(self, sitting: ExamSession, ending: ExamEnding) -> ExamSession:
        from ..classroom.signing import read_or_make_key, sign
        from .result import compute

        now = self._look().when
        ended = min(now, sitting.clock.end(now)) if ending is ExamEnding.TIME_UP else now
        result = compute(sitting, self._book.records(sitting.number), ending, ended)
        signed = sign(result.to_values(), read_or_make_key(self._home)).decode("ascii")
        done = self._book.end(sitting, ending, signed, ended)
        mark(self._home, [other for other in self._marked_here() if other.number != done.number])
        return done

    def _practice(self, learner: str) -> ExamSession:
        sitting = self.current(learner)
        if not sitting.running:
            raise ExamError("No exam is running. `tfprep exam start` begins one.")
        if not sitting.plan.practice:
            raise ExamError("This exam cannot be paused: that is chosen at the start, with --practice.")
        return sitting

    def _marked(self, sitting: ExamSession) -> ExamSession:
        """The sitting, its mark in this home renewed; one that is sat on another machine gets none here."""
        if sitting.plan.folder.is_dir():
            others = [other for other in self._marked_here() if other.number != sitting.number]
            mark(self._home, [*others, sitting])
        return sitting

    def _marked_here(self) -> list[ExamSession]:
        numbers = marked(self._home)
        return [sitting for sitting in self._book.running() if sitting.number in numbers]

    def _of_home(self, learner: str) -> list[ExamSession]:
        """The running exams of this home, and the learner's wherever they began."""
        numbers = marked(self._home)
        running = self._book.running()
        return [each for each in running if each.number in numbers or each.learner == learner]


def _category(dataset: Dataset, weight: float) -> Category:
    problem = dataset.problem
    return Category(problem.id, problem.folder.name, dataset.data_source, dataset.fingerprint, weight)


def _entry(graded: Graded, sitting: ExamSession, at: timedelta, *, automatic: bool) -> ExamAttachment:
    fault = "" if graded.fault is None else graded.fault.value
    return ExamAttachment(sitting.number, at.total_seconds(), automatic, fault)
