"""What is done to read an older Keras's file: each rewriting is needed, and none goes too far."""

from __future__ import annotations

import json
import os
import zipfile
from contextlib import suppress
from copy import deepcopy
from pathlib import Path
from random import Random
from typing import Any

import h5py
import pytest

from tfprep.sandbox import Ending, Sandbox
from tfprep.sandbox.worker.keras2_config import DROPPED, SHIMS, drop_settings, modernise
from tfprep.sandbox.worker.keras2_files import move_layers, renumber, split_words
from tfprep.sandbox.worker.refusals import innermost
from tfprep.sandbox.worker.reply import Refused

from .. import warm_python
from ..zoo import keras_alone
from ..zoo.index import COLLECTION, find, predict, read_index

ROOT = Path(__file__).parents[2]
NEEDED = {
    "time_major": "tf2.15/demand_lstm.h5",
    "groups": "tf2.15/flowers_mobilenet.h5",
    "kernel_initializer": "tf2.15/digits_conv.h5",
    "kernel_regularizer": "tf2.15/digits_conv.h5",
    "kernel_constraint": "tf2.15/digits_conv.h5",
    "drop_attention_shapes": "tf2.15/reviews_attention.h5",
    "score_mode": "keras3.6/reviews_attention.h5",
    "trainable": "tf2.15/reviews_gru.h5",
    "noise_shape": "tf2.15/reviews_gru.h5",
    "causal": "kinds.tf2.9/additive_attention.h5",
    "value_range": "kinds.keras3.3/rotation.keras",
    "add_input_layer": "kinds.tf2.2/no_input_layer_tokens.h5",
    "drop_repeated_shapes": "tf2.15/digits_dense.keras",
    "name_dtype_policy": "tf2.15/digits_mixed_precision.h5",
    "move_functional": "tf2.15/reviews_text_given.keras",
    "name_one_axis": "tf2.15/demand_conv.keras",
    "keep_axes": "kinds.tf2.15/several_axes.h5",
    "name_functions": "kinds.keras3.3/activations_of_tensorflow.keras",
    "name_gone_layers": "kinds.tf2.15/random_layers_gone.h5",
    "name_operations": "kinds.tf2.3/functions_of_tensorflow.h5",
    "rename_slashes": "kinds.tf2.15/names_with_slashes.h5",
    "recount_nested_calls": "tf2.15/flowers_mobilenet.keras",
    "unwrap_single_tensors": "kinds.tf2.15/base_in_sequential.h5",
    "write_calls": "tf2.15/reviews_attention.keras",
    "mark_operations": "keras3.6/reviews_text_given.h5",
    "set_input_width": "tf2.15/fuel_normalization_first.h5",
    "move_layers": "tf2.13/fuel_dense.keras",
    "find_classes": "tf2.12/demand_cells.h5",
    "vocabulary_by_line": "oddities.keras3.6/lines_in_words.keras",
}
"""For each thing that is done to read a file, one that nobody could read without it."""


NEEDED_IN_THE_WALK = {
    "name_refused_options": "walk/tf2.2/Attention.causal.based.Adam.h5",
    "drop_training_options": "walk/tf2.12/initializer.Identity.functional.RMSprop.keras",
    "add_offset": "walk/tf2.2/Rescaling.based.SGD.h5",
}
"""The same of files that test_walk.py answers."""


