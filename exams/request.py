"""What an exam is started from: problems that the learner chose, or a mentor's pack."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from ..files.text import Tell
from ..grader.ledger import Ledger
from ..grader.submission import SubmissionPolicy
from ..problems import Dataset, DataStore, Problem, all_problems, draw_exam, find
from .exam_pack import ExamPack


@dataclass(frozen=True)
class ExamRequest:
    """The exam that somebody wants to start."""

    learner: str
    folder: Path
    """The folder to make."""
    datasets: Sequence[Dataset]
    weights: Sequence[float]
    """One for each data set."""
    allowed: timedelta
    practice: bool = False
    """Whether the clock may be paused."""
    config: str = ""
    """The signed text of a mentor's rules; empty for an exam of the learner's own."""
    mentor: str = ""
    """The public key of the mentor who signed them, and who grades what is handed in."""
    begun_by: str = ""
    """Who begins it, as the home calls them."""
    limits: Sequence[SubmissionPolicy] = ()
    """One for each data set: how long a model may run; empty where the problems say it."""


def draw_problems(ledger: Ledger, learner: str, seed: int | None) -> tuple[int, tuple[Problem, ...]]:
    """A problem of each category: not the one that the learner tried last, where there are others.

    Args:
        ledger: holds what they tried.
        learner: whose exam it will be.
        seed: the same one draws the same again; None for a new one.

    Returns:
        The seed, and the problems in the exam's order.

    Raises:
        LedgerUnavailable: the database failed.
    """
    tried = [record.card.problem for record in ledger.history(learner=learner)]
    category_of = {problem.id: problem.category for problem in all_problems()}
    lately = {category_of[one]: one for one in tried if one in category_of}
    seed = secrets.randbelow(10_000) if seed is None else seed
    return seed, draw_exam(lately.values(), seed)


def load_problems(names: Sequence[str], data_source: str, store: DataStore, tell: Tell) -> list[Dataset]:
    """The data of these problems (numbers or names), in the order of their categories.

    Raises:
        UnknownProblem, BadData, DataUnavailable: a problem or its data cannot be had.
    """
    chosen = sorted({find(name) for name in names}, key=lambda problem: (problem.category, problem.number))
    return [store.load(problem, data_source, tell) for problem in chosen]


def own_exam(
    learner: str, folder: Path, datasets: Sequence[Dataset], minutes: float, *, practice: bool
) -> ExamRequest:
    """An exam on this data, with the problems' usual weights."""
    weights = [dataset.problem.weight for dataset in datasets]
    return ExamRequest(
        learner, folder, datasets, weights, timedelta(minutes=minutes), practice, begun_by=learner
    )


def packed_exam(pack: ExamPack, folder: Path, now: datetime, begun_by: str) -> ExamRequest:
    """The exam in a mentor's pack, for `begun_by`, as the home calls them.

    Raises:
        ExamError: outside of its window.
    """
    return ExamRequest(
        learner=pack.config.learner,
        folder=folder,
        datasets=pack.datasets,
        weights=[each.weight for each in pack.config.problems],
        allowed=pack.config.allowed(now),
        config=pack.text,
        mentor=pack.mentor,
        begun_by=begun_by,
        limits=[each.policy(allow_scripts=pack.config.allow_scripts) for each in pack.config.problems],
    )
