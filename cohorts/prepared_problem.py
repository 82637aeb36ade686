"""One problem of a cohort, prepared once for every submission that is graded on it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, fields
from typing import Protocol

from ..grader.diagnosis import Prober
from ..grader.grade import EvaluationSet, Graded, pack_split
from ..grader.records.cohort import Attempt
from ..grader.scoring.specification import ScoringSpec, config_has_changed, grading_config
from ..grader.submission import DEFAULT_POLICY, SubmissionPolicy
from ..problems import Dataset, Labels, Split
from ..sandbox import PackedInputs


class AddedCheck(Protocol):
    """A check on a graded submission, by its predictions for inputs of the check's own."""

    @property
    def codes(self) -> Collection[str]:
        """Of the findings it may add. They stay when the submission is regraded."""
        ...

    @property
    def inputs(self) -> tuple[PackedInputs, ...]:
        """Inputs that are predicted beside the hidden test set."""
        ...

    def add_to(self, graded: Graded) -> Graded:
        """The submission, with a finding more where there is one."""
        ...


@dataclass(frozen=True)
class PreparedProblem:
    """A data set with its hidden inputs packed, and the configuration it is graded under."""

    dataset: Dataset
    policy: SubmissionPolicy
    scoring: ScoringSpec
    grading_config: str
    """Scoring and policy as canonical JSON, as stored with each entry."""
    inputs: PackedInputs = field(repr=False)
    prober: Prober = field(repr=False, compare=False)
    """Probes a model below full marks, to explain its score."""
    contamination: AddedCheck = field(repr=False, compare=False)

    @property
    def evaluation_set(self) -> EvaluationSet:
        """The hidden inputs, and behind them those of the contamination check."""
        checked = self.contamination.inputs
        return EvaluationSet(self.dataset, Split.HIDDEN, self.inputs, self.prober, checked)


@dataclass(frozen=True)
class _LabelsInMemory(Dataset):
    """A data set whose labels are read once, and not again for each submission."""

    loaded: dict[Split, Labels] = field(default_factory=dict, compare=False, repr=False)

    def labels(self, split: Split) -> Labels:
        """Labels in the order of the inputs, read-only."""
        if split not in self.loaded:
            labels = super().labels(split)
            labels.values.setflags(write=False)
            self.loaded[split] = labels
        return self.loaded[split]


def prepare(
    dataset: Dataset,
    make_check: Callable[[Dataset], AddedCheck],
    policy: SubmissionPolicy = DEFAULT_POLICY,
) -> PreparedProblem:
    """Packs a data set's hidden inputs, once for all submissions.

    Args:
        dataset: with its hidden split.
        make_check: makes the contamination check of a data set.
        policy: what a submission may contain, and how long it may run.

    Raises:
        BadData, DataUnavailable: the data cannot be read.
    """
    dataset = _LabelsInMemory(**{each.name: getattr(dataset, each.name) for each in fields(Dataset)})
    scoring = ScoringSpec.of(dataset)
    return PreparedProblem(
        dataset=dataset,
        policy=policy,
        scoring=scoring,
        grading_config=grading_config(scoring, asdict(policy)),
        inputs=pack_split(dataset, Split.HIDDEN),
        prober=Prober(dataset, Split.HIDDEN),
        contamination=make_check(dataset),
    )


def has_changed(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """Whether an attempt's card could be different if it were graded now.

    A score depends on the data and the scoring specification, a refusal on the data and the policy.
    """
    card = attempt.record.card
    if card.fingerprints is None or card.fingerprints.data != prepared.dataset.fingerprint:
        return True
    before, now = attempt.entry.grading_config, prepared.grading_config
    return config_has_changed(before, now, scored=card.score is not None)
