"""Workers in which our own code fails, each launched in a subprocess as the real one is."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tfprep.sandbox.host import local
from tfprep.sandbox.host.local import LocalSandbox

SANDBOX = Path(local.__file__).resolve().parents[1]
WORKER = f"""
import importlib, sys
from pathlib import Path
from types import ModuleType
package = ModuleType("sandbox")
package.__path__ = [{str(SANDBOX)!r}]
sys.modules["sandbox"] = package
worker = importlib.import_module("sandbox.worker.worker")

def load(name):
    return importlib.import_module("sandbox.worker." + name)

def fails(*_, **__):
    raise KeyError("a hidden input, perhaps")
"""
START = "\nworker.main(sys.argv[1:])\n"
CHANGING = """
job = load("job")
connect = job._connect

def connect_and_change(*pipes):
    connect(*pipes)
    exec(Path(__file__).with_name("change.py").read_text(), globals())

job._connect = connect_and_change
"""
MAY_SERVE_ON = """
# Workers that trained serve no other job: these do, to save a test the time to start one.
worker.Worker._ran_own_code = property(lambda self: False, lambda self, value: None)
"""
SERVES_ON = WORKER.replace(str(SANDBOX), "/opt/tfprep/sandbox") + MAY_SERVE_ON + START
"""What a container's worker runs, so that it serves on."""


@contextmanager
def sandbox_of(worker: Path) -> Iterator[LocalSandbox]:
    """A local sandbox that starts this script or folder as its worker."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local, "_WORKER", worker)
        with LocalSandbox() as opened:
            yield opened


@contextmanager
def broken_sandbox(folder: Path, change: str) -> Iterator[LocalSandbox]:
    """A local sandbox whose worker is changed by some code before it starts."""
    script = folder / "broken_worker.py"
    script.write_text(WORKER + change + START)
    with sandbox_of(script) as opened:
        yield opened


@contextmanager
def renamed_sandbox(folder: Path, *names: str) -> Iterator[LocalSandbox]:
    """A local sandbox with a copy of the worker, in whose files these names are other ones."""
    for part in ("worker", "protocol"):
        shutil.copytree(SANDBOX / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
    for name in names:
        files = [file for file in folder.rglob("*.py") if name in file.read_text()]
        assert files, f"{name} stands nowhere in the worker"
        for file in files:
            file.write_text(file.read_text().replace(name, f"{name}_renamed"))
    with sandbox_of(folder / "worker") as opened:
        yield opened
