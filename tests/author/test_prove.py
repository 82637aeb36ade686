from __future__ import annotations

import re
from contextlib import nullcontext
from pathlib import Path

import pytest
from click.testing import CliRunner

import tfprep
from tfprep.author import from_data, prove
from tfprep.author.cheats import CHEAT_FILES, CHEAT_SCRIPTS
from tfprep.author.proof import Check, make_proof, told_proof, write_proof
from tfprep.author.prove import Request, check_data
from tfprep.author.shuffled import shuffle_answers
from tfprep.author.trials import Trained, secret_of
from tfprep.cli import tfprep as command
from tfprep.home import Home
from tfprep.problems import DataStore, find
from tfprep.sandbox.host import local

from ..problems.folder_problems import HOUSES, write_houses
from .test_from_data import write_flats

TUTORIAL = Path(tfprep.__file__).resolve().parent / "docs" / "a-problem-of-your-own.md"
NOTHING = Trained(None, None, None, None, "Gap 1 is still empty. Gap 2 is still empty.", 1.0, 0.1, 0)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home, with nothing to run: what scripts and files earn is known."""
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TFPREP_PROBLEMS", str(tmp_path / "course"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(local, "LocalSandbox", nullcontext)
    monkeypatch.setattr(prove, "run_artifact", lambda *given: NOTHING)
    (tmp_path / "course").mkdir()
    told_proof.cache_clear()
    found = Home.find()
    found.make()
    return found


def earning(**scores: int) -> object:
    """In the place of training: scores by what a script's docstring begins with."""

    def run(script: str, *given: object) -> Trained:
        name = next((each for each in scores if script.startswith(f'"""{each}')), "")
        return Trained(scores[name], float(10 * scores[name]), 1, 2, "", 3.0, 0.1, 1000) if name else NOTHING

    return run


def failed(checks: list[Check]) -> list[str]:
    return [check.what for check in checks if check.holds is False]


def test_what_can_be_seen_without_running_holds_for_a_sound_problem(tmp_path: Path) -> None:
    write_houses(tmp_path / "course", text=HOUSES.replace("[80, 60, 40, 30, 20]", "[40, 30, 20, 10, 5]"))
    dataset = DataStore(tmp_path / "data", secret_of(0)).load(find("houses"))
    assert failed(list(check_data(dataset))) == []


def test_bands_that_a_guess_earns_are_found(tmp_path: Path) -> None:
    write_houses(
        tmp_path / "course", text=HOUSES.replace("[80, 60, 40, 30, 20]", "[900, 800, 700, 600, 500]")
    )
    dataset = DataStore(tmp_path / "data", secret_of(0)).load(find("houses"))
    assert failed(list(check_data(dataset))) == ["nothing learned earns at most 1"]


def test_a_hidden_example_that_is_nearly_a_public_one_is_found(tmp_path: Path) -> None:
    folder = write_houses(
        tmp_path / "course", text=HOUSES.replace("[80, 60, 40, 30, 20]", "[40, 30, 20, 10, 5]")
    )
    header, *rows = (folder / "houses.csv").read_text("utf-8").splitlines()
    again = [re.sub(r"^([0-9.]+)", lambda found: f"{float(found[1]) + 1e-4:.4f}", row) for row in rows]
    (folder / "houses.csv").write_text("\n".join([header, *rows, *again]), "utf-8")
    dataset = DataStore(tmp_path / "data", secret_of(0)).load(find("houses"))
    assert failed(list(check_data(dataset))) == ["no hidden example is given away"]


def test_a_script_that_is_no_python_and_a_statement_without_its_bands_are_found(tmp_path: Path) -> None:
    folder = write_houses(
        tmp_path / "course", text=HOUSES.replace("[80, 60, 40, 30, 20]", "[40, 30, 20, 10, 5]")
    )
    (folder / "statement.md").write_text("# Houses\n", "utf-8")
    (folder / "ordinary.py").write_text("def", "utf-8")
    dataset = DataStore(tmp_path / "data", secret_of(0)).load(find("houses"))
    (found,) = [check for check in check_data(dataset) if check.holds is False]
    assert "statement.md does not say what earns full marks" in found.saw
    assert "ordinary.py, line 1" in found.saw


