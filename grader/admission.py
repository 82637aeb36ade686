"""On which conditions submissions are taken: as practice (`services.py`), in exams (`exams/admission.py`)."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from ..problems import Dataset, Split
from .grade import Graded
from .records import Attachment
from .submission import SubmissionPolicy
from .submission.submission import Submission


class Admission(Protocol):
    """On which conditions submissions are taken: as practice, or as a part of an exam."""

    @property
    def learner(self) -> str:
        """Whose submission it is."""

    @property
    def is_exam(self) -> bool:
        """Whether whatever is handed in is graded: an exam asks nothing."""

    @property
    def split(self) -> Split:
        """Which part of the data it is graded on."""

    @property
    def policy(self) -> SubmissionPolicy:
        """How long it may run."""

    def same_as(self, submission: Submission) -> int | None:
        """In an exam: the number of the submission that counts, where this is the same; `tell` says so."""

    def admit(self, dataset: Dataset) -> None:
        """Raise ExamError where a submission on this data may not be graded now."""

    def attachments(self, graded: Graded) -> Sequence[Attachment]:
        """What the ledger is to keep with the submission, in one transaction."""

    def returning_lost_time(self) -> AbstractContextManager[None]:
        """A context that gives exam time back if an error of ours ends it; the error goes on."""
