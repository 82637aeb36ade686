"""A workspace has a seed of its own and tells its own bands; a second one in its place takes no work away."""

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tfprep.errors import BadWorkspace
from tfprep.problems import Band, Dataset, DataStore, Problem, all_problems
from tfprep.problems.scripts import script_of
from tfprep.problems.starting import WorkspaceRequest, start
from tfprep.problems.workspace import make_workspace, resume_workspace
from tfprep.problems.workspace_files import text_of

from ..grader.examples import make_mnist
from ..grader.made import digits

SEED = re.compile(r'"SEED", "(\d+)"')
MARKS = re.compile(r"^# Full marks: .*(\n#  .*)*$", re.M)


def starters(folder: Path, problem: Problem) -> list[str]:
    """What two learners who start the same problem are given."""
    made = digits(folder / "data", count=40, training=20)
    dataset = replace(made, problem=problem, data_source="own")
    places = [make_workspace(folder / name, dataset).folder for name in ("ann", "bob")]
    return [(place / "starter.py").read_text("utf-8") for place in places]


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
def test_two_learners_get_starters_that_differ_in_the_seed_alone(tmp_path: Path, problem: Problem) -> None:
    first, second = starters(tmp_path, problem)
    assert len(SEED.findall(first)) == 1
    assert SEED.findall(first) != SEED.findall(second)
    plain = MARKS.sub("", script_of(problem, "starter"))
    given = [MARKS.sub("", SEED.sub('"SEED", "0"', each)) for each in (first, second)]
    assert given == [plain, plain]


def test_resuming_keeps_the_seed(tmp_path: Path) -> None:
    dataset = digits(tmp_path / "data", count=40, training=20)
    folder = make_workspace(tmp_path / "ann", dataset).folder
    before = (folder / "starter.py").read_text("utf-8")
    resume_workspace(folder, dataset)
    assert (folder / "starter.py").read_text("utf-8") == before


def test_statement_and_starter_tell_the_full_marks_by_which_is_scored(tmp_path: Path) -> None:
    dataset = digits(tmp_path / "data", count=40, training=20)
    own = replace(dataset, chosen_bands=(Band(5, at_least=0.7), Band(4, at_least=0.6)))
    folder = make_workspace(tmp_path / "ann", own).folder
    assert "\n# Full marks: an accuracy of at least 0.7\n#\n" in (folder / "starter.py").read_text("utf-8")
    assert "| full marks | an accuracy of at least 0.7 |" in (folder / "statement.md").read_text("utf-8")
    assert "0.98" not in (folder / "starter.py").read_text() + (folder / "statement.md").read_text()


@pytest.mark.parametrize("problem", all_problems(), ids=lambda problem: problem.name)
def test_the_full_marks_of_every_data_source_stand_in_both_texts(tmp_path: Path, problem: Problem) -> None:
    dataset = digits(tmp_path / "data", count=40, training=20)
    for source in problem.data_sources:
        one = replace(dataset, problem=problem, data_source=source.name)
        best = next(band for band in one.bands if band.score == 5)
        for name in ("starter.py", "statement.md"):
            (line,) = [
                line for line in text_of(one, name).splitlines() if re.match("(# F|[|] f)ull marks", line)
            ]
            words = line.replace("|", " ").split()
            assert f"{best.threshold:g}" in words, line
            assert ("least" if problem.metric.higher_is_better else "most") in words
            assert len(line) < 110


def second(folder: Path, **changes: Any) -> Dataset:
    """Another data pack of the same problem."""
    return replace(make_mnist(folder / "other", validation=30), **changes)


def test_a_second_data_pack_replaces_the_first_and_nothing_that_is_the_learners(
    tmp_path: Path,
) -> None:
    folder = make_workspace(tmp_path / "ann", make_mnist(tmp_path / "data")).folder
    given = next(path for path in sorted((folder / "data").rglob("*")) if path.is_file())
    own = {
        "starter.py": b"my work",
        "mymodel.h5": b"my model",
        "data/more.csv": b"my data",
        given.relative_to(folder).as_posix(): b"my cleaning",
        "statement.md": b"my notes",
    }
    for name, content in own.items():
        (folder / name).write_bytes(content)
    told: list[str] = []
    again = second(tmp_path, chosen_bands=(Band(5, at_least=0.7),))
    resume_workspace(folder, again, told.append)
    assert files_in(folder / "data") == files_in(again.public)
    assert (folder / "starter.py").read_bytes() == b"my work"
    assert (folder / "mymodel.h5").read_bytes() == b"my model"
    (kept,) = folder.glob("changed.backup-*")
    assert files_in(kept) == {name: own[name] for name in own if name not in {"starter.py", "mymodel.h5"}}
    assert "an accuracy of at least 0.7" in (folder / "statement.md").read_text()
    assert [("starter.py is your work" in told[0]), (str(kept) in told[1])] == [True, True]


def test_a_second_data_pack_of_an_untouched_workspace_keeps_nothing_aside(tmp_path: Path) -> None:
    folder = make_workspace(tmp_path / "ann", make_mnist(tmp_path / "data")).folder
    seed = SEED.findall((folder / "starter.py").read_text("utf-8"))
    told: list[str] = []
    resume_workspace(folder, second(tmp_path, chosen_bands=(Band(5, at_least=0.7),)), told.append)
    starter = (folder / "starter.py").read_text("utf-8")
    assert (told, SEED.findall(starter)) == ([], seed)
    assert "# Full marks: an accuracy of at least 0.7\n" in starter
    assert not list(folder.glob("changed*"))


def files_in(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


@pytest.mark.parametrize("existing", ["refuse", "resume", "reset"])
def test_no_workspace_is_made_inside_another_one_unless_its_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, existing: Any
) -> None:
    dataset = digits(tmp_path / "data", count=40, training=20)

    class OneDataset(DataStore):
        def load(self, *_: object, **__: object) -> Dataset:
            return dataset

    outer = make_workspace(tmp_path / "mine", dataset).folder
    monkeypatch.chdir(outer)
    store = OneDataset(tmp_path, b"a secret")
    with pytest.raises(BadWorkspace, match=f"Go to {tmp_path} first"):
        start(WorkspaceRequest("1", existing=existing), store, print)
    assert not (outer / "problem1_regression").exists()
    start(WorkspaceRequest("1", Path("inner")), store, print)
    assert (outer / "inner" / "starter.py").exists()
