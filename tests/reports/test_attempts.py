"""The list of attempts: what tells them apart, which is best, and no line wider than the terminal."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tfprep.grader import Record
from tfprep.reports.attempts import best_attempts, show_history
from tfprep.reports.terminal import style_of
from tfprep.reports.view import earned

from .cards import INVALID, PARTIAL, STRANGE, recorded, untold

COMPILED = {"optimizer": "Adam", "learning_rate": "0.001", "loss": "sparse_categorical_crossentropy"}
RECORDS = (
    recorded(replace(PARTIAL, model=COMPILED), number=1),
    recorded(INVALID, number=2),
    recorded(STRANGE, number=3),
)


def shown(*records: Record, width: int = 80, notes: dict[int, str] | None = None) -> list[str]:
    out = io.StringIO()
    show_history(Console(file=out, width=width), records, notes)
    return out.getvalue().splitlines()


@pytest.mark.parametrize("width", [60, 80, 120, 200])
def test_every_attempt_is_listed_and_no_line_is_wider_than_the_terminal(width: int) -> None:
    lines = shown(*RECORDS, width=width, notes={1: "three layers of 64 units, dropout of .3 behind each"})
    assert max(map(len, lines)) <= width
    numbers = ("*1", "2", "3")
    assert [line.split()[0] for line in lines if line.split()[:1] and line.split()[0] in numbers] == [
        *numbers
    ]
    assert "dropout" in " ".join(lines)


@pytest.mark.parametrize("width", [32, 40])
def test_no_number_is_cut_where_it_is_very_narrow(width: int) -> None:
    other = replace(PARTIAL, problem="problem1", value=2.314, unit="mpg", half="feedback")
    text = "\n".join(shown(*RECORDS, recorded(other, number=1234), width=width, notes={1: "wider"}))
    assert "…" not in text
    for number in ("*1234", "0.962", "2.31", "4/5"):
        assert number in text


def test_a_wide_terminal_shows_what_tells_them_apart() -> None:
    text = "\n".join(shown(*RECORDS, width=200, notes={1: "wider"}))
    for word in ("wider", "mymodel.h5", "aaaaaaaa", "Adam 0.001, sparse_categorical_crossentropy", "Not yet"):
        assert word in text


def test_a_column_that_says_the_same_of_all_is_left_out() -> None:
    assert "Learner" not in "\n".join(shown(*RECORDS, width=200))
    assert "Learner" in "\n".join(shown(*RECORDS, recorded(PARTIAL, learner="bob", number=9), width=200))


def test_the_best_attempt_is_that_of_the_highest_score_then_of_the_better_metric() -> None:
    better = replace(PARTIAL, value=0.968)
    records = [
        recorded(PARTIAL, number=1),
        recorded(better, number=2),
        recorded(better, number=3),
        recorded(replace(PARTIAL, score=3, value=0.99), number=4),
        recorded(PARTIAL, learner="bob", number=5),
        recorded(INVALID, number=6),
    ]
    assert best_attempts(records) == {2, 5}


def test_of_errors_the_smallest_is_best() -> None:
    cars = replace(PARTIAL, problem="problem1", metric="mean absolute error", value=2.7)
    assert best_attempts([recorded(cars, number=1), recorded(replace(cars, value=2.5), number=2)]) == {2}


def test_without_attempts_it_says_how_to_begin() -> None:
    assert "tfprep start 1" in " ".join(shown())


def test_an_attempt_that_changed_nothing_shows_no_score_of_its_own_and_did_not_pass() -> None:
    assert earned(untold()) == ("as 1", "-", "No change")
    assert (untold().score, untold().passed) == (None, False)
    assert "bold green" not in style_of(untold())
    assert best_attempts([recorded(INVALID), untold(8)]) == frozenset()
