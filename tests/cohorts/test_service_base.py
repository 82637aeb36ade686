"""Where a cohort's files are written."""

from __future__ import annotations

from pathlib import Path

from tfprep.grader.records.cohort_runs import CohortNote

from .mentors import a_mentor

FOLDERS = {
    "../Spring: 2026": "cohort-Spring-2026",
    "TP Régression": "cohort-TP-Régression",
    "TP Re\u0301gression": "cohort-TP-Régression",
    "Алгебра: 2": "cohort-Алгебра-2",
    "हिन्दी": "cohort-हिन्दी",
    "..": "cohort-unnamed",
    "a\u202e/../b\x00\u200d.c": "cohort-a-b-c",
}


def test_a_report_folder_keeps_the_letters_of_every_script_and_nothing_that_leads_elsewhere(
    tmp_path: Path,
) -> None:
    with a_mentor(tmp_path) as mentor:
        for name, folder in FOLDERS.items():
            assert mentor.service.report_folder(name) == mentor.service.home.reports / folder


def test_long_names_get_short_folders_of_their_own(tmp_path: Path) -> None:
    with a_mentor(tmp_path) as mentor:
        folders = {mentor.service.report_folder("語" * 99 + end).name for end in "ab"}
    assert len(folders) == 2
    assert max(len(each.encode()) for each in folders) <= 200


def test_a_folder_of_an_earlier_version_stays_in_use_where_it_is_one_cohorts(tmp_path: Path) -> None:
    with a_mentor(tmp_path) as mentor:
        service = mentor.service
        service.ledger.cohorts.begin_run(CohortNote("Été"))
        earlier = service.home.reports / "cohort-t"
        earlier.mkdir(parents=True)
        assert service.report_folder("Été") == earlier
        service.ledger.cohorts.begin_run(CohortNote("Àtê"))
        assert service.report_folder("Été").name == "cohort-Été", "it may be the other's"


def test_a_folder_stays_where_it_is_when_a_cohort_of_a_like_name_comes_or_goes(tmp_path: Path) -> None:
    with a_mentor(tmp_path) as mentor:
        service = mentor.service
        service.ledger.cohorts.begin_run(CohortNote("Class A"))
        first = service.report_folder("Class A")
        service.ledger.cohorts.begin_run(CohortNote("Class/A"))
        second = service.report_folder("Class/A")
        second.mkdir(parents=True)
        assert (service.report_folder("Class A"), first.name) == (first, "cohort-Class-A")
        service.delete("Class A")
        assert service.report_folder("Class/A") == second != first


def test_names_that_differ_by_signs_or_capitals_only_have_folders_of_their_own(tmp_path: Path) -> None:
    names = ("Herbst", "Herbst 🎓", "Herbst!", "herbst", "🎓", "!!")
    with a_mentor(tmp_path) as mentor:
        for name in names:
            mentor.service.ledger.cohorts.begin_run(CohortNote(name))
        folders = {mentor.service.report_folder(name).name.casefold() for name in names}
        assert len(folders) == len(names)
