"""The process that reads strangers' files: started by `reader.py`, with limits, one for many files.

    python -I -S reader_process.py SPOOL

It takes frames on its standard input and answers each with one frame. What is read is written to SPOOL, a
descriptor of a file without a name, which the host reads then. It loads nothing beyond the standard library.

    ready        {}                                          the first frame, sent unasked
    read         {limit}           payload: a path           {kind, digest, size, inside} or {refusal}
    read_log     {}                payload: a path           in the spool: the series of a training log
    list_zip     {directory_bytes} payload: a path           in the spool: an entry of the list a line
    unpack       {members}         payload: a zip's path     members: name, place in the list, where to

Each answer may be {errno} instead, {refusal: [code, sentence]}, {exceeded}: more memory than it may take, or
{fault}: our own code failed, and where.
"""

from __future__ import annotations

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType

_PACKAGES = ("tfprep", "tfprep.grader", "tfprep.grader.submission", "tfprep.sandbox")
"""Packages whose `__init__` would load numpy and more."""


def add_packages(root: Path) -> None:
    """Makes the packages, without running their `__init__`."""
    for name in _PACKAGES:
        package = ModuleType(name)
        package.__path__ = [str(root.joinpath(*name.split(".")[1:]))]
        sys.modules[name] = package


if __name__ == "__main__":
    here = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != here]
    add_packages(here.parents[1])
    importlib.import_module("tfprep.grader.submission.reader_verbs").serve(int(sys.argv[1]), os.getppid())