def test_there_are_twelve_cheats() -> None:
    assert len(CHEAT_FILES) + len(CHEAT_SCRIPTS) == 12


@pytest.mark.parametrize(
    ("scores", "wrong"),
    [
        ({"Reference": 5, "Ordinary": 3, "Naive": 0}, ["the reference earns at most 1 on shuffled answers"]),
        (
            {"Reference": 4, "Ordinary": 5, "Naive": 2},
            ["reference.py", "ordinary.py", "naive.py", "the reference"],
        ),
    ],
)
def test_solutions_must_earn_what_they_stand_for(
    tmp_path: Path, home: Home, monkeypatch: pytest.MonkeyPatch, scores: dict[str, int], wrong: list[str]
) -> None:
    folder = write_houses(
        tmp_path / "course", text=HOUSES.replace("[80, 60, 40, 30, 20]", "[40, 30, 20, 10, 5]")
    )
    for name in ("reference", "ordinary", "naive"):
        (folder / f"{name}.py").write_text(f'"""{name.capitalize()}."""\n', "utf-8")
    monkeypatch.setattr(prove, "run_script", earning(**scores))
    checks = prove.prove(Request(find("houses"), 2, False), home, nullcontext, lambda line: None)
    assert len(failed(checks)) == len(wrong)
    assert all(check.startswith(begins) for check, begins in zip(failed(checks), wrong, strict=True))
    # What was trained is kept: nothing is trained again.
    monkeypatch.setattr(prove, "run_script", lambda *given: NOTHING)
    again = prove.prove(Request(find("houses"), 2, False), home, nullcontext, lambda line: None)
    assert [each.saw for each in again if ".py" in each.what] == [
        each.saw for each in checks if ".py" in each.what
    ]


def test_a_proof_is_signed_and_says_when_files_changed_since(tmp_path: Path, home: Home) -> None:
    folder = write_houses(tmp_path / "course")
    problem = find("houses")
    assert told_proof(problem) == ""
    page = write_proof(problem, make_proof(problem, "1.2", [Check("a", True, "b")], quick=False), home)
    assert page == folder / "proof.md"
    told_proof.cache_clear()
    assert re.fullmatch(r"with tfprep 1\.2 on \d{4}-\d\d-\d\d, by [0-9a-f ]{19}", told_proof(problem))
    (folder / "statement.md").write_text("another", "utf-8")
    told_proof.cache_clear()
    assert told_proof(problem).endswith("; its files have changed since")
    proof = folder / "proof.json"
    proof.write_text(proof.read_text().replace('"payload": "ey', '"payload": "eY'))
    told_proof.cache_clear()
    assert told_proof(problem) == "its proof was changed, or cannot be read"


def test_answers_are_shuffled_and_inputs_stay(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("a,b\n" + "".join(f"{row},{row}\n" for row in range(50)))
    assert shuffle_answers(tmp_path)
    rows = [line.split(",") for line in (tmp_path / "train.csv").read_text().splitlines()[1:]]
    assert [row[0] for row in rows] == list(map(str, range(50)))
    assert sorted(int(row[1]) for row in rows) == list(range(50))
    assert sum(one == other for one, other in rows) < 10


def test_the_tutorial_leads_from_a_csv_file_to_a_proof(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    earned = iter(
        [Trained(None, value, value * 0.9, value * 1.1, "", 1.0, 0.1, 1000) for value in (9.0, 30.0, 120.0)]
    )
    monkeypatch.setattr(from_data, "run_script", lambda *given: next(earned))
    text = write_flats(tmp_path / "flats.csv").read_text("utf-8")
    (tmp_path / "flats.csv").write_text(text.replace("Price (k€)", "price"), "utf-8")
    lines = re.findall(r"^tfprep .*$", TUTORIAL.read_text("utf-8"), re.MULTILINE)
    assert [line.split()[1] for line in lines] == ["author", "author", "start"]
    for line in lines:
        done = CliRunner().invoke(command, line.split()[1:])
        assert done.exit_code == 0, done.output
    assert "Everything that was tried holds" in (tmp_path / "flats" / "proof.md").read_text("utf-8")
    assert (tmp_path / "try" / "starter.py").is_file()
    assert told_proof(find("flats")).startswith("quickly, with tfprep")
