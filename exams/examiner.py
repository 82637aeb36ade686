"""Grades what a class handed in of an exam, and signs a certificate for each result.

Models run in the sandbox, each once, on the whole half of the hidden examples that is the exam's; a learner's
score is that of the examples that they are asked.
"""

from __future__ import annotations

import logging
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..classroom.cohort_data import load_whole
from ..classroom.exam_pool import for_exam, variant_of
from ..classroom.rules import CohortRules
from ..classroom.signing import public_key
from ..cohorts.batch.worker_threads import (
    Fault,
    FaultKind,
    GradingExecutor,
    GradingJob,
    GradingOutcome,
    WorkerPool,
    executor_for,
)
from ..cohorts.prepared_problem import PreparedProblem, prepare
from ..errors import BadSubmission, NotGenuine, OurFault, TfprepError
from ..files.reading import NotRegular, TooLarge
from ..files.text import SENTENCE_LIMIT, one_line
from ..grader.copies import CODES
from ..grader.grade import Graded, ScoringResult, score_predictions
from ..grader.records.cohort import Learner
from ..grader.scoring.card import Finding
from ..grader.scoring.score import matching_output
from ..grader.scoring.specification import ScoringSpec
from ..grader.submission import SubmissionPolicy
from ..grader.submission.submission import read_submission
from ..problems import Dataset, DataStore, Split, find
from ..sandbox import Limits
from .certificate import Certificate, CertifiedProblem
from .checks import Expected, OpenedHandIn
from .config import ExamProblem
from .examination import Examination, Examined
from .hand_in_files import FoundFiles
from .measured import Choices, Known, Measured, measured_by
from .opening import Opened, open_all, read_models
from .result import points_of, total_of
from .spread import describe_spread
from .timing import TO_PASS

logger = logging.getLogger(__name__)

_MAX_FAULTS: Final = 3
"""After so many faults of the sandbox in a row nothing more is run."""
_NEVER: Final = "Nothing was handed in."
MakePool = Callable[[Limits], WorkerPool]
Tell = Callable[[str], None]
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Scored:
    """One model on the examples that its learner is asked."""

    result: CertifiedProblem
    remarks: tuple[str, ...] = ()
    by: str = ""
    """By which rules and data, as a digest."""
    at: datetime | None = None
    is_known: bool = False
    """It was measured an earlier time."""


_Outcomes = Mapping[str, "_Scored | Fault"]
"""By the problem's id."""


