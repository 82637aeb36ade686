"""Models that the problems' own solutions save, kept between runs: training them takes minutes."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

import platformdirs
from filelock import FileLock

from tfprep.grader import pick_submission
from tfprep.problems import Dataset
from tfprep.problems.scripts import script_of
from tfprep.problems.workspace import make_workspace

from .calibration import train

ONE_THREAD: Final = {"TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
"""Other tests run beside: more threads only wait for each other, and cost a fifth more of a core."""


def cache_folder() -> Path:
    """Where tests keep what took long: TFPREP_TEST_CACHE, or a folder among the user's caches."""
    named = os.environ.get("TFPREP_TEST_CACHE")
    return Path(named) if named else platformdirs.user_cache_path("tfprep-tests", appauthor=False)


@dataclass(frozen=True)
class TrainedModels:
    """A folder of models. What they were made from is in their names, so that a change trains them anew."""

    folder: Path

    def model(self, dataset: Dataset, solution: str, seed: int) -> Path:
        """What a solution ("reference", "ordinary", "naive") saves after training on a dataset in this seed.

        Raises:
            CalibrationFailed: the solution does not train.
        """
        script = script_of(dataset.problem, solution)
        kept = self.folder / f"{dataset.problem.name}-{solution}-{seed}-{_digest_of(script, dataset)}.h5"
        self.folder.mkdir(parents=True, exist_ok=True)
        with FileLock(kept.with_suffix(".lock")):
            if not _is_whole(kept):
                self._train(script, dataset, seed, kept)
        return kept

    def _train(self, script: str, dataset: Dataset, seed: int, kept: Path) -> None:
        with tempfile.TemporaryDirectory(prefix="tfprep-trained-") as scratch:
            workspace = make_workspace(Path(scratch) / "work", dataset).folder
            train(script, workspace, seed, **ONE_THREAD)
            _keep(pick_submission(workspace), kept)


def _digest_of(script: str, dataset: Dataset) -> str:
    versions = [f"{package} {version(package)}" for package in ("tensorflow", "keras", "numpy")]
    made_from = [hashlib.sha256(script.encode()).hexdigest(), dataset.fingerprint, *versions]
    return hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:16]


def _keep(model: Path, kept: Path) -> None:
    """Copies a model, and writes its digest beside it last: without it, the copy does not count."""
    with tempfile.TemporaryDirectory(dir=kept.parent) as beside:
        copy = Path(shutil.copyfile(model, Path(beside) / kept.name))
        digest = copy.with_suffix(".sha256")
        digest.write_text(hashlib.sha256(copy.read_bytes()).hexdigest(), encoding="ascii")
        copy.replace(kept)
        digest.replace(kept.with_suffix(".sha256"))


def _is_whole(kept: Path) -> bool:
    try:
        digest = kept.with_suffix(".sha256").read_text(encoding="ascii")
        return digest == hashlib.sha256(kept.read_bytes()).hexdigest()
    except (OSError, ValueError):
        return False
