"""Which sandbox work gets: one's own may fall back, other people's never does."""

from __future__ import annotations

import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.sandbox.host.select_sandbox import for_others_work, for_own_work


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where no engine listens."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")


@pytest.mark.usefixtures("no_engine")
def test_ones_own_work_falls_back_and_says_so_in_one_line() -> None:
    told: list[str] = []
    with for_own_work("auto", told.append) as sandbox:
        assert sandbox.name == "local"
    assert len(told) == 1
    assert "\n" not in told[0]


@pytest.mark.usefixtures("no_engine")
@pytest.mark.parametrize("choice", ["auto", "docker"])
def test_other_peoples_work_never_falls_back(choice: str) -> None:
    told: list[str] = []
    with pytest.raises(SandboxUnavailable) as raised:
        for_others_work(choice, told.append)  # type: ignore[arg-type]
    assert raised.value.remedy
    assert told == []


def test_other_peoples_work_never_runs_locally_even_when_asked() -> None:
    with pytest.raises(SandboxUnavailable):
        for_others_work("local", print)


@pytest.mark.usefixtures("no_engine")
def test_docker_means_docker() -> None:
    with pytest.raises(SandboxUnavailable):
        for_own_work("docker", print)


def test_local_means_local() -> None:
    with for_own_work("local", print) as sandbox:
        assert sandbox.name == "local"


@pytest.mark.docker
def test_a_wish_for_gpus_reaches_the_engine() -> None:
    with pytest.raises(SandboxUnavailable, match="names no GPU"):
        for_own_work("docker", print, gpus="not-a-gpu")
