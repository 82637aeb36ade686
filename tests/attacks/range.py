"""Where attacks are tried: two warm workers, hidden data, and an honest bystander who must not notice."""

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
from tfprep.problems.dataset import Provenance, read_dataset, write_dataset
from tfprep.sandbox import ArtifactKind, Limits, Outcome, PredictJob, Sandbox, TrainJob

PATIENT = Limits(seconds=120, memory_bytes=2**30, disk_bytes=2**28)
HURRIED = replace(PATIENT, seconds=6)
"""For what would never end by itself."""
SPECIFIC = 10
"""Letters: fewer would be found in a reason for something else."""
HIDDEN = 200


@dataclass(frozen=True)
class Bounded:
    """A sandbox that gives every job these limits, and runs its code where it is allowed."""

    sandbox: Sandbox
    limits: Limits
    allow_lambda: bool = False

    @property
    def name(self) -> str:
        return self.sandbox.name

    def predict(self, job: PredictJob) -> Outcome:
        return self.sandbox.predict(replace(job, limits=self.limits, allow_lambda=self.allow_lambda))

    def train(self, job: TrainJob) -> Outcome:
        return self.sandbox.train(replace(job, limits=self.limits))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None


@dataclass(frozen=True)
class Range:
    """A grader under attack."""

    sandbox: Sandbox
    beside: Sandbox
    """Another worker of the same pool, in which the bystander is graded while the attack runs."""
    dataset: Dataset
    honest: Submission

    def attack_with_file(self, path: Path, limits: Limits = PATIENT) -> ScoreCard:
        """Submits a file or folder as Mallory; what became of it, once the bystander is known to be well."""
        return self.attack_with(read_submission(path, "problem2", "mallory"), limits).card

    def attack_with(self, submission: Submission, limits: Limits = PATIENT) -> Graded:
        """The same with a submission that was read before."""
        return self._attack(submission, Bounded(self.sandbox, limits))

    def attack_with_script(self, source: str, limits: Limits = PATIENT) -> ScoreCard:
        """The same with a training script."""
        return self.attack_with(_as_submission(source.encode(), ArtifactKind.SCRIPT), limits).card

    def attack_with_code(self, model: bytes, limits: Limits = PATIENT) -> ScoreCard:
        """The same with a `.h5` model whose own code is run, as a mentor may allow."""
        return self._attack(
            _as_submission(model, ArtifactKind.H5), Bounded(self.sandbox, limits, allow_lambda=True)
        ).card

    @contextmanager
    def beside_a_bystander(self) -> Iterator[None]:
        """What happens within may harm nobody: not who is graded meanwhile, nor who is graded next."""
        with ThreadPoolExecutor(1) as neighbour:
            alongside = neighbour.submit(self.check_bystander, self.beside)
            try:
                yield
            finally:
                alongside.result()
                self.check_bystander(self.sandbox)

    def check_bystander(self, sandbox: Sandbox) -> None:
        """Grades the honest model, which must get its score from a worker that was warm already."""
        card = grade(self.honest, self.dataset, Bounded(sandbox, PATIENT)).card
        assert_scored(card, 5)
        assert card.value == 1.0
        assert card.timings.start == 0, "the pool lost a warm worker"

    def _attack(self, submission: Submission, sandbox: Bounded) -> Graded:
        with self.beside_a_bystander():
            return grade(submission, self.dataset, sandbox)


def assert_invalid(card: ScoreCard, reason: str) -> None:
    """The attacker has no score, and is told why."""
    assert (card.verdict, card.score) == (Verdict.INVALID, None), card
    assert len(reason) > SPECIFIC, "a reason that fits every fault tells of none"
    assert reason in card.reason, card.reason


def assert_scored(card: ScoreCard, score: int) -> None:
    """What was handed in got this score, and the metric that earned it is told."""
    told = f" on {HIDDEN} hidden examples: {score} of 5."
    verdict = Verdict.PASSED if score == FULL_MARKS else Verdict.PARTIAL
    assert (card.verdict, card.score) == (verdict, score), card.reason
    assert card.reason.startswith("Accuracy "), card.reason
    assert told in card.reason, card.reason


def text_of(card: ScoreCard) -> str:
    """Every word that a learner is shown."""
    findings = [part for each in card.findings for part in (each.what, each.evidence, each.try_next)]
    return "\n".join([card.reason, card.log, *card.model.values(), *findings])


def assert_quotes_no_question(card: ScoreCard, dataset: Dataset) -> None:
    """Not one of many pixels of the hidden questions stands in what the learner is shown."""
    pixels = np.asarray(dataset.inputs(Split.HIDDEN)["pixels"])[:5, 1:6].ravel()
    shown = text_of(card)
    quoted = [value for value in pixels if f"{value:.7f}"[1:6] in shown]
    assert not quoted, shown


def make_dataset(folder: Path) -> Dataset:
    """Problem 2 with random pictures whose first row tells the label; labels are drawn at random."""

    def exam(count: int, seed: int) -> LabelledSet:
        random = np.random.default_rng(seed)
        labels = random.integers(0, 10, count)
        pixels = random.random((count, 28, 28), dtype=np.float32)
        pixels[:, 0, :] = 0
        pixels[np.arange(count), 0, labels] = 1
        return LabelledSet({"pixels": pixels}, Labels(labels.astype(np.int64)))

    def write_public(public: Path) -> None:
        (public / "notes.txt").write_text("public data", encoding="utf-8")

    parts = Splits(write_public, exam(50, 1), exam(HIDDEN, 2), tuple("0123456789"), public_count=50)
    origin = Provenance("package", "made for attacks", "no secret")
    write_dataset(folder, find("mnist"), origin, parts)
    return read_dataset(folder, find("mnist"), "no secret")


def _as_submission(artifact: bytes, kind: ArtifactKind) -> Submission:
    digest = sha256(artifact).hexdigest()
    return Submission("problem2", "mallory", "mymodel", kind, artifact, digest, len(artifact))
