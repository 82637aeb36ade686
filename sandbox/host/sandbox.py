"""What a sandbox is: two verbs, the jobs they take, and every way in which a job can end.

    predict(job)  gives a model the hidden inputs                  -> Outcome with its predictions
    train(job)    runs a training script beside the public data    -> Outcome with the model it saved

Labels never enter a sandbox, so nothing that it returns can be a grade.

Whose fault it is, is a type: what the *submission* did wrong comes back as an `Outcome`; what *we* could not
do (no engine, a full disk, a worker that was lost) is raised as `SandboxUnavailable`, and no attempt is used.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, Protocol, Self

from numpy.typing import NDArray

from ..protocol.contract import ArtifactKind, Limits, ModelFacts
from ..protocol.packing import PackedInputs

EXCEEDED: Final = "exceeded"
"""The refusal code of a job that CRASHED because it was ended for too many processes, files or bytes."""


class Ending(StrEnum):
    """How a job ended. Every ending but COMPLETED is the submission's own doing."""

    COMPLETED = "completed"
    REFUSED = "refused"
    """Not run, or run and its reply cannot be used: `Outcome.refusal` says which, and why."""
    TIMED_OUT = "timed_out"
    OUT_OF_MEMORY = "out_of_memory"
    CRASHED = "crashed"
    """Its code raised an error, ended early, or was ended for what it used (`EXCEEDED`)."""


@dataclass(frozen=True)
class PredictJob:
    """Predict the outputs of a model for these inputs."""

    kind: ArtifactKind
    """H5, KERAS or SAVED_MODEL."""
    model: bytes
    """The file's content."""
    inputs: PackedInputs
    outputs: tuple[tuple[int, ...], ...]
    """Output shapes of one example that can be scored; any other shape is refused ("output_shape")."""
    limits: Limits
    extra_inputs: tuple[PackedInputs, ...] = ()
    """Further inputs for the same loaded model, in the form in which it took `inputs`. A set that lacks this
    form, or that the model fails at, has None in `Outcome.extra_predictions`."""
    predict_again: bool = False
    """The sandbox's previous job had the same model and COMPLETED. Where the model is still loaded it is used
    as it is, in a fraction of the time; the outcome then has empty `facts`."""


@dataclass(frozen=True)
class TrainJob:
    """Run a training script beside the public data, and return the model that it saves."""

    script: bytes
    """Python source."""
    public: Path
    """The folder that the script finds as `data/`: read here and sent, never mounted."""
    limits: Limits
    watch: Callable[[str], None] = field(default=lambda line: None, compare=False)
    """Called with each line that the script prints, cleaned of control characters."""


@dataclass(frozen=True)
class Refusal:
    """Why a job did not complete: a code for programs, a sentence for the submission's author."""

    code: str
    """For example "input_shape", "output_shape", "lambda_layer", "not_a_model", "no_model_saved"."""
    message: str
    """What was expected, what was found and what to change. Never quotes a hidden input."""
    expected: str = ""
    found: str = ""


@dataclass(frozen=True)
class JobTimings:
    """Seconds, by step."""

    start: float = 0.0
    """Starting a worker; 0.0 for a job that found one ready."""
    transfer: float = 0.0
    """Sending the job and its data to the worker."""
    load: float = 0.0
    """Loading the model, as the worker reports it."""
    predict: float = 0.0
    """Predicting `PredictJob.inputs`, as the worker reports it."""
    total: float = 0.0
    """By the host's clock, `start` included."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended, and what it returned."""

    ending: Ending
    predictions: NDArray[Any] | None = None
    """(n, *output): bool, integer or float, as the model gave them, NaN and infinity too. Of `predict`."""
    extra_predictions: tuple[NDArray[Any] | None, ...] = ()
    """The same for each of `PredictJob.extra_inputs`; None where there is none. Empty unless COMPLETED."""
    model: bytes | None = None
    """The model that a script saved. Of `train`."""
    model_kind: ArtifactKind | None = None
    refusal: Refusal | None = None
    """Set for REFUSED and CRASHED."""
    facts: ModelFacts = field(default_factory=ModelFacts)
    log: str = ""
    """The tail of what a script printed, cleaned. Empty for a model, which could print hidden inputs."""
    timings: JobTimings = field(default_factory=JobTimings)
    environment: Mapping[str, str] = field(default_factory=dict)
    """Versions that decide a prediction: python, tensorflow, keras, numpy, worker (its digest), image. Of a
    script that completed python, worker and image alone: its worker has loaded nothing."""


class Sandbox(Protocol):
    """A place where a stranger's model can do no harm (docker), or where one's own model can run (local).

    A context manager: leaving it ends every worker. Not for use by several threads at once; a `WorkerPool`
    makes one sandbox for each thread.
    """

    @property
    def name(self) -> str:
        """ "docker" or "local"."""
        ...

    def predict(self, job: PredictJob) -> Outcome:
        """Loads the job's model and gives it the inputs in batches.

        Args:
            job: the model, its packed inputs, the output shapes that can be scored, and the limits.

        Returns:
            An outcome with `predictions` (n, *output), one of `job.outputs` for each example, and `facts`; or
            one that is REFUSED, TIMED_OUT, OUT_OF_MEMORY or CRASHED, by the submission's own doing.

        Raises:
            SandboxUnavailable: no worker could be started: no engine, no image, no room. The next job fails
                in the same way until somebody repairs it.
            WorkerLost: a worker had started and was lost at this job. The next job gets a new worker.
            FailedAtFile: our own code failed at this model, and answers others; or other programs kept the
                job from its time, and it ended at its limit by the clock.
        """
        ...

    def train(self, job: TrainJob) -> Outcome:
        """Runs the job's script in a worker that serves no other job.

        Args:
            job: the script, the folder of public data that it reads, and the limits.

        Returns:
            An outcome with `model`, `model_kind` and `log`; or one that did not complete, with `log`.

        Raises:
            SandboxUnavailable: as for `predict`, and where the public data cannot be read.
            WorkerLost: as for `predict`.
            FailedAtFile: other programs kept the job from its time, and it ended at its limit by the clock.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *raised: object) -> None: ...


class WorkerPool(Protocol):
    """Sandboxes that run side by side: on this machine's engine, or on the hosts of a cluster."""

    @property
    def slots(self) -> int:
        """How many submissions may be under way at once, just now: the hosts of a cluster come and go."""
        ...

    @property
    def most_slots(self) -> int:
        """How many that may become; `slots` where it stays as it is."""
        ...

    def make(self, slot: int) -> Sandbox:
        """A sandbox for the slot with this number, from 0. Raises SandboxUnavailable."""
        ...

    def end(self) -> None:
        """Ends every running job at once, from any thread: its sandbox raises SandboxUnavailable.

        Raises:
            SandboxUnavailable: an engine does not answer.
        """
        ...

    def close(self) -> None:
        """Lets go of what the pool itself holds, once its sandboxes are closed."""
        ...
