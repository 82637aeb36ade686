"""The red team's table for exams: one class, every cheat in it, graded once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.exams.certificate import read_certificate
from tfprep.exams.outcome import ExamOutcome

from ...exams.exam_class import CLOSES, ExamClass, of, total_of
from ...exams.exam_setup import make_blank
from .cheats import CHEATS, Cheat
from .ways_to_cheat import HONEST, Case


@pytest.fixture(scope="module")
def spring(tmp_path_factory: pytest.TempPathFactory) -> ExamClass:
    """A class of three honest learners and everybody who cheats."""
    root = tmp_path_factory.mktemp("class")
    spring = ExamClass(root, make_blank(root), (*HONEST, *(each.name for each in CHEATS)))
    packs = spring.pack()
    for learner in HONEST:
        spring.sit(learner, packs[learner], 4)
    for cheat in CHEATS:
        cheat.hand_in(Case(cheat.name, spring, packs[cheat.name]))
    return spring


@pytest.fixture(scope="module")
def graded(spring: ExamClass) -> ExamOutcome:
    return spring.grade(now=CLOSES.replace(hour=23, minute=30))


def seen(graded: ExamOutcome, cheat: Cheat) -> str:
    """All that the mentor reads of a cheat's files."""
    lines = [
        sentence
        for each in graded.hand_ins
        if each.hand_in.learner == cheat.name or each.hand_in.file.startswith(f"{cheat.name}.")
        for sentence in (*each.hand_in.against, *each.pending, *each.remarks)
    ]
    return "\n".join(
        [*lines, *(each.why for each in graded.refused if each.file.startswith(f"{cheat.name}."))]
    )


@pytest.mark.parametrize("cheat", CHEATS, ids=[f"{each.name}: {each.did}" for each in CHEATS])
def test_a_cheat_gets_no_more_than_it_earns_and_the_mentor_sees_it(graded: ExamOutcome, cheat: Cheat) -> None:
    assert total_of(graded, cheat.name) == cheat.total
    assert cheat.sees in seen(graded, cheat)
    assert all(line.isprintable() and len(line) < 1_200 for line in seen(graded, cheat).splitlines())
    assert len(seen(graded, cheat).splitlines()) <= 25


@pytest.mark.parametrize("learner", HONEST)
def test_the_honest_neighbour_gets_what_they_earned(
    graded: ExamOutcome, spring: ExamClass, learner: str
) -> None:
    assert total_of(graded, learner) == 80.0
    (each,) = (
        of(graded, learner)
        if learner != "carl"
        else [one for one in of(graded, learner) if not one.hand_in.against]
    )
    assert each.certificate is not None
    assert each.certificate.remarks == ()
    assert read_certificate(each.certificate.signed(spring.key))[0] == each.certificate
    copied = ("problem1: copy handed in the same file, byte for byte.",) if learner == "dora" else ()
    assert each.remarks == copied


def test_what_was_handed_in_three_times_is_one_result(graded: ExamOutcome) -> None:
    (each,) = of(graded, "twice")
    assert each.hand_in.copies == ("twice more.tfexam", "twice.tfexam")


def test_nobody_is_told_of_another_on_a_certificate(graded: ExamOutcome) -> None:
    for each in graded.hand_ins:
        said = "" if each.certificate is None else " ".join(each.certificate.remarks)
        assert not {"share1", "share2", "dora", "copy"} & set(said.replace(".", " ").split())
    assert any("share1" in " ".join(each.remarks) for each in of(graded, "share2"))


def test_no_file_of_a_stranger_is_written_outside(spring: ExamClass, graded: ExamOutcome) -> None:
    assert not list(Path(spring.root).rglob("evil"))


def test_without_a_result_are_those_of_whom_nothing_counts(graded: ExamOutcome) -> None:
    assert set(graded.missing) == {each.name for each in CHEATS if each.total is None}
