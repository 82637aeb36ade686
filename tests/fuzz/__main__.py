"""`python -m tests.fuzz --minutes 60`: the long run. Exits with 1 where something was found."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tfprep.grader.submission.reader import Reader

from .campaign import SECONDS, Campaign
from .targets import targets


def main() -> int:
    """Runs round after round until the time is over; prints and keeps what is found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", default="", help="the name of one target")
    parser.add_argument("--first", type=int, default=0, help="the number of the first file")
    parser.add_argument("--keep", type=Path, default=Path("fuzz-found"), help="where findings are written")
    options = parser.parse_args()
    reader, campaign, found = Reader(SECONDS), Campaign(), 0
    chosen = [each for each in targets(reader) if options.only in {"", each.name}]
    until, first = time.monotonic() + 60 * options.minutes, options.first
    while (left := until - time.monotonic()) > 0:
        for finding in campaign.run(chosen, min(left, 120.0), first):
            found += 1
            options.keep.mkdir(exist_ok=True)
            (options.keep / f"{finding.target}-{finding.number}").write_bytes(finding.content)
            print(finding, flush=True)
        first += 10**7
    print(f"{campaign.tried:,} files, {campaign.outcomes:,} outcomes, {found} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
