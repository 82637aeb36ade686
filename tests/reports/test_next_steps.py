"""After a pass: what could be better, the reference solution, the next problem. Before it: a hint."""

from __future__ import annotations

from dataclasses import replace

from tfprep.grader import Verdict
from tfprep.grader.records import Curve, Curves
from tfprep.grader.services import ReportData
from tfprep.problems import usual_problems
from tfprep.reports.next_steps import improvements, next_steps

from .cards import PARTIAL, recorded

PASSED = replace(PARTIAL, verdict=Verdict.PASSED, score=5, margin=None, scores_in_interval=(5,))
OVERFIT = Curves(
    "history.csv",
    (
        Curve("loss", (1, 2), (1.0, 0.1)),
        Curve("accuracy", (1, 2), (0.5, 0.99)),
        Curve("val_accuracy", (1, 2), (0.5, 0.54)),
    ),
)


def test_a_pass_that_overfits_is_told_so_with_both_numbers() -> None:
    (told,) = improvements(PASSED, ReportData(curves=OVERFIT))
    assert "overfits" in told
    assert "0.99 in training and 0.54 in validation" in told


def test_a_sound_pass_a_partial_score_and_an_exam_get_no_such_words() -> None:
    assert improvements(PASSED, ReportData()) == ()
    assert improvements(PARTIAL, ReportData(curves=OVERFIT)) == ()
    assert improvements(replace(PASSED, value=None), ReportData(curves=OVERFIT)) == ()


def test_after_a_pass_come_the_reference_solution_and_the_next_problem() -> None:
    record = recorded(PASSED)
    reference, following = next_steps(record, [record], usual_problems())
    assert "problem2_mnist/reference.py" in reference
    assert "In 1 of 5 categories a problem is passed. Next: `tfprep start 1`" in following


def test_after_the_last_pass_comes_the_exam() -> None:
    others = [recorded(replace(PASSED, problem=each.id)) for each in usual_problems()]
    assert "tfprep exam start" in next_steps(recorded(PASSED), others, usual_problems())[-1]


def test_before_a_pass_comes_a_hint() -> None:
    (step,) = next_steps(recorded(PARTIAL), [], usual_problems())
    assert "tfprep hint" in step
