"""Every layout with every roster, for a class of any size, and what one command makes of it.

python -m tests.evening [SIZE]        # from the repository's root
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from unittest import mock

from ..stand_in import stand_in_pool
from .evening import Evening, imported_evening
from .known import known_right
from .layouts import LAYOUTS
from .people import Person, make_class
from .rosters import ROSTERS

_SMALL = 100
_FEW = ("one's own", "one's own, UTF-16", "Canvas", "worksheet de", "participants fr", "blind es")
"""Of larger classes these are enough: a language changes nothing about a class's size."""


def main() -> None:
    """Prints a line for each layout, and ends with 1 where a cell is wrong."""
    people = make_class(int(sys.argv[1]) if len(sys.argv) > 1 else 40)
    names = list(ROSTERS) if len(people) <= _SMALL else list(_FEW)
    print(f"{len(people)} people; placed / listed with each roster:")
    print("| layout | " + " | ".join(names) + " |")
    failed = 0
    for layout in LAYOUTS.values():
        cells = []
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                wrong = imported_evening(Path(folder), people, layout, ROSTERS[name])
            known = known_right(people, layout, ROSTERS[name])
            failed += len(wrong)
            cells.append(f"{len(known.placed)} / {known.listed}" + (f" WRONG {wrong[:2]}" if wrong else ""))
        print(f"| {layout.name} | " + " | ".join(cells) + " |", flush=True)
    failed += _grade(people)
    sys.exit(bool(failed))


def _grade(people: list[Person]) -> int:
    """One class by one command, and the corrected draft after it."""
    began = time.monotonic()
    pool = mock.patch("tfprep.sandbox.host.select_sandbox.docker_pool", stand_in_pool)
    with tempfile.TemporaryDirectory() as folder, pool:
        evening = Evening(Path(folder), people, LAYOUTS["moodle folders"], ROSTERS["worksheet de"])
        evening.prepare()
        first = evening.grade("--problem", "1")
        wrong = evening.wrong_cells()
        second = evening.grade("--problem", "1", "--manifest", evening.correct().name)
        wrong += evening.wrong_cells(everybody=True)
    took = time.monotonic() - began
    print(f"One command: exit {first.exit_code}; its corrected draft: exit {second.exit_code}; {took:.0f} s")
    print(f"Cells that are wrong: {len(wrong)} {wrong[:3]}")
    return len(wrong)


if __name__ == "__main__":
    main()
