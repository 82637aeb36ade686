"""Model files as years of TensorFlow wrote them: read, or refused with the reason. See tests/zoo/make.py."""

from __future__ import annotations

import json
import os
import sys
import zipfile
from collections.abc import Callable
from copy import deepcopy
from importlib.metadata import distributions
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pytest

from tfprep.errors import NotAModel
from tfprep.grader.submission.recognition import Recognised, recognise
from tfprep.sandbox import ArtifactKind, Ending, InputForm, Outcome, Sandbox, pack_inputs
from tfprep.sandbox.worker.keras2_config import DROPPED, SHIMS, drop_settings, modernise
from tfprep.sandbox.worker.keras2_files import renumber, split_words
from tfprep.sandbox.worker.refusals import innermost

from .. import warm_python
from ..zoo import broken_files as broken
from ..zoo import keras_alone
from ..zoo.examples import make_inputs
from ..zoo.index import COLLECTION, SIZE_LIMIT, Entry, find, inputs, predict, read_index, submit

ROOT = Path(__file__).parents[2]
ENTRIES = read_index()
GOOD = [entry for entry in ENTRIES if entry.families and entry.file]
KINDS = [entry for entry in ENTRIES if entry.release.startswith("kinds.") and entry.file]
ODD = [entry for entry in ENTRIES if not entry.families and entry.file and entry not in KINDS]
SAME = 1e-5
SAME_IN_HALF_PRECISION = 1e-4
"""float16 keeps 11 bits, and releases add up in different orders: one step of the last bit shows."""
QUICK = ("fuel_normalization_first", "reviews_text_given", "demand_time_distributed")

VOCABULARY_LOST = [entry for entry in GOOD if entry.model == "reviews_text" and entry.format == "h5"]
"""Keras 3 leaves a text layer's learned vocabulary out of an .h5; Keras 2 refused to write such a file."""
TEXT_SAVED_AS_NUMBERS = [
    find(f"{release}/reviews_text.saved_model.zip") for release in ("keras3.0", "keras3.3")
]
"""`tf.saved_model.save` of these releases gave a model of texts a signature of numbers."""
STILL_AUGMENTING = [entry for entry in GOOD if entry.model == "flowers_conv" and entry.format == "export"]
"""`export()` of these releases left random flips and rotations switched on: there is no one prediction."""
READ = [entry for entry in GOOD if entry not in [*VOCABULARY_LOST, *TEXT_SAVED_AS_NUMBERS, *STILL_AUGMENTING]]


def quick_or_slow(entries: list[Entry]) -> list[object]:
    """A few files for the quick loop, all for the whole suite; each release's in a process."""
    quick = [entry.model in QUICK and entry.release in ("tf2.13", "keras3.0") for entry in entries]
    return [
        pytest.param(
            entry,
            id=str(entry),
            marks=[pytest.mark.xdist_group(f"zoo/{entry.release}"), *([] if now else [pytest.mark.slow])],
        )
        for entry, now in zip(entries, quick, strict=True)
    ]


@pytest.mark.parametrize("entry", quick_or_slow(READ))
def test_a_model_predicts_as_it_did_where_it_was_made(local: Sandbox, entry: Entry) -> None:
    outcome = predict(local, entry)
    assert outcome.ending is Ending.COMPLETED, outcome.refusal
    near = SAME_IN_HALF_PRECISION if "mixed precision" in entry.families else SAME
    np.testing.assert_allclose(outcome.predictions, entry.recorded, rtol=0, atol=near)


def test_the_files_are_read_by_the_keras_that_this_run_is_about(local: Sandbox) -> None:
    other = os.environ.get("TFPREP_TEST_KERAS")
    (found,) = distributions(name="keras", path=[other] if other else sys.path)
    outcome = predict(local, next(entry for entry in READ if entry.model in QUICK))
    assert outcome.environment["keras"] == found.version


@pytest.mark.slow
@pytest.mark.parametrize("entry", VOCABULARY_LOST, ids=str)
def test_an_h5_that_lost_its_vocabulary_is_refused(local: Sandbox, entry: Entry) -> None:
    expect_refusal(predict(local, entry), "vocabulary_lost", "adapt()", ".keras")


@pytest.mark.slow
@pytest.mark.parametrize("entry", TEXT_SAVED_AS_NUMBERS, ids=str)
def test_a_text_model_saved_with_a_signature_of_numbers_is_refused(local: Sandbox, entry: Entry) -> None:
    outcome = predict(local, entry)
    expect_refusal(outcome, "wrong_dtype", "float32", "save it as .keras, or with model.export()")
    assert outcome.refusal is not None
    assert outcome.refusal.expected == "string"


