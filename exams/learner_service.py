"""The service of the exam: starts one, admits its submissions and gives lost time back. `endings` ends it."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import (
    ExamError,
    FailedAtFile,
    FailedToRead,
    HomeUnavailable,
    Interrupted,
    LedgerUnavailable,
    LostByScript,
    Misuse,
    OurFault,
    WorkerLost,
    explained,
)
from ..files.text import Tell, in_words
from ..grader.grade import Graded
from ..grader.ledger import Ledger
from ..grader.ledger.exams import ReadClock
from ..grader.records.exam import (
    ExamAttachment,
    ExamPlan,
    ExamSession,
    PlannedProblem,
    TimeCredit,
    elapsed,
)
from ..grader.services import Practice
from ..grader.submission import DEFAULT_POLICY, SubmissionPolicy
from ..grader.submission.submission import Submission
from ..problems import Dataset, Problem
from ..problems.workspace import make_workspace
from ..sandbox import ArtifactKind
from .running_exams import read_clock as read_machine
from .running_exams import read_running, write_running

if TYPE_CHECKING:
    from .admission import SubmitAdmission
    from .request import ExamRequest

logger = logging.getLogger(__name__)

_LEARNERS_DOING = (Misuse, Interrupted, LostByScript, FailedToRead, FailedAtFile)
"""Errors that give no time back: what a learner did, or what another file would not have met."""


@dataclass(frozen=True)
class ExamContext:
    """A place in a running exam: one category of one session, at one moment of its time."""

    session: ExamSession
    category: PlannedProblem

    def attachment(self, graded: Graded) -> ExamAttachment:
        """What makes a graded submission a part of this session, submitted at this moment."""
        return make_attachment(graded, self.session, self.session.clock.spent, automatic=False)


NONE_RUNS: Final = "No exam is running. `tfprep exam start` begins one."


@dataclass(frozen=True)
class CheckAdmission(Practice):
    """Admits what `tfprep check` was given while an exam runs: no problem of that exam."""

    service: ExamService

    def admit(self, dataset: Dataset) -> None:
        """As `ExamService.admit`, outside of the exam's folder."""
        self.service.admit(None, self.learner, dataset)


