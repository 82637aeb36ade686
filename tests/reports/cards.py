"""Cards to show: one of each verdict, and one whose every word comes from a stranger."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from tfprep.grader import Finding, Fingerprints, Interval, Margin, Record, ScoreCard, Timings, Verdict

HOSTILE = (
    "<script>alert(1)</script>[red]loud[/red]\x1b[31m\x07{{ 7*7 }}=HYPERLINK(1)"
    '"></title></style><img src=x onerror=alert(1)>'
)


PARTIAL = ScoreCard(
    problem="problem2",
    data_source="package",
    verdict=Verdict.PARTIAL,
    reason="Accuracy 0.962 on 10,012 hidden examples: 4 of 5.",
    score=4,
    metric="accuracy",
    value=0.962,
    interval=Interval(0.958, 0.966),
    scores_in_interval=(4,),
    margin=Margin(next_score=5, threshold=0.97, distance=0.008, within_interval=False),
    findings=(Finding("never_predicted", "Your model never says 9.", "0 of 1,009", "Look at your labels."),),
    timings=Timings(start=1.5, load=0.2, predict=0.1, score=0.01, total=1.81),
    fingerprints=Fingerprints("a" * 64, "b" * 64, "c" * 64, "d" * 64),
    model={"input": "(28, 28)", "output": "(10,)", "saved_by": "Keras 3.15.1"},
)

INVALID = ScoreCard(
    problem="problem2",
    data_source="package",
    verdict=Verdict.INVALID,
    reason="The model takes (28, 28, 3), and this problem's inputs are (28, 28).",
)

STRANGE = ScoreCard(
    problem="problem2",
    data_source="package",
    verdict=Verdict.INVALID,
    reason=HOSTILE,
    findings=(Finding("x", HOSTILE, HOSTILE, HOSTILE),),
    model={"saved_by": HOSTILE},
    log=HOSTILE,
)


def recorded(card: ScoreCard, learner: str = "ada", number: int = 7) -> Record:
    """The card as the ledger would keep it."""
    when = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    return Record(number, learner, "mymodel.h5", "h5", "a" * 64, 1000, when, card)


def untold(number: int = 7, best: int = 1) -> Record:
    """A submission that the ladder does not tell: its card has the figures of a best one, which passed."""
    passed = replace(
        PARTIAL,
        verdict=Verdict.PASSED,
        score=5,
        value=0.99,
        interval=Interval(0.985, 0.995),
        scores_in_interval=(5,),
        margin=None,
        reason=f"No measurable change. Of submission {best}: 5 of 5.",
        findings=(),
    )
    return replace(recorded(passed, number=number), attempt=3, figures_of=best)
