"""Every file of a download goes to whoever made it, or is listed; nobody's work goes to anybody else."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

from tfprep.classroom.roster import read_roster
from tfprep.classroom.rules import CohortRules
from tfprep.cohorts.batch.progress import ignore_progress
from tfprep.cohorts.importing import ImportedSource
from tfprep.cohorts.importing.importing import SourceOptions, import_source
from tfprep.cohorts.requests import GradeRequest
from tfprep.grader.records.cohort import Learner

from ..stand_in import Pool
from .downloads import CANVAS, DOWNLOADS, Download
from .mentors import a_mentor
from .submission_files import H5, as_zip, write_files, zip_up


def written(folder: Path, download: Download) -> tuple[Path, tuple[Learner, ...]]:
    """The download on disk, and everybody on its roster."""
    files = {path: H5 + path.encode() for path in download.files}
    files |= {path: text.encode() for path, text in download.texts.items()}
    (folder / "roster.csv").write_text(download.roster, "utf-8")
    place = folder / download.name
    source = as_zip(place, files) if place.suffix == ".zip" else write_files(place, files)
    return source, read_roster(folder / "roster.csv")


def imported(folder: Path, download: Download) -> ImportedSource:
    source, people = written(folder, download)
    return import_source(source, people, CohortRules(), folder / "scratch", SourceOptions(download.problem))


def wrong(found: ImportedSource, expected: Mapping[str, str]) -> list[str]:
    """Every file that is not where it belongs."""
    owners: dict[str, set[str]] = {}
    for one in found.files:
        owners.setdefault(one.path.read_bytes().removeprefix(H5).decode(), set()).add(one.learner)
    listed = {one.path for one in found.drafts}
    problems = []
    for path, who in expected.items():
        right = set() if who in "?-" else set(who.split("+"))
        if owners.get(path, set()) != right:
            problems.append(f"{path}: {owners.get(path)} and not {who}")
        elif (who == "?") != any(path == one or path.startswith(f"{one}/") for one in listed):
            problems.append(f"{path}: {'not ' * (who == '?')}listed, {listed}")
    return problems


@pytest.mark.parametrize("name", DOWNLOADS)
def test_every_hand_in_goes_to_whoever_made_it_or_is_listed(tmp_path: Path, name: str) -> None:
    assert not wrong(imported(tmp_path, DOWNLOADS[name]), DOWNLOADS[name].files)


def test_what_a_download_holds_counts_for_whoever_made_it_once_it_is_graded(tmp_path: Path) -> None:
    """Each download as a cohort of its own, to the attempts and the open cells of the gradebook."""
    told, problems = {}, {}
    with a_mentor(tmp_path) as mentor:
        for number, (name, download) in enumerate(DOWNLOADS.items()):
            folder = tmp_path / str(number)
            folder.mkdir()
            source, people = written(folder, download)
            request = GradeRequest(
                source, mentor.folder / "cohort.toml", people, name=name, problem=download.problem, out=folder
            )
            _, cohort = mentor.service.grade(request, Pool, ignore_progress)
            right = defaultdict(set)
            for path, who in download.files.items():
                for learner in () if who in "?-" else who.split("+"):
                    right[learner].add(hashlib.sha256(H5 + path.encode()).hexdigest())
            found = {
                one.learner.id: {record.digest for record in one.results[0].attempts}
                for one in cohort.learners
                if one.results[0].attempts
            }
            told[name] = len(found)
            if found != right:
                problems[name] = (found, right)
    assert not problems
    assert len(told) > 15
    assert sum(told.values()) > 30


def test_a_zip_in_a_platforms_zip_is_its_learners_whatever_is_called_in_it(tmp_path: Path) -> None:
    apples = {"__MACOSX/._hoppergrace_4712_1_mymodel.h5": b"x", "__MACOSX/work/._mymodel.h5": b"x"}
    inner = zip_up({"hoppergrace_4712_1_mymodel.h5": H5} | apples)
    outer = zip_up({"work/mymodel.h5": H5 + b"2", "work/grace/notes.txt": b"x"} | apples)
    files = {"lovelaceada_4711_90001_work.zip": inner, "hoppergracebrewster_4712_90002_work.zip": outer}
    (tmp_path / "roster.csv").write_text(CANVAS, "utf-8")
    source = as_zip(tmp_path / "submissions.zip", files)
    people = read_roster(tmp_path / "roster.csv")
    found = import_source(source, people, CohortRules(), tmp_path / "scratch", SourceOptions("1"))
    assert {one.learner: one.path.read_bytes() for one in found.files} == {"4711": H5, "4712": H5 + b"2"}
    assert not found.drafts
