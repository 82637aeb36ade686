"""The worker in a Docker container: the sandbox for other people's work.

It shares nothing with the host but the engine's attach stream, so the engine may be on any machine.
`container_config.py` has every setting of the container, `image.py` the image it runs, and `engine.py` what
becomes of it when the grader is killed.
"""

from __future__ import annotations

import contextlib
import json
import os
import struct
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from socket import socket
from typing import TYPE_CHECKING, Any, Final, Self

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .container_config import (
    AUTO,
    NONE,
    ContainerSpec,
    Gpu,
    Resources,
    create_container,
    resolve_auto,
    resources_for,
)
from .engine import connect, engine_address, engine_errors, owner_labels, remove_container, remove_orphans
from .image import Accelerator, ImageReport, look_up, usable_image
from .kept_worker import DetachedWorker
from .worker_client import WorkerClient
from .worker_sandbox import WorkerSandbox

if TYPE_CHECKING:
    from .engine import Client

_START_SECONDS: Final = 180.0
"""Until a worker must be ready, with TensorFlow, on a slow disk and a busy machine."""
_MOST_OF_MEMORY: Final = 0.9
"""The part of the engine's memory that one worker may get, however much its job asks for."""
_ATTACH: Final = {"stdin": 1, "stdout": 1, "stderr": 1, "stream": 1}
_FRAME_PREFIX: Final = struct.Struct(">BxxxI")
"""Before each piece of output, from the engine: which stream it is, and its length."""
_STDOUT: Final = 1
_CHUNK: Final = 2**20
KEPT_ERRORS: Final = 16 * 2**10
"""Bytes of the worker's standard error that are kept."""


@dataclass(frozen=True)
class DockerOptions:
    """What a person may choose about workers in Docker."""

    gpus: str = AUTO
    """"auto", "all", "none", a number, or ids; see `gpus.choose_gpu`."""
    slot: int = 0
    """The number of this worker, from 0, among the workers that run side by side."""
    workers: int = 1
    """How many run side by side. They share the CPUs and the GPUs evenly."""
    runtime: str = ""
    """Another runtime of the engine, "runsc" for example; the engine's default where empty."""
    home: str = ""
    """TFPREP_HOME, as a label that tells people whose containers these are."""
    pool: str = ""
    """The id of the worker's pool, by which `engine.end_pool` finds its containers; or none."""

    @classmethod
    def from_environment(cls, variables: Mapping[str, str]) -> Self:
        """From TFPREP_GPUS, TFPREP_RUNTIME and TFPREP_HOME."""
        return cls(
            gpus=variables.get("TFPREP_GPUS", AUTO),
            runtime=variables.get("TFPREP_RUNTIME", ""),
            home=variables.get("TFPREP_HOME", ""),
        )


