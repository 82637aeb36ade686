"""Where a worker computes: what decides the last bits of a prediction beside the model and its inputs.

Named are the processor's instruction sets, the device, the number of threads, and settings that change how
TensorFlow computes. "rounding" is measured: a digest of what a few operations give here. Where that is
another one, the same model predicts other last digits, whatever the reason.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import select
import signal
import subprocess
from pathlib import Path
from typing import Any, Final

from ..protocol.contract import SETTINGS, THREADS

UNKNOWN: Final = "unknown"
_SECONDS: Final = 30.0
"""It takes a fraction of one; a worker must be ready in time on a busy machine too."""
_INSTRUCTION_SETS: Final = re.compile(
    r"sse4_[12]|avx2?|fma|avx512(f|bw|dq|vl)|avx512_(bf16|fp16)|amx_(bf16|fp16|tile)|asimd\w*|sve\w*|i8mm|bf16"
)


def describe_environment() -> dict[str, str]:
    """By name. Starts a process, which starts the device: this one stays free of it, and can be forked."""
    device, rounding = _measure_in_fork()
    return {
        "cpu": describe_cpu(),
        "device": device,
        "threads": count_threads(),
        "settings": " ".join(f"{name}={os.environ[name]}" for name in SETTINGS if name in os.environ),
        "rounding": rounding,
    }


def describe_cpu() -> str:
    """The architecture and its vector instruction sets: "x86_64 avx avx2 fma …"."""
    return " ".join([platform.machine(), *sorted(set(_read_instruction_sets()))])


def count_threads() -> str:
    """The threads that TensorFlow starts for one operation: as told, else one for each usable core."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return os.environ.get(THREADS, str(cores))


def _read_instruction_sets() -> list[str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return _ask_sysctl()
    flags = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    words = flags[1].split() if flags else []
    return [word for word in words if _INSTRUCTION_SETS.fullmatch(word)]


def _ask_sysctl() -> list[str]:
    """macOS: the processor's name stands for its instruction sets."""
    try:
        asked = ["sysctl", "-n", "machdep.cpu.brand_string"]
        found = subprocess.run(asked, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return [UNKNOWN]
    return [found.stdout.strip()]


def _measure_in_fork() -> tuple[str, str]:
    """The device and the digest, from a child process. What could not be measured is like nothing else."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _measure_and_exit(writing)
    os.close(writing)
    ready, _, _ = select.select([reading], [], [], _SECONDS)
    told = os.read(reading, 4096) if ready else b""
    os.close(reading)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    device, _, rounding = told.decode("utf-8", "replace").partition("\n")
    return device or UNKNOWN, rounding or f"not measured {os.urandom(8).hex()}"


def _measure_and_exit(writing: int) -> None:
    try:
        from .devices import name_device
        from .fast_path import run_operations_directly
        from .job import keep_settings

        keep_settings()
        run_operations_directly()
        device = name_device()
        os.write(writing, f"{device}\n{measure_rounding()}".encode())
    finally:
        os._exit(0)


def measure_rounding() -> str:
    """A digest of what a convolution, products of matrices, a softmax and a mean give on this device."""
    import numpy as np
    import tensorflow as tf

    ramp = np.sin(np.arange(32_768, dtype=np.float64) * 1.7).astype(np.float32)

    def tensor(*shape: int) -> Any:
        return tf.constant(np.resize(ramp, shape))

    found = (
        tf.nn.conv2d(tensor(8, 32, 32, 3), tensor(3, 3, 3, 16), 1, "SAME"),
        tf.matmul(tensor(32, 512), tensor(512, 64)),
        tf.matmul(tensor(1, 2_000), tensor(2_000, 10)),
        tf.nn.softmax(tensor(50, 20)),
        tf.tanh(tensor(1_000)),
        tf.reduce_mean(tensor(8, 16, 16, 16), [1, 2]),
    )
    digest = hashlib.sha256()
    for values in found:
        digest.update(values.numpy().tobytes())
    return digest.hexdigest()[:16]
