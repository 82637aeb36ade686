"""What a script earns on a problem's hidden examples: trained in a sandbox, as a submitted script is."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from ..files.text import Tell
from ..grader.evaluation import make_evaluation_set, run_submission
from ..grader.grade import score_run
from ..grader.submission.submission import Submission
from ..problems import Dataset, DataStore, Problem
from ..problems.dataset import PRIVATE, PUBLIC
from ..problems.sources import Sources
from ..problems.workspace import with_seed
from ..sandbox import ArtifactKind, Sandbox


@dataclass(frozen=True)
class Trained:
    """What one training of a script came to."""

    score: int | None
    """None where nothing could be scored."""
    value: float | None
    low: float | None
    high: float | None
    reason: str
    train_seconds: float
    predict_seconds: float
    model_bytes: int


def secret_of(seed: int) -> bytes:
    """A secret that divides the data, the same each time: what is measured can be measured again."""
    return hashlib.sha256(f"tfprep calibration {seed}".encode()).digest()


@contextmanager
def divided(problem: Problem, seed: int, downloads: Path, tell: Tell) -> Iterator[Dataset]:
    """The problem's data, divided by the secret of a seed, in a folder that lasts as long as the context.

    Raises:
        BadData, DataUnavailable: it cannot be read, or is not here.
    """
    with tempfile.TemporaryDirectory(prefix="tfprep-author-") as scratch:
        yield DataStore(Path(scratch), secret_of(seed), Sources(downloads)).load(problem, tell=tell)


def run_script(script: str, dataset: Dataset, seed: int, sandbox: Sandbox) -> Trained:
    """Train a script on a data set, and score the model that it saves on all hidden examples.

    Raises:
        SandboxUnavailable: the sandbox failed.
    """
    content = with_seed(script, seed).encode()
    digest = hashlib.sha256(content).hexdigest()
    submission = Submission(
        dataset.problem.id, "author", "script", ArtifactKind.SCRIPT, content, digest, len(content)
    )
    return run_artifact(submission, dataset, sandbox)


def run_artifact(submission: Submission, dataset: Dataset, sandbox: Sandbox) -> Trained:
    """Run and score whatever is submitted. Raises SandboxUnavailable."""
    evaluation_set = make_evaluation_set(dataset)
    run = run_submission(submission, evaluation_set, sandbox)
    result = score_run(run, evaluation_set)
    score, timings = result.score, run.outcome.timings
    trained = run.training.total - run.training.start - run.training.transfer
    return Trained(
        score=score.score if score else None,
        value=score.value if score else None,
        low=score.interval.low if score else None,
        high=score.interval.high if score else None,
        reason=result.reason,
        train_seconds=round(trained, 1),
        predict_seconds=round(timings.load + timings.predict, 2),
        model_bytes=len(run.job.model) if run.job else 0,
    )


@contextmanager
def with_public(dataset: Dataset) -> Iterator[Dataset]:
    """The same data set with a copy of the public files, which may be changed."""
    with tempfile.TemporaryDirectory(prefix="tfprep-author-") as scratch:
        folder = Path(scratch)
        shutil.copytree(dataset.public, folder / PUBLIC)
        for name in PRIVATE:
            (folder / name).symlink_to(dataset.folder / name, target_is_directory=True)
        yield replace(dataset, folder=folder)
