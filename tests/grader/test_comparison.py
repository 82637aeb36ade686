"""Two attempts compared: better, worse or not measurably, and how their models and starters differ."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tfprep.errors import BadOption, NoSuchRecord
from tfprep.grader import grade
from tfprep.grader.comparison import Comparison, Difference, compare_attempts
from tfprep.grader.ledger import Ledger
from tfprep.grader.records import Curve, Curves, Notes
from tfprep.problems import Dataset, Split
from tfprep.reports.comparison import comparison_record, show_comparison
from tfprep.reports.comparison_page import write_comparison
from tfprep.reports.page_store import PageStore
from tfprep.sandbox import ModelFacts

from ..one_dataset import OneDataset
from . import made
from .examples import submitted

ADAM = ModelFacts(
    optimizer="Adam",
    learning_rate="0.001",
    parameters=1_000,
    summary=("Dense · (n, 8) · 80 parameters", "Dense · (n, 1) · 9 parameters"),
)
SGD = replace(
    ADAM, optimizer="SGD", summary=("Dense · (n, 16) · 160 parameters", "Dense · (n, 1) · 17 parameters")
)


@dataclass
class Scene:
    ledger: Ledger
    dataset: Dataset

    def attempt(self, error: float, facts: ModelFacts = ADAM, source: str = "", note: str = "") -> int:
        """The number of an attempt whose predictions are off by about so much."""
        labels = self.dataset.labels(Split.HIDDEN).values
        noise = np.random.default_rng(round(1_000 * error)).normal(0, error, labels.shape)
        model = made.Modelled(lambda inputs: (labels + noise)[: len(inputs)].astype(np.float32), facts)
        graded = grade(replace(submitted(), problem=self.dataset.problem.id), self.dataset, model)
        curves = Curves("history.csv", (Curve("val_loss", (1, 2), (1.0, error)),))
        return self.ledger.record(graded, Notes(note, source), curves).number

    def compare(self, before: int, after: int) -> Comparison:
        return compare_attempts(before, after, self.ledger, OneDataset(self.dataset))


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield Scene(ledger, made.cars(tmp_path / "data"))


def test_better_and_worse_are_those_of_a_paired_test(scene: Scene) -> None:
    coarse, fine = scene.attempt(1.0), scene.attempt(0.2)
    assert scene.compare(coarse, fine).outcome is Difference.BETTER
    assert scene.compare(fine, coarse).outcome is Difference.WORSE
    assert scene.compare(coarse, scene.attempt(1.001)).outcome is Difference.SAME


def test_an_attempt_without_figures_of_its_own_is_not_compared_by_its_predictions(scene: Scene) -> None:
    numbers = scene.attempt(0.2), scene.attempt(1.0), scene.attempt(3.0)
    read = scene.ledger.read

    def as_told(number: int) -> object:
        return replace(read(number), figures_of=None if number == numbers[0] else numbers[0])

    scene.ledger.read = as_told  # type: ignore[assignment, method-assign]
    against_best, against_other = scene.compare(*numbers[:2]), scene.compare(*numbers[1:])
    assert against_best.outcome is Difference.NOT_BETTER
    assert against_other.outcome is Difference.UNKNOWN
    assert "tfprep check" in against_best.why


def test_what_was_scored_on_other_data_is_not_compared(scene: Scene) -> None:
    number = scene.attempt(0.2)
    scene.dataset = replace(scene.dataset, fingerprint="f" * 64)
    assert "different data" in scene.compare(number, scene.attempt(0.2)).why


def test_attempts_at_two_problems_and_unknown_numbers_are_misuse(scene: Scene, tmp_path: Path) -> None:
    cars = scene.attempt(0.2)
    with pytest.raises(NoSuchRecord, match="7"):
        scene.compare(cars, 7)
    digits = made.digits(tmp_path / "digits")
    answers = made.Modelled(lambda inputs: np.full((len(inputs), 10), 0.1, np.float32))
    other = scene.ledger.record(grade(submitted(), digits, answers)).number
    with pytest.raises(BadOption, match="problem1"):
        scene.compare(cars, other)


def test_a_page_draws_the_curves_of_both_over_each_other(scene: Scene, tmp_path: Path) -> None:
    before = scene.attempt(1.0, source="units = 8\n", note="<b>plain</b>")
    after = scene.attempt(0.2, SGD, source="units = 16\n")
    pages = PageStore(tmp_path)
    (tmp_path / "1.html").write_text("")
    page = write_comparison(scene.compare(before, after), pages)
    text = page.read_text("utf-8")
    assert (page.name, pages.kept()) == ("diff-1-2.html", {1})
    assert text.count("<svg") == 1
    for words in (
        "1, validation",
        "2, validation",
        "Submission 2 on validation data 0.2 at the end",
        "+units",
    ):
        assert words in text
    assert 'href="1.html"' in text
    assert 'href="2.html"' not in text
    assert "<b>plain" not in text


@pytest.mark.parametrize("width", [60, 80])
def test_what_differs_is_shown_and_what_is_the_same_is_not(scene: Scene, width: int) -> None:
    before = scene.attempt(1.0, source="import keras\nunits = 8\n", note="plain")
    after = scene.attempt(0.2, SGD, source="import keras\nunits = 16\n", note="wider")
    comparison = scene.compare(before, after)
    assert comparison.settings == (("optimizer", "Adam", "SGD"),)
    assert "- Dense · (n, 8) · 80 parameters" in comparison.layers
    assert [line for line in comparison.source if line[0] in "+-"] == ["-units = 8", "+units = 16"]
    out = io.StringIO()
    show_comparison(Console(file=out, width=width), comparison)
    text = " ".join(out.getvalue().replace("│", " ").split())
    for words in ("Submission 2 is better than 1", "SGD", "-units = 8", "wider", "val_loss", "in epoch 2"):
        assert words in text
    assert "learning rate" not in text
    assert max(map(len, out.getvalue().splitlines())) <= width
    shown = comparison_record(comparison)
    assert (shown["outcome"], shown["facts"]["optimizer"]) == ("better", ["Adam", "SGD"])
