"""Attempts trained and graded as a learner's are, and kept by the digest of what they were made from."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

import tfprep
from tfprep.grader import grade, read_submission
from tfprep.grader.evaluation import make_evaluation_set
from tfprep.grader.scoring.score import score
from tfprep.grader.scoring.specification import ScoringSpec
from tfprep.grader.submission.candidates import saved_at
from tfprep.grader.submission.curves import read_quickly
from tfprep.grader.training_trend import read_trend
from tfprep.problems import Dataset, Split, find
from tfprep.sandbox import Sandbox

from ..faults.honest import Bench
from . import material
from .attempt import Attempt
from .training import train

_ROOT: Final = Path(tfprep.__file__).parent
_MADE: Final = b"1"
"""Another number where `training.py` or `material.py` make another model of the same words."""
_CHANCE: Final = 1.96
"""Standard errors of the paired difference."""


@dataclass(frozen=True)
class Told:
    """What a card says of an attempt."""

    score: int | None
    """None where nothing could be scored."""
    value: float | None
    likely: tuple[int, ...]
    """Every score that the confidence interval holds."""
    findings: tuple[tuple[str, str], ...]
    """Code and advice of each, the first first."""
    why: tuple[str, ...] = ()
    """The evidence of each."""


@dataclass(frozen=True)
class Result:
    """An attempt, what `submit` and `check` say of it, and its metric on each hidden example."""

    attempt: Attempt
    submit: Told
    check: Told | None
    """None where only `submit` was asked."""
    each: np.ndarray | None = field(repr=False, compare=False)


@dataclass(frozen=True)
class Workbench:
    """Where trained attempts and their cards are kept between runs."""

    folder: Path
    cards: Path | None = None
    """Where `submit`'s cards are kept, if not beside the models: an empty folder has all graded anew."""

    def result(self, attempt: Attempt, sandbox: Sandbox) -> Result:
        """An attempt's cards: kept ones where neither it nor a rule has changed, else it is graded again."""
        dataset = Bench(self.folder).dataset(find(attempt.problem), 0)
        trained = self._trained(attempt, dataset)
        # In a folder of their own: whoever looks for a training log looks at JSON beside the model.
        kept = (
            (self.cards or self.folder / "attempts") / trained.name / "cards" / f"{_digest_of(_rules())}.json"
        )
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not kept.is_file():
            splits = (Split.HIDDEN,) if self.cards else (Split.HIDDEN, Split.VALIDATION)
            cards = [_grade(trained / "mymodel.h5", dataset, split, sandbox) for split in splits]
            kept.write_text(json.dumps([asdict(each) for each in cards]), "utf-8")
        submit, *check = (_told(each) for each in json.loads(kept.read_text("utf-8")))
        each = np.load(trained / "each.npy") if (trained / "each.npy").is_file() else None
        return Result(attempt, submit, check[0] if check else None, each)

    def _trained(self, attempt: Attempt, dataset: Dataset) -> Path:
        """The folder of a trained attempt, with its model and its log."""
        words = json.dumps(asdict(attempt), sort_keys=True).encode()
        folder = self.folder / "attempts" / _digest_of([words, dataset.fingerprint.encode(), _MADE])
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            scratch = Path(tempfile.mkdtemp(dir=folder.parent))
            try:
                train(attempt, material.material_of(attempt.problem, dataset.public), scratch)
                scratch.rename(folder)
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        return folder


def is_better(before: Result, after: Result, dataset: Dataset) -> int:
    """1 where the metric of the second is better beyond chance, -1 where it is worse, else 0.

    A paired test on the hidden examples; of a series, on the means of its days.
    """
    if before.each is None or after.each is None:
        return int(after.each is not None) - int(before.each is not None)
    gains = after.each - before.each
    if not dataset.problem.metric.higher_is_better:
        gains = -gains
    groups = dataset.labels(Split.HIDDEN).groups
    if groups is not None:
        gains = np.array([gains[groups == group].mean() for group in np.unique(groups)])
    noise = float(gains.std()) / len(gains) ** 0.5
    return int(np.sign(gains.mean())) if abs(gains.mean()) > _CHANCE * noise else 0


def _grade(path: Path, dataset: Dataset, split: Split, sandbox: Sandbox) -> Told:
    trend = read_trend(read_quickly(path.parent, saved_at(path)))
    submission = read_submission(path, dataset.problem.id, "advice")
    graded = grade(submission, make_evaluation_set(dataset, split), sandbox, trend=trend)
    card = graded.card
    if split is Split.HIDDEN and card.score is not None and graded.predictions is not None:
        labels = dataset.labels(split)
        decoded = score(graded.predictions, labels, ScoringSpec.of(dataset)).decoded
        np.save(path.parent / "each.npy", dataset.problem.metric.per_example(decoded, labels.values))
    findings = tuple((each.code, each.try_next) for each in card.findings)
    why = tuple(each.evidence for each in card.findings)
    return Told(card.score, card.value, card.scores_in_interval, findings, why)


def _told(fields: dict[str, Any]) -> Told:
    findings = tuple((code, advice) for code, advice in fields["findings"])
    return Told(fields["score"], fields["value"], tuple(fields["likely"]), findings, tuple(fields["why"]))


def _rules() -> list[bytes]:
    """Everything that decides what is found in a model."""
    patterns = ("grader/diagnosis/*.py", "grader/training_trend.py", "problems/*/common_mistakes.py")
    patterns += ("problems/perturb_images.py", "sandbox/worker/training_settings.py")
    return [path.read_bytes() for pattern in patterns for path in sorted(_ROOT.glob(pattern))]


def _digest_of(parts: Iterable[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(hashlib.sha256(part).digest())
    return digest.hexdigest()[:16]
