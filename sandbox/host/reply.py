"""A job's reply, parsed: it was written beside a stranger's code, so nothing in it is trusted.

read_predictions, read_model    check every field, and leave out what is not as it should be
"""

from __future__ import annotations

import builtins
import linecache
import logging
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from pathlib import Path
from threading import Lock
from typing import Any, Final

from numpy.typing import NDArray

from ...errors import FailedAtFile, SandboxUnavailable
from ...files.text import counted, one_line
from ..protocol.contract import (
    DESCRIBED,
    MOST_FRAMES,
    OWN_CODE_BEGINS,
    ArtifactKind,
    Limits,
    ModelFacts,
    worker_files,
)
from ..protocol.frames import BadFrame, split_first_frame, split_frame
from .npy import read_npy
from .sandbox import Ending, Outcome, Refusal

logger = logging.getLogger(__name__)

_LONGEST_MESSAGE: Final = 1_000
"""Characters; so are the next four."""
_LONGEST_ERROR: Final = 300
_LONGEST_FACT: Final = 300
_LONGEST_NAME: Final = 80
_LONGEST_FINGERPRINT: Final = 28_672
_MOST_LAYERS: Final = 200
_MOST_LINES: Final = 60
_MOST_ADAPTATIONS: Final = 8
_FINGERPRINT: Final = re.compile(
    r"2;[0-9a-f]{64}(;[0-9]{1,10}(x[0-9]{1,10}){1,7},[0-9a-f]{8},[A-Za-z0-9+/]{8,700}={0,2}(,([A-Za-z0-9+/]{8,200}={0,2})?){2})*"
)
_MODEL_KINDS: Final = {kind.value: kind for kind in ArtifactKind if kind is not ArtifactKind.SCRIPT}
NOT_NUMBERS: Final = "The model's predictions are not an array of numbers."
_ONE_AT_A_TIME: Final = Lock()
"""NumPy reads a header with `ast.literal_eval`, which threads disturb before Python 3.11.8: gh-106905."""


_SANDBOX: Final = Path(__file__).parents[1]
_TENSORFLOW_ERRORS: Final = re.compile(
    "(Aborted|AlreadyExists|Cancelled|DataLoss|DeadlineExceeded|FailedPrecondition|Internal|InvalidArgument|NotFound"
    "|Op|OutOfRange|PermissionDenied|ResourceExhausted|Unauthenticated|Unavailable|Unimplemented|Unknown)Error"
)
_PYTHON_ERRORS: Final = frozenset(
    name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, Exception)
)


@dataclass(frozen=True)
class JobFault:
    """An error of our own code inside a job."""

    error: str
    """Its class, where that is one of Python's or TensorFlow's; else "an error"."""
    trace: str
    """A line for each frame of ours, outermost first, and the source that stands there."""
    message: str
    """Its text. To be shown only where the job was for a model of ours."""

    @property
    def place(self) -> str:
        """The innermost frame: "worker/load.py, line 120", or "an unknown place"."""
        lines = [line for line in self.trace.splitlines() if line.startswith("worker/")]
        return lines[-1].rstrip(":") if lines else "an unknown place"


@dataclass(frozen=True)
class ParsedReply:
    """A checked reply: an outcome without its log, and the seconds that the job reports."""

    outcome: Outcome
    load: float = 0.0
    predict: float = 0.0
    fault: JobFault | None = None
    """Our own code failed in the job, before any code of the submission's own ran there."""
    is_described: bool = False
    """The job had said what is known of its model, and then read inputs."""
    row_counts: tuple[int, ...] = ()
    """How many ids each Embedding of the model declares, smallest first."""


def read_predictions(data: bytes, counts: Sequence[int], most: int) -> ParsedReply:
    """The reply of a `predict` job: as many predictions as `counts` says, for its inputs and each extra set.

    Args:
        data: what came back, at most `most` bytes of payload.
    """
    return _read(data, most, lambda header, payload: _read_predictions(header, payload, counts))


def read_model(data: bytes, most: int) -> ParsedReply:
    """The reply of a `train` job."""
    return _read(data, most, _read_trained)


def crashed(code: str, message: str) -> Outcome:
    """The outcome of a job that ended without a usable reply."""
    return Outcome(Ending.CRASHED, refusal=Refusal(code, message))


def _read(
    data: bytes, most: int, read_result: Callable[[Mapping[str, Any], memoryview], ParsedReply]
) -> ParsedReply:
    may_be_forged = data.startswith(OWN_CODE_BEGINS)
    frames = data.removeprefix(OWN_CODE_BEGINS)
    description: Mapping[str, Any] | None = None
    try:
        header, payload, behind = split_first_frame(frames, most)
        if header.get("reply") == DESCRIBED and not payload:
            description = header
            header, payload = split_frame(behind, most)
        elif behind:
            raise BadFrame("More than one message came back.")
    except BadFrame:
        what = "what came back is not one message" if frames else "it ended itself, as `os._exit(0)` does"
        return ParsedReply(crashed("no_reply", f"It ended without a complete reply: {what}."))
    parsed = _read_frame_of_job(header, payload, read_result, may_be_forged=may_be_forged)
    return parsed if description is None else _with_description(parsed, description)


