"""One problem of a cohort, prepared once for every submission that is graded on it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, field, fields
from typing import Protocol

from ..grader.diagnosis import Prober
from ..grader.grade import EvaluationSet, Graded, pack_split
from ..grader.records.cohort import Attempt
from ..grader.scoring.specification import grader_fingerprint
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
    grading_config: str
    """Policy and bands as canonical JSON: what a score depends on beside its card's fingerprints."""
    grader: str
    """The fingerprint of the code that scores it."""
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
    return PreparedProblem(
        dataset=dataset,
        policy=policy,
        grading_config=grading_config_of(dataset, policy),
        grader=grader_fingerprint(dataset.problem),
        inputs=pack_split(dataset, Split.HIDDEN),
        prober=Prober(dataset, Split.HIDDEN),
        contamination=make_check(dataset),
    )


def grading_config_of(dataset: Dataset, policy: SubmissionPolicy) -> str:
    """Policy and bands as canonical JSON, as stored with each entry: equal text, equal configuration."""
    bands = [[band.score, band.at_least, band.at_most] for band in dataset.bands]
    return json.dumps({"bands": bands, "policy": asdict(policy)}, sort_keys=True, separators=(",", ":"))


def has_changed(attempt: Attempt, prepared: PreparedProblem) -> bool:
    """Whether an attempt's card could be different if it were graded now.

    A score depends on the data, the bands and the grader; a refusal depends on the data and the policy.
    """
    card = attempt.record.card
    if card.fingerprints is None or card.fingerprints.data != prepared.dataset.fingerprint:
        return True
    before, now = json.loads(attempt.entry.grading_config), json.loads(prepared.grading_config)
    if card.score is None:
        return bool(before["policy"] != now["policy"])
    return card.fingerprints.grader != prepared.grader or bool(before["bands"] != now["bands"])
