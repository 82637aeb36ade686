from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfprep.cli import tfprep
from tfprep.problems import all_problems, find
from tfprep.problems.scripts import script_of


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("TFPREP_PROBLEMS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


def new(*arguments: str) -> Result:
    return CliRunner().invoke(tfprep, ["author", "new", *arguments])


@pytest.mark.parametrize("like", [problem.name for problem in all_problems() if problem.number])
def test_a_problem_like_any_of_tfprep_s_is_valid_at_once(like: str, tmp_path: Path) -> None:
    made = new("roses", "--like", like)
    assert made.exit_code == 0, made.output
    problem, example = find("roses"), find(like)
    assert problem.folder == tmp_path / "roses"
    assert (problem.inputs, problem.metric, problem.category) == (
        example.inputs,
        example.metric,
        example.category,
    )
    assert [each.name for each in problem.data_sources] == [each.name for each in example.data_sources]
    for script in ("starter", "reference", "ordinary", "naive"):
        compile(script_of(problem, script), script, "exec")
    told = "".join(
        (problem.folder / name).read_text("utf-8") for name in ("starter.py", "statement.md", "hints.md")
    )
    assert f"roblem {example.number}\n" not in told
    assert f"tfprep start {example.number} " not in told
    assert "PROBLEM roses" in told


def test_its_own_data_takes_the_place_of_the_example_s(tmp_path: Path) -> None:
    new("roses", "--like", "flowers")
    file = tmp_path / "roses" / "problem.toml"
    file.write_text(file.read_text().replace("# data = ", "data = ").replace("# bands", "bands"))
    (tmp_path / "roses" / "data").mkdir()
    (source,) = find("roses").data_sources
    assert (source.name, source.source.path) == ("own", tmp_path / "roses" / "data")
    assert source.bands == find("flowers").data_source("own").bands


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("flowers", "--like", "mnist"), "There is a problem 'flowers' already"),
        (("Roses!", "--like", "mnist"), "'Roses!' cannot be a problem's name"),
        (("model", "--like", "mnist"), "in commands and paths it means another thing"),
        (("roses", "--like", "minst"), "Did you mean 'mnist'?"),
        (("roses",), "Say --like PROBLEM"),
    ],
)
def test_what_cannot_be_made_is_told_and_leaves_nothing(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    refused = CliRunner().invoke(tfprep, ["author", "new", *arguments], standalone_mode=False)
    assert told in str(refused.exception)
    assert {path.name for path in tmp_path.iterdir()} <= {"home"}


def test_what_lies_there_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "roses").mkdir()
    (tmp_path / "roses" / "kept").touch()
    refused = CliRunner().invoke(tfprep, ["author", "new", "roses", "--like", "mnist"], standalone_mode=False)
    assert "is there already. Nothing was changed" in str(refused.exception)
    assert [path.name for path in (tmp_path / "roses").iterdir()] == ["kept"]
