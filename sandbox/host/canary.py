"""A small model that is known to be good: a worker that does not answer it is broken, whatever it is sent.

Every worker answers it before its first job, in the form that most of our own code has to do with. It is
asked again, in a submission's own form, wherever a submission fails in a way that a broken installation could
explain: nobody's model is called wrong by a worker that cannot read a right one.

`tests/sandbox/make_canary.py` made the files.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np

from ...errors import SandboxUnavailable, WorkerLost
from ..protocol.contract import ArtifactKind, InputForm, Limits
from ..protocol.packing import pack_inputs
from .fault import log_fault
from .sandbox import Ending, Outcome, PredictJob

if TYPE_CHECKING:
    from .reply import ParsedReply
    from .worker_client import WorkerClient

FIRST: Final = ArtifactKind.H5
"""The form that a new worker answers: it is inspected, rewritten and loaded with classes of ours."""
TRIED: Final = {"keras": "3.15", "tensorflow": "2.21"}
"""The newest release of each that tfprep was tried with: `pyproject.toml` allows none after it."""
_FILES: Final = {
    ArtifactKind.H5: "model.h5",
    ArtifactKind.KERAS: "model.keras",
    ArtifactKind.SAVED_MODEL: "saved_model.zip",
}
_FOLDER: Final = Path(__file__).parent / "canary_models"
_INPUTS: Final = np.array([[1, 2, 3], [4, 5, 6]], np.float32)
_PREDICTIONS: Final = np.array([[1321], [1654]], np.float32)
_SECONDS: Final = 60.0
_IN_DOUBT: Final = (
    "crashed",
    "custom_layer",
    "load_raised",
    "model_raised",
    "no_reply",
    "not_a_model",
    "not_numbers",
    "raised",
)
"""Refusal codes of what a broken installation could bring about as well as a broken model."""


def is_in_doubt(outcome: Outcome) -> bool:
    """Whether a broken installation could explain how a job ended."""
    return outcome.refusal is not None and outcome.refusal.code in _IN_DOUBT


def check_canary(client: WorkerClient, kind: ArtifactKind) -> None:
    """Has a worker answer the model, in this form.

    Raises:
        SandboxUnavailable: it does not give the predictions that are known to be right.
    """
    try:
        reply = client.try_model(_job(kind))
    except WorkerLost as error:
        raise SandboxUnavailable(error.what, error.remedy) from error
    wrong = _find_wrong(reply)
    if wrong:
        raise SandboxUnavailable(
            f"The sandbox cannot read a model that is known to be good, so it grades none: {wrong} "
            f"{_compare_releases(client)}",
            "Install these releases (`tfprep sandbox build` for Docker), and submit again.",
        )


@cache
def _job(kind: ArtifactKind) -> PredictJob:
    form = InputForm("canary", _INPUTS.shape[1:], "float32")
    inputs = pack_inputs({form.name: _INPUTS}, (form,))
    model = (_FOLDER / _FILES[kind]).read_bytes()
    return PredictJob(kind, model, inputs, (_PREDICTIONS.shape[1:],), Limits(_SECONDS))


def _find_wrong(reply: ParsedReply) -> str:
    """What is wrong with the answer, in a sentence; empty where it is right."""
    if reply.fault is not None:
        log_fault(reply.fault)
        return f"{reply.fault.error} in {reply.fault.place}: {reply.fault.message}."
    outcome = reply.outcome
    if outcome.ending is not Ending.COMPLETED or outcome.predictions is None:
        return outcome.refusal.message if outcome.refusal else f"It ended as {outcome.ending.value}."
    right = outcome.predictions.shape == _PREDICTIONS.shape and np.allclose(outcome.predictions, _PREDICTIONS)
    return "" if right else "Its predictions are wrong."


def _compare_releases(client: WorkerClient) -> str:
    found = [f"{name} {client.environment.get(name, 'unknown')}" for name in TRIED]
    tried = [f"{name} {release}" for name, release in TRIED.items()]
    return f"It has {' and '.join(found)}; tfprep was tried with {' and '.join(tried)}."
