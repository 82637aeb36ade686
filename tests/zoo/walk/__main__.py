"""The walk over everything that is built in: what each release writes of it, and what tfprep makes of that.

    python -m tests.zoo.walk FOLDER [RELEASE ...] [--extent each|half|full] [--again unequal|all]

Run by hand, with Python 3.8 and 3.11 on PATH and 30 GB of room in FOLDER. Each release is installed with
`pip` and writes its files, and tfprep answers them; then the tables are printed. Stopped, it goes on where
it was. `--again` answers once more what was not equal, or everything: after a change of the loader.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from ..releases import RELEASES, NoPython, run
from .answer import answer_release
from .table import read, tables

WRITE = Path(__file__).with_name("write.py")


def main(folder: Path, wanted: list[str], extent: str, again: str) -> None:
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    for release in wanted:
        write(release, folder, extent)
        answer_release(files / release, again)
        print(f"{release}: answered", file=sys.stderr, flush=True)
    for line in tables(read(files, wanted), files):
        print(line)


def write(release: str, folder: Path, extent: str) -> None:
    """Lets a release write what it has not written. A release that cannot be had is told, and passed over."""
    done = folder / "files" / release / f"{extent}.done"
    if done.exists():
        return
    done.parent.mkdir(exist_ok=True)
    try:
        status = run(RELEASES[release], folder, WRITE, release, str(folder / "files"), extent)
    except (NoPython, subprocess.CalledProcessError) as error:
        print(f"{release}: not walked. {error}", file=sys.stderr)
        return
    if status == 0:
        done.touch()
    else:
        print(f"{release}: its writer ended with {status}; start again to go on.", file=sys.stderr)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("releases", nargs="*", choices=[[], *RELEASES], metavar="RELEASE")
    parser.add_argument("--extent", choices=("each", "half", "full"), default="each")
    parser.add_argument("--again", choices=("unequal", "all"), default="")
    chosen = parser.parse_args()
    main(chosen.folder, chosen.releases or list(RELEASES), chosen.extent, chosen.again)
