"""The service functions, without a command line; what a report needs, from a real ledger; `tfprep report`."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from tfprep.cli import tfprep
from tfprep.errors import BadSubmission, ExamError, NoSuchRecord, SandboxUnavailable
from tfprep.grader import Graded, Record, Submission, grade, services
from tfprep.grader.copies import mix_with_copies
from tfprep.grader.ledger import Ledger
from tfprep.grader.records import Curve, Curves
from tfprep.grader.report_data import ReportDataLoader
from tfprep.grader.scoring.analysis import NumberAnalysis, SeriesAnalysis
from tfprep.grader.scoring.class_analysis import ClassAnalysis
from tfprep.grader.services import (
    GradingTools,
    Practice,
    ReportData,
    SubmissionRequest,
)
from tfprep.problems import Dataset, DataStore, Split
from tfprep.sandbox import Sandbox

from ..one_dataset import OneDataset
from . import made
from .examples import submitted

CURVES = Curves("history.csv", (Curve("loss", (1, 2), (0.9, 0.25)),))


@dataclass(frozen=True)
class RecordingAdmission(Practice):
    """An admission that writes down what it is asked, and refuses if it is told to."""

    learner: str = "ada"
    refuses: bool = False
    events: list[str] = field(default_factory=list)

    def admit(self, dataset: Dataset) -> None:
        self.events.append(f"admit {dataset.problem.id}")
        if self.refuses:
            raise ExamError("Not now.")

    def attachments(self, graded: Graded) -> tuple[Curves, ...]:
        self.events.append(f"attach to {graded.card.problem}")
        return (CURVES,)

    @contextmanager
    def returning_lost_time(self) -> Iterator[None]:
        self.events.append("begin")
        try:
            yield
        except SandboxUnavailable:
            self.events.append("give time back")
            raise


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


@pytest.fixture
def cars(tmp_path: Path) -> Dataset:
    return made.cars(tmp_path / "data")


@pytest.fixture
def request_of(tmp_path: Path) -> SubmissionRequest:
    """A model file of problem 1, outside of a workspace."""
    (tmp_path / "mymodel.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    return SubmissionRequest(tmp_path / "mymodel.h5", "regression")


def tools(dataset: Dataset, ends: SandboxUnavailable | None = None) -> GradingTools:
    """Tools whose sandbox predicts the same for every car, or breaks."""
    sandbox = made.Modelled(lambda inputs: np.full(len(inputs), 25.0), ends={0: ends} if ends else {})

    def open_sandbox(submission: Submission) -> nullcontext[Sandbox]:
        return nullcontext(sandbox)

    return GradingTools(OneDataset(dataset), open_sandbox)


def test_a_submission_is_admitted_graded_and_recorded_with_what_belongs_to_it(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    admission = RecordingAdmission()
    done = services.submit(request_of, admission, ledger, tools(cars))
    assert admission.events == ["begin", "admit problem1", "attach to problem1"]
    assert ledger.history() == (done.record,)
    assert done.record.learner == "ada"
    assert done.report_data.curves == CURVES
    assert isinstance(done.report_data.analysis, NumberAnalysis)
    assert services.report(None, ledger, OneDataset(cars)) == done
    assert services.history(ledger, "ada", "1") == (done.record,)
    assert services.history(ledger, "bob") == ()


def test_a_submission_that_is_not_admitted_is_neither_run_nor_recorded(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    def never(submission: Submission) -> nullcontext[Sandbox]:
        raise AssertionError("no sandbox is needed")

    with pytest.raises(ExamError, match="Not now"):
        services.submit(
            request_of, RecordingAdmission(refuses=True), ledger, GradingTools(OneDataset(cars), never)
        )
    assert ledger.history() == ()


def test_a_sandbox_that_breaks_costs_no_attempt_and_no_time(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    admission = RecordingAdmission()
    with pytest.raises(SandboxUnavailable):
        services.submit(request_of, admission, ledger, tools(cars, SandboxUnavailable("It broke.", "Wait.")))
    assert admission.events[-1] == "give time back"
    assert ledger.history() == ()


def test_submit_asks_among_copies_keyed_with_the_home_s_secret_and_check_does_not(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    sandbox = made.Modelled(lambda cars: 50 - np.abs(cars[:, 3] - 50))
    given = replace(tools(cars), open_sandbox=lambda _: nullcontext(sandbox))
    done = services.submit(request_of, RecordingAdmission(), ledger, given)
    services.check(request_of, RecordingAdmission(), given)
    asked, checked = sandbox.jobs[0].inputs, sandbox.jobs[-1].inputs
    assert (
        asked.digest
        == mix_with_copies(cars, Split.HIDDEN, given.store.key_for("changed copies")).inputs.digest
    )
    assert checked.count == len(cars.labels(Split.VALIDATION).values) < asked.count
    assert "hardly_any_error" in {finding.code for finding in done.record.card.findings}
    assert (
        ledger.read(done.record.number).card.model["on_copies"].endswith("on the same examples as they are")
    )


def test_a_missing_file_is_no_submission(ledger: Ledger, cars: Dataset, tmp_path: Path) -> None:
    request = SubmissionRequest(tmp_path / "nothing.h5", "regression")
    with pytest.raises(BadSubmission, match=r"nothing\.h5"):
        services.submit(request, Practice("ada"), ledger, tools(cars))
    with pytest.raises(NoSuchRecord):
        services.report(None, ledger, OneDataset(cars))


def test_a_check_is_graded_on_the_validation_split_and_recorded_nowhere(
    cars: Dataset, request_of: SubmissionRequest
) -> None:
    done = services.check(request_of, Practice("ada"), tools(cars))
    assert "validation" in done.card.reason
    assert done.dataset is cars


@dataclass
class Scene:
    ledger: Ledger
    dataset: Dataset
    record: Record


def play(folder: Path, make: Callable[[Path], Dataset], *kept_with: Curves) -> Scene:
    """A submission that answers nearly right, graded and recorded."""
    dataset = make(folder / "data")
    labels = dataset.labels(Split.HIDDEN).values
    noise = np.random.default_rng(1).normal(0, 0.1, labels.shape)
    values = np.eye(len(dataset.classes))[labels] if len(dataset.classes) > 2 else labels + noise
    if len(dataset.classes) == 2:
        values = np.clip(labels * 0.6 + 0.2 + noise * 2, 0, 1)
    submission = replace(submitted(), problem=dataset.problem.id)
    graded = grade(
        submission, dataset, made.Modelled(lambda inputs: values[: len(inputs)].astype(np.float32))
    )
    ledger = Ledger.open(folder / "ledger.db")
    return Scene(ledger, dataset, ledger.record(graded, *kept_with))


def gathered(scene: Scene, store: DataStore) -> ReportData:
    with scene.ledger:
        return ReportDataLoader(scene.ledger, store).gather(scene.record)


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (made.digits, ClassAnalysis),
        (made.reviews, ClassAnalysis),
        (made.cars, NumberAnalysis),
        (made.series, SeriesAnalysis),
    ],
)
def test_predictions_are_read_back_and_analysed(
    tmp_path: Path, make: Callable[[Path], Dataset], kind: type
) -> None:
    scene = play(tmp_path, make)
    report_data = gathered(scene, OneDataset(scene.dataset))
    assert isinstance(report_data.analysis, kind)
    assert report_data.no_analysis == ""
    if isinstance(report_data.analysis, ClassAnalysis):
        right = sum(result.correct for result in report_data.analysis.classes)
        examples = sum(result.examples for result in report_data.analysis.classes)
        assert scene.record.card.value == pytest.approx(right / examples, abs=0.1)


@pytest.mark.parametrize("what", ["damaged", "other"])
def test_without_the_very_data_there_is_no_picture_and_a_reason(tmp_path: Path, what: str) -> None:
    scene = play(tmp_path, made.cars)
    other = None if what == "damaged" else replace(scene.dataset, fingerprint="f" * 64)
    report_data = gathered(scene, OneDataset(other))
    assert report_data.analysis is None
    assert "is not here" in report_data.no_analysis


def test_curves_and_attempts_come_from_the_ledger(tmp_path: Path) -> None:
    scene = play(tmp_path, made.cars, CURVES)
    report_data = gathered(scene, OneDataset(scene.dataset))
    assert report_data.curves == CURVES
    assert [record.number for record in report_data.attempts] == [scene.record.number]


def test_a_card_that_does_not_tell_its_value_gets_no_analysis(tmp_path: Path) -> None:
    scene = play(tmp_path, made.cars)
    shown_in_exam = replace(scene.record, card=replace(scene.record.card, value=None))
    store = OneDataset(scene.dataset)
    with scene.ledger:
        assert ReportDataLoader(scene.ledger, store).gather(shown_in_exam).analysis is None
    assert store.reads == 0


def test_the_data_is_looked_at_once_for_many_pages(tmp_path: Path) -> None:
    scene = play(tmp_path, made.cars)
    store = OneDataset(scene.dataset)
    with scene.ledger:
        known = ReportDataLoader(scene.ledger, store)
        assert known.gather(scene.record) == known.gather(scene.record)
    assert store.reads == 1


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home with one submission, whose data is gone."""
    play(tmp_path, made.cars, CURVES).ledger.close()
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path))
    monkeypatch.delenv("TFPREP_LEDGER", raising=False)
    return tmp_path


