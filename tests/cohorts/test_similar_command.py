"""`tfprep cohort similar` lists the pairs of the cohort that was used last, for people and for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfprep.cli import tfprep
from tfprep.cohorts import Learner
from tfprep.grader import ScoreCard, Submission, Verdict
from tfprep.grader.grade import Graded
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort import CohortEntry, CohortNote
from tfprep.home import Home


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    found = Home.find()
    found.make()
    return found


def hand_in(home: Home, **digests: str) -> None:
    """Submissions that nothing could be scored of: who handed in which file."""
    names = {"ann": "Ann [bold]Archer[/bold]", "bob": "Bob"}
    roster = tuple(Learner(learner, names.get(learner, "")) for learner in digests)
    with Ledger.open(home.ledger_url) as ledger:
        ledger.cohorts.begin_run(CohortNote("spring", learners=roster))
        for learner, digest in digests.items():
            card = ScoreCard("problem2", "package", Verdict.INVALID, "It cannot be loaded.")
            ledger.record(
                Graded(Submission("problem2", learner, "mymodel.h5", None, b"", digest, 10), card),
                CohortEntry(
                    cohort="spring",
                    learner=learner,
                    problem="problem2",
                    digest=digest,
                    found_at=f"{learner}/mymodel.h5",
                    grading_config="{}",
                    inputs="",
                ),
            )


def similar(*options: str) -> Result:
    return CliRunner().invoke(
        tfprep, ["cohort", "similar", *options], catch_exceptions=False, env={"COLUMNS": "200"}
    )


def test_a_pair_is_shown_with_names_as_they_are_written(home: Home) -> None:
    hand_in(home, ann="a" * 64, bob="a" * 64, cyd="c" * 64)
    shown = similar().output
    assert "Ann [bold]Archer[/bold] and Bob" in shown
    assert "The same file, byte by byte." in shown
    assert "cyd" not in shown
    assert "Evidence, not a verdict" in shown


def test_programs_get_ids_and_evidence(home: Home) -> None:
    hand_in(home, ann="a" * 64, bob="a" * 64)
    (pair,) = json.loads(similar("--json").stdout)
    assert (pair["problem"], pair["learners"], pair["records"]) == ("problem2", ["ann", "bob"], [1, 2])
    assert pair["evidence"] == [{"kind": "same_file", "measure": 1.0, "told": "The same file, byte by byte."}]


def test_no_similar_pair_is_one_sentence(home: Home) -> None:
    hand_in(home, ann="a" * 64, bob="b" * 64)
    assert "No two submissions are more alike" in similar().output
    assert json.loads(similar("--json").stdout) == []
