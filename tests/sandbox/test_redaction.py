"""A model tries to speak through every field of a reply, after it has read inputs."""

from __future__ import annotations

import io
from dataclasses import asdict
from typing import Any

import numpy as np
import pytest

from tfprep.sandbox import ArtifactKind, Ending, InputForm, Limits, Outcome, PredictJob, pack_inputs
from tfprep.sandbox.host.redaction import redact
from tfprep.sandbox.host.reply import read_predictions
from tfprep.sandbox.protocol.frames import pack_frame

PIXEL = "7937554"
"""Of a hidden picture; as a number it is the same."""
FORM = InputForm("x", (2,), "float32")
INPUTS = pack_inputs({"x": np.zeros((3, 2), np.float32)}, (FORM,))
FACTS = {"input_shape": "(n, 2)", "output_shape": "(n, 10)", "layers": ["Dense"]}
REFUSALS = (
    "model_raised",
    "unknown_id",
    "output_shape",
    "not_numbers",
    "no_room",
    "wrong_count",
    PIXEL,
    "other",
)


def told(
    reply: dict[str, Any], payload: bytes = b"", kind: ArtifactKind = ArtifactKind.KERAS, **said: Any
) -> Outcome:
    """What becomes of a reply to a job for predictions of shape (10,), after these words about the model."""
    job = PredictJob(kind, b"model", INPUTS, ((10,),), Limits(1))
    description = pack_frame({"reply": "described", **{"facts": FACTS, **said}})
    return redact(read_predictions(description + pack_frame(reply, payload), [3], 2**20), job).outcome


def npy(array: Any) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [ArtifactKind.H5, ArtifactKind.KERAS, ArtifactKind.SAVED_MODEL])
@pytest.mark.parametrize("code", REFUSALS)
def test_a_refusal_after_inputs_were_read_spells_nothing_of_the_job_s(code: str, kind: ArtifactKind) -> None:
    words = dict.fromkeys(("message", "expected", "found"), f"Found {PIXEL} KeyError")
    outcome = told({"reply": "refused", "code": code, **words, "facts": {"saved_by": PIXEL}}, kind=kind)
    assert outcome.ending is Ending.REFUSED
    assert PIXEL not in str(asdict(outcome))
    assert outcome.refusal is not None
    assert "KeyError" in outcome.refusal.message or code not in {"model_raised", "other"}


def test_an_embedding_s_size_is_told_as_the_file_declares_it() -> None:
    outcome = told({"reply": "refused", "code": "unknown_id", "found": PIXEL}, row_counts=[1000])
    assert outcome.refusal is not None
    assert "has the ids 0 to 999, and the inputs hold larger ones" in outcome.refusal.message
    assert outcome.refusal.found == "input_dim=1000"


def test_which_of_several_embeddings_was_too_small_is_not_told() -> None:
    outcome = told({"reply": "refused", "code": "unknown_id"}, row_counts=[1000, 7937554])
    assert outcome.refusal is not None
    assert "One of the model's Embedding layers" in outcome.refusal.message
    assert PIXEL not in str(asdict(outcome))


def test_without_an_embedding_in_the_file_no_size_is_told() -> None:
    """A graph of take and cumsum fails like an Embedding, with a size that it computed."""
    outcome = told({"reply": "refused", "code": "unknown_id", "found": "InvalidArgumentError"}, row_counts=[])
    assert outcome.refusal is not None
    assert "raised InvalidArgumentError when it was called" in outcome.refusal.message


@pytest.mark.parametrize("shape", [(3, 7937554, 0), (3, 0), (3,), (3, 11)])
def test_a_shape_that_was_not_asked_for_is_told_as_the_file_declares_it(shape: tuple[int, ...]) -> None:
    outcome = told({"reply": "predicted"}, npy(np.zeros(shape, np.float32)))
    assert outcome.refusal is not None
    assert outcome.refusal.code == "output_shape"
    assert "declares outputs of shape (n, 10), but" in outcome.refusal.message
    assert "11" not in outcome.refusal.message
    assert PIXEL not in str(asdict(outcome))


