"""What was measured of a model that was handed in, as the ledger keeps it: no model is run for nothing.

And how far scores move with the examples that a learner is asked, by the class's own models.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from ..classroom.rules import CohortRules
from ..errors import NotGenuine
from ..files.text import counted
from ..grader.records.cohort import ExamTotal
from ..grader.scoring.score import earned_score
from ..grader.scoring.specification import ScoringSpec
from ..problems import Dataset
from .certificate import CertifiedProblem
from .checks import OpenedHandIn
from .config import Digest, ExamProblem, Moment, SignedValues, Text

Known = Mapping[str, Mapping[str, Any]]
"""By the hand-in's identity and the problem's id: what `Measured` wrote as plain values."""
Spread = tuple[int, int, float]
"""Of one model: with how many learners' examples it gets another score than on all examples of the exam's
half, of how many learners, and the standard deviation of its metric."""


@dataclass(frozen=True)
class Choices:
    """What else decides about hand-ins."""

    accepted: Collection[str] = ()
    """Files, or ids of learners whose only hand-in it is: they count whatever speaks against them."""
    results: Sequence[ExamTotal] = ()
    """What the ledger has of the same cohort."""
    cohorts: Sequence[str] = ()
    """What the cohort is called, here and in its rules: hand-ins of another one are refused."""
    known: Known = field(default_factory=dict)
    """What was measured before: it is not measured again while the model, the data, the rules and how they
    are scored are the same."""


class Measured(SignedValues):
    """One problem of one hand-in. The ledger keeps it; it is not signed by itself."""

    what: ClassVar = "exam's measurement"

    by: Digest
    """Of the model, the data, the rules, and how they are scored."""
    at: Moment
    result: CertifiedProblem
    remarks: tuple[Text, ...] = ()
    spread: Spread | None = None
    """None where everybody is asked the same examples, or an earlier version measured it."""
    variants: Text = ""
    """How far variants differ, as the last grading told it; empty of an earlier version."""

    @classmethod
    def stored(cls, values: Any) -> Measured | None:
        """What was stored; None where another version wrote it in another form."""
        try:
            return cls.read(json.dumps(values))
        except NotGenuine:
            return None


def measured_by(hand_in: OpenedHandIn, problem: ExamProblem, variant: Dataset, rules: CohortRules) -> str:
    """A digest of all that a problem's result depends on, beside the environment it is measured in.

    Args:
        hand_in: with the models' digests and the rules that were signed.
        problem: of these rules.
        variant: the data that the learner is asked.
        rules: the mentor's, by which a model runs.
    """
    values = [
        problem.model_dump(mode="json"),
        [each.weight for each in hand_in.config.problems],
        [each.digest for each in hand_in.notes.models if each.problem == problem.problem],
        variant.fingerprint,
        ScoringSpec.of(variant).digest,
        asdict(rules.policy(problem.problem)),
    ]
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def measure_spread(
    pool: Dataset, per_example: NDArray[np.float64], variants: Sequence[NDArray[np.intp]]
) -> Spread | None:
    """How far one model's score moves; None where every learner is asked the same examples.

    Args:
        pool: the half of the hidden examples that is the exam's.
        per_example: the model's metric of each example of the pool.
        variants: for each learner the indices of the examples that they are asked.
    """
    if len({tuple(sorted(each.tolist())) for each in variants}) < 2:
        return None
    values = [float(per_example[chosen].mean()) for chosen in variants]
    usual = earned_score(pool.bands, float(per_example.mean()))
    moved = sum(earned_score(pool.bands, value) != usual for value in values)
    return moved, len(variants), float(np.std(values))


def describe_spread(pool: Dataset, spreads: Sequence[Spread]) -> str:
    """How far the scores of some models move from variant to variant, in a sentence."""
    metric = pool.problem.metric
    moved, counts, deviations = zip(*spreads, strict=True)
    unit = f" {metric.unit}" if metric.unit else ""
    class_s = counted(len(spreads), "model of this class gets", "models of this class get")
    return (
        f"{pool.problem.id}: asked each of the {max(counts)} learners' examples, the {class_s} another "
        f"score than on all {pool.counts.hidden:,} in {sum(moved):,} of {sum(counts):,} cases."
        f" The standard deviation of one model's {metric.name} is at most {max(deviations):.3g}{unit}."
    )
