"""Kept models are trained anew where anything that they were made from has changed, or they are damaged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.problems import Dataset

from . import trained
from .grader.examples import make_mnist
from .trained import TrainedModels


@pytest.fixture
def trainings(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The seeds in which something was trained; a training saves the seed in place of a model."""
    seeds: list[int] = []

    def train(script: Path, workspace: Path, seed: int, **variables: str) -> float:
        seeds.append(seed)
        (workspace / "mymodel.h5").write_text(f"trained in {seed}", encoding="ascii")
        return 1.0

    monkeypatch.setattr(trained, "train", train)
    return seeds


@pytest.fixture
def models(tmp_path: Path) -> TrainedModels:
    return TrainedModels(tmp_path / "models")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return make_mnist(tmp_path / "data")


def test_a_solution_is_trained_once_for_each_seed(
    models: TrainedModels, dataset: Dataset, trainings: list[int]
) -> None:
    for seed in (0, 0, 1, 0):
        assert models.model(dataset, "naive", seed).read_text("ascii") == f"trained in {seed}"
    assert trainings == [0, 1]


def test_another_solution_and_other_data_are_trained_anew(
    models: TrainedModels, dataset: Dataset, trainings: list[int]
) -> None:
    changed = replace(dataset, fingerprint="of other data")
    paths = {models.model(dataset, "naive", 0), models.model(dataset, "reference", 0)}
    assert len({*paths, models.model(changed, "naive", 0)}) == 3
    assert trainings == [0, 0, 0]


@pytest.mark.parametrize("name", ["*.h5", "*.sha256"])
@pytest.mark.parametrize("content", [b"", b"something else"])
def test_a_damaged_model_is_trained_anew(
    models: TrainedModels, dataset: Dataset, trainings: list[int], name: str, content: bytes
) -> None:
    models.model(dataset, "naive", 0)
    (damaged,) = models.folder.glob(name)
    damaged.write_bytes(content)
    assert models.model(dataset, "naive", 0).read_text("ascii") == "trained in 0"
    assert trainings == [0, 0]


def test_a_lost_model_is_trained_anew(models: TrainedModels, dataset: Dataset, trainings: list[int]) -> None:
    models.model(dataset, "naive", 0).unlink()
    assert models.model(dataset, "naive", 0).is_file()
    assert trainings == [0, 0]
