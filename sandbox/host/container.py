"""The worker in a Docker container: the sandbox for other people's work.

The container shares nothing with the host but the engine's attach stream, so the engine may stand anywhere.
How it is fenced is `confinement.py`; which image it runs, `image.py`; what happens to it when we are killed,
`leftovers.py`.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Self

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .attached import AttachedStream
from .container_config import ContainerSpec, Resources, create_container, resources_for
from .engine import connect, engine_answers, remove_container, translated
from .gpus import AUTO, Gpu, choose_gpu, list_gpus, settle
from .image import Accelerator, ImageReport, look_up, usable_image
from .orphans import owner_labels, remove_leftovers
from .worker_client import WorkerClient
from .worker_sandbox import WorkerSandbox

if TYPE_CHECKING:
    from .engine import Client

__all__ = ["DockerOptions", "DockerSandbox", "engine_answers"]

_START: Final = 180.0
"""Seconds a worker may take to load TensorFlow, on a slow disk and a busy machine."""
_MOST_OF_MEMORY: Final = 0.9
"""The part of the engine's memory that one worker may be given, however much its job asks for."""
_ATTACH: Final = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}


@dataclass(frozen=True)
class DockerOptions:
    """What a person may choose about workers in Docker."""

    gpus: str = AUTO
    """"auto", "all", "none", a number, or ids; see `gpus.choose_gpu`."""
    slot: int = 0
    """Which of the workers that run side by side this one is, from 0."""
    workers: int = 1
    """How many run side by side. They share the CPUs and the GPUs evenly."""
    runtime: str = ""
    """Another runtime the engine knows, "runsc" for example; its own where empty."""
    home: str = ""
    """Whose containers these are: TFPREP_HOME, as a label for people."""
    pool: str = ""
    """The crew this worker belongs to, by which `leftovers.end_crew` finds its containers; or none."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Self:
        """TFPREP_GPUS, TFPREP_RUNTIME and TFPREP_HOME."""
        return cls(
            gpus=variables.get("TFPREP_GPUS", AUTO),
            runtime=variables.get("TFPREP_RUNTIME", ""),
            home=variables.get("TFPREP_HOME", ""),
        )


class DockerSandbox(WorkerSandbox):
    """Runs jobs in containers.

    Raises:
        SandboxUnavailable: from its making on: no engine, no usable image, no such GPU.
    """

    def __init__(
        self,
        options: DockerOptions | None = None,
        describe: Callable[[Client], Mapping[str, Any]] | None = None,
    ) -> None:
        super().__init__()
        self._options = options or DockerOptions.from_environment(os.environ)
        self._out_of_reach: list[str] = []
        self._client = connect()
        try:
            with translated("The engine could not describe itself"):
                self._info = (describe or describe_engine)(self._client)
            self._gpu, self._image = _choose(self._client, self._options, self._info)
            remove_leftovers(self._client)
        except BaseException:
            self._client.close()
            raise

    @property
    def name(self) -> str:
        """ "docker"."""
        return "docker"

    def spec(self, limits: Limits) -> ContainerSpec:
        """The container that a worker for such jobs gets."""
        return ContainerSpec(
            image_id=self._image.id,
            resources=self._room(limits),
            gpu=self._gpu,
            labels=owner_labels(self._options.home, self._options.pool),
            runtime=self._options.runtime,
        )

    def launch(self, limits: Limits) -> WorkerClient:
        """A worker in a container of its own. Raises SandboxUnavailable."""
        self._sweep()
        wire = ContainerTransport(self._client, self.spec(limits), self._out_of_reach.append)
        link = WorkerClient(wire)
        try:
            wire.start()
            link.await_ready(_START)
        except BaseException:
            link.close()
            raise
        link.environment = {**link.environment, "image": self._image.id}
        return link

    def fits(self, launched_for: Limits, wanted: Limits) -> bool:
        """Whether a worker launched for some limits has room for a job with others."""
        return self._room(launched_for).holds(self._room(wanted))

    def close(self) -> None:
        """Ends every worker, and the connection to the engine."""
        super().close()
        with contextlib.suppress(SandboxUnavailable):
            self._sweep()
        self._client.close()

    def _sweep(self) -> None:
        """Removes the containers that could not be removed when the engine was out of reach."""
        while self._out_of_reach:
            remove_container(self._client, self._out_of_reach[-1])
            self._out_of_reach.pop()

    def _room(self, limits: Limits) -> Resources:
        cores = int(self._info["NCPU"])
        resources = resources_for(limits, self._gpu, cores, max(1.0, cores / self._options.workers))
        return replace(
            resources, memory_bytes=min(resources.memory_bytes, int(self._info["MemTotal"] * _MOST_OF_MEMORY))
        )


def describe_engine(client: Client) -> Mapping[str, Any]:
    """What the engine says of itself: its CPUs, its memory, its runtimes."""
    described: Mapping[str, Any] = client.info()
    return described


class ContainerTransport:
    """One container and its stream, as `WorkerClient` wants it. What cannot be removed goes to `leave`."""

    def __init__(self, client: Client, spec: ContainerSpec, leave: Callable[[str], None]) -> None:
        self._client = client
        self._leave = leave
        self._removed = False
        with translated("No container could be made for the worker"):
            self.container = create_container(client, spec)
        self._stream: AttachedStream | None = None

    def start(self) -> None:
        """Attaches to the container, then starts it: no byte is missed. Raises SandboxUnavailable."""
        with translated("The worker's container could not be started"):
            # Kept whole: what the package hands over hangs up when it is forgotten.
            self._attached: Any = self._client.attach_socket(self.container, _ATTACH)
            self._stream = AttachedStream(getattr(self._attached, "_sock", self._attached))
            self._client.start(self.container)

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends everything."""
        self._open_stream().send(data, seconds)

    def receive(self, size: int, seconds: float) -> bytes:
        """Some bytes, or none at the end."""
        return self._open_stream().receive(size, seconds)

    def close(self) -> None:
        """Kills the container and removes it. If the engine cannot be reached, the worker ends by itself."""
        if self._stream is not None:
            self._stream = None
            hang_up(self._attached)
        if not self._removed:
            self._removed = True
            try:
                remove_container(self._client, self.container)
            except SandboxUnavailable:
                self._leave(self.container)

    def last_words(self) -> str:
        """What became of the container, after the end of what the worker printed itself."""
        printed = self._stream.errors if self._stream else ""
        return f"{printed}\n{self._fate()}".strip()

    def _fate(self) -> str:
        try:
            with translated("The engine no longer answers"):
                state = self._client.inspect_container(self.container)["State"]
        except SandboxUnavailable as error:
            return error.what
        return explain_state(state)

    def _open_stream(self) -> AttachedStream:
        if self._stream is None:
            raise ConnectionError("The worker has ended.")
        return self._stream