@pytest.mark.slow
@pytest.mark.parametrize("entry", STILL_AUGMENTING, ids=str)
def test_an_export_that_still_augments_predicts_otherwise_than_its_model_and_the_card_says_so(
    local: Sandbox, entry: Entry
) -> None:
    outcomes = [predict(local, entry) for _ in range(2)]
    for outcome in outcomes:
        assert outcome.ending is Ending.COMPLETED
        assert outcome.predictions is not None
        assert np.abs(outcome.predictions - entry.recorded).max() > SAME
        assert "RandomFlip were left switched on" in " ".join(outcome.facts.adaptations)
    np.testing.assert_array_equal(outcomes[0].predictions, outcomes[1].predictions)


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry",
    [entry for entry in READ if entry.format in ("saved_model", "export") and "Dropout" in entry.families],
    ids=str,
)
def test_a_graph_with_its_random_layers_switched_off_is_not_said_to_draw(
    local: Sandbox, entry: Entry
) -> None:
    assert "RandomFlip" not in " ".join(predict(local, entry).facts.adaptations)


KINDS_REFUSED = {
    "locally_connected": ("custom_layer", "'LocallyConnected1D'", "without new training", "model.export"),
    "never_built": ("no_weights", "before it was built", "fit"),
}


@pytest.mark.slow
@pytest.mark.parametrize("entry", [entry for entry in KINDS if entry.model not in KINDS_REFUSED], ids=str)
def test_a_file_that_keras_3_alone_misreads_predicts_as_its_writer_did(local: Sandbox, entry: Entry) -> None:
    outcome = predict(local, entry)
    assert outcome.ending is Ending.COMPLETED, outcome.refusal
    # Some predict numbers of a thousand, of which a float keeps seven digits.
    np.testing.assert_allclose(outcome.predictions, entry.recorded, rtol=1e-6, atol=SAME)
    said = " ".join(outcome.facts.adaptations)
    assert ("state was reset" in said) == (entry.model == "stateful")


@pytest.mark.slow
@pytest.mark.parametrize("entry", [entry for entry in KINDS if entry.model in KINDS_REFUSED], ids=str)
def test_a_file_that_cannot_be_read_is_refused_for_the_true_reason(local: Sandbox, entry: Entry) -> None:
    expect_refusal(predict(local, entry), *KINDS_REFUSED[entry.model])


# Unusual, and read: what the card says was changed.
ADAPTED = {
    "channel_axis": "axis of length 1 was added",
    "batch_of_32": "exactly 32 examples",
    "double_precision": "takes float64",
    "long_token_ids": "takes int64",
    "short_token_ids": "takes int16",
    "lines_in_words": "axis of length 1 was added",
}
ADAPTED_OF_KERAS_3 = {
    # Called on two cars before it was saved, it takes two: Keras 3 keeps the batch of the first call.
    "never_built": "exactly 2 examples",
}


def adaptation_of(entry: Entry) -> str:
    """Words the card must hold; none where nothing is changed."""
    if (entry.release, entry.model, entry.format) == ("oddities.keras3.6", "batch_of_32", "export"):
        return ""  # Keras 3 forgets the frozen batch when it exports.
    if entry.release == "oddities.keras3.6" and entry.format != "export":
        return (ADAPTED | ADAPTED_OF_KERAS_3).get(entry.model, "")
    return ADAPTED.get(entry.model, "")


# Unusual, and refused: the code, and words its author needs. In a SavedModel ("folder") own code is a graph.
REFUSED = {
    ("lambda_layer", "file"): ("lambda_layer", "'shrink'", "Rescaling"),
    ("nested_lambda", "file"): ("lambda_layer", "'hidden_away'", "Rescaling"),
    ("custom_layer", "file"): ("custom_layer", "'Shrink'", "come with Keras"),
    ("custom_activation", "file"): ("custom_layer", "'soft_step'", "come with Keras"),
    ("two_inputs", "file"): ("input_shape", "2 inputs", "single input"),
    ("two_inputs", "folder"): ("input_shape", "2 inputs", "single input"),
    ("two_outputs", "file"): ("output_shape", "2 outputs", "model.outputs[0]"),
    ("two_outputs", "folder"): ("output_shape", "2 outputs", "with one output"),
    ("several_signatures", "folder"): ("several_signatures", "serving_default"),
    ("no_signature", "folder"): ("no_signature", "model.export"),
    ("signature_with_two_outputs", "folder"): ("output_shape", "2 outputs"),
    ("save_weights", "file"): ("weights_only", "model.load_weights"),
}


