"""Grades what a class handed in of an exam, and signs a certificate for each result.

Models run in the sandbox, each once, on the whole half of the hidden examples that is the exam's; a learner's
score is that of the examples that they are asked.
"""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..classroom.rules import CohortRules
from ..classroom.signing import public_key
from ..errors import BadSubmission, NotGenuine, OurFault
from ..files.reading import NotRegular, TooLarge
from ..files.text import SENTENCE_LIMIT, Tell, one_line, say_nothing
from ..grader.grade import Graded, ScoringResult, score_predictions
from ..grader.parallel.worker_threads import (
    Fault,
    FaultKind,
    GradingExecutor,
    GradingJob,
    GradingOutcome,
    MakePool,
    executor_for,
    stopping,
)
from ..grader.records.cohort import Learner
from ..grader.submission.submission import read_submission
from ..problems import Dataset, DataStore, Split
from .certificate import CertifiedProblem
from .certifying import certify, fill_in
from .checks import Expected, OpenedHandIn
from .config import ExamProblem
from .exam_data import ExamData
from .hand_in_files import HandInFiles
from .measured import (
    Choices,
    Known,
    Measured,
    Spread,
    describe_spread,
    measure_spread,
    measured_by,
)
from .opening import OpenedHandIns, open_all, read_models
from .other_owner import names_of
from .outcome import ExamOutcome, GradedHandIn
from .variants import References, metric_of_each

logger = logging.getLogger(__name__)

_MAX_FAULTS: Final = 3
"""After so many faults of the sandbox in a row nothing more is run."""
_NEVER: Final = "Nothing was handed in."
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class _ScoredModel:
    """One model on the examples that its learner is asked."""

    result: CertifiedProblem
    remarks: tuple[str, ...] = ()
    by: str = ""
    """By which rules and data, as a digest."""
    at: datetime | None = None
    is_known: bool = False
    """It was measured an earlier time."""
    spread: Spread | None = None


