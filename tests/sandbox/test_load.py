"""Files as learners submit them: of older Keras versions, damaged, or no models at all."""

from __future__ import annotations

import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from tfprep.sandbox import Ending, InputForm, Outcome, Sandbox, pack_inputs
from tfprep.sandbox.protocol.contract import NEVER_ADAPTED

from .jobs import TOKENS, expected, predict_with

pytestmark = pytest.mark.slow


def rewrite(path: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Applies a change to every layer's description in a `.h5`."""
    with h5py.File(path, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            change(layer)
        file.attrs["model_config"] = json.dumps(config)


def predict_with_file(sandbox: Sandbox, folder: Path, path: Path) -> Outcome:
    """Lets any file predict, as if it were one of the model files."""
    shutil.copy(path, folder / path.name)
    try:
        return predict_with(sandbox, folder, path.name)
    finally:
        (folder / path.name).unlink()


def tokens(folder: Path) -> dict[str, object]:
    """The inputs and output shapes of a model of token ids."""
    return {
        "inputs": pack_inputs({"tokens": np.load(folder / "tokens.npy")}, (TOKENS,)),
        "outputs": ((1,),),
    }


@pytest.fixture
def copy(model_files: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Copies a model file, so that a test can change it."""

    def make(name: str) -> Path:
        return Path(shutil.copy(model_files / name, tmp_path / name))

    return make


def test_a_recurrent_layer_of_keras_2_loads(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path]
) -> None:
    path = copy("tokens.h5")
    rewrite(
        path,
        lambda layer: layer["config"].update(time_major=False) if layer["class_name"] == "LSTM" else None,
    )
    shutil.copy(model_files / "tokens.npy", path.parent)
    outcome = predict_with(local, path.parent, "tokens.h5", **tokens(path.parent))
    np.testing.assert_array_equal(
        outcome.predictions, predict_with(local, model_files, "tokens.h5", **tokens(model_files)).predictions
    )
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "tokens.h5"), atol=1e-6)


def test_a_keras_archive_written_on_windows_loads(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path]
) -> None:
    path = copy("tokens.h5").with_name("windows.keras")
    with zipfile.ZipFile(model_files / "digits.keras") as good, zipfile.ZipFile(path, "w") as bad:
        for name in good.namelist():
            bad.writestr(name, good.read(name))
        bad.writestr("assets\\layers\\x", b"")
    outcome = predict_with_file(local, model_files, path)
    np.testing.assert_allclose(outcome.predictions, expected(model_files, "digits.keras"), atol=1e-6)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"import tensorflow as tf\n", "not_a_model"),
        (b"<!DOCTYPE html><html>", "html_page"),
        (b"version https://git-lfs.github.com/spec/v1\noid", "git_lfs_pointer"),
        (b"\x89HDF\r\n\x1a\n" + b"\x00" * 100, "truncated"),
    ],
)
def test_a_file_that_is_no_model_is_named(
    local: Sandbox, model_files: Path, tmp_path: Path, content: bytes, code: str
) -> None:
    (tmp_path / "file.h5").write_bytes(content)
    outcome = predict_with_file(local, model_files, tmp_path / "file.h5")
    assert outcome.ending is Ending.REFUSED
    assert outcome.refusal.code == code


@pytest.mark.parametrize("name", ["digits.h5", "digits.keras"])
def test_a_file_cut_short_is_truncated(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path], name: str
) -> None:
    path = copy(name)
    whole = path.read_bytes()
    path = path.with_stem("cut")
    path.write_bytes(whole[: len(whole) // 2])
    assert predict_with_file(local, model_files, path).refusal.code == "truncated"


def test_weights_without_a_model_are_refused(local: Sandbox, model_files: Path, tmp_path: Path) -> None:
    shutil.copy(model_files / "only.weights.h5", tmp_path / "weights.h5")
    assert predict_with_file(local, model_files, tmp_path / "weights.h5").refusal.code == "weights_only"


def test_a_link_to_another_file_is_not_followed(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path]
) -> None:
    path = copy("digits.h5").rename(copy("digits.h5").with_name("linked.h5"))
    with h5py.File(path, "r+") as file:
        file["model_weights/stolen"] = h5py.ExternalLink("/etc/hostname", "/")
    assert predict_with_file(local, model_files, path).refusal.code == "external_link"


def test_a_small_file_that_declares_150_gigabytes_is_too_large(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path]
) -> None:
    path = copy("digits.h5").with_name("declares.h5")
    shutil.copy(model_files / "digits.h5", path)
    with h5py.File(path, "r+") as file:
        file["model_weights"].create_dataset("huge", (150 * 2**27,), "float64", chunks=(2**20,))
    assert path.stat().st_size < 2**20
    assert predict_with_file(local, model_files, path).refusal.code == "too_large"


def test_a_saved_model_without_a_signature_is_refused(local: Sandbox, model_files: Path) -> None:
    assert predict_with(local, model_files, "no_signature").refusal.code == "no_signature"


def test_a_saved_model_with_random_predictions_is_refused_with_the_layers_to_look_for(
    local: Sandbox, model_files: Path
) -> None:
    refusal = predict_with(local, model_files, "dice").refusal
    assert refusal.code == "random_predictions"
    assert "RandomFlip or Dropout" in refusal.message


def test_a_layer_that_keras_does_not_have_is_named(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path]
) -> None:
    path = copy("digits.h5").with_name("custom.h5")
    shutil.copy(model_files / "digits.h5", path)
    rewrite(
        path, lambda layer: layer.update(class_name="MyDense") if layer["class_name"] == "Dense" else None
    )
    refusal = predict_with_file(local, model_files, path).refusal
    assert refusal.code == "custom_layer"
    assert "MyDense" in refusal.message


def test_a_call_of_a_function_that_draws_numbers_is_refused_with_the_way_out(
    local: Sandbox, model_files: Path, copy: Callable[[str], Path]
) -> None:
    path = copy("digits.h5").with_name("operation.h5")
    shutil.copy(model_files / "digits.h5", path)
    rewrite(
        path,
        lambda layer: (
            layer.update(class_name="TFOpLambda", config={"function": "random.uniform"})
            if layer["class_name"] == "Flatten"
            else None
        ),
    )
    refusal = predict_with_file(local, model_files, path).refusal
    assert refusal.code == "tfoplambda"
    assert "model.export" in refusal.message


def test_a_too_small_vocabulary_is_reported_without_quoting_inputs(local: Sandbox, model_files: Path) -> None:
    outcome = predict_with(local, model_files, "small_vocabulary.h5", **tokens(model_files))
    assert outcome.refusal.code == "model_raised"
    assert "input_dim=3" in outcome.refusal.found


@pytest.mark.parametrize(
    ("name", "never"),
    [
        ("normalising.h5", False),
        ("given.h5", False),
        ("never_adapted.h5", True),
        ("never_adapted.keras", True),
    ],
)
def test_a_normalization_layer_that_learned_nothing_is_called_so(
    local: Sandbox, model_files: Path, name: str, never: bool
) -> None:
    outcome = predict_with(local, model_files, name)
    assert outcome.ending is Ending.COMPLETED
    assert (NEVER_ADAPTED in outcome.facts.layers) == never


def test_a_half_precision_model_predicts_in_float32(local: Sandbox, model_files: Path) -> None:
    outcome = predict_with(local, model_files, "half.keras")
    assert outcome.predictions.dtype == np.float32


def test_a_model_of_numbers_is_not_given_text(local: Sandbox, model_files: Path) -> None:
    text = pack_inputs({"text": ["a"] * 3}, (InputForm("text", (), "string"),))
    assert predict_with(local, model_files, "digits.h5", inputs=text).refusal.code in (
        "input_shape",
        "wrong_dtype",
    )
