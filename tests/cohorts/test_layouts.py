"""Platforms' own naming is read, and a number counts only beside a like name.

Each naming is the platform's: Canvas's from lib/content_zipper.rb, nbgrader's from coursedir.py;
Blackboard's, Brightspace's and Gradescope's from open tools that read their exports, which
`cohorts/importing/layouts/` names. Moodle's is in test_moodle_layout.py.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.importing import SourceOptions, import_source, name_the_late
from tfprep.cohorts.importing.layouts import gradescope
from tfprep.grader.records.cohort import Learner

from .submission_files import Files, as_zip, do_import, matched, models, reasons, write_files, zip_up

ROSTER = [
    Learner("ada", "Ada Lovelace", "ada@example.org", {"group": "Team Rocket"}),
    Learner("grace", "Grace Hopper", "grace@example.org", {"group": "Team Rocket"}),
    Learner("zoe", "Zoë Strauß", "zoe@example.org", {"group": "Anna B"}),
    Learner("sean", "Sean O'Brien", "sean@example.org", {"group": ""}),
]

CANVAS = [
    Learner("4711", "Ada Lovelace", columns={"Section": "A", "Student": "Lovelace, Ada"}),
    Learner("4712", "Grace Hopper", columns={"Section": "A", "Student": "Hopper, Grace"}),
]


def imported(
    folder: Path, files: Files, roster: list[Learner] | None, problem: str | None = "3"
) -> ImportedSource:
    source = as_zip(folder / "submissions.zip", files)
    return import_source(source, roster, CohortRules(zone=UTC), folder / "scratch", SourceOptions(problem))


def owners(found: ImportedSource) -> set[str]:
    return {learner for learner, _ in matched(found)}


@pytest.mark.parametrize("name", ["teamrocket_4711_1_mymodel.h5", "lovelaceada_4712_1_mymodel.h5"])
def test_canvas_ids_count_only_beside_a_like_name(tmp_path: Path, name: str) -> None:
    found = imported(tmp_path, models(name), CANVAS)
    assert not found.files
    assert "The number" in found.drafts[0].why


def test_a_namesake_with_another_canvas_id_is_listed(tmp_path: Path) -> None:
    found = imported(tmp_path, models("lovelaceada_4799_1_mymodel.h5"), CANVAS)
    assert not found.files
    assert found.drafts[0].learner == "4711"


def test_whom_canvas_calls_late_is_named(tmp_path: Path) -> None:
    found = imported(tmp_path, models("lovelaceada_LATE_4711_1_a.h5", "hoppergrace_4712_2_a.h5"), CANVAS)
    assert [file.is_late for file in found.files] == [True, False]
    assert "Ada Lovelace" in name_the_late(found)
    assert "Grace" not in name_the_late(found)


def test_a_text_entry_of_canvas_is_listed(tmp_path: Path) -> None:
    found = imported(
        tmp_path, {"lovelaceada_4711_text.html": b"x", "hoppergrace_LATE_4712_link.html": b"x"}, CANVAS
    )
    assert [one.learner for one in found.drafts] == ["4711", "4712"]
    assert {one.why for one in found.drafts} == {"Only a text was handed in here, and no file."}


def test_blackboards_attempts_come_in_order_with_their_times(tmp_path: Path) -> None:
    later, earlier = ("2026-06-06-13-05-44", "2026-06-05-23-59-00")
    files = models(f"Problem 3_ada_attempt_{later}_a.h5", f"Problem 3_ada_attempt_{earlier}_b.h5")
    files |= {f"Problem 3_ada_attempt_{earlier}.txt": b"receipt"}
    found = imported(tmp_path, files, ROSTER, None)
    assert [file.handed_in for file in found.files] == [
        datetime(2026, 6, 5, 23, 59, tzinfo=UTC),
        datetime(2026, 6, 6, 13, 5, 44, tzinfo=UTC),
    ]
    assert not found.unmatched


def test_blackboards_username_may_hold_underscores(tmp_path: Path) -> None:
    roster = [Learner("van_der_berg", "Noor"), Learner("berg", "Emil")]
    files = models("Problem 3_van_der_berg_attempt_2026-06-05-13-05-44_a.h5")
    found = imported(tmp_path, files, roster, None)
    assert not found.files
    assert set(found.drafts[0].why.split("may be any of ")[1].rstrip(".").split(", ")) == {
        "berg",
        "van_der_berg",
    }
    assert owners(imported(tmp_path, files, roster[:1], None)) == {"van_der_berg"}


def test_brightspaces_times_are_the_hand_ins(tmp_path: Path) -> None:
    names = (
        "13394-80551 - Ada Lovelace - Mar 29, 2018 1205 PM - mymodel.h5",
        "13395-80551 - Grace Hopper - Mar 29, 2018 237 PM - my - model.h5",
    )
    found = imported(tmp_path, models(*names) | {"index.html": b"x"}, ROSTER)
    assert {file.learner: file.handed_in for file in found.files} == {
        "ada": datetime(2018, 3, 29, 12, 5, tzinfo=UTC),
        "grace": datetime(2018, 3, 29, 14, 37, tzinfo=UTC),
    }


GRADESCOPE = """submission_111:
  :submitters:
  - :name: Ada Lovelace
    :sid: ada
    :email: ada@example.org
  :created_at: 2026-04-26 17:34:00.861687000 Z
  :results:
    output: |-
      submission_111:
        :submitters:
        - :name: Grace Hopper
