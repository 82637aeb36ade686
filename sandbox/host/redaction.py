"""What a model's author is told of a job that read hidden inputs: nothing that could quote one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from ...files.text import counted
from ..protocol.contract import ArtifactKind
from .reply import NOT_NUMBERS, ParsedReply, expect_shape, known_error, show_shape, wrong_count
from .sandbox import Ending, PredictJob, Refusal

_RAISED: Final = ("raised", "load_raised")
"""Refusal codes whose message names an error, from before a model has read inputs."""
_AFTER_INPUTS: Final = ("model_raised", "no_room", "not_numbers", "unknown_id", "wrong_count")
"""Refusal codes that only a job that has read inputs has."""
_SEE_DETAILS: Final = (
    "To look for the details, load the saved file in a new Python process, with the release of TensorFlow "
    "that tfprep uses, and call the model on a batch of the validation data."
)
_NO_ROOM: Final = (
    "The model writes files when it is called, and filled the room that it has for them. A model that "
    "predicts writes none: leave out what writes, and save it again."
)


def redact(reply: ParsedReply, job: PredictJob) -> ParsedReply:
    """The reply without any text in which the model in `job` could quote the hidden inputs.

    after inputs were read    a code and known words, in our own sentences, whatever the model's kind
    before, saved_model       its graph writes the errors that it raises: only their type is kept
    before, h5 and keras      only Keras's code ran, and nothing hidden was there: kept as it is
    """
    outcome = expect_shape(reply.outcome, job.outputs)
    refusal = outcome.refusal
    if refusal is not None and outcome.ending is Ending.REFUSED:
        if reply.is_described or refusal.code in _AFTER_INPUTS:
            refusal = _after_inputs(refusal, replace(reply, outcome=outcome), job)
        elif job.kind is ArtifactKind.SAVED_MODEL:
            refusal = _without_error_text(refusal)
    elif refusal is not None and refusal.code == "raised":
        # The job's own words for how it ended.
        refusal = Refusal("raised", "It calls itself without end (RecursionError).")
    return replace(reply, outcome=replace(outcome, refusal=refusal))


def _after_inputs(refusal: Refusal, reply: ParsedReply, job: PredictJob) -> Refusal:
    """Why a model could not answer, by the code, in words of which none is from the job that read inputs."""
    match refusal.code:
        case "output_shape":
            return _wrong_output(reply.outcome.facts.output_shape, job.outputs)
        case "not_numbers":
            return Refusal("not_numbers", NOT_NUMBERS)
        case "wrong_count":
            return Refusal("wrong_count", wrong_count(job.inputs.count))
        case "no_room":
            return Refusal("model_raised", _NO_ROOM)
        case "unknown_id" if reply.row_counts:
            return _unknown_id(reply.row_counts)
        case _:
            what = "SavedModel" if job.kind is ArtifactKind.SAVED_MODEL else "model"
            name = known_error(refusal.found)
            message = f"The {what} raised {name} when it was called. {_SEE_DETAILS}"
            return Refusal("model_raised", message, found=name)


def _unknown_id(row_counts: Sequence[int]) -> Refusal:
    """Which ids each Embedding knows, as the file declares it: not which of them was asked for another."""
    if len(row_counts) == 1:
        message = (
            f"The model's Embedding has the ids 0 to {row_counts[0] - 1}, and the inputs hold larger ones."
        )
        found = f"input_dim={row_counts[0]}"
    else:
        message = "One of the model's Embedding layers has too few ids: the inputs hold larger ones."
        found = ""
    return Refusal("model_raised", f"{message} Set input_dim to the size of the vocabulary.", found=found)


def _wrong_output(declared: str, outputs: Sequence[tuple[int, ...]]) -> Refusal:
    """`declared` is the shape that the file declares: the one found may be computed from hidden inputs."""
    shapes = [show_shape(shape) for shape in outputs]
    expected = " or ".join(shapes)
    if declared in shapes:
        message = (
            f"The model declares outputs of shape {declared}, but its predictions have another shape, or "
            "there is not one prediction for each input. Call it on one batch and look at its result's shape."
        )
        return Refusal("output_shape", message, expected=expected)
    shown = f"have the shape {declared}, and {expected} is expected" if declared else f"are not {expected}"
    advice = (
        _reshaped(declared, outputs)
        or f"Change the last layer{_units(declared, outputs[0])} and train again."
    )
    message = f"For n inputs the model's predictions {shown}. {advice}"
    return Refusal("output_shape", message, expected=expected, found=declared)


def _reshaped(declared: str, outputs: Sequence[tuple[int, ...]]) -> str:
    """The layer that only drops or adds axes of length 1; empty where the numbers are others."""
    if not re.fullmatch(r"\(n(, \d{1,9})+\)", declared):
        return ""
    sizes = [size for size in map(int, re.findall(r"\d+", declared)) if size != 1]
    for shape in outputs:
        if shape and sizes == [size for size in shape if size != 1]:
            layer = f"keras.layers.Reshape({tuple(shape)})"
            return f"Without new training: keras.Sequential([model, {layer}]).save('mymodel.keras')."
    return ""


def _units(declared: str, wanted: Sequence[int]) -> str:
    """For example " to 10 units", where only the number of units is wrong."""
    if len(wanted) != 1 or not re.fullmatch(r"\(n, \d{1,9}\)", declared):
        return ""
    return f" to {counted(wanted[0], 'unit')}"


def _without_error_text(refusal: Refusal) -> Refusal:
    if refusal.code not in _RAISED:
        return refusal
    name = known_error(refusal.message)
    message = f"The SavedModel raised {name} when it was loaded or called. {_SEE_DETAILS}"
    return replace(refusal, message=message, found=name)
