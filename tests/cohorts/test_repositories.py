"""Repositories are read as they are: with the commit recorded, and with nothing in them run or followed."""

from __future__ import annotations

import os
import subprocess
from datetime import UTC
from pathlib import Path

import pytest

from tfprep.classroom.rules import CohortRules
from tfprep.classroom.sources.clones import read_commit
from tfprep.errors import BadCohort
from tfprep.grader.records.cohort import Learner

from .submission_files import H5, Files, do_import, matched, models, reasons, write_files

ROSTER = [
    Learner("ada", "Ada Lovelace", "ada@example.org", {"github_username": "lovelace-a"}),
    Learner("grace", "Grace Hopper", "grace@example.org", {"github_username": "hopper"}),
]


def git(folder: Path, *words: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    names = ("-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main")
    done = subprocess.run(
        ("git", "-C", str(folder), *names, *words),
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def repository(folder: Path, files: Files) -> str:
    """A repository with one commit, whose number is returned."""
    write_files(folder, files)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "Handed in")
    return git(folder, "rev-parse", "HEAD")


def listed(folder: Path, *rows: str, header: str = "learner,repository") -> Path:
    path = folder / "repositories.csv"
    path.write_text("\n".join([header, *rows]))
    return path


def test_a_list_of_repositories_is_a_source_and_each_commit_is_recorded(tmp_path: Path) -> None:
    first = repository(tmp_path / "repos" / "a", models("problem3/mymodel.h5", "node_modules/x/y.h5"))
    second = repository(tmp_path / "repos" / "b", models("mymodel.h5"))
    source = listed(
        tmp_path, "ada,repos/a,", f"grace,{tmp_path}/repos/b,flowers", header="learner,repository,problem"
    )
    found = do_import(source, tmp_path, ROSTER)
    assert {(file.learner, file.problem) for file in found.files} == {
        ("ada", "problem3"),
        ("grace", "problem3"),
    }
    commits = {file.learner: file.found_at.rpartition(" ")[2] for file in found.files}
    assert commits == {"ada": first, "grace": second}
    assert all(file.path.read_bytes().startswith(H5) for file in found.files)
    assert not found.unmatched


def test_github_classrooms_grades_are_such_a_list(tmp_path: Path) -> None:
    repository(tmp_path / "problem3-hopper", models("mymodel.h5"))
    header = "assignment_name,github_username,roster_identifier,student_repository_url"
    found = do_import(listed(tmp_path, "HW,hopper,,problem3-hopper", header=header), tmp_path, ROSTER)
    assert set(matched(found)) == {("grace", "problem3")}


def test_an_address_that_is_none_is_listed_and_runs_nothing(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    addresses = (
        f"ext::sh -c touch% {marker}",
        f"--upload-pack=touch {marker}",
        "http://example.org/x.git",
        "git://example.org/x.git",
        "no/such/folder",
        f"-oProxyCommand=touch {marker}@x:y",
        f"ssh://-oProxyCommand=touch%20{marker}/x",
    )
    found = do_import(listed(tmp_path, *(f'ada,"{one}"' for one in addresses)), tmp_path, ROSTER)
    assert not found.files
    assert len(found.unmatched) == len(found.drafts) == len(addresses)
    assert not marker.exists()


def test_hooks_filters_links_and_submodules_do_no_harm(tmp_path: Path) -> None:
    marker = tmp_path / "ran"
    repo = tmp_path / "repo"
    inner = tmp_path / "inner"
    repository(inner, models("problem3/other.h5"))
    repository(repo, models("problem3/mymodel.h5") | {".gitattributes": b"* filter=evil\n"})
    (repo / "problem3" / "link.h5").symlink_to("/etc/passwd")
    git(repo, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(inner), "sub")
    git(repo, "add", "-A")
    git(repo, "commit", "-q", "-m", "More")
    for hook in ("post-checkout", "pre-auto-gc", "post-upload-pack"):
        script = repo / ".git" / "hooks" / hook
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\ntouch {marker}\n")
        script.chmod(0o755)
    for key in ("filter.evil.smudge", "core.fsmonitor", "uploadpack.packObjectsHook"):
        git(repo, "config", key, f"touch {marker}; cat")
    found = do_import(listed(tmp_path, "ada,repo"), tmp_path, ROSTER)
    assert set(matched(found)) == {("ada", "problem3")}
    assert list(reasons(found).values()) == [
        "This is a link, and links are not followed. Put the real file there."
    ]
    assert not marker.exists()


def test_work_in_a_submodule_is_not_fetched_and_that_is_told(tmp_path: Path) -> None:
    repository(tmp_path / "inner", models("problem3/mymodel.h5"))
    repository(tmp_path / "repo", {"README.md": b"x"})
    add = ("-c", "protocol.file.allow=always", "submodule", "add", "-q", str(tmp_path / "inner"), "work")
    git(tmp_path / "repo", *add)
    git(tmp_path / "repo", "commit", "-q", "-m", "Work")
    source = listed(tmp_path, "ada,repo,", "grace,repo,flowers", header="learner,repository,problem")
    one, other = do_import(source, tmp_path, ROSTER).drafts
    assert one.why.startswith("There is no model here")
    for draft in (one, other):
        assert "A submodule is another repository, and is not fetched." in draft.why


def test_of_a_dead_ssh_address_the_cause_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ssh = tmp_path / "ssh"
    ssh.write_text("#!/bin/sh\necho 'Host key verification failed.' >&2\nexit 255\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("GIT_SSH_COMMAND", str(ssh))
    (draft,) = do_import(listed(tmp_path, "ada,git@example.org:a/b.git"), tmp_path, ROSTER).drafts
    assert draft.why == "git says: Host key verification failed."


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 132\n"


def test_a_pointer_of_lfs_is_told_from_a_model(tmp_path: Path) -> None:
    repository(tmp_path / "clones" / "problem3-hopper", {"mymodel.h5": POINTER})
    for source in (listed(tmp_path, "grace,clones/problem3-hopper"), tmp_path / "clones"):
        found = do_import(source, tmp_path, ROSTER)
        assert not found.files
        assert "git lfs pull" in found.unmatched[0].why


def test_a_folder_of_clones_is_placed_by_the_ends_of_their_names(tmp_path: Path) -> None:
    commits = {
        name: repository(tmp_path / "clones" / f"problem3-cars-{name}", models("work/mymodel.h5"))
        for name in ("lovelace-a", "hopper", "stranger")
    }
    found = do_import(tmp_path / "clones", tmp_path, ROSTER)
    assert {file.learner: file.found_at.rpartition(" ")[2] for file in found.files} == {
        "ada": commits["lovelace-a"],
        "grace": commits["hopper"],
    }
    assert len(found.unmatched) == 1


def test_without_a_roster_clones_are_learners_by_what_their_names_do_not_share(tmp_path: Path) -> None:
    for name in ("hopper", "lovelace-a"):
        repository(tmp_path / "clones" / f"problem3-cars-{name}", models("mymodel.h5"))
    found = do_import(tmp_path / "clones", tmp_path)
    assert {learner for learner, _ in matched(found)} == {"hopper", "lovelace-a"}


def test_a_clones_files_have_no_time_even_where_its_commit_is_not_known(tmp_path: Path) -> None:
    files = models("ada/problem3/m.h5", "grace/problem3/m.h5") | {"ada/.git": b"gitdir: elsewhere"}
    rules = CohortRules(file_times=True, zone=UTC)
    found = do_import(write_files(tmp_path / "all", files), tmp_path, rules=rules)
    assert {file.learner: file.handed_in is None for file in found.files} == {"ada": True, "grace": False}


def test_a_commit_is_read_without_git_and_never_through_a_link(tmp_path: Path) -> None:
    commit = repository(tmp_path / "repo", models("mymodel.h5"))
    git(tmp_path / "repo", "pack-refs", "--all")
    assert read_commit(tmp_path / "repo" / ".git") == commit
    git(tmp_path / "repo", "checkout", "-q", "--detach")
    assert read_commit(tmp_path / "repo" / ".git") == commit
    head = tmp_path / "repo" / ".git" / "HEAD"
    for content in ("ref: refs/../../../../etc/passwd", "nothing", "ref: refs/heads/none"):
        head.write_text(content)
        assert not read_commit(tmp_path / "repo" / ".git")
    head.unlink()
    head.symlink_to("/etc/passwd")
    assert not read_commit(tmp_path / "repo" / ".git")


def test_without_git_a_list_of_repositories_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BadCohort, match="git is not installed"):
        do_import(listed(tmp_path, "ada,https://example.org/x.git"), tmp_path, ROSTER)
