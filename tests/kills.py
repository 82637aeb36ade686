"""How often a test kills what it tests, and at which moments: others in each run, and repeatable."""

from __future__ import annotations

import os
import random

KILLS = int(os.environ.get("TFPREP_TEST_KILLS", "4"))
"""Of a whole batch. `TFPREP_TEST_KILLS=20 make test` is for a night."""


def random_moments() -> random.Random:
    """Draws moments. Its seed is printed, and so shown where the test fails; TFPREP_TEST_SEED repeats it."""
    seed = int(os.environ.get("TFPREP_TEST_SEED") or int.from_bytes(os.urandom(4)))
    print(f"To repeat these moments: TFPREP_TEST_SEED={seed} TFPREP_TEST_KILLS={KILLS}")
    return random.Random(seed)
