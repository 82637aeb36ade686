"""What came back from beside a stranger's code: nothing in it is believed before it is checked."""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...files.text import one_line
from ..protocol.contract import ArtifactKind, ModelFacts
from ..protocol.frames import BadFrame, split_frame
from .sandbox import Ending, Outcome, Refusal

_SENTENCE: Final = 1_000
_FACT: Final = 300
_MOST_LAYERS: Final = 200
_MOST_LINES: Final = 60
_MOST_ADAPTATIONS: Final = 8
_MOST_AXES: Final = 8
_NPY_HEADER: Final = 10_000
_SLACK: Final = 2**20
_SKETCH: Final = 4_096
_SKETCHED: Final = re.compile(
    r"1;[0-9a-f]{64}(;[0-9]+(x[0-9]+){1,7},[0-9a-f]{8},[A-Za-z0-9+/]{4,300}={0,2})*"
)
_SAVED: Final = {kind.value: kind for kind in (ArtifactKind.H5, ArtifactKind.KERAS, ArtifactKind.SAVED_MODEL)}


@dataclass(frozen=True)
class ParsedReply:
    """A job's reply, checked: an outcome without its log, and the seconds it says it spent."""

    outcome: Outcome
    load: float = 0.0
    predict: float = 0.0


def read_predictions(data: bytes, counts: Sequence[int], most: int) -> ParsedReply:
    """The reply of a job that was asked so many questions, and so many in each further set."""
    return _read(data, most, lambda header, payload: _read_predictions(header, payload, counts))


def read_model(data: bytes, most: int) -> ParsedReply:
    """The reply of a job that trained."""
    return _read(data, most, _read_trained)


def crashed(code: str, message: str) -> Outcome:
    """The outcome of a job that ended otherwise than it should."""
    return Outcome(Ending.CRASHED, refusal=Refusal(code, message))


def _read(data: bytes, most: int, read_result: Any) -> ParsedReply:
    try:
        header, payload = split_frame(data, most)
    except BadFrame:
        return ParsedReply(
            crashed("no_reply", "It ended without a proper reply: what came back was not one whole message.")
        )
    reply = header.get("reply")
    if reply == "refused":
        return ParsedReply(Outcome(Ending.REFUSED, refusal=_read_refusal(header)))
    if reply == "out_of_memory":
        return ParsedReply(Outcome(Ending.OUT_OF_MEMORY))
    if reply == "raised":
        message = one_line(header.get("message"), _SENTENCE) or "It raised an error."
        return ParsedReply(crashed("raised", message))
    result: ParsedReply = read_result(header, payload)
    return result


def _read_predictions(header: Mapping[str, Any], payload: memoryview, counts: Sequence[int]) -> ParsedReply:
    parts = _divide(payload, header.get("sizes"), len(counts))
    if header.get("reply") != "predicted" or parts is None:
        return ParsedReply(crashed("no_reply", "It ended without answering."))
    predictions, *further = (read_array(part) for part in parts)
    count = counts[0]
    if predictions is None:
        return ParsedReply(_refused("not_numbers", "The model's answers are not an array of numbers."))
    if predictions.ndim == 0 or len(predictions) != count:
        found = "one value" if predictions.ndim == 0 else f"{len(predictions):,} answers"
        return ParsedReply(_refused("wrong_count", f"{count:,} questions were asked and {found} came back."))
    return ParsedReply(
        Outcome(
            Ending.COMPLETED,
            predictions=predictions,
            extra_predictions=tuple(map(_if_complete, further, counts[1:])),
            facts=_read_facts(header.get("facts")),
        ),
        _seconds(header.get("load")),
        _seconds(header.get("predict")),
    )