class HandInGrader:
    """Grades the exams of one mentor.

    Args:
        rules: the cohort's, with their secret: whose data, and how long a model may run.
        store: holds the data, divided with the mentor's secret.
        private: signs rules and certificates, and opens hand-ins.
        learners: the roster.
        references: grade the problems' references, to say how far variants differ.
        tell: gets a sentence where data is fetched.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the whole setting of a grading
        self,
        rules: CohortRules,
        store: DataStore,
        private: bytes,
        learners: Sequence[Learner],
        references: References,
        tell: Tell = say_nothing,
    ) -> None:
        self._rules, self._private = rules, private
        self._data = ExamData(rules, store, tell)
        self._on_progress: OnProgress = lambda done, total: None
        self._known: Known = {}
        self._now = datetime.now(UTC)
        self._learners = {learner.id: learner for learner in learners}
        self._references = references
        self._values: dict[tuple[str, str], tuple[Dataset, NDArray[np.float64]]] = {}
        """By problem and hand-in: the exam's half, and the model's metric of each of its examples."""
        self._spreads: dict[str, list[Spread]] = {}
        """Of each problem, of every model that counts."""
        self._variants: dict[str, str] = {}
        """By problem: how far variants differ, by its reference."""

    def grade(
        self,
        found_files: HandInFiles,
        make_pool: MakePool,
        now: datetime,
        choices: Choices,
        on_progress: OnProgress = lambda done, total: None,
    ) -> ExamOutcome:
        """Grades every hand-in that was found.

        Args:
            found_files: the files; nothing in them is trusted.
            make_pool: makes the workers. It is not called where nothing must run.
            now: the calendar, in UTC.
            choices: whose hand-in counts whatever speaks against it, and what was measured before.
            on_progress: gets how many models have an outcome, and how many there are.

        Raises:
            SandboxUnavailable: no worker could be started.
        """
        self._on_progress, self._known, self._now = on_progress, choices.known, now
        names = names_of(self._learners.values())
        expected = Expected(frozenset(self._learners), public_key(self._private), now, choices.cohorts, names)
        opened = open_all(found_files, self._private, expected, choices)
        counting = [each for each in opened.hand_ins if not each.against]
        # First: while it takes its minutes, there is no result yet that could be lost.
        self._variants = self._references.describe(self._data.asked(counting, self._learners), make_pool)
        outcomes = self._run_all(opened, make_pool)
        graded = tuple(self._grade_hand_in(each, outcomes.get(each.digest)) for each in opened.hand_ins)
        good = {each.hand_in.learner for each in graded if each.certificate is not None}
        missing = tuple(learner for learner in self._learners if learner not in good)
        return ExamOutcome(
            graded,
            opened.refused,
            missing,
            (*self._variants.values(), *self._describe_spreads(graded)),
            tuple(found_files.others),
            opened.choices,
            opened.not_applied,
        )

    def _run_all(
        self, opened: OpenedHandIns, make_pool: MakePool
    ) -> dict[str, dict[str, _ScoredModel | Fault]]:
        """What came of each model, by the hand-in's digest and the problem's id."""
        counting = [each for each in opened.hand_ins if not each.against]
        for hand_in in counting:
            for problem in hand_in.config.problems:
                self._data.prepare(problem)
        outcomes: dict[str, dict[str, _ScoredModel | Fault]] = {each.digest: {} for each in counting}
        running: dict[Future[GradingOutcome], tuple[OpenedHandIn, ExamProblem]] = {}
        faults, total = 0, sum(len(each.config.problems) for each in counting)

        def collect(executor: GradingExecutor, most: int) -> None:
            nonlocal faults
            while len(running) > most:
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    hand_in, problem = running.pop(future)
                    outcome = future.result()
                    is_fault = isinstance(outcome, Fault) and outcome.kind is FaultKind.SANDBOX
                    faults = faults + 1 if is_fault else 0
                    outcomes[hand_in.digest][problem.problem] = (
                        outcome
                        if isinstance(outcome, Fault)
                        else self._score_safely(hand_in, problem, outcome)
                    )
                    self._on_progress(sum(map(len, outcomes.values())), total)

        with executor_for(lambda: make_pool(self._data.limits())) as executor, stopping(executor, running):
            for hand_in, problem, model in self._read_all(counting):
                job = model if isinstance(model, Fault) else self._job(hand_in, problem, model)
                if isinstance(job, GradingJob) and faults < _MAX_FAULTS:
                    running[executor.submit(job)] = hand_in, problem
                    collect(executor, executor.slots)
                elif isinstance(job, GradingJob):
                    why = "The sandbox failed several times in a row: nothing more was run. Run it again."
                    outcomes[hand_in.digest][problem.problem] = Fault(why)
                else:
                    outcomes[hand_in.digest][problem.problem] = job
            collect(executor, 0)
        return outcomes

    def _read_all(
        self, hand_ins: Iterable[OpenedHandIn]
    ) -> Iterator[tuple[OpenedHandIn, ExamProblem, bytes | Fault | None]]:
        """Each problem of each hand-in, with its model if there is one. One file is read at a time."""
        for hand_in in hand_ins:
            models: Mapping[str, bytes] | Fault
            try:
                models = read_models(hand_in, self._private)
            except (NotGenuine, NotRegular, TooLarge, OSError) as error:
                models = Fault(one_line(str(error), SENTENCE_LIMIT) or "It cannot be read any more.")
            for problem in hand_in.config.problems:
                yield hand_in, problem, models if isinstance(models, Fault) else models.get(problem.problem)

    def _job(
        self, hand_in: OpenedHandIn, problem: ExamProblem, model: bytes | None
    ) -> GradingJob | _ScoredModel | Fault:
        """What is to be run; or its outcome, where nothing was handed in or it cannot be read."""
        prepared = self._data.prepare(problem)
        if isinstance(prepared, str):
            return Fault(f"{problem.problem} cannot be graded on this machine: {prepared}")
        variant = self._data.variant(hand_in, problem, prepared.dataset)
        if variant.fingerprint != problem.hidden:
            return Fault(
                f"The data of {problem.problem} on this machine is not what this exam was packed with. Put "
                "back the data, the secret and the cohort.toml of that time."
            )
        before = self._measured_before(hand_in, problem, variant)
        if before is not None or model is None:
            return before or self._certify(hand_in, problem, variant, ScoringResult(reason=_NEVER), None)
        try:
            with tempfile.TemporaryDirectory(prefix="tfprep-exam-") as scratch:
                path = Path(scratch, "model")
                path.write_bytes(model)
                submission = read_submission(path, problem.problem, hand_in.learner)
        except (BadSubmission, OurFault, OSError) as error:
            return Fault(one_line(str(error), SENTENCE_LIMIT))
        except Exception as error:  # one file that we fail at must not end the others
            logger.exception("a model of %s could not be read", hand_in.who)
            return Fault(f"tfprep failed to read it: {type(error).__name__}.")
        return GradingJob(submission, prepared)

    def _certify(
        self,
        hand_in: OpenedHandIn,
        problem: ExamProblem,
        variant: Dataset,
        found: ScoringResult,
        graded: Graded | None,
    ) -> _ScoredModel:
        result, seen = certify(hand_in, problem, variant, found, graded)
        return _ScoredModel(result, seen, measured_by(hand_in, problem, variant, self._rules), self._now)

    def _measured_before(
        self, hand_in: OpenedHandIn, problem: ExamProblem, variant: Dataset
    ) -> _ScoredModel | None:
        stored = self._known.get(hand_in.identity, {}).get(problem.problem)
        before = None if stored is None else Measured.stored(stored)
        if before is None or before.by != measured_by(hand_in, problem, variant, self._rules):
            return None
        return _ScoredModel(
            before.result, before.remarks, before.by, before.at, is_known=True, spread=before.spread
        )

    def _score_safely(
        self, hand_in: OpenedHandIn, problem: ExamProblem, graded: Graded
    ) -> _ScoredModel | Fault:
        try:
            return self._score(hand_in, problem, graded)
        except Exception as error:  # one model that we fail at must not end the others
            logger.exception("a model of %s could not be scored", hand_in.who)
            return Fault(f"tfprep failed to score {problem.problem}: {type(error).__name__}.")

    def _score(self, hand_in: OpenedHandIn, problem: ExamProblem, graded: Graded) -> _ScoredModel | Fault:
        prepared = self._data.prepare(problem)
        if isinstance(prepared, str):
            return Fault(prepared)
        variant = self._data.variant(hand_in, problem, prepared.dataset)
        if graded.predictions is None or graded.card.score is None:
            return self._certify(hand_in, problem, variant, ScoringResult(reason=graded.card.reason), graded)
        labels = prepared.dataset.labels(Split.HIDDEN)
        values = metric_of_each(prepared.dataset, graded.predictions)
        self._values[problem.problem, hand_in.digest] = (prepared.dataset, values)
        chosen = self._data.chosen(hand_in, problem, prepared.dataset)
        found = score_predictions(graded.predictions[chosen], variant, labels.take(chosen), Split.HIDDEN)
        return self._certify(hand_in, problem, variant, found, graded)

    def _grade_hand_in(
        self, hand_in: OpenedHandIn, outcomes: Mapping[str, _ScoredModel | Fault] | None
    ) -> GradedHandIn:
        if outcomes is None:
            return GradedHandIn(hand_in)
        scored = [each for each in outcomes.values() if isinstance(each, _ScoredModel)]
        measured = [
            Measured(
                by=one.by,
                at=one.at or self._now,
                result=one.result,
                remarks=one.remarks,
                spread=one.spread or self._spread_of(hand_in, one.result.problem),
                variants=self._variants.get(one.result.problem, ""),
            )
            for one in scored
        ]
        for each in measured:
            self._spreads.setdefault(each.result.problem, []).extend([each.spread] if each.spread else [])
        graded = {each.result.problem: each.to_values() for each in measured}
        if faults := [each.why for each in outcomes.values() if isinstance(each, Fault)]:
            return GradedHandIn(hand_in, pending=tuple(dict.fromkeys(faults)), graded=graded)
        known_as = self._learners.get(hand_in.learner)
        certificate = fill_in(
            hand_in,
            hand_in.learner if known_as is None else known_as.shown,
            [each.result for each in scored],
            max(each.at for each in measured),
            tuple(self._data.overlaps(each.problem for each in hand_in.config.problems)),
        )
        seen = tuple(one for each in scored for one in each.remarks)
        known = all(each.is_known for each in scored)
        signed = certificate.signed(self._private)
        return GradedHandIn(hand_in, certificate, signed, seen=seen, graded=graded, known=known)

    def _spread_of(self, hand_in: OpenedHandIn, problem: str) -> Spread | None:
        pool, per_example = self._values.get((problem, hand_in.digest), (None, None))
        if pool is None or per_example is None:
            return None
        return measure_spread(pool, per_example, self._data.variants(problem))

    def _describe_spreads(self, graded: Iterable[GradedHandIn]) -> Iterator[str]:
        """How often a model of this class would have another score with somebody else's examples."""
        problems = {problem.problem: problem for each in graded for problem in each.hand_in.config.problems}
        for name, spreads in sorted(self._spreads.items()):
            prepared = self._data.prepare(problems[name])
            if spreads and not isinstance(prepared, str):
                yield describe_spread(prepared.dataset, spreads)
