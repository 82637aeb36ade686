"""One problem of a cohort, prepared once for every submission that is graded on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, fields
from functools import cached_property

from ...problems import Dataset, Labels, Split
from ...sandbox import PackedInputs
from ..diagnosis import Prober
from ..evaluation import EvaluationSet, pack_split
from ..records.cohort_runs import Attempt
from ..scoring.specification import ScoringSpec, config_has_changed, grading_config
from ..submission import DEFAULT_POLICY, SubmissionPolicy


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
    key: bytes | None = field(repr=False, compare=False)
    """Of the home's secret, for this cohort: draws the changed copies and the order of what is asked."""

    @cached_property
    def evaluation_set(self) -> EvaluationSet:
        """The hidden inputs, to be asked among changed copies: the same set for every submission."""
        return EvaluationSet(self.dataset, Split.HIDDEN, self.inputs, self.prober, self.key)


@dataclass(frozen=True)
class _LabelsInMemory(Dataset):
    """A data set whose labels are read once, and not again for each submission."""

    loaded: dict[Split, Labels] = field(default_factory=dict, init=False, compare=False, repr=False)

    def labels(self, split: Split) -> Labels:
        """Labels in the order of the inputs, read-only."""
        if split not in self.loaded:
            labels = super().labels(split)
            labels.values.setflags(write=False)
            self.loaded[split] = labels
        return self.loaded[split]


def prepare(
    dataset: Dataset, key: bytes | None, policy: SubmissionPolicy = DEFAULT_POLICY
) -> PreparedProblem:
    """Packs a data set's hidden inputs, once for all submissions.

    Args:
        dataset: with its hidden split; where that is divided, the final half of it counts.
        key: of the home's secret, draws the copies and their order. Without it, only the inputs are asked.
        policy: what a submission may contain, and how long it may run.

    Raises:
        BadData, DataUnavailable: the data cannot be read.
    """
    counted = dataset.final
    dataset = _LabelsInMemory(**{each.name: getattr(counted, each.name) for each in fields(Dataset)})
    scoring = ScoringSpec.of(dataset)
    return PreparedProblem(
        dataset=dataset,
        policy=policy,
        scoring=scoring,
        grading_config=grading_config(scoring, asdict(policy)),
        inputs=pack_split(dataset, Split.HIDDEN),
        prober=Prober(dataset, Split.HIDDEN),
        key=key,
    )


def has_changed(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """Whether an attempt's card could be different if it were graded now.

    A score depends on the data and the scoring specification, a refusal on the data and the policy.
    """
    card, dataset = attempt.record.card, prepared.dataset
    # What could not be scored on the whole cannot on a half of it.
    same = {dataset.fingerprint} if card.score is not None else {dataset.fingerprint, dataset.whole}
    if card.fingerprints is None or card.fingerprints.data not in same:
        return True
    before, now = attempt.entry.grading_config, prepared.grading_config
    return config_has_changed(before, now, scored=card.score is not None)
