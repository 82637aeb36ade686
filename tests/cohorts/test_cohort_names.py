"""Which cohort is meant: by its name, its folder, or what was graded before."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tfprep.cohorts.batch.progress import ignore_progress
from tfprep.cohorts.requests import GradeRequest
from tfprep.cohorts.service import CohortService
from tfprep.errors import BadCohort, NoSuchRecord

from ..cars import RULES
from ..stand_in import Pool
from .mentors import Mentor
from .submission_files import as_zip, models, write_files


def test_a_cohort_without_a_name_is_called_like_its_folder_and_a_stranger_class_is_asked_about(
    mentor: Mentor,
) -> None:
    mentor.decide(RULES.replace('name = "spring"\n', ""))
    mentor.grade("")
    assert mentor.service.results(None).name == "all"
    write_files(mentor.folder / "evening" / "all", models("zed/problem1/mymodel.h5"))
    asked: list[str] = []

    def refuse(question: str) -> bool:
        asked.append(question)
        return False

    request = GradeRequest(mentor.folder / "evening/all", mentor.folder / "cohort.toml", confirm=refuse)
    with pytest.raises(BadCohort, match="Nothing was graded"):
        mentor.service.grade(request, Pool, ignore_progress)
    assert "Of 1 learner in" in asked[0]
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}


def test_cohorts_are_listed_renamed_and_forgotten(mentor: Mentor) -> None:
    mentor.grade()
    mentor.service.override("spring", "ann", "1", 3.0, "Why not.")
    mentor.service.rename("spring", "Spring 2026")
    (summary,) = mentor.service.ledger.cohorts.summaries()
    assert (summary.name, summary.learners, summary.attempts) == ("Spring 2026", 2, 2)
    with pytest.raises(NoSuchRecord, match=r"No cohort is called 'spring'\. Did you mean 'Spring 2026'\?"):
        mentor.service.results("spring")
    mentor.grade(name="spring")
    with pytest.raises(BadCohort, match="Another cohort is called 'spring'"):
        mentor.service.rename("Spring 2026", "spring")
    mentor.service.delete("Spring 2026")
    assert [each.name for each in mentor.service.ledger.cohorts.summaries()] == ["spring"]
    assert mentor.points() == {"ann": 0.0, "bob": 0.0}


def test_what_was_graded_for_a_cohort_of_another_name_is_asked_about(mentor: Mentor) -> None:
    mentor.decide(RULES.replace('name = "spring"\n', ""))
    (mentor.folder / "class").mkdir()
    as_zip(mentor.folder / "class" / "week1.zip", models("ann/problem1/mymodel.h5"))
    as_zip(mentor.folder / "class" / "week2.zip", models("ann/problem1/mymodel (1).h5"))
    mentor.grade("id\nann\n", mentor.folder / "class/week1.zip")
    mentor.service.override(None, "ann", "1", 3.0, "Seen.")
    mentor.service.rename("class", "Spring 2026")
    asked: list[str] = []

    def grade(week: str, *, yes: bool) -> str:
        request = GradeRequest(
            mentor.folder / "class" / week,
            mentor.folder / "cohort.toml",
            confirm=lambda question: asked.append(question) or yes,
        )
        return mentor.service.grade(request, Pool, ignore_progress)[1].name

    for week in ("week1.zip", "week2.zip"):
        with pytest.raises(BadCohort, match="Nothing was graded"):
            grade(week, yes=False)
        assert grade(week, yes=True) == "Spring 2026"
        assert f"{week}, or a folder beside it, was graded for the cohort 'Spring 2026' before" in asked[-1]
    assert mentor.service.ledger.cohorts.names() == ("Spring 2026",)
    assert mentor.points() == {"ann": 3.0}
    mentor.grade(name="class", source=mentor.folder / "class/week1.zip")
    assert len(asked) == 4, "who names a cohort is not asked"
    assert grade("week1.zip", yes=False) == "class", "it is of both now, and called so"


def test_without_a_cohort_there_is_none_to_ask_for(mentor: Mentor) -> None:
    with pytest.raises(NoSuchRecord, match="There is no cohort yet"):
        mentor.service.results(None)


def rules_of(called: str) -> str:
    return RULES.replace("spring", called).replace("cars", "../cars")


def graded(mentor: Mentor, called: str, folder: str) -> None:
    """A class with a cohort.toml of its own."""
    (mentor.folder / folder).mkdir()
    (mentor.folder / folder / "cohort.toml").write_text(rules_of(called))
    source = as_zip(mentor.folder / folder / "work.zip", models("ann/problem1/mymodel.h5"))
    request = GradeRequest(source, mentor.folder / folder / "cohort.toml", confirm=lambda question: False)
    mentor.service.grade(request, Pool, ignore_progress)


def standing_in(mentor: Mentor, folder: str) -> CohortService:
    return replace(mentor.service, here=mentor.folder / folder / "cohort.toml")


def test_where_a_cohort_toml_lies_its_cohort_is_meant_and_not_the_one_used_last(mentor: Mentor) -> None:
    graded(mentor, "tuesday", "one")
    graded(mentor, "thursday", "two")
    assert mentor.service.note(None).name == "thursday"
    here = standing_in(mentor, "one")
    here.override(None, "ann", "1", 3.0, "Seen.")
    assert [len(here.audit(name).decisions) for name in ("tuesday", "thursday")] == [1, 0]
    here.rename("tuesday", "Tuesday 2026")
    assert here.note(None).name == "Tuesday 2026", "its file has the name from before"
    rules = mentor.folder / "one" / "cohort.toml"
    rules.write_text("name = [")
    assert here.note(None).name == "Tuesday 2026", "an edit broke the file"
    rules.write_text(rules_of("autumn"))
    with pytest.raises(NoSuchRecord, match=r"of the cohort 'autumn', and nothing was graded for it yet"):
        here.override(None, "ann", "1", 3.0, "Seen.")
    assert not here.has_usual()


def test_a_new_name_in_cohort_toml_is_another_cohort_where_the_mentor_says_so(mentor: Mentor) -> None:
    graded(mentor, "term T", "class")
    rules, source = mentor.folder / "class/cohort.toml", mentor.folder / "class/work.zip"
    rules.write_text(rules.read_text().replace("term T", "term U"))
    asked: list[str] = []
    for yes in (False, True):
        request = GradeRequest(source, rules, confirm=lambda question, yes=yes: asked.append(question) or yes)
        if yes:
            assert mentor.service.grade(request, Pool, ignore_progress)[1].name == "term U"
        else:
            with pytest.raises(BadCohort) as refused:
                mentor.service.grade(request, Pool, ignore_progress)
            assert refused.value.remedy == "For 'term T', give --cohort 'term T'."
    assert asked[0].endswith("The rules call the cohort 'term U'. Grade it for 'term U'?")
    assert set(mentor.service.ledger.cohorts.names()) == {"term T", "term U"}


def test_space_around_a_name_makes_no_other_cohort(mentor: Mentor) -> None:
    mentor.grade(name="Class A")
    mentor.grade(name=" Class A ")
    assert mentor.service.ledger.cohorts.names() == ("Class A",)
    assert mentor.service.results("Class A ").name == "Class A"
    for bad in ("Class\u200b A", " ", "Class  A", "a" * 121):
        with pytest.raises(BadCohort, match="A cohort's name has 1 to 120 characters that can be shown"):
            mentor.grade(name=bad)
