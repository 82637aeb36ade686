"""One view, three renderers: terminal, page and JSON say the same findings and the same numbers."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from tfprep.grader import Fingerprints, Interval, Record, ScoreCard
from tfprep.grader.records import Curve, Curves
from tfprep.grader.scoring.analysis import Analysis, compare_with_labels
from tfprep.grader.scoring.class_analysis import ClassAnalysis, analyse_classes
from tfprep.grader.services import ReportData
from tfprep.problems import Band, Published, find
from tfprep.reports.json_records import card_record, submission_record
from tfprep.reports.measures import facts_of
from tfprep.reports.page import render_page
from tfprep.reports.terminal import show_record
from tfprep.reports.view import NOTHING, SubmissionView, make_view

from .cards import INVALID, PARTIAL, STRANGE, recorded

RANDOM = np.random.default_rng(5)
CURVES = Curves("history.csv", (Curve("loss", (1, 2), (0.9, 0.25)), Curve("val_loss", (1, 2), (0.5, 0.75))))


def analysis(kind: str) -> Analysis:
    if kind == "classes":
        truth = RANDOM.integers(0, 2, 300)
        raw = np.clip(truth + RANDOM.normal(0, 0.5, 300), 0, 1)
        made = compare_with_labels(raw, (raw >= 0.5).astype(int), truth, ("negative", "positive"))
    else:
        truth = RANDOM.normal(20, 5, 200 if kind == "number" else (200, 24))
        made = compare_with_labels(
            predicted := truth + RANDOM.normal(1, 2, truth.shape), predicted, truth, ()
        )
    assert made is not None
    return made


class Words(HTMLParser):
    """The text of a page outside of its style sheet, its spaces evened out."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text = ""
        self._style = False
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        self.text += "" if self._style else f" {data}"


def in_terminal(record: Record, report_data: ReportData) -> str:
    out = io.StringIO()
    show_record(Console(file=out, width=2000), record, report_data)
    return " ".join(out.getvalue().replace("│", " ").split())


def words_of(view: SubmissionView) -> list[str]:
    """Everything that both people and programs get in words."""
    findings = [word for each in view.card.findings for word in (each.what, each.evidence, each.try_next)]
    facts = [word for fact in (*view.measures, *view.facts, *view.model) for word in fact]
    words = [
        view.card.reason,
        view.verdict,
        view.uncertainty,
        *findings,
        *facts,
        *(time for _, time, _ in view.timings),
    ]
    return [" ".join(word.split()) for word in words if word]


def every_number(value: Any) -> list[float]:
    if isinstance(value, dict):
        return [number for each in value.values() for number in every_number(each)]
    if isinstance(value, list):
        return [number for each in value for number in every_number(each)]
    return [float(value)] if isinstance(value, int | float) else []


@pytest.mark.parametrize("kind", ["classes", "number", "series"])
def test_the_terminal_and_the_page_say_the_same_words(kind: str) -> None:
    record, report_data = recorded(PARTIAL), ReportData(analysis(kind), curves=CURVES)
    page, terminal = Words(render_page(record, report_data)).text, in_terminal(record, report_data)
    words = words_of(make_view(record, report_data))
    assert len(words) > 15
    for word in words:
        assert word in page
        assert word in terminal


@pytest.mark.parametrize("card", [PARTIAL, INVALID, replace(PARTIAL, scores_in_interval=(4, 5))])
def test_without_evidence_they_say_the_same_too(card: ScoreCard) -> None:
    record = recorded(card)
    page, terminal = Words(render_page(record)).text, in_terminal(record, ReportData())
    for word in words_of(make_view(record)):
        assert word in page
        assert word in terminal


@pytest.mark.parametrize("kind", ["classes", "number", "series"])
def test_json_carries_the_numbers_that_the_words_are_made_of(kind: str) -> None:
    record, report_data = recorded(PARTIAL), ReportData(analysis(kind), curves=CURVES)
    values = json.loads(json.dumps(submission_record(record, report_data)))
    assert values["findings"] == [
        {
            **{"code": each.code, "what": each.what, "evidence": each.evidence, "try_next": each.try_next},
            "follows": False,
        }
        for each in PARTIAL.findings
    ]
    assert f"{values['metric']:.3f}" in dict(make_view(record).measures)["Accuracy"]
    assert values["facts"] == dict(make_view(record, report_data).facts)
    shown = {f"{number:.4g}" for number in every_number(values["analysis"])}
    for row in make_view(record, report_data).tables[0].rows:
        cells = {cell for cell in row if cell.replace(".", "").isdigit()}
        assert cells <= shown | {str(count) for count in range(1000)}
    assert values["curves"]["curves"][1] == {"name": "val_loss", "steps": [1, 2], "values": [0.5, 0.75]}


