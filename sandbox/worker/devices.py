"""Which device TensorFlow computes on, started as this worker may use it. Only ever in a job's process."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ..protocol.contract import GPU_SHARE


def name_device() -> str:
    """Where TensorFlow computes: "CPU", or "GPU: " and its name. Starts the devices."""
    import tensorflow as tf

    with _quiet():
        gpus = tf.config.list_physical_devices("GPU")
    for gpu in gpus:
        _bound_memory(tf, gpu)
    if not gpus:
        return "CPU"
    name = tf.config.experimental.get_device_details(gpus[0]).get("device_name", "unnamed")
    return f"GPU: {name}"


def _bound_memory(tf: Any, gpu: Any) -> None:
    """Memory grows as it is needed; of a shared card, up to this worker's share."""
    share = float(os.environ.get(GPU_SHARE, "1"))
    if share >= 1:
        tf.config.experimental.set_memory_growth(gpu, True)
        return
    mebibytes = int(share * gpu_memory() / 2**20)
    limit = tf.config.LogicalDeviceConfiguration(memory_limit=mebibytes)
    tf.config.set_logical_device_configuration(gpu, [limit])


def gpu_memory() -> int:
    """Bytes of the one card or slice that can be seen from here, as its driver tells.

    Raises:
        OSError: there is no driver, or it does not answer.
    """
    driver = ctypes.CDLL("libcuda.so.1")
    device, size = ctypes.c_int(), ctypes.c_size_t()
    for status in (
        driver.cuInit(0),
        driver.cuDeviceGet(ctypes.byref(device), 0),
        driver.cuDeviceTotalMem_v2(ctypes.byref(size), device),
    ):
        if status:
            raise OSError(f"The GPU's driver answered with status {status}.")
    return size.value


@contextmanager
def _quiet() -> Iterator[None]:
    """Without a GPU the search for one prints errors that would only frighten."""
    kept = os.dup(2)
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    os.close(nothing)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
