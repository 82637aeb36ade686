"""The sandbox's image: built on this engine, recognised by its labels, run by its id, never pulled.

An image is *stale* when what it was made from (the worker's code, the pinned packages, the Dockerfile) is not
what this tfprep has. A stale image is not used: its scores would not be this grader's scores.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...errors import SandboxUnavailable
from ..protocol.contract import worker_digest
from .engine import connect, engine_errors

if TYPE_CHECKING:
    from .engine import Client

LABEL: Final = "tfprep"
"""Prefix of every label tfprep sets; `docker images --filter label=tfprep.worker` lists its images."""
_PARTS: Final = {"worker": "worker code", "tensorflow": "TensorFlow", "recipe": "packages or Dockerfile"}
"""What an image is made from, by label."""
SANDBOX: Final = Path(__file__).parents[1]
DOCKERFILE: Final = SANDBOX / "Dockerfile"
INSTALL: Final = SANDBOX / "install-packages.sh"
"""Run in a container of the base image: makes /opt/sandbox."""
PINNED: Final = ("keras", "numpy", "h5py", "pandas", "pillow", "matplotlib", "psutil")
"""What a training script may import besides TensorFlow, and the worker's psutil, in the grader's versions."""
COURSES: Final = {"scipy": "1.17.1", "scikit-learn": "1.9.1", "seaborn": "0.13.2", "tqdm": "4.70.1"}
"""What courses' scripts import too. The grader itself does without them, so their versions stand here."""


class Accelerator(StrEnum):
    """What an image's TensorFlow can compute on."""

    CPU = "cpu"
    GPU = "gpu"

    @property
    def tag(self) -> str:
        """The image's name on the engine."""
        return f"tfprep-sandbox:{self.value}"

    @property
    def build_command(self) -> str:
        """The command that builds this image."""
        return "tfprep sandbox build" + (" --gpu" if self is Accelerator.GPU else "")


TENSORFLOW: Final = {
    # On x86-64 the CPU-only wheel has a third of the size, and gives the same predictions.
    Accelerator.CPU: (
        'tensorflow-cpu=={version}; platform_machine == "x86_64"',
        'tensorflow=={version}; platform_machine != "x86_64"',
    ),
    Accelerator.GPU: ("tensorflow[and-cuda]=={version}",),
}


@dataclass(frozen=True)
class ImageReport:
    """The sandbox's image for one accelerator, as it is on the engine."""

    accelerator: Accelerator
    id: str = ""
    """Empty where there is none. Containers are started from this id, not from the tag."""
    size_bytes: int = 0
    stale: str = ""
    """Why this image cannot be used, in a sentence; empty for a fresh one."""
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def usable(self) -> bool:
        """Whether it is there and fresh."""
        return bool(self.id) and not self.stale


def image_status() -> tuple[ImageReport, ...]:
    """Both images as they are on the engine, the CPU's first. Raises SandboxUnavailable."""
    with connect() as client:
        return tuple(look_up(client, accelerator) for accelerator in Accelerator)


def usable_image(client: Client, accelerator: Accelerator) -> ImageReport:
    """The image from which a container is started.

    Raises:
        SandboxUnavailable: it is missing or stale; the remedy is the command that builds it.
    """
    found = look_up(client, accelerator)
    if not found.usable:
        what = found.stale or f"The sandbox's image {accelerator.tag} has not been built."
        raise SandboxUnavailable(what, f"Run: {accelerator.build_command}")
    return found


def look_up(client: Client, accelerator: Accelerator) -> ImageReport:
    """What the engine has under this accelerator's tag, and whether it is stale."""
    with engine_errors("The engine could not list its images"):
        known = client.images(name=accelerator.tag)
        if not known:
            return ImageReport(accelerator)
        found = client.inspect_image(known[0]["Id"])
    labels = found["Config"].get("Labels") or {}
    return ImageReport(accelerator, found["Id"], found["Size"], _staleness(accelerator, labels), labels)


def _staleness(accelerator: Accelerator, labels: Mapping[str, str]) -> str:
    """Which of its parts is not what this tfprep has, in a sentence; empty for a fresh image."""
    wanted = labels_of(accelerator)
    for key, part in _PARTS.items():
        has, wants = labels.get(f"{LABEL}.{key}", "none"), wanted[f"{LABEL}.{key}"]
        if has != wants:
            return (
                f"The sandbox's image {accelerator.tag} is stale: its {part} is {has[:12]}, "
                f"this tfprep has {wants[:12]}."
            )
    return ""


def labels_of(accelerator: Accelerator) -> dict[str, str]:
    """The labels of a fresh image."""
    return {
        f"{LABEL}.worker": worker_digest(SANDBOX),
        f"{LABEL}.tensorflow": version("tensorflow"),
        f"{LABEL}.recipe": recipe_of(accelerator),
        f"{LABEL}.accelerator": accelerator.value,
    }


def recipe_of(accelerator: Accelerator) -> str:
    """sha256 of the two recipes and the pinned packages, in hex: all but the worker and the base image."""
    recipe = DOCKERFILE.read_bytes() + INSTALL.read_bytes() + requirements(accelerator)
    return hashlib.sha256(recipe).hexdigest()


def requirements(accelerator: Accelerator) -> bytes:
    """The pinned packages, as pip reads them."""
    tensorflow = [line.format(version=version("tensorflow")) for line in TENSORFLOW[accelerator]]
    pinned = {name: version(name) for name in PINNED} | COURSES
    return "\n".join([*tensorflow, *(f"{name}=={pin}" for name, pin in pinned.items()), ""]).encode()
