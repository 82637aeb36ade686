"""On the hosts of a real Dask cluster, a batch comes to what it comes to on one machine.

Scheduler and workers are processes of their own, with certificates; what runs in them needs no engine.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from tfprep.classroom.rules_file import read_rules
from tfprep.classroom.signing import read_or_make_key
from tfprep.cohorts.batch.progress import Progress, ignore_progress
from tfprep.cohorts.requests import GradeRequest
from tfprep.files.secrets import read_or_make_secret
from tfprep.grader.parallel.worker_threads import Fault, GradingJob, GradingThreads
from tfprep.problems import Split
from tfprep.sandbox import Limits
from tfprep.sandbox.host.cluster import cluster_pool
from tfprep.sandbox.host.cluster.certificates import write_certificates
from tfprep.sandbox.host.cluster.cluster_pool import ClusterPool, Host
from tfprep.sandbox.host.cluster.dask_cluster import connect
from tfprep.sandbox.host.cluster.remote_host import RemoteHost

from .dask_processes import DaskProcesses, dask_processes, free_port
from .mentors import Mentor, a_mentor
from .remote_stand_in import IMAGE, CarsHost, TextModelHost
from .test_batch import pending
from .text_models import GradingSetup, hand_in, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]
LIMITS = Limits(60.0)


HOSTS = ("one", "two")


@pytest.fixture(scope="module")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaskProcesses]:
    """A scheduler that asks for certificates."""
    folder = tmp_path_factory.mktemp("cluster")
    address = f"tls://127.0.0.1:{free_port()}"
    mentor, host = write_certificates(folder / "files", address, datetime.now(UTC))
    with dask_processes(mentor / "cluster.yaml", host / "cluster.yaml", folder) as processes:
        yield processes


@pytest.fixture
def cluster(started: DaskProcesses) -> DaskProcesses:
    """Two hosts with two slots each, and no other."""
    for name in started.hosts - set(HOSTS):
        started.end(name)
    for name in set(HOSTS) - started.hosts:
        started.join(name)
    return started


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes its time to start processes."""
    monkeypatch.setattr(cluster_pool, "_FIRST_SECONDS", 120.0)


class Joined:
    """A pool on the cluster, and what a mentor was told of it."""

    def __init__(self, cluster: DaskProcesses, host_type: type[RemoteHost], allow_mixed: bool) -> None:
        self.told: list[str] = []
        self.pool = ClusterPool(
            connect(cluster.where, host_type), LIMITS, allow_mixed=allow_mixed, say=self.told.append
        ).open()

    def await_told(self, *words: str) -> None:
        """Until each of these words was told."""
        wait_until(lambda: all(any(word in line for line in self.told) for word in words))


@contextmanager
def joined(
    cluster: DaskProcesses, host_type: type[RemoteHost] = TextModelHost, *, allow_mixed: bool = False
) -> Iterator[Joined]:
    made = Joined(cluster, host_type, allow_mixed)
    try:
        made.await_told("host one is used", "host two is used")
        yield made
    finally:
        made.pool.close()


