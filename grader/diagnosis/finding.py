"""What a check knows about a graded run, and what it reports."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...problems import Dataset, Labels, Split
from ...sandbox import Ending, Outcome
from ..scoring.card import Finding
from ..scoring.score import Score
from .probes import ProbeResults
from .what_if import WhatIf, WhatIfScorer


@dataclass(frozen=True)
class GradedRun:
    """Everything that is known once a submission was run and scored."""

    dataset: Dataset
    outcome: Outcome
    labels: Labels
    score: Score | None = None
    """None where nothing could be scored."""
    fault: str = ""
    """The code of what made it INVALID: "not_finite", "input_shape", …; empty where it was scored."""
    split: Split = Split.HIDDEN
    probes: ProbeResults = field(default_factory=ProbeResults)
    """The model's predictions for training data and for perturbed inputs."""
    size: int = 0
    """Bytes of the submitted file; 0 where it is not known."""

    @property
    def imperfect_score(self) -> Score | None:
        """The score, where there is one below full marks; else None."""
        return self.score if self.score is not None and self.score.margin is not None else None

    @property
    def what_if(self) -> WhatIfScorer:
        """Measures what a correction of the predictions would earn."""
        return WhatIfScorer(self.dataset.problem.metric, self.dataset.bands)


@dataclass(frozen=True)
class Evidence:
    """What a check found, in numbers, and what to try next."""

    text: str
    try_next: str
    what_if: WhatIf | None = None
    """What correcting the mistake would bring, where that can be measured."""


@dataclass(frozen=True)
class RankedFinding:
    """A finding, and what correcting it would bring, by which findings are ordered."""

    finding: Finding
    what_if: WhatIf | None = None

    @property
    def remaining(self) -> float:
        """The share of the distance to a perfect model that is left after the correction; 1 where unknown."""
        return 1.0 if self.what_if is None else self.what_if.remaining


CheckFunction = Callable[[GradedRun], Iterator[RankedFinding]]


@dataclass(frozen=True)
class FindingCheck:
    """A check for one mistake, for runs that ended in one of `endings`."""

    code: str
    sentence: str
    endings: frozenset[Ending]
    evidence: Callable[[GradedRun], Evidence | None]

    def __call__(self, run: GradedRun) -> Iterator[RankedFinding]:
        """The finding, where the mistake shows in `run`."""
        evidence = self.evidence(run) if run.outcome.ending in self.endings else None
        if evidence is not None:
            finding = Finding(self.code, self.sentence, evidence.text, evidence.try_next)
            yield RankedFinding(finding, evidence.what_if)


def finding(*endings: Ending) -> Callable[[Callable[[GradedRun], Evidence | None]], FindingCheck]:
    """Makes a check of a function: its name is the code, its docstring the learner's sentence."""

    def make(evidence: Callable[[GradedRun], Evidence | None]) -> FindingCheck:
        sentence = " ".join((inspect.getdoc(evidence) or evidence.__name__).split())
        return FindingCheck(evidence.__name__, sentence, frozenset(endings), evidence)

    return make
