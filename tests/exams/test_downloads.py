"""What platforms give a mentor: zips, with names of their own; and the same again next week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tfprep.errors import BadCohort
from tfprep.exams.hand_in_files import RefusedFile
from tfprep.exams.outcome import ExamOutcome
from tfprep.reports.exam.outcome import closing
from tfprep.sandbox import Limits, WorkerPool

from ..cohorts.submission_files import as_zip, write_files, zip_up
from ..stand_in import stand_in_pool
from . import exam_class
from .exam_class import CLOSES, RULES, ExamClass, model, total_of
from .forged import forge


@pytest.fixture
def spring(tmp_path: Path, blank: Path) -> ExamClass:
    return ExamClass(tmp_path, blank)


def hand_ins(spring: ExamClass, learners: Sequence[str] = ("ada", "bob", "eve")) -> dict[str, bytes]:
    """A hand-in of everybody; the first one earns 5, the next 4."""
    if not (spring.root / "packs").exists():
        spring.pack()
    packs = {path.stem[4:]: path.read_text() for path in (spring.root / "packs").glob("*.tfexam")}
    return {
        learner: forge(
            packs[learner], model(5 - number, learner), spring.key, learner.encode().ljust(32, b"-")
        )
        for number, learner in enumerate(learners)
    }


def totals(done: ExamOutcome) -> list[float | None]:
    return [total_of(done, learner) for learner in ("ada", "bob", "eve")]


def test_hand_ins_are_found_in_a_platforms_zip_whatever_they_are_called(
    spring: ExamClass, tmp_path: Path
) -> None:
    found = hand_ins(spring)
    ours = zip_up({"my work/exam (1).tfexam": found["eve"], "__MACOSX/my work/._exam.tfexam": b"\0"})
    files = {
        "Ada Lovelace_4711_assignsubmission_file_/exam-0123-ada.tfexam": found["ada"],
        "Ada Lovelace_4711_assignsubmission_onlinetext_/onlinetext.html": b"<p>Here it is.</p>",
        "bob_99_8811_exam-0123-bob-1.bin": found["bob"],
        "Eve_4712_assignsubmission_file_/eve.zip": ours,
        "Gus_4713_assignsubmission_file_/broken.zip": b"PK\x03\x04 and no more",
        "Gus_4713_assignsubmission_file_/notes.tfexam": b"not one",
    }
    done = spring.grade(folder=as_zip(tmp_path / "download.zip", files))
    assert totals(done) == [100.0, 80.0, 60.0]
    assert done.missing == ()
    assert done.others == ("Ada Lovelace_4711_assignsubmission_onlinetext_/onlinetext.html",)
    assert [each.file.rpartition("/")[2] for each in done.refused] == ["broken.zip", "notes.tfexam"]
    assert "Eve_4712_assignsubmission_file_/eve.zip/my work/exam (1).tfexam" in [
        each.hand_in.file for each in done.hand_ins
    ]
    folder = write_files(tmp_path / "folder", {f"week 1/{name}": each for name, each in files.items()})
    assert totals(spring.grade(folder=folder)) == [100.0, 80.0, 60.0]


def test_one_hand_in_is_graded_and_a_zip_that_is_none_is_refused(spring: ExamClass, tmp_path: Path) -> None:
    (tmp_path / "ada").write_bytes(hand_ins(spring)["ada"])
    assert totals(spring.grade(folder=tmp_path / "ada")) == [100.0, None, None]
    (tmp_path / "download.zip").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(BadCohort, match="cannot be read as a zip"):
        spring.grade(folder=tmp_path / "download.zip")


def test_what_was_graded_before_is_not_run_again_and_its_certificate_is_the_same(
    spring: ExamClass, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = hand_ins(spring)
    first = spring.grade(folder=write_files(tmp_path / "week 1", {"a": found["ada"], "b": found["bob"]}))
    assert first.known == 0
    pools: list[str] = []

    def make(limits: Limits, workers: None, gpus: None) -> WorkerPool:
        pools.append("made")
        return stand_in_pool(limits, workers, gpus)

    monkeypatch.setattr(exam_class, "stand_in_pool", make)
    later = CLOSES + timedelta(days=7)
    source = as_zip(tmp_path / "week 2.zip", {"a": found["ada"], "b": found["bob"]})
    again = spring.grade(folder=source, now=later)
    assert (again.known, pools) == (2, [])
    assert [each.certificate for each in again.hand_ins] == [each.certificate for each in first.hand_ins]
    more = spring.grade(folder=as_zip(tmp_path / "week 3.zip", {"e": found["eve"], "a": found["ada"]}))
    assert (more.known, totals(more), pools) == (1, [100.0, None, 60.0], ["made"])
    assert more.missing == (), "bob's result stands in the gradebook"
    assert (spring.grade(folder=source, rerun=True).known, len(pools)) == (0, 2)


def test_what_was_graded_by_other_rules_is_run_again(spring: ExamClass) -> None:
    write_files(spring.handed_in, {"a.tfexam": hand_ins(spring)["ada"]})
    spring.grade()
    assert spring.grade().known == 1
    (spring.place / "cohort.toml").write_text(RULES + "predict_seconds = 77\n", "utf-8")
    assert spring.grade().known == 0


def test_the_last_words_say_how_much_there_is_and_how_much_is_left_for_a_person(spring: ExamClass) -> None:
    write_files(spring.handed_in, {"a.tfexam": hand_ins(spring)["ada"], "x.tfexam": b"not one"})
    done = spring.grade()
    assert list(closing(done, Path("certificates"))) == [
        "1 certificate, 1 passed. See certificates, with exam.csv.",
        "1 file for a person to look at: refused, without a certificate, or with a remark. Each is listed.",
        "2 learners without a result.",
    ]
    assert not done.is_complete
    whole = replace(done, refused=(), missing=())
    assert whole.is_complete
    assert not replace(whole, refused=(RefusedFile("x", "why"),)).is_complete
    assert not replace(whole, hand_ins=(replace(done.hand_ins[0], certificate=None),)).is_complete
