"""Runs learners' models and training scripts, in Docker or in a plain process, and returns predictions."""

from .host.sandbox import (
    EXCEEDED,
    Ending,
    JobTimings,
    Outcome,
    PredictJob,
    Refusal,
    Sandbox,
    TrainJob,
    WorkerPool,
)
from .protocol.contract import ArtifactKind, InputForm, Limits, ModelFacts
from .protocol.packing import PackedInputs, pack_inputs

__all__ = [
    "EXCEEDED",
    "ArtifactKind",
    "Ending",
    "InputForm",
    "JobTimings",
    "Limits",
    "ModelFacts",
    "Outcome",
    "PackedInputs",
    "PredictJob",
    "Refusal",
    "Sandbox",
    "TrainJob",
    "WorkerPool",
    "pack_inputs",
]
