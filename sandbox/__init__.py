"""Where models run: beside nothing they could steal, and with nothing they could forge."""

from .host.pack_inputs import pack_inputs
from .host.sandbox import (
    EXCEEDED,
    Ending,
    JobTimings,
    Outcome,
    PackedInputs,
    PredictJob,
    Refusal,
    Sandbox,
    TrainJob,
)
from .protocol import file_formats
from .protocol.contract import ArtifactKind, InputForm, Limits, ModelFacts

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
    "file_formats",
    "pack_inputs",
]
