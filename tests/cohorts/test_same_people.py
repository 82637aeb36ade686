"""A class is one class, whichever roster it is read from: nobody is in the gradebook twice."""

from __future__ import annotations

import pytest

from tfprep.classroom.roster import read_roster
from tfprep.cohorts.batch.progress import ignore_progress
from tfprep.cohorts.requests import GradeRequest
from tfprep.errors import BadCohort

from ..cars import RULES
from ..stand_in import Pool
from .mentors import Mentor
from .submission_files import as_zip, models

OWN = "id,name,email\nu1,Ann Archer,ann@x.org\nu2,Bob Byrd,bob@x.org\n"
WORKSHEET = (
    "Identifier,Full name,Email address,Status,Grade,Maximum grade,Last modified (submission),"
    "Last modified (grade)\n"
    'Participant 11,Ann Archer,ANN@x.org,-,,100.00,"Friday, 5 June 2026, 1:05 PM",-\n'
    'Participant 12,Bob Byrd,bob@x.org,-,,100.00,"Friday, 5 June 2026, 2:05 PM",-\n'
)
CANVAS = 'Student,ID,SIS Login ID,Section\n"Archer, Ann",4711,aarcher,A\n"Byrd, Bob",4712,bbyrd,A\n'
FILES = models(
    "Ann Archer_11_assignsubmission_file/mymodel.h5", "Bob Byrd_12_assignsubmission_file/mymodel.h5"
)


class Evening:
    """A mentor who grades the same download with one roster after the other."""

    def __init__(self, mentor: Mentor) -> None:
        self.mentor, self.asked = mentor, list[str]()
        self.source = as_zip(mentor.folder / "Problem 1.zip", FILES)

    def grade(self, roster: str, *, yes: bool = True, dates: str = "") -> None:
        self.mentor.decide(f'timezone = "UTC"\ndeadline = 2026-06-05T12:00:00\n{RULES}{dates}')
        (self.mentor.folder / "people.csv").write_text(roster)
        request = GradeRequest(
            self.source,
            self.mentor.folder / "cohort.toml",
            read_roster(self.mentor.folder / "people.csv"),
            confirm=lambda question: self.asked.append(question) or yes,
        )
        self.mentor.service.grade(request, Pool, ignore_progress)

    def people(self) -> dict[str, int]:
        learners = self.mentor.service.results(None).learners
        return {one.learner.id: len(one.results[0].attempts) for one in learners}


@pytest.fixture
def evening(mentor: Mentor) -> Evening:
    return Evening(mentor)


def test_who_has_an_address_is_one_person_in_every_roster_and_times_are_learned(evening: Evening) -> None:
    evening.grade(OWN)
    evening.mentor.service.override(None, "u2", "1", 3.0, "Seen.")
    evening.grade(WORKSHEET)
    told = "2 learners of the new roster are in the cohort under other ids: ANN@x.org is u1, and 1 more."
    assert any(each.startswith(told) for each in evening.mentor.sentences)
    assert (evening.people(), evening.asked) == ({"u1": 1, "u2": 1}, [])
    ann, bob = evening.mentor.service.results(None).learners
    assert ann.results[0].handed_in is not None
    assert bob.results[0].points == 3.0
    evening.mentor.service.override(None, "ANN@x.org", "1", 2.0, "By the new id.")
    evening.grade(OWN)
    assert evening.people() == {"u1": 1, "u2": 1}
    assert evening.mentor.points() == {"u1": 2.0, "u2": 3.0}


def test_who_has_the_name_alone_is_asked_about(evening: Evening) -> None:
    evening.grade(OWN)
    evening.grade(CANVAS)
    (question,) = evening.asked
    assert question.startswith(
        "Judged by the name alone, 2 learners of the new roster are in the cohort under other"
    )
    assert evening.people() == {"u1": 1, "u2": 1}
    as_zip(evening.source, models("archerann_4711_98_mymodel.h5", "byrdbob_4711_99_mymodel.h5"))
    evening.grade(CANVAS)
    assert evening.people() == {"u1": 2, "u2": 1}, "the number is Ann's in Canvas"
    assert len(evening.asked) == 1, "it is known by now"


def test_who_is_not_the_same_stays_another_person(evening: Evening) -> None:
    evening.grade(OWN)
    evening.grade(CANVAS, yes=False)
    assert evening.people() == {"4711": 1, "4712": 1, "u1": 1, "u2": 1}


def test_an_id_that_is_somebody_elses_now_gives_nobody_anothers_grade(evening: Evening) -> None:
    evening.grade(OWN)
    with pytest.raises(BadCohort, match="Nothing was graded"):
        evening.grade("id,name\nu1,Cy Cole\nu2,Bob Byrd\n", yes=False)
    assert evening.asked == [
        "The id u1 is Ann Archer's in this cohort, and Cy Cole's in the new roster. Is it one person?"
    ]
    evening.grade("id,name\nu1,安·阿切尔\nu2,Bob Byrd\n")
    assert len(evening.asked) == 2, "a name may be in another script"
    evening.grade("id,name,email\nu1,Ann Baker,ann@x.org\nu2,Bob Byrd,new@x.org\n")
    assert evening.people() == {"u1": 1, "u2": 1}


def test_namesakes_are_never_taken_for_each_other(evening: Evening) -> None:
    evening.grade(OWN)
    evening.grade("id,name\nx1,Ann Archer\nx2,Ann Archer\nx3,Bob Byrd\n")
    assert evening.people() == {"x1": 0, "x2": 0, "u2": 1, "u1": 1}


def test_an_extension_counts_by_each_id_that_somebody_has(evening: Evening) -> None:
    evening.grade(OWN)
    until = "2026-06-06T12:00:00"
    evening.grade(
        WORKSHEET, dates=f'[late]\nper_day = 0.5\n[extensions]\n"ann@x.org" = {until}\nu2 = {until}\n'
    )
    learners = evening.mentor.service.results(None).learners
    assert [one.results[0].late_by for one in learners] == [None, None]
    assert not any("These extensions name nobody" in each for each in evening.mentor.sentences)


def test_an_extension_is_nobodys_where_several_people_have_the_name(evening: Evening) -> None:
    until = "2026-06-06T12:00:00"
    dates = f'[late]\nper_day = 0.5\n[extensions]\n"Ann Archer" = {until}\nu2 = {until}\n'
    sheet = WORKSHEET.replace("Bob Byrd", "Ann Archer").replace("ANN@x.org", "u2@x.org")
    as_zip(evening.source, models("Ann Archer_11_assignsubmission_file/mymodel.h5"))
    evening.grade(sheet, dates=dates)
    learners = evening.mentor.service.results(None).learners
    assert learners[0].results[0].late_by is not None
    told = (
        "These extensions name nobody in this cohort, or more than one person (give the id): Ann Archer, u2."
    )
    assert told in evening.mentor.sentences
