"""What one learner hands in costs the mentor's machine little, and the others nothing."""

from __future__ import annotations

import io
import subprocess
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tfprep.classroom.sources import git_source, nested_zips
from tfprep.grader.records.cohort import Learner

from ..cohorts.submission_files import H5, do_import, matched, models, write_files, zip_up
from ..cohorts.test_repositories import listed, repository

ROSTER = [Learner("ada", "Ada Lovelace"), Learner("mallory", "Mallory"), Learner("zoe", "Zoe Zed")]
HONEST = {("ada", "problem2"), ("zoe", "problem2")}


def tree_bomb(folder: Path) -> Path:
    """A repository of some kilobytes whose newest commit has a hundred million files."""
    subprocess.run(("git", "init", "-q", "--bare", str(folder)), check=True)

    def git(*words: str, given: str = "") -> str:
        command = ("git", "--git-dir", str(folder), "-c", "user.name=m", "-c", "user.email=m@m", *words)
        done = subprocess.run(command, input=given.encode(), stdout=subprocess.PIPE, check=True)
        return done.stdout.decode().strip()

    blob = git("hash-object", "-w", "--stdin", given="x")
    tree = git("mktree", given="".join(f"100644 blob {blob}\tf{n}.h5\n" for n in range(10)))
    for _ in range(7):
        tree = git("mktree", given="".join(f"040000 tree {tree}\td{n}\n" for n in range(10)))
    git("update-ref", "HEAD", git("commit-tree", tree, "-m", "x"))
    return folder


def test_a_repository_whose_list_has_no_end_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_source, "_PRINTED", 2**18)
    repository(tmp_path / "good", models("problem2/mymodel.h5"))
    tree_bomb(tmp_path / "bomb.git")
    found = do_import(listed(tmp_path, "ada,good", "mallory,bomb.git", "zoe,good"), tmp_path, ROSTER)
    assert set(matched(found)) == HONEST
    assert [(draft.learner, draft.why) for draft in found.drafts] == [
        ("mallory", "It holds far more files than a hand-in, or its server says far too much.")
    ]


def test_a_repository_with_very_many_files_stops_nobody_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(git_source, "_MOST_FILES", 3)
    repository(tmp_path / "good", models("problem2/mymodel.h5"))
    repository(tmp_path / "many", models(*(f"{number}.h5" for number in range(4))))
    found = do_import(listed(tmp_path, "ada,good", "mallory,many", "zoe,good"), tmp_path, ROSTER)
    assert set(matched(found)) == HONEST
    assert [draft.learner for draft in found.drafts] == ["mallory"]


def test_git_that_does_not_end_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    alive = tmp_path / "alive"
    monkeypatch.setattr(git_source, "_SECONDS", 0.2)
    monkeypatch.setattr(git_source, "_LIMITS", f"(sleep 0.6; touch {alive}) & sleep 30")
    with pytest.raises(git_source.NotCloned, match="git did not finish"):
        git_source._git("version")
    with pytest.raises(subprocess.TimeoutExpired):  # nobody is left to write it
        subprocess.run(("sh", "-c", f"until [ -e {alive} ]; do sleep 0.1; done"), timeout=0.7, check=False)


def many(count: int, name: str = "{}.h5") -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(count):
            archive.writestr(name.format(number), b"")
    return packed.getvalue()


def test_zips_in_a_zip_that_list_very_many_files_are_not_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of them is small, and packed in the zip around it its list costs next to nothing."""
    monkeypatch.setattr(nested_zips, "MOST_OF_ONE", 100)
    bomb = zip_up({f"{number}.zip": many(60) for number in range(5)})
    honest = zip_up({"a.zip": zip_up(models("problem2/mymodel.h5"))})
    files = {"ada/w.zip": honest, "mallory/w.zip": bomb, "zoe/problem2/mymodel.h5": H5}
    found = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER)
    assert set(matched(found)) == HONEST
    assert [draft.path for draft in found.drafts] == ["mallory/w.zip"]


def test_the_list_of_a_zip_in_a_zip_is_read_within_a_limit_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nested_zips, "_LIST_IN_A_ZIP", 2**13)
    files = {"mallory/w.zip": zip_up({"1.zip": many(300)}), "zoe/problem2/mymodel.h5": H5}
    found = do_import(write_files(tmp_path / "all", files), tmp_path, ROSTER)
    assert set(matched(found)) == {("zoe", "problem2")}
    assert [draft.path for draft in found.drafts] == ["mallory/w.zip/1.zip"]


def test_platforms_zips_of_a_large_class_are_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nested_zips, "MOST_OF_ONE", 3)
    names = [
        f"{one.name}_{number}_assignsubmission_file_/problem2/mymodel.h5" for number, one in enumerate(ROSTER)
    ]
    download = zip_up(models(*names, "Ada Lovelace_0_assignsubmission_file_/problem3/mymodel.h5"))
    found = do_import(write_files(tmp_path / "all", {"CS-problems-1.zip": download}), tmp_path, ROSTER)
    assert len(matched(found)) == 4


def test_an_interrupt_ends_every_git_that_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(git_source, "_LIMITS", "sleep 30")
    with ThreadPoolExecutor(2) as threads:
        running = [threads.submit(git_source._git, "version") for _ in range(2)]
        while len(git_source._RUNNING) < len(running):
            time.sleep(0.01)
        git_source.end_all()
        ended = [one.exception(timeout=10) for one in running]
    assert [type(one) for one in ended] == [git_source.NotCloned] * 2
