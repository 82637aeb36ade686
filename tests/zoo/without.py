"""Whether each shim is needed: its file, read as tfprep reads it but without that one shim.

python -m tests.zoo.without '{"SHIM": "FILE", ...}'      prints {shim: the error's first line, or null}
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tfprep.sandbox.worker import keras2_archive as older_archive
from tfprep.sandbox.worker import keras2_config as shims
from tfprep.sandbox.worker import keras2_h5 as older_h5
from tfprep.sandbox.worker import load

from .keeper import COLLECTION

ELSEWHERE: dict[str, tuple[tuple[Any, str, Any], ...]] = {
    "mark_operations": ((older_h5, "mark_operations", lambda config, known: False),),
    "tell_width": (
        (older_h5, "tell_width", lambda config, widths: False),
        (older_archive, "tell_width", lambda config, widths: False),
    ),
    "reshape_statistics": ((older_h5, "reshape_statistics", lambda path, shapes: False),),
    "classes": ((older_h5, "classes", lambda shapes: {}),),
    "name_normalization": ((older_archive, "name_normalization", lambda config: None),),
    "words_by_line": ((load, "words_by_line", nullcontext),),
    "move_layers": ((older_archive, "move_layers", lambda folder: None),),
}
"""Shims that are not in the table of `shims.SHIMS`: where each is called, and what doing nothing is there."""


@contextmanager
def without(shim: str) -> Iterator[None]:
    """Everything but this one."""
    if shim in ELSEWHERE:
        patches = [patch.object(*place) for place in ELSEWHERE[shim]]
    else:
        others = tuple(one for one in shims.SHIMS if one.__name__ != shim)
        assert len(others) == len(shims.SHIMS) - 1, shim
        patches = [patch.object(shims, "SHIMS", others)]
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()


def attempt(file: str, folder: Path) -> str | None:
    """Why tfprep cannot read this file now, or None."""
    content = (COLLECTION / file).read_bytes()
    path = Path(shutil.copy(COLLECTION / file, folder))
    try:
        load.load(path, "h5" if content.startswith(b"\x89HDF") else "keras", 2**31, allow_lambda=False)
    except Exception as error:  # noqa: BLE001 - the failure is the answer
        return str(error).split("\n", maxsplit=1)[0][:300] or type(error).__name__
    return None


def main(files: dict[str, str]) -> None:
    reasons = {}
    for shim, file in files.items():
        with tempfile.TemporaryDirectory() as folder, without(shim):
            reasons[shim] = attempt(file, Path(folder))
    print(json.dumps(reasons))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
