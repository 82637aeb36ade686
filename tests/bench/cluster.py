"""Ten thousand submissions over a Dask cluster of stand-in hosts, beside the same without a cluster.

Scheduler and hosts run on this machine too, and share its cores with the grader.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from tfprep.sandbox import Limits
from tfprep.sandbox.host.cluster.cluster_pool import ClusterPool
from tfprep.sandbox.host.cluster.dask_cluster import connect

from ..cohorts.dask_processes import dask_processes, free_port
from ..cohorts.remote_stand_in import SECONDS, TextModelHost
from ..cohorts.text_models import GradingSetup, TextModelPool, hand_in, make_setup
from .material import Material
from .memory import forget_peak, peak
from .row import Row, seconds

COUNT = 10_000
SLOTS = 20
HOSTS = (20, 4)
"""Processes that share the slots: one for each, and as hosts have them."""
JOB_SECONDS = 0.15
JOBS = 2_000
_RUNS = count()


def measure(material: Material) -> Iterator[Row]:
    """How fast without work, how much of the summed throughput with it, and how much memory."""
    place = material.place / "cluster"
    place.mkdir()
    setup = make_setup(place)
    setup.on_progress = lambda progress: None
    here = TextModelPool(setup.right, SLOTS)
    working = TextModelPool(setup.right, SLOTS, JOB_SECONDS)
    for hosts in HOSTS:
        where = f"{SLOTS} slots on {hosts} hosts"
        before = forget_peak()
        with _pool(material, hosts, 0.0) as pool:
            there = _grade(setup, pool, COUNT)
        grown = (peak() - before) / 2**20
        beside = _grade(setup, here, COUNT)
        yield Row(
            f"{COUNT:,} submissions, {where}",
            f"{SLOTS} threads",
            there.seconds,
            beside.seconds,
            there.seconds / beside.seconds,
            "at least 300 a second",
            f"{there} and {beside}",
        )
        yield Row(f"the grader's own MB, {where}", "", grown, None, None, "at most 100", "not seconds")
        with _pool(material, hosts, JOB_SECONDS) as pool:
            there = _grade(setup, pool, JOBS)
        beside = _grade(setup, working, JOBS)
        ideal = JOBS * JOB_SECONDS / SLOTS
        note = f"{ideal / beside.seconds:.2f} of the sum with {SLOTS} threads"
        share = f"{ideal / there.seconds:.2f} of the sum; {note}"
        yield Row(
            f"{JOBS:,} jobs of {JOB_SECONDS} s, {where}",
            f"{SLOTS} threads",
            there.seconds,
            beside.seconds,
            there.seconds / beside.seconds,
            "at least 0.9 of the sum",
            share,
        )


@dataclass(frozen=True)
class _Run:
    """What a batch took; `cpu` is the grader's own process alone."""

    submissions: int
    seconds: float
    cpu: float

    def __str__(self) -> str:
        each = 1000 * self.cpu / self.submissions
        return f"{self.submissions / self.seconds:.0f} a second with {each:.1f} ms of the grader's CPU each"


def _grade(setup: GradingSetup, pool: ClusterPool | TextModelPool, submissions: int) -> _Run:
    """So many submissions of another cohort, none of which was run before."""
    setup.pool, run = pool, next(_RUNS)  # type: ignore[assignment]
    handed = [hand_in(f"x{number}", f"right 10 {run} {number}") for number in range(submissions)]
    cpu = time.process_time()
    took = seconds(lambda: setup.grade(*handed, cohort=f"run{run}"))
    return _Run(submissions, took, time.process_time() - cpu)


@contextmanager
def _pool(material: Material, hosts: int, job_seconds: float) -> Iterator[ClusterPool]:
    folder = material.place / f"hosts-{hosts}-{job_seconds}"
    folder.mkdir()
    address = f"127.0.0.1:{free_port()}"
    with dask_processes(address, address, folder) as processes:
        for number in range(hosts):
            processes.join(f"host{number}", slots=SLOTS // hosts, **{SECONDS: str(job_seconds)})
        pool = ClusterPool(connect(address, TextModelHost), Limits(60.0)).open()
        while pool.slots < SLOTS:
            time.sleep(0.1)
        yield pool
