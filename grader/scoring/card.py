"""What a submission gets back: a verdict, a score, how sure we are of it, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final

from ...problems import Band

FULL_MARKS: Final = 5


class Verdict(StrEnum):
    """PASSED is 5 of 5. INVALID could not be scored, and says why. OUR_FAULT uses no attempt."""

    PASSED = "passed"
    PARTIAL = "partial"
    INVALID = "invalid"
    OUR_FAULT = "our_fault"


@dataclass(frozen=True)
class Interval:
    """A 95% bootstrap confidence interval of the metric."""

    low: float
    high: float


@dataclass(frozen=True)
class Margin:
    """How far the metric is from the next band, in the metric's unit."""

    next_score: int
    threshold: float
    distance: float
    """Always positive: by how much the metric must improve."""
    within_interval: bool
    """The next line lies inside the confidence interval: on other examples this model might earn it."""


@dataclass(frozen=True)
class Finding:
    """Something seen in a submission: what, the evidence in numbers, and one thing to try."""

    code: str
    what: str
    evidence: str = ""
    try_next: str = ""


@dataclass(frozen=True)
class Timings:
    """Seconds by step, for the learner who wonders and the engineer who measures."""

    start: float = 0.0
    transfer: float = 0.0
    train: float = 0.0
    """0.0 for a model that came trained."""
    load: float = 0.0
    predict: float = 0.0
    score: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Fingerprints:
    """What makes a score repeatable: the same four give the same score, bit for bit."""

    artifact: str
    data: str
    grader: str
    environment: str


@dataclass(frozen=True)
class ScoreCard:
    """The whole result of one submission."""

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
    """Every score whose band touches the interval: more than one means the data cannot tell them apart."""
    margin: Margin | None = None
    bands: tuple[Band, ...] = ()
    """What it was measured by, from 5 downwards: the edition's, or a mentor's own."""
    findings: tuple[Finding, ...] = ()
    timings: Timings = field(default_factory=Timings)
    fingerprints: Fingerprints | None = None
    model: Mapping[str, str] = field(default_factory=dict)
    """What the worker saw of the model, as cleaned text: input, output, parameters, saved by, device."""
    log: str = ""


@dataclass(frozen=True)
class Record:
    """A score card as the ledger keeps it: whose, for which file, when, and under which number."""

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
    """Of the model's weights, where a worker saw them: for comparing models, never shown."""
