"""What stands in the way of grading in Docker here, one finding per part, each with what to do about it."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from packaging.version import InvalidVersion, Version

from ...errors import SandboxUnavailable
from ..protocol.contract import Limits
from .container_config import GIB, resources_for
from .engine import connect, engine_address, translated
from .gpus import RUNTIME, choose_gpu, list_gpus
from .image import Accelerator, look_up

SAFE_TOOLKIT: Final = Version("1.17.8")
"""The first NVIDIA container toolkit without CVE-2024-0132 and CVE-2025-23266: both let a container out."""


class State(StrEnum):
    """GOOD needs nothing. MISSING is something one can do without. WRONG must be put right before grading."""

    GOOD = "good"
    MISSING = "missing"
    WRONG = "wrong"


@dataclass(frozen=True)
class Check:
    """One part of the machine, looked at."""

    part: str
    state: State
    found: str
    remedy: str = ""


@dataclass(frozen=True)
class Machine:
    """What the checks look at, gathered once."""

    info: Mapping[str, Any]
    """The engine's own description of itself."""
    images: tuple[Any, ...]
    gpus: tuple[str, ...]
    toolkit: str
    """What `nvidia-ctk --version` prints here; empty where there is none."""


def diagnose() -> tuple[Check, ...]:
    """Every check. Without an engine there is one only: the rest cannot be told."""
    try:
        machine = _gather()
    except SandboxUnavailable as error:
        return (Check("engine", State.WRONG, error.what, error.remedy),)
    return tuple(check for look in CHECKS for check in look(machine))


def engine_check(machine: Machine) -> Iterator[Check]:
    """The engine, and whether it fences containers with seccomp."""
    info = machine.info
    system = f"{info['OperatingSystem']}, {info['NCPU']} CPUs"
    yield Check("engine", State.GOOD, f"Docker {info['ServerVersion']} at {engine_address()} ({system})")
    if not any("seccomp" in option for option in info.get("SecurityOptions") or ()):
        yield Check(
            "seccomp",
            State.WRONG,
            "The engine runs containers without a seccomp profile.",
            "Use a kernel and an engine with seccomp: without it a container reaches every system call.",
        )


def image_check(machine: Machine) -> Iterator[Check]:
    """The CPU's image is needed; the GPU's only where there is one."""
    for report in machine.images:
        part = f"image ({report.accelerator.value})"
        command = f"Run: {report.accelerator.build_command}"
        needed = report.accelerator is Accelerator.CPU or RUNTIME in machine.info["Runtimes"]
        if report.usable:
            yield Check(part, State.GOOD, f"{report.accelerator.tag}, {report.size_bytes / 1e9:.2f} GB")
        elif report.stale:
            yield Check(part, State.WRONG, report.stale, command)
        elif needed:
            yield Check(part, State.WRONG, f"{report.accelerator.tag} has not been built.", command)


def runtime_check(machine: Machine) -> Iterator[Check]:
    """Which runtimes there are; a stronger wall is a matter of choosing one."""
    names = sorted(name for name in machine.info["Runtimes"] if not name.startswith("io.containerd"))
    yield Check(
        "runtime", State.GOOD, f"{', '.join(names)}; containers run under {machine.info['DefaultRuntime']}."
    )


def gpu_check(machine: Machine) -> Iterator[Check]:
    """The graphics cards, and the toolkit that hands them into containers."""
    if RUNTIME not in machine.info["Runtimes"]:
        remedy = "To use a GPU, install the NVIDIA driver and container toolkit, then restart the engine."
        yield Check("gpu", State.MISSING, "The engine has no NVIDIA runtime: models run on the CPU.", remedy)
        return
    first = choose_gpu("all", 0, 1, lambda: machine.gpus)
    yield Check(
        "gpu", State.GOOD, f"{len(machine.gpus)} to choose from; the first worker gets {first and first.id}."
    )
    yield toolkit_check(machine.toolkit)


def toolkit_check(told: str) -> Check:
    """Whether this toolkit keeps containers in, from what `nvidia-ctk --version` prints."""
    found = re.search(r"\d+\.\d+\.\d+\S*", told)
    update = f"Update the NVIDIA container toolkit to {SAFE_TOOLKIT} or newer, then restart the engine."
    if not found:
        return Check(
            "toolkit", State.MISSING, "The version of the NVIDIA container toolkit cannot be told.", update
        )
    try:
        safe = Version(found[0].rstrip(",")) >= SAFE_TOOLKIT
    except InvalidVersion:
        safe = False
    if safe:
        return Check("toolkit", State.GOOD, f"NVIDIA container toolkit {found[0]}")
    holes = "has holes that let a container out (CVE-2024-0132, CVE-2025-23266)"
    return Check("toolkit", State.WRONG, f"NVIDIA container toolkit {found[0]} {holes}.", update)


def memory_check(machine: Machine) -> Iterator[Check]:
    """How many workers fit, each with the room of an ordinary job."""
    room = resources_for(Limits(seconds=60), None, machine.info["NCPU"], machine.info["NCPU"])
    total = machine.info["MemTotal"]
    fits = total // room.memory_bytes
    found = (
        f"{room.memory_bytes / GIB:.1f} GiB per worker at most, {total / GIB:.1f} GiB in all: {fits} at once."
    )
    if fits:
        yield Check("memory", State.GOOD, found)
    else:
        yield Check(
            "memory", State.WRONG, found, "Give the engine more memory: a large model could take it all."
        )
    for limit, name in (("MemoryLimit", "memory"), ("PidsLimit", "processes"), ("CpuCfsQuota", "CPU time")):
        if not machine.info.get(limit, True):
            remedy = (
                "Turn on the kernel's control groups for it: without them one model can take the machine."
            )
            yield Check("limits", State.WRONG, f"The engine cannot limit {name}.", remedy)


CHECKS: Final[tuple[Callable[[Machine], Iterator[Check]], ...]] = (
    engine_check,
    image_check,
    runtime_check,
    gpu_check,
    memory_check,
)


def _gather() -> Machine:
    client = connect()
    try:
        with translated("The engine could not describe itself"):
            info = client.info()
        return Machine(
            info, tuple(look_up(client, each) for each in Accelerator), list_gpus(), _toolkit_version()
        )
    finally:
        client.close()


def _toolkit_version() -> str:
    program = shutil.which("nvidia-ctk")
    if not program:
        return ""
    return subprocess.run(
        [program, "--version"], capture_output=True, text=True, check=False, timeout=30
    ).stdout
