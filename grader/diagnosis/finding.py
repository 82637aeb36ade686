"""What is known when a submission has been answered for, and what a finding makes of it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from ...problems import Dataset, Labels, Split
from ...sandbox import Ending, Outcome
from ..scoring.card import Finding
from ..scoring.score import Score
from .probes import ProbeResults
from .what_if import WhatIf


@dataclass(frozen=True)
class GradedRun:
    """Everything that is known when a submission has been answered for."""

    dataset: Dataset
    outcome: Outcome
    labels: Labels
    score: Score | None = None
    """None where nothing could be scored."""
    fault: str = ""
    """The code of what made it INVALID: "not_finite", "input_shape", …; empty where it was scored."""
    split: Split = Split.HIDDEN
    inquiry: ProbeResults = field(default_factory=ProbeResults)
    """What the model answered when it was asked again."""
    size: int = 0
    """Bytes of the submitted file; 0 where nobody counted."""


@dataclass(frozen=True)
class Evidence:
    """What a check saw, in numbers, and what to try next."""

    seen: str
    try_next: str
    repair: WhatIf | None = None
    """What mending it would bring, where that can be told."""


@dataclass(frozen=True)
class RankedFinding:
    """A finding, and what mending it would bring."""

    finding: Finding
    repair: WhatIf | None = None


@dataclass(frozen=True)
class Check:
    """One fault that can be recognised, in runs that ended in one of `endings`."""

    code: str
    sentence: str
    endings: frozenset[Ending]
    look: Callable[[GradedRun], Evidence | None]

    def __call__(self, run: GradedRun) -> Iterator[RankedFinding]:
        """The fault, where it is seen in `run`."""
        evidence = self.look(run) if run.outcome.ending in self.endings else None
        if evidence is not None:
            finding = Finding(self.code, self.sentence, evidence.seen, evidence.try_next)
            yield RankedFinding(finding, evidence.repair)


Look = Callable[[GradedRun], Iterator[RankedFinding]]


def finding(*endings: Ending) -> Callable[[Callable[[GradedRun], Evidence | None]], Check]:
    """Makes a check of a function: its name is the code, its docstring the learner's sentence."""

    def make(look: Callable[[GradedRun], Evidence | None]) -> Check:
        sentence = " ".join((inspect.getdoc(look) or look.__name__).split())
        return Check(look.__name__, sentence, frozenset(endings), look)

    return make
