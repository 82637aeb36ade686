"""Which sandbox work gets: one's own may fall back, other people's never does, and runs in a pool."""

from __future__ import annotations

import os

import pytest

from tfprep.errors import BadOption, SandboxUnavailable
from tfprep.sandbox import Limits
from tfprep.sandbox.host.container_config import resources_for
from tfprep.sandbox.host.engine import PROCESS, connect
from tfprep.sandbox.host.select_sandbox import Capacity, docker_pool, for_own_work, workers_for

GIB = 2**30


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where no engine listens."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")


@pytest.mark.usefixtures("no_engine")
def test_one_s_own_work_falls_back_and_says_so_in_one_line() -> None:
    lines: list[str] = []
    with for_own_work("auto", lines.append) as sandbox:
        assert sandbox.name == "local"
    assert len(lines) == 1
    assert "\n" not in lines[0]


@pytest.mark.usefixtures("no_engine")
def test_other_people_s_work_never_falls_back() -> None:
    with pytest.raises(SandboxUnavailable, match="in Docker only") as raised:
        docker_pool(Limits(seconds=10), workers=1, gpus=None)
    assert raised.value.remedy


@pytest.mark.usefixtures("no_engine")
def test_docker_means_docker() -> None:
    with pytest.raises(SandboxUnavailable):
        for_own_work("docker", print)


def test_local_means_local() -> None:
    with for_own_work("local", print) as sandbox:
        assert sandbox.name == "local"


@pytest.mark.docker
def test_the_chosen_gpus_reach_the_engine() -> None:
    with pytest.raises(SandboxUnavailable, match="99 GPUs were asked for"):
        for_own_work("docker", print, gpus="99")


@pytest.mark.parametrize(
    ("capacity", "workers"),
    [
        (Capacity(cores=2, memory_bytes=64 * GIB), 2),
        (Capacity(cores=32, memory_bytes=64 * GIB), 7),
        (Capacity(cores=32, memory_bytes=4 * GIB), 1),
        (Capacity(cores=1, memory_bytes=64 * GIB), 1),
        (Capacity(cores=32, memory_bytes=640 * GIB, gpus=4), 4),
        (Capacity(cores=2, memory_bytes=640 * GIB, gpus=4), 2),
        (Capacity(cores=32, memory_bytes=20 * GIB, gpus=4), 2),
    ],
)
def test_there_are_as_many_workers_as_the_scarcest_resource_allows(capacity: Capacity, workers: int) -> None:
    assert workers_for(capacity, worker_bytes=8 * GIB) == workers


@pytest.mark.docker
def test_a_pool_has_the_number_of_workers_that_was_asked_for() -> None:
    pool = docker_pool(Limits(seconds=10), workers=3, gpus="none")
    assert pool.slots == 3
    with pool.make(2) as sandbox:
        assert sandbox.name == "docker"


@pytest.mark.docker
def test_a_pool_fits_the_engine_s_machine() -> None:
    pool = docker_pool(Limits(seconds=10), workers=None, gpus="none")
    client = connect()
    assert 1 <= pool.slots <= client.info()["NCPU"]
    client.close()


@pytest.mark.docker
def test_an_unknown_gpu_is_refused_before_anything_runs() -> None:
    with pytest.raises(BadOption, match="names no GPU"):
        docker_pool(Limits(seconds=10), workers=None, gpus="not-a-gpu")


@pytest.mark.docker
@pytest.mark.slow
def test_ending_a_pool_ends_what_it_runs_and_nothing_else() -> None:
    limits = Limits(seconds=10)
    before = running()
    ended, other = (docker_pool(limits, workers=1, gpus="none") for _ in range(2))
    with ended.make(0) as sandbox, other.make(0) as beside:
        client = sandbox.launch(limits)  # type: ignore[attr-defined]
        assert len(its := running() - before) == 1
        kept = beside.launch(limits)  # type: ignore[attr-defined]
        ended.end()
        assert not its & running()
        assert len(running() - before) == 1
        client.close()
        kept.close()
    assert running() <= before


def running() -> set[str]:
    """This process's containers: those of other tests' warm workers among them."""
    client = connect()
    filters = {"label": f"{PROCESS}={os.getpid()}"}
    found = {container["Id"] for container in client.containers(all=True, filters=filters)}
    client.close()
    return found


def test_sixteen_cores_and_31_gib_let_five_models_predict_at_once_and_three_scripts_train() -> None:
    engine = Capacity(cores=16, memory_bytes=31 * GIB)
    for limits, workers in ((Limits(60, writes_files=False), 5), (Limits(60), 3)):
        assert workers_for(engine, resources_for(limits, None, 16, 16).memory_bytes) == workers
    answering = resources_for(Limits(60, writes_files=False), None, 16, 16)
    training = resources_for(Limits(60), None, 16, 16)
    assert answering.disk_bytes == training.disk_bytes
    assert not answering.holds(training)