class ExamService:
    """The exams of one home, by its ledger and the machine's clocks.

    Every method raises LedgerUnavailable where the ledger fails.

    Args:
        ledger: an open ledger. It may be shared by several machines.
        home: the folder with the file that names the exams running on this machine.
        read_clock: reads the machine's clocks; None for the function of this name.
    """

    def __init__(self, ledger: Ledger, home: Path, read_clock: ReadClock | None = None) -> None:
        self._ledger = ledger
        self._exams = ledger.exams
        self._home = home
        self._read_clock = read_clock or partial(read_machine, home)

    def start(self, request: ExamRequest) -> ExamSession:
        """Make the exam's folder with a workspace for each category, then start the clock.

        Returns:
            The session, its clock running.

        Raises:
            ExamError: the folder exists, or the learner has a running exam.
            BadWorkspace: a workspace cannot be made.
        """
        for session in self._exams.running():
            if session.learner == request.learner:
                raise ExamError(
                    f"{request.learner} has a running exam already, in {session.plan.folder}. "
                    "`tfprep exam finish` ends it."
                )
        folder = request.folder.absolute()
        limits = request.limits or (DEFAULT_POLICY,) * len(request.datasets)
        categories = tuple(map(_category, request.datasets, request.weights, limits))
        plan = ExamPlan(
            folder, categories, request.practice, request.config, request.mentor, request.begun_by
        )
        with _new_folder(folder):
            for dataset in request.datasets:
                make_workspace(folder / dataset.problem.folder.name, dataset, hints=False)
            session = self._exams.start(request.learner, plan, request.allowed, self._read_clock)
        logger.info("exam %d started: %s", session.number, ", ".join(each.problem for each in categories))
        self._note(session)
        return session

    def current(self, learner: str) -> ExamSession:
        """The learner's running exam, its clock brought up to now; without one, their last exam.

        Raises:
            ExamError: there is none.
        """
        session = self._exams.last(learner)
        return self._tick(session) if session.running else session

    def pause(self, learner: str) -> ExamSession:
        """Stop the clock of the learner's running exam.

        Raises:
            ExamError: no exam is running, or it was not started with --practice.
        """
        return self._noted(self._exams.pause(self._pausable(learner).number, self._read_clock))

    def resume(self, learner: str) -> ExamSession:
        """Let the clock run again. Raises ExamError as `pause`."""
        return self._noted(self._exams.resume(self._pausable(learner).number, self._read_clock))

    def context_of(self, places: Sequence[Path]) -> ExamContext | None:
        """The first running exam in whose workspaces one of the places lies; None outside of any.

        Raises:
            ExamError: its time is up, or its clock is paused.
        """
        for session in self._exams.running():
            found = [category for place in places if (category := session.category_at(place))]
            if not found:
                continue
            now = self._tick(session)
            if now.clock.over:
                raise ExamError("Time is up: nothing can be added. `tfprep exam result` shows the result.")
            if now.clock.paused:
                raise ExamError("The exam is paused. `tfprep exam resume` lets its clock run again.")
            return ExamContext(now, found[0])
        return None

    def admission(
        self, places: Sequence[Path], learner: str, tell: Tell, own_settings: Sequence[str] = ()
    ) -> SubmitAdmission:
        """The conditions on which a submission at these places is graded.

        Args:
            places: the submission's path and the current folder.
            learner: whose submission it is outside of an exam.
            tell: gets a sentence where the exam in this folder has ended, and where time is given back.
            own_settings: what the learner chose about the sandbox or the ledger, by name.

        Raises:
            ExamError: as `context_of`.
        """
        from .admission import SubmitAdmission  # `check` has no use for it

        context = self.context_of(places)
        if context is None and self.has_ended(places, learner):
            tell("The exam in this folder has ended: this is practice, and does not count for it.")
        who = learner if context is None else context.session.learner
        return SubmitAdmission(self, context, who, tell, own_settings)

    def check_admission(self, places: Sequence[Path], learner: str) -> CheckAdmission:
        """The conditions on which a model is checked. Raises ExamError where it lies in an exam's folder."""
        if self.context_of(places) is not None:
            raise ExamError("In an exam there is only `tfprep submit`, as often as you like.")
        return CheckAdmission(learner, self)

    def admit(self, context: ExamContext | None, learner: str, dataset: Dataset) -> None:
        """Let a submission on this data pass where it is allowed.

        Args:
            context: the exam and the folder in it that the submission comes from; None outside of exams.
            learner: whose running exams forbid a submission from outside.
            dataset: what it would be graded on.

        Raises:
            ExamError: outside of the exam's folder, for a problem of a running exam: its full report would
                show more than the exam does. Inside, for another problem or other data.
        """
        problem = dataset.problem.id
        if context is None:
            for session in self._of_home(learner):
                if session.asks(problem):
                    raise ExamError(
                        f"An exam with this problem is running: submit inside {session.plan.folder}, "
                        "or end the exam first with `tfprep exam finish`."
                    )
        elif (context.category.problem, context.category.data) != (problem, dataset.fingerprint):
            raise ExamError(
                f"This folder is the exam's for {context.category.problem}, on the data the exam began with. "
                "Leave out --problem and --data."
            )

    def refuse_hints(self, places: Sequence[Path], learner: str, problem: Problem) -> None:
        """Let a hint for this problem be shown where no exam forbids it.

        Raises:
            ExamError: in an exam's folder, and for a problem of a running exam.
        """
        if self.context_of(places) is not None or any(
            session.asks(problem.id) for session in self._of_home(learner)
        ):
            raise ExamError("In an exam there are no hints. `tfprep exam status` shows the time left.")

    def has_ended(self, places: Sequence[Path], learner: str) -> bool:
        """Whether one of the places lies in the learner's last exam, and that has ended."""
        try:
            session = self._exams.last(learner)
        except ExamError:
            return False
        return not session.running and any(session.category_at(place) for place in places)

    @contextmanager
    def returning_lost_time(
        self, context: ExamContext | None, tell: Tell, own_settings: Sequence[str] = ()
    ) -> Iterator[None]:
        """Give back the time that passed in this block, if an error of ours ends it. The error goes on.

        Args:
            context: the exam whose time it is; None outside of exams.
            tell: gets a sentence on what was given back, or why nothing was.
            own_settings: what the learner chose about sandbox or ledger, by name: their failures are theirs.
        """
        before = self._read_clock()
        try:
            yield
        except Exception as error:
            is_ours = context is not None and not isinstance(error, _LEARNERS_DOING)
            if is_ours and own_settings and isinstance(error, OurFault) and not isinstance(error, WorkerLost):
                tell(f"No time is given back: {', '.join(own_settings)} is your own setting.")
            elif is_ours and context is not None:
                lost = elapsed(before, self._read_clock())
                why = str(getattr(error, "what", "")) or f"A fault in tfprep ({type(error).__name__})."
                tell(self._give_back(context.session, TimeCredit(round(lost.total_seconds(), 3), why)))
            raise

    def keep(self, session: ExamSession, submission: Submission) -> None:
        """Keep a model that is to be handed in.

        Raises:
            ExamError: it is a script, and the mentor takes trained models only.
            HomeUnavailable: it cannot be kept.
        """
        if not session.plan.mentor:
            return
        from .config import ExamConfig
        from .hand_in import keep_model

        config, _ = ExamConfig.verified(session.plan.config)
        if submission.kind is ArtifactKind.SCRIPT and not config.allow_scripts:
            raise ExamError(
                "Your mentor takes trained models only. Run the script, and submit the model that it saves."
            )
        try:
            keep_model(self._home, session.number, submission)
        except OSError as error:
            raise HomeUnavailable(f"The model cannot be kept for your mentor: {explained(error)}.") from error

    def _tick(self, session: ExamSession) -> ExamSession:
        return self._noted(self._exams.tick(session.number, self._read_clock))

    def _give_back(self, session: ExamSession, credit: TimeCredit) -> str:
        """Give time back, and say so in a sentence."""
        try:
            self._noted(self._exams.give_back(session.number, credit, self._read_clock))
        except (LedgerUnavailable, ExamError) as error:
            return f"This was our fault, but the lost time could not be given back: {error}"
        back = in_words(timedelta(seconds=credit.seconds))
        return f"This was our fault: {back} are given back to your exam."

    def _running(self, learner: str) -> ExamSession:
        session = self.current(learner)
        if not session.running:
            raise ExamError(NONE_RUNS)
        return session

    def _pausable(self, learner: str) -> ExamSession:
        session = self._running(learner)
        if not session.plan.practice:
            raise ExamError("This exam cannot be paused: that is chosen at the start, with --practice.")
        return session

    def _note(self, session: ExamSession) -> None:
        """Write its clock down here, unless its folder is on another machine. Raises HomeUnavailable."""
        if session.plan.folder.is_dir():
            others = [other for other in self._running_here() if other.number != session.number]
            write_running(self._home, [*others, session])

    def _noted(self, session: ExamSession) -> ExamSession:
        """The session, its clock written down. If that fails, the next command tries: the ledger has it."""
        try:
            self._note(session)
        except HomeUnavailable as error:
            logger.error("exam %d: %s", session.number, error)
        return session

    def _running_here(self) -> list[ExamSession]:
        numbers = read_running(self._home)
        return [session for session in self._exams.running() if session.number in numbers]

    def _of_home(self, learner: str) -> list[ExamSession]:
        """The running exams of this home, and the learner's wherever they began."""
        numbers = read_running(self._home)
        running = self._exams.running()
        return [each for each in running if each.number in numbers or each.learner == learner]


