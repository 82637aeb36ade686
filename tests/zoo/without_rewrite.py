"""Whether each rewriting of old files is needed: its file, read as tfprep reads it but without that one.

python -m tests.zoo.without_rewrite '{"NAME": "FILE", ...}'     prints {name: the error's first line, or null}
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

from tfprep.sandbox.worker import keras2_config, keras2_files, load

from .index import COLLECTION

ELSEWHERE: dict[str, Any] = {
    "mark_operations": lambda config, known: False,
    "set_input_width": lambda config, widths: False,
    "find_classes": dict,
    "vocabulary_by_line": nullcontext,
    "move_layers": lambda folder: None,
}
"""Rewritings that are not in `keras2_config.SHIMS`, and what doing nothing is there."""


@contextmanager
def without(name: str) -> Iterator[None]:
    """Everything but this one."""
    if name in ELSEWHERE:
        change: Any = patch.object(keras2_files, name, ELSEWHERE[name])
    elif name == "name_functions":
        # Keras finds a function by the end of its name too: what is left out is the function.
        change = patch.object(keras2_files, "functions", dict)
    elif name in keras2_config.DROPPED:
        rows = {each: row for each, row in keras2_config.DROPPED.items() if each != name}
        change = patch.object(keras2_config, "DROPPED", rows)
    else:
        others = tuple(one for one in keras2_config.SHIMS if one.__name__ != name)
        assert len(others) == len(keras2_config.SHIMS) - 1, name
        change = patch.object(keras2_config, "SHIMS", others)
    with change:
        yield


def attempt(file: str, folder: Path) -> str | None:
    """Why tfprep cannot read this file now, or None."""
    content = (COLLECTION / file).read_bytes()
    path = Path(shutil.copy(COLLECTION / file, folder))
    try:
        load.load(path, "h5" if content.startswith(b"\x89HDF") else "keras", 2**31)
    except Exception as error:  # noqa: BLE001 - the failure is the result
        return str(error).split("\n", maxsplit=1)[0][:300] or type(error).__name__
    return None


def main(files: dict[str, str]) -> None:
    reasons = {}
    for name, file in files.items():
        with tempfile.TemporaryDirectory() as folder, without(name):
            reasons[name] = attempt(file, Path(folder))
    print(json.dumps(reasons))


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
