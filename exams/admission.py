"""What `tfprep submit` is admitted as: a part of the exam around it, or practice."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from ..files.text import Tell
from ..grader.grade import Graded
from ..grader.records.exam import ExamAttachment, counted_submission
from ..grader.submission import DEFAULT_POLICY, SubmissionPolicy
from ..grader.submission.submission import Submission
from ..problems import Dataset, Split
from .learner_service import ExamContext, ExamService, policy_of


@dataclass(frozen=True)
class SubmitAdmission:
    """Admits what `tfprep submit` was given: as a part of the running exam around it, or as practice."""

    service: ExamService
    context: ExamContext | None
    """None outside of an exam's folder."""
    learner: str
    tell: Tell
    own_settings: Sequence[str] = ()
    """What the learner chose about the sandbox or the ledger, by name: no time is given back for that."""

    @property
    def split(self) -> Split:
        """In a mentor's exam the validation split: the hidden test set is the mentor's."""
        in_mentors = self.context is not None and self.context.session.plan.mentor
        return Split.VALIDATION if in_mentors else Split.HIDDEN

    @property
    def policy(self) -> SubmissionPolicy:
        """In a mentor's exam by the limits that the mentor signed."""
        return DEFAULT_POLICY if self.context is None else policy_of(self.context.category)

    def same_as(self, submission: Submission) -> int | None:
        """In an exam: the number of the submission that counts now, where it is this very model."""
        if self.context is None:
            return None
        entries = self.context.session.submissions_of(self.context.category.problem)
        counted = counted_submission(entries)
        if counted is None or counted.score is None or counted.digest != submission.digest:
            return None
        self.tell(
            f"This is the very model of submission {counted.number}, which counts: it was not graded again. "
            "The exam goes on."
        )
        return counted.number

    @property
    def told(self) -> str:
        """What an exam says of a submission that was recorded; empty outside of one."""
        if self.context is None:
            return ""
        if self.split is Split.VALIDATION:
            return (
                "It is kept for the exam. Its score is that on the validation data: what counts is your "
                "mentor's grading."
            )
        return "It counts for the exam. The full report opens when the exam has ended."

    @property
    def is_exam(self) -> bool:
        """Whether it counts for an exam."""
        return self.context is not None

    def admit(self, dataset: Dataset) -> None:
        """As `ExamService.admit`."""
        self.service.admit(self.context, self.learner, dataset)

    def attachments(self, graded: Graded) -> tuple[ExamAttachment, ...]:
        """In an exam: what makes the submission a part of it. For a mentor's, the model is kept."""
        if self.context is None:
            return ()
        self.service.keep(self.context.session, graded.submission)
        return (self.context.attachment(graded),)

    def returning_lost_time(self) -> AbstractContextManager[None]:
        """As `ExamService.returning_lost_time`."""
        return self.service.returning_lost_time(self.context, self.tell, self.own_settings)
