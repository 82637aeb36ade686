"""A model's config names layers and functions: which of Keras's names are building blocks of a model."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tfprep.sandbox.worker.inspection import inspect_keras
from tfprep.sandbox.worker.reply import Refused

pytestmark = pytest.mark.slow
"""Keras is imported, to see what it exports."""

LAMBDA = {"module": "keras.layers", "class_name": "Lambda", "config": {"name": "trap"}}
DENSE = {"module": "keras.layers", "class_name": "Dense", "config": {"name": "dense"}}


def model_of(*layers: dict[str, Any]) -> dict[str, Any]:
    return {"module": "keras", "class_name": "Sequential", "config": {"layers": list(layers)}}


def function(module: str, name: str) -> dict[str, Any]:
    named = {"module": module, "class_name": "function", "config": name, "registered_name": name}
    return {**DENSE, "config": {"name": "dense", "activation": named}}


def refusal_of(path: Path, *members: tuple[str, dict[str, Any]]) -> str:
    """The code that an archive with these members is refused with; empty where it is not."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, config in members:
            archive.writestr(name, json.dumps(config))
    path.write_bytes(content.getvalue())
    try:
        inspect_keras(path, 2**30)
    except Refused as refused:
        return refused.code
    return ""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.activations", "relu"),
        ("keras.activations", "gelu"),
        ("keras.ops", "sin"),
        ("builtins", "relu"),
        ("keras.activations", "of_a_later_release"),
    ],
)
def test_functions_that_models_are_made_of_are_used(tmp_path: Path, module: str, name: str) -> None:
    assert refusal_of(tmp_path / "m.keras", ("config.json", model_of(function(module, name)))) == ""


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.utils", "get_file"),
        ("keras.saving", "load_model"),
        ("keras.models", "load_model"),
        ("keras.legacy.saving", "deserialize_keras_object"),
        ("keras.config", "enable_unsafe_deserialization"),
        ("keras.layers", "Dense"),
        ("keras.losses", "MeanSquaredError"),
        ("keras", "version"),
    ],
)
def test_other_names_of_keras_are_no_functions_of_a_model(tmp_path: Path, module: str, name: str) -> None:
    path = tmp_path / "m.keras"
    assert refusal_of(path, ("config.json", model_of(function(module, name)))) == "custom_layer"


@pytest.mark.parametrize(("module", "name"), [("keras.utils", "get_file"), ("keras.models", "load_model")])
def test_a_function_in_a_layer_s_place_is_refused(tmp_path: Path, module: str, name: str) -> None:
    layer = {"module": module, "class_name": name, "config": {}}
    assert refusal_of(tmp_path / "m.keras", ("config.json", model_of(layer))) == "custom_layer"


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("keras.layers", "Dense"),
        ("keras.src.models.functional", "Functional"),
        ("keras.initializers", "Zeros"),
    ],
)
def test_layers_and_other_objects_that_keras_saves_are_used(tmp_path: Path, module: str, name: str) -> None:
    layer = {"module": module, "class_name": name, "config": {"name": "a"}}
    assert refusal_of(tmp_path / "m.keras", ("config.json", model_of(layer))) == ""


def test_how_a_model_was_compiled_is_not_looked_at(tmp_path: Path) -> None:
    compiled = {"compile_config": {"loss": function("keras.utils", "get_file")}}
    assert refusal_of(tmp_path / "m.keras", ("config.json", model_of(DENSE) | compiled)) == ""


def test_how_a_model_inside_it_was_compiled_is_looked_at(tmp_path: Path) -> None:
    inner = model_of(DENSE) | {"compile_config": {"loss": function("keras.utils", "get_file")}}
    assert refusal_of(tmp_path / "m.keras", ("config.json", model_of(inner))) == "custom_layer"
    usual = {"optimizer": {"module": "keras.optimizers", "class_name": "Adam", "config": {}}, "loss": "mse"}
    inner = model_of(DENSE) | {"compile_config": usual}
    assert refusal_of(tmp_path / "m.keras", ("config.json", model_of(inner))) == ""


@pytest.mark.parametrize(
    "decoy", ["assets/config.json", "x\\config.json", "./config.json", "config.json/", "CONFIG.JSON"]
)
def test_a_decoy_of_the_config_hides_no_lambda(tmp_path: Path, decoy: str) -> None:
    members = [("config.json", model_of(LAMBDA)), (decoy, model_of(DENSE))]
    for each in (members, members[::-1]):
        assert refusal_of(tmp_path / "m.keras", *each) == "lambda_layer"


def test_of_two_configs_the_one_that_keras_reads_is_looked_at(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        code = refusal_of(
            tmp_path / "m.keras", ("config.json", model_of(DENSE)), ("config.json", model_of(LAMBDA))
        )
    assert code == "lambda_layer"
