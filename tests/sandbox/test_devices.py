"""Which device a job computes on; a stand-in for TensorFlow records what is set for a GPU."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from tfprep.sandbox.protocol.contract import GPU_SHARE
from tfprep.sandbox.worker import devices

LOADED = """
from tfprep.sandbox.worker.worker import load_tensorflow
load_tensorflow()
from tensorflow.python.eager import context
print(context.context()._initialized)
from tfprep.sandbox.worker.devices import name_device
print(name_device())
import tensorflow as tf
tf.zeros(1)
print(context.context()._initialized)
"""


@dataclass
class Card:
    """What is set in TensorFlow on a machine with one GPU of 40 GiB."""

    recorded: dict[str, Any] = field(default_factory=dict)

    def as_tensorflow(self) -> SimpleNamespace:
        """A module that records it."""
        experimental = SimpleNamespace(
            set_memory_growth=lambda gpu, wish: self.recorded.update(growth=(gpu, wish)),
            get_device_details=lambda gpu: {"device_name": "NVIDIA T4"},
        )
        return SimpleNamespace(
            config=SimpleNamespace(
                experimental=experimental,
                list_physical_devices=lambda kind: ["card"] if kind == "GPU" else [],
                LogicalDeviceConfiguration=lambda memory_limit: memory_limit,
                set_logical_device_configuration=lambda gpu, limits: self.recorded.update(
                    limits=(gpu, limits)
                ),
            )
        )


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    made = Card()
    monkeypatch.setitem(sys.modules, "tensorflow", made.as_tensorflow())
    monkeypatch.setattr(devices, "gpu_memory", lambda: 40 * 2**30)
    return made


def test_a_whole_gpu_is_named_and_its_memory_grows(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(GPU_SHARE, raising=False)
    assert devices.name_device() == "GPU: NVIDIA T4"
    assert card.recorded == {"growth": ("card", True)}


def test_of_a_shared_gpu_a_job_takes_its_share(card: Card, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(GPU_SHARE, "0.2500")
    assert devices.name_device() == "GPU: NVIDIA T4"
    assert card.recorded == {"limits": ("card", [10 * 1024])}


@pytest.mark.slow
def test_a_worker_that_has_loaded_tensorflow_has_started_no_device() -> None:
    """Before the fork: a device that was started there could not be used in the job."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path), "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"},
    )
    assert done.stdout.split() == ["False", "CPU", "True"], done.stderr[-2000:]