submission_112:
  :submitters:
  - :name: Sean O'Brien
  - :name: "Zo\\xEB Strau\\u00DF"
submission_113:
  :submitters: []
"""


def test_gradescopes_list_tells_who_handed_in_and_when(tmp_path: Path) -> None:
    files = models(*(f"assignment_1_export/submission_{number}/m.h5" for number in (111, 112, 113, 114)))
    files["assignment_1_export/submission_metadata.yml"] = GRADESCOPE.encode()
    found = imported(tmp_path, files, ROSTER)
    assert owners(found) == {"ada", "sean", "zoe"}
    assert found.files[0].handed_in == datetime(2026, 4, 26, 17, 34, tzinfo=UTC)
    assert len(found.drafts) == 2
    assert all("Only Gradescope's list" in one.why for one in found.drafts)


def test_what_a_learners_program_printed_is_no_line_of_gradescopes_list() -> None:
    people = gradescope.Submissions(GRADESCOPE).read(("submission_111", "m.h5"))
    assert people is not None
    assert people.submitters == (("ada", "ada@example.org", "Ada Lovelace"),)


def test_teams_versions_are_attempts_and_what_was_not_turned_in_is_left_out(tmp_path: Path) -> None:
    files = models(
        "Student Work/Submitted files/Ada Lovelace/Problem 3/Version 2/mymodel.h5",
        "Student Work/Submitted files/Ada Lovelace/Problem 3/Version 10/mymodel.h5",
        "Student Work/Working files/Grace Hopper/Problem 3/mymodel.h5",
    )
    for roster in (ROSTER, None):
        found = imported(tmp_path, files, roster, None)
        ((_, paths),) = matched(found).items()
        assert [path.split("/")[4] for path in paths] == ["Version 2", "Version 10"]
        assert not found.unmatched


def test_nbgraders_timestamp_is_the_hand_in(tmp_path: Path) -> None:
    files = models("submitted/ada/problem3/mymodel.h5", "autograded/ada/problem3/mymodel.h5")
    files["submitted/ada/problem3/timestamp.txt"] = b"2015-02-02 15:58:23.948203 UTC\n"
    (one,) = do_import(write_files(tmp_path / "course", files), tmp_path).files
    assert (one.learner, one.handed_in) == ("ada", datetime(2015, 2, 2, 15, 58, 23, tzinfo=UTC))


@pytest.mark.parametrize("name", ["KI-Problem 1-812.zip", "TF-Problem 1-001.zip", "Problem 1-2026-002.zip"])
def test_a_number_of_three_digits_makes_no_part_of_a_download(tmp_path: Path, name: str) -> None:
    source = as_zip(tmp_path / name, models("Ada Lovelace_1_assignsubmission_file/mymodel.h5"))
    found = import_source(source, [Learner("ada", "Ada Lovelace")], CohortRules(), tmp_path / "scratch")
    assert ([one.learner for one in found.files], found.notes) == (["ada"], ())


def test_the_parts_of_a_download_are_one_source(tmp_path: Path) -> None:
    parts = {
        "Homework 3-20260605T120000Z-001.zip": zip_up(models("Homework 3/Ada Lovelace - mymodel.h5")),
        "Homework 3-20260605T120000Z-002.zip": zip_up(models("Homework 3/Grace Hopper - mymodel.h5")),
    }
    folder = write_files(tmp_path / "downloads", parts)
    told = SourceOptions("3")
    for source in (folder, *(folder / name for name in parts)):
        found = import_source(source, ROSTER, CohortRules(), tmp_path / f"from-{source.name}", told)
        assert owners(found) == {"ada", "grace"}
        assert not found.notes
    (folder / "Homework 3-20260605T120000Z-001.zip").unlink()
    (rest,) = folder.iterdir()
    found = import_source(rest, ROSTER, CohortRules(), tmp_path / "rest", told)
    assert "1 before the last are not beside it" in found.notes[0]


def test_classrooms_names_are_no_learners_without_a_roster_but_a_draft(tmp_path: Path) -> None:
    found = imported(tmp_path, models("Homework 3/Ada Lovelace - mymodel.h5"), None)
    assert not found.files
    assert [(one.learner, one.problem) for one in found.drafts] == [("Ada Lovelace", "problem3")]


FLAT = {
    "ada_problem1.h5": ("ada", "problem1"),
    "problem2/ada.h5": ("ada", "problem2"),
    "Grace Hopper problem 1.keras": ("grace", "problem1"),
    "problem4_Grace_Hopper.h5": ("grace", "problem4"),
    "zoe@example.org_flowers.h5": ("zoe", "problem3"),
    "sean_problem5_mymodel.h5": ("sean", "problem5"),
    "Problem 3 - Grace Hopper.h5": ("grace", "problem3"),
    "ada Ada Lovelace (problem 3).h5": ("ada", "problem3"),
}


def test_flat_files_are_placed_by_the_whole_name_in_them(tmp_path: Path) -> None:
    found = do_import(write_files(tmp_path / "all", models(*FLAT)), tmp_path, ROSTER)
    assert matched(found) == {key: [name] for name, key in FLAT.items()}
    assert not found.unmatched


SUGGESTED = {
    "Hopper Grace_problem3.h5": "grace",
    "Zoe Strauss_problem3.h5": "zoe",
    "Strauss Zoe/problem3/m.h5": "zoe",
    "Ada Lovelase_problem3.h5": "ada",
    "ada.h5": "ada",
}


@pytest.mark.parametrize("name", SUGGESTED)
def test_what_is_only_like_a_name_is_suggested_and_never_placed(tmp_path: Path, name: str) -> None:
    found = do_import(write_files(tmp_path / "all", models(name)), tmp_path, ROSTER)
    assert not found.files
    assert [one.learner for one in found.drafts] == [SUGGESTED[name]]


def test_a_number_and_a_name_that_are_one_persons_are_that_persons(tmp_path: Path) -> None:
    roster = [Learner("20261234", "Ada Lovelace"), Learner("7", "Grace Hopper")]
    names = (
        "20261234_Ada_Lovelace/problem1/m.h5",
        "Grace Hopper (7)/problem1/m.h5",
        "7 Ada Lovelace_problem2.h5",
    )
    found = do_import(write_files(tmp_path / "all", models(*names)), tmp_path, roster)
    assert set(matched(found)) == {("20261234", "problem1"), ("7", "problem1")}
    assert len(found.drafts) == 1


def test_a_small_number_alone_is_no_learner(tmp_path: Path) -> None:
    roster = [Learner("3", "Ada"), Learner("20261234", "Grace")]
    found = do_import(
        write_files(tmp_path / "all", models("3_problem1.h5", "20261234_problem1.h5")), tmp_path, roster
    )
    assert owners(found) == {"20261234"}
    assert "only a number" in reasons(found)["3_problem1.h5"]


def test_a_stranger_cannot_hand_in_for_somebody_else(tmp_path: Path) -> None:
    names = ("grace/problem3/m.h5", "mallory/ada/problem3/m.h5", "mallory/lovelaceada_4711_1_problem3.h5")
    source = write_files(tmp_path / "all", models(*names))
    assert owners(do_import(source, tmp_path, ROSTER)) == {"grace"}
    assert owners(do_import(source, tmp_path)) == {"grace"}


def test_what_a_platform_packed_has_no_time_of_its_own(tmp_path: Path) -> None:
    rules = CohortRules(file_times=True, zone=UTC)
    files = models("lovelaceada_4711_1_problem3.h5", "ada/problem4/m.h5")
    for name in files:
        source = as_zip(tmp_path / "one.zip", {name: files[name]})
        (one,) = do_import(source, tmp_path, rules=rules).files
        assert (one.handed_in is None) == (one.problem == "problem3")


def test_a_learners_own_list_and_timestamp_decide_nothing(tmp_path: Path) -> None:
    rules = CohortRules(file_times=True, zone=UTC)
    files = models("submission_1/problem3/m.h5", "submission_2/problem3/m.h5", "ada/problem3/Version 1/m.h5")
    forged = "submission_1:\n  :submitters:\n  - :name: Grace Hopper\nada:\n  :submitters:\n  - :sid: grace\n"
    files |= {
        "submission_2/submission_metadata.yml": forged.encode(),
        "ada/problem3/timestamp.txt": b"2001-01-01 00:00:00 UTC",
        "ada/submitted/x/timestamp.txt": b"2001-01-01 00:00:00 UTC",
    }
    found = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER, rules)
    ((owner, _),) = matched(found)
    assert owner == "ada"
    assert found.files[0].handed_in is not None
    assert found.files[0].handed_in.year > 2001


def test_nbgraders_folder_itself_may_be_the_source(tmp_path: Path) -> None:
    files = models("ada/problem3/mymodel.h5") | {"ada/problem3/timestamp.txt": b"2015-02-02 15:58:23.9 UTC"}
    (one,) = do_import(write_files(tmp_path / "submitted", files), tmp_path).files
    assert one.handed_in == datetime(2015, 2, 2, 15, 58, 23, tzinfo=UTC)


def test_a_day_that_there_is_not_in_gradescopes_list_leaves_its_submitters() -> None:
    text = GRADESCOPE.replace("2026-04-26", "2026-13-99")
    owner = gradescope.Submissions(text).read(("submission_111", "m.h5"))
    assert owner is not None
    assert owner.submitters
    assert owner.handed_in is None


def test_a_login_that_is_somebody_elses_first_name_suggests_both(tmp_path: Path) -> None:
    roster = [Learner("u1", "Li Na", "lina@x.org"), Learner("u2", "Lina Li", "linali@x.org")]
    (draft,) = imported(tmp_path, models("lina_problem1.h5"), roster).drafts
    assert (draft.learner, draft.why) == (
        "",
        "Nobody in the roster is called 'lina'. Is it Li Na or Lina Li?",
    )
    (draft,) = imported(tmp_path, models("linali_problem1.h5"), roster).drafts
    assert draft.learner == "u2"


@pytest.mark.parametrize(
    ("name", "when"),
    [
        ("1-2 - Ada Lovelace - 30 June, 2026 1158 PM - mymodel.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 30 juin, 2026 2358 - mymodel.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 30. Juni 2026 23:58/mymodel.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - N0123456 - Ada Lovelace- Sept 3, 2026 1205 AM - my - model.h5", (2026, 9, 3, 0, 5)),
        ("1-2 - N0123456 - Ada Lovelace - 30. kesäkuuta 2026 23.58 - mymodel.h5", None),
        ("1-2 - Ada Lovelace- Jun 30, 2026 1158 p.m. - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada\u00a0Lovelace- Jun 30, 2026 1158\u202fPM - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- Jun 30, 2026 1205 a. m. - m.h5", (2026, 6, 30, 0, 5)),
        ("1-2 - Ada Lovelace- 30 de junio de 2026 2358 - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 30 juil. 2026 23h58 - m.h5", (2026, 7, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 30 июня, 2026 2358 - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 30 Haziran, 2026 2358 - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace - 2026年6月30日 2358 - mymodel.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace - 2026년 6월 30일 오후 1158/mymodel.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 2026-06-05 2358 - m.h5", (2026, 6, 5, 23, 58)),
        ("1-2 - Ada Lovelace- 30-06-2026 2358 - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 06-30-2026 1158 PM - m.h5", (2026, 6, 30, 23, 58)),
        ("1-2 - Ada Lovelace- 05-06-2026 2358 - m.h5", None),
        ("51000-77000 - N0510 - Ada Lovelace- 30 Meitheamh 2026, leath i ndiaidh 11 - m.h5", None),
        ("51000-77000 - Ada Lovelace- 30 มิถุนายน 2569 2358 - m.h5", None),
    ],
)
def test_brightspace_writes_times_in_the_language_of_its_site(
    tmp_path: Path, name: str, when: tuple[int, int, int, int, int] | None
) -> None:
    found = imported(tmp_path, models(name), ROSTER)
    (file,) = found.files
    assert (file.learner, file.handed_in) == ("ada", when and datetime(*when, tzinfo=UTC))
    assert len(found.notes) == (when is None)


def unread(platform: str, written: str) -> str:
    """What a mentor is told."""
    return (
        f"{platform}'s hand-in time of Ada Lovelace cannot be read: {written!r}. "
        "Give it in a manifest's column `when`."
    )


@pytest.mark.parametrize(
    ("name", "note"),
    [
        ("1-2 - Ada Lovelace- 05-06-2026 2358 - m.h5", unread("Brightspace", "05-06-2026 2358")),
        ("1_ada_attempt_2026-06-31-13-05-44_m.h5", unread("Blackboard", "2026-06-31-13-05-44")),
    ],
)
def test_a_platforms_time_that_cannot_be_read_is_told_with_whose_it_is(
    tmp_path: Path, name: str, note: str
) -> None:
    assert imported(tmp_path, models(name), ROSTER).notes == (note,)
    (tmp_path / "open").mkdir()
    found = imported(tmp_path / "open", models(name.replace("m.h5", "a.h5"), name), None)
    assert len(found.drafts) == 2


def test_a_person_who_is_not_in_the_roster_is_suggested_by_a_brightspace_name(tmp_path: Path) -> None:
    (draft,) = imported(tmp_path, models("51000-77000 - Ada Lovelac- 30.6. 23h58 - m.h5"), ROSTER).drafts
    assert draft.learner == "ada"
    (file,) = imported(tmp_path, models("2026-06 - Ada Lovelace - m.h5"), [Learner("2026-06", "Bo")]).files
    assert file.learner == "2026-06"


def test_a_group_of_brightspace_whose_name_has_a_dash_is_no_person(tmp_path: Path) -> None:
    roster = [Learner("ada", "Ada", columns={"group": "Team - 7"}), Learner("7", "Bo")]
    (file,) = imported(tmp_path, models("1-2 - Team - 7 - Mar 29, 2018 1205 PM - m.h5"), roster).files
    assert file.learner == "ada"


@pytest.mark.parametrize(
    "written",
    [
        "2026-07-01 00:05:00.146349000 +02:00",
        "'2026-06-30 15:05:00 -0700'",
        "!ruby/object:ActiveSupport::TimeWithZone\n    utc: 2026-06-30 22:05:00.14 Z\n    zone: &1 "
        "!ruby/object:ActiveSupport::TimeZone\n      name: Etc/UTC\n    time: 2026-06-30 15:05:00.14 Z",
    ],
)
def test_gradescopes_times_are_read_in_each_way_that_ruby_writes_them(written: str) -> None:
    text = f"submission_111:\n  :submitters:\n  - :sid: ada\n  :created_at: {written}\n  :score: 0.0\n"
    submissions = gradescope.Submissions(text)
    owner = submissions.read(("submission_111", "m.h5"))
    assert owner is not None
    assert owner.handed_in == datetime(2026, 6, 30, 22, 5, tzinfo=UTC)
    assert not owner.unread_time


def test_times_of_gradescope_that_cannot_be_read_are_told(tmp_path: Path) -> None:
    text = "submission_111:\n  :submitters:\n  - :sid: ada\n  :created_at: yesterday\n"
    files = models("assignment_1_export/submission_111/m.h5")
    files["assignment_1_export/submission_metadata.yml"] = text.encode()
    found = imported(tmp_path, files, ROSTER)
    assert found.notes == (unread("Gradescope", "yesterday"),)