def run_in_another_process(*command: str) -> dict[str, str | None]:
    """What a script of the zoo prints. TensorFlow is loaded there and not here."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "", "PYTHONPATH": f"{ROOT}:{ROOT / '.src'}"}
    done = warm_python.run(command, check=True, env=os.environ | quiet, cwd=ROOT)
    reasons: dict[str, str | None] = json.loads(done.stdout.splitlines()[-1])
    return reasons


@pytest.mark.slow
def test_keras_alone_reads_none_of_the_files_that_need_rewriting() -> None:
    files = [str(COLLECTION / file) for file in NEEDED.values()]
    reasons = run_in_another_process(str(Path(keras_alone.__file__)), *files)
    assert [file for file, reason in reasons.items() if reason is None] == []


@pytest.mark.slow
def test_no_rewriting_can_be_left_out() -> None:
    needed = NEEDED | NEEDED_IN_THE_WALK
    reasons = run_in_another_process("-m", "tests.zoo.without_rewrite", json.dumps(needed))
    assert [name for name, reason in reasons.items() if reason is None] == []
    assert set(needed) >= {*DROPPED, *(each.__name__ for each in SHIMS if each is not drop_settings)}


@pytest.mark.slow
@pytest.mark.parametrize("name", NEEDED)
def test_with_the_rewriting_its_file_is_read(local: Sandbox, name: str) -> None:
    outcome = predict(local, find(NEEDED[name]))
    assert outcome.ending is Ending.COMPLETED, outcome.refusal


@pytest.mark.parametrize(
    ("kind", "setting"),
    [
        ("DepthwiseConv2D", {"groups": 2}),
        ("LSTM", {"time_major": True}),
        ("Attention", {"score_mode": "concat"}),
        ("SpatialDropout1D", {"noise_shape": [1, 2]}),
        ("BatchNormalization", {"axis": [1, 2]}),
        ("AdditiveAttention", {"causal": True}),
    ],
)
def test_a_setting_that_means_something_is_never_dropped(kind: str, setting: dict[str, object]) -> None:
    layer = {"class_name": kind, "config": dict(setting)}
    modernise(layer, "2.15.0")
    assert layer["config"] == setting


def stored_configs() -> list[Any]:
    """The configs of the kinds' `.keras` archives, and of an attention model's."""
    kinds = [entry for entry in read_index() if entry.release.startswith("kinds.") and entry.file]
    files = [entry.file for entry in kinds if entry.format == "keras"] + ["tf2.15/reviews_attention.keras"]
    return [json.loads(zipfile.ZipFile(COLLECTION / file).read("config.json")) for file in files]


def containers(config: Any) -> list[Any]:
    found, waiting = [], [config]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list) and node:
            found.append(node)
            waiting += node.values() if isinstance(node, dict) else node
    return found


ODD_VALUES: list[Any] = [
    None,
    1,
    -2.5,
    True,
    "x",
    "a/b",
    [],
    {},
    [[]],
    [["x", 0, 0]],
    ["x", 0, 0, {}],
    {"class_name": []},
]


@pytest.mark.parametrize("version", ["2.9.0", "3.3.3", "", "2.x", "9" * 50])
def test_a_config_of_odd_types_is_left_to_keras_and_no_fault_of_ours(version: str) -> None:
    random = Random(version)
    for config in stored_configs():
        for _ in range(40):
            odd = deepcopy(config)
            for _ in range(3):
                node = random.choice(containers(odd) or [{}])
                if node:
                    place = random.choice(sorted(node) if isinstance(node, dict) else range(len(node)))
                    node[place] = deepcopy(random.choice(ODD_VALUES))
            with suppress(Refused):  # a call that has lost its inputs
                modernise(odd, version)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            "Sequential could not be built.\n\nException encountered: No argument 'value_range'",
            None,
        ),
        (
            "A total of 4 objects could not be loaded. Example error message for object <Dense name=d>:\n\n"
            "Layer 'd' expected 2 variables",
            "Layer 'd' expected 2 variables",
        ),
    ],
)
def test_what_keras_says_is_told_by_its_innermost_cause(said: str, told: str | None) -> None:
    assert innermost(ValueError(said)) == (told or "No argument 'value_range'")


@pytest.mark.parametrize(
    "content",
    [
        "\n[UNK]\na\x85b\nc\u2028d\x1ce".encode(),
        "\n[UNK]\na\x85b\nc\u2028d\x1ce\n\n".encode(),
        "\r\n[UNK]\r\na\x85b\r\nc\u2028d\x1ce".encode(),
    ],
    ids=["Linux", "with an end", "Windows"],
)
def test_a_vocabulary_s_line_ends_where_its_writer_ended_it(content: bytes) -> None:
    assert split_words(content) == ["", "[UNK]", "a\x85b", "c\u2028d\x1ce"]


def test_a_vocabulary_in_an_encoding_of_windows_is_read() -> None:
    assert split_words("\r\n[UNK]\r\ncaf\u00e9".encode("cp1252")) == ["", "[UNK]", "caf\u00e9"]


def test_layers_numbered_with_gaps_are_numbered_anew() -> None:
    moves = dict(renumber(["dense_4", "dense", "conv2d", "dense_12", "conv2d_2"]))
    assert moves == {
        "conv2d": "conv2d",
        "conv2d_2": "conv2d_1",
        "dense": "dense",
        "dense_4": "dense_1",
        "dense_12": "dense_2",
    }


def test_a_vocabulary_inside_a_model_inside_a_model_moves_as_the_weights_do(tmp_path: Path) -> None:
    old = "_layer_checkpoint_dependencies"
    kept = tmp_path / "assets" / old / "sequential_2" / old / "text_vectorization" / "_lookup_layer"
    kept.mkdir(parents=True)
    (kept / "vocabulary.txt").write_text("good")
    with h5py.File(tmp_path / "model.weights.h5", "w") as file:
        file.create_group(f"{old}/sequential")
        file.create_group(f"{old}/sequential_2/{old}/text_vectorization")
    move_layers(tmp_path)
    found = [path.relative_to(tmp_path / "assets").as_posix() for path in tmp_path.rglob("*.txt")]
    assert found == ["layers/sequential_1/layers/text_vectorization/_lookup_layer/vocabulary.txt"]


def test_a_call_whose_inputs_the_file_does_not_hold_is_refused_for_that() -> None:
    """`tf.einsum("bti,btj->bij", x, x)`, as Keras 2.10 writes it."""
    called = {"name": "tf.einsum", "trainable": True, "dtype": "float32", "function": "einsum"}
    layers = [
        {
            "class_name": "InputLayer",
            "name": "x",
            "config": {"name": "x", "batch_input_shape": [None, 3, 2]},
            "inbound_nodes": [],
        },
        {
            "class_name": "TFOpLambda",
            "name": "tf.einsum",
            "config": called,
            "inbound_nodes": [["_CONSTANT_VALUE", -1, "bti,btj->bij", {}]],
        },
    ]
    graph = {"layers": layers, "input_layers": [["x", 0, 0]], "output_layers": [["tf.einsum", 0, 0]]}
    with pytest.raises(Refused, match=r"does not hold the inputs of 'tf\.einsum'"):
        modernise({"class_name": "Functional", "config": {"name": "model", **graph}}, "2.10.0")