def report(*arguments: str) -> str:
    done = CliRunner().invoke(tfprep, ["report", *arguments], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def test_html_prints_the_path_of_a_whole_page_and_nothing_else(home: Path) -> None:
    path = Path(report("--html").rstrip("\n"))
    assert path == home / "reports" / "1.html"
    assert "2 epochs, from history.csv" in path.read_text("utf-8")


def test_all_prints_the_path_of_an_index_that_leads_to_the_pages(home: Path) -> None:
    path = Path(report("--all").rstrip("\n"))
    assert path == home / "reports" / "index.html"
    assert 'href="1.html"' in path.read_text("utf-8")
    assert (home / "reports" / "1.html").is_file()


def test_open_hands_the_page_to_the_browser(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("click.launch", opened.append)
    report("1", "--html", "--open")
    assert opened == [(home / "reports" / "1.html").as_uri()]


def test_json_tells_the_curves_too(home: Path) -> None:
    shown = json.loads(report("1", "--json"))
    assert shown["curves"]["source"] == "history.csv"
    assert shown["attempts"] == 1


@pytest.mark.parametrize("arguments", [["--all", "1"], ["--json", "--html"], ["--all", "--json"]])
def test_two_things_at_once_are_misuse(home: Path, arguments: list[str]) -> None:
    assert CliRunner().invoke(tfprep, ["report", *arguments]).exit_code == 2


def test_a_model_that_differs_by_chance_alone_shows_the_figures_of_the_one_before(tmp_path: Path) -> None:
    """One answer is another one: were the page a new one, what has become of it would tell that label."""
    scene = play(tmp_path, made.digits)
    labels = scene.dataset.labels(Split.HIDDEN).values

    def submit_again(answers: np.ndarray) -> Scene:
        values = np.eye(10, dtype=np.float32)[answers]
        model = made.Modelled(lambda inputs: values[: len(inputs)])
        graded = grade(replace(submitted(), problem=scene.dataset.problem.id), scene.dataset, model)
        return replace(scene, record=Ledger.open(tmp_path / "ledger.db").record(graded))

    one_wrong, half_wrong = labels.copy(), labels.copy()
    one_wrong[7] = (labels[7] + 1) % 10
    half_wrong[::2] = (labels[::2] + 1) % 10
    store = OneDataset(scene.dataset)
    first, other = gathered(scene, store), gathered(submit_again(one_wrong), store)
    assert first.figures_of is None
    assert other.figures_of == scene.record.number
    assert other.analysis == first.analysis
    assert gathered(submit_again(half_wrong), store).figures_of is None
