"""What is told around a mentor's exam: small halves, the pass mark, names, and each thing once."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import NoReturn

import numpy as np
import pytest
from rich.console import Console

from tfprep.classroom.cohort_data import load_whole, mentor_store
from tfprep.classroom.exam_pool import for_exam
from tfprep.classroom.exam_totals import exam_results
from tfprep.cohorts import Learner
from tfprep.errors import SandboxUnavailable
from tfprep.exams.exam_pack import ExamPackWriter
from tfprep.exams.measured import describe_spread, measure_spread
from tfprep.grader import read_submission
from tfprep.grader.ledger import Ledger
from tfprep.grader.scoring.reasons import as_in_exam
from tfprep.reports.cohort.exam_results import exam_rows, variants_told
from tfprep.reports.terminal import grid, show_card
from tfprep.reports.wording import Table, columns

from ..reports.test_exam_results import total
from .exam_class import ExamClass, model
from .forged import forge


def test_a_pack_says_where_the_share_has_no_effect(tmp_path: Path, blank: Path) -> None:
    spring = ExamClass(tmp_path, blank)
    tolds: list[str] = []
    packer = ExamPackWriter(spring.rules, mentor_store(spring.home, spring.rules), spring.key)
    packer.pack(spring.root / "packs", [Learner("ada")], tolds.append)
    (told,) = (each for each in tolds if "share" in each)
    assert told.startswith("problem1: the exam's half is small, so everybody is asked all ")


def test_where_everybody_is_asked_all_this_is_told_and_no_reference_trained(
    tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfprep.exams.variants.reference_job", lambda prepared: pytest.fail("trained"))
    spring = ExamClass(tmp_path, blank)
    packs = spring.pack()
    for learner in ("ada", "bob"):
        content = forge(packs[learner].read_text(), model(3, learner), spring.key, learner.encode().ljust(32))
        (spring.handed_in / f"{learner}.tfexam").write_bytes(content)
    assert re.fullmatch(r"problem1: everybody is asked the same \d\d examples\.", *spring.grade().spread)


def test_how_far_the_examples_of_a_class_differ_is_told_by_every_grading(
    tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfprep.classroom.exam_pool.FEW", 10)
    spring = ExamClass(tmp_path, blank)
    packs = spring.pack()
    for learner in ("ada", "bob"):
        content = forge(packs[learner].read_text(), model(3, learner), spring.key, learner.encode().ljust(32))
        (spring.handed_in / f"{learner}.tfexam").write_bytes(content)
    reference, first = spring.grade().spread
    assert first.startswith("problem1: asked each of the 3 learners' examples, the 2 models of this class ")
    # By the reference: everybody's on the roster, also of eve, who handed in nothing.
    assert reference.startswith(
        "problem1: the reference was graded on all 3 variants. Its mean absolute error is"
    )
    assert reference.endswith("It scores 5 of 5 with all of them.")
    assert "the reference of problem1 is trained, once on this machine" in " ".join(spring.tolds)
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        totals = ledger.cohorts.read("spring").exams
    assert [variants_told(each) for each in exam_results(totals)] == [(reference,)]
    monkeypatch.setattr("tfprep.exams.variants.reference_job", lambda prepared: pytest.fail("trained again"))
    again = spring.grade()
    assert all(each.known for each in again.hand_ins)
    assert again.spread == (reference, first)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (KeyboardInterrupt(), "A person stopped it."),
        (SandboxUnavailable("No engine.", "Start it."), "No engine."),
    ],
)
def test_where_the_reference_cannot_be_graded_the_class_has_its_results_and_the_mentor_a_reason(
    tmp_path: Path, blank: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, why: str
) -> None:
    monkeypatch.setattr("tfprep.classroom.exam_pool.FEW", 10)
    spring = ExamClass(tmp_path, blank)
    content = forge(spring.pack()["ada"].read_text(), model(3), spring.key, b"a" * 32)
    (spring.handed_in / "ada.tfexam").write_bytes(content)

    def fail(prepared: object) -> NoReturn:
        raise error

    monkeypatch.setattr("tfprep.exams.variants.reference_job", fail)
    outcome = spring.grade()
    assert outcome.certificates == 1
    assert outcome.spread[0].startswith("problem1: how far learners' examples differ is not known")
    assert why in outcome.spread[0]


def test_the_class_s_own_models_say_how_far_scores_move(tmp_path: Path, blank: Path) -> None:
    spring = ExamClass(tmp_path, blank)
    store = mentor_store(spring.home, spring.rules)
    pool = for_exam(load_whole(store, spring.rules, "problem1", print), store.key_for)
    errors = np.zeros(pool.counts.hidden)
    errors[0] = 10.0 * pool.counts.hidden  # with this one a model earns nothing, without it full marks
    spread = measure_spread(pool, errors, [np.array([0, 1]), np.array([1, 2])])
    assert spread is not None
    told = describe_spread(pool, [spread])
    assert told.startswith(
        "problem1: asked each of the 2 learners' examples, the 1 model of this class gets "
    )
    assert "in 1 of 2 cases" in told


def test_a_name_stays_whole_in_a_table_of_eighty_columns() -> None:
    names = ("Folder", "Weight", "Submitted", "On validation data", "Note")
    rows = (("problem5_timeseries_forecasting", "20", "3", "5 of 5", "never submitted"),)
    out = io.StringIO()
    table = Table("Categories", columns(*names, numbers=("Weight", "Submitted")), rows)
    Console(file=out, width=76).print(grid(table))
    assert "problem5_timeseries_forecasting" in out.getvalue()


def test_exam_csv_has_one_row_for_a_person_whatever_they_handed_in() -> None:
    results = [
        total("ada"),
        total("ada", 10, ("late",)),
        total("bob", 1, ("a",)),
        total("bob", 2, ("b", "c")),
    ]
    header, *rows = exam_rows(results, [Learner("bob"), Learner("ada")])
    said = [(row[1], row[4], row[header.index("what speaks against it")]) for row in rows]
    assert said == [
        ("bob", None, "bob.tfexam: a bob.tfexam: b c"),
        ("ada", 85.0, "ada.tfexam: late"),
    ]
    assert [*exam_rows(results[::-1], [Learner("bob"), Learner("ada")])] == [header, *rows]


def test_a_running_exam_tells_the_score_once(tmp_path: Path, blank: Path) -> None:
    spring = ExamClass(tmp_path, blank)
    home_exam = spring.home_exam("ada", spring.pack()["ada"])
    category = home_exam.start().plan.categories[0]
    graded = home_exam.grade(read_submission(home_exam.save(model(5)), "problem1", "ada"), category)
    out = io.StringIO()
    show_card(Console(file=out, width=80), as_in_exam(graded.card, None), (), "Exam")
    assert out.getvalue().count("5 of 5") == 1