class Examiner:
    """Grades the exams of one mentor.

    Args:
        rules: the cohort's, with their secret: whose data, and how long a model may run.
        store: holds the data, divided with the mentor's secret.
        private: signs rules and certificates, and opens hand-ins.
        learners: the roster.
        tell: gets a sentence where data is fetched.
    """

    def __init__(
        self,
        rules: CohortRules,
        store: DataStore,
        private: bytes,
        learners: Sequence[Learner],
        tell: Tell = lambda line: None,
    ) -> None:
        self._rules, self._store, self._private, self._tell = rules, store, private, tell
        self._on_progress: OnProgress = lambda done, total: None
        self._known: Known = {}
        self._now = datetime.now(UTC)
        self._learners = {learner.id: learner for learner in learners}
        self._prepared: dict[str, PreparedProblem | str] = {}
        """Each problem, or why it cannot be graded."""
        self._values: dict[str, list[NDArray[np.float64]]] = defaultdict(list)
        """Of each model, the metric of each example of the exam's half."""
        self._variants: dict[str, dict[str, NDArray[np.intp]]] = defaultdict(dict)

    def examine(
        self,
        lying: FoundFiles,
        make_pool: MakePool,
        now: datetime,
        choices: Choices,
        on_progress: OnProgress = lambda done, total: None,
    ) -> Examination:
        """Grades every hand-in that was found.

        Args:
            lying: the files; nothing in them is trusted.
            make_pool: makes the workers. It is not called where nothing must run.
            now: the calendar, in UTC.
            choices: whose hand-in counts whatever speaks against it, and what was measured before.
            on_progress: gets how many models have an outcome, and how many there are.

        Raises:
            SandboxUnavailable: no worker could be started.
        """
        self._on_progress, self._known, self._now = on_progress, choices.known, now
        expected = Expected(frozenset(self._learners), public_key(self._private), now)
        opened = open_all(lying, self._private, expected, choices)
        outcomes = self._run_all(opened, make_pool)
        examined = tuple(self._examined(each, outcomes.get(each.digest)) for each in opened.hand_ins)
        good = {each.hand_in.learner for each in examined if each.certificate is not None}
        missing = tuple(learner for learner in self._learners if learner not in good)
        return Examination(
            examined,
            opened.refused,
            missing,
            tuple(self._spread(examined)),
            tuple(lying.others),
            opened.choices,
            opened.not_applied,
        )

    def _run_all(self, opened: Opened, make_pool: MakePool) -> dict[str, dict[str, _Scored | Fault]]:
        """What came of each model, by the hand-in's digest and the problem's id."""
        counting = [each for each in opened.hand_ins if not each.against]
        for hand_in in counting:
            for problem in hand_in.config.problems:
                self._prepare(problem)
        outcomes: dict[str, dict[str, _Scored | Fault]] = {each.digest: {} for each in counting}
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

        with executor_for(lambda: make_pool(self._limits())) as executor, _stopping(executor, running):
            for hand_in, problem, model in self._read_all(counting):
                job = model if isinstance(model, Fault) else self._job(hand_in, problem, model)
                if isinstance(job, GradingJob) and faults < _MAX_FAULTS:
                    running[executor.submit(job)] = hand_in, problem
                    collect(executor, executor.workers)
                elif isinstance(job, GradingJob):
                    why = "The sandbox failed several times in a row: nothing more was run. Run it again."
                    outcomes[hand_in.digest][problem.problem] = Fault(why)
                else:
                    outcomes[hand_in.digest][problem.problem] = job
            collect(executor, 0)
        return outcomes

    def _prepare(self, problem: ExamProblem) -> None:
        """Loads the half of the hidden examples that is the exam's."""
        if problem.problem in self._prepared:
            return
        try:
            pool = for_exam(
                load_whole(self._store, self._rules, problem.problem, self._tell), self._store.key_for
            )
            policy = _longest(self._rules.policy(problem.problem), problem)
            key = self._store.key_for(f"changed copies of an exam of {self._rules.name}")
            prepared = prepare(replace(pool, chosen_bands=problem.own_bands), key, policy)
            prepared.dataset.labels(Split.HIDDEN)  # kept from now on: no file is read while models run
        except (TfprepError, OSError) as error:
            logger.error("%s cannot be graded", problem.problem, exc_info=error)
            self._prepared[problem.problem] = one_line(str(error), SENTENCE_LIMIT)
        else:
            self._prepared[problem.problem] = prepared

    def _limits(self) -> Limits:
        """Memory and disk for every job to come."""
        limits = [
            each.policy.training(each.dataset.problem)
            if each.policy.allow_scripts
            else each.policy.answering(each.dataset.problem)
            for each in self._prepared.values()
            if isinstance(each, PreparedProblem)
        ]
        return max(limits, key=lambda each: each.memory_bytes + each.disk_bytes)

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
    ) -> GradingJob | _Scored | Fault:
        """What is to be run; or its outcome, where nothing was handed in or it cannot be read."""
        prepared = self._prepared[problem.problem]
        if isinstance(prepared, str):
            return Fault(f"{problem.problem} cannot be graded on this machine: {prepared}")
        variant = self._variant(hand_in, problem, prepared.dataset)
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

    def _measured_before(
        self, hand_in: OpenedHandIn, problem: ExamProblem, variant: Dataset
    ) -> _Scored | None:
        stored = self._known.get(hand_in.identity, {}).get(problem.problem)
        before = None if stored is None else Measured.stored(stored)
        if before is None or before.by != measured_by(hand_in, problem, variant, self._rules):
            return None
        return _Scored(before.result, before.remarks, before.by, before.at, is_known=True)

    def _variant(self, hand_in: OpenedHandIn, problem: ExamProblem, pool: Dataset) -> Dataset:
        """What one learner is asked, under the bands that were signed."""
        config, known = hand_in.config, self._variants[problem.problem]
        if hand_in.learner not in known:
            known[hand_in.learner] = variant_of(
                pool, config.exam, hand_in.learner, config.share, self._store.key_for
            )
        variant = pool.with_hidden_part(known[hand_in.learner])
        return replace(variant, chosen_bands=problem.own_bands)

    def _score_safely(self, hand_in: OpenedHandIn, problem: ExamProblem, graded: Graded) -> _Scored | Fault:
        try:
            return self._score(hand_in, problem, graded)
        except Exception as error:  # one model that we fail at must not end the others
            logger.exception("a model of %s could not be scored", hand_in.who)
            return Fault(f"tfprep failed to score {problem.problem}: {type(error).__name__}.")

    def _score(self, hand_in: OpenedHandIn, problem: ExamProblem, graded: Graded) -> _Scored | Fault:
        prepared = self._prepared[problem.problem]
        if isinstance(prepared, str):
            return Fault(prepared)
        variant = self._variant(hand_in, problem, prepared.dataset)
        if graded.predictions is None or graded.card.score is None:
            return self._certify(hand_in, problem, variant, ScoringResult(reason=graded.card.reason), graded)
        labels = prepared.dataset.labels(Split.HIDDEN)
        output = matching_output(graded.predictions, len(labels.values), variant.outputs)
        values = variant.problem.metric.per_example(output.read(graded.predictions), labels.values)
        self._values[problem.problem].append(values)
        chosen = self._variants[problem.problem][hand_in.learner]
        found = score_predictions(graded.predictions[chosen], variant, labels.take(chosen), Split.HIDDEN)
        return self._certify(hand_in, problem, variant, found, graded)

    def _certify(
        self,
        hand_in: OpenedHandIn,
        problem: ExamProblem,
        variant: Dataset,
        found: ScoringResult,
        graded: Graded | None,
    ) -> _Scored:
        weights = sum(each.weight for each in hand_in.config.problems)
        score = None if found.score is None else found.score.score
        points, possible = points_of(score, problem.weight, weights)
        prints = None if graded is None else graded.card.fingerprints
        taken = [each for each in hand_in.notes.models if each.problem == problem.problem]
        result = CertifiedProblem(
            problem=variant.problem.id,
            name=variant.problem.name,
            title=variant.problem.title,
            weight=problem.weight,
            score=score,
            points=points,
            possible=possible,
            reason=one_line(found.reason, 2_000),
            artifact="" if graded is None else graded.submission.digest,
            hidden=problem.hidden,
            examples=variant.counts.hidden,
            scoring=ScoringSpec.of(variant).digest,
            environment="" if prints is None else prints.environment,
            automatic=any(each.automatic for each in taken),
        )
        seen = (
            [] if graded is None else [_knows_hidden(result.problem, each) for each in graded.card.findings]
        )
        if result.scoring != problem.scoring:
            seen.append(
                f"{result.problem} was scored by another version of tfprep than the one that packed the exam "
                f"(digests {result.scoring[:12]}, {problem.scoring[:12]}). The bands are those of the pack."
            )
        by = measured_by(hand_in, problem, variant, self._rules)
        return _Scored(result, tuple(filter(None, seen)), by, self._now)

    def _examined(self, hand_in: OpenedHandIn, outcomes: Mapping[str, _Scored | Fault] | None) -> Examined:
        if outcomes is None:
            return Examined(hand_in)
        scored = [each for each in outcomes.values() if isinstance(each, _Scored)]
        measured = [
            Measured(by=one.by, at=one.at or self._now, result=one.result, remarks=one.remarks)
            for one in scored
        ]
        graded = {each.result.problem: each.to_values() for each in measured}
        if faults := [each.why for each in outcomes.values() if isinstance(each, Fault)]:
            return Examined(hand_in, pending=tuple(dict.fromkeys(faults)), graded=graded)
        results = tuple(sorted((each.result for each in scored), key=lambda each: each.problem))
        notes, total = hand_in.notes, min(100.0, total_of(results))
        certificate = Certificate(
            exam=hand_in.config.exam,
            cohort=hand_in.config.cohort,
            learner=hand_in.learner,
            name=self._learners[hand_in.learner].shown
            if hand_in.learner in self._learners
            else hand_in.learner,
            started=notes.started,
            ended=notes.ended,
            graded=max(each.at for each in measured),
            allowed_seconds=notes.allowed_seconds,
            spent_seconds=notes.spent_seconds,
            returned_seconds=sum(each.seconds for each in notes.returned),
            problems=results,
            total=total,
            passed=total >= TO_PASS,
            hand_in=hand_in.digest,
            remarks=hand_in.remarks,
        )
        seen = tuple(one for each in scored for one in each.remarks)
        known = all(each.is_known for each in scored)
        return Examined(hand_in, certificate, seen=seen, graded=graded, known=known)

    def _spread(self, examined: Iterable[Examined]) -> Iterator[str]:
        """How often a model of this class would have another score with somebody else's examples.

        Nothing where some were graded before: of these models, no predictions are here.
        """
        if any(each.known for each in examined):
            return
        for problem, models in sorted(self._values.items()):
            prepared, variants = self._prepared[problem], self._variants[problem]
            if (
                isinstance(prepared, str)
                or len({tuple(sorted(each.tolist())) for each in variants.values()}) < 2
            ):
                continue  # where there are few, everybody is asked all
            yield describe_spread(prepared.dataset, models, tuple(variants.values()))


@contextmanager
def _stopping(executor: GradingExecutor, running: Mapping[Future[GradingOutcome], object]) -> Iterator[None]:
    """Ends what runs where a person stops the command, or our code fails."""
    try:
        yield
    except BaseException:
        executor.stop(tuple(running))
        raise


def _longest(policy: SubmissionPolicy, problem: ExamProblem) -> SubmissionPolicy:
    """The cohort's limits today; never less than the pack gave."""
    given = problem.policy(allow_scripts=policy.allow_scripts)
    usual = find(problem.problem)
    return replace(
        policy,
        answer_seconds=max(each.answering(usual).seconds for each in (policy, given)),
        train_seconds=max(each.training(usual).seconds for each in (policy, given)),
    )


def _knows_hidden(problem: str, finding: Finding) -> str:
    """What tells that a model knows hidden examples; nothing of other findings."""
    if finding.code not in CODES:
        return ""
    return one_line(f"{problem}: {finding.what} {finding.evidence}", 1_000)
