"""Starts the worker from wherever its folder is, so that every launcher uses the same command line."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType


def add_package(folder: Path) -> None:
    """Makes `folder` the package `sandbox`, without running its `__init__`."""
    package = ModuleType("sandbox")
    package.__path__ = [str(folder)]
    sys.modules["sandbox"] = package


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    # A script that imports `load` or `job` must not find ours.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    add_package(here.parent)
    importlib.import_module("sandbox.worker.worker").main(sys.argv[1:])
