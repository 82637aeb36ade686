"""The score card: a submission's verdict, its score, how certain that is, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ...problems import Band

FULL_MARKS: Final = 5
ON_COPIES: Final = "on_copies"
"""The entry of `ScoreCard.model` with the metric on changed copies, and on the same examples as they are."""


class Verdict(StrEnum):
    """PASSED is 5 of 5, PARTIAL less. INVALID could not be scored. OUR_FAULT counts as no attempt."""

    PASSED = "passed"
    PARTIAL = "partial"
    INVALID = "invalid"
    OUR_FAULT = "our_fault"


@dataclass(frozen=True)
class Interval:
    """A 95% confidence interval of the metric: see `interval.py`."""

    low: float
    high: float
    assumes: str = ""
    """What it takes for granted: "62 independent examples". Empty on cards of earlier versions."""


@dataclass(frozen=True)
class Margin:
    """How far the metric is from the next band, in the metric's unit."""

    next_score: int
    threshold: float
    distance: float
    """Always positive: by how much the metric must improve."""
    within_interval: bool
    """The next threshold lies inside the confidence interval: on other examples this model might earn it."""


@dataclass(frozen=True)
class Finding:
    """What a check found in a submission, for the learner to read."""

    code: str
    """The check's name, such as "overfitting"."""
    what: str
    """One sentence: what is wrong."""
    evidence: str = ""
    """Why we think so, in numbers over many examples; never a single hidden example's label or prediction."""
    try_next: str = ""
    """One thing to try."""
    follows: bool = False
    """It follows from the first finding: whoever mends that one need not mend this one."""


@dataclass(frozen=True)
class Timings:
    """Seconds by step."""

    start: float = 0.0
    transfer: float = 0.0
    train: float = 0.0
    """0.0 for a model that was submitted trained."""
    load: float = 0.0
    predict: float = 0.0
    score: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Fingerprints:
    """What a score depends on: the same four give the same score, bit for bit."""

    artifact: str
    """sha256, in hex, of what was submitted."""
    data: str
    """sha256, in hex, over the content of all splits."""
    scoring: str
    """`ScoringSpec.digest`."""
    environment: str
    """Where the model ran and where it was scored: versions, processor, device, threads and how they round,
    in one canonical line of JSON."""


@dataclass(frozen=True)
class ScoreCard:
    """The whole result of one submission.

    Where nothing could be scored, `score`, `value`, `interval` and `margin` are None, and `reason` says why.
    """

    problem: str
    data_source: str
    verdict: Verdict
    reason: str
    """One sentence: why this verdict and this score."""
    score: int | None = None
    """0 to 5; None where nothing could be scored. An INVALID submission has no score, not a 0."""
    metric: str = ""
    unit: str = ""
    value: float | None = None
    interval: Interval | None = None
    scores_in_interval: tuple[int, ...] = ()
    """Every score that a value inside the interval would earn."""
    margin: Margin | None = None
    """None at full marks too."""
    bands: tuple[Band, ...] = ()
    """What it was scored by, from 5 downwards: the data source's, or a mentor's own."""
    findings: tuple[Finding, ...] = ()
    timings: Timings = field(default_factory=Timings)
    fingerprints: Fingerprints | None = None
    model: Mapping[str, str] = field(default_factory=dict)
    """What the worker reported of the model, as cleaned text: see `list_facts`. And what the grader saw of it
    on changed copies: `ON_COPIES`."""
    log: str = ""
    """What a training script printed."""
    half: str = ""
    """"feedback" or "final", where it was scored on that half of the hidden test set; empty for the whole."""


@dataclass(frozen=True)
class Record:
    """A score card in the ledger: its number, whose it is, for which file, and when."""

    number: int
    """Counts up over the whole ledger; `tfprep report N` shows it."""
    learner: str
    name: str
    """The name the file or folder had where it was submitted."""
    kind: str
    """"h5", "keras", "saved_model" or "script"; empty where the content was none of them."""
    digest: str
    size: int
    """Bytes, as graded."""
    when: datetime
    """In UTC."""
    card: ScoreCard
    weight_fingerprint: str = ""
    """Of the model's weights, where a worker read them: for comparing models, never shown."""
    attempt: int | None = None
    """The how manieth scored attempt of the learner at this hidden test set; None where it is no practice."""
    figures_of: int | None = None
    """The number of the best attempt before it, whose figures the card tells; None where it tells its own."""

    @property
    def score(self) -> int | None:
        """What this very submission is known to earn; None too where its card tells another one's figures."""
        return self.card.score if self.figures_of is None else None

    @property
    def passed(self) -> bool:
        """Whether this very submission is known to pass."""
        return self.card.verdict is Verdict.PASSED and self.figures_of is None
