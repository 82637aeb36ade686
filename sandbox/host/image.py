"""The sandbox's image: built on this engine, recognised by its labels, run by its id, never pulled.

An image is *stale* when what it was made from (the worker's code, the pinned packages, the Dockerfile) is not
what this tfprep has. A stale image is not used: its scores would not be this grader's scores.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.metadata import version
from pathlib import Path
from sys import version_info
from typing import TYPE_CHECKING, Any, Final

from ...errors import SandboxUnavailable
from ...files.text import terminal_line
from ..protocol.contract import worker_digest, worker_files
from .engine import connect, engine_errors, explanation, remedy_for

if TYPE_CHECKING:
    from .engine import Client

LABEL: Final = "tfprep"
"""Prefix of every label tfprep sets; `docker images --filter label=tfprep.worker` lists its images."""
_PARTS: Final = {"worker": "worker code", "tensorflow": "TensorFlow", "recipe": "packages or Dockerfile"}
"""What an image is made from, by label."""
BUILD_SECONDS: Final = 3600
_SANDBOX: Final = Path(__file__).parents[1]
_DOCKERFILE: Final = _SANDBOX / "Dockerfile"
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


_BUILD_REMEDIES: Final = {
    ("certificate",): "Behind a proxy with certificates of its own, give them: --ca-file FILE.",
    ("no module named venv", "ensurepip"): "The base image needs python3 with venv: --base-image IMAGE.",
    ("manifest", "pull access", "registry", "dial tcp", "no such host"): (
        "The base image cannot be fetched: name one that the engine has, or can reach: --base-image IMAGE."
    ),
    ("no matching distribution", "connection", "resolution", "max retries"): (
        "The build cannot reach the package index: try --network host, --index-url URL or --ca-file FILE."
    ),
}
"""What to do about a failed build, by parts of its message."""


@dataclass(frozen=True)
class BuildOptions:
    """How an image is built, also behind a proxy, from a mirror or without a registry."""

    accelerator: Accelerator = Accelerator.CPU
    base_image: str = f"python:{version_info.major}.{version_info.minor}-slim-bookworm"
    """Any image with `python3 -m venv` in a version that TensorFlow has wheels for."""
    index_url: str = ""
    """Package index; its password, if it holds one, stays out of the finished image."""
    ca_file: Path | None = None
    """Certificates, in PEM, to check the package index by."""
    network: str = ""
    """The network of the build's own steps, for example "host"."""


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


def build_image(options: BuildOptions, say: Callable[[str], None]) -> ImageReport:
    """The image that these options describe, built unless a fresh one is there.

    Args:
        say: gets each line of progress.

    Raises:
        SandboxUnavailable: no engine, or the build failed; the remedy names the option that usually helps.
    """
    with connect(BUILD_SECONDS) as client:
        present = look_up(client, options.accelerator)
        if present.usable and present.labels.get(f"{LABEL}.base") == options.base_image:
            say(f"{options.accelerator.tag} is up to date.")
            return present
        if present.stale:
            say(f"{present.stale} Building it again.")
        _build(client, options, say)
        return look_up(client, options.accelerator)


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
    wanted = _labels(accelerator)
    for key, part in _PARTS.items():
        has, wants = labels.get(f"{LABEL}.{key}", "none"), wanted[f"{LABEL}.{key}"]
        if has != wants:
            return (
                f"The sandbox's image {accelerator.tag} is stale: its {part} is {has[:12]}, "
                f"this tfprep has {wants[:12]}."
            )
    return ""


def _labels(accelerator: Accelerator) -> dict[str, str]:
    """The labels of a fresh image."""
    return {
        f"{LABEL}.worker": worker_digest(_SANDBOX),
        f"{LABEL}.tensorflow": version("tensorflow"),
        f"{LABEL}.recipe": recipe_of(accelerator),
        f"{LABEL}.accelerator": accelerator.value,
    }


def recipe_of(accelerator: Accelerator) -> str:
    """sha256 of the Dockerfile and the pinned packages, in hex: all but the worker and the base image."""
    return hashlib.sha256(_DOCKERFILE.read_bytes() + _requirements(accelerator)).hexdigest()


def _build(client: Client, options: BuildOptions, say: Callable[[str], None]) -> None:
    with engine_errors("The sandbox's image could not be built"):
        steps = client.build(
            fileobj=build_context(options),
            custom_context=True,
            tag=options.accelerator.tag,
            buildargs={
                "BASE_IMAGE": options.base_image,
                "ACCELERATOR": options.accelerator.value,
                "RECIPE": recipe_of(options.accelerator),
            },
            labels=_labels(options.accelerator) | {f"{LABEL}.base": options.base_image},
            network_mode=options.network or None,
            rm=True,
            forcerm=True,
            decode=True,
        )
        for line in read_progress(steps):
            say(line)


def read_progress(steps: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    """The lines of a build as they come. Raises SandboxUnavailable, with the last line, if it fails."""
    last = ""
    for step in steps:
        if "error" in step:
            cause = explanation(RuntimeError(str(step["error"])))
            raise SandboxUnavailable(
                f"The sandbox's image could not be built: {cause}. {last}".strip(),
                _build_remedy(f"{cause} {last}"),
            )
        for line in str(step.get("stream") or step.get("status") or "").splitlines():
            if shown := terminal_line(line).rstrip():
                last = shown
                yield shown


def _build_remedy(cause: str) -> str:
    lower = cause.lower()
    return next(
        (remedy for parts, remedy in _BUILD_REMEDIES.items() if any(part in lower for part in parts)),
        remedy_for(cause),
    )


def build_context(options: BuildOptions) -> io.BytesIO:
    """The build's context as a tar in memory: the Dockerfile, the pinned packages and the worker."""
    contents = {
        "Dockerfile": _DOCKERFILE.read_bytes(),
        "build/requirements.txt": _requirements(options.accelerator),
        "build/pip.conf": _pip_settings(options).encode(),
        **{f"sandbox/{name}": path.read_bytes() for name, path in worker_files(_SANDBOX).items()},
    }
    if options.ca_file:
        contents["build/ca.pem"] = _read_certificates(options.ca_file)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in sorted(contents.items()):
            entry = tarfile.TarInfo(name)
            # The same date every time, so that the engine's cache sees the same file.
            entry.size, entry.mode, entry.mtime = len(content), 0o644, 0
            tar.addfile(entry, io.BytesIO(content))
    packed.seek(0)
    return packed


def _read_certificates(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise SandboxUnavailable(f"The certificates cannot be read: {error}", "Check --ca-file.") from error


def _pip_settings(options: BuildOptions) -> str:
    lines = ["[global]"]
    if options.index_url:
        lines.append(f"index-url = {options.index_url}")
    if options.ca_file:
        lines.append("cert = /build/ca.pem")
    return "\n".join(lines) + "\n"


def _requirements(accelerator: Accelerator) -> bytes:
    tensorflow = [line.format(version=version("tensorflow")) for line in TENSORFLOW[accelerator]]
    pinned = {name: version(name) for name in PINNED} | COURSES
    return "\n".join([*tensorflow, *(f"{name}=={pin}" for name, pin in pinned.items()), ""]).encode()
