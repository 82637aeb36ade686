"""Makes the zoo: installs old releases of TensorFlow and Keras, and lets each save its models.

    python -m tests.zoo.make SCRATCH [RELEASE ...]

Run by hand, with the Pythons that `releases.py` names on PATH, about 15 GB of room in SCRATCH and half an
hour. What the releases write lands in tests/zoo/collection, with one index.json
(kinds.py, for older releases too, is run by hand in each):

    release, writer   who wrote the file
    model, families   what it is, as in models.py and oddities.py
    format, file      h5, keras, saved_model or export; file is null where the release could not write it, and
                      `error` says why in its own words
    kind              which inputs it takes (examples.py)
    predictions       what it predicted where it was made
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .releases import RELEASES, run

HERE = Path(__file__).parent
COLLECTION = HERE / "collection"
WANTED = ("tf2.12", "tf2.13", "tf2.14", "tf2.15", "keras3.0", "keras3.3", "keras3.6", "keras3.15")
WITH_ODDITIES = ("tf2.12", "tf2.15", "keras3.6")
"""2.12 because its `.keras` is still HDF5; then the last Keras 2 and a Keras 3 that is widely used."""


def main(scratch: Path, wanted: tuple[str, ...]) -> None:
    for release in wanted:
        make(release, scratch, "write.py")
        if release in WITH_ODDITIES:
            make(release, scratch, "oddities.py")
    write_index()


def make(release: str, scratch: Path, script: str) -> None:
    status = run(RELEASES[release], scratch, HERE / script, release, str(COLLECTION))
    if status:
        sys.exit(f"{release}: {script} ended with {status}")


def write_index() -> None:
    """One index of everything in the collection, gathered from the folders' own."""
    parts = sorted(COLLECTION.glob("*/index.json"))
    entries = [entry for part in parts for entry in json.loads(part.read_text())]
    lines = ",\n".join(json.dumps(entry) for entry in entries)
    (COLLECTION / "index.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(Path(sys.argv[1]), tuple(sys.argv[2:]) or WANTED)
