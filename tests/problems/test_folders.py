from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tfprep.cli import tfprep
from tfprep.errors import BadWorkspace, DataUnavailable, UnknownProblem
from tfprep.problems import DataStore, Split, all_problems, draw_problem, find
from tfprep.problems.catalogue import names, unusable_problems
from tfprep.problems.scripts import script_of
from tfprep.problems.starting import WorkspaceRequest, start
from tfprep.problems.workspace import Workspace

from .folder_problems import HOUSES, write_houses

SECRET = bytes(32)


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of problems that TFPREP_PROBLEMS names."""
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TFPREP_PROBLEMS", str(tmp_path / "course"))
    (tmp_path / "course").mkdir()
    return tmp_path / "course"


def test_a_folder_that_the_variable_names_is_a_problem_or_holds_some(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_houses(place)
    write_houses(tmp_path / "elsewhere", "castles")
    monkeypatch.setenv("TFPREP_PROBLEMS", f"{place}{os.pathsep}{tmp_path / 'elsewhere' / 'castles'}")
    assert [problem.id for problem in all_problems()][-2:] == ["houses", "castles"]
    assert find("Houses").title == "Houses"
    assert ("houses", "", "houses") in names()
    assert unusable_problems() == ()
    assert draw_problem("A", [each.id for each in all_problems() if each.id != "houses"]).id == "houses"


def test_a_folder_in_the_home_is_a_problem(place: Path, tmp_path: Path) -> None:
    write_houses(tmp_path / "home" / "problems", "castles")
    assert find("castles").folder == tmp_path / "home" / "problems" / "castles"


def test_a_package_s_entry_point_brings_its_problems(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = tmp_path / "site"
    write_houses(site / "ourcourse", "castles")
    (site / "ourcourse" / "__init__.py").write_text("raise RuntimeError('nothing of it is run')")
    (site / "ourcourse-1.dist-info").mkdir()
    (site / "ourcourse-1.dist-info" / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: ourcourse\nVersion: 1\n"
    )
    (site / "ourcourse-1.dist-info" / "entry_points.txt").write_text("[tfprep.problems]\nours = ourcourse\n")
    monkeypatch.setattr(sys, "path", [str(site), *sys.path])
    assert find("castles").folder == site / "ourcourse" / "castles"


def test_words_become_columns_and_gaps_the_number_that_the_column_names(place: Path, tmp_path: Path) -> None:
    write_houses(place)
    dataset = DataStore(tmp_path / "data", SECRET).load(find("houses"))
    features = np.asarray(dataset.inputs(Split.HIDDEN)["features"])
    assert features.shape[1:] == (4,)
    assert set(features[:, 1]) <= {1.0, 2.0, 3.0, 4.0, 5.0}
    assert set(map(tuple, features[:, 2:])) == {(0.0, 0.0), (0.0, 1.0), (1.0, 0.0)}
    header = (dataset.public / "train.csv").read_text().splitlines()[0]
    assert header == "area,rooms,town_Bonn,town_K_ln_am_Rhein,Price_k"
    assert '    "town_K_ln_am_Rhein",' in script_of(find("houses"), "starter")


def test_a_starter_of_a_folder_s_problem_names_it(place: Path) -> None:
    write_houses(place)
    starter = script_of(find("houses"), "starter")
    assert "# PROBLEM houses: HOUSES" in starter
    assert "`tfprep start houses --resume" in starter
    assert "# Full marks: a mean absolute error of at most 20 kEUR" in starter
    compile(starter, "starter.py", "exec")


def test_changed_data_or_another_division_is_other_data_and_other_bands_are_not(
    place: Path, tmp_path: Path
) -> None:
    folder = write_houses(place)
    store = DataStore(tmp_path / "data", SECRET)
    first = store.load(find("houses"))
    (folder / "problem.toml").write_text(HOUSES.replace("bands = [80", "bands = [90"))
    second = store.load(find("houses"))
    assert (second.data_source, second.bands[-1].threshold) == (first.data_source, 90)
    (folder / "problem.toml").write_text(f"hidden = 0.4\n{HOUSES}")
    assert store.load(find("houses")).counts.hidden > first.counts.hidden
    with (folder / "houses.csv").open("a") as data:
        data.write("77,2,Bonn,100\n")
    assert store.load(find("houses")).data_source not in (first.data_source, second.data_source)


def test_whoever_has_the_folder_without_its_data_is_told_who_has_it(place: Path, tmp_path: Path) -> None:
    (write_houses(place) / "houses.csv").unlink()
    with pytest.raises(DataUnavailable, match="whoever made the problem has it"):
        DataStore(tmp_path / "data", SECRET).load(find("houses"))


def test_a_workspace_is_made_beside_the_problem_and_never_in_it(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_houses(place)
    monkeypatch.chdir(place)
    store = DataStore(tmp_path / "data", SECRET)
    for how in ("refuse", "resume", "reset"):
        with pytest.raises(BadWorkspace, match="is the problem itself"):
            start(WorkspaceRequest("houses", None, None, how), store, print)
    assert (folder / "problem.toml").is_file()
    done = start(WorkspaceRequest("houses", tmp_path / "mine"), store, print)
    assert Workspace.open(done.folder).problem.id == "houses"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("bands = [80, 60, 40, 30, 20]", ""), "it needs `bands`"),
        (("bands = [80, 60, 40, 30, 20]", "bands = [20, 30, 40, 60, 80]"), "must fall"),
        (('category = "A"', 'category = "Z"'), 'category: expected "A", "B", "C", "D" or "E", found \'Z\''),
        (('title = "Houses"', ""), "title is missing: expected a text"),
        (('title = "Houses"', 'tilte = "Houses"\ntitle = "H"'), "tilte: there is no such key"),
        (('kind = "table"', 'kind = "texts"'), "it needs the table [texts], and no other"),
        (('kind = "table"', ""), "it needs one of `like` and `kind`"),
        (("missing = 3", 'missing = "three"'), "expected a number"),
        (('name = "town"', 'name = "area"'), ""),
        (('name = "rooms"', 'name = "area"'), "two columns would be called area"),
        (('"mean absolute error"', '"accuracy"'), "metric: accuracy is none for numbers"),
        (("[table]", "[table"), "is not valid TOML"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_in_a_sentence_and_is_in_nobody_s_way(
    place: Path, change: tuple[str, str], told: str
) -> None:
    write_houses(place, text=HOUSES.replace(*change))
    told_of = unusable_problems()
    if told:
        assert len(told_of) == 1
        assert told in told_of[0]
        assert "problem.toml" in told_of[0]
        assert "houses" not in {problem.id for problem in all_problems()}
        with pytest.raises(UnknownProblem, match=r"problem\.toml"):
            find("houses")
    assert find("flowers").id == "problem3"


def test_names_that_collide_and_places_that_are_gone_are_told_and_the_first_is_taken(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = write_houses(place)
    write_houses(tmp_path / "other")
    write_houses(tmp_path / "other", "flowers")
    write_houses(tmp_path / "other", "my-houses")
    places = (place, tmp_path / "other", tmp_path / "gone")
    monkeypatch.setenv("TFPREP_PROBLEMS", os.pathsep.join(map(str, places)))
    told = "\n".join(unusable_problems())
    assert find("houses").folder == first
    assert "other/houses is not taken" in told
    assert "other/flowers has the name of a problem of tfprep" in told
    assert "'my-houses' cannot be a problem's name" in told
    assert f"{tmp_path / 'gone'} is no folder" in told
    listed = CliRunner().invoke(tfprep, ["problems"])
    assert listed.exit_code == 0
    assert "is no folder" in listed.stderr
    assert "houses" in listed.stdout
