"""Builds the sandbox's image, and leaves nothing on the engine that only the build may know.

Packages are installed in a container first. Package index, its password and CA file come by its standard
input and stay in its memory: no layer, variable, history or cache of an image holds them. (BuildKit's secrets
would do the same. Not every engine has it, and it needs a program of its own beside the engine's interface.)
"""

from __future__ import annotations

import io
import shlex
import tarfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from sys import version_info
from typing import TYPE_CHECKING, Any, Final

from ...errors import SandboxUnavailable
from ...files.text import terminal_line
from ..protocol.contract import worker_files
from .container import AttachedStream, close_attached
from .engine import (
    connect,
    engine_errors,
    explanation,
    owner_labels,
    prune_images,
    remedy_for,
    remove_container,
)
from .image import (
    DOCKERFILE,
    INSTALL,
    LABEL,
    SANDBOX,
    Accelerator,
    ImageReport,
    labels_of,
    look_up,
    recipe_of,
    requirements,
)

if TYPE_CHECKING:
    from .engine import Client

BUILD_SECONDS: Final = 3600
_SENDING_SECONDS: Final = 60.0
_CHUNK: Final = 2**16
_IN_MEMORY: Final = "/build"
"""Where the container has what it was sent: a file system in its memory, which no image of it holds."""
_ATTACH: Final = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
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


def packages_tag(accelerator: Accelerator) -> str:
    """The name of the image that holds the packages alone."""
    return f"tfprep-packages:{accelerator.value}"


def _build(client: Client, options: BuildOptions, say: Callable[[str], None]) -> None:
    packages = install_packages(client, options, say)
    with engine_errors("The sandbox's image could not be built"):
        steps = client.build(
            fileobj=build_context(),
            custom_context=True,
            tag=options.accelerator.tag,
            buildargs={"BASE_IMAGE": options.base_image, "PACKAGES": packages},
            labels=labels_of(options.accelerator) | {f"{LABEL}.base": options.base_image},
            network_mode="none",
            rm=True,
            forcerm=True,
            decode=True,
        )
        for line in read_progress(steps):
            say(line)
        # What older versions of tfprep built from: its layers hold the package index and its password.
        prune_images(client, {"label": ["tfprep.stage"]})


def install_packages(client: Client, options: BuildOptions, say: Callable[[str], None]) -> str:
    """The id of an image whose /opt/sandbox holds the pinned packages: the one that is there, or a new one.

    Raises:
        SandboxUnavailable: the engine refused, or the installation failed.
    """
    labels = {
        f"{LABEL}.packages": options.accelerator.value,
        f"{LABEL}.recipe": recipe_of(options.accelerator),
        f"{LABEL}.base": options.base_image,
    }
    with engine_errors("The sandbox's image could not be built"):
        wanted = {"label": [f"{name}={value}" for name, value in labels.items()]}
        present = client.images(name=packages_tag(options.accelerator), filters=wanted)
        if present:
            return str(present[0]["Id"])
        _fetch_base(client, options.base_image, say)
        container = client.create_container(
            options.base_image,
            ["sh", f"{_IN_MEMORY}/install-packages.sh"],
            entrypoint=["sh", "-ec", f'tar -xf - -C {_IN_MEMORY} && exec "$0" "$@"'],
            stdin_open=True,
            labels=owner_labels(""),
            use_config_proxy=False,
            host_config={
                "Tmpfs": {_IN_MEMORY: "size=16m,mode=0700"},
                "LogConfig": {"Type": "none", "Config": {}},
                **({"NetworkMode": options.network} if options.network else {}),
            },
        )["Id"]
        try:
            _run(client, container, _settings(client, options), say)
            made = client.commit(
                container, repository=packages_tag(options.accelerator), conf={"Labels": labels}
            )
        finally:
            remove_container(client, container)
    return str(made["Id"])


def _fetch_base(client: Client, image: str, say: Callable[[str], None]) -> None:
    """Has the engine pull the base image, unless it has it."""
    if not client.images(name=image):
        for line in read_progress(client.pull(image, stream=True, decode=True)):
            say(line)


def _run(client: Client, container: str, settings: bytes, say: Callable[[str], None]) -> None:
    """Starts the container, sends it what it needs, and passes on what it prints until it ends."""
    attached = client.attach_socket(container, _ATTACH)
    try:
        stream = AttachedStream(getattr(attached, "_sock", attached))
        client.start(container)
        stream.send(memoryview(settings), _SENDING_SECONDS)
        last = ""
        for line in _lines(stream):
            last = line
            say(line)
    finally:
        close_attached(attached)
    status = client.wait(container)["StatusCode"]
    if status:
        errors = [line for line in map(terminal_line, stream.errors.splitlines()) if line.strip()]
        cause = " ".join(errors[-3:]) or last or f"status {status}"
        raise SandboxUnavailable(f"The sandbox's image could not be built: {cause}", _build_remedy(cause))


def _lines(stream: AttachedStream) -> Iterator[str]:
    left = b""
    while printed := stream.receive(_CHUNK, BUILD_SECONDS):
        *lines, left = (left + printed).split(b"\n")
        for line in lines:
            if shown := terminal_line(line.decode(errors="replace")).rstrip():
                yield shown


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


def build_context() -> io.BytesIO:
    """The build's context as a tar in memory: the Dockerfile and the worker."""
    files = {f"sandbox/{name}": path.read_bytes() for name, path in worker_files(SANDBOX).items()}
    return _pack({"Dockerfile": DOCKERFILE.read_bytes(), **files})


def _settings(client: Client, options: BuildOptions) -> bytes:
    """What the installation needs, as a tar: the pinned packages, where to get them, and by which proxy."""
    proxy = getattr(client, "_proxy_configs", None)
    variables = proxy.get_environment() if proxy else {}
    return _pack(install_files(options, variables)).getvalue()


def install_files(options: BuildOptions, variables: Mapping[str, str]) -> dict[str, bytes]:
    """The files that the container gets by its input, by their names."""
    exports = (f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))
    contents = {
        "install-packages.sh": INSTALL.read_bytes(),
        "requirements.txt": requirements(options.accelerator),
        "pip.conf": _pip_settings(options).encode(),
        "proxy.sh": "".join(exports).encode(),
    }
    return contents | ({"ca.pem": _read_certificates(options.ca_file)} if options.ca_file else {})


def _pack(contents: Mapping[str, bytes]) -> io.BytesIO:
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
        lines.append(f"cert = {_IN_MEMORY}/ca.pem")
    return "\n".join(lines) + "\n"
