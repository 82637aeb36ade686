"""Whatever order things happen in, the gradebook is the one that their whole history gives.

`python -m tests.cohorts.test_any_order 600` looks for a history where that is not so for ten minutes.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from .histories import histories, in_time
from .plain_gradebook import (
    work_out,
)
from .replay import History, check, compare, histories_in, without_ledger


@pytest.fixture(scope="module")
def new_histories(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Iterator[History]]:
    with histories_in(tmp_path_factory.mktemp("histories")) as made:
        yield made


ALWAYS_THE_SAME = settings(
    derandomize=True,
    database=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)


@settings(ALWAYS_THE_SAME, max_examples=500)
@given(given=histories(2, 12))
def test_a_history_of_any_order_ends_in_the_gradebook_that_it_gives_when_worked_out_anew(
    given: list[bytes],
) -> None:
    history = in_time(given)
    compare(without_ledger(history), work_out(history))


@settings(ALWAYS_THE_SAME, max_examples=6, phases=[Phase.generate])  # to make it simple takes minutes
@given(given=histories(9, 14))
def test_so_it_does_when_all_is_done_with_a_ledger_a_batch_and_a_mentor(
    new_histories: Iterator[History], given: list[bytes]
) -> None:
    check(next(new_histories), in_time(given))


def look_for(seconds: float) -> int:
    """How many histories were tried in so many seconds; fails at the first that goes wrong."""
    ends, tried = time.monotonic() + seconds, 0
    with tempfile.TemporaryDirectory() as folder, histories_in(Path(folder)) as made:
        at_random = settings(
            deadline=None,
            database=None,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )
        while time.monotonic() < ends:

            @settings(at_random, max_examples=2000)
            @given(given=histories(2, 20))
            def try_without(given: list[bytes]) -> None:
                nonlocal tried
                tried += 1
                history = in_time(given)
                compare(without_ledger(history), work_out(history))

            @settings(at_random, max_examples=20)
            @given(given=histories(4, 12))
            def try_all(given: list[bytes]) -> None:
                nonlocal tried
                tried += 1
                check(next(made), in_time(given))

            try_without()
            try_all()
    return tried


if __name__ == "__main__":
    print(f"{look_for(float(sys.argv[1])):,} histories agree.")
