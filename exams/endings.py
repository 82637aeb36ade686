"""How an exam ends: finished, because time is up, or abandoned; and what is handed in of a mentor's."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from math import inf
from pathlib import Path

from ..errors import (
    BadSubmission,
    ExamError,
    FailedAtFile,
    HomeUnavailable,
    Interrupted,
    LedgerUnavailable,
    SandboxUnavailable,
    TfprepError,
)
from ..files.atomic import write_whole
from ..files.text import Tell
from ..grader.ledger import Ledger
from ..grader.ledger.exams import ReadClock
from ..grader.records.exam import ExamEnding, ExamSession, PlannedProblem
from ..grader.submission.candidates import TimeOf, modified_or_changed
from ..grader.submission.submission import last_saved, read_submission
from .grading import GradeInExam
from .learner_service import ExamService, make_attachment
from .running_exams import cannot_end, write_running

logger = logging.getLogger(__name__)

_TRY_AGAIN = (LedgerUnavailable, HomeUnavailable, SandboxUnavailable, Interrupted, OSError)
"""Errors after which an exam whose time is up waits for the next command. Any other leaves a model out."""
_ROUNDING = 1.0
"""Seconds by which a file may be younger than the end of the exam: file systems round."""


class ExamEndings(ExamService):
    """The exams of one home, also as they end.

    Args:
        ledger, home, read_clock: as `ExamService`.
        time_of: says when a file was saved.
    """

    def __init__(
        self,
        ledger: Ledger,
        home: Path,
        read_clock: ReadClock | None = None,
        time_of: TimeOf = modified_or_changed,
    ) -> None:
        super().__init__(ledger, home, read_clock)
        self._time_of = time_of

    def finish(self, learner: str) -> ExamSession:
        """End the learner's exam now, with what was submitted.

        Where its time is up and nobody can take models from its folder any more, it ends with what was
        submitted too.

        Returns:
            The session with its result, or for the mentor to grade.

        Raises:
            ExamError: no exam is running, or its time is up: `end_if_over` ends it then.
        """
        session = self._running(learner)
        if not session.clock.over:
            return self._end(session, ExamEnding.FINISHED)
        if session.plan.folder.is_dir():
            raise ExamError("Time is up: the next command ends the exam, as soon as models can be run.")
        return self._end(session, ExamEnding.TIME_UP, (self._no_folder(session),))

    def abandon(self, learner: str) -> ExamSession:
        """End the learner's exam with what the ledger holds of it, whatever else is broken.

        One that has ended stays as it is: its time may have been up.

        Raises:
            ExamError: they have taken none.
        """
        session = self._exams.last(learner)
        if not session.running:
            return session
        return self._end(self._exams.tick(session.number, self._read_clock), ExamEnding.ABANDONED)

    def ended(self, learner: str, number: int | None = None) -> ExamSession:
        """The exam with this number, or the learner's newest, whose result may be seen.

        Raises:
            ExamError: there is none, or it is running.
        """
        session = self._exams.last(learner) if number is None else self._exams.read(number)
        if session.running:
            raise ExamError("This exam is still running: its result opens when it has ended.")
        return session

    def overdue(self) -> tuple[ExamSession, ...]:
        """The exams that were started in this home and whose time is up."""
        ticked = [self._exams.tick(session.number, self._read_clock) for session in self._running_here()]
        return tuple(session for session in ticked if session.clock.over)

    def end_overdue(self, grade_in_exam: GradeInExam, tell: Tell) -> None:
        """End every exam whose time is up. One that cannot be ended now stays for the next command.

        Args:
            grade_in_exam: grades one submission on the data of its category.
            tell: gets a sentence where an exam ends, has ended, or cannot be ended yet and why.

        Raises:
            LedgerUnavailable: the exams cannot be read.
        """
        for session in self.overdue():
            tell(f"Time is up in exam {session.number}: the last model in each folder counts as submitted.")
            try:
                with suppress(ExamError):  # another command was quicker
                    self.end_if_over(session, grade_in_exam)
            except (TfprepError, OSError) as error:
                tell(cannot_end(error))
                continue
            then = "`tfprep exam hand-in` makes the file for your mentor"
            if not session.plan.mentor:
                then = f"`tfprep exam result {session.number}` shows it"
            tell(f"Exam {session.number} has ended; {then}.")

    def end_if_over(self, session: ExamSession, grade_in_exam: GradeInExam) -> ExamSession:
        """End an exam whose time is up: the last model saved in time in each folder counts as submitted.

        The exam ends when every model is graded and recorded. If no model can be run now, what is left is
        graded next time. A model that cannot be graded for another reason is left out, and the result says
        why: broken data or a lost key does not keep an exam from ending.

        Args:
            session: the exam, its clock run down.
            grade_in_exam: grades one submission on the data of its category.

        Returns:
            The session, ended.

        Raises:
            ExamError: another command has ended it.
            LedgerUnavailable, HomeUnavailable, SandboxUnavailable, OSError: nothing more can be done now.
        """
        until = session.clock.end(self._read_clock().when).timestamp() + _ROUNDING
        left_out = [] if session.plan.folder.is_dir() else [self._no_folder(session)]
        for category in session.plan.categories:
            found = last_saved(session.plan.folder / category.folder, until, self._time_of)
            if found is None:
                left_out += self._too_young(session, category)
                continue
            try:
                self._take(session, category, *found, grade_in_exam)
            except BadSubmission:  # what cannot be read was not submitted
                continue
            except Exception as error:
                if isinstance(error, _TRY_AGAIN) and not isinstance(error, FailedAtFile):
                    raise
                # Next time it would be the same, and the exam never end.
                logger.error("a model of exam %d is left out", session.number, exc_info=error)
                left_out.append(f"{category.folder}: the saved model could not be taken. {error}")
        now = self._exams.tick(session.number, self._read_clock)
        return self._end(now, ExamEnding.TIME_UP, left_out)

    def to_hand_in(self, learner: str) -> ExamSession:
        """The learner's exam that is handed in: the newest of a mentor, its clock brought up to now.

        Raises:
            ExamError: there is none.
        """
        session = self._exams.last(learner, of_mentor=True)
        return self._tick(session) if session.running else session

    def hand_in(self, session: ExamSession) -> tuple[str, bytes, tuple[str, ...]]:
        """What the learner gives the mentor of an exam that has ended.

        Returns:
            A file's name, its bytes, and a sentence for each submitted model that is not in it.

        Raises:
            ExamError: it is no mentor's exam, or it is running.
            HomeUnavailable: the home cannot note that it was made.
            BadKey: the home's key is damaged.
        """
        if not session.plan.mentor:
            raise ExamError(
                "This exam is your own: there is nothing to hand in. `tfprep exam result` shows it."
            )
        from ..classroom.signing import read_or_make_key
        from .config import ExamConfig
        from .hand_in import file_name, make_hand_in

        config, _ = ExamConfig.verified(session.plan.config)
        earlier = 0
        for other in self._exams.ended(session.learner):
            if other.number < session.number and other.plan.mentor:
                earlier += ExamConfig.verified(other.plan.config)[0].exam == config.exam
        content, left_out = make_hand_in(
            session, earlier, self._home, read_or_make_key(self._home), self._read_clock()
        )
        return file_name(config), content, left_out

    def write_hand_in(self, session: ExamSession, folder: Path) -> tuple[Path, tuple[str, ...]]:
        """Writes what `hand_in` makes into a folder, which is made where it is missing.

        Returns:
            The file, and a sentence for each submitted model that is not in it.

        Raises:
            ExamError, HomeUnavailable, BadKey: as `hand_in`.
            OSError: the file cannot be written.
        """
        name, content, left_out = self.hand_in(session)
        folder.mkdir(parents=True, exist_ok=True)
        return write_whole(folder / name, content), left_out

    def unsubmitted(self, session: ExamSession) -> tuple[Path, ...]:
        """Saved models in the exam's folder that differ from the category's last submission."""
        saved = [
            (category, last_saved(session.plan.folder / category.folder, inf))
            for category in session.plan.categories
        ]
        return tuple(
            found[0]
            for category, found in saved
            if found is not None and _is_new(found[0], category, session)
        )

    def _take(
        self,
        session: ExamSession,
        category: PlannedProblem,
        path: Path,
        saved: float,
        grade_in_exam: GradeInExam,
    ) -> None:
        """Submit what lies in a folder, unless it was submitted."""
        submission = read_submission(path, category.problem, session.learner)
        if submission.digest == _last_digest(session, category):
            return
        self.keep(session, submission)
        graded = grade_in_exam(submission, category)
        used = session.clock.allowed
        self._ledger.record(graded, make_attachment(graded, session, used, automatic=True, saved=saved))

    def _too_young(self, session: ExamSession, category: PlannedProblem) -> Sequence[str]:
        """A sentence where a model was saved after the end, of a category in which nothing was submitted."""
        found = last_saved(session.plan.folder / category.folder, inf, self._time_of)
        if found is None or session.submissions_of(category.problem):
            return ()
        return (f"{category.folder}: {found[0].name} was changed after the time was up. It was not taken.",)

    @staticmethod
    def _no_folder(session: ExamSession) -> str:
        return f"The folder {session.plan.folder} is not there any more: only what was submitted counts."

    def _end(self, session: ExamSession, ending: ExamEnding, left_out: Sequence[str] = ()) -> ExamSession:
        def result_of(now: ExamSession) -> tuple[str, datetime]:
            when = self._read_clock().when
            # Its time may have been up long ago, also where it is abandoned.
            ended = max(min(when, now.clock.end(when)), now.started)  # whatever a machine's clocks say
            return self._result(now, ending, ended, left_out), ended

        done = self._exams.end(session.number, ending, result_of)
        try:
            write_running(self._home, [each for each in self._running_here() if each.number != done.number])
        except HomeUnavailable as error:  # what has ended in the ledger has ended
            logger.error("exam %d: %s", done.number, error)
        logger.info("exam %d ended: %s", done.number, ending.value)
        return done

    def _result(
        self, session: ExamSession, ending: ExamEnding, ended: datetime, left_out: Sequence[str]
    ) -> str:
        if session.plan.mentor:
            return json.dumps({"left_out": list(left_out)})
        from .result import compute

        result = compute(session, self._exams.records(session.number), ending, ended, left_out)
        return json.dumps(result.to_values())


def _is_new(path: Path, category: PlannedProblem, session: ExamSession) -> bool:
    """Whether a model is not the category's last submission."""
    try:
        return read_submission(path, category.problem, session.learner).digest != _last_digest(
            session, category
        )
    except FailedAtFile:
        return True


def _last_digest(session: ExamSession, category: PlannedProblem) -> str | None:
    submissions = session.submissions_of(category.problem)
    return submissions[-1].digest if submissions else None
