"""Grades the submissions of an exam, all in one sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from ..errors import BadData
from ..files.text import Tell
from ..grader.evaluation import make_evaluation_set
from ..grader.grade import Graded, grade
from ..grader.records.exam import PlannedProblem
from ..grader.submission.submission import Submission
from ..grader.watching import OneSandbox
from ..problems import DataStore, Split, find
from ..sandbox import Sandbox
from .learner_service import policy_of

GradeInExam = Callable[[Submission, PlannedProblem], Graded]
"""Grades one submission on the data of its category."""


@contextmanager
def grading_in_one_sandbox(
    open_store: Callable[[], DataStore],
    open_sandbox: Callable[[], AbstractContextManager[Sandbox]],
    tell: Tell,
) -> Iterator[GradeInExam]:
    """A function that grades submissions of an exam, in a sandbox that is opened for the first of them.

    The data store is opened when it is needed: without a model to grade, a lost key is no fault.

    The function raises BadData where the data is not what the exam began with.
    """
    with OneSandbox(open_sandbox) as sandbox:

        def grade_one(submission: Submission, category: PlannedProblem) -> Graded:
            dataset = open_store().load(find(category.problem), category.data_source, tell)
            if dataset.fingerprint != category.data:
                raise BadData(
                    f"The data of {category.problem} is not what the exam began with.",
                    "Put it back from a backup.",
                )
            # Of a mentor's exam the hidden test set is not here.
            data = (
                dataset.final if dataset.has(Split.HIDDEN) else make_evaluation_set(dataset, Split.VALIDATION)
            )
            with sandbox.open(submission) as opened:
                return grade(submission, data, opened, policy=policy_of(category), watch=tell)

        yield grade_one