class DockerSandbox(WorkerSandbox):
    """Runs jobs in containers.

    Args:
        options: where None, from the environment: TFPREP_GPUS, TFPREP_RUNTIME, TFPREP_HOME.
        describe: the engine's description of itself; tests make it smaller than it is.

    Raises:
        SandboxUnavailable: also when it is made: no engine, no usable image, no such GPU.
    """

    def __init__(
        self,
        options: DockerOptions | None = None,
        describe: Callable[[Client], Mapping[str, Any]] = lambda client: client.info(),
    ) -> None:
        super().__init__()
        self._options = options or DockerOptions.from_environment(os.environ)
        self._not_removed: list[str] = []
        self._client = connect()
        try:
            with engine_errors("The engine could not describe itself"):
                self.info = describe(self._client)
            self._gpu, self._image = _choose_gpu_and_image(self._client, self._options, self.info)
            remove_orphans(self._client)
        except BaseException:
            self._client.close()
            raise

    @property
    def name(self) -> str:
        """ "docker"."""
        return "docker"

    def spec(self, limits: Limits) -> ContainerSpec:
        """The container of a worker for jobs with these limits."""
        return ContainerSpec(
            image_id=self._image.id,
            resources=self._resources(limits),
            gpu=self._gpu,
            labels=owner_labels(self._options.home, self._options.pool),
            runtime=self._options.runtime,
        )

    def key(self) -> str:
        """What decides how a worker runs: engine, image, runtime and card."""
        return json.dumps(
            [self.name, engine_address(), self._image.id, self._options.runtime, repr(self._gpu)]
        )

    def reattach(self, detached: DetachedWorker) -> ContainerTransport:
        """The stream of a worker that was kept."""
        stream = socket(fileno=detached.files[0])
        return ContainerTransport.reattached(
            self._client, detached.state["container"], stream, self._not_removed.append
        )

    def launch(self, limits: Limits, *, for_script: bool = False) -> WorkerClient:
        """A worker in a container of its own. Raises SandboxUnavailable."""
        self._remove_remaining()
        spec = replace(self.spec(limits), for_script=for_script)
        if self._kept_workers is not None and not for_script:
            with contextlib.suppress(OSError):  # Then it is not kept.
                keeper = self._kept_workers.start()
                labels = owner_labels(self._options.home, self._options.pool, keeper)
                spec = replace(spec, labels=labels)
        transport = ContainerTransport(self._client, spec, self._not_removed.append)
        client = WorkerClient(transport)
        try:
            transport.start()
            client.await_ready(_START_SECONDS)
        except BaseException:
            client.close()
            raise
        client.environment = {**client.environment, "image": self._image.id}
        return client

    def fits(self, launched_for: Limits, wanted: Limits) -> bool:
        """Whether a worker launched for some limits has room for a job with others."""
        return self._resources(launched_for).holds(self._resources(wanted))

    def close(self) -> None:
        """Ends every worker, and the connection to the engine."""
        super().close()
        with contextlib.suppress(SandboxUnavailable):
            self._remove_remaining()
        self._client.close()

    def _remove_remaining(self) -> None:
        """Removes the containers that could not be removed while the engine was not reached."""
        while self._not_removed:
            remove_container(self._client, self._not_removed[-1])
            self._not_removed.pop()

    def _resources(self, limits: Limits) -> Resources:
        cores = int(self.info["NCPU"])
        resources = resources_for(limits, self._gpu, cores, max(1.0, cores / self._options.workers))
        most = int(self.info["MemTotal"] * _MOST_OF_MEMORY)
        return replace(resources, memory_bytes=min(resources.memory_bytes, most))


class ContainerTransport:
    """One container and its stream, for a `WorkerClient`. What cannot be removed goes to `not_removed`."""

    def __init__(self, client: Client, made: ContainerSpec | str, not_removed: Callable[[str], None]) -> None:
        self._client = client
        self._not_removed = not_removed
        self._removed = False
        self._attached: Any = None
        self._stream: AttachedStream | None = None
        if isinstance(made, str):
            self.container = made
            return
        with engine_errors("No container could be made for the worker"):
            self.container = create_container(client, made)

    @classmethod
    def reattached(
        cls, client: Client, container: str, stream: socket, not_removed: Callable[[str], None]
    ) -> Self:
        """Of a container that runs, by an attach connection that another process has opened."""
        transport = cls(client, container, not_removed)
        transport._attached, transport._stream = stream, AttachedStream(stream)
        return transport

    def detach(self) -> DetachedWorker:
        """The worker for its keeper. Raises OSError: its stream is no socket that could be passed on."""
        plain = getattr(self._attached, "_sock", self._attached)
        if type(plain) is not socket or self._open_stream().has_rest:
            raise OSError("The connection to the engine cannot be passed on.")
        return DetachedWorker({"output": 0, "container": self.container}, [os.dup(plain.fileno())])

    def release(self) -> None:
        """Closes the stream in this process."""
        self._stream = None
        close_attached(self._attached)

    def start(self) -> None:
        """Attaches to the container, then starts it: no byte is missed. Raises SandboxUnavailable."""
        with engine_errors("The worker's container could not be started"):
            # Kept whole: what the package returns closes the connection when it is collected.
            self._attached = self._client.attach_socket(self.container, _ATTACH)
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
            close_attached(self._attached)
        if not self._removed:
            self._removed = True
            try:
                remove_container(self._client, self.container)
            except SandboxUnavailable:
                self._not_removed(self.container)

    def error_output(self) -> str:
        """The end of what the worker itself printed, and how its container ended."""
        printed = self._stream.errors if self._stream else ""
        return f"{printed}\n{self._describe_end()}".strip()

    def _describe_end(self) -> str:
        try:
            with engine_errors("The engine no longer answers"):
                state = self._client.inspect_container(self.container)["State"]
        except SandboxUnavailable as error:
            return error.what
        return explain_state(state)

    def _open_stream(self) -> AttachedStream:
        if self._stream is None:
            raise ConnectionError("The worker has ended.")
        return self._stream