def _with_description(parsed: ParsedReply, description: Mapping[str, Any]) -> ParsedReply:
    """Facts of a model are those that were told before it read an input."""
    facts = _read_facts(description.get("facts"))
    rows = description.get("row_counts")
    known = [one for one in rows if type(one) is int and 0 < one < 2**31] if isinstance(rows, list) else []
    return replace(
        parsed,
        outcome=replace(parsed.outcome, facts=facts),
        is_described=True,
        row_counts=tuple(known[:_MOST_LAYERS]),
    )


def _read_frame_of_job(
    header: Mapping[str, Any],
    payload: memoryview,
    read_result: Callable[[Mapping[str, Any], memoryview], ParsedReply],
    *,
    may_be_forged: bool,
) -> ParsedReply:
    reply = header.get("reply")
    if reply == "refused":
        return ParsedReply(Outcome(Ending.REFUSED, refusal=_read_refusal(header)))
    if reply == "out_of_memory":
        return ParsedReply(Outcome(Ending.OUT_OF_MEMORY))
    if reply == "raised":
        message = one_line(header.get("message"), _LONGEST_MESSAGE) or "It raised an error."
        return ParsedReply(crashed("raised", message))
    if reply == "fault" and not may_be_forged:
        return ParsedReply(crashed("fault", "tfprep's own code failed."), fault=read_fault(header))
    return read_result(header, payload)


def _read_predictions(header: Mapping[str, Any], payload: memoryview, counts: Sequence[int]) -> ParsedReply:
    parts = _split(payload, header.get("sizes"), len(counts))
    if header.get("reply") != "predicted" or parts is None:
        return ParsedReply(crashed("no_reply", "It ended without predictions."))
    with _ONE_AT_A_TIME:
        predictions, *extra = (read_npy(part) for part in parts)
    count = counts[0]
    if predictions is None:
        return ParsedReply(_refused("not_numbers", NOT_NUMBERS))
    if predictions.ndim == 0 or len(predictions) != count:
        return ParsedReply(_refused("wrong_count", wrong_count(count)))
    return ParsedReply(
        Outcome(
            Ending.COMPLETED,
            predictions=predictions,
            extra_predictions=tuple(map(_if_complete, extra, counts[1:])),
        ),
        _seconds(header.get("load")),
        _seconds(header.get("predict")),
    )


def expect_shape(outcome: Outcome, outputs: Sequence[tuple[int, ...]]) -> Outcome:
    """The outcome with the shape that was predicted; refused where that is none of those asked for.

    A model that predicts again has told what is known of it before: no facts come with that.
    """
    if outcome.predictions is None:
        return outcome
    shape = outcome.predictions.shape[1:]
    if shape not in outputs:
        return Outcome(Ending.REFUSED, refusal=Refusal("output_shape", ""), facts=outcome.facts)
    if outcome.facts == ModelFacts():
        return outcome
    return replace(outcome, facts=replace(outcome.facts, output_shape=show_shape(shape)))


def wrong_count(inputs: int) -> str:
    """What to say where a model gave more predictions than inputs, or fewer."""
    return f"There is not one prediction for each of {counted(inputs, 'input')}."


def show_shape(shape: Sequence[int]) -> str:
    """For example "(n, 10)", or "(n,)"."""
    return f"({', '.join(['n', *map(str, shape)])}{'' if len(shape) else ','})"


def _split(payload: memoryview, sizes: object, count: int) -> list[memoryview] | None:
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
    """Predictions of an extra set; None unless there is one for each input."""
    return predictions if predictions is not None and predictions.ndim and len(predictions) == count else None


def _read_trained(header: Mapping[str, Any], payload: memoryview) -> ParsedReply:
    kind = _MODEL_KINDS.get(str(header.get("kind")))
    if header.get("reply") != "trained" or kind is None or not len(payload):
        return ParsedReply(crashed("no_reply", "It ended without returning a model."))
    return ParsedReply(
        Outcome(
            Ending.COMPLETED,
            model=bytes(payload),
            model_kind=kind,
            facts=replace(_read_facts(header.get("facts")), adaptations=_raised_later(header.get("raised"))),
        )
    )


def _raised_later(raised: object) -> tuple[str, ...]:
    """What is said of a script that raised after a model was saved, in words of our own."""
    if not raised:
        return ()
    error = known_error(one_line(raised, _LONGEST_MESSAGE))
    return (
        f"The script ended with {error} after it had saved a model. That model was graded. What the script "
        "printed shows the error.",
    )


