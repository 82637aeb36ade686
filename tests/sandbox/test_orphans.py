"""Containers of a killed grader: which are abandoned, and that only these are removed."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest

from tfprep.sandbox.host.build import packages_tag
from tfprep.sandbox.host.container import DockerOptions, DockerSandbox
from tfprep.sandbox.host.container_config import create_container
from tfprep.sandbox.host.engine import (
    ABANDONED_AFTER,
    BORN,
    HOST,
    PROCESS,
    connect,
    is_abandoned,
    owner_labels,
    prune,
    remove_container,
    this_host,
)
from tfprep.sandbox.host.image import Accelerator

from .small import LIMITS

NOW = 1_700_000_000.0


def listed(state: str = "running", age: float = 0.0, **changes: str) -> dict[str, Any]:
    """A container as the engine lists it; this process's unless labels differ."""
    names = {"host": HOST, "process": PROCESS, "born": BORN}
    labels = owner_labels("home") | {names[name]: value for name, value in changes.items()}
    return {"Labels": labels, "State": state, "Created": NOW - age}


def a_process_that_ended() -> str:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return str(ended.pid)


def test_a_living_grader_s_container_stays() -> None:
    assert not is_abandoned(listed(), NOW)


def test_a_dead_grader_s_container_goes_though_it_runs() -> None:
    assert is_abandoned(listed(process=a_process_that_ended()), NOW)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts ticks since boot")
def test_a_new_process_with_the_same_number_is_not_the_grader() -> None:
    assert is_abandoned(listed(born="1"), NOW)


def test_what_runs_for_another_machine_stays() -> None:
    assert not is_abandoned(listed(host="elsewhere", process=a_process_that_ended(), age=10**6), NOW)


def test_what_ended_long_ago_is_abandoned() -> None:
    assert is_abandoned(listed("exited", ABANDONED_AFTER + 1, host="elsewhere"), NOW)
    assert not is_abandoned(listed("exited", ABANDONED_AFTER - 1, host="elsewhere"), NOW)


def test_the_host_s_name_differs_by_boot_and_process_namespace() -> None:
    assert this_host().count("/") == 2 or sys.platform != "linux"


def test_labels_name_the_owner_and_no_more() -> None:
    assert set(owner_labels("/home/me")) == {"tfprep.host", "tfprep.pid", "tfprep.born", "tfprep.home"}
    assert owner_labels("x")["tfprep.pid"] == str(os.getpid())


def packages_of(client: Any) -> set[str]:
    """The engine's images of packages."""
    return {found["Id"] for found in client.images(name=packages_tag(Accelerator.CPU))}


@pytest.mark.docker
@pytest.mark.whole_engine
def test_prune_removes_the_dead_grader_s_container_and_leaves_the_living_one_s() -> None:
    from dataclasses import replace

    client = connect()
    with DockerSandbox(DockerOptions(gpus="none")) as sandbox:
        spec = sandbox.spec(LIMITS)
        living = create_container(client, spec)
        dead_owner = {**spec.labels, PROCESS: a_process_that_ended()}
        dead = create_container(client, replace(spec, labels=dead_owner))
    kept = packages_of(client)
    assert prune().containers >= 1
    assert packages_of(client) == kept, "The next build would start from nothing."
    left = [found["Id"] for found in client.containers(all=True)]
    remove_container(client, living)
    client.close()
    assert dead not in left
    assert living in left
