"""What a file says of how its model was trained: optimizer, learning rate, loss, activations, masking."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tfprep.grader.scoring.reasons import list_facts
from tfprep.sandbox import ModelFacts, Sandbox
from tfprep.sandbox.worker.training_settings import (
    TrainingSettings,
    settings_of_archive,
    settings_of_h5,
)

from ..zoo.index import COLLECTION, find, predict

DENSE = {"class_name": "Dense", "config": {"activation": "relu"}}
LAST = {"class_name": "Dense", "config": {"activation": "sigmoid"}}


@pytest.mark.parametrize(
    ("file", "optimizer", "rate"),
    [
        ("tf2.15/digits_dense.h5", "Adam", "0.01"),
        ("keras3.6/digits_dense.h5", "Adam", "0.01"),
        ("keras3.15/digits_mixed_precision.h5", "SGD", "0.001"),
        ("tf2.12/digits_mixed_precision.h5", "SGD", "0.001"),
        ("walk/tf2.2/Bidirectional.hard.deferred.RMSprop.h5", "RMSprop", "0.001"),
    ],
)
def test_optimizer_and_learning_rate_are_those_that_old_and_new_files_keep(
    file: str, optimizer: str, rate: str
) -> None:
    found = settings_of_h5(COLLECTION / file)
    assert (found.optimizer, found.learning_rate) == (optimizer, rate)
    assert found.loss in {"sparse_categorical_crossentropy", "mse"}


def test_a_loss_that_is_program_code_is_told_to_be_its_author_s() -> None:
    assert settings_of_h5(COLLECTION / "oddities.keras3.6/custom_loss.h5").loss == "a function of its author"


def archive(folder: Path, layers: list[Any], compiled: Any = None) -> TrainingSettings:
    """What is read of a `.keras` archive with these layers."""
    config = {"class_name": "Sequential", "config": {"layers": layers}, "compile_config": compiled}
    with zipfile.ZipFile(folder / "model.keras", "w") as written:
        written.writestr("config.json", json.dumps(config))
    return settings_of_archive(folder / "model.keras")


def test_a_loss_on_logits_and_a_schedule_are_named(tmp_path: Path) -> None:
    loss = {
        "class_name": "BinaryCrossentropy",
        "config": {"name": "binary_crossentropy", "from_logits": True},
    }
    schedule = {"class_name": "ExponentialDecay", "config": {"initial_learning_rate": 0.1}}
    optimizer = {"class_name": "Adam", "config": {"learning_rate": schedule}}
    found = archive(tmp_path, [DENSE, LAST], {"optimizer": optimizer, "loss": loss})
    assert found.loss == "binary_crossentropy (from_logits=True)"
    assert (found.optimizer, found.learning_rate) == ("Adam", "ExponentialDecay")


def test_activations_are_those_of_the_outermost_layers_in_their_order(tmp_path: Path) -> None:
    leaky = {"class_name": "LeakyReLU", "config": {"negative_slope": 0.2}}
    cell = {"class_name": "Bidirectional", "config": {"layer": {"class_name": "LSTM", "config": {}}}}
    dropout = {"class_name": "Dropout", "config": {"rate": 0.5}}
    base = {"class_name": "Functional", "config": {"layers": [DENSE]}}
    found = archive(tmp_path, [base, DENSE, leaky, cell, dropout, LAST])
    assert found.activations == ("relu", "leaky_relu", "sigmoid")


EMBEDDING = {"class_name": "Embedding", "config": {"mask_zero": False}}


def recurrent(**config: Any) -> dict[str, Any]:
    return {"class_name": "LSTM", "config": {"return_sequences": False, **config}}


@pytest.mark.parametrize(
    ("layers", "unmasked"),
    [
        ([EMBEDDING, recurrent(), LAST], "LSTM"),
        ([EMBEDDING, {"class_name": "Bidirectional", "config": {"layer": recurrent()}}, LAST], "LSTM"),
        ([{"class_name": "Embedding", "config": {"mask_zero": True}}, recurrent(), LAST], ""),
        ([EMBEDDING, {"class_name": "Masking", "config": {}}, recurrent(), LAST], ""),
        ([EMBEDDING, recurrent(return_sequences=True), LAST], ""),
        ([recurrent(), LAST], ""),
    ],
)
def test_a_recurrent_layer_s_last_state_behind_padding_is_noticed_where_nothing_masks_it(
    tmp_path: Path, layers: list[Any], unmasked: str
) -> None:
    assert archive(tmp_path, layers).unmasked == unmasked


@pytest.mark.parametrize(
    "compiled",
    [
        None,
        [],
        "adam",
        {"optimizer": 7, "loss": [1, 2]},
        {"optimizer": {"config": {"learning_rate": True}}, "loss": {"class_name": 3, "config": {"name": 4}}},
        {"optimizer": {"config": {"inner_optimizer": {"class_name": []}}}, "loss": {"a": {"b": {}}}},
    ],
)
def test_a_config_that_keras_did_not_write_says_nothing_and_breaks_nothing(
    tmp_path: Path, compiled: Any
) -> None:
    found = archive(tmp_path, [{"class_name": "Dense", "config": {"activation": 5}}], compiled)
    assert (found.optimizer, found.learning_rate, found.loss) == ("", "", "")
    assert found.activations == ("linear",)


def test_a_file_that_is_none_says_nothing(tmp_path: Path) -> None:
    (tmp_path / "model").write_bytes(b"no archive")
    assert settings_of_archive(tmp_path / "model") == TrainingSettings()
    assert settings_of_h5(tmp_path / "model") == TrainingSettings()


def test_a_card_tells_them_in_few_words() -> None:
    facts = ModelFacts(
        optimizer="Adam", learning_rate="0.001", loss="mse", activations=("relu",) * 3 + ("elu",)
    )
    shown = list_facts(facts)
    assert [shown[name] for name in ("optimizer", "learning_rate", "loss")] == ["Adam", "0.001", "mse"]
    assert shown["activations"] == "3 x relu, elu"


@pytest.mark.slow
def test_a_worker_reports_them(local: Sandbox) -> None:
    facts = predict(local, find("keras3.6/digits_dense.h5")).facts
    assert (facts.optimizer, facts.learning_rate, facts.activations) == ("Adam", "0.01", ("relu", "softmax"))
