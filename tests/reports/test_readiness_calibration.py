"""Of those who are told the same probability, as many would pass as it says; and the range holds."""

from __future__ import annotations

import pytest

from .simulated_learners import KINDS, Simulated, reliability, simulate


@pytest.fixture(scope="module", params=[False, True], ids=["as exams tell", "as practice tells"])
def told(request: pytest.FixtureRequest) -> Simulated:
    """Learners of eight kinds, whose scores are told one way or the other."""
    return simulate(60 * len(KINDS), 7, ladder=request.param, draws=60)


@pytest.mark.parametrize("kind", range(len(KINDS)), ids=list(KINDS))
def test_the_range_holds_for_each_kind_of_learner(told: Simulated, kind: int) -> None:
    """The tables: design/0007-the-exam.md."""
    held = told.holds[told.kinds == kind].mean()
    print(f"{held:.0%}")
    assert held >= (0.65 if list(KINDS)[kind] == "by mood" else 0.8)


def test_of_those_who_are_told_one_probability_as_many_would_pass_within_5_points(told: Simulated) -> None:
    rows = [row for row in reliability(told.probability[told.sure], told.true[told.sure]) if row[0]]
    for people, said, passes in rows:
        print(f"{people:5} learners: told {said:6.1%}, would pass {passes:6.1%}")
    assert max(abs(said - passes) for people, said, passes in rows if people >= 10) < 0.05
    assert sum(people for people, _, _ in rows) > 0.05 * len(told.kinds)
