"""Several workers side by side: how many this machine bears, and each one's sandbox.

crew = docker_crew(limits, workers=None, gpus=None)
crew.make(slot)   a sandbox for other people's work, for the worker number `slot` out of `pool.workers`
crew.end()        ends whatever they run, at once, from any thread
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .sandbox import Sandbox

if TYPE_CHECKING:
    from .container import DockerOptions

_FOR_WORKERS: Final = 0.9
"""The part of the engine's memory that all workers together may be given."""


@dataclass(frozen=True)
class Machine:
    """What the engine's machine has."""

    cores: int
    memory_bytes: int
    gpus: int = 0
    """Cards that the workers may use; 0 where they compute on the CPU."""


@dataclass(frozen=True)
class WorkerPool:
    """Workers that run side by side."""

    workers: int
    make: Callable[[int], Sandbox]
    """The sandbox of the worker with this number, from 0. Raises SandboxUnavailable."""
    end: Callable[[], None]
    """Ends every job that runs, at once: its sandbox raises SandboxUnavailable. From any thread."""


def workers_for(machine: Machine, worker_bytes: int) -> int:
    """How many workers this machine bears, at least one: a core each, a card each, and memory for all.

    Memory is counted as what each of them may take, not as what most models do: a worker that runs out of
    memory because its neighbour took it would fail the wrong learner's model.
    """
    bearable = [machine.cores, int(machine.memory_bytes * _FOR_WORKERS) // worker_bytes]
    if machine.gpus:
        bearable.append(machine.gpus)
    return max(1, min(bearable))


def docker_pool(limits: Limits, workers: int | None, gpus: str | None) -> WorkerPool:
    """Workers in Docker for other people's work: as many as fit, or as many as asked for.

    `limits` are the widest of the jobs to come. `gpus` is as in `choice.for_others_work`.

    Raises:
        SandboxUnavailable: there is no engine, no usable image, or no such GPU.
    """
    from .container import DockerOptions, DockerSandbox, engine_answers
    from .orphans import end_pool

    if not engine_answers():
        raise SandboxUnavailable(
            "Other people's models run in Docker only, and no engine answers",
            "Install or start it, then run `tfprep sandbox build`; `tfprep doctor` shows what is missing.",
        )
    options = DockerOptions.from_environment(os.environ)
    if gpus is not None:
        options = replace(options, gpus=gpus)
    count = workers if workers is not None else workers_for(*_measure(options, limits))
    name = secrets.token_hex(8)

    def make(slot: int) -> Sandbox:
        return DockerSandbox(replace(options, slot=slot, workers=count, pool=name))

    return WorkerPool(count, make, lambda: end_pool(name))


def _measure(options: DockerOptions, limits: Limits) -> tuple[Machine, int]:
    """The engine's machine, and the memory that one worker may take of it."""
    from .container import DockerSandbox, describe_engine
    from .engine import connect, translated
    from .gpus import choose_gpu, list_gpus, settle

    with DockerSandbox(options) as probe:
        spec = probe.spec(limits)
    client = connect()
    try:
        with translated("The engine could not describe itself"):
            engine = describe_engine(client)
    finally:
        client.close()
    cores = int(engine["NCPU"])
    cards: set[str] = set()
    if spec.gpu is not None:
        wish = settle(options.gpus, engine.get("Runtimes") or {})
        chosen = (choose_gpu(wish, slot, cores, list_gpus) for slot in range(cores))
        cards = {gpu.id for gpu in chosen if gpu is not None}
    return Machine(cores, int(engine["MemTotal"]), len(cards)), spec.resources.memory_bytes
