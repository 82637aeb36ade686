"""A model's layers, a line for each: what a model card shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tfprep.grader.scoring.reasons import list_facts
from tfprep.sandbox import ModelFacts, Sandbox
from tfprep.sandbox.host.reply import read_predictions
from tfprep.sandbox.worker.layer_summary import MOST_LINES, list_variables

from ..zoo.index import find, predict
from .test_reply import MOST, described, npy, predicted

pytestmark = pytest.mark.slow


def summary(local: Sandbox, file: str) -> tuple[str, ...]:
    outcome = predict(local, find(file))
    assert outcome.refusal is None
    return outcome.facts.summary


def test_a_keras_model_s_layers_are_listed_with_shape_and_parameters(local: Sandbox) -> None:
    assert summary(local, "tf2.15/fuel_dense.h5") == (
        "Dense · (n, 8) · 80 parameters",
        "Dropout · (n, 8) · 0 parameters",
        "Dense · (n, 4) · 36 parameters",
        "Dense · (n, 1) · 5 parameters",
    )


def test_wrapped_layers_and_models_inside_are_named(local: Sandbox) -> None:
    assert summary(local, "keras3.6/demand_time_distributed.keras") == (
        "Bidirectional(LSTM) · (n, 96, 6) · 168 parameters",
        "TimeDistributed(Dense) · (n, 96, 24) · 168 parameters",
    )
    base = next(line for line in summary(local, "keras3.6/flowers_mobilenet.keras") if "Functional" in line)
    assert base.startswith("Functional (14 layers) · (n, 16, 16, 4) · ")


def test_of_a_saved_model_the_variables_are_listed_by_their_layer(local: Sandbox) -> None:
    assert summary(local, "tf2.15/fuel_dense.saved_model.zip") == (
        "dense · kernel (9, 8), bias (8) · 80 parameters",
        "dense_1 · kernel (8, 4), bias (4) · 36 parameters",
        "dense_2 · kernel (4, 1), bias (1) · 5 parameters",
    )


@pytest.mark.parametrize("file", ["tf2.15/reviews_text.saved_model.zip", "keras3.6/reviews_text.keras"])
def test_a_text_layer_s_vocabulary_is_no_line_that_fails(local: Sandbox, file: str) -> None:
    assert any("4 parameters" in line or "240 parameters" in line for line in summary(local, file))


@dataclass
class Variable:
    """As much of a variable as is looked at."""

    name: str
    size: int = 3
    rank: int = 1

    @property
    def shape(self) -> Any:
        return self

    def as_list(self) -> list[int]:
        return [self.size]


def test_a_model_of_many_layers_is_cut_short_and_says_so() -> None:
    lines = list_variables(Variable(f"layer_{number}/kernel:0") for number in range(500))
    assert len(lines) == MOST_LINES
    assert lines[-1] == "and 441 more"


def test_a_name_cannot_break_a_line_s_three_parts_nor_its_length() -> None:
    (line,) = list_variables([Variable("a · b" * 1000 + "/kernel · x:0")])
    assert line.count(" · ") == 2
    assert len(line) < 200


def test_hostile_names_arrive_as_plain_bounded_lines() -> None:
    wild = ["\x1b[31mDense\x1b[0m\n<b>·\u202e" + "x" * 5000, 7, None, "Dense · (n, 1) · 5 parameters"] * 100
    reply = described({"summary": wild}) + predicted(npy(np.zeros(3)))
    read = read_predictions(reply, [3], MOST).outcome.facts
    shown = list_facts(read)["layers"].split("\n")
    assert 0 < len(shown) <= MOST_LINES
    assert all(line.isprintable() and len(line) <= 200 for line in shown)
    assert "Dense · (n, 1) · 5 parameters" in shown


def test_a_model_of_which_nothing_is_known_has_no_lines() -> None:
    assert "layers" not in list_facts(ModelFacts())
