"""A batch whose database server is restarted ends with a sentence; the next one finishes its work."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.cohorts.batch.progress import Progress
from tfprep.errors import LedgerUnavailable

from ..postgres import PostgresServer
from .text_models import hand_in, make_setup

pytestmark = pytest.mark.postgres


def test_a_batch_that_loses_its_lock_stores_nothing_more_and_is_finished_by_the_next(
    postgres: PostgresServer, tmp_path: Path
) -> None:
    place = postgres.new_ledger()
    files = [hand_in(f"x{n}", f"right 10 {n}") for n in range(8)]

    def lose(progress: Progress) -> None:
        if progress.done:
            postgres.cut_off(place)

    setup = replace(make_setup(tmp_path), where=place, on_progress=lose)
    with pytest.raises(LedgerUnavailable, match="lock of the cohort 'spring' was lost"):
        setup.grade(*files)
    stored = len(setup.results())
    assert 0 < stored < len(files)
    tally = replace(setup, on_progress=None).grade(*files)
    assert (tally.known, tally.graded, tally.faults) == (stored, len(files) - stored, {})
    assert len(setup.results()) == len(files)
