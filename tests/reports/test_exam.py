"""An exam's result in the terminal, as a page and for programs: the same words, no stranger's markup."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from rich.console import Console

from tfprep.exams.certificate import Certificate, CertifiedProblem, read_certificate
from tfprep.exams.result import CategoryResult, ExamResult
from tfprep.grader.records.exam import ExamEnding, TimeCredit
from tfprep.reports.exam.outcome import render_certificate, show_certificate
from tfprep.reports.exam.render import render_result, show_result

from .cards import HOSTILE

CATEGORY = CategoryResult(
    problem="problem2",
    name="mnist",
    title="Digits",
    weight=15,
    score=3,
    points=60.0,
    possible=100.0,
    reason="Accuracy 0.95 on 2,000 hidden examples: 3 of 5.",
    submissions=4,
    seconds=840.0,
    counted=7,
    automatic=True,
    data_source="package",
    data="a" * 64,
    artifact="b" * 64,
    scoring="c" * 64,
    environment="{}",
)
RESULT = ExamResult(
    exam=1,
    learner="ada",
    started=datetime(2026, 3, 1, 9, tzinfo=UTC),
    ended=datetime(2026, 3, 1, 14, tzinfo=UTC),
    ending=ExamEnding.TIME_UP,
    allowed_seconds=18_000.0,
    spent_seconds=18_000.0,
    returned=(TimeCredit(90.0, "The engine went away."),),
    practice=True,
    categories=(CATEGORY,),
    gap_seconds=10_800.0,
    left_out=("problem2_mnist: the saved model could not be taken.",),
)
STRANGE = RESULT.model_copy(
    update={
        "learner": HOSTILE,
        "categories": (
            CATEGORY.model_copy(update={"reason": HOSTILE, "name": HOSTILE, "data_source": HOSTILE}),
        ),
    }
)
SENTENCES = (
    "60 of 100 points",
    "This is practice: your own machine held the clock",
    "The clock could be paused.",
    "1 min 30 s were given back",
    "The engine went away.",
    "Taken from the folder when time was up: mnist. tfprep did not see when they were saved",
    "The two clocks of this machine disagreed by up to 3 h 00 min",
    "problem2_mnist: the saved model could not be taken.",
    "30 points were missing.",
    "Full marks in mnist would have been enough.",
)


class Text(HTMLParser):
    """What a page says, and the tags it is made of."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def page(result: ExamResult) -> Text:
    text = Text()
    text.feed(render_result(result))
    return text


def shown(result: ExamResult, width: int = 200) -> str:
    out = io.StringIO()
    show_result(Console(file=out, width=width), result)
    return " ".join(out.getvalue().replace("│", " ").split())


def test_terminal_and_page_say_the_same() -> None:
    for sentence in SENTENCES:
        assert sentence in page(RESULT).text
        assert sentence in shown(RESULT)


def test_names_of_strangers_are_text_and_nothing_else() -> None:
    assert "script" not in page(STRANGE).tags
    assert "<script>alert(1)</script>" in page(STRANGE).text
    assert "\x1b" not in shown(STRANGE)
    assert "[red]loud[/red]" in shown(STRANGE)


def test_the_terminal_keeps_to_80_columns() -> None:
    out = io.StringIO()
    show_result(Console(file=out, width=80), RESULT)
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_a_certificate_is_text_and_nothing_else_whoever_is_in_it() -> None:
    given = Certificate(
        exam=HOSTILE,
        cohort=HOSTILE,
        learner=HOSTILE,
        name=HOSTILE,
        started=RESULT.started,
        ended=RESULT.ended,
        graded=RESULT.ended,
        allowed_seconds=18_000.0,
        spent_seconds=18_000.0,
        returned_seconds=0.0,
        problems=(
            CertifiedProblem(
                problem="problem2",
                name=HOSTILE,
                title=HOSTILE,
                weight=15.0,
                score=3,
                points=60.0,
                possible=100.0,
                reason=HOSTILE,
                artifact="b" * 64,
                hidden="a" * 64,
                examples=400,
                scoring="c" * 64,
                environment="{}",
                automatic=False,
            ),
        ),
        total=60.0,
        passed=False,
        hand_in="d" * 64,
        remarks=(HOSTILE,),
    )
    certificate, signed = read_certificate(given.signed(b"m" * 32))
    text = Text()
    text.feed(render_certificate(certificate, signed))
    assert "script" not in text.tags
    assert "<script>alert(1)</script>" in text.text
    out = io.StringIO()
    show_certificate(Console(file=out, width=100), Path("x.json"), certificate, signed)
    assert "\x1b" not in out.getvalue()
    assert "Genuine: x.json" in out.getvalue()


def test_a_category_leads_to_the_page_of_what_counted_where_there_is_one() -> None:
    assert '<a href="7.html">mnist</a>' in render_result(RESULT, {7})
    assert "href=" not in render_result(RESULT)
