"""What needs no learning, as a page shows it beside a model: with values of two digits, the worst first."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tfprep.grader.diagnosis.mistakes import told_baselines
from tfprep.problems import Split

from . import made


def test_a_number_is_compared_with_the_mean_of_the_hidden_labels(tmp_path: Path) -> None:
    dataset = made.cars(tmp_path / "data")
    labels = dataset.labels(Split.HIDDEN).values
    ((name, value),) = told_baselines(dataset)
    assert name == "the mean every time"
    assert value == pytest.approx(np.abs(labels - labels.mean()).mean(), rel=0.05)
    assert value == float(f"{value:.2g}")


def test_classes_are_compared_with_the_most_frequent_one(tmp_path: Path) -> None:
    dataset = made.digits(tmp_path / "data")
    ((name, value),) = told_baselines(dataset)
    labels = dataset.labels(Split.HIDDEN).values
    assert name == "the most frequent class every time"
    assert value == pytest.approx(np.bincount(labels.astype(int).ravel()).max() / labels.size, rel=0.05)
