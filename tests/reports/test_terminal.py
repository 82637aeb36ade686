"""What the terminal shows."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tfprep.grader import ScoreCard
from tfprep.problems import all_problems
from tfprep.reports.page import render_page
from tfprep.reports.terminal import show_problems, show_record

from .cards import INVALID, PARTIAL, STRANGE, recorded


def shown(card: ScoreCard, width: int = 80, terminal: bool | None = None) -> str:
    out = io.StringIO()
    show_record(Console(file=out, width=width, force_terminal=terminal), recorded(card))
    return out.getvalue()


def test_a_card_says_the_score_the_reason_and_what_to_try() -> None:
    text = shown(PARTIAL)
    for words in ("4 of 5", "Accuracy 0.962", "0.958 to 0.966", "never says 9", "Look at your labels"):
        assert words in text


def test_an_interval_that_covers_two_bands_is_pointed_out() -> None:
    unsure = replace(PARTIAL, scores_in_interval=(4, 5))
    for text in (shown(unsure, width=200), render_page(recorded(unsure))):
        assert "The confidence interval covers 4 and 5 of 5" in text
    assert "The confidence interval covers" not in shown(PARTIAL, width=200)


def test_an_invalid_submission_has_a_reason_and_no_score() -> None:
    text = shown(INVALID)
    assert "Not scored" in text
    assert "(28, 28, 3)" in text
    assert "of 5" not in text


@pytest.mark.parametrize("width", [80, 100, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    assert max(len(line) for line in shown(PARTIAL, width).splitlines()) <= width


def test_piped_output_carries_no_colour() -> None:
    assert "\x1b" not in shown(PARTIAL)


def test_no_color_is_respected(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b[3" not in shown(PARTIAL, terminal=True)


def test_a_strangers_words_are_shown_as_text() -> None:
    text = shown(STRANGE)
    assert "\x1b" not in text
    assert "\x07" not in text
    assert "[red]loud[/red]" in text.replace("\n", "").replace(" ", "").replace("│", "")


def test_the_catalogue_names_every_problem() -> None:
    out = io.StringIO()
    show_problems(Console(file=out, width=120), all_problems())
    for problem in all_problems():
        assert problem.id in out.getvalue()
