"""As many workers as the machine bears, and an end to all of them at once."""

import os

import pytest

from tfprep.errors import SandboxUnavailable
from tfprep.sandbox import Limits
from tfprep.sandbox.host.engine import connect
from tfprep.sandbox.host.orphans import PROCESS
from tfprep.sandbox.host.pool import Machine, docker_pool, workers_for

GIB = 2**30


@pytest.mark.parametrize(
    ("machine", "workers"),
    [
        (Machine(cores=2, memory_bytes=64 * GIB), 2),
        (Machine(cores=32, memory_bytes=64 * GIB), 7),
        (Machine(cores=32, memory_bytes=4 * GIB), 1),
        (Machine(cores=1, memory_bytes=64 * GIB), 1),
        (Machine(cores=32, memory_bytes=640 * GIB, gpus=4), 4),
        (Machine(cores=2, memory_bytes=640 * GIB, gpus=4), 2),
        (Machine(cores=32, memory_bytes=20 * GIB, gpus=4), 2),
    ],
)
def test_workers_are_as_many_as_the_scarcest_thing_bears(machine: Machine, workers: int) -> None:
    assert workers_for(machine, worker_bytes=8 * GIB) == workers


@pytest.mark.docker
def test_whoever_asks_for_a_number_of_workers_gets_it() -> None:
    pool = docker_pool(Limits(seconds=10), workers=3, gpus="none")
    assert pool.workers == 3
    with pool.make(2) as sandbox:
        assert sandbox.name == "docker"


@pytest.mark.docker
def test_a_crew_fits_the_engines_machine() -> None:
    pool = docker_pool(Limits(seconds=10), workers=None, gpus="none")
    client = connect()
    assert 1 <= pool.workers <= client.info()["NCPU"]
    client.close()


@pytest.mark.docker
def test_a_wish_for_an_unknown_gpu_is_told_before_anything_runs() -> None:
    with pytest.raises(SandboxUnavailable, match="names no GPU"):
        docker_pool(Limits(seconds=10), workers=None, gpus="not-a-gpu")


@pytest.mark.docker
@pytest.mark.slow
def test_ending_a_crew_ends_what_it_runs_and_nothing_else() -> None:
    limits = Limits(seconds=10)
    before = running()
    ended, other = (docker_pool(limits, workers=1, gpus="none") for _ in range(2))
    with ended.make(0) as sandbox, other.make(0) as beside:
        link = sandbox.launch(limits)  # type: ignore[attr-defined]
        assert len(theirs := running() - before) == 1
        kept = beside.launch(limits)  # type: ignore[attr-defined]
        ended.end()
        assert not theirs & running()
        assert len(running() - before) == 1
        link.close()
        kept.close()
    assert running() <= before


def running() -> set[str]:
    """This process's containers: those of other tests' warm workers among them."""
    client = connect()
    filters = {"label": f"{PROCESS}={os.getpid()}"}
    found = {container["Id"] for container in client.containers(all=True, filters=filters)}
    client.close()
    return found
