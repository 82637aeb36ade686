"""What practice tells: figures that beat the best before by more than chance, and how often one tried."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tfprep.errors import BadOption, NoAttemptsLeft
from tfprep.grader import services
from tfprep.grader.ledger import Ledger
from tfprep.grader.services import GradingTools, Practice, Reported, SubmissionRequest
from tfprep.home import Home
from tfprep.problems import Dataset, Split
from tfprep.reports.json_records import submission_record
from tfprep.reports.page import render_page
from tfprep.reports.view import earned, make_view
from tfprep.reports.wording import value_of

from ..one_dataset import OneDataset
from . import made

Submit = Callable[[float], Reported]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        yield ledger


@pytest.fixture
def cars(tmp_path: Path) -> Dataset:
    return made.cars(tmp_path / "data")


def errors(features: Any, off_by: float) -> Any:
    """By how much a model errs: so many miles on average, and for the same car the same."""
    return (features[:, 0] * 7919.0 % 1 - 0.5) * 4 * off_by


def tools(dataset: Dataset, off_by: float, limit: int = 100) -> GradingTools:
    """Tools whose model errs by so many miles on average."""

    def model(features: Any) -> Any:
        features = features.astype(np.float64)
        return (50 - np.abs(features[:, 3] - 50) + errors(features, off_by)).astype(np.float32)

    return GradingTools(OneDataset(dataset), lambda _: nullcontext(made.Modelled(model)), attempt_limit=limit)


@pytest.fixture
def request_of(tmp_path: Path) -> SubmissionRequest:
    (tmp_path / "mymodel.h5").write_bytes(b"\x89HDF\r\n\x1a\n")
    return SubmissionRequest(tmp_path / "mymodel.h5", "regression", anyway=True)


@pytest.fixture
def submit(ledger: Ledger, cars: Dataset, request_of: SubmissionRequest) -> Submit:
    return lambda off_by: services.submit(request_of, Practice("ada"), ledger, tools(cars, off_by))


def test_a_first_submission_is_told_its_figures(submit: Submit) -> None:
    record = submit(8.0).record
    assert (record.attempt, record.figures_of) == (1, None)
    assert record.card.value == pytest.approx(8, rel=0.2)


@pytest.mark.parametrize("off_by", [7.95, 8.1, 20.0], ids=["a little better", "a little worse", "far worse"])
def test_what_does_not_beat_the_best_is_told_the_best_one_s_figures(submit: Submit, off_by: float) -> None:
    best, done = submit(8.0), submit(off_by)
    assert (done.record.attempt, done.record.figures_of) == (2, 1)
    told, card = best.record.card, done.record.card
    names = ("score", "value", "interval", "scores_in_interval", "margin", "verdict")
    assert [getattr(card, name) for name in names] == [getattr(told, name) for name in names]
    assert "No measurable change" in card.reason
    assert "submission 1" in card.reason
    assert told.reason in card.reason
    assert card.fingerprints != replace(card.fingerprints, artifact="")  # type: ignore[type-var]
    assert done.report_data.analysis == best.report_data.analysis
    assert done.report_data.figures_of == 1


def test_what_beats_the_best_is_told_and_is_the_best_from_then_on(submit: Submit) -> None:
    submit(8.0)
    better, worse = submit(3.0), submit(8.0)
    assert better.record.figures_of is None
    assert better.record.card.value == pytest.approx(3, rel=0.2)
    assert worse.record.figures_of == 2


def test_no_channel_tells_the_own_figures_of_what_does_not_beat_the_best(
    submit: Submit, ledger: Ledger, cars: Dataset
) -> None:
    """One way after the other: terminal, page and JSON, list, report, predictions."""
    submit(8.0)
    done = submit(20.0)
    again = services.report(2, ledger, OneDataset(cars))
    assert again == done
    assert services.history(ledger)[1] == ledger.last() == done.record
    assert ledger.predictions(2) is None
    shown = (
        json.dumps(submission_record(done.record, done.report_data)),
        json.dumps(submission_record(done.record)),
        render_page(done.record, done.report_data),
        " ".join(map(str, (make_view(done.record, done.report_data).measures, earned(done.record)))),
    )
    features = np.asarray(cars.inputs(Split.HIDDEN)["features"], np.float64)
    own = f"{np.abs(errors(features, 20.0)).mean():.2f}"
    assert not [text for text in shown if own in text]
    assert all("No change" in text or "No measurable change" in text for text in shown)


def test_what_is_not_told_is_not_explained_either(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    """Findings hold figures, and the time that they take tells whether a model has full marks."""
    asked = []
    for off_by in (8.0, 20.0):
        given = tools(cars, off_by)
        with given.open_sandbox(None) as sandbox:  # type: ignore[arg-type]
            once = replace(given, open_sandbox=lambda _, sandbox=sandbox: nullcontext(sandbox))
            done = services.submit(request_of, Practice("ada"), ledger, once)
        asked.append(len(sandbox.jobs))  # type: ignore[attr-defined]
    assert asked[0] > 1, "the first is probed"
    assert asked[1] == 1
    assert done.record.card.findings == ()
    assert done.record.card.timings.score == 0


def test_attempts_are_counted_by_learner_and_on_the_card(
    submit: Submit, ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    submit(8.0)
    view = make_view(submit(3.0).record)
    assert dict(view.measures)["Attempt"] == "2 at this hidden test set, which is not divided"
    other = services.submit(request_of, Practice("bob"), ledger, tools(cars, 8.0))
    assert (other.record.attempt, other.record.figures_of) == (1, None)


def test_after_the_last_attempt_nothing_is_run_or_recorded(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    for _ in range(2):
        services.submit(request_of, Practice("ada"), ledger, tools(cars, 8.0, limit=2))

    def never(_: object) -> nullcontext[Any]:
        raise AssertionError("no sandbox is needed")

    with pytest.raises(NoAttemptsLeft, match=r"2 of 2 attempts.*tfprep check.*TFPREP_ATTEMPTS=102"):
        services.submit(
            request_of, Practice("ada"), ledger, GradingTools(OneDataset(cars), never, attempt_limit=2)
        )
    assert len(ledger.history()) == 2
    assert services.submit(request_of, Practice("ada"), ledger, tools(cars, 8.0, limit=3)).record.attempt == 3


def test_what_could_not_be_scored_is_no_attempt(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    sandbox = made.Modelled(lambda features: np.full(len(features), np.nan, np.float32))
    broken = GradingTools(OneDataset(cars), lambda _: nullcontext(sandbox), attempt_limit=1)
    for _ in range(2):
        record = services.submit(request_of, Practice("ada"), ledger, broken).record
        assert (record.attempt, record.card.score) == (None, None)
    assert services.submit(request_of, Practice("ada"), ledger, tools(cars, 8.0, limit=1)).record.attempt == 1


@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_of_many_submissions_at_once_each_is_compared_with_those_before_it(
    database: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    cars: Dataset,
    request_of: SubmissionRequest,
) -> None:
    """Else a hundred at once would be a hundred first ones."""
    server = request.getfixturevalue("postgres") if database == "postgres" else None
    with Ledger.open(server.new_database() if server else tmp_path / "ledger.db") as ledger:

        def submit_one(off_by: float) -> Any:
            try:
                return services.submit(request_of, Practice("ada"), ledger, tools(cars, off_by, limit=5))
            except NoAttemptsLeft:
                return None

        with ThreadPoolExecutor(4) as pool:
            done = [each.record for each in pool.map(submit_one, np.linspace(8, 8.2, 8)) if each]
        assert sorted(record.attempt for record in done) == [1, 2, 3, 4, 5]
        assert [record.figures_of for record in ledger.history()].count(None) == 1
        assert len(ledger.history()) == 5


@pytest.mark.parametrize("written", ["0", "-1", "many", "1e9", "100001", "²"])
def test_a_limit_of_attempts_that_is_no_number_is_refused(written: str) -> None:
    with pytest.raises(BadOption, match="TFPREP_ATTEMPTS"):
        Home.find({"TFPREP_ATTEMPTS": written})


def test_the_limit_of_attempts_is_the_environment_s() -> None:
    assert Home.find({"TFPREP_ATTEMPTS": "250"}).attempt_limit == 250
    assert Home.find({}).attempt_limit is None


@dataclass
class Half:
    """A model of digits that answers right except for some; which half it was asked, by the inputs it got."""

    digits: Dataset
    seen: list[Any] = field(default_factory=list)

    def submit(
        self, ledger: Ledger, request: SubmissionRequest, admission: Practice, right: float
    ) -> Reported:
        def model(pixels: Any) -> Any:
            self.seen.append(pixels)
            answers = pixels[:, 0, :10].argmax(axis=1)
            wrong = np.arange(len(answers)) >= right * len(answers)
            return np.eye(10, dtype=np.float32)[np.where(wrong, (answers + 1) % 10, answers)]

        given = GradingTools(OneDataset(self.digits), lambda _: nullcontext(made.Modelled(model)))
        return services.submit(request, admission, ledger, given)


class InExam(Practice):
    @property
    def is_exam(self) -> bool:
        return True


@pytest.fixture
def digits(tmp_path: Path) -> Half:
    return Half(made.digits(tmp_path / "digits", count=600))


def test_practice_is_scored_on_one_half_and_what_counts_on_the_other(
    ledger: Ledger, digits: Half, request_of: SubmissionRequest
) -> None:
    request = replace(request_of, problem="mnist")
    practised = digits.submit(ledger, request, Practice("ada"), 0.5)
    finished = digits.submit(ledger, replace(request, final=True), Practice("ada"), 0.5)
    examined = digits.submit(ledger, request, InExam("ada"), 0.5)
    records = [each.record for each in (practised, finished, examined)]
    assert [record.card.half for record in records] == ["feedback", "final", "final"]
    assert [record.attempt for record in records] == [1, 1, None]
    assert "300 hidden examples (the feedback half)" in records[0].card.reason
    assert "300 hidden examples (the final half)" in records[1].card.reason
    assert dict(make_view(records[0]).measures)["Attempt"] == "1 at the feedback half of the hidden test set"
    prints = [record.card.fingerprints.data for record in records if record.card.fingerprints]
    assert prints[0] != prints[1] == prints[2], "whoever compares scores sees that they are not of one data"
    assert [each.report_data.analysis is not None for each in (practised, finished, examined)] == [True] * 3
    assert ledger.history()[0].card == records[0].card, "it is read as it was stored"


def test_a_model_is_sent_only_the_half_that_it_is_asked(
    ledger: Ledger, digits: Half, request_of: SubmissionRequest
) -> None:
    request = replace(request_of, problem="mnist")
    final = {picture.tobytes() for picture in np.asarray(digits.digits.final.inputs(Split.HIDDEN)["pixels"])}
    digits.submit(ledger, request, Practice("ada"), 0.5)
    seen = {picture.tobytes() for pictures in digits.seen for picture in pictures}
    assert not seen & final


def test_the_best_on_one_half_is_none_on_the_other(
    ledger: Ledger, digits: Half, request_of: SubmissionRequest
) -> None:
    request = replace(request_of, problem="mnist")
    digits.submit(ledger, request, Practice("ada"), 0.9)
    assert digits.submit(ledger, replace(request, final=True), Practice("ada"), 0.5).record.figures_of is None
    assert digits.submit(ledger, request, Practice("ada"), 0.5).record.figures_of == 1


def test_the_metric_is_drawn_over_the_attempts_of_one_half(
    ledger: Ledger, digits: Half, request_of: SubmissionRequest
) -> None:
    request = replace(request_of, problem="mnist")
    digits.submit(ledger, replace(request, final=True), Practice("ada"), 0.25)
    first = digits.submit(ledger, request, Practice("ada"), 0.5)
    done = digits.submit(ledger, request, Practice("ada"), 0.75)
    drawn = f"From {value_of(first.record.card)} to {value_of(done.record.card)}"
    assert drawn in render_page(done.record, done.report_data)


def test_final_on_a_small_set_says_that_it_changes_nothing(
    ledger: Ledger, cars: Dataset, request_of: SubmissionRequest
) -> None:
    told: list[str] = []
    given = replace(tools(cars, 8.0), tell=told.append)
    record = services.submit(replace(request_of, final=True), Practice("ada"), ledger, given).record
    assert record.card.half == ""
    assert told == ["This hidden test set is not divided into halves: --final changes nothing."]