def _divide(payload: memoryview, sizes: object, count: int) -> list[memoryview] | None:
    """The payload in parts of these sizes, which must be all of it; None where they are not."""
    if count == 1 and sizes is None:
        return [payload]
    if not isinstance(sizes, list) or len(sizes) != count:
        return None
    if not all(type(size) is int and 0 <= size <= len(payload) for size in sizes):
        return None
    ends = list(accumulate(sizes))
    if ends[-1] != len(payload):
        return None
    return [payload[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def _if_complete(predictions: NDArray[Any] | None, count: int) -> NDArray[Any] | None:
    """Answers to a further set of questions; None where they are not one to each."""
    return predictions if predictions is not None and predictions.ndim and len(predictions) == count else None


def _read_trained(header: Mapping[str, Any], payload: memoryview) -> ParsedReply:
    kind = _SAVED.get(str(header.get("kind")))
    if header.get("reply") != "trained" or kind is None or not len(payload):
        return ParsedReply(crashed("no_reply", "It ended without handing back a model."))
    facts = _read_facts(header.get("facts"))
    return ParsedReply(Outcome(Ending.COMPLETED, model=bytes(payload), model_kind=kind, facts=facts))


def read_array(payload: memoryview) -> NDArray[Any] | None:
    """An array of numbers from `.npy` bytes, or None: no pickle, nothing but bool, int and float."""
    file = io.BytesIO(payload)
    try:
        version = np.lib.format.read_magic(file)
        if version != (1, 0):
            return None
        shape, _, dtype = np.lib.format.read_array_header_1_0(file, max_header_size=_NPY_HEADER)
        # Checked before anything of the declared size is made.
        if dtype.kind not in "biuf" or dtype.itemsize > 8 or len(shape) > _MOST_AXES:
            return None
        if math.prod(shape) * dtype.itemsize != len(payload) - file.tell():
            return None
        file.seek(0)
        # No pickle: this array was written beside a stranger's code.
        array: NDArray[Any] = np.load(file, allow_pickle=False)
    except (
        ValueError,
        EOFError,
        OSError,
        SyntaxError,
        TypeError,
        OverflowError,
        MemoryError,
        RecursionError,
    ):
        return None
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _read_refusal(header: Mapping[str, Any]) -> Refusal:
    code = one_line(header.get("code"), 40)
    return Refusal(
        code=code if code.replace("_", "").isalnum() and code.isascii() else "refused",
        message=one_line(header.get("message"), _SENTENCE) or "The submission was refused without a reason.",
        expected=one_line(header.get("expected"), _FACT),
        found=one_line(header.get("found"), _FACT),
    )


def _read_facts(facts: object) -> ModelFacts:
    if not isinstance(facts, dict):
        return ModelFacts()
    parameters = facts.get("parameters")
    return ModelFacts(
        input_shape=one_line(facts.get("input_shape"), _FACT),
        output_shape=one_line(facts.get("output_shape"), _FACT),
        parameters=parameters if type(parameters) is int and 0 <= parameters < 2**63 else None,
        layers=_texts(facts.get("layers"), _MOST_LAYERS),
        summary=_texts(facts.get("summary"), _MOST_LINES),
        saved_by=one_line(facts.get("saved_by"), _FACT),
        form=one_line(facts.get("form"), _FACT),
        adaptations=_texts(facts.get("adaptations"), _MOST_ADAPTATIONS),
        device=one_line(facts.get("device"), _FACT),
        weight_fingerprint=_read_sketch(facts.get("weight_fingerprint")),
    )


def _read_sketch(weight_fingerprint: object) -> str:
    """A sketch of weights as the worker writes them; empty for anything else."""
    if not isinstance(weight_fingerprint, str) or len(weight_fingerprint) > _SKETCH:
        return ""
    return weight_fingerprint if _SKETCHED.fullmatch(weight_fingerprint) else ""


def _texts(texts: object, most: int) -> tuple[str, ...]:
    if not isinstance(texts, list):
        return ()
    return tuple(shown for text in texts[:most] if (shown := one_line(text, _FACT)))


def _seconds(value: object) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
        return float(value)
    return 0.0


def _refused(code: str, message: str) -> Outcome:
    return Outcome(Ending.REFUSED, refusal=Refusal(code, message))