def test_a_training_is_described_by_its_last_and_its_best_number() -> None:
    record, report_data = recorded(PARTIAL), ReportData(curves=CURVES)
    assert "val_loss 0.75 after epoch 2, best 0.5 in epoch 1" in in_terminal(record, report_data)
    page = Words(render_page(record, report_data)).text
    assert "On validation data 0.75 at the end, best in epoch 1 with 0.5." in page
    assert "val_loss 0.5 0.75 0.5 1" in page


def test_the_page_says_why_there_is_no_plot() -> None:
    page = Words(render_page(recorded(PARTIAL), ReportData(no_analysis="The data is not here."))).text
    assert "The data is not here." in page
    assert "Confusion matrix" not in page


def test_attempts_are_listed_newest_first_and_no_more_than_ten() -> None:
    attempts = tuple(recorded(PARTIAL, number=number) for number in range(1, 31))
    view = make_view(recorded(PARTIAL, number=30), ReportData(attempts=attempts))
    assert view.attempts is not None
    assert [row[0] for row in view.attempts.rows] == [str(number) for number in range(30, 20, -1)]


def test_layers_are_listed_one_by_one() -> None:
    card = replace(
        PARTIAL, model={"layers": "Dense · (n, 10) · 50 parameters\nReLU · (n, 10) · 0 parameters"}
    )
    page = render_page(recorded(card))
    assert "2 layers" in page
    assert "<li>Dense · (n, 10) · 50 parameters</li>" in page


def test_a_stranger_s_evidence_stays_text() -> None:
    hostile = STRANGE.reason.replace("\x1b", "").replace("\x07", "")
    curves = Curves(
        hostile, (Curve(hostile, (1, 2), (1.0, 2.0)), Curve(f"val_{hostile}", (1, 2), (1.0, 3.0)))
    )
    truth = np.array([0, 1] * 50)
    seen = compare_with_labels(np.eye(2)[truth], truth, truth, (hostile, f"not {hostile}"))
    page = render_page(recorded(STRANGE, learner=hostile), ReportData(seen, curves=curves))
    assert "<script" not in page
    assert "<img" not in page
    assert "49" not in page.split("</style>")[1].split("<section")[0]


def test_the_headline_is_the_likely_scores_everywhere() -> None:
    """The score that was earned stands in the sentence below it."""
    card = replace(PARTIAL, scores_in_interval=(3, 4, 5))
    page, terminal = Words(render_page(recorded(card))).text, in_terminal(recorded(card), NOTHING)
    for text in (" ".join(page.split()), terminal):
        assert "3, 4 or 5 of 5" in text
        assert "On this test set it earned 4." in text
    assert card_record(card)["likely_scores"] == "3, 4 or 5"
    assert card_record(PARTIAL)["likely_scores"] == "4"
    assert not card_record(INVALID)["likely_scores"]


def test_an_interval_that_leaves_nearly_every_score_open_says_so_beside_the_score() -> None:
    interval = Interval(0.2, 0.9, "44 independent examples")
    card = replace(PARTIAL, score=3, interval=interval, scores_in_interval=(0, 1, 2, 3, 4, 5))
    page, terminal = Words(render_page(recorded(card))).text, in_terminal(recorded(card), NOTHING)
    assert "3 of 5; 44 examples are too few to be sure" in terminal
    assert "44 examples are too few to be sure" in page
    for text in (" ".join(page.split()), terminal):
        assert "4 or 5 of 5" not in text


def test_what_an_interval_assumes_stands_under_it() -> None:
    assumes = "500 neighbouring examples that tell as much as 143 independent ones, by 10 stretches of time"
    card = replace(PARTIAL, interval=Interval(0.958, 0.966, assumes))
    for text in (Words(render_page(recorded(card))).text, in_terminal(recorded(card), NOTHING)):
        assert assumes in text


