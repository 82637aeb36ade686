"""An exam's result in the terminal, as a page and for programs: the same words, no stranger's markup."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

from rich.console import Console

from tfprep.classroom.signing import Signed, fingerprint, public_key, sign, verify
from tfprep.exams.collect import Collected, Collection
from tfprep.exams.config import ExamConfig, ExamProblem
from tfprep.exams.result import CategoryResult, ExamResult
from tfprep.grader.records.exam import ExamEnding, TimeCredit
from tfprep.reports.exam.render import (
    render_result,
    show_collection,
    show_not_genuine,
    show_result,
    show_verified,
)
from tfprep.reports.exam.view import collection_record, verified_record

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
    config="",
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
    "Taken as practice",
    "1 min 30 s were given back",
    "The engine went away.",
    "Taken from the folder when time was up: mnist.",
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


def signed(result: ExamResult) -> Signed:
    return verify(sign(result.to_values(), b"k" * 32))


def page(result: ExamResult) -> Text:
    text = Text()
    text.feed(render_result(result, signed(result)))
    return text


def shown(result: ExamResult, width: int = 200) -> str:
    out = io.StringIO()
    show_result(Console(file=out, width=width), result, signed(result))
    return " ".join(out.getvalue().replace("│", " ").split())


def test_terminal_and_page_say_the_same() -> None:
    for sentence in SENTENCES:
        assert sentence in page(RESULT).text
        assert sentence in shown(RESULT)
    assert signed(RESULT).signer in page(RESULT).text
    assert signed(RESULT).signer in shown(RESULT)


def test_the_page_states_what_the_signature_proves_and_what_not() -> None:
    assert "It proves that the holder of this key" in page(RESULT).text
    assert "It does not prove" in page(RESULT).text


def test_a_mentor_s_exam_configuration_is_named_with_its_key() -> None:
    config = ExamConfig(
        exam="0123456789abcdef",
        cohort="Spring",
        learner="ada",
        minutes=300.0,
        categories=(ExamProblem(problem="problem2", data="a" * 64, weight=15.0),),
    )
    text = page(RESULT.model_copy(update={"config": config.signed(b"m" * 32)})).text
    assert "For the cohort 'Spring'" in text
    assert fingerprint(public_key(b"m" * 32)) in text
    assert "not genuine" in page(RESULT.model_copy(update={"config": "{}"})).text


def test_names_of_strangers_are_text_and_nothing_else() -> None:
    assert "script" not in page(STRANGE).tags
    assert "<script>alert(1)</script>" in page(STRANGE).text
    assert "\x1b" not in shown(STRANGE)
    assert "[red]loud[/red]" in shown(STRANGE)


def test_the_terminal_keeps_to_80_columns() -> None:
    out = io.StringIO()
    show_result(Console(file=out, width=80), RESULT, signed(RESULT))
    assert max(map(len, out.getvalue().splitlines())) <= 80


def test_a_verified_result_is_shown_with_its_signer_and_its_limits() -> None:
    out = io.StringIO()
    show_verified(Console(file=out, width=80), Path("result.json"), signed(RESULT), RESULT)
    assert out.getvalue().startswith("Genuine: result.json")
    record = verified_record(signed(RESULT), RESULT)
    assert json.loads(json.dumps(record))["result"]["total"] == 60.0


def test_a_file_that_is_not_genuine_says_why() -> None:
    out = io.StringIO()
    show_not_genuine(Console(file=out, width=80), Path("x.json"), ValueError("It was changed."))
    assert "Not genuine: x.json. It was changed." in out.getvalue()


def test_a_collection_shows_each_result_with_its_remarks_and_who_is_missing() -> None:
    found = (
        Collected("ada.json", RESULT, "1234", "0123", ("It was taken as practice.",)),
        Collected("bad.json", None, remarks=("This is no signed result.",)),
    )
    collection = Collection(found, missing=("ada", "bob"))
    out = io.StringIO()
    show_collection(Console(file=out, width=120), collection)
    lines = [" ".join(line.split()) for line in out.getvalue().splitlines() if line.strip()]
    assert "ada 60 not passed, see below 90 s 1234 ada.json" in lines
    assert lines[-3:] == [
        "! ada.json: It was taken as practice.",
        "! bad.json: This is no signed result.",
        "Without a valid result: ada, bob",
    ]
    results = json.loads(json.dumps(collection_record(collection)))["results"]
    assert [each["result"] and each["result"]["total"] for each in results] == [60.0, None]
