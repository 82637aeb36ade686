"""One problem of a cohort, made ready once for everyone who is graded on it."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields

from ..grader.diagnosis import Prober
from ..grader.grade import EvaluationSet, pack_split
from ..grader.scoring.specification import grader_fingerprint
from ..grader.submission.policy import DEFAULT_POLICY, SubmissionPolicy
from ..problems import Dataset, Labels, Split
from ..sandbox import PackedInputs
from .integrity.contamination import ContaminationCheck


@dataclass(frozen=True)
class PreparedProblem:
    """A data set with its questions packed, and on which ground it is scored."""

    dataset: Dataset
    policy: SubmissionPolicy
    grading_config: str
    """Terms and bands: what a score depends on beside its card's fingerprints, in one canonical line."""
    grader: str
    """The fingerprint of the code that scores it."""
    inputs: PackedInputs = field(repr=False)
    prober: Prober = field(repr=False, compare=False)
    """Asks a model below full marks again, to explain its score."""
    augmentations: ContaminationCheck = field(repr=False, compare=False)
    """The hidden questions changed a little: who knows them by heart falls apart."""

    @property
    def evaluation_set(self) -> EvaluationSet:
        """What everyone is asked: the hidden questions, and behind them their paraphrases."""
        return EvaluationSet(self.dataset, Split.HIDDEN, self.inputs, self.prober, self.augmentations.inputs)


@dataclass(frozen=True)
class InMemory(Dataset):
    """A data set whose answers are read once, and not for everyone again."""

    kept: dict[Split, Labels] = field(default_factory=dict, compare=False, repr=False)

    def labels(self, split: Split) -> Labels:
        """Labels in the order of the questions, which nobody may change."""
        if split not in self.kept:
            labels = super().labels(split)
            labels.values.setflags(write=False)
            self.kept[split] = labels
        return self.kept[split]


def prepare(dataset: Dataset, policy: SubmissionPolicy = DEFAULT_POLICY) -> PreparedProblem:
    """The data set ready for everyone: its hidden questions are packed once."""
    told = {each.name: getattr(dataset, each.name) for each in fields(Dataset)}
    dataset = InMemory(**told)
    return PreparedProblem(
        dataset=dataset,
        policy=policy,
        grading_config=grading_config_of(dataset, policy),
        grader=grader_fingerprint(dataset.problem),
        inputs=pack_split(dataset, Split.HIDDEN),
        prober=Prober(dataset, Split.HIDDEN),
        augmentations=ContaminationCheck(dataset, Split.HIDDEN),
    )


def grading_config_of(dataset: Dataset, policy: SubmissionPolicy) -> str:
    """The terms and bands of a grading in one canonical line: equal lines, equal ground."""
    bands = [[band.score, band.at_least, band.at_most] for band in dataset.bands]
    # Read again by `recorder.has_changed`.
    return json.dumps({"bands": bands, "terms": asdict(policy)}, sort_keys=True, separators=(",", ":"))
