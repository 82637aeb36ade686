"""Checks of the Docker engine for `tfprep doctor`: what was found, and what to do about it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .container_config import GIB, RUNTIME, resources_for
from .engine import connect, engine_address, engine_errors
from .gpus import choose_gpu, list_gpus, output_of
from .image import Accelerator, ImageReport, look_up
from .select_sandbox import Capacity, workers_for

LEAST_MEMORY: Final = 3 * GIB
"""Of the engine: the idle worker, the kernel and the engine itself, and a model of ordinary size."""
SAFE_TOOLKIT: Final = Version("1.17.8")
"""The first NVIDIA container toolkit without CVE-2024-0132 and CVE-2025-23266: both let containers escape."""


class CheckState(StrEnum):
    """GOOD needs nothing. MISSING is optional. WRONG must be repaired before grading."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True)
class EngineCheck:
    """The result of one check."""

    part: str
    state: CheckState
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class EngineFacts:
    """What the checks look at, collected once."""

    info: Mapping[str, Any]
    """The engine's description of itself."""
    images: tuple[ImageReport, ...]
    gpus: tuple[str, ...]
    toolkit: str
    """What `nvidia-ctk --version` prints on this machine; empty where there is none."""


def check_machine() -> tuple[EngineCheck, ...]:
    """Every check. Without an engine it is one only: the others need it."""
    try:
        facts = _collect()
    except SandboxUnavailable as error:
        return (EngineCheck("engine", CheckState.WRONG, error.what, error.remedy),)
    return tuple(check for look in CHECKS for check in look(facts))


def engine_check(facts: EngineFacts) -> Iterator[EngineCheck]:
    """The engine, and whether it limits containers with seccomp."""
    info = facts.info
    system = f"{info['OperatingSystem']}, {info['NCPU']} CPUs"
    yield EngineCheck(
        "engine", CheckState.GOOD, f"Docker {info['ServerVersion']} at {engine_address()} ({system})"
    )
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        yield EngineCheck(
            "seccomp",
            CheckState.WRONG,
            "The engine runs containers without a seccomp profile.",
            "Use a kernel and an engine with seccomp: without it a container may use every system call.",
        )


def image_check(facts: EngineFacts) -> Iterator[EngineCheck]:
    """The CPU's image is needed; the GPU's only where there is a GPU."""
    for report in facts.images:
        part = f"image ({report.accelerator.value})"
        command = f"Run: {report.accelerator.build_command}"
        needed = report.accelerator is Accelerator.CPU or RUNTIME in facts.info["Runtimes"]
        if report.usable:
            yield EngineCheck(
                part, CheckState.GOOD, f"{report.accelerator.tag}, {report.size_bytes / 1e9:.2f} GB"
            )
        elif report.stale:
            yield EngineCheck(part, CheckState.WRONG, report.stale, command)
        elif needed:
            yield EngineCheck(
                part, CheckState.WRONG, f"{report.accelerator.tag} has not been built.", command
            )


def runtime_check(facts: EngineFacts) -> Iterator[EngineCheck]:
    """Which runtimes there are; TFPREP_RUNTIME chooses a stronger one."""
    names = sorted(name for name in facts.info["Runtimes"] if not name.startswith("io.containerd"))
    yield EngineCheck(
        "runtime",
        CheckState.GOOD,
        f"{', '.join(names)}; containers run under {facts.info['DefaultRuntime']}.",
    )


def gpu_check(facts: EngineFacts) -> Iterator[EngineCheck]:
    """The graphics cards, and the toolkit that gives containers access to them."""
    if RUNTIME not in facts.info["Runtimes"]:
        remedy = "To use a GPU, install the NVIDIA driver and container toolkit, then restart the engine."
        yield EngineCheck(
            "gpu", CheckState.MISSING, "The engine has no NVIDIA runtime: models run on the CPU.", remedy
        )
        return
    first = choose_gpu("all", 0, 1, lambda: facts.gpus)
    yield EngineCheck(
        "gpu", CheckState.GOOD, f"{len(facts.gpus)} found; the first worker gets {first and first.id}."
    )
    yield toolkit_check(facts.toolkit)


def toolkit_check(printed: str) -> EngineCheck:
    """Whether containers can escape with this toolkit, from what `nvidia-ctk --version` prints."""
    found = re.search(r"(?<!\d)\d+\.\d+\.\d+\S*", printed)
    update = f"Update the NVIDIA container toolkit to {SAFE_TOOLKIT} or newer, then restart the engine."
    if not found:
        return EngineCheck(
            "toolkit", CheckState.MISSING, "The version of the NVIDIA container toolkit is unknown.", update
        )
    try:
        safe = Version(found[0].rstrip(",")) >= SAFE_TOOLKIT
    except InvalidVersion:
        safe = False
    if safe:
        return EngineCheck("toolkit", CheckState.GOOD, f"NVIDIA container toolkit {found[0]}")
    holes = "lets containers escape (CVE-2024-0132, CVE-2025-23266)"
    return EngineCheck("toolkit", CheckState.WRONG, f"NVIDIA container toolkit {found[0]} {holes}.", update)


def memory_check(facts: EngineFacts) -> Iterator[EngineCheck]:
    """How many workers that let models predict have room side by side, counted as for a cohort."""
    cores, total = int(facts.info["NCPU"]), int(facts.info["MemTotal"])
    predicting = Limits(seconds=60, writes_files=False)
    wanted = resources_for(predicting, None, cores, cores).memory_bytes
    each, fits = min(wanted, total) / GIB, workers_for(Capacity(cores, total), wanted)
    found = f"{each:.1f} GiB per worker at most, {total / GIB:.1f} GiB in all: {fits} at once."
    if total < LEAST_MEMORY:
        remedy = f"Give the engine {LEAST_MEMORY / GIB:.1f} GiB or more: models run out of memory in less."
        yield EngineCheck("memory", CheckState.WRONG, found, remedy)
    else:
        yield EngineCheck("memory", CheckState.GOOD, found)
    for limit, name in (("MemoryLimit", "memory"), ("PidsLimit", "processes"), ("CpuCfsQuota", "CPU time")):
        if not facts.info.get(limit, True):
            remedy = "Turn on the kernel's control groups for it: without them one model can use all of it."
            yield EngineCheck("limits", CheckState.WRONG, f"The engine cannot limit {name}.", remedy)


CHECKS: Final[tuple[Callable[[EngineFacts], Iterator[EngineCheck]], ...]] = (
    engine_check,
    image_check,
    runtime_check,
    gpu_check,
    memory_check,
)


def _collect() -> EngineFacts:
    with connect() as client:
        with engine_errors("The engine could not describe itself"):
            info = client.info()
        images = tuple(look_up(client, each) for each in Accelerator)
        return EngineFacts(info, images, list_gpus(), output_of("nvidia-ctk", "--version"))
