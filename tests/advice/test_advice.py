"""A tenth of the corpus, followed in every run; `make advice` follows all of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.grader.scoring.card import FULL_MARKS
from tfprep.sandbox.host.local import LocalSandbox

from ..trained import cache_folder
from .__main__ import HELPED, follow, helped, in_order
from .corpus import CORPUS
from .measure import Workbench

TENTH = in_order(CORPUS)[:15]
"""Chosen by a hash: not by what the advice does for them."""


@pytest.mark.slow
def test_whoever_does_what_the_first_finding_says_scores_more(tmp_path: Path) -> None:
    workbench = Workbench(cache_folder() / "advice", cards=tmp_path)
    with LocalSandbox() as sandbox:
        followed = list(follow(TENTH, workbench, sandbox))
        told = {each.before.attempt for each in followed}
        silent = [workbench.result(attempt, sandbox) for attempt in TENTH if attempt not in told]
    outcomes = [helped(each) for each in followed]
    assert outcomes.count(1) >= HELPED * len(followed), "\n".join(map(str, followed))
    assert outcomes.count(-1) <= 1, "\n".join(map(str, followed))
    assert all(each.submit.score == FULL_MARKS for each in silent)
