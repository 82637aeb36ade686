"""What host and worker agree on beside frames: limits, input forms, facts, settings, and which code runs.

Standard library only, and no system calls: every room may import it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from .frames import pack_frame


class ArtifactKind(StrEnum):
    """What a submitted file is, recognised by its content and never by its name."""

    H5 = "h5"
    KERAS = "keras"
    SAVED_MODEL = "saved_model"
    """A SavedModel folder, packed as a zip of regular files with the folder's content at its top."""
    SCRIPT = "script"


SAVED_MODEL_FILE: Final = "saved_model.pb"
"""The file that makes a folder a SavedModel."""


@dataclass(frozen=True)
class Limits:
    """What one job may use. Enforced from outside the process that runs it."""

    seconds: float
    """Time for the whole job, model loading included. Waiting for a busy machine does not count."""
    memory_bytes: int = 4 * 2**30
    """Resident memory of the job's processes together, beyond what the idle worker holds. A worker for models
    holds TensorFlow; a script's own imports count."""
    disk_bytes: int = 2 * 2**30
    """Files that the job may write, together."""
    writes_files: bool = True
    """Room for those files is kept beside its memory, where files are memory (Docker). Without it they share:
    for a job that predicts, and writes next to nothing."""
    reply_bytes: int = 256 * 2**20
    """The largest reply (predictions, or a trained model) that is read back."""
    log_bytes: int = 64 * 2**10
    """The tail of what the job prints that is kept."""
    processes: int = 256
    wall_clock_factor: float = 3.0
    """A job may take `seconds` times this by the clock, however busy the machine is."""


@dataclass(frozen=True)
class InputForm:
    """One form in which a model may take an example: the shape of one example, and its dtype.

    `dtype` is a numpy name, or "string" for text (with shape ()).
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self:
        """From a frame's header."""
        return cls(header["name"], tuple(header["shape"]), header["dtype"])

    def as_header(self) -> dict[str, Any]:
        """What a frame's header says of it."""
        return {"name": self.name, "shape": list(self.shape), "dtype": self.dtype}


@dataclass(frozen=True)
class PredictRequest:
    """The header of a `predict` frame, whose payload is the model, and of `predict_again`, which has none."""

    kind: ArtifactKind
    digest: str
    """Of the inputs, which the worker keeps since their `keep_inputs` frame."""
    extra_inputs: tuple[str, ...]
    """Digests of further sets of inputs."""
    forms: tuple[InputForm, ...]
    outputs: tuple[tuple[int, ...], ...]
    """Shapes of one prediction that are accepted."""
    limits: Limits
    once: tuple[str, ...] = ()
    """Digests of those of these sets that the worker does not keep."""

    @classmethod
    def from_header(cls, header: Mapping[str, Any]) -> Self:
        """From a frame's header."""
        return cls(
            kind=ArtifactKind(header["kind"]),
            digest=header["digest"],
            extra_inputs=tuple(header["extra_inputs"]),
            forms=tuple(InputForm.from_header(form) for form in header["forms"]),
            outputs=tuple(tuple(shape) for shape in header["outputs"]),
            limits=Limits(**header["limits"]),
            once=tuple(header["once"]),
        )

    def as_header(self) -> dict[str, Any]:
        """What a frame's header says of it."""
        return asdict(self) | {"forms": [form.as_header() for form in self.forms]}


@dataclass(frozen=True)
class ModelFacts:
    """What the worker saw of a model. Written beside a stranger's code: text to show, nothing to trust."""

    input_shape: str = ""
    """With "n" for the number of examples: "(n, 28, 28)"."""
    output_shape: str = ""
    """As the file declares it, until there are predictions; empty where it does not."""
    parameters: int | None = None
    layers: tuple[str, ...] = ()
    """Class names; `NEVER_ADAPTED` for such a layer, wherever it stands."""
    saved_by: str = ""
    """For example "Keras 2.15.0"; empty where the file does not say."""
    form: str = ""
    """The name of the input form that the model was given."""
    adaptations: tuple[str, ...] = ()
    """Each a sentence: what was changed to make the inputs fit the model."""
    device: str = ""
    """Where it ran, for example "CPU" or "GPU: NVIDIA T4"."""
    summary: tuple[str, ...] = ()
    """A line for each layer, at most 60: "Dense · (n, 128) · 100,480 parameters"; of a SavedModel, for each
    group of variables: "conv2d · kernel (3, 3, 1, 4), bias (4) · 40 parameters"."""
    weight_fingerprint: str = ""
    """Of its weights, as `worker.weight_fingerprint` writes it: for comparing models, never shown."""
    optimizer: str = ""
    """These five are those of `worker.training_settings`: as the file says, and empty where it does not."""
    learning_rate: str = ""
    loss: str = ""
    activations: tuple[str, ...] = ()
    unmasked: str = ""


GPU_SHARE: Final = "TFPREP_GPU_SHARE"
"""The variable that says which part of the GPU's memory a job may take, where several workers share it."""
FOR_SCRIPT: Final = "--for-script"
"""The option of a worker that serves one script, and leaves TensorFlow to it."""
SETTINGS: Final = ("ONEDNN_MAX_CPU_ISA", "TF_ENABLE_ONEDNN_OPTS")
"""Variables by which a machine is held to how another one computes: a job gets them, and cards name them."""
THREADS: Final = "TF_NUM_INTRAOP_THREADS"
"""TensorFlow's own variable for how many threads share one operation. Unset, it takes one for each core it
sees; of a machine that several workers share only some are this one's."""
MAX_WALL_CLOCK_FACTOR: Final = Limits.wall_clock_factor
"""That of a job that nobody else waits for."""
OWN_CODE_BEGINS: Final = pack_frame({"reply": "own_code_begins"})
"""A job's reply begins so where code of the submission's own ran: what follows may be forged."""
DESCRIBED: Final = "described"
"""A predicting job's first frame says all that it has to say of its model, before it reads an input. What
comes after is a code, predictions and seconds: no text of it is passed on."""
NEVER_ADAPTED: Final = "Normalization, never adapted"
"""What a layer is called that was told no mean and learned none: it passes its inputs on as they are."""
MOST_FRAMES: Final = 20
"""Of a traceback that a job reports: the innermost ones."""
PACKAGES: Final = ("protocol", "worker")
"""The folders of `sandbox/` that a worker is made of."""


def worker_files(sandbox: Path) -> dict[str, Path]:
    """The Python files that a worker is made of, by their path below `sandbox`, in order."""
    return {
        f"{package}/{path.name}": path
        for package in PACKAGES
        for path in sorted((sandbox / package).glob("*.py"))
    }


def worker_digest(sandbox: Path) -> str:
    """sha256, in hex, over the names and bytes of these files: which worker this is."""
    digest = sha256()
    for name, path in worker_files(sandbox).items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
