"""How a worker's container is made: every setting that isolates or limits it, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from ..protocol.contract import FOR_SCRIPT, GPU_SHARE, THREADS, Limits

if TYPE_CHECKING:
    from .engine import Client

GIB: Final = 2**30
IDLE_BYTES: Final = GIB
"""Of memory: a worker with TensorFlow loaded and no job (0.22 GiB), and room for the inputs that it keeps."""
GPU_IDLE_BYTES: Final = 4 * GIB
"""The same with a graphics card's driver and libraries."""
SPARE_DISK_BYTES: Final = GIB
"""Of /tmp, beside the job's own files: the inputs, the model as it arrived, the reply on its way out."""
SHARED_MEMORY: Final = 1 * 2**20
"""Bytes of /dev/shm. TensorFlow needs no more, and it counts as the container's memory."""
WORKER_PROCESSES: Final = 256
THREADS_PER_CORE: Final = 16
"""Beside the job's own processes: the worker's, and the threads that TensorFlow starts for each core."""
AUTO: Final = "auto"
ALL: Final = "all"
NONE: Final = "none"
RUNTIME: Final = "nvidia"
GPU_CAPABILITIES: Final = [["gpu", "compute", "utility"]]
CAPABILITIES_KEPT: Final = ("CHOWN", "DAC_OVERRIDE", "SETGID", "SETUID")
"""To give each job a user id and a directory of its own, and to take both back. Jobs have none of these."""
OPEN_FILES: Final = 4096
COMMAND: Final = ("/opt/tfprep/sandbox/worker", "--own-users", "--root", "/tmp")  # noqa: S108 - the container's own


@dataclass(frozen=True)
class Gpu:
    """One card or one MIG slice of it, as it is requested from the engine."""

    id: str
    """An index ("0") or the id that `nvidia-smi -L` prints ("GPU-…", "MIG-…")."""
    share: float = 1.0
    """The part of its memory that one worker may take, where several workers share it."""


@dataclass(frozen=True)
class Resources:
    """How much a container may use; `cpus` may be a fraction."""

    memory_bytes: int
    disk_bytes: int
    processes: int
    cpus: float

    def holds(self, other: Resources) -> bool:
        """Whether a job that needs `other` fits in here."""
        return (
            self.memory_bytes >= other.memory_bytes
            and self.disk_bytes >= other.disk_bytes
            and self.processes >= other.processes
        )


def resources_for(limits: Limits, gpu: Gpu | None, cores: int, cpus: float) -> Resources:
    """What a worker needs to serve jobs within these limits. Files in /tmp count as memory.

    A job that writes next to nothing has its files count within the memory it may use: it may write as much,
    and then use that much less. Each container is held to its own part either way.
    """
    disk = limits.disk_bytes + limits.reply_bytes + SPARE_DISK_BYTES
    idle = GPU_IDLE_BYTES if gpu else IDLE_BYTES
    files = disk if limits.writes_files else limits.reply_bytes
    processes = limits.processes + WORKER_PROCESSES + THREADS_PER_CORE * cores
    return Resources(idle + limits.memory_bytes + files, disk, processes, cpus)


@dataclass(frozen=True)
class ContainerSpec:
    """One container to make."""

    image_id: str
    """The image by its id, so that it is never pulled."""
    resources: Resources
    gpu: Gpu | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    runtime: str = ""
    """Another runtime, "runsc" for example; the engine's default where empty."""
    for_script: bool = False
    """Its worker serves one script, and no model."""


def create_container(client: Client, spec: ContainerSpec) -> str:
    """Makes a container, which is not started; returns its id."""
    created: Mapping[str, Any] = client.create_container(
        spec.image_id,
        [*COMMAND, *([FOR_SCRIPT] if spec.for_script else [])],
        hostname="sandbox",
        user="0:0",
        stdin_open=True,
        environment=environment(spec),
        network_disabled=True,
        labels=dict(spec.labels),
        # Docker's client settings may hold a proxy with its password, which the container must not see.
        use_config_proxy=False,
        host_config=host_config(spec),
    )
    return str(created["Id"])


def environment(spec: ContainerSpec) -> dict[str, str]:
    """Every variable that is set in the container beside the image's own."""
    threads = {THREADS: str(max(1, int(spec.resources.cpus)))}
    return threads | ({GPU_SHARE: f"{spec.gpu.share:.4f}"} if spec.gpu else {})


def host_config(spec: ContainerSpec) -> dict[str, Any]:
    """The engine's `HostConfig`, as `docker inspect` shows it."""
    resources = spec.resources
    return {
        "NetworkMode": "none",
        "IpcMode": "private",
        "ReadonlyRootfs": True,
        "Tmpfs": {"/tmp": f"rw,nosuid,nodev,noexec,size={resources.disk_bytes},mode=1777"},  # noqa: S108
        "ShmSize": SHARED_MEMORY,
        "Init": True,
        "CapDrop": ["ALL"],
        "CapAdd": list(CAPABILITIES_KEPT),
        "SecurityOpt": ["no-new-privileges:true"],
        "Memory": resources.memory_bytes,
        "MemorySwap": resources.memory_bytes,
        # No higher: a job can lower its own score to this value, and must not get below the worker's.
        "OomScoreAdj": 0,
        "PidsLimit": resources.processes,
        "NanoCpus": int(resources.cpus * 1e9),
        "Ulimits": [
            {"Name": "core", "Soft": 0, "Hard": 0},
            {"Name": "nofile", "Soft": OPEN_FILES, "Hard": OPEN_FILES},
            {"Name": "fsize", "Soft": resources.disk_bytes, "Hard": resources.disk_bytes},
        ],
        # Frames go over the attached stream only: the engine must store nothing of them.
        "LogConfig": {"Type": "none", "Config": {}},
        "DeviceRequests": [_gpu_request(spec.gpu)] if spec.gpu else [],
        "Runtime": spec.runtime,
    }


def _gpu_request(gpu: Gpu) -> dict[str, Any]:
    return {
        "Driver": "nvidia",
        "Count": 0,
        "DeviceIDs": [gpu.id],
        "Capabilities": GPU_CAPABILITIES,
        "Options": {},
    }


def resolve_auto(requested: str, runtimes: Mapping[str, Any]) -> str:
    """What "auto" stands for on this engine: "all" where it has the NVIDIA runtime, else "none"."""
    if requested != AUTO:
        return requested
    return ALL if RUNTIME in runtimes else NONE