def wait_until(holds: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


CLASS = [hand_in(f"x{n}", f"right {n % 11} {n}") for n in range(11)]


def test_the_gradebook_is_that_of_one_machine(setup: GradingSetup, cluster: DaskProcesses) -> None:
    setup.grade(*CLASS, cohort="here")
    with joined(cluster) as there:
        setup.pool = there.pool
        assert there.pool.slots == 4
        tally = setup.grade(*CLASS, cohort="there")
    assert (tally.graded, tally.copied, tally.faults) == (11, 0, {})
    assert setup.results("there") == setup.results("here")


def test_a_host_with_another_image_is_told_and_not_used_unless_the_mentor_allows_it(
    setup: GradingSetup, cluster: DaskProcesses
) -> None:
    with joined(cluster) as there:
        cluster.join("stale", **{IMAGE: "sha256:two"})
        there.await_told("host stale is not used: its image is two and not one. --allow-mixed uses it.")
        assert there.pool.slots == 4
    with joined(cluster, allow_mixed=True) as there:
        wait_until(lambda: there.pool.slots == 6)
        jobs = [GradingJob(read(hand_in(f"x{n}", f"right 10 {n}")), setup.prepared) for n in range(12)]
        with GradingThreads(there.pool) as threads, ThreadPoolExecutor(6) as executor:
            cards = [each.card for each in executor.map(threads.grade, jobs)]
    notes = {str(card.model.get("adaptations", "")) for card in cards}
    assert any("differs from others of this cluster: its image is" in note for note in notes), cards[0].model


def test_hosts_end_what_they_run_when_the_mentor_s_command_is_gone(cluster: DaskProcesses) -> None:
    """Each has a sandbox open, which told what it computes with."""
    with joined(cluster):
        before = cluster.closed()
    wait_until(lambda: cluster.closed() >= before + 2)


def test_ctrl_c_ends_the_jobs_of_every_host(setup: GradingSetup, cluster: DaskProcesses) -> None:
    jobs = [GradingJob(read(hand_in(f"x{n}", f"sleeps {n}")), setup.prepared) for n in range(6)]
    with joined(cluster) as there, ThreadPoolExecutor(6) as executor:
        threads = GradingThreads(there.pool)
        running = [executor.submit(threads.grade, job) for job in jobs]
        wait_until(lambda: sum(len(host.free) for host in there.pool.hosts) == 0)
        began = time.monotonic()
        threads.stop(running)
        assert time.monotonic() - began < 30
        assert all(isinstance(each.result(), Fault) for each in running)


def test_nothing_that_is_sent_holds_a_label_a_secret_or_a_key(
    cluster: DaskProcesses, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = capture_sent(monkeypatch)
    with a_mentor(tmp_path) as mentor:
        rules = tmp_path / "cohort.toml"
        request = GradeRequest(tmp_path / "all", rules, None, confirm_rules=lambda preview: True)

        def make_pool(limits: Limits) -> ClusterPool:
            return ClusterPool(connect(cluster.where, CarsHost), limits).open()

        read_or_make_key(mentor.service.home.root)
        tally, _ = mentor.service.grade(request, make_pool, ignore_progress)
        assert (tally.graded, tally.faults) == (2, {})
        secrets, inputs = secrets_of(mentor)
    everything = b"".join(sent)
    assert inputs in everything
    assert (tmp_path / "all/ann/problem1/mymodel.h5").read_bytes() in everything
    assert [name for name, secret in secrets.items() if secret in everything] == []
    name = "labels float64 4"
    assert [each for each, secret in secrets.items() if secret in everything + secrets[name]] == [name]


def secrets_of(mentor: Mentor) -> tuple[dict[str, bytes], bytes]:
    """What must not leave a mentor's machine, by name; and the hidden inputs, which must."""
    home, rules = mentor.service.home, read_rules(mentor.folder / "cohort.toml")
    (prepared,) = mentor.service.prepare(rules, ["problem1"]).values()
    mixed = prepared.evaluation_set.mixed
    assert mixed is not None
    labels = prepared.dataset.labels(Split.HIDDEN).values
    orders = {"labels": labels, "labels among copies": labels[np.argsort(mixed.hidden)]}
    secrets = {
        f"{name} {dtype} {start}": order[start : start + 4].astype(dtype).tobytes()
        for name, order in orders.items()
        for dtype in ("float64", "float32")
        for start in range(0, len(labels) - 4, 4)
    }
    for name, order in orders.items():
        secrets[f"{name} as text"] = ", ".join(str(float(each)) for each in order[:3]).encode()
    private = read_or_make_key(home.root)
    keys = {"secret": read_or_make_secret(home.root), "signing key": private, "copies": prepared.key or b""}
    for name, key in keys.items():
        secrets |= {name: key, f"{name} in hex": key.hex().encode(), f"{name} in base64": b64encode(key)[:40]}
    return secrets, mixed.inputs.packed


def capture_sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every frame that Dask sends from this process, as it is before it is encrypted."""
    from distributed.comm import tcp

    sent: list[bytes] = []
    original = tcp.to_frames  # type: ignore[attr-defined]

    async def recording(*given: object, **named: object) -> list[object]:
        frames = await original(*given, **named)
        sent.extend(bytes(memoryview(frame)) for frame in frames)
        return list(frames)

    monkeypatch.setattr(tcp, "to_frames", recording)
    return sent


def test_a_host_killed_in_the_middle_costs_nobody_anything_and_one_that_joins_takes_part(
    setup: GradingSetup, cluster: DaskProcesses, tmp_path: Path
) -> None:
    mark = tmp_path / "killed"
    everyone = [hand_in(f"x{n}", f"right 10 {n}") for n in range(70)]
    with joined(cluster) as there:
        setup.pool = there.pool
        seen: list[Host] = []

        def let_join(progress: Progress) -> None:
            """At the first result a host joins; fewer than everyone's models are under way then."""
            if not seen:
                cluster.join("late")
                wait_until(lambda: bool(seen) or "late" in "".join(there.told))
                seen.extend(host for host in there.pool.hosts if host.name == "late")

        setup.on_progress = let_join
        tally = setup.grade(hand_in("eve", f"right 10 kills-once {mark}"), *everyone)
    assert (tally.graded, tally.faults) == (71, {})
    assert len(setup.results()) == 71
    assert pending(setup) == {}
    assert mark.exists()
    assert any("has left the cluster" in line for line in there.told)
    assert [host.kept == set() for host in seen] == [False]


def test_a_file_that_hosts_are_lost_at_is_pending_and_its_author_is_not_blamed(
    setup: GradingSetup, cluster: DaskProcesses
) -> None:
    """The nanny of Dask starts its host's worker again."""
    cluster.join("nursed", nanny=True)
    with joined(cluster) as there:
        there.await_told("host nursed is used")
        setup.pool = there.pool
        tally = setup.grade(*CLASS[:8], hand_in("eve", "right 10 kills"))
    assert tally.graded == 8
    assert set(tally.faults) == {"eve/mymodel.h5"}
    assert "was lost at this file" in pending(setup)["eve"]
