"""What a pool makes of hosts that fail, leave or differ: without Dask, with hosts in this process."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field

import pytest

from tfprep.errors import SandboxUnavailable, WorkerLost
from tfprep.sandbox import Limits
from tfprep.sandbox.host.cluster import cluster_pool
from tfprep.sandbox.host.cluster.cluster_pool import ClusterPool
from tfprep.sandbox.host.cluster.dask_cluster import Ask
from tfprep.sandbox.protocol.frames import pack_frame

from .remote_stand_in import WORKER, TextModelHost


@dataclass
class HostsHere:
    """By address, what a host's `open` does: how often it fails first, and its answer to "describe"."""

    address: str = "tcp://127.0.0.1:1"
    failing: dict[str, int] = field(default_factory=dict)
    described: dict[str, dict[str, object]] = field(default_factory=dict)
    forgotten: set[str] = field(default_factory=set)

    def hosts(self) -> dict[str, tuple[str, int | None]]:
        return dict.fromkeys([*self.failing, *self.described], ("lab", None))

    def open(self, address: str) -> Ask:
        if self.failing.get(address, 0) > 0:
            self.failing[address] -= 1
            raise SandboxUnavailable("The engine went away.")
        if address in self.described:
            return lambda message: pack_frame({"end": "described", **self.described[address]})
        return TextModelHost().answer

    def forget(self, address: str) -> None:
        self.forgotten.add(address)

    def close(self) -> None:
        """Nothing is open."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("_LOOK_SECONDS", "_AGAIN_SECONDS"):
        monkeypatch.setattr(cluster_pool, name, 0.01)
    monkeypatch.setattr(cluster_pool, "_FIRST_SECONDS", 0.2)


def test_a_host_that_fails_is_tried_again_and_told_once() -> None:
    told: list[str] = []
    pool = ClusterPool(HostsHere(failing={"a": 2}), Limits(10.0), say=told.append)
    deadline = time.monotonic() + 30
    while not pool.slots:
        assert time.monotonic() < deadline, told
        time.sleep(0.01)
    pool.close()
    assert told == [
        "The host lab is not used: The engine went away.",
        "The host lab is used: 2 at a time.",
    ]


def test_a_cluster_without_hosts_says_what_to_start() -> None:
    with pytest.raises(SandboxUnavailable, match=r"No host .* can be used.*tfprep cluster worker"):
        ClusterPool(HostsHere(), Limits(10.0)).open()


@pytest.mark.parametrize(
    ("described", "why"),
    [
        ({"slots": 2, "tfprep": "0", "environment": {"worker": WORKER}}, "its tfprep is 0 and not"),
        ({"slots": 2, "environment": {"worker": "5" * 64}}, "its worker is 555555555555 and not"),
        ({"slots": 0}, "it offers no slot"),
        ({"slots": True}, "it offers no slot"),
        ({"slots": 10**9}, "it offers no slot"),
    ],
)
def test_a_host_that_would_answer_otherwise_is_not_used_and_the_mentor_reads_why(
    described: dict[str, object], why: str
) -> None:
    with pytest.raises(SandboxUnavailable, match=f"The host lab is not used: .*{why}"):
        ClusterPool(HostsHere(described={"a": described}), Limits(10.0)).open()


def test_of_two_processors_the_instruction_sets_that_differ_are_named() -> None:
    expected = {"cpu": "x86_64 avx avx2 avx512f"}
    assert (
        cluster_pool._differences(["cpu", "image"], {"cpu": "x86_64 avx avx2 fma"}, expected)
        == "its cpu is one with fma and without avx512f"
    )


def test_a_host_that_was_lost_and_is_still_there_is_used_again() -> None:
    pool = ClusterPool(HostsHere(failing={"a": 0}), Limits(10.0)).open()
    (host,) = pool.hosts
    pool.lose(host)
    deadline = time.monotonic() + 30
    while not pool.slots:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert pool.hosts != (host,)
    pool.close()


def test_a_host_that_leaves_before_it_answers_is_waited_for_no_longer() -> None:
    here = HostsHere(described={"a": {}})
    asked = threading.Event()

    def ask(message: bytes) -> bytes:
        asked.set()
        while "a" not in here.forgotten:
            time.sleep(0.01)
        raise WorkerLost("A host was lost.")

    here.open = lambda address: ask  # type: ignore[method-assign]
    pool = ClusterPool(here, Limits(10.0))
    assert asked.wait(30)
    here.described.clear()
    with pytest.raises(SandboxUnavailable, match="No host of the cluster"):
        pool.open()
