"""Of those who are told the same probability, as many would pass as it says: a reliability diagram."""

from __future__ import annotations

from .simulated_learners import KINDS, reliability, simulate


def test_of_those_with_like_estimates_as_many_would_pass_within_5_points() -> None:
    """Learners of eight kinds, in tenths of what they are told. The table: design/0007-the-exam.md."""
    estimated, true, _ = simulate(500 * len(KINDS), 7)
    rows = reliability(estimated, true)
    for people, said, passes in rows:
        print(f"{people:5} learners: told {said:6.1%}, would pass {passes:6.1%}")
    assert min(people for people, _, _ in rows) >= 100
    assert max(abs(said - passes) for _, said, passes in rows) < 0.05
