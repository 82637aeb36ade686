"""Model files as years of TensorFlow wrote them: read, or refused with the reason. See tests/zoo/make.py."""

from __future__ import annotations

import os
import sys
from importlib.metadata import distributions

import numpy as np
import pytest

from tfprep.grader.submission.recognition import recognise
from tfprep.sandbox import ArtifactKind, Ending, InputForm, Sandbox, pack_inputs

from ..zoo import broken_files as broken
from ..zoo.examples import make_inputs
from ..zoo.index import SIZE_LIMIT, Entry, find, inputs, predict, read_index, recognised, submit
from .jobs import expect_refusal

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
