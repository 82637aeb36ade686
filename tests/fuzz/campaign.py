"""A run of the fuzzer, and what it found."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .mutations import mutate
from .targets import Target

SECONDS: Final = 3.0
"""Of a core: no file of this size may take longer. The reader's process is given as much."""
_MOST_SEEDS: Final = 400


@dataclass(frozen=True)
class Finding:
    """A file that was read neither rightly nor refused."""

    target: str
    number: int
    what: str
    content: bytes

    def __str__(self) -> str:
        return f"{self.target} {self.number}: {self.what}\n  {self.content[:80]!r}"


@dataclass
class Campaign:
    """Tries files at one target after another."""

    tried: int = 0
    outcomes: int = 0

    def run(self, targets: list[Target], seconds: float, first: int = 0) -> Iterator[Finding]:
        """What is found in so many seconds; each target gets the same time."""
        for target in targets:
            yield from self.try_target(target, time.monotonic() + seconds / len(targets), first)

    def try_target(self, target: Target, until: float, first: int, most: int = 2**40) -> Iterator[Finding]:
        """What is found at one target until then, or with so many files: first the whole ones."""
        pool, seen = list(target.seeds), set[str]()
        for number in range(first, first + most):
            if time.monotonic() > until:
                return
            whole = number - first
            content = target.seeds[whole] if whole < len(target.seeds) else mutate(pool, number)
            outcome, what = _try(target, content)
            self.tried += 1
            if what:
                yield Finding(target.name, number, what, content)
            elif outcome not in seen:
                seen.add(outcome)
                self.outcomes += 1
                if len(pool) < _MOST_SEEDS:
                    pool.append(content)


def _try(target: Target, content: bytes) -> tuple[str, str]:
    """The outcome in a word, and what was wrong with it."""
    folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
    cores = time.process_time()
    what = ""
    try:
        outcome = str(target.read(content, folder))
    except target.errors as error:
        outcome = f"{type(error).__name__}: {error}"
    except Exception:  # noqa: BLE001 that is what is looked for
        outcome, what = "a finding", traceback.format_exc(limit=-3)
    finally:
        cores = time.process_time() - cores
        shutil.rmtree(folder, ignore_errors=True)
    if not what and cores > SECONDS:
        what = f"it took {cores:.1f} seconds of a core"
    return re.sub(r"['\"].*|\d{3,}", "", outcome)[:80], what
