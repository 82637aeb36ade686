"""Where models run: beside nothing they could steal, and with nothing they could forge."""

from .host.pack_inputs import pack
from .host.sandbox import (
    EXCEEDED,
    AnswerJob,
    ArtifactKind,
    Ending,
    InputForm,
    Limits,
    ModelFacts,
    Outcome,
    Questions,
    Refusal,
    Sandbox,
    Timings,
    TrainJob,
)

__all__ = [
    "EXCEEDED",
    "AnswerJob",
    "ArtifactKind",
    "Ending",
    "InputForm",
    "Limits",
    "ModelFacts",
    "Outcome",
    "Questions",
    "Refusal",
    "Sandbox",
    "Timings",
    "TrainJob",
    "pack",
]
