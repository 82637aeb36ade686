"""A grader under attack: two warm workers, hidden data, and an honest submission that must keep its score."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from tfprep.grader import Graded, ScoreCard, Submission, Verdict, grade, read_submission
from tfprep.grader.scoring.card import FULL_MARKS
from tfprep.problems import Dataset, LabelledSet, Labels, Split, Splits, find
from tfprep.problems.dataset import Provenance, read_dataset
from tfprep.problems.dataset_writing import write_dataset
from tfprep.sandbox import ArtifactKind, Limits, Outcome, PredictJob, Sandbox, TrainJob

LIMITS = Limits(seconds=120, memory_bytes=2**30, disk_bytes=2**28)
SHORT_LIMITS = replace(LIMITS, seconds=4)
"""For jobs that would never end."""
SHORTEST_REASON = 10
"""Characters: fewer could stand in a reason for something else."""
HIDDEN = 200


@dataclass(frozen=True)
class Bounded:
    """A sandbox that gives every job these limits, and runs its code where it is allowed."""

    sandbox: Sandbox
    limits: Limits

    @property
    def name(self) -> str:
        return self.sandbox.name

    def predict(self, job: PredictJob) -> Outcome:
        return self.sandbox.predict(replace(job, limits=self.limits))

    def train(self, job: TrainJob) -> Outcome:
        return self.sandbox.train(replace(job, limits=self.limits))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


@dataclass(frozen=True)
class Grader:
    """A grader under attack."""

    sandbox: Sandbox
    beside: Sandbox
    """Another worker of the same pool: it grades the honest submission while the attack runs."""
    dataset: Dataset
    honest: Submission

    def attack_with_file(self, path: Path, limits: Limits = LIMITS) -> ScoreCard:
        """Submits a file or folder as Mallory, and checks the honest submission."""
        return self.attack_with(read_submission(path, "problem2", "mallory"), limits).card

    def attack_with(self, submission: Submission, limits: Limits = LIMITS) -> Graded:
        """The same with a submission that was read before."""
        return self._attack(submission, Bounded(self.sandbox, limits))

    def attack_with_script(self, source: str, limits: Limits = LIMITS) -> ScoreCard:
        """The same with a training script."""
        return self.attack_with(_as_submission(source.encode(), ArtifactKind.SCRIPT), limits).card

    @contextmanager
    def beside_an_honest_submission(self) -> Iterator[None]:
        """Grades the honest submission meanwhile in the other worker, and afterwards in the same one."""
        with ThreadPoolExecutor(1) as neighbour:
            alongside = neighbour.submit(self.check_honest, self.beside)
            try:
                yield
            finally:
                alongside.result()
                self.check_honest(self.sandbox)

    def check_honest(self, sandbox: Sandbox) -> None:
        """Grades the honest submission, which must get its score from a worker that was warm already."""
        card = grade(self.honest, self.dataset, Bounded(sandbox, LIMITS)).card
        assert_scored(card, 5)
        assert card.value == 1.0
        assert card.timings.start == 0, "the pool lost a warm worker"

    def _attack(self, submission: Submission, sandbox: Bounded) -> Graded:
        with self.beside_an_honest_submission():
            return grade(submission, self.dataset, sandbox)


def assert_invalid(card: ScoreCard, reason: str) -> None:
    """The attacker has no score, and this reason."""
    assert (card.verdict, card.score) == (Verdict.INVALID, None), card
    assert len(reason) > SHORTEST_REASON, "a reason this short fits every fault"
    assert reason in card.reason, card.reason


def assert_scored(card: ScoreCard, score: int) -> None:
    """The submission got this score, and the reason gives its metric."""
    expected = f" on {HIDDEN} hidden examples: {score} of 5."
    verdict = Verdict.PASSED if score == FULL_MARKS else Verdict.PARTIAL
    assert (card.verdict, card.score) == (verdict, score), card.reason
    assert card.reason.startswith("Accuracy "), card.reason
    assert expected in card.reason, card.reason


def text_of(card: ScoreCard) -> str:
    """All text that a learner is shown."""
    findings = [part for each in card.findings for part in (each.what, each.evidence, each.try_next)]
    return "\n".join([card.reason, card.log, *card.model.values(), *findings])


def assert_quotes_no_input(card: ScoreCard, dataset: Dataset) -> None:
    """None of many hidden pixels is in the text that a learner is shown."""
    pixels = np.asarray(dataset.inputs(Split.HIDDEN)["pixels"])[:5, 1:6].ravel()
    shown = text_of(card)
    quoted = [value for value in pixels if f"{value:.7f}"[1:6] in shown]
    assert not quoted, shown


def make_dataset(folder: Path, noise: int = 0) -> Dataset:
    """Problem 2 with random images whose first row holds the label; labels are drawn at random.

    Other `noise` gives the same labels and other images.
    """

    def make_set(count: int, seed: int) -> LabelledSet:
        random = np.random.default_rng(seed)
        labels = random.integers(0, 10, count)
        random = np.random.default_rng([seed, noise]) if noise else random
        pixels = random.random((count, 28, 28), dtype=np.float32)
        pixels[:, 0, :] = 0
        pixels[np.arange(count), 0, labels] = 1
        return LabelledSet({"pixels": pixels}, Labels(labels.astype(np.int64)))

    def write_public(public: Path) -> None:
        (public / "notes.txt").write_text("public data", encoding="utf-8")

    splits = Splits(write_public, make_set(50, 1), make_set(HIDDEN, 2), tuple("0123456789"), public_count=50)
    origin = Provenance("package", "made for attacks", "no secret")
    write_dataset(folder, find("mnist"), origin, splits)
    return read_dataset(folder, find("mnist"), "no secret")


def _as_submission(artifact: bytes, kind: ArtifactKind) -> Submission:
    digest = sha256(artifact).hexdigest()
    return Submission("problem2", "mallory", "mymodel", kind, artifact, digest, len(artifact))
