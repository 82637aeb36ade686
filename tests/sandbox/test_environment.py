"""What a card calls its environment is where its model ran: processor, device, threads, how they round."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tfprep.sandbox import Sandbox
from tfprep.sandbox.host.local import LocalSandbox
from tfprep.sandbox.worker.environment import count_threads, describe_cpu

from ..zoo.index import find, predict
from ..zoo.repeat import compare, repeat

SAMPLE = (
    "keras3.0/fuel_normalization_first.h5",
    "keras3.0/demand_time_distributed.keras",
    "keras3.0/reviews_text_given.keras",
)


@pytest.fixture
def held_to_avx() -> Iterator[Sandbox]:
    """A worker on a machine whose oneDNN uses the instructions of 2011."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ONEDNN_MAX_CPU_ISA", "AVX")
        with LocalSandbox() as sandbox:
            yield sandbox


def test_the_threads_are_those_that_tensorflow_is_told_to_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TF_NUM_INTRAOP_THREADS", raising=False)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    assert count_threads() == str(cores)
    monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", "3")
    assert count_threads() == "3"


def test_the_processor_is_described_in_a_line_that_fits_a_card() -> None:
    assert 0 < len(describe_cpu()) <= 200
    assert "unknown" not in describe_cpu()


@pytest.mark.slow
def test_a_worker_names_processor_device_threads_and_how_they_round(local: Sandbox) -> None:
    environment = predict(local, find(SAMPLE[0])).environment
    assert {"cpu", "device", "threads", "settings", "rounding", "tensorflow", "worker"} <= set(environment)
    assert environment["device"] in {"CPU", predict(local, find(SAMPLE[0])).facts.device}
    assert len(environment["rounding"]) == 16


@pytest.mark.slow
@pytest.mark.skipif("avx2" not in describe_cpu(), reason="this processor has nothing that could be left out")
def test_a_machine_that_predicts_otherwise_has_another_environment(
    local: Sandbox, held_to_avx: Sandbox
) -> None:
    """With oneDNN held to AVX, predictions differ in their last digits."""
    here, there = (predict(sandbox, find(SAMPLE[0])) for sandbox in (local, held_to_avx))
    assert compare(here, there) == "other predictions"
    assert there.environment["settings"] == "ONEDNN_MAX_CPU_ISA=AVX"
    assert here.environment["rounding"] != there.environment["rounding"]


@pytest.mark.slow
def test_the_same_file_gives_the_same_in_workers_that_know_nothing_of_each_other(local: Sandbox) -> None:
    """`python -m tests.zoo.repeat` does it with every file of the zoo."""
    with LocalSandbox() as fresh:
        assert [each.difference for each in repeat([find(file) for file in SAMPLE], local, fresh)] == [""] * 3
