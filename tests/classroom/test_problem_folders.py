from __future__ import annotations

from pathlib import Path

import pytest

from tfprep.classroom.rules_file import read_rules
from tfprep.errors import BadCohort
from tfprep.problems import find, folders

from ..problems.folder_problems import write_houses


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(folders, "_added", {})


def test_a_cohort_names_the_folder_of_a_problem_of_its_own(tmp_path: Path) -> None:
    folder = write_houses(tmp_path / "course")
    file = tmp_path / "cohort.toml"
    file.write_text('[problems.houses]\nfolder = "course/houses"\nweight = 3\n[problems.flowers]\n')
    rules = read_rules(file)
    assert rules.ids == ("problem3", "houses")
    assert rules.of("houses").weight == 3
    assert find("houses").folder == folder


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ('[problems.castles]\nfolder = "course/houses"\n', r"Write \[problems\.houses\]"),
        ('[problems.houses]\nfolder = "gone/houses"\n', r"There is no problem\.toml in"),
        ("[problems.houses]\n", "No problem is called 'houses'"),
    ],
)
def test_a_folder_that_is_none_is_told_with_its_table(tmp_path: Path, table: str, told: str) -> None:
    write_houses(tmp_path / "course")
    (tmp_path / "cohort.toml").write_text(table)
    with pytest.raises(BadCohort, match=told):
        read_rules(tmp_path / "cohort.toml")
