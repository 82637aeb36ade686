"""What `tfprep doctor` checks of Docker: each result with what to do about it."""

from __future__ import annotations

from typing import Any

import pytest

from tfprep.sandbox.host.doctor import (
    CHECKS,
    CheckState,
    EngineCheck,
    EngineFacts,
    check_machine,
    toolkit_check,
)
from tfprep.sandbox.host.image import Accelerator, ImageReport

INFO: dict[str, Any] = {
    "ServerVersion": "27.0.1",
    "OperatingSystem": "Debian GNU/Linux 12",
    "NCPU": 8,
    "MemTotal": 64 * 2**30,
    "Runtimes": {"runc": {}},
    "DefaultRuntime": "runc",
    "SecurityOptions": ["name=seccomp,profile=builtin"],
    "MemoryLimit": True,
    "PidsLimit": True,
    "CpuCfsQuota": True,
}
FRESH = ImageReport(Accelerator.CPU, "sha256:1", 1_500_000_000)


def checks(toolkit: str = "", image: ImageReport = FRESH, **changes: Any) -> dict[str, EngineCheck]:
    """The checks about a machine like `INFO`, by part; of several about one part, the last."""
    images = (image, ImageReport(Accelerator.GPU))
    facts = EngineFacts(INFO | changes, images, ("GPU-aaaa", "GPU-bbbb"), toolkit)
    return {check.part: check for look in CHECKS for check in look(facts)}


def test_a_machine_in_order_needs_nothing_but_a_gpu() -> None:
    found = checks()
    assert found["gpu"].state is CheckState.MISSING
    assert {check.state for part, check in found.items() if part != "gpu"} == {CheckState.GOOD}


def test_a_stale_image_comes_with_the_command_that_builds_it() -> None:
    found = checks(image=ImageReport(Accelerator.CPU, "sha256:1", 1, stale="It is stale."))["image (cpu)"]
    assert (found.state, found.found) == (CheckState.WRONG, "It is stale.")
    assert found.remedy == "Run: tfprep sandbox build"


def test_a_missing_image_comes_with_the_command_that_builds_it() -> None:
    assert checks(image=ImageReport(Accelerator.CPU))["image (cpu)"].remedy == "Run: tfprep sandbox build"


def test_with_the_nvidia_runtime_the_gpu_s_image_is_wanted_too() -> None:
    assert "image (gpu)" not in checks()
    found = checks(Runtimes={"runc": {}, "nvidia": {}})
    assert found["image (gpu)"].remedy == "Run: tfprep sandbox build --gpu"
    assert "GPU-aaaa" in found["gpu"].found


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("NVIDIA Container Toolkit CLI version 1.17.8\ncommit: 4d9c", CheckState.GOOD),
        ("NVIDIA Container Toolkit CLI version 1.18.0-rc.1", CheckState.GOOD),
        ("NVIDIA Container Toolkit CLI version 2.0.0", CheckState.GOOD),
        ("NVIDIA Container Toolkit CLI version 1.17.7", CheckState.WRONG),
        ("NVIDIA Container Toolkit CLI version 1.16.2", CheckState.WRONG),
        ("NVIDIA Container Toolkit CLI version 1.9.0", CheckState.WRONG),
        ("NVIDIA Container Toolkit CLI version 1.17.8-rc.1", CheckState.WRONG),
        ("", CheckState.MISSING),
    ],
)
def test_a_toolkit_that_lets_containers_escape_is_wrong(printed: str, state: CheckState) -> None:
    found = toolkit_check(printed)
    assert found.state is state
    if state is CheckState.WRONG:
        assert "CVE-2024-0132" in found.found
        assert "CVE-2025-23266" in found.found
        assert "1.17.8" in found.remedy


def test_the_toolkit_is_looked_at_only_where_it_is_used() -> None:
    assert "toolkit" not in checks(toolkit="version 1.16.2")
    assert checks(toolkit="version 1.16.2", Runtimes={"nvidia": {}})["toolkit"].state is CheckState.WRONG


def test_memory_is_reported_per_worker() -> None:
    assert "GiB per worker" in checks()["memory"].found
    small = checks(MemTotal=2 * 2**30)["memory"]
    assert small.state is CheckState.WRONG
    assert small.remedy


@pytest.mark.parametrize("memory", [7.65, 3.83, 3.0])
def test_memory_in_which_grading_works_is_not_called_wrong(memory: float) -> None:
    found = checks(MemTotal=int(memory * 2**30))["memory"]
    assert found.state is CheckState.GOOD
    assert "1 at once" in found.found


def test_an_engine_without_seccomp_is_wrong() -> None:
    assert checks(SecurityOptions=[])["seccomp"].state is CheckState.WRONG


def test_limits_the_engine_cannot_hold_are_wrong() -> None:
    assert "processes" in checks(PidsLimit=False)["limits"].found


def test_without_an_engine_that_is_the_one_check(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    (found,) = check_machine()
    assert (found.part, found.state) == ("engine", CheckState.WRONG)
    assert found.remedy


@pytest.mark.docker
def test_this_engine_is_described() -> None:
    found = {check.part: check for check in check_machine()}
    assert found["engine"].state is CheckState.GOOD
    assert found["image (cpu)"].state is CheckState.GOOD
    assert {"runtime", "gpu", "memory"} <= set(found)
