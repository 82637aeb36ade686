"""Makes the zoo: installs old releases of TensorFlow and Keras, and lets each save its models.

    python3.11 tests/zoo/make.py SCRATCH [RELEASE ...]

Run by hand, with Python 3.11 (the last that takes TensorFlow 2.12 to 2.15), about 15 GB of room in SCRATCH
and half an hour. Releases come from whatever package index pip is configured for. Each gets a virtual
environment of its own in SCRATCH/RELEASE, kept for the next run. What they write lands in
tests/zoo/collection, with one index.json:

    release, writer   who wrote the file
    model, families   what it is, as in models.py and oddities.py
    format, file      h5, keras, saved_model or export; file is null where the release could not write it, and
                      `error` says why in its own words
    kind              which inputs it takes (examples.py)
    predictions       what it predicted where it was made
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
from pathlib import Path

HERE = Path(__file__).parent
COLLECTION = HERE / "collection"
RELEASES = {
    "tf2.12": ("tensorflow==2.12.1",),
    "tf2.13": ("tensorflow==2.13.1",),
    "tf2.14": ("tensorflow==2.14.1",),
    "tf2.15": ("tensorflow==2.15.1",),
    "keras3.0": ("tensorflow==2.16.2", "keras==3.0.5"),
    "keras3.3": ("tensorflow==2.16.2", "keras==3.3.3"),
    "keras3.6": ("tensorflow==2.18.1", "keras==3.6.0"),
    "keras3.15": ("tensorflow==2.21.0", "keras==3.15.1"),
}
WITH_ODDITIES = ("tf2.12", "tf2.15", "keras3.6")
"""2.12 because its `.keras` is still HDF5; then the last Keras 2 and a Keras 3 that is widely used."""


def main(scratch: Path, wanted: tuple[str, ...]) -> None:
    for release in wanted:
        python = install(release, scratch / release)
        run(python, "write.py", release)
        if release in WITH_ODDITIES:
            run(python, "oddities.py", release)
    write_index()


def install(release: str, folder: Path) -> Path:
    """The Python of a virtual environment with this release. One that is there already is taken as it is."""
    python = folder / "bin" / "python"
    if not python.exists():
        venv.create(folder, with_pip=True)
        command = [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:", *RELEASES[release]]
        subprocess.run(command, check=True)
    return python


def run(python: Path, script: str, release: str) -> None:
    # No GPU: the committed predictions are those of a CPU, which every machine can repeat.
    quiet = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "2", "CUDA_VISIBLE_DEVICES": "", "TF_USE_LEGACY_KERAS": "0"}
    subprocess.run([python, str(HERE / script), release, str(COLLECTION)], check=True, env=quiet)


def write_index() -> None:
    """One index of everything in the collection, gathered from the folders' own."""
    parts = sorted(COLLECTION.glob("*/index.json"))
    entries = [entry for part in parts for entry in json.loads(part.read_text())]
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (COLLECTION / "index.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.version_info[:2] != (3, 11):
        sys.exit(__doc__)
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or tuple(RELEASES))
