"""Several hand-ins of one learner are judged together, in whichever folders and runs they are graded."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.classroom.exam_totals import exam_results
from tfprep.cohorts.decisions import Audit
from tfprep.exams.certificate import read_certificate
from tfprep.grader.ledger import Ledger
from tfprep.reports.cohort.results_json import audit_records
from tfprep.reports.exam.outcome import write_certificates

from .exam_class import ExamClass, model, of, total_of
from .forged import BEGUN, forge

LATER = BEGUN.replace(hour=14).isoformat()


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def put(
    spring: ExamClass, folder: str, score: int, home: bytes = b"a", *, begun: str = "", name: str = "ada"
) -> Path:
    """A hand-in of ada's in a folder of its own; its exam session takes forty minutes."""
    rules = next(spring.root.glob("packs/*-ada.tfexam")) if (spring.root / "packs").exists() else None
    text = (rules or spring.pack()["ada"]).read_text()
    when = {
        "started": begun,
        "ended": begun[:14] + "40" + begun[16:],
        "written": begun[:14] + "41" + begun[16:],
    }
    changed = {**(when if begun else {}), "sitting": ("1" if begun else "0") * 64}
    where = spring.root / folder
    where.mkdir(exist_ok=True)
    file = where / f"{name}.tfexam"
    file.write_bytes(forge(text, model(score), spring.key, home.ljust(32, b"-"), **changed))
    return where


def counted(spring: ExamClass) -> dict[str, float]:
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        (exam,) = exam_results(ledger.cohorts.read("spring").exams)
    return {who: total.total for who, total in exam.counted.items()}


def test_the_first_exam_session_counts_whichever_folder_is_graded_first(spring: ExamClass) -> None:
    assert total_of(spring.grade(folder=put(spring, "second", 5, begun=LATER)), "ada") == 100.0
    done = spring.grade(folder=put(spring, "first", 2))
    assert total_of(done, "ada") == 40.0
    (each,) = of(done, "ada")
    assert each.certificate is not None
    said = " ".join(each.certificate.remarks)
    assert "There are 2 hand-ins of ada, begun" in said
    assert (
        f"A certificate was signed for the one of {LATER[:10]} 14:00:00 UTC before: it does not count" in said
    )
    assert str(spring.root) not in said
    assert counted(spring) == {"ada": 40.0}
    assert total_of(spring.grade(folder=spring.root / "second"), "ada") is None


def test_hand_ins_of_two_homes_in_two_folders_wait_for_a_person_who_is_told_how(spring: ExamClass) -> None:
    spring.grade(folder=put(spring, "one", 5))
    done = spring.grade(folder=put(spring, "two", 1, b"b", begun=LATER))
    (each,) = of(done, "ada")
    assert each.certificate is None
    (why,) = each.hand_in.against
    assert "They are of different tfprep homes" in why
    assert f"ada.tfexam in {spring.root / 'one'}" in why
    assert "--accept FILE" in why
    assert counted(spring) == {}


def test_copies_of_one_exam_session_are_called_so_and_none_counts(spring: ExamClass) -> None:
    put(spring, "one", 5)
    done = spring.grade(folder=put(spring, "one", 4, name="other"))
    whys = [each.hand_in.against for each in of(done, "ada")]
    assert all("They began in the same second: copies of one exam session." in " ".join(why) for why in whys)
    assert len(whys) == 2
    hidden = "other.tfexam is of the same exam session, and neither of the two lists the other."
    assert hidden in of(done, "ada")[0].remarks


def test_a_hand_in_that_was_taken_out_of_its_folder_is_not_forgotten(spring: ExamClass) -> None:
    put(spring, "one", 5)
    spring.grade(folder=put(spring, "one", 1, b"b", begun=LATER, name="other"))
    (spring.root / "one" / "other.tfexam").unlink()
    assert total_of(spring.grade(folder=spring.root / "one"), "ada") is None


def test_a_mentor_accepts_a_file_and_the_audit_and_later_runs_keep_it(spring: ExamClass) -> None:
    spring.grade(folder=put(spring, "one", 5))
    two = put(spring, "two", 3, b"b", begun=LATER, name="hers")
    done = spring.grade(("hers.tfexam",), folder=two)
    assert total_of(done, "ada") == 60.0
    assert done.not_applied == ()
    (each,) = of(done, "ada")
    assert each.certificate is not None
    assert "The mentor chose which one counts." in each.certificate.remarks[0]
    assert counted(spring) == {"ada": 60.0}
    assert total_of(spring.grade(folder=two), "ada") == 60.0
    assert total_of(spring.grade(folder=spring.root / "one"), "ada") is None
    with Ledger.open(spring.home.root / "ledger.db") as ledger:
        (record,) = audit_records(Audit(exam_choices=ledger.cohorts.exam_choices("spring")))
    assert (record["by"], record["learner"]) == ("m. ortiz", "ada")
    assert "hand-in hers.tfexam" in record["what"]
    assert "There are 2 hand-ins of ada" in record["reason"]
    assert total_of(spring.grade(("ada.tfexam",), folder=spring.root / "one"), "ada") == 100.0
    assert counted(spring) == {"ada": 100.0}


def test_an_acceptance_that_was_not_applied_says_why_and_what_to_do(spring: ExamClass) -> None:
    put(spring, "one", 5)
    folder = put(spring, "one", 4, b"b", begun=LATER, name="other")
    done = spring.grade(("ada", "nobody"), folder=folder)
    several, unknown = done.not_applied
    assert several == (
        "--accept ada was not applied. There are 2: ada.tfexam, other.tfexam. Name the one: --accept FILE."
    )
    assert unknown.startswith("--accept nobody was not applied. No hand-in here is called so")
    assert total_of(done, "ada") is None


def test_no_certificate_is_written_over_that_of_another_hand_in(spring: ExamClass) -> None:
    out = spring.root / "out"
    for folder, score, begun in (("second", 5, LATER), ("first", 2, "")):
        write_certificates(spring.grade(folder=put(spring, folder, score, begun=begun)), out)
    totals = {read_certificate(each.read_bytes())[0].total for each in out.glob("*.json")}
    assert totals == {40.0, 100.0}


def test_one_file_of_two_learners_is_seen_from_folder_to_folder(spring: ExamClass) -> None:
    packs = spring.pack()
    for learner in ("bob", "eve"):
        (spring.root / learner).mkdir()
        content = forge(packs[learner].read_text(), model(3), spring.key, learner.encode().ljust(32))
        (spring.root / learner / "x.tfexam").write_bytes(content)
    spring.grade(folder=spring.root / "bob")
    (each,) = of(spring.grade(folder=spring.root / "eve"), "eve")
    assert "problem1: bob handed in the same file, byte for byte." in each.remarks
