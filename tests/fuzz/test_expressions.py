"""No regular expression over a stranger's text takes more than linear time."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

import pytest

from .expressions import Expression, expressions

SHORT, LONG = 1_500, 6_000
SUSPECT = 0.0007
"""Seconds for SHORT characters: a linear expression takes a tenth of it."""
ALL = expressions()


def seconds(call: Callable[[str], object], text: str) -> float:
    began = time.thread_time()
    call(text)
    return time.thread_time() - began


def slow_text(expression: Expression) -> str:
    """A text that costs an expression more than seven times as much where it is four times as long."""
    for call in expression.calls():
        texts = zip(expression.texts(SHORT), expression.texts(LONG), strict=True)
        for short, long in texts:
            if seconds(call, short) > SUSPECT:
                took = min(seconds(call, short) for _ in range(3))
                if took > SUSPECT / 2 and min(seconds(call, long) for _ in range(2)) > 7 * took:
                    return short[:40]
    return ""


def test_the_expressions_are_found() -> None:
    assert len(ALL) > 60
    assert {"grader/submission/script_text.py", "files/text.py"} <= {each.where.split(":")[0] for each in ALL}


def test_no_expression_escapes_for_being_computed() -> None:
    """Five are made of words of ours where they are used: a fault's beginning, names, headings, sentences."""
    computed = {each.where.split(":")[0] for each in ALL if not each.pattern}
    ours = {"grader/ledger/faults.py", "grader/submission/candidates.py", "problems/workspace_files.py"}
    ours |= {"author/like.py", "languages/sentences.py"}
    assert computed == ours


@pytest.mark.parametrize(
    ("pattern", "flags", "function"),
    [
        (r"^\s*(?:import|from)\s+\w", re.MULTILINE, "search"),
        (r"\d+ hdrcharset=", 0, "search"),
        (r"\s+$", 0, "sub"),
        (r"a.*b.*c", 0, "search"),
    ],
)
def test_an_expression_that_takes_more_is_found_out(pattern: str, flags: int, function: str) -> None:
    assert slow_text(Expression("here", pattern, flags, (function,)))


@pytest.mark.parametrize("expression", ALL, ids=lambda each: each.where)
def test_no_expression_takes_more_than_linear_time(expression: Expression) -> None:
    assert not slow_text(expression), expression.pattern
