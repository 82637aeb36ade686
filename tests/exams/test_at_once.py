"""Two commands at once: one gets in, and the other one is told who did, and leaves nothing behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tfprep.errors import CohortBusy, ExamError, LedgerUnavailable, SandboxUnavailable
from tfprep.exams.request import ExamRequest
from tfprep.grader.ledger import Ledger

from ..postgres import PostgresServer
from .exam_class import ExamClass, total_of
from .exam_setup import MINUTE, ExamSetup


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_of_two_who_grade_an_exam_at_once_the_second_is_told_who_the_first_is(
    kind: str, tmp_path: Path, blank: Path, request: pytest.FixtureRequest
) -> None:
    server: PostgresServer | None = request.getfixturevalue("postgres") if kind == "postgresql" else None
    where = "" if server is None else server.new_ledger()
    spring = ExamClass(tmp_path, blank, ("ada",), where=where)
    spring.sit("ada", spring.pack()["ada"], 4)
    refused: list[CohortBusy] = []

    def second(done: int, total: int) -> None:
        with pytest.raises(CohortBusy) as caught:
            spring.grade()
        refused.append(caught.value)

    assert total_of(spring.grade(on_progress=second), "ada") == 80
    (error,) = refused
    assert f"process {os.getpid()}" in error.what
    assert "run the same command again" in error.remedy
    assert spring.grade().known == 1


def test_a_new_cohort_whose_exam_could_not_be_graded_is_forgotten(tmp_path: Path, blank: Path) -> None:
    spring = ExamClass(tmp_path, blank, ("ada",))
    spring.sit("ada", spring.pack()["ada"], 4)

    def fail(done: int, total: int) -> None:
        raise SandboxUnavailable("The sandbox is away.", "Wait.")

    with pytest.raises(SandboxUnavailable):
        spring.grade(on_progress=fail)
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        assert ledger.cohorts.names() == ()
    assert total_of(spring.grade(), "ada") == 80


def request_of(exams: ExamSetup, folder: Path) -> ExamRequest:
    return ExamRequest("ada", folder, tuple(exams.datasets.values()), (10, 15), 60 * MINUTE)


@pytest.mark.parametrize(
    "error", [ExamError("ada is taking an exam already."), LedgerUnavailable("Away.", "")]
)
def test_an_exam_that_does_not_start_leaves_no_folder(
    exams: ExamSetup, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """Another command began one after this one had looked; or the ledger failed."""
    folder = exams.root / "second"

    def lose(*args: object) -> None:
        assert folder.is_dir()
        raise error

    monkeypatch.setattr(exams.ledger.exams, "start", lose)
    with pytest.raises(type(error)):
        exams.service.start(request_of(exams, folder))
    assert not folder.exists()


def test_of_two_starts_in_one_folder_the_second_takes_nothing_away(exams: ExamSetup) -> None:
    session = exams.start()
    made = sorted(session.plan.folder.rglob("*"))
    exams.service.finish("ada")
    with pytest.raises(ExamError, match="exists already"):
        exams.service.start(request_of(exams, session.plan.folder))
    assert sorted(session.plan.folder.rglob("*")) == made
