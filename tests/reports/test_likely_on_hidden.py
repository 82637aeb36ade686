"""What `check` lets expect of `submit`, where validation and hidden examples differ in kind."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfprep.problems import find
from tfprep.problems.problem5_forecast import BANDS, problem
from tfprep.reports.wording import likely_on_hidden

from .cards import INVALID, PARTIAL

MEASURED = [
    (0.338, 2), (0.193, 4), (0.197, 4), (0.215, 4), (0.238, 3), (0.232, 3), (0.214, 4), (0.266, 3),
    (0.196, 4), (0.254, 3), (0.222, 4), (0.160, 5), (0.277, 3), (0.206, 4), (0.454, 2), (0.945, 0),
]  # fmt: skip
"""Errors of ordinary models on validation data, and what they earned on the hidden weeks."""


@pytest.mark.parametrize(("value", "earned"), MEASURED)
def test_what_a_check_lets_expect_holds_what_the_model_earned(value: float, earned: int) -> None:
    expected = likely_on_hidden(replace(PARTIAL, value=value), problem, BANDS)
    assert str(earned) in expected.partition(" of 5")[0]


def test_an_error_that_just_earns_5_is_not_called_a_sure_5() -> None:
    said = likely_on_hidden(replace(PARTIAL, value=0.2), problem, BANDS)
    assert said.startswith("Expect 4 or 5 of 5 from `tfprep submit`: ")


def test_nothing_is_said_where_nothing_was_measured_or_scored() -> None:
    assert likely_on_hidden(PARTIAL, find("mnist"), BANDS) == ""
    assert likely_on_hidden(INVALID, problem, BANDS) == ""
