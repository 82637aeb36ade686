"""Grades the submissions of an exam, all in one sandbox."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from ..errors import DataUnavailable
from ..grader.grade import Graded, grade
from ..grader.records.exam import Category
from ..grader.services import Tell
from ..grader.submission.submission import Submission
from ..problems import DataStore, find
from ..sandbox import Sandbox

GradeInExam = Callable[[Submission, Category], Graded]
"""Grades one submission on the data of its category."""


@contextmanager
def grading_in_one_sandbox(
    store: DataStore, open_sandbox: Callable[[], AbstractContextManager[Sandbox]], tell: Tell
) -> Iterator[GradeInExam]:
    """A function that grades submissions of an exam, in a sandbox that is opened for the first of them.

    The function raises DataUnavailable where the data is not what the exam began with.
    """
    opened: list[Sandbox] = []
    with ExitStack() as stack:

        def grade_one(submission: Submission, category: Category) -> Graded:
            dataset = store.load(find(category.problem), category.data_source, tell)
            if dataset.fingerprint != category.data:
                raise DataUnavailable(
                    f"The data of {category.problem} is not what the exam began with.",
                    "Put it back from a backup.",
                )
            if not opened:
                opened.append(stack.enter_context(open_sandbox()))
            return grade(submission, dataset.final, opened[0], watch=tell)

        yield grade_one