@contextmanager
def _new_folder(folder: Path) -> Iterator[None]:
    """A folder that was not there; it goes again where its exam does not start.

    Raises:
        ExamError: it exists: another command that starts an exam may have made it just now.
        HomeUnavailable: it cannot be made.
    """
    try:
        folder.mkdir(parents=True)
    except FileExistsError as error:
        raise ExamError(f"{folder} exists already. Choose another place with --into.") from error
    except OSError as error:
        raise HomeUnavailable(f"{folder} cannot be made: {explained(error)}.") from error
    try:
        yield
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _category(dataset: Dataset, weight: float, limits: SubmissionPolicy) -> PlannedProblem:
    problem = dataset.problem
    return PlannedProblem(
        problem.id,
        problem.folder.name,
        dataset.data_source,
        dataset.fingerprint,
        weight,
        limits.predict_seconds,
        limits.train_seconds,
    )


def policy_of(category: PlannedProblem) -> SubmissionPolicy:
    """How long a model or a script of this category may run."""
    return SubmissionPolicy(predict_seconds=category.predict_seconds, train_seconds=category.train_seconds)


def make_attachment(
    graded: Graded, session: ExamSession, at: timedelta, *, automatic: bool, saved: float | None = None
) -> ExamAttachment:
    """What makes a graded submission a part of a session, submitted when so much of its time was used."""
    fault = "" if graded.fault is None else graded.fault.value
    return ExamAttachment(session.number, at.total_seconds(), automatic, fault, saved)
