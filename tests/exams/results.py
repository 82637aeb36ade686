"""Signed results of a mentor's exam, made without anybody sitting it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tfprep.classroom.signing import sign
from tfprep.exams.config import ExamConfig, ExamProblem
from tfprep.exams.result import CategoryResult, ExamResult
from tfprep.grader.records.exam import ExamEnding

MENTOR = bytes([1]) * 32
OPENS = datetime(2026, 6, 30, 9, tzinfo=UTC)


def config_of(learner: str, exam: str = "0123456789abcdef", **other: object) -> ExamConfig:
    """The rules of an exam of two problems, 25 and 75 points, for one learner."""
    problems = (
        ExamProblem(problem="problem1", data="a", weight=10),
        ExamProblem(problem="problem2", data="b", weight=30),
    )
    config = ExamConfig(exam=exam, cohort="Spring", learner=learner, minutes=120.0, categories=problems)
    return config.model_copy(update=other)


def result_of(learner: str, scores: tuple[int, int] = (5, 4), **other: object) -> ExamResult:
    """What an honest sitting gives; `exam` names another exam of the mentor's."""
    config = config_of(learner, str(other.pop("exam", "0123456789abcdef")))
    categories = tuple(
        CategoryResult(
            problem=each.problem,
            name="",
            title="",
            weight=each.weight,
            score=score,
            points=round(100 * each.weight / 40 * score / 5, 2),
            possible=100 * each.weight / 40,
            reason="",
            submissions=1,
            seconds=1.0,
            counted=1,
            automatic=False,
            data_source="",
            data=each.data,
            artifact="",
            scoring="",
            environment="",
        )
        for each, score in zip(config.categories, scores, strict=True)
    )
    result = ExamResult(
        exam=1,
        learner=learner,
        started=OPENS,
        ended=OPENS + timedelta(hours=1),
        ending=ExamEnding.FINISHED,
        allowed_seconds=7200.0,
        spent_seconds=3600.0,
        returned=(),
        practice=False,
        categories=categories,
        config=config.signed(MENTOR),
    )
    return result.model_copy(update=other)


def key_of(learner: str) -> bytes:
    """A learner's own key."""
    return learner.encode().ljust(32, b"-")[:32]


def write(path: Path, result: ExamResult, **changed: object) -> Path:
    """The signed file; `changed` are values that an honest tfprep would not write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sign(result.to_values() | changed, key_of(result.learner)))
    return path
