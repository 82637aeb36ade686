"""What host and worker must agree on beside frames: settings, the longest wait, and which code runs."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Final

GPU_SHARE: Final = "TFPREP_GPU_SHARE"
"""The variable that says which part of the GPU's memory a job may take, where several workers share it."""
THREADS: Final = "TF_NUM_INTRAOP_THREADS"
"""TensorFlow's own variable for how many threads share one operation. Unset, it takes one for each core it
sees; of a machine that several workers share only some are this one's."""
LONGEST_WAIT: Final = 3.0
"""So many times its limit a job may take by the clock, however busy the machine is."""
PACKAGES: Final = ("protocol", "worker")
"""The folders of `sandbox/` that a worker is made of."""


def worker_files(sandbox: Path) -> dict[str, Path]:
    """The Python files that a worker is made of, by their path below `sandbox`, in order."""
    return {
        f"{package}/{path.name}": path
        for package in PACKAGES
        for path in sorted((sandbox / package).glob("*.py"))
    }


def worker_digest(sandbox: Path) -> str:
    """sha256, in hex, over the names and bytes of these files: which worker this is."""
    digest = sha256()
    for name, path in worker_files(sandbox).items():
        content = path.read_bytes()
        digest.update(f"{name}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()
