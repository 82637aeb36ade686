"""What a job that has read the questions may say about its end: never its own words, which could quote them.

h5, keras           run Keras's code only: told as the worker told it
saved_model         its graph writes the errors it raises: only their type is told
allow_lambda        its own code may have written all of the reply: only what is in our own words is told
"""

from __future__ import annotations

import builtins
import re
from dataclasses import replace
from typing import Final

from ..protocol.contract import ArtifactKind, ModelFacts
from .reply import ParsedReply
from .sandbox import EXCEEDED, Ending, Outcome, PredictJob, Refusal

_RAISED: Final = ("raised", "model_raised", "load_raised")
"""The codes whose sentences name an error."""
_TENSORFLOW_ERRORS: Final = frozenset(
    {
        "AbortedError",
        "AlreadyExistsError",
        "CancelledError",
        "DataLossError",
        "DeadlineExceededError",
        "FailedPreconditionError",
        "InternalError",
        "InvalidArgumentError",
        "NotFoundError",
        "OpError",
        "OutOfRangeError",
        "PermissionDeniedError",
        "ResourceExhaustedError",
        "UnauthenticatedError",
        "UnavailableError",
        "UnimplementedError",
        "UnknownError",
    }
)
_PYTHON_ERRORS: Final = frozenset(
    name for name, each in vars(builtins).items() if isinstance(each, type) and issubclass(each, Exception)
)
_OWN_CODES: Final = frozenset(
    {
        "custom_layer",
        "input_shape",
        "lambda_layer",
        "load_raised",
        "model_raised",
        "no_reply",
        "not_a_model",
        "not_numbers",
        "output_shape",
        "raised",
        "too_large",
        "truncated",
        "wrong_count",
        "wrong_dtype",
    }
)
_AT_HOME: Final = (
    "Load the saved file in a fresh Python and ask it a batch of the validation data: the same will show, "
    "with its details."
)


def redact(told: ParsedReply, job: PredictJob) -> ParsedReply:
    """A reply as the author of the model in `job` may hear it."""
    if job.allow_lambda:
        return ParsedReply(_in_our_words(told.outcome, job))
    if job.kind is ArtifactKind.SAVED_MODEL:
        return replace(told, outcome=_without_errors(told.outcome))
    return told


def _in_our_words(outcome: Outcome, job: PredictJob) -> Outcome:
    if outcome.predictions is not None and outcome.predictions.shape[1:] not in job.outputs:
        outcome = Outcome(Ending.REFUSED, refusal=Refusal("output_shape", ""))
    refusal = outcome.refusal
    # A job's own words can bring about a refusal or a crash, but not this: it is the worker's.
    ended_by_us = outcome.ending is Ending.CRASHED and refusal is not None and refusal.code == EXCEEDED
    if refusal is not None and not ended_by_us:
        code = refusal.code if refusal.code in _OWN_CODES else "refused"
        refusal = Refusal(code, f"The model could not be asked: {_name(code)}. {_AT_HOME}")
    return replace(outcome, refusal=refusal, facts=ModelFacts())


def _without_errors(outcome: Outcome) -> Outcome:
    refusal = outcome.refusal
    if refusal is None or refusal.code not in _RAISED:
        return outcome
    named = _known_error(refusal.message)
    sentence = f"The SavedModel raised {named} when it was loaded or asked. {_AT_HOME}"
    return replace(outcome, refusal=Refusal(refusal.code, sentence, found=named))


def _known_error(text: str) -> str:
    """The first known type of error that a text names; it is not told of any other."""
    words = re.findall(r"[A-Za-z]+", text)
    return next((word for word in words if word in _TENSORFLOW_ERRORS | _PYTHON_ERRORS), "an error")


def _name(code: str) -> str:
    return code.replace("_", " ")
