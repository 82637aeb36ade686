"""The device that TensorFlow computes on, within this worker's share. For a job's process only."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..protocol.contract import GPU_SHARE
from .job import discard_output


def name_device() -> str:
    """Starts the devices; returns "CPU", or "GPU: " and the GPU's name."""
    import tensorflow as tf

    with silent():
        gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        _limit_memory(tf, gpu)
    if not gpus:
        return "CPU"
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "unnamed")
    return f"GPU: {name}"


def _limit_memory(tf: Any, gpu: Any) -> None:
    """Lets memory grow as needed; on a shared GPU, up to this worker's share."""
    share = float(os.environ.get(GPU_SHARE, "1"))
    if share >= 1:
        tf.config.experimental.set_memory_growth(gpu, True)
        return
    mebibytes = int(share * gpu_memory() / 2**20)
    limit = tf.config.LogicalDeviceConfiguration(memory_limit=mebibytes)
    tf.config.set_logical_device_configuration(gpu, [limit])


def gpu_memory() -> int:
    """Bytes of memory of the one GPU (or slice of one) that is visible, from its driver.

    Raises:
        OSError: there is no driver, or it reports an error.
    """
    driver = ctypes.CDLL("libcuda.so.1")
    device, size = ctypes.c_int(), ctypes.c_size_t()
    for status in (
        driver.cuInit(0),
        driver.cuDeviceGet(ctypes.byref(device), 0),
        driver.cuDeviceTotalMem_v2(ctypes.byref(size), device),
    ):
        if status:
            raise OSError(f"The GPU's driver returned status {status}.")
    return size.value


@contextmanager
def silent() -> Iterator[None]:
    """Hides stderr: TensorFlow's start prints lines that mean nothing, as does its search for a GPU."""
    original = os.dup(2)
    discard_output(2)
    try:
        yield
    finally:
        os.dup2(original, 2)
        os.close(original)