class AttachedStream:
    """A container's standard input and output over the attach socket, and the tail of its standard error.

    Not `docker.utils.socket.frames_iter`: it polls without a timeout, whatever `settimeout` says, so a worker
    that hangs would hang the grader too. `connection` may also be a TLS socket or an SSH channel.
    """

    def __init__(self, connection: socket) -> None:
        self._connection = connection
        self._stream = 0
        self._left_in_piece = 0
        self._errors = b""

    @property
    def has_rest(self) -> bool:
        """Whether a piece of output was begun and not read to its end."""
        return self._left_in_piece > 0

    @property
    def errors(self) -> str:
        """The end of what the worker wrote to its standard error."""
        return self._errors.decode(errors="replace")

    def send(self, data: memoryview, seconds: float) -> None:
        """Sends all of it. Raises OSError; TimeoutError after `seconds`."""
        deadline = time.monotonic() + seconds
        while data:
            self._connection.settimeout(_left_until(deadline))
            self._connection.sendall(bytes(data[:_CHUNK]))
            data = data[_CHUNK:]

    def receive(self, size: int, seconds: float) -> bytes:
        """From 1 to `size` bytes of standard output; none at its end. Raises OSError (TimeoutError)."""
        deadline = time.monotonic() + seconds
        while self._left_in_piece or self._begin_piece(deadline):
            if not self._left_in_piece:
                continue
            most = size if self._stream == _STDOUT else _CHUNK
            data = self._read(min(most, self._left_in_piece), deadline)
            if not data:
                break
            self._left_in_piece -= len(data)
            if self._stream == _STDOUT:
                return data
            self._errors = (self._errors + data)[-KEPT_ERRORS:]
        return b""

    def _begin_piece(self, deadline: float) -> bool:
        prefix = b""
        while len(prefix) < _FRAME_PREFIX.size:
            data = self._read(_FRAME_PREFIX.size - len(prefix), deadline)
            if not data:
                return False
            prefix += data
        self._stream, self._left_in_piece = _FRAME_PREFIX.unpack(prefix)
        return True

    def _read(self, size: int, deadline: float) -> bytes:
        self._connection.settimeout(_left_until(deadline))
        return self._connection.recv(size)


def _left_until(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("The worker did not answer in time.")
    return left


def close_attached(attached: Any) -> None:
    """Closes an attach connection: the worker reads the end of its input, and ends.

    What the `docker` package returns is up to three objects around one socket, each of which keeps it open.
    """
    for part in (getattr(attached, "_sock", None), attached, getattr(attached, "_response", None)):
        with contextlib.suppress(OSError, ValueError):
            if part is not None:
                part.close()


def explain_state(state: Mapping[str, Any]) -> str:
    """How a container ended, from the engine's description of its state, in a sentence."""
    if state.get("OOMKilled"):
        return "Memory ran out in its container."
    if state.get("Running"):
        return "Its container is still running."
    if state.get("ExitCode") == 137:
        return "Its container was killed from outside."
    return f"Its container ended with status {state.get('ExitCode')}. {state.get('Error') or ''}".strip()


def _choose_gpu_and_image(
    client: Client, options: DockerOptions, info: Mapping[str, Any]
) -> tuple[Gpu | None, ImageReport]:
    """The GPU and the image of a worker. "auto" takes the CPU where the GPU's image was not built."""
    requested = resolve_auto(options.gpus, info.get("Runtimes") or {})
    gpu = None
    if requested != NONE:
        from .gpus import choose_gpu, list_gpus

        gpu = choose_gpu(requested, options.slot, options.workers, list_gpus)
    if gpu and options.gpus == AUTO and not look_up(client, Accelerator.GPU).usable:
        gpu = None
    return gpu, usable_image(client, Accelerator.GPU if gpu else Accelerator.CPU)