def hang_up(attached: Any) -> None:
    """Closes an attach connection: the worker reads the end of its input, and ends.

    What the `docker` package hands over is up to three things around one socket, each of which keeps it open.
    """
    for part in (getattr(attached, "_sock", None), attached, getattr(attached, "_response", None)):
        with contextlib.suppress(OSError, ValueError):
            if part is not None:
                part.close()


def explain_state(state: Mapping[str, Any]) -> str:
    """What the engine knows of a container's end, in a sentence."""
    if state.get("OOMKilled"):
        return "Memory ran out in its container."
    if state.get("Running"):
        return "Its container is still running."
    if state.get("ExitCode") == 137:
        return "Its container was killed from outside."
    return f"Its container ended with status {state.get('ExitCode')}. {state.get('Error') or ''}".strip()


def _choose(
    client: Client, options: DockerOptions, info: Mapping[str, Any]
) -> tuple[Gpu | None, ImageReport]:
    """The GPU and the image a worker gets. "auto" takes the CPU where the GPU's image was not built."""
    wish = settle(options.gpus, info.get("Runtimes") or {})
    gpu = choose_gpu(wish, options.slot, options.workers, list_gpus)
    if gpu and options.gpus == AUTO and not look_up(client, Accelerator.GPU).usable:
        gpu = None
    return gpu, usable_image(client, Accelerator.GPU if gpu else Accelerator.CPU)