@pytest.mark.parametrize(
    ("declared", "advice"),
    [
        ("(n, 10, 1)", "Without new training: keras.Sequential([model, keras.layers.Reshape((10,))])"),
        ("(n, 1, 10)", "Without new training: keras.Sequential([model, keras.layers.Reshape((10,))])"),
        ("(n, 25)", "Change the last layer to 10 units and train again."),
        ("(n, 2, 5)", "Change the last layer and train again."),
        ("(n, any, 1)", "Change the last layer and train again."),
        ("", "are not (n, 10). Change the last layer and train again."),
    ],
)
def test_predictions_of_another_shape_need_a_layer_or_a_training(declared: str, advice: str) -> None:
    outcome = told({"reply": "refused", "code": "output_shape"}, facts={"output_shape": declared})
    assert outcome.refusal is not None
    assert advice in outcome.refusal.message


@pytest.mark.parametrize("count", [0, 2, 4, 7937])
def test_how_many_predictions_came_is_not_told(count: int) -> None:
    outcome = told({"reply": "predicted"}, npy(np.zeros((count, 10), np.float32)))
    assert outcome.refusal is not None
    assert outcome.refusal.message == "There is not one prediction for each of 3 inputs."


def test_facts_that_come_with_the_predictions_are_not_read() -> None:
    words = dict.fromkeys(("input_shape", "saved_by", "device", "form", "weight_fingerprint"), PIXEL)
    said = {"layers": [PIXEL], "summary": [PIXEL], "adaptations": [PIXEL], "parameters": int(PIXEL), **words}
    outcome = told({"reply": "predicted", "facts": said}, npy(np.zeros((3, 10), np.float32)))
    assert outcome.ending is Ending.COMPLETED
    assert PIXEL not in str(asdict(outcome.facts))
    assert outcome.facts.layers == ("Dense",)
    assert outcome.facts.output_shape == "(n, 10)"


def test_the_seconds_that_a_job_reports_have_two_decimals() -> None:
    frame = pack_frame(
        {"reply": "predicted", "load": 0.7937554, "predict": 1.7937554}, npy(np.zeros((3, 10)))
    )
    parsed = read_predictions(frame, [3], 2**20)
    assert (parsed.load, parsed.predict) == (0.79, 1.79)


@pytest.mark.parametrize("found", ["", PIXEL, "My793Error", "Error7937554"])
def test_an_error_s_type_is_told_only_where_it_is_a_known_one(found: str) -> None:
    outcome = told({"reply": "refused", "code": "model_raised", "found": found})
    assert outcome.refusal is not None
    assert "raised an error when it was called" in outcome.refusal.message


WORDS = (
    "code",
    "message",
    "expected",
    "found",
    "facts",
    "load",
    "predict",
    "why",
    "kind",
    "sizes",
    "anything",
)
"""Fields of a frame."""


@pytest.mark.parametrize("reply", ["refused", "raised", "out_of_memory", "trained", "passed", "described"])
def test_whatever_a_job_says_its_author_reads_the_same_for_any_input(reply: str) -> None:
    """Two hidden sets that differ in a pixel, and a job that says it in every field: the same outcome."""
    for word in WORDS:
        said = [
            asdict(told({"reply": reply, "code": "model_raised", word: value}))
            for value in (PIXEL, "1234567", 7937554, 0.1234567, [PIXEL], {"saved_by": PIXEL, "parameters": 5})
        ]
        assert all(each == said[0] for each in said), word


@pytest.mark.parametrize("word", ["load", "predict"])
def test_predictions_bring_no_words_and_two_decimals_of_time(word: str) -> None:
    payload = npy(np.zeros((3, 10), np.float32))
    said = [told({"reply": "predicted", word: value}, payload) for value in (PIXEL, [1], {"a": PIXEL}, None)]
    assert len({str(each) for each in said}) == 1


def test_a_fault_that_a_job_reports_has_no_words_of_its_own() -> None:
    frame = {
        "reply": "fault",
        "error": PIXEL,
        "message": PIXEL,
        "frames": [[PIXEL, 3], ["worker/job.py", PIXEL]],
    }
    description = pack_frame({"reply": "described", "facts": FACTS})
    fault = read_predictions(description + pack_frame(frame), [3], 2**20).fault
    assert fault is not None
    # The third, its message, is shown for our own model alone.
    assert (fault.error, fault.trace) == ("an error", "")