def refusal_of(entry: Entry) -> tuple[str, ...] | None:
    place = "folder" if entry.format in ("saved_model", "export") else "file"
    return REFUSED.get((entry.model, place))


@pytest.mark.slow
@pytest.mark.parametrize("entry", [entry for entry in ODD if refusal_of(entry)], ids=str)
def test_an_unusual_model_is_refused_with_its_reason(local: Sandbox, entry: Entry) -> None:
    expected = refusal_of(entry)
    assert expected is not None
    expect_refusal(predict(local, entry), *expected)


@pytest.mark.slow
@pytest.mark.parametrize(
    "entry", [entry for entry in ODD if not refusal_of(entry) and entry.model != "checkpoint"], ids=str
)
def test_an_unusual_model_is_read_and_the_card_says_what_was_changed(local: Sandbox, entry: Entry) -> None:
    outcome = predict(local, entry)
    assert outcome.ending is Ending.COMPLETED, outcome.refusal
    assert outcome.predictions is not None
    recorded = entry.recorded[: len(outcome.predictions)]
    np.testing.assert_allclose(outcome.predictions, recorded, rtol=0, atol=SAME)
    adapted = adaptation_of(entry)
    assert adapted in " ".join(outcome.facts.adaptations)
    assert bool(adapted) == bool(outcome.facts.adaptations)


def test_an_axis_of_one_is_left_out_where_the_model_has_none(local: Sandbox) -> None:
    entry = find("tf2.15/digits_dense.h5")
    digits = np.asarray(make_inputs(entry.kind, entry.model))[..., None]
    packed = pack_inputs({"pixels": digits}, (InputForm("pixels", (28, 28, 1), "float32"),))
    outcome = submit(local, recognised(entry), packed, ((10,),))
    np.testing.assert_allclose(outcome.predictions, entry.recorded, rtol=0, atol=SAME)
    assert "axis of length 1 was left out" in outcome.facts.adaptations[0]


def test_token_ids_are_given_as_numbers_with_a_point_where_the_model_takes_them_so(local: Sandbox) -> None:
    outcome = predict(local, find("tf2.15/reviews_pooling.h5"))
    assert outcome.facts.adaptations == ("The model takes float32: the inputs were converted from int32.",)


@pytest.mark.parametrize(
    ("file", "given_as"),
    [
        ("tf2.15/digits_dense.h5", "features"),
        ("tf2.15/demand_conv.h5", "digits"),
        ("keras3.6/fuel_dense.keras", "photographs"),
        ("keras3.6/flowers_mobilenet.saved_model.zip", "window"),
    ],
)
def test_a_model_of_another_problem_is_refused_with_expected_and_found(
    local: Sandbox, file: str, given_as: str
) -> None:
    outcome = submit(local, recognised(find(file)), inputs(given_as, "another"), ((1,),))
    expect_refusal(outcome, "input_shape", "Change the input layer")
    assert outcome.refusal is not None
    assert outcome.refusal.expected != outcome.refusal.found != ""


MADE: dict[str, tuple[Callable[[], bytes], ArtifactKind, str, str]] = {
    "an external link": (
        broken.external_link,
        ArtifactKind.H5,
        "external_link",
        "link to another file",
    ),
    "external storage": (
        broken.external_storage,
        ArtifactKind.H5,
        "external_link",
        "link to another file",
    ),
    "a virtual dataset": (
        broken.virtual_dataset,
        ArtifactKind.H5,
        "external_link",
        "link to another file",
    ),
    "a declaration of 150 GB": (broken.declares_150_gb, ArtifactKind.H5, "too_large", "150 GiB"),
    "measurements": (broken.without_config, ArtifactKind.H5, "not_a_model", "no Keras model"),
    "a description cut short": (broken.config_cut_short, ArtifactKind.H5, "truncated", "cut short"),
    "an h5 cut short": (lambda: broken.cut(broken.H5), ArtifactKind.H5, "truncated", "cut short"),
    "a keras cut short": (
        lambda: broken.cut(broken.KERAS),
        ArtifactKind.KERAS,
        "truncated",
        "cut short",
    ),
    "a zip cut short": (
        lambda: broken.cut(broken.SAVED_MODEL),
        ArtifactKind.SAVED_MODEL,
        "truncated",
        "cut short",
    ),
    "no weights": (broken.without_weights, ArtifactKind.KERAS, "not_a_model", "weights"),
    "os.system for a layer": (
        broken.naming_os_system,
        ArtifactKind.KERAS,
        "custom_layer",
        "come with Keras",
    ),
    "a Git LFS pointer": (
        lambda: broken.LFS_POINTER,
        ArtifactKind.H5,
        "git_lfs_pointer",
        "git lfs pull",
    ),
    "a web page": (lambda: broken.HTML_PAGE, ArtifactKind.H5, "html_page", "web page"),
}


