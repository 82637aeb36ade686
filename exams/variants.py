"""How far the variants of an exam differ: each problem's reference, graded on what every learner is asked.

The reference is trained in the sandbox, once for a problem's data on this machine. The home keeps its metric
of each example of the exam's half.
"""

from __future__ import annotations

import hashlib
import io
import logging
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..files.atomic import write_whole
from ..files.text import SENTENCE_LIMIT, Tell, counted, listed, one_line
from ..grader.grade import Graded
from ..grader.parallel.prepared_problem import PreparedProblem
from ..grader.parallel.worker_threads import Fault, GradingJob, MakePool, executor_for, stopping
from ..grader.scoring.interval import confidence_interval
from ..grader.scoring.score import earned_score, matching_output
from ..grader.scoring.specification import ScoringSpec
from ..grader.submission import DEFAULT_POLICY
from ..grader.submission.submission import read_submission
from ..problems import Dataset, Split
from ..problems.scripts import script_of

logger = logging.getLogger(__name__)

REFERENCE: Final = "reference"
Values = NDArray[np.float64]
"""(n,) the reference's metric of each example of an exam's half."""
Variant = NDArray[np.intp]
"""(m,) the places in the exam's half of what one learner is asked."""


@dataclass(frozen=True)
class AskedProblem:
    """A problem of an exam: its half of the hidden examples, and what each learner is asked of it."""

    prepared: PreparedProblem
    variants: Sequence[Variant]

    @property
    def differs(self) -> bool:
        """Whether two learners are asked other examples."""
        return len({tuple(sorted(each.tolist())) for each in self.variants}) > 1


@dataclass(frozen=True)
class References:
    """The problems' references, and what is known of them.

    Args:
        folder: of the home: what was measured is kept there.
        tell: gets a sentence before something is trained.
    """

    folder: Path
    tell: Tell

    def describe(self, asked: Mapping[str, AskedProblem], make_pool: MakePool) -> dict[str, str]:
        """A sentence for each problem: how far the reference's metric and score move between the variants.

        Whatever goes wrong, a person's Ctrl-C too, only costs the sentence.

        Args:
            asked: by the problem's id.
            make_pool: makes the workers; it is called where a reference must be trained.
        """
        unknown = {name: each for name, each in asked.items() if each.differs and self._read(each) is None}
        failed = self._train(unknown, make_pool) if unknown else {}
        told = {}
        for name, each in asked.items():
            values = self._read(each) if each.differs else None
            if not each.differs:
                count = each.prepared.dataset.counts.hidden
                told[name] = f"{name}: everybody is asked the same {count:,} examples."
            elif values is None:
                told[name] = (
                    f"{name}: how far learners' examples differ is not known, for the reference was not "
                    f"graded. {failed.get(name, '')} The next `tfprep exam grade` tries again."
                )
            else:
                told[name] = describe_variants(each.prepared.dataset, values, each.variants)
        return told

    def _train(self, unknown: Mapping[str, AskedProblem], make_pool: MakePool) -> dict[str, str]:
        """Grades the references of these problems, and returns why one could not be."""
        self.tell(
            f"To say how far learners' examples differ, the reference of {listed(sorted(unknown), 20)} is "
            "trained, once on this machine: a minute or two for each. Ctrl-C leaves it out."
        )
        failed: dict[str, str] = {}
        try:
            jobs = {name: reference_job(each.prepared) for name, each in unknown.items()}
            policy = DEFAULT_POLICY
            limits = [policy.training(job.prepared.dataset.problem) for job in jobs.values()]
            largest = max(limits, key=lambda each: each.memory_bytes + each.disk_bytes)
            with executor_for(lambda: make_pool(largest)) as executor:
                running = {executor.submit(job): name for name, job in jobs.items()}
                with stopping(executor, running):
                    for future, name in running.items():
                        failed[name] = self._take(jobs[name].prepared.dataset, future.result())
        except KeyboardInterrupt:
            return dict.fromkeys(unknown, "A person stopped it.") | failed
        except Exception as error:  # nobody's result depends on it
            logger.exception("the reference could not be graded")
            return dict.fromkeys(unknown, one_line(str(error), SENTENCE_LIMIT)) | failed
        return failed

    def _take(self, pool: Dataset, outcome: Graded | Fault) -> str:
        """Keeps what was measured, or says why nothing was."""
        if isinstance(outcome, Fault):
            return outcome.why
        if outcome.predictions is None:
            return outcome.card.reason
        content = io.BytesIO()
        np.save(content, metric_of_each(pool, outcome.predictions), allow_pickle=False)
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(self._file(pool), content.getvalue())
        return ""

    def _read(self, asked: AskedProblem) -> Values | None:
        pool = asked.prepared.dataset
        try:
            values = np.load(self._file(pool), allow_pickle=False)
        except (OSError, ValueError, EOFError):
            return None
        whole = values.shape == (pool.counts.hidden,) and values.dtype == np.float64
        return values if whole else None

    def _file(self, pool: Dataset) -> Path:
        """Named by all that what it holds depends on: own bands are not part of it."""
        usual = ScoringSpec.of(replace(pool, chosen_bands=())).digest
        made_from = [script_of(pool.problem, REFERENCE), pool.fingerprint, usual]
        return self.folder / f"{hashlib.sha256(chr(0).join(made_from).encode()).hexdigest()[:32]}.npy"


def reference_job(prepared: PreparedProblem) -> GradingJob:
    """Trains a problem's reference on the public data and asks its model the hidden inputs."""
    problem = prepared.dataset.problem
    with tempfile.TemporaryDirectory(prefix="tfprep-reference-") as scratch:
        path = Path(scratch, f"{REFERENCE}.py")
        path.write_text(script_of(problem, REFERENCE), "utf-8")
        submission = read_submission(path, problem.id, REFERENCE)
    return GradingJob(submission, replace(prepared, policy=DEFAULT_POLICY))


def metric_of_each(pool: Dataset, predictions: NDArray[Any]) -> Values:
    """(n,) the metric of each hidden example of the pool, by what a model predicts for all of them."""
    labels = pool.labels(Split.HIDDEN).values
    output = matching_output(predictions, len(labels), pool.outputs)
    return np.asarray(pool.problem.metric.per_example(output.read(predictions), labels), np.float64)


def describe_variants(pool: Dataset, values: Values, variants: Sequence[Variant]) -> str:
    """How far the reference's metric and score move from variant to variant, in sentences.

    Args:
        pool: the half of the hidden examples that is the exam's, under the exam's bands.
        values: the reference's metric of each of its examples.
        variants: for each learner the places of the examples that they are asked.
    """
    metric, labels = pool.problem.metric, pool.labels(Split.HIDDEN)
    interval = confidence_interval(values, labels.groups, is_share=metric.is_share)
    each = np.array([values[chosen].mean() for chosen in variants])
    usual = earned_score(pool.bands, float(values.mean()))
    moved = sum(earned_score(pool.bands, float(value)) != usual for value in each)
    unit = f" {metric.unit}" if metric.unit else ""
    on_all = "with all of them" if not moved else f"with {len(each) - moved:,}, another score with {moved:,}"
    return (
        f"{pool.problem.id}: the reference was graded on all {counted(len(each), 'variant')}. Its "
        f"{metric.name} is {each.min():.4g} to {each.max():.4g}{unit}, with a standard deviation of "
        f"{each.std():.2g}; on all {len(values):,} examples of the exam {values.mean():.4g} (95% interval "
        f"{interval.low:.4g} to {interval.high:.4g}). It scores {usual} of 5 {on_all}."
    )
