"""The way of a data pack: a mentor writes it, a learner starts from it, the score stays with the mentor."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from tfprep import cli
from tfprep.problems.workspace import Workspace

from .problems.own import MAKERS


def run(home: Path, *words: str) -> Result:
    """`tfprep WORDS` in this process."""
    return CliRunner().invoke(cli.tfprep, words, env={"TFPREP_HOME": str(home), "TFPREP_LEARNER": "ada"})


def explain(result: Result) -> int:
    """The exit code that `tfprep` would leave with."""
    assert isinstance(result.exception, Exception)
    return cli._explain(result.exception)


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """What a mentor hands out for problem 1."""
    maker = MAKERS["regression"]
    pool = maker.one_pool(tmp_path, maker.make(np.random.default_rng(1), 60))
    rules = tmp_path / "cohort.toml"
    rules.write_text(
        'name = "Spring"\nsecret = "nobody guesses this one"\n'
        f"[problems.regression]\ndata = {json.dumps(str(pool))}\n"
    )
    rules.chmod(0o644)
    done = run(
        tmp_path / "mentor", "cohort", "hand-out", "--rules", str(rules), "--into", str(tmp_path / "out")
    )
    assert done.exit_code == 0, done.output
    assert "Everybody on this machine can read the secret" in done.stderr
    return Path(done.stdout.strip())


def test_a_learner_starts_from_the_pack_and_the_score_stays_with_the_mentor(
    pack: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pack.name == "Spring-problem1_regression.zip"
    work = tmp_path / "work"
    started = run(tmp_path / "learner", "start", str(pack), "--into", str(work))
    assert started.exit_code == 0, started.output
    assert "hand it to your mentor" in started.stdout
    assert (work / "data" / "train.csv").is_file()
    (work / "mymodel.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    submitted = run(tmp_path / "learner", "submit", str(work / "mymodel.h5"), "--sandbox", "local")
    assert explain(submitted) == 2
    assert "with your mentor (hand-out of Spring)" in capsys.readouterr().err
    assert json.loads(run(tmp_path / "learner", "history", "--json").stdout) == []


def test_the_pack_names_its_data_source_too(pack: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    done = run(tmp_path / "learner", "start", "regression", "--data", str(pack), "--into", str(work))
    assert done.exit_code == 0, done.output
    workspace = Workspace.open(work)
    assert workspace.data_source.startswith("own:")
    assert workspace.problem.id == "problem1"


@pytest.mark.slow
def test_a_learner_checks_on_the_pack(pack: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    run(tmp_path / "learner", "start", str(pack), "--into", str(work))
    (work / "train.py").write_text("if False:\n    import tensorflow\n")
    checked = run(tmp_path / "learner", "check", str(work / "train.py"), "--sandbox", "local", "--json")
    assert checked.exit_code == 1, checked.output
    assert json.loads(checked.stdout)["verdict"] == "invalid"
