"""A short run of the fuzzer: the same files each time."""

from __future__ import annotations

import time

import pytest

from tfprep.grader.submission.reader import READER

from .campaign import Campaign
from .targets import targets

FILES = {False: 100, True: 15}
"""For each target, by whether it is slow."""
TARGETS = {target.name: target for target in targets(READER)}


@pytest.mark.parametrize("name", TARGETS)
def test_half_broken_files_are_read_or_refused_in_time_by_name(name: str) -> None:
    target, campaign = TARGETS[name], Campaign()
    until = time.monotonic() + 60
    found = list(campaign.try_target(target, until, 0, FILES[target.slow]))
    assert not found, "\n".join(map(str, found))
    assert campaign.tried == FILES[target.slow]
    assert campaign.outcomes > 1
