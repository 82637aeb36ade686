"""The worker as it is on a system without Linux's own calls and /proc. Run in place of `worker`."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType
from typing import Any


def main() -> None:
    package = ModuleType("sandbox")
    package.__path__ = [str(Path(__file__).resolve().parents[2] / "sandbox")]
    sys.modules["sandbox"] = package
    kernel: Any = importlib.import_module("sandbox.worker.kernel")
    kernel.ON_LINUX = False
    # Only now, because other modules import the constant.
    worker: Any = importlib.import_module("sandbox.worker.worker")
    assert not importlib.import_module("sandbox.worker.processes").ON_LINUX
    load_tensorflow = worker.load_tensorflow
    worker.load_tensorflow = lambda: load_tensorflow() | {"platform": "off Linux"}
    worker.main(sys.argv[1:])


if __name__ == "__main__":
    main()
