"""Whatever stands on a card, its page, in JSON and in the terminal: none of it tells a label or an input.

Two graders that differ in one secret show an attacker the same, to the letter.
"""

from __future__ import annotations

import io
import json
from contextlib import nullcontext
from dataclasses import fields, replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from tfprep.grader import Record, ScoreCard, Submission, grade, read_submission, services
from tfprep.grader.ledger import Ledger
from tfprep.grader.scoring.card import Timings
from tfprep.grader.services import GradingTools, Practice, ReportData, SubmissionRequest
from tfprep.problems import Dataset, LabelledSet, Labels, Split
from tfprep.problems.workspace import make_workspace
from tfprep.reports.attempts import show_history
from tfprep.reports.json_records import submission_record
from tfprep.reports.page import render_page
from tfprep.reports.terminal import show_record
from tfprep.reports.view import NOTHING
from tfprep.sandbox import Sandbox

from ..grader import made
from ..grader.model_files import H5
from ..one_dataset import OneDataset
from .attacked_grader import LIMITS, Bounded, Grader, make_dataset

WHEN = datetime(2026, 11, 27, tzinfo=UTC)
COUNT = 200
Array = np.ndarray


def everything(record: Record, data: ReportData = NOTHING) -> dict[str, str]:
    """All that anybody is shown of a submission; without times and digests, which differ by themselves."""

    def plain(each: Record) -> Record:
        card = replace(each.card, timings=Timings(), fingerprints=None)
        return replace(each, when=WHEN, digest="", card=card)

    record, data = plain(record), replace(data, attempts=tuple(map(plain, data.attempts)))
    console = Console(file=io.StringIO(), width=120)
    show_record(console, record, data)
    show_history(console, list(data.attempts))
    assert isinstance(console.file, io.StringIO)
    shown = {each.name: repr(getattr(record.card, each.name)) for each in fields(ScoreCard)}
    return shown | {
        "page": render_page(record, data),
        "json": json.dumps(submission_record(record, data)),
        "terminal": console.file.getvalue(),
        "passed": repr((record.score, record.passed, record.attempt, record.figures_of)),
    }


def digits(folder: Path, labels: Array) -> Dataset:
    pixels = np.random.default_rng(1).random((COUNT, 28, 28), dtype=np.float32)
    classes = tuple(map(str, range(10)))
    return made.make(folder, "mnist", LabelledSet({"pixels": pixels}, Labels(labels)), classes=classes)


def last_shown(folder: Path, dataset: Dataset, tries: list[Array]) -> dict[str, str]:
    """What is shown of the last of these predictions, handed in one after the other."""
    workspace = make_workspace(folder, dataset).folder
    places = {
        one.tobytes(): place for place, one in enumerate(np.asarray(dataset.inputs(Split.HIDDEN)["pixels"]))
    }
    handed_in: list[Array] = []

    def look_up(asked: Array) -> Array:
        return np.eye(10)[handed_in[-1][[places.get(one.tobytes(), 0) for one in asked]]]

    def open_sandbox(submission: Submission) -> nullcontext[Sandbox]:
        return nullcontext(made.Modelled(look_up))

    with Ledger.open(folder / "ledger.db") as ledger:
        tools = GradingTools(OneDataset(dataset), open_sandbox, lambda line: None)
        for number, answers in enumerate(tries):
            handed_in.append(answers)
            path = workspace / f"{number}.h5"
            path.write_bytes(H5 + bytes([number]))
            done = services.submit(SubmissionRequest(path), Practice("mallory"), ledger, tools)
        return everything(done.record, done.report_data)


def test_who_changes_one_answer_is_shown_the_same_whether_it_is_right_or_wrong(tmp_path: Path) -> None:
    labels = np.arange(COUNT) % 10
    dataset = digits(tmp_path / "data", labels)
    first = np.where(np.arange(COUNT) % 3 == 0, (labels + 4) % 10, labels)
    right, wrong = first.copy(), first.copy()
    right[3], wrong[3] = labels[3], (labels[3] + 1) % 10
    one, two, better = (
        last_shown(tmp_path / name, dataset, [first, second])
        for name, second in (("right", right), ("wrong", wrong), ("better", labels))
    )
    assert one == two
    assert {"value", "page", "json", "terminal", "passed"} <= {
        name for name in one if one[name] != better[name]
    }


SPEAKING = ("raise_inputs", "quote_in_shape", "print_inputs", "spell_in_a_size.keras")


@pytest.fixture(scope="module")
def another(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """The same labels, and other pixels in every row that a model speaks of."""
    return make_dataset(tmp_path_factory.mktemp("another"), noise=7)


@pytest.mark.parametrize("name", SPEAKING)
def test_a_model_that_speaks_of_its_inputs_shows_the_same_whatever_they_are(
    local: Grader, another: Dataset, models: Path, name: str
) -> None:
    submission = read_submission(models / name, "problem2", "mallory")
    one, two = (
        grade(submission, dataset, Bounded(local.sandbox, LIMITS)).card
        for dataset in (local.dataset, another)
    )
    records = [Record(1, "mallory", name, "saved_model", "", 1, WHEN, card) for card in (one, two)]
    assert everything(records[0]) == everything(records[1])
