"""Which of several results of one learner counts, and what the certificate says of it."""

from __future__ import annotations

from datetime import UTC, datetime

from tfprep.classroom.exam_totals import which_counts
from tfprep.grader.records.cohort import ExamTotal

BEGUN = datetime(2026, 6, 5, 14, 42, 59, tzinfo=UTC)


def hand_in(digest: str) -> ExamTotal:
    return ExamTotal(
        learner="ada",
        exam="0123456789abcdef",
        total=10.0,
        passed=False,
        points={},
        file=f"{digest}.tfexam",
        digest=digest,
        signer="home",
        started=BEGUN,
    )


def test_a_time_at_which_two_hand_ins_began_is_said_once() -> None:
    told = which_counts([hand_in("a"), hand_in("b")]).told
    assert told.startswith("There are 2 hand-ins of ada, begun ")
    assert told.count("14:42:59") == 1
