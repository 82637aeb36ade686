"""What the ledger keeps of a cohort: its people and rules, who handed in what, and what a mentor decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from ..scoring.card import Record
from .attachment import Attachment
from .learner import Learner
from .standing import Override, Pending, Unplaced


@dataclass(frozen=True)
class CohortEntry(Attachment):
    """A file by one learner. The same bytes of the same learner are one entry, wherever they lay."""

    cohort: str
    learner: str
    problem: str
    """Its id."""
    digest: str
    """sha256 of the artifact, in hex."""
    place: str
    """Where in the folder it was found first."""
    grading_config: str
    """What its score depends on beside the card's fingerprints: terms and bands, in one canonical line."""
    inputs: str
    """The digest of the questions that were asked: while they are the same, what was answered stays true."""
    handed_in: datetime | None = None
    """Where the layout tells it."""
    copied_from: int | None = None
    """The submission whose card this is, where the same model was run before; None where it ran itself."""


@dataclass(frozen=True)
class Regraded(Attachment):
    """An entry that counts with another submission's number from now on; the old one is kept."""

    entry: int
    """The entry's own number, as in `Attempt.entry`."""
    grading_config: str
    inputs: str
    by: str
    why: str
    copied_from: int | None = None


@dataclass(frozen=True)
class Attempt:
    """An entry and the score it has now."""

    entry: int
    kept: CohortEntry
    record: Record


@dataclass(frozen=True)
class CacheKey:
    """By what a score is the same: equal twins have equal scores, so only one of them is run."""

    digest: str
    data: str
    grader: str
    environment: str
    grading_config: str


@dataclass(frozen=True)
class Decision:
    """One act of a mentor about one learner's problem, as the audit shows it."""

    learner: str
    problem: str
    override: Override | None
    """None where an override was taken back."""
    by: str
    when: datetime
    reason: str


@dataclass(frozen=True)
class ScoreChange:
    """One change of a score by a regrading, as the audit shows it."""

    learner: str
    problem: str
    before: int
    """The submission that counted before, by its number."""
    after: int
    by: str
    when: datetime
    why: str


@dataclass(frozen=True)
class CohortNote:
    """What is known of a cohort beside its entries."""

    name: str
    learners: tuple[Learner, ...] = ()
    """The roster; empty where there was none."""
    rules: str = ""
    """The text of its cohort.toml; empty where there was none."""
    folder: str = ""
    """The folder or archive that was graded last."""
    unplaced: tuple[Unplaced, ...] = ()
    pending: tuple[Pending, ...] = ()
