"""The hidden examples that an exam asks: of each problem its half, and what each learner gets of it."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ..classroom.cohort_data import load_whole
from ..classroom.exam_pool import for_exam, overlap_told, overlapping, variant_of
from ..classroom.rules import CohortRules
from ..errors import TfprepError
from ..files.text import SENTENCE_LIMIT, one_line
from ..grader.parallel.prepared_problem import PreparedProblem, prepare
from ..grader.submission import SubmissionPolicy
from ..problems import Dataset, DataStore, Split, find
from ..sandbox import Limits
from .checks import OpenedHandIn, Whose
from .config import BandOfProblem, ExamProblem
from .variants import AskedProblem

logger = logging.getLogger(__name__)

_Signed = tuple[str, tuple[BandOfProblem, ...], float | None, float | None]
"""What two exams of one cohort may have each in their own way: a problem's bands, and its limits."""


class ExamData:
    """The data of one cohort's exams, each problem's loaded once.

    Args:
        rules: the cohort's, with their secret: whose data, and how long a model may run.
        store: holds the data, divided with the mentor's secret.
        tell: gets a sentence where data is fetched.
    """

    def __init__(self, rules: CohortRules, store: DataStore, tell: Callable[[str], None]) -> None:
        self._rules, self._store, self._tell = rules, store, tell
        self._pools: dict[str, Dataset] = {}
        self._prepared: dict[_Signed, PreparedProblem | str] = {}
        self._overlapping: dict[str, int] = {}
        self._chosen: dict[str, dict[Whose, NDArray[np.intp]]] = defaultdict(dict)

    def prepare(self, problem: ExamProblem) -> PreparedProblem | str:
        """The half of the hidden examples that is the exam's, by these rules; or why it cannot be had."""
        signed = problem.problem, problem.bands, problem.predict_seconds, problem.train_seconds
        if signed not in self._prepared:
            try:
                self._prepared[signed] = self._load(problem)
            except (TfprepError, OSError) as error:
                logger.error("%s cannot be graded", problem.problem, exc_info=error)
                self._prepared[signed] = one_line(str(error), SENTENCE_LIMIT)
        return self._prepared[signed]

    def _pool(self, problem: str) -> Dataset:
        if problem not in self._pools:
            whole = load_whole(self._store, self._rules, problem, self._tell)
            self._pools[problem] = for_exam(whole, self._store.key_for)
            self._overlapping[problem] = overlapping(whole, self._store.key_for)
        return self._pools[problem]

    def _load(self, problem: ExamProblem) -> PreparedProblem:
        pool = self._pool(problem.problem)
        policy = longest(self._rules.policy(problem.problem), problem)
        key = self._store.key_for(f"changed copies of an exam of {self._rules.name}")
        prepared = prepare(replace(pool, chosen_bands=problem.own_bands), key, policy)
        prepared.dataset.labels(Split.HIDDEN)  # kept from now on: no file is read while models run
        return prepared

    def limits(self) -> Limits:
        """Memory and disk for every job to come."""
        limits = [
            each.policy.training(each.dataset.problem)
            if each.policy.allow_scripts
            else each.policy.predicting(each.dataset.problem)
            for each in self._prepared.values()
            if isinstance(each, PreparedProblem)
        ]
        return max(limits, key=lambda each: each.memory_bytes + each.disk_bytes)

    def chosen(self, hand_in: OpenedHandIn, problem: ExamProblem, pool: Dataset) -> NDArray[np.intp]:
        """The places in the exam's half of the examples that one learner is asked."""
        return self._draw(pool, (hand_in.config.exam, hand_in.learner), hand_in.config.share)

    def _draw(self, pool: Dataset, whose: Whose, share: float) -> NDArray[np.intp]:
        known = self._chosen[pool.problem.id]
        if whose not in known:
            known[whose] = variant_of(pool, *whose, share, self._store.key_for)
        return known[whose]

    def variant(self, hand_in: OpenedHandIn, problem: ExamProblem, pool: Dataset) -> Dataset:
        """What one learner is asked, under the bands that were signed."""
        asked = pool.with_hidden_part(self.chosen(hand_in, problem, pool))
        return replace(asked, chosen_bands=problem.own_bands)

    def variants(self, problem: str) -> tuple[NDArray[np.intp], ...]:
        """What each learner was asked so far of the problem with this id."""
        return tuple(self._chosen[problem].values())

    def asked(self, hand_ins: Iterable[OpenedHandIn], learners: Iterable[str]) -> dict[str, AskedProblem]:
        """What the exams of these hand-ins ask everybody: the learners with these ids, and who handed in."""
        prepared: dict[str, PreparedProblem] = {}
        exams = {}
        for hand_in in hand_ins:
            exams[hand_in.config.exam] = hand_in.config
            for problem in hand_in.config.problems:
                found = self.prepare(problem)
                if not isinstance(found, str):
                    prepared.setdefault(problem.problem, found)
                    self.chosen(hand_in, problem, found.dataset)
        people = tuple(learners)
        for config in exams.values():
            for asked in {each.problem for each in config.problems} & prepared.keys():
                for learner in people:
                    self._draw(prepared[asked].dataset, (config.exam, learner), config.share)
        return {name: AskedProblem(found, self.variants(name)) for name, found in sorted(prepared.items())}

    def overlaps(self, problems: Iterable[str]) -> Iterator[str]:
        """A sentence for each problem whose windows share time with the cohort's."""
        for problem in problems:
            if shared := self._overlapping.get(problem):
                yield overlap_told(problem, shared)


def longest(policy: SubmissionPolicy, problem: ExamProblem) -> SubmissionPolicy:
    """The cohort's limits today; never less than the pack gave."""
    given = problem.policy(allow_scripts=policy.allow_scripts)
    usual = find(problem.problem)
    return replace(
        policy,
        predict_seconds=max(each.predicting(usual).seconds for each in (policy, given)),
        train_seconds=max(each.training(usual).seconds for each in (policy, given)),
    )
