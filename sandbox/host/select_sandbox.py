"""Which sandbox a piece of work gets, and how many run side by side.

for_own_work(choice, say)     a sandbox for one's own model: Docker, or else a plain process
docker_pool(limits, …)        sandboxes for other people's models: in Docker, or not at all
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .sandbox import Sandbox

if TYPE_CHECKING:
    from .container import DockerOptions
    from .kept_worker import KeptWorkers

SandboxChoice = Literal["auto", "docker", "local"]
_START_DOCKER: Final = (
    "Install or start Docker, then run `tfprep sandbox build`; `tfprep doctor` shows what is missing."
)
_SHARE_FOR_WORKERS: Final = 0.9
"""The part of the engine's memory that all workers together may get."""


@dataclass(frozen=True)
class Capacity:
    """What the engine's machine has for workers."""

    cores: int
    memory_bytes: int
    gpus: int = 0
    """Cards that the workers may use; 0 where they compute on the CPU."""


@dataclass(frozen=True)
class DockerPool:
    """A `WorkerPool` on this machine's engine: each slot has containers of its own."""

    slots: int
    options: DockerOptions

    @property
    def most_slots(self) -> int:
        """It stays as it is."""
        return self.slots

    def make(self, slot: int) -> Sandbox:
        """The sandbox of this slot. Raises SandboxUnavailable."""
        from .container import DockerSandbox

        return DockerSandbox(replace(self.options, slot=slot))

    def end(self) -> None:
        """Ends every container of this pool. Raises SandboxUnavailable."""
        from .engine import end_pool

        end_pool(self.options.pool)

    def close(self) -> None:
        """It holds nothing itself."""


def for_own_work(
    choice: SandboxChoice,
    say: Callable[[str], None],
    gpus: str | None = None,
    kept_workers: KeptWorkers | None = None,
) -> Sandbox:
    """A sandbox for what its author submits. "auto" takes Docker where there is an engine with the image.

    Args:
        say: gets a sentence where "auto" falls back to a plain process.
        gpus: for Docker: "auto", "all", "none", a number, or ids; None leaves it to TFPREP_GPUS.
        kept_workers: where the worker of the last command rests, and this one's will; None for neither.

    Raises:
        BadOption: `gpus` or TFPREP_GPUS is none of these.
        SandboxUnavailable: "docker" was chosen, and there is no engine, no usable image or no such GPU.
    """
    _check_gpus(gpus)
    if choice != "local":
        try:
            options = _docker_options(gpus, "No Docker engine answers")
            from .container import DockerSandbox

            return DockerSandbox(options).keep_worker(kept_workers)
        except SandboxUnavailable as error:
            if choice == "docker":
                raise
            say(f"{error.what.rstrip('.')}: your model runs as a plain process on this machine.")
    from .local import LocalSandbox

    return LocalSandbox().keep_worker(kept_workers)


def docker_pool(limits: Limits, workers: int | None, gpus: str | None) -> DockerPool:
    """Sandboxes in Docker for other people's models, which are programs.

    Args:
        limits: the largest of the jobs to come.
        workers: how many run side by side; None for as many as the engine's machine has room for.
        gpus: as for `for_own_work`.

    Raises:
        BadOption: `gpus` or TFPREP_GPUS names none.
        SandboxUnavailable: there is no engine, no usable image, or no such GPU.
    """
    _check_gpus(gpus)
    options = _docker_options(gpus, "Other people's models run in Docker only, and no Docker engine answers")
    # Also where the number is given: an image or GPU that cannot be used is told once, before any job.
    room = workers_for(*_measure(options, limits))
    count = room if workers is None else workers
    return DockerPool(count, replace(options, workers=count, pool=secrets.token_hex(8)))


def look_at_engine() -> Capacity:
    """What this machine's engine has for workers, with TFPREP_GPUS. Raises as `docker_pool` does."""
    _check_gpus(None)
    options = _docker_options(None, "A host of a cluster needs Docker, and no Docker engine answers")
    return _measure(options, Limits(60.0))[0]


def workers_for(capacity: Capacity, worker_bytes: int) -> int:
    """How many workers have room side by side, at least one: a core each, a card each, and memory for all.

    Memory is counted as what each of them may take, not as what most models take: a worker that runs out of
    memory because another one took it would fail the wrong learner's model.
    """
    most = [capacity.cores, int(capacity.memory_bytes * _SHARE_FOR_WORKERS) // worker_bytes]
    if capacity.gpus:
        most.append(capacity.gpus)
    return max(1, min(most))


def _check_gpus(gpus: str | None) -> None:
    """As `gpus.check_gpus`, before anything is started. Raises BadOption."""
    if requested := os.environ.get("TFPREP_GPUS", "") if gpus is None else gpus:
        from .gpus import check_gpus

        check_gpus(requested)


def _docker_options(gpus: str | None, no_engine: str) -> DockerOptions:
    from .engine import engine_answers

    if not engine_answers():
        raise SandboxUnavailable(no_engine, _START_DOCKER)
    from .container import DockerOptions

    options = DockerOptions.from_environment(os.environ)
    return options if gpus is None else replace(options, gpus=gpus)


def _measure(options: DockerOptions, limits: Limits) -> tuple[Capacity, int]:
    """The capacity of the engine's machine, and the bytes of memory that one worker may take of it."""
    from .container import DockerSandbox
    from .container_config import resolve_auto
    from .gpus import choose_gpu, list_gpus

    with DockerSandbox(options) as sandbox:
        spec, info = sandbox.spec(limits), sandbox.info
    cores = int(info["NCPU"])
    cards: set[str] = set()
    if spec.gpu is not None:
        requested = resolve_auto(options.gpus, info.get("Runtimes") or {})
        chosen = (choose_gpu(requested, slot, cores, list_gpus) for slot in range(cores))
        cards = {gpu.id for gpu in chosen if gpu is not None}
    return Capacity(cores, int(info["MemTotal"]), len(cards)), spec.resources.memory_bytes
