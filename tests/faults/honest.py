"""Honest models: a problem's own solutions, trained as a learner trains them, and kept."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tfprep.problems import Dataset, DataStore, Problem
from tfprep.problems.sources import Sources

from ..calibration import carried, secret_of
from ..trained import TrainedModels


@dataclass(frozen=True)
class Bench:
    """Where data and models are kept between runs."""

    folder: Path

    def dataset(self, problem: Problem, seed: int) -> Dataset:
        """The data that needs no TensorFlow Datasets, split with the seed's secret."""
        store = DataStore(self.folder / f"data-{seed}", secret_of(seed), Sources(self.folder / "downloads"))
        return store.load(problem, carried(problem))

    def model(self, problem: Problem, solution: str, seed: int) -> Path:
        """The model that a solution of ours saves, trained where it is not kept already."""
        return TrainedModels(self.folder / "models").model(self.dataset(problem, seed), solution, seed)
