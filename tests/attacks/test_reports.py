"""Reports: whatever a stranger names things, it is shown as text."""

from __future__ import annotations

import io
import json
import logging
import sys
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import h5py
import pytest
from rich.console import Console

from tfprep import cli
from tfprep.errors import NotGenuine
from tfprep.grader import Record, ScoreCard, read_submission
from tfprep.grader.ledger import Ledger
from tfprep.logs import start_logging, stop_logging
from tfprep.reports.attempts import show_history
from tfprep.reports.json_records import submission_record
from tfprep.reports.page import render_page
from tfprep.reports.terminal import show_record

from .attacked_grader import Grader, assert_invalid, assert_scored

HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "an attribute": '" onmouseover="alert(1)',
    "a template": "{{ 7 * 7 }}{% raw %}",
    "markup": "[bold red]PASSED[/bold red][link=http://evil]",
    "terminal escapes": "\x1b[2J\x1b]0;owned\x07\x1b[31mPASSED\x1b[0m\x9b31m\r\x08",
    "turned text": "\u202e5 fo 5 DESSAP\u2066",
    "a formula": '=HYPERLINK("http://evil")',
}
PLAIN = {"pre", "code", "details", "summary", "ul", "ol", "li", "dl", "dt", "dd"} | {
    "h2", "h3", "h4", "p", "div", "span", "strong", "em", "section",
}  # fmt: skip
"""Elements that show text and do nothing."""


class Page(HTMLParser):
    """What a browser would make of a page: its elements and their attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}


def model_named(models: Path, text: str) -> bytes:
    """A model that is refused by its layer's name, and says who saved it."""
    content = io.BytesIO((models / "lambda.h5").read_bytes())
    with h5py.File(content, "r+") as file:
        config = json.loads(file.attrs["model_config"])
        config["config"]["name"] = text
        next(each for each in config["config"]["layers"] if each["class_name"] == "Lambda")["config"][
            "name"
        ] = text
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = text
    return content.getvalue()


def recorded(card: ScoreCard, learner: str, name: str) -> Record:
    return Record(1, learner, name, "h5", "a" * 64, 1000, datetime(2026, 3, 1, tzinfo=UTC), card)


def in_terminal(record: Record) -> str:
    console = Console(file=io.StringIO(), force_terminal=False, width=100)
    show_record(console, record)
    show_history(console, [record])
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def assert_harmless(record: Record) -> None:
    honest = Page(render_page(replace(record, learner="ann", name="mymodel.h5", card=plain(record.card))))
    page = Page(render_page(record))
    assert page.elements <= honest.elements | PLAIN
    assert not page.elements & {"script", "img", "iframe", "link", "a", "object"}
    assert not [name for name in page.attributes if name.startswith("on")]
    assert (
        "49"
        not in render_page(replace(record, learner="{{ 7 * 7 }}")).split("<title>")[1].split("</title>")[0]
    )
    shown = in_terminal(record)
    assert all(each.isprintable() or each in "\n\xa0" for each in shown)
    assert json.loads(json.dumps(submission_record(record)))


def plain(card: ScoreCard) -> ScoreCard:
    return replace(card, reason="plain", model={}, log="", findings=())


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_layer_s_and_a_model_s_name_are_shown_as_text(
    target: Grader, models: Path, tmp_path: Path, kind: str
) -> None:
    path = tmp_path / "mymodel.h5"
    path.write_bytes(model_named(models, HOSTILE[kind]))
    card = target.attack_with_file(path)
    assert_invalid(card, "is a Lambda: it carries program code")
    assert card.reason.isprintable()
    assert_harmless(recorded(card, "mallory", "mymodel.h5"))


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_learner_s_name_is_shown_as_text(target: Grader, models: Path, tmp_path: Path, kind: str) -> None:
    submission = read_submission(models / "honest.h5", "problem2", HOSTILE[kind])
    with Ledger.open(tmp_path / "ledger.db") as ledger:
        record = ledger.record(target.attack_with(submission))
        assert_scored(record.card, 5)
        assert_harmless(ledger.read(record.number))


def test_what_a_script_prints_and_raises_is_shown_as_text(target: Grader) -> None:
    text = " ".join(HOSTILE.values())
    source = f"import sys\nprint({text!r})\nprint({text!r}, file=sys.stderr)\nraise ValueError({text!r})\n"
    card = target.attack_with_script(source)
    assert_invalid(card, '=HYPERLINK("http://evil")')
    assert all(line.isprintable() for line in card.log.split("\n"))
    assert_harmless(recorded(card, "mallory", text))


@pytest.mark.parametrize("kind", ["terminal escapes", "turned text"])
def test_what_a_stranger_calls_a_file_forges_no_line_of_the_log(tmp_path: Path, kind: str) -> None:
    name = f"ann.h5\n2026-11-27 12:00:00,000 1 INFO tfprep: submission 7 recorded: passed{HOSTILE[kind]}"
    start_logging(tmp_path)
    try:
        try:
            raise NotGenuine(name)
        except NotGenuine:
            logging.getLogger("tfprep.test").exception("A file cannot be opened: %s", name)
    finally:
        stop_logging()
    first, *others = (tmp_path / "tfprep.log").read_text("utf-8").splitlines()
    assert first.endswith("ERROR tfprep.test: A file cannot be opened: ann.h5")
    assert all(line.startswith(("    ", "  File", "NotGenuine: ann.h5")) for line in others)
    assert all(line.isprintable() for line in others)


def test_a_file_whose_name_has_lines_of_its_own_is_not_named_in_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `tfprep exam verify *` names it, in a folder with what others sent."""
    monkeypatch.setenv("TFPREP_HOME", str(tmp_path / "home"))
    for name in ("x\nGenuine: mallory passed with 97.json", "x\x1b]0;owned\x07.json", "ann \u200dé.json"):
        path = tmp_path / name
        path.write_text("{}")
        monkeypatch.setattr(sys, "argv", ["tfprep", "exam", "verify", str(path)])
        assert cli._run() != 0
        stop_logging()
        told = "".join(capsys.readouterr())
        assert all(c.isprintable() or c in "\n\u200d" for c in told)
        assert not [line for line in told.splitlines() if line.startswith("Genuine")]
        assert ("Rename the file." in told) == (not name.startswith("ann"))
