"""`tfprep cohort similar` lists the look-alikes of the cohort used last, for people and for programs."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tfprep.cli import tfprep
from tfprep.cohorts import Learner
from tfprep.grader import ScoreCard, Submission, Verdict
from tfprep.grader.grade import Graded
from tfprep.grader.ledger import Ledger
from tfprep.grader.records.cohort_runs import CohortEntry, CohortNote
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


def test_a_group_is_shown_with_names_as_they_are_written(home: Home) -> None:
    hand_in(home, ann="a" * 64, bob="a" * 64, cyd="c" * 64)
    shown = similar().output
    assert "Ann [bold]Archer[/bold] and Bob" in shown
    assert "The same file, byte by byte." in shown
    assert "cyd" not in shown
    assert "Did these 2 people work together?" in shown
    assert "Nobody can say who came first" in shown
    assert "none was named by weights" in " ".join(shown.split())


def test_programs_get_ids_and_evidence(home: Home) -> None:
    hand_in(home, ann="a" * 64, bob="a" * 64)
    (group,) = json.loads(similar("--json").stdout)
    assert (group["problem"], group["handed_in_first"]) == ("problem2", None)
    assert [(each["id"], each["submissions"]) for each in group["learners"]] == [("ann", [1]), ("bob", [2])]
    same = {"kind": "same_file", "learners": ["ann", "bob"], "measure": 1.0}
    assert group["evidence"] == [same | {"told": "The same file, byte by byte."}]


def test_thirty_copies_are_one_question(home: Home) -> None:
    hand_in(home, **{f"learner{number:02}": "a" * 64 for number in range(30)})
    (group,) = json.loads(similar("--json").stdout)
    assert len(group["learners"]) == 30
    assert len(group["evidence"]) == 1
    assert similar().output.count("The same file, byte by byte.") == 1


def test_no_similar_pair_is_one_sentence(home: Home) -> None:
    hand_in(home, ann="a" * 64, bob="b" * 64)
    assert "No two submissions are more alike" in similar().output
    assert json.loads(similar("--json").stdout) == []
