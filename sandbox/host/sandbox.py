"""What a sandbox is: two verbs, the jobs they take, and every way a job can end.

A sandbox can only answer questions. It is given a model (or a script) and questions; it gives back
predictions (or a model). It is never given answers, so nothing it returns can be a grade.

    train(job)   runs a learner's script on the public data     -> Outcome with the model it saved
    answer(job)  asks a learner's model the hidden questions    -> Outcome with its predictions

Whose fault is a type: whatever the *submission* did wrong comes back as an `Outcome`; whatever *we* could
not do (no engine, no disk, a worker that vanished) is raised as `SandboxUnavailable` and costs no attempt.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Protocol, Self

from numpy.typing import NDArray

from ..protocol.contract import ArtifactKind, InputForm, Limits, ModelFacts

EXCEEDED: Final = "exceeded"
"""The code of a job that CRASHED because it was ended: for its processes, its files, or its reply's size."""


class Ending(StrEnum):
    """How a job ended. Every ending but COMPLETED is the submission's own doing."""

    COMPLETED = "completed"
    REFUSED = "refused"
    """Looked at and not run, or run and not understood: `Outcome.refusal` says which and why."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"


@dataclass(frozen=True)
class PackedInputs:
    """Hidden inputs in every form a model may ask for, packed once and known by their digest.

    A worker keeps what it has been sent, so the same questions travel to it only once.
    """

    packed: bytes
    """What `sandbox.pack` makes of a mapping from form name to array (n, *shape) or list of n strings."""
    digest: str
    """sha256 of `packed`, in hex."""
    forms: tuple[InputForm, ...]
    count: int


@dataclass(frozen=True)
class PredictJob:
    """Answer these questions with this model."""

    kind: ArtifactKind
    model: bytes
    inputs: PackedInputs
    outputs: tuple[tuple[int, ...], ...]
    """Shapes of one answer that are understood; another one is refused with expected against found."""
    limits: Limits
    allow_lambda: bool = False
    """Run bytecode stored in the model. Such a job always gets a worker used once."""
    extra_inputs: tuple[PackedInputs, ...] = ()
    """Asked behind the questions, in the form that the model took those in: loading it again costs more than
    answering. A set that has not this form, or that it fails at, stays without answers."""
    predict_again: bool = False
    """The job before this one asked the same model, and it answered. Where it is still loaded it is asked as
    it is, which takes a fraction of the time; the outcome is then without `facts`."""


@dataclass(frozen=True)
class TrainJob:
    """Run this script beside the public data, and hand back the model it saves."""

    script: bytes
    public: Path
    """The folder that the script finds as `data/`, read here and sent; never mounted."""
    limits: Limits
    watch: Callable[[str], None] = field(default=lambda line: None, compare=False)
    """Called with each line the script prints, already cleaned of control characters."""


@dataclass(frozen=True)
class Refusal:
    """Why a submission was refused: a code for programs, a sentence for its author."""

    code: str
    """For example "input_shape", "output_shape", "lambda_layer", "not_a_model", "no_model_saved"."""
    message: str
    """What was expected, what was found and what to change. Never quotes a question."""
    expected: str = ""
    found: str = ""


@dataclass(frozen=True)
class JobTimings:
    """Seconds spent, by step. `start` is 0.0 for a job that found its worker warm."""

    start: float = 0.0
    transfer: float = 0.0
    load: float = 0.0
    predict: float = 0.0
    total: float = 0.0


@dataclass(frozen=True)
class Outcome:
    """How a job ended and what it gave back."""

    ending: Ending
    predictions: NDArray[Any] | None = None
    """(n, *output) as the model gave it: numeric, of the right count, finite or not. From `predict` only."""
    extra_predictions: tuple[NDArray[Any] | None, ...] = ()
    """The same for each of `PredictJob.extra_inputs`; None where there is none. Empty unless COMPLETED."""
    model: bytes | None = None
    """The model a script saved. From `train` only."""
    model_kind: ArtifactKind | None = None
    refusal: Refusal | None = None
    facts: ModelFacts = field(default_factory=ModelFacts)
    log: str = ""
    """The cleaned tail of what a script printed. A model's is not kept: it could quote the questions."""
    timings: JobTimings = field(default_factory=JobTimings)
    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions that decide a prediction: python, tensorflow, keras, numpy, worker (its digest), image."""


class Sandbox(Protocol):
    """A place where a stranger's model can do no harm (docker), or one's own model can run (local).

    Used as a context manager; leaving it ends every worker. Not safe to share between threads: a pool
    holds one sandbox per thread.

    Raises:
        SandboxUnavailable: from any verb, whenever the fault is not the submission's.
    """

    @property
    def name(self) -> str: ...

    def predict(self, job: PredictJob) -> Outcome: ...

    def train(self, job: TrainJob) -> Outcome: ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
