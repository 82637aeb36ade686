"""Honest models: a problem's own solutions, trained as a learner trains them, and kept."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.calibration import secret_of, train

from tfprep.grader import pick_submission
from tfprep.problems import Dataset, DataStore, Problem, Sources
from tfprep.problems.workspace import make_workspace


@dataclass(frozen=True)
class Bench:
    """Where data and models are kept between runs."""

    folder: Path

    def dataset(self, problem: Problem, seed: int) -> Dataset:
        """The package edition, divided with the seed's secret."""
        store = DataStore(self.folder / f"data-{seed}", secret_of(seed), Sources(self.folder / "downloads"))
        return store.load(problem, "package")

    def model(self, problem: Problem, solution: str, seed: int) -> Path:
        """The model that a solution of ours saves, trained only where it is missing or has changed."""
        script = problem.folder / f"{solution}.py"
        digest = hashlib.sha256(script.read_bytes()).hexdigest()[:8]
        kept = self.folder / "models" / f"{problem.name}-{solution}-{seed}-{digest}.h5"
        if not kept.is_file():
            kept.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryDirectory(prefix="tfprep-faults-") as scratch:
                workspace = make_workspace(Path(scratch) / "work", self.dataset(problem, seed)).folder
                train(script, workspace, seed)
                shutil.copyfile(pick_submission(workspace), kept)
        return kept
