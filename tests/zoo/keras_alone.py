"""What Keras alone makes of a file: `keras.models.load_model(file, compile=False)`, in a process of its own.

python tests/zoo/plain.py FILE ...      prints {file: the error's first line, or null}
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path


def attempt(file: Path, folder: Path) -> str | None:
    """Why Keras cannot load this file, or None. The ending follows the content, as tfprep's does."""
    import keras

    ending = ".h5" if file.read_bytes().startswith(b"\x89HDF") else ".keras"
    copy = shutil.copy(file, folder / f"model{ending}")
    try:
        keras.models.load_model(copy, compile=False)
    except Exception as error:  # noqa: BLE001 - the failure is the result
        lines = [line.strip() for line in str(error).splitlines() if line.strip()]
        return f"{type(error).__name__}: {lines[0] if lines else ''}"[:400]
    return None


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        print(json.dumps({name: attempt(Path(name), Path(folder)) for name in sys.argv[1:]}))
