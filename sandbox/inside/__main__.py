"""Starts the worker from wherever its folder stands, so that one command line serves every launcher."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from types import ModuleType


def load_package(folder: Path) -> ModuleType:
    """The folder as the package `inside`, with nothing that stands beside it made importable."""
    spec = importlib.util.spec_from_file_location(
        "inside", folder / "__init__.py", submodule_search_locations=[str(folder)]
    )
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is not a package.")
    package = importlib.util.module_from_spec(spec)
    sys.modules["inside"] = package
    spec.loader.exec_module(package)
    return package


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    # A script that imports `load` or `train` must not find ours.
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    load_package(here)
    importlib.import_module("inside.worker").main(sys.argv[1:])