def _read_refusal(header: Mapping[str, Any]) -> Refusal:
    code = one_line(header.get("code"), 40)
    return Refusal(
        code=code if code.replace("_", "").isalnum() and code.isascii() else "refused",
        message=one_line(header.get("message"), _LONGEST_MESSAGE)
        or "The submission was refused without a reason.",
        expected=one_line(header.get("expected"), _LONGEST_FACT),
        found=one_line(header.get("found"), _LONGEST_FACT),
    )


def _read_facts(facts: object) -> ModelFacts:
    if not isinstance(facts, dict):
        return ModelFacts()
    parameters = facts.get("parameters")
    return ModelFacts(
        input_shape=one_line(facts.get("input_shape"), _LONGEST_FACT),
        output_shape=one_line(facts.get("output_shape"), _LONGEST_FACT),
        parameters=parameters if type(parameters) is int and 0 <= parameters < 2**63 else None,
        layers=_texts(facts.get("layers"), _MOST_LAYERS),
        summary=_texts(facts.get("summary"), _MOST_LINES),
        saved_by=one_line(facts.get("saved_by"), _LONGEST_FACT),
        form=one_line(facts.get("form"), _LONGEST_FACT),
        adaptations=_texts(facts.get("adaptations"), _MOST_ADAPTATIONS),
        device=one_line(facts.get("device"), _LONGEST_FACT),
        weight_fingerprint=_read_fingerprint(facts.get("weight_fingerprint")),
        optimizer=one_line(facts.get("optimizer"), _LONGEST_NAME),
        learning_rate=one_line(facts.get("learning_rate"), _LONGEST_NAME),
        loss=one_line(facts.get("loss"), _LONGEST_NAME),
        activations=_texts(facts.get("activations"), _MOST_LINES, _LONGEST_NAME),
        unmasked=one_line(facts.get("unmasked"), _LONGEST_NAME),
    )


def _read_fingerprint(text: object) -> str:
    """The fingerprint of weights as the worker writes it; empty for anything else."""
    if not isinstance(text, str) or len(text) > _LONGEST_FINGERPRINT:
        return ""
    return text if _FINGERPRINT.fullmatch(text) else ""


def _texts(texts: object, most: int, longest: int = _LONGEST_FACT) -> tuple[str, ...]:
    if not isinstance(texts, list):
        return ()
    return tuple(shown for text in texts[:most] if (shown := one_line(text, longest)))


def _seconds(value: object) -> float:
    """Seconds to two decimals: more digits would carry more than a time."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e6:
        return round(float(value), 2)
    return 0.0


def _refused(code: str, message: str) -> Outcome:
    return Outcome(Ending.REFUSED, refusal=Refusal(code, message))


def read_fault(header: Mapping[str, Any]) -> JobFault:
    """The fault that a reply reports. What our worker's files do not hold is left out."""
    frames = header.get("frames")
    lines = [_read_frame(frame) for frame in frames[-MOST_FRAMES:]] if isinstance(frames, list) else []
    return JobFault(
        error=known_error(one_line(header.get("error"), 80)),
        trace="\n".join(line for line in lines if line),
        message=one_line(header.get("message"), _LONGEST_ERROR),
    )


def failed_at_file(fault: JobFault) -> FailedAtFile:
    """The error of a job for a model that our own code failed at; the traceback goes to the log."""
    log_fault(fault)
    return FailedAtFile(
        f"tfprep could not read this model: its own code failed ({fault.error} in {fault.place}). It reads "
        "other models. There is no score, and no attempt was used: a person has to look at it.",
        'Save the model in another format, for example with model.save("mymodel.keras"), and submit that.',
    )


def failed_before_script(fault: JobFault) -> SandboxUnavailable:
    """The error of a training job whose script had not begun; the traceback goes to the log."""
    log_fault(fault)
    return SandboxUnavailable(
        f"tfprep failed before the script began: {fault.error} in {fault.place}.",
        "Submit again. If this happens again, run `tfprep doctor`.",
    )


def kept_waiting(limits: Limits) -> FailedAtFile:
    """The error to raise for a job that other programs kept from its time."""
    return FailedAtFile(
        f"Other programs kept this machine so busy that the file did not get the "
        f"{counted(limits.seconds, 'second')} that it may take.",
        "Nothing is lost. Run the command again when less is running here.",
    )


def log_fault(fault: JobFault) -> None:
    """Writes an error of our own code inside a job to the log, without its message."""
    logger.error("our own code failed in a job: %s\n%s", fault.error, fault.trace)


def known_error(text: str) -> str:
    """The first known type of error that a text names, or "an error"."""
    for word in re.findall(r"[A-Za-z]+", text):
        if word in _PYTHON_ERRORS or _TENSORFLOW_ERRORS.fullmatch(word):
            return str(word)
    return "an error"


def _read_frame(frame: object) -> str:
    if not isinstance(frame, list) or len(frame) != 2:
        return ""
    file, line = frame
    path = worker_files(_SANDBOX).get(file) if isinstance(file, str) else None
    source = linecache.getline(str(path), line) if path is not None and type(line) is int else ""
    return f"{file}, line {line}:\n    {source.strip()}" if source else ""
