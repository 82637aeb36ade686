"""Pages for Canvas get to whom they are for, under the names that Canvas gave."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tfprep.cohorts import Cohort, Learner, Pending
from tfprep.cohorts.importing.layouts.canvas import ids_in
from tfprep.reports.cohort.exports import write_exports
from tfprep.reports.cohort.page import write_cohort

from .canvas import HandedIn, upload_comments
from .cohorts import small
from .exported import with_roster

HANDED_IN = [
    HandedIn(4711, 98765, "mymodel.h5"),
    HandedIn(4711, 98766, "mymodel.h5"),
    HandedIn(4712, 98767, "my_model_2.h5", "aB3dE"),
]


def cohort_of(places: dict[int, str], handed_in_by: Sequence[str] = ("4711", "4712")) -> Cohort:
    """Ada and Grace of Canvas, whose files for problem 1 lay at these places."""
    people = tuple(
        Learner(each, name, columns={"ID": each, "Section": "A", "Student": name})
        for each, name in zip(handed_in_by, ("Ada", "Grace"), strict=True)
    )
    cohort = with_roster(small(), people)
    digests = {
        one.learner.id: one.results[0].counted.digest for one in cohort.learners if one.results[0].counted
    }
    found = {(str(who), "problem1", digests[str(who)]): place for who, place in places.items()}
    return replace(cohort, places=found)


def comments(folder: Path, cohort: Cohort) -> tuple[dict[str, bytes], tuple[str, ...]]:
    """The files of the zip for problem 1, and what the mentor is told."""
    write_cohort(cohort, folder)
    written = write_exports(cohort, folder)
    path = folder / "canvas-comments-problem1.zip"
    if not path.exists():
        return {}, written.notes
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}, written.notes


@pytest.mark.parametrize(
    "names",
    [
        ("lovelaceada_4711_98765_mymodel.h5", "hoppergrace_LATE_4712_98767_my_model_2.h5"),
        ("week 1/lovelaceada_4711_98766_mymodel-1.h5", "week 1/müllerlüdenscheidt3_4712_98767_x.h5"),
        ("lovelaceada_4711_98765_work.zip/hoppergrace_4712_98767_x.h5", "anon_aB3dE_98767_my_model_2.h5"),
    ],
)
def test_each_page_is_a_comment_on_what_its_learner_handed_in(tmp_path: Path, names: tuple[str, str]) -> None:
    files, notes = comments(tmp_path, cohort_of({4711: names[0], 4712: names[1]}))
    made = upload_comments(list(files), HANDED_IN)
    assert {found[0] for found in made.values() if found} == {4711, 4712}, made
    for name, found in made.items():
        assert found is not None
        assert {4711: b"Ada", 4712: b"Grace"}[found[0]] in files[name]
    assert any("such as mymodel.h5" in note for note in notes)


def test_what_a_group_handed_in_is_no_page_for_all_of_them(tmp_path: Path) -> None:
    one = "teamrocket_4711_98765_mymodel.h5"
    files, _ = comments(tmp_path, cohort_of({4711: one, 4712: one}))
    assert not files


def test_nobody_gets_a_page_by_anothers_ids(tmp_path: Path) -> None:
    files, _ = comments(tmp_path, cohort_of({4711: "hoppergrace_4712_98767_my_model_2.h5"}))
    assert not files


def test_what_did_not_come_from_canvas_has_no_comment_and_it_is_said(tmp_path: Path) -> None:
    files, notes = comments(
        tmp_path, cohort_of({4711: "ada/problem1/mymodel.h5", 4712: "lovelace_4712_text.html"})
    )
    assert not files
    assert any("no comments for Canvas on problem1" in note for note in notes)


def test_what_is_open_has_no_page(tmp_path: Path) -> None:
    cohort = cohort_of({4711: "lovelaceada_4711_98765_a.h5", 4712: "hoppergrace_4712_98767_b.h5"})
    waiting = (Pending("4711", "problem1", "x", "The engine went away."),)
    files, _ = comments(tmp_path, replace(cohort, pending=waiting))
    assert list(files) == ["hoppergrace_4712_98767_feedback.html"]


def test_ids_are_read_only_from_names_that_canvas_writes() -> None:
    for name in (
        "mymodel.h5",
        "lovelaceada_4711_mymodel.h5",
        "4711_98765_a.h5",
        "lovelaceada_4711_98765",
        "",
    ):
        assert ids_in(name) == ("", ""), name
