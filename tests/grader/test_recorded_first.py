"""The score is recorded first. Whatever a log, a page or a curve does after that costs no score."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from tfprep import cli
from tfprep.errors import Interrupted, LedgerUnavailable
from tfprep.grader import Submission, services
from tfprep.grader.ledger import Ledger
from tfprep.grader.services import GradingTools, Practice, SubmissionRequest
from tfprep.problems import Dataset
from tfprep.problems.workspace import make_workspace
from tfprep.sandbox import Sandbox

from ..one_dataset import OneDataset
from . import made

LOG = "epoch,loss\n0,1.0\n1,0.5\n"
SUBMISSION = "tfprep.grader.submission"


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return made.cars(tmp_path / "data")


@pytest.fixture
def workspace(tmp_path: Path, dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace with a model and a log."""
    folder = make_workspace(tmp_path / "work", dataset).folder
    (folder / "mymodel.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    (folder / "history.csv").write_text(LOG)
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


Model = Callable[[np.ndarray], np.ndarray]


def tools(dataset: Dataset, told: list[str], model: Model | None = None) -> GradingTools:
    sandbox = made.Modelled(model or (lambda inputs: np.full(len(inputs), 25.0)))

    def open_sandbox(submission: Submission) -> nullcontext[Sandbox]:
        return nullcontext(sandbox)

    return GradingTools(OneDataset(dataset), open_sandbox, told.append)


def raising(error: BaseException) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


STEPS = {
    "a log": "tfprep.grader.training_log.read_curves",
    "its storing": "tfprep.grader.ledger.ledger.Ledger.attach",
    "the analysis": "tfprep.grader.scoring.analysis.analyse_predictions",
    "stored predictions": "tfprep.grader.ledger.ledger.Ledger.predictions",
    "stored curves": "tfprep.grader.ledger.submissions.CurveRepository.read",
    "earlier attempts": "tfprep.grader.ledger.ledger.Ledger.history",
}


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(2, "No such file"),
        OSError(28, "No space left on device"),
        LedgerUnavailable("The disk is full.", "Make room."),
        ValueError("hostile"),
        MemoryError(),
        RecursionError(),
        UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte"),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize("step", STEPS)
def test_a_step_that_fails_after_the_recording_leaves_the_score(  # noqa: PLR0917
    step: str,
    error: Exception,
    workspace: Path,
    dataset: Dataset,
    ledger: Ledger,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(STEPS[step], raising(error))
        done = services.submit(SubmissionRequest(), Practice("ada"), ledger, tools(dataset, []))
    assert done.record.card.score is not None
    assert ledger.history() == (done.record,)


def test_a_log_that_cannot_be_read_is_told_in_a_sentence(
    workspace: Path, dataset: Dataset, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("tfprep.grader.training_log.read_curves", raising(OSError(5, "Input/output error")))
    services.submit(SubmissionRequest(), Practice("ada"), ledger, tools(dataset, told))
    assert told == [f"{services.NO_CURVES}: Input/output error."]


@pytest.mark.parametrize("step", STEPS)
def test_ctrl_c_after_the_recording_says_what_is_recorded(
    step: str, workspace: Path, dataset: Dataset, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(STEPS[step], raising(KeyboardInterrupt()))
        with pytest.raises(Interrupted) as stopped:
            services.submit(SubmissionRequest(), Practice("ada"), ledger, tools(dataset, []))
    assert str(stopped.value) == (
        "Interrupted. Submission 1 is recorded, and its report is not finished. `tfprep report 1` shows it."
    )
    assert len(ledger.history()) == 1


def test_ctrl_c_before_the_recording_says_that_nothing_is_recorded(
    workspace: Path, dataset: Dataset, ledger: Ledger
) -> None:
    with pytest.raises(Interrupted, match=r"^Interrupted\. Nothing was recorded\.$"):
        services.submit(
            SubmissionRequest(), Practice("ada"), ledger, tools(dataset, [], raising(KeyboardInterrupt()))
        )
    assert ledger.history() == ()


def test_ctrl_c_while_it_is_recorded_claims_neither(
    workspace: Path, dataset: Dataset, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tfprep.grader.ledger.ledger.Ledger.record", raising(KeyboardInterrupt()))
    with pytest.raises(Interrupted, match="`tfprep history` shows if it was"):
        services.submit(SubmissionRequest(), Practice("ada"), ledger, tools(dataset, []))


def test_curves_are_kept_with_the_submission(workspace: Path, dataset: Dataset, ledger: Ledger) -> None:
    done = services.submit(SubmissionRequest(), Practice("ada"), ledger, tools(dataset, []))
    assert done.report_data.curves is not None
    assert ledger.curves.read(done.record.number) == done.report_data.curves


@pytest.mark.parametrize("folder", [".venv", "env", "node_modules", "lib/python3.11/site-packages", "logs"])
def test_a_dangling_link_to_an_event_file_costs_nothing(
    folder: str, workspace: Path, dataset: Dataset, ledger: Ledger
) -> None:
    (workspace / folder).mkdir(parents=True)
    for place in (workspace, workspace / folder):
        (place / "events.out.tfevents.1").symlink_to("nowhere")
        (place / os.fsdecode(b"events.out.tfevents.\xff")).symlink_to("nowhere")
        os.mkfifo(place / "events.out.tfevents.2")
    done = services.submit(SubmissionRequest(), Practice("ada"), ledger, tools(dataset, []))
    assert done.report_data.curves is not None
    assert done.report_data.curves.source == "history.csv"


@pytest.fixture
def submit_command(
    workspace: Path, dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[], int]:
    """`tfprep submit`, with a model that runs nowhere."""
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tfprep.commands.learner._tools", lambda *_: tools(dataset, []))

    def run() -> int:
        monkeypatch.setattr(sys, "argv", ["tfprep", "submit", "--anyway"])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        return int(ended.value.code or 0)

    return run


def test_a_reports_folder_that_cannot_be_written_leaves_the_score(
    submit_command: Callable[[], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "reports").mkdir()
    (tmp_path / "home" / "reports" / "1.html").mkdir()
    assert submit_command() == 1
    told = capsys.readouterr().err
    assert "Submission 1 is recorded, but its page could not be written: " in told
    assert "`tfprep report 1 --html` tries again." in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("place", "missing"),
    [
        ("tfprep.reports.page_store.PageStore.put", "its page could not be written"),
        ("tfprep.reports.terminal.show_record", "it could not be shown"),
    ],
)
def test_what_cannot_be_shown_is_told_and_ctrl_c_too(
    place: str,
    missing: str,
    submit_command: Callable[[], int],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(place, raising(LedgerUnavailable("a plot")))
    assert submit_command() == 1
    assert f"Submission 1 is recorded, but {missing}: a plot." in capsys.readouterr().err
    monkeypatch.setattr(place, raising(KeyboardInterrupt()))
    assert submit_command() == 130
    told = capsys.readouterr().err
    assert "Submission 2 is recorded" in told
    assert "Nothing was recorded" not in told


def test_a_model_whose_name_is_no_utf8_is_graded_recorded_and_shown(
    workspace: Path,
    dataset: Dataset,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    name = os.fsdecode(b"mod\xe8le.h5")
    (workspace / "mymodel.h5").rename(workspace / name)
    (workspace / os.fsdecode(b"log\xe8.csv")).write_text(LOG)
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("tfprep.commands.learner._tools", lambda *_: tools(dataset, []))
    for words in (
        ["submit", name],
        ["submit", name, "--json"],
        ["report"],
        ["history"],
        ["report", "--html"],
    ):
        monkeypatch.setattr(sys, "argv", ["tfprep", *words])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        assert ended.value.code in {0, 1}, capsys.readouterr()
    assert "Traceback" not in capsys.readouterr().err