def test_the_same_file_in_another_environment_is_compared_with_numbers() -> None:
    def run(number: int, cpu: str, value: float, artifact: str = "a") -> Record:
        environment = json.dumps({"cpu": cpu, "keras": "3.15.1"})
        prints = Fingerprints(artifact * 64, "b" * 64, "c" * 64, environment)
        return recorded(replace(PARTIAL, fingerprints=prints, value=value), number=number)

    attempts = (run(1, "avx", 0.9621), run(2, "avx2", 0.962), run(3, "avx2", 0.962), run(4, "avx", 0.5, "z"))
    told = make_view(attempts[2], ReportData(attempts=attempts)).repeatable
    assert told == (
        "The same four fingerprints give the same score, bit for bit. Submission 1 is this file in another "
        "environment (cpu): its metric is the same to within 0.0001."
    )
    assert told in Words(render_page(attempts[2], ReportData(attempts=attempts))).text


def test_a_gpu_is_not_promised_to_give_the_same_last_digits() -> None:
    prints = Fingerprints("a" * 64, "b" * 64, "c" * 64, '{"cpu":"x86_64","device":"GPU: NVIDIA H100"}')
    assert "bit for bit" not in make_view(recorded(replace(PARTIAL, fingerprints=prints))).repeatable
    assert "bit for bit" in make_view(recorded(PARTIAL)).repeatable


def test_a_published_scale_is_told_beside_the_score(monkeypatch: pytest.MonkeyPatch) -> None:
    bands = (Band(5, at_least=0.95), Band(4, at_least=0.9))
    published = replace(find("mnist"), published=Published(bands, "a course of 2023"))
    monkeypatch.setattr("tfprep.reports.view.problem_named", lambda name: published)
    assert told_as_published(0.962) == "5 of 5 (at least 0.95 for 5: a course of 2023)"
    assert told_as_published(0.91) == "4 of 5 (at least 0.95 for 5: a course of 2023)"
    assert told_as_published(0.5) == "no points (at least 0.95 for 5: a course of 2023)"


def told_as_published(value: float) -> str:
    return dict(make_view(recorded(replace(PARTIAL, value=value))).measures)["As the exam"]


def test_errors_of_prices_are_told_in_their_currency_and_the_metric_in_logarithms() -> None:
    prices = np.array([400.0, 900.0, 5000.0, 12_000.0])
    card = replace(PARTIAL, problem="problem7", metric="mean absolute error", unit="log10(USD)", value=0.05)
    view = SubmissionView(
        card,
        (),
        "",
        report_data=ReportData(analysis=compare_with_labels(prices * 1.1, prices * 1.1, prices, ())),
    )
    facts = dict(view.facts)
    assert facts["On average"] == "460 USD too high"
    assert dict(view.measures)["Mean absolute error"].endswith("log10(USD)")


def test_a_forecast_is_told_its_skill_and_the_exam_s_own_scale() -> None:
    card = replace(PARTIAL, problem="problem11", metric="mean absolute error", unit="sunspots", value=17.0)
    told = ReportData(baselines=(("the mean every time", 44.0), ("the window's last value", 20.0)))
    measures = dict(SubmissionView(card, (), "", report_data=told).measures)
    assert measures["Skill"] == "15% less error than the window's last value"
    assert measures["As the exam"].startswith("5 of 5 (at most 30.5 for 5: practice sets")
    worse = SubmissionView(replace(card, value=36.0), (), "", report_data=told)
    assert dict(worse.measures)["Skill"] == "80% more error than the window's last value"
    assert dict(worse.measures)["As the exam"].startswith("2 of 5")
    assert "Skill" not in dict(SubmissionView(PARTIAL, (), "", report_data=told).measures)


def test_where_classes_differ_in_size_the_macro_f1_stands_beside_the_accuracy() -> None:
    true = np.repeat([0, 1, 2], [600, 300, 100])
    lazy = np.where(true == 2, 0, true)
    names = ("earn", "acq", "grain")
    facts = dict(facts_of(compared(lazy, true, names), ""))
    # 0.9 of all are right; of grain none is, and a third of the F1 is lost.
    assert 0.6 < float(facts["Macro-F1"].split()[1].strip(":")) < 0.67
    rare = np.repeat([0, 1, 2], [600, 300, 6])
    told = dict(facts_of(compared(rare, rare, names), ""))["Macro-F1"]
    assert "1 class with few examples left out" in told
    assert 0.97 < float(told.split()[1].strip(":")) <= 1.03
    assert "Macro-F1" not in dict(facts_of(compared(rare[-14:], rare[-14:], names), ""))
    even = np.repeat([0, 1, 2], 300)
    assert "Macro-F1" not in dict(facts_of(compared(even, even, names), ""))


def compared(predicted: np.ndarray, true: np.ndarray, names: tuple[str, ...]) -> ClassAnalysis:
    analysis = analyse_classes(np.eye(3)[predicted], predicted, true, names)
    assert analysis is not None
    return analysis