@pytest.mark.parametrize("name", MADE)
def test_a_broken_file_is_refused_with_its_reason(local: Sandbox, name: str) -> None:
    make, kind, code, words = MADE[name]
    outcome = submit(local, Recognised(kind, make()), inputs("features", "fuel_dense"), ((1,),))
    expect_refusal(outcome, code, words)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (broken.LFS_POINTER, "git_lfs_pointer"),
        (broken.HTML_PAGE, "html_page"),
        ((COLLECTION / "oddities.tf2.15/checkpoint.zip").read_bytes(), "checkpoint"),
        (broken.cut(broken.KERAS), "truncated_archive"),
        (broken.cut(broken.SAVED_MODEL), "truncated_archive"),
    ],
    ids=["Git LFS pointer", "web page", "checkpoint", "keras cut short", "zip cut short"],
)
def test_what_is_plainly_no_model_never_reaches_a_worker(content: bytes, code: str) -> None:
    with pytest.raises(NotAModel) as refused:
        recognise(content, "mymodel.h5", SIZE_LIMIT)
    assert refused.value.code == code


@pytest.mark.parametrize("release", ["tf2.13", "tf2.15", "keras3.6"])
def test_a_text_model_in_an_archive_from_windows_finds_its_vocabulary(local: Sandbox, release: str) -> None:
    entry = find(f"{release}/reviews_text.keras")
    found = recognise(broken.with_backslashes(f"{release}/reviews_text.keras"), "mymodel.keras", SIZE_LIMIT)
    outcome = submit(local, found, inputs(entry.kind, entry.model), ((1,),))
    np.testing.assert_allclose(outcome.predictions, entry.recorded, rtol=0, atol=SAME)


@pytest.mark.parametrize("file", ["tf2.13/demand_gru.keras", "kinds.tf2.15/base_nested_thrice.keras"])
def test_weights_whose_names_hold_backslashes_are_found(local: Sandbox, file: str) -> None:
    entry = find(file)
    found = recognise(broken.with_backslashes_in_weights(file), "mymodel.keras", SIZE_LIMIT)
    outcome = submit(local, found, inputs(entry.kind, entry.model), (entry.recorded.shape[1:],))
    np.testing.assert_allclose(outcome.predictions, entry.recorded, rtol=0, atol=SAME)


def test_a_keras_file_of_tensorflow_2_12_is_hdf5_and_taken_as_such() -> None:
    assert recognised(find("tf2.12/fuel_dense.keras")).kind is ArtifactKind.H5


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
    files = [entry.file for entry in KINDS if entry.format == "keras"] + ["tf2.15/reviews_attention.keras"]
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


def test_every_family_is_there_in_every_format_from_a_keras_2_and_a_keras_3() -> None:
    families = {family for entry in GOOD for family in entry.families}
    for major in ("Keras 2.", "Keras 3."):
        for family in families:
            formats = {e.format for e in GOOD if e.writer.startswith(major) and family in e.families}
            # Keras 3 refuses to write random layers with tf.saved_model.save.
            refused = {"saved_model"} if (major, family) == ("Keras 3.", "augmentation") else set()
            assert formats == {"h5", "keras", "saved_model", "export"} - refused, (major, family)


def test_the_index_says_why_a_release_could_not_write_a_file() -> None:
    absent = [entry for entry in ENTRIES if entry.file is None]
    assert absent
    assert all(entry.error for entry in absent)


def recognised(entry: Entry) -> Recognised:
    return recognise(entry.content, str(entry), SIZE_LIMIT)


def expect_refusal(outcome: Outcome, code: str, *words: str) -> None:
    assert outcome.ending is Ending.REFUSED, outcome
    assert outcome.refusal is not None
    assert outcome.refusal.code == code, outcome.refusal
    for word in words:
        assert word in outcome.refusal.message
